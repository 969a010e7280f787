package pdu

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// What text mode is told of a part is what its TPDU says.
func TestTextMode(t *testing.T) {
	for _, tc := range []struct {
		s    Submit
		want TextMode
	}{
		{Submit{To: "+4915112345678", Text: "hello"}, TextMode{"+4915112345678", 0x01, 167, 0}},
		{Submit{To: "+4915112345678", Text: "hello", Report: true, Validity: 5 * time.Minute}, TextMode{"+4915112345678", 0x31, 0, 0}},
		{Submit{To: "+491511234567", Text: "Привет", Flash: true, Validity: 24 * time.Hour}, TextMode{"+491511234567", 0x11, 167, 0x18}},
		{Submit{To: "22922", Text: "hello"}, TextMode{"22922", 0x01, 167, 0}},
	} {
		parts, err := Encode(tc.s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parts[0].TextMode(); err != nil || got != tc.want {
			t.Errorf("%+v: %+v, want %+v, %v", tc.s, got, tc.want, err)
		}
	}
	long, err := Encode(Submit{To: "+4915112345678", Text: strings.Repeat("long ", 50)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := long[0].TextMode(); !errors.Is(err, errSeveral) {
		t.Error(err)
	}
}
