package msisdn_test

import (
	"testing"

	"simgate/gateway/msisdn"
)

// A number is unlisted where the tables lack its range, and not where a person lost or
// doubled a digit.
func TestUnlisted(t *testing.T) {
	for _, tc := range []struct {
		name   string
		number msisdn.Number
		want   bool
	}{
		{"as 99digital documents it", "+972501234567", true},
		{"likewise", "+972521234567", true},
		{"a range of German mobiles that nobody has yet", "+4915312345678", true},
		{"known", "+4915112345678", false},
		{"a digit less", "+491511234567", false},
		{"a digit more", "+49151123456789", false},
		{"begins as no mobile does", "+491234567890", false},
		{"an area code that is none", "+15555555555", false},
		{"premium, with a digit more", "+4990012345670", false},
		{"an emergency number behind the country code", "+49110", false},
		{"short", "22000", false},
	} {
		if got := tc.number.Unlisted(); got != tc.want {
			t.Errorf("%s: %s is unlisted: %v", tc.name, tc.number, got)
		}
	}
}

// Abroad the emergency numbers of the country in which a SIM is count, too.
func TestEmergencyEverywhere(t *testing.T) {
	for _, tc := range []struct {
		number    msisdn.Number
		countries []string
		want      msisdn.Kind
	}{
		{"110", []string{"DE"}, msisdn.Emergency},
		{"112", nil, msisdn.Emergency},
		{"999", []string{"DE"}, msisdn.Short},
		{"999", []string{"DE", "GB"}, msisdn.Emergency},
		{"999", []string{msisdn.Everywhere}, msisdn.Emergency},
		{"22922", []string{"DE"}, msisdn.Short},
	} {
		if got := tc.number.Kind(tc.countries...); got != tc.want {
			t.Errorf("%s in %v is %s, want %s", tc.number, tc.countries, got, tc.want)
		}
	}
}
