package msisdn_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name, in, country, want string
	}{
		{"international", "+4915112345678", "", "+4915112345678"},
		{"international in another country", "+4915112345678", "FR", "+4915112345678"},
		{"with 00", "004915112345678", "", "+4915112345678"},
		{"with a trunk zero behind the country code", "+49 (0) 151 12345678", "", "+4915112345678"},
		{"as people write it", " +49 (151) 123-456.78 ", "", "+4915112345678"},
		{"with a non-breaking blank", "+49\u00a015112345678", "", "+4915112345678"},
		{"national", "015112345678", "DE", "+4915112345678"},
		{"national with blanks and slash", "0151 / 123 456 78", "DE", "+4915112345678"},
		{"national of Israel", "0522345678", "IL", "+972522345678"},
		{"national without a trunk zero", "3123456789", "IT", "+393123456789"},
		{"eight digits of a country that has such numbers", "91234567", "NO", "+4791234567"},
		{"short code", "22000", "DE", "22000"},
		{"short code without a country", "22000", "", "22000"},
		{"short code of three digits", "115", "DE", "115"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := msisdn.Parse(tc.in, tc.country)
			if err != nil || string(got) != tc.want {
				t.Errorf("Parse(%q, %q) = %q, %v; want %q", tc.in, tc.country, got, err, tc.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, in, country, says string
	}{
		{"nothing", "", "DE", "missing"},
		{"blanks", "   ", "DE", "missing"},
		{"letters", "+49151abc45678", "DE", "digits only"},
		{"words", "call me", "DE", "digits only"},
		{"CR LF", "+4915112345678\r\nAT+CMGS=1", "DE", "digits only"},
		{"quotes", `+4915112345678"`, "DE", "digits only"},
		{"control character", "+49151\x0012345678", "DE", "digits only"},
		{"digits in circles", "+④⑨①⑤①①②③④⑤⑥⑦⑧", "DE", "digits only"},
		{"plus alone", "+", "DE", "digits only"},
		{"two plus", "++4915112345678", "DE", "digits only"},
		{"a million digits", strings.Repeat("1", 1_000_000), "DE", "digits only"},
		{"unknown country code", "+999123456789", "DE", "no country"},
		{"nothing but zeros", "+49000000", "DE", "follow the country code"},
		{"too short", "+4915", "DE", "too few"},
		{"too long", "+491511234567890123", "DE", "too many"},
		{"national without a country", "015112345678", "", "country code"},
		{"national of another country", "0501", "FR", "not a phone number of FR"},
		{"two digits", "11", "DE", "not a phone number of DE"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := msisdn.Parse(tc.in, tc.country)
			if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.MessageOf(err), tc.says) {
				t.Errorf("Parse = %q, %v; want an invalid error that says %q", got, err, tc.says)
			}
		})
	}
}

func TestNumbersMaskItselfInLogs(t *testing.T) {
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("sent", "to", msisdn.Number("+4915112345678"))
	if s := log.String(); strings.Contains(s, "1511234") || !strings.Contains(s, "+49") || !strings.Contains(s, "78") {
		t.Errorf("the log says %q", s)
	}
}

func TestRegion(t *testing.T) {
	for number, want := range map[msisdn.Number]string{"+4915112345678": "DE", "+972501234567": "IL", "22000": ""} {
		if got := number.Region(); got != want {
			t.Errorf("region of %s = %q, want %q", number, got, want)
		}
	}
}
