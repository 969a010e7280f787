package msisdn

import (
	"log/slog"
	"strings"

	"simgate/gateway/fault"

	"github.com/nyaruka/phonenumbers"
)

// Number is a telephone number (MSISDN) in its canonical form: "+" and 7 to 15 digits
// (ITU-T E.164), or a short code of 3 to 8 digits that belongs to one network.
type Number string

// Parse reads a number as people write it. Blanks, dots, dashes, slashes
// and parentheses are taken out and a leading 00 means +. A number without
// either is read as one of country (ISO 3166-1 alpha-2); one of 3 to 8 digits
// that is no number of that country is a short code and stays as it is.
// With country "" only international numbers and short codes are understood.
func Parse(s, country string) (Number, error) {
	digits, international, ok := Digits(s)
	switch {
	case digits == "" && ok:
		return "", fault.NewInvalid("to", "the phone number is missing: give it as + and country code, such as +4915112345678")
	case !ok || len(digits) > 20:
		return "", fault.NewInvalid("to", "this is not a phone number: use digits only, as + and country code, such as +4915112345678")
	case international:
		return parseInternational(digits)
	case country != "":
		if n, err := phonenumbers.Parse(digits, country); err == nil && national(n, digits, country) {
			if m := phonenumbers.Format(n, phonenumbers.E164); len(m) <= 1+MaxDigits && stable(m) {
				return Number(m), nil
			}
		}
	}
	if len(digits) >= minShortCode && len(digits) <= maxShortCode && digits[0] != '0' {
		return Number(digits), nil
	}
	if country == "" {
		return "", fault.NewInvalid("to", "the number has no country code: write it as + and country code, or set country in the configuration")
	}
	return "", fault.NewInvalid("to", "this is not a phone number of "+country+": check the digits, or write it as + and country code")
}

// national tells a number of the country from a short code. A number that no
// range of the country holds may be newer than the tables; one that is written
// with its trunk zero, or too long for a short code, is taken for it.
func national(n *phonenumbers.PhoneNumber, digits, country string) bool {
	return phonenumbers.IsValidNumberForRegion(n, country) ||
		(digits[0] == '0' || len(digits) > maxShortCode) && phonenumbers.IsPossibleNumberWithReason(n) == phonenumbers.IS_POSSIBLE
}

const (
	minShortCode, maxShortCode = 3, 8
	MaxDigits                  = 15 // ITU-T E.164
)

func parseInternational(digits string) (Number, error) {
	n, err := phonenumbers.Parse("+"+digits, "")
	if err != nil {
		return "", fault.NewInvalid("to", "no country has this code: check the digits after the +")
	}
	m := phonenumbers.Format(n, phonenumbers.E164)
	switch why := phonenumbers.IsPossibleNumberWithReason(n); {
	case why == phonenumbers.TOO_LONG, len(m) > 1+MaxDigits:
		return "", fault.NewInvalid("to", "the number has too many digits for its country")
	case why != phonenumbers.IS_POSSIBLE:
		return "", fault.NewInvalid("to", "the number has too few digits for its country")
	case m != "+"+digits && !stable(m):
		// A trunk zero behind the country code has been dropped. What begins
		// with more of them is no number.
		return "", fault.NewInvalid("to", "this is not a phone number: check the digits that follow the country code")
	}
	return Number(m), nil
}

// stable reports whether a number in its canonical form is read as itself.
func stable(m string) bool {
	n, err := phonenumbers.Parse(m, "")
	return err == nil && phonenumbers.Format(n, phonenumbers.E164) == m
}

// KnownCountry reports whether national numbers of a country can be read
// (ISO 3166-1 alpha-2, in capitals).
func KnownCountry(country string) bool { return phonenumbers.GetSupportedRegions()[country] }

// Digits takes out what people put between digits. It reports false where
// anything else is left.
func Digits(s string) (digits string, international, ok bool) {
	s = strings.TrimSpace(s)
	if rest, found := strings.CutPrefix(s, "+"); found {
		s, international = rest, true
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ' ' || r == '\u00a0' || r == '-' || r == '.' || r == '/' || r == '(' || r == ')':
		default:
			return "", false, false
		}
	}
	digits = b.String()
	if rest, found := strings.CutPrefix(digits, "00"); found && !international {
		digits, international = rest, true
	}
	return digits, international, digits != "" || !international
}

// Short reports whether m is a short code, which has no country.
func (m Number) Short() bool { return m != "" && m[0] != '+' }

// Region returns the country of m (ISO 3166-1 alpha-2), "" for a short code
// and for numbers that belong to none.
func (m Number) Region() string {
	if m.Short() {
		return ""
	}
	n, err := phonenumbers.Parse(string(m), "")
	if err != nil {
		return ""
	}
	return phonenumbers.GetRegionCodeForNumber(n)
}

// National returns m as people write it in country, digits only: 0501234567. A
// number of another country stays as it is.
func (m Number) National(country string) string {
	n, err := phonenumbers.Parse(string(m), "")
	if err != nil || phonenumbers.GetRegionCodeForNumber(n) != country {
		return string(m)
	}
	digits, _, _ := Digits(phonenumbers.Format(n, phonenumbers.NATIONAL))
	return digits
}

// Timezone returns the time zone of m, such as Europe/Berlin, "" where its country
// has more than one and the number does not tell which.
func (m Number) Timezone() string {
	zones, err := phonenumbers.GetTimezonesForPrefix(string(m))
	if err != nil || len(zones) != 1 || zones[0] == phonenumbers.UNKNOWN_TIMEZONE {
		return ""
	}
	return zones[0]
}

// costly are the kinds of numbers that are paid for by who calls them, or that
// are no person's.
var costly = map[phonenumbers.PhoneNumberType]string{
	phonenumbers.PREMIUM_RATE:    "a premium rate number",
	phonenumbers.SHARED_COST:     "a shared cost number",
	phonenumbers.TOLL_FREE:       "a toll free number",
	phonenumbers.UAN:             "a company number",
	phonenumbers.PAGER:           "a pager",
	phonenumbers.VOICEMAIL:       "a voice mail box",
	phonenumbers.PERSONAL_NUMBER: "a number that is forwarded at somebody's cost",
}

// Costly returns what m is that codes must not go to, "" for a number of a
// person.
func (m Number) Costly() string {
	n, err := phonenumbers.Parse(string(m), "")
	if err != nil {
		return "not a number of any country"
	}
	return costly[phonenumbers.GetNumberType(n)]
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
