package digit_test

import (
	"testing"
	"unicode"

	"simgate/gateway/digit"
)

// Unicode promises that the digits of a script stand together; this test holds the
// tables of the standard library to it.
func TestBlocksOfDigitsAreWhole(t *testing.T) {
	for _, b := range unicode.Nd.R16 {
		if b.Stride != 1 || (b.Hi-b.Lo+1)%10 != 0 {
			t.Errorf("%U to %U, stride %d", b.Lo, b.Hi, b.Stride)
		}
	}
	for _, b := range unicode.Nd.R32 {
		if b.Stride != 1 || (b.Hi-b.Lo+1)%10 != 0 {
			t.Errorf("%U to %U, stride %d", b.Lo, b.Hi, b.Stride)
		}
	}
}

func TestValue(t *testing.T) {
	for name, digits := range map[string]string{
		"ASCII": "0123456789", "Arabic": "٠١٢٣٤٥٦٧٨٩", "Persian": "۰۱۲۳۴۵۶۷۸۹", "Devanagari": "०१२३४५६७८९", "Bengali": "০১২৩৪৫৬৭৮৯",
		"Thai": "๐๑๒๓๔๕๖๗๘๙", "Khmer": "០១២៣៤៥៦៧៨៩", "Myanmar": "၀၁၂၃၄၅၆၇၈၉", "full width": "０１２３４５６７８９",
		"mathematical bold": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "mathematical monospace": "𝟶𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿",
	} {
		want := 0
		for _, r := range digits {
			if got, ok := digit.Value(r); !ok || got != want {
				t.Errorf("%s: Value(%q) = %d, %v; want %d", name, r, got, ok, want)
			}
			want++
		}
	}
	for _, r := range "aIOl²③½Ⅷ一+ \u200b\x00" {
		if got, ok := digit.Value(r); ok {
			t.Errorf("Value(%q) = %d, want none", r, got)
		}
	}
}

func TestInvisible(t *testing.T) {
	for _, r := range "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\ufe0f\u20e3" {
		if !digit.Invisible(r) {
			t.Errorf("Invisible(%U) = false", r)
		}
	}
	for _, r := range "0a -+\n\x00\u00a0٣" {
		if digit.Invisible(r) {
			t.Errorf("Invisible(%U) = true", r)
		}
	}
}
