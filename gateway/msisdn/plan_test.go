package msisdn

import (
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

// The way around the library's Parse reads as it does.
func TestParseReadsAsTheLibrary(t *testing.T) {
	var examples []string
	for region := range phonenumbers.GetSupportedRegions() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			if e := phonenumbers.GetExampleNumberForType(region, kind); e != nil {
				examples = append(examples, phonenumbers.Format(e, phonenumbers.E164)[1:])
			}
		}
	}
	same := func(t interface{ Errorf(string, ...any) }, digits string) {
		got, err := parse(digits)
		want, wantErr := phonenumbers.Parse("+"+digits, "")
		if (err == nil) != (wantErr == nil) || err == nil && !equal(got, want) {
			t.Errorf("%s: %v, %v; the library has %v, %v", digits, got, err, want, wantErr)
		}
	}
	for _, e := range examples {
		same(t, e)
	}
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`[0-9]{1,20}`).Draw(t, "digits")
		if rapid.Bool().Draw(t, "example") {
			e := rapid.SampledFrom(examples).Draw(t, "of")
			digits = e[:rapid.IntRange(1, len(e)).Draw(t, "cut")] + rapid.StringMatching(`0{0,3}[0-9]{0,4}`).Draw(t, "more")
		}
		same(t, digits)
	})
}

func equal(a, b *phonenumbers.PhoneNumber) bool {
	return a.GetCountryCode() == b.GetCountryCode() && a.GetNumberOfLeadingZeros() == b.GetNumberOfLeadingZeros() &&
		a.GetNationalNumber() == b.GetNationalNumber() && a.GetItalianLeadingZero() == b.GetItalianLeadingZero()
}
