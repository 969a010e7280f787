package msisdn_test

import (
	"fmt"
	"testing"

	"simgate/gateway/msisdn"
)

func TestCountryOfIMSI(t *testing.T) {
	for imsi, want := range map[string]string{"262011234567890": "DE", "310150123456789": "US", "425010000000000": "IL", "001010123456789": "", "26": "", "": ""} {
		if got := msisdn.CountryOfIMSI(imsi); got != want {
			t.Errorf("%s: %q, want %q", imsi, got, want)
		}
	}
}

// The list of countries holds only such that numbers can belong to.
func TestCountriesOfIMSIsAreKnown(t *testing.T) {
	for code := range 1000 {
		if c := msisdn.CountryOfIMSI(fmt.Sprintf("%03d0", code)); c != "" && !msisdn.KnownCountry(c) {
			t.Errorf("%03d is %s, which has no numbers", code, c)
		}
	}
}
