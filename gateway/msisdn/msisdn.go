package msisdn

import (
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Number is a telephone number (MSISDN) in its canonical form: "+" and 7 to 15 digits
// (ITU-T E.164), or a service number of 3 to 8 digits that belongs to one network.
type Number string

// KnownCountry reports whether national numbers of a country can be read
// (ISO 3166-1 alpha-2, in capitals).
func KnownCountry(country string) bool { return phonenumbers.GetSupportedRegions()[country] }

// Countries returns all that KnownCountry knows, sorted.
func Countries() []string { return slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions())) }

// Example returns a number of a mobile of a country, such as the tables of countries have
// it; "" for none. Nobody need have it.
func Example(country string) Number {
	n := phonenumbers.GetExampleNumberForType(country, phonenumbers.MOBILE)
	if n == nil {
		return ""
	}
	return Number(phonenumbers.Format(n, phonenumbers.E164))
}

// Short reports whether m is a service number, which has no country.
func (m Number) Short() bool { return m != "" && m[0] != '+' }

// split returns m in the form of the library, nil for what is no E.164 number.
func (m Number) split() *phonenumbers.PhoneNumber {
	digits, found := strings.CutPrefix(string(m), "+")
	if !found {
		return nil
	}
	n, _ := split(digits)
	return n
}

// Region returns the country of m (ISO 3166-1 alpha-2), [Worldwide] for networks of
// none, "" for a service number and where the number does not tell.
func (m Number) Region() string {
	n := m.split()
	if n == nil {
		return ""
	}
	return phonenumbers.GetRegionCodeForNumber(n)
}

// Abroad reports whether m and other are of two countries. Numbers that do not tell are of
// one, and those with one calling code are where not both tell more.
func (m Number) Abroad(other Number) bool {
	a, b := m.split(), other.split()
	if a == nil || b == nil {
		return false
	}
	if a.GetCountryCode() != b.GetCountryCode() {
		return true
	}
	here, there := m.Region(), other.Region()
	return here != there && here != "" && there != ""
}

// National returns m as people write it in country, digits only: 0501234567. A
// number of another country stays as it is.
func (m Number) National(country string) string {
	n := m.split()
	if n == nil || phonenumbers.GetRegionCodeForNumber(n) != country {
		return string(m)
	}
	digits, _, _ := Digits(phonenumbers.Format(n, phonenumbers.NATIONAL))
	return digits
}

// Timezone returns the time zone of m, such as Europe/Berlin, "" where its country
// has more than one and the number does not tell which.
func (m Number) Timezone() string {
	if zones := m.Timezones(); len(zones) == 1 {
		return zones[0]
	}
	return ""
}

// Timezones returns the time zones that m may be in.
func (m Number) Timezones() []string {
	zones, err := phonenumbers.GetTimezonesForPrefix(string(m))
	if err != nil || slices.Contains(zones, phonenumbers.UNKNOWN_TIMEZONE) {
		return nil
	}
	return zones
}

// Masked shows the country code and the last two digits: enough to recognise
// a number that one knows.
func (m Number) Masked() string {
	if len(m) <= 6 {
		return strings.Repeat("•", len(m))
	}
	return string(m[:3]) + strings.Repeat("•", len(m)-5) + string(m[len(m)-2:])
}

// LogValue keeps numbers out of logs.
func (m Number) LogValue() slog.Value { return slog.StringValue(m.Masked()) }
