package pdu_test

import (
	"strings"
	"testing"

	"simgate/modem/pdu"
)

func TestS09_NumberOfParts(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       int
	}{
		{"nothing", "", 1},
		{"160 septets", strings.Repeat("x", 160), 1},
		{"161 septets", strings.Repeat("x", 161), 2},
		{"306 septets", strings.Repeat("x", 306), 2},
		{"307 septets", strings.Repeat("x", 307), 3},
		{"80 euro signs", strings.Repeat("€", 80), 1},
		{"81 euro signs", strings.Repeat("€", 81), 2},
		{"an escape is not cut", strings.Repeat("x", 152) + "€" + strings.Repeat("x", 152), 3},
		{"70 units", strings.Repeat("я", 70), 1},
		{"71 units", strings.Repeat("я", 71), 2},
		{"35 emoji", strings.Repeat("😀", 35), 1},
		{"36 emoji", strings.Repeat("😀", 36), 2},
		{"a surrogate pair is not cut", strings.Repeat("я", 66) + "😀" + strings.Repeat("я", 66), 3},
		{"255 parts", strings.Repeat("x", pdu.MaxParts*153), pdu.MaxParts},
	} {
		t.Run(tc.name, func(t *testing.T) {
			parts := encode(t, pdu.Submit{Text: tc.text})
			if n, err := pdu.Count(tc.text); len(parts) != tc.want || n != tc.want || err != nil {
				t.Errorf("%d parts, counted %d, %v; want %d", len(parts), n, err, tc.want)
			}
		})
	}
	for name, long := range map[string]string{
		"a septet more": strings.Repeat("x", pdu.MaxParts*153+1), "262 parts": strings.Repeat("x", 40_000), "UCS-2": strings.Repeat("я", 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := pdu.Encode(pdu.Submit{To: anna, Text: long}); err != pdu.ErrTooLong {
				t.Errorf("encoding: %v", err)
			}
			if _, err := pdu.Count(long); err != pdu.ErrTooLong {
				t.Errorf("counting: %v", err)
			}
		})
	}
}

func TestS09b_Clean(t *testing.T) {
	for text, want := range map[string]string{"a\r\nb": "a\nb", "a\rb": "a\nb", "a\nb": "a\nb", "plain": "plain", "": "",
		"a\tb": "a b", "a\vb": "a b", "a\fb": "a b", "a\u0085b": "a b", "a\u2028b": "a b", "a\u2029b": "a b", "a\t\t\r\nb": "a  \nb", "a\u00a0b\u3000c": "a\u00a0b\u3000c"} {
		if got, err := pdu.Clean(text); err != nil || got != want {
			t.Errorf("%q became %q, %v", text, got, err)
		}
		if p := encode(t, pdu.Submit{Text: text})[0]; p.Text != want {
			t.Errorf("%q went as %q", text, p.Text)
		}
	}
	for _, bad := range []string{"a\x1bb", "a\x1ab", "a\x00b", "a\u0084b", "a\x08b", "a\xffb", "\x7f"} {
		if _, err := pdu.Clean(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
		if _, err := pdu.Encode(pdu.Submit{To: anna, Text: bad}); err == nil {
			t.Errorf("%q was encoded", bad)
		}
	}
}
