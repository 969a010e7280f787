package msisdn

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// plan is what the metadata say of the numbers of one country, in the form in which
// reading needs it.
type plan struct {
	country   string
	code      string                        // its country code, as 49
	preferred string                        // its usual prefix for calls abroad where it has several, as 0011
	lengths   []int32                       // of its mobiles, less the trunk prefix
	mobile    *phonenumbers.PhoneNumberDesc // its mobiles, nil where they share the ranges of fixed lines

	// Compiled when first used: few countries ever are.
	abroad func() *regexp.Regexp // all its prefixes for calls abroad
	trunk  func() *regexp.Regexp // what may stand before its numbers at home
	zero   func() bool           // whether numbers can begin with 0 as people there write them
}

// none matches nothing.
const none = `[^\s\S]`

// own corrects prefixes for calls abroad that the metadata have too narrow or too
// wide. SG: 00 and any digit is taken for a prefix there, so that 0049 would be 004
// and India; the operators have 001, 002, 008 and 01x to 03x. ID: 001, 007 and 01017
// are missing.
var own = map[string]string{
	"SG": `0(?:0[0-28]|[1-3]\d)`,
	"ID": `00[1789]|01017`,
}

var plans = sync.OnceValue(func() map[string]*plan {
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		panic(err) // it is compiled in
	}
	list := map[string]*plan{}
	for _, m := range all.GetMetadata() {
		country := m.GetId()
		if country == Worldwide {
			continue
		}
		prefix := m.GetInternationalPrefix()
		if o := own[country]; o != "" {
			prefix = o
		}
		p := &plan{country: country, code: strconv.Itoa(int(m.GetCountryCode())),
			preferred: strings.ReplaceAll(m.GetPreferredInternationalPrefix(), "~", ""), lengths: m.GetMobile().GetPossibleLength(),
			abroad: compiled(prefix), trunk: compiled(m.GetNationalPrefixForParsing())}
		if m.GetMobile().GetNationalNumberPattern() != m.GetFixedLine().GetNationalNumberPattern() {
			p.mobile = m.GetMobile()
		}
		if len(p.lengths) == 0 {
			p.lengths = m.GetGeneralDesc().GetPossibleLength()
		}
		p.zero = sync.OnceValue(func() bool {
			return strings.HasPrefix(m.GetNationalPrefix(), "0") || p.trunk().MatchString("0") ||
				strings.HasPrefix(m.GetFixedLine().GetExampleNumber(), "0") || strings.HasPrefix(m.GetMobile().GetExampleNumber(), "0")
		})
		list[country] = p
	}
	return list
})

// compiled returns what matches a prefix of the metadata at the beginning of digits.
func compiled(prefix string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp {
		if prefix == "" {
			prefix = none
		}
		return regexp.MustCompile(`^(?:` + prefix + `)`)
	})
}

// Worldwide is the [Number.Region] of country codes that are no country's, as 882.
const Worldwide = "001"

// candidate is a number that digits may have meant.
type candidate struct {
	number Number
	mobile bool
	region string
}

// respelt reports whether c lies in a country whose numbers have several forms: see
// [canonical].
func (c candidate) respelt() bool { return c.region == "MX" || c.region == "AR" }

// valid returns n in its canonical form, false unless it is in a range that is in
// use.
func valid(n *phonenumbers.PhoneNumber) (candidate, bool) {
	n, kind := canonical(n)
	if kind == phonenumbers.UNKNOWN {
		return candidate{}, false
	}
	m := Number(phonenumbers.Format(n, phonenumbers.E164))
	if len(m) > 1+MaxDigits || !stable(n, m) {
		return candidate{}, false
	}
	return candidate{m, kind == phonenumbers.MOBILE || kind == phonenumbers.FIXED_LINE_OR_MOBILE, phonenumbers.GetRegionCodeForNumber(n)}, true
}

// abroad reads digits that begin with a country code.
func abroad(digits string) (candidate, bool) {
	if digits == "" || digits[0] == '0' {
		return candidate{}, false
	}
	n, err := parse(digits)
	if err != nil || addsDigits(n, digits) {
		return candidate{}, false
	}
	return valid(n)
}

// parse reads the digits of a whole number. The library spends most of its time in
// looking for extensions and letters; where nothing stands between country code and
// number it has nothing else to do than [split].
func parse(digits string) (*phonenumbers.PhoneNumber, error) {
	if n, national := split(digits); n != nil && len(national) > 3 && !hasTrunk(n, national) {
		return n, nil
	}
	return phonenumbers.Parse("+"+digits, "")
}

// split parts the digits of a number, which nothing is to be taken off, into country
// code and national number; nil where no country has the code.
func split(digits string) (*phonenumbers.PhoneNumber, string) {
	if len(digits) > MaxDigits {
		return nil, ""
	}
	codes := phonenumbers.GetSupportedCallingCodes()
	for size := 1; size <= 3 && size < len(digits); size++ {
		code, err := strconv.Atoi(digits[:size])
		if err != nil || digits[0] == '0' {
			return nil, ""
		}
		if !codes[code] {
			continue
		}
		national := digits[size:]
		value, err := strconv.ParseUint(national, 10, 64)
		if err != nil {
			return nil, ""
		}
		n := &phonenumbers.PhoneNumber{CountryCode: new(int32(code)), NationalNumber: &value} //nolint:gosec // a code has three digits
		if zeros := len(national) - len(strings.TrimLeft(national, "0")); zeros > 0 {
			// The library counts a last zero as the number.
			zeros = min(zeros, len(national)-1)
			n.ItalianLeadingZero, n.NumberOfLeadingZeros = new(true), new(int32(zeros))
		}
		return n, national
	}
	return nil, ""
}

// hasTrunk reports whether a number begins with what could be a trunk prefix.
func hasTrunk(n *phonenumbers.PhoneNumber, national string) bool {
	main := plans()[phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))]
	return main != nil && main.trunk().MatchString(national)
}

// addsDigits reports whether the library has put an area code before what was written
// as a whole number. San Marino's is its country's.
func addsDigits(n *phonenumbers.PhoneNumber, digits string) bool {
	switch n.GetCountryCode() {
	case 54, 378: // 15 behind the area code becomes 9 before it
		return false
	}
	return !strings.HasSuffix(digits, phonenumbers.GetNationalSignificantNumber(n))
}

// national reads digits as people of the country write them, with or without their
// trunk prefix. Where the digits are valid only without the country's own code, the
// library takes that off, too.
func (p *plan) national(digits string) (candidate, bool) {
	if rest, found := strings.CutPrefix(digits, "01"); found && p.country == "MX" && len(rest) == 10 {
		digits = rest // the trunk prefix until 2019, no longer in the metadata
	}
	if len(digits) == 13 && p.country == "MX" && (digits[:3] == "044" || digits[:3] == "045") {
		digits = digits[3:] // likewise, to mobiles
	}
	if p.code == "1" && digits[0] == '1' && len(digits) != 11 {
		return candidate{}, false // the library would put an area code into it
	}
	n, err := phonenumbers.Parse(digits, p.country)
	if err != nil || strconv.Itoa(int(n.GetCountryCode())) != p.code {
		return candidate{}, false
	}
	return valid(n)
}

// unlisted reads digits that begin with the trunk zero of the country and are as long
// as its mobiles, though they lie in no range that is known to be in use.
func (p *plan) unlisted(digits string) (Number, bool) {
	if digits[0] != '0' {
		return "", false
	}
	n, err := phonenumbers.Parse(digits, p.country)
	if err != nil || strconv.Itoa(int(n.GetCountryCode())) != p.code {
		return "", false
	}
	national := phonenumbers.GetNationalSignificantNumber(n)
	m := Number("+" + p.code + national)
	return m, digits == "0"+national && slices.Contains(p.lengths, int32(len(national))) && stable(n, m)
}

// canonical returns the one form of a number of which there are several, and its
// kind.
//
// Mexico has dropped the 1 before mobiles in 2019, and contact cards have it still.
// Argentina's mobiles have a 9 from abroad alone. The ten digits without it are one
// subscriber, on a mobile or not, and the metadata cannot tell which; as what is sent
// here goes to mobiles, the form with the 9 is the canonical one. Who writes a zero
// behind the code of a country that knows no trunk prefix means the number without it.
func canonical(n *phonenumbers.PhoneNumber) (*phonenumbers.PhoneNumber, phonenumbers.PhoneNumberType) {
	kind := typeOf(n)
	national := phonenumbers.GetNationalSignificantNumber(n)
	other := ""
	switch {
	case n.GetCountryCode() == 54 && len(national) == 10 && national[0] != '9' &&
		(kind == phonenumbers.FIXED_LINE || kind == phonenumbers.FIXED_LINE_OR_MOBILE || kind == phonenumbers.MOBILE):
		other = "9" + national
	case kind != phonenumbers.UNKNOWN || len(national) < 2:
	case n.GetCountryCode() == 52 && len(national) == 11 && national[0] == '1', national[0] == '0' && national[1] != '0':
		other = national[1:]
	}
	if other == "" {
		return n, kind
	}
	o, err := parse(strconv.Itoa(int(n.GetCountryCode())) + other)
	if err != nil {
		return n, kind
	}
	if k := typeOf(o); k != phonenumbers.UNKNOWN {
		return o, k
	}
	return n, kind
}

// stable reports whether n, in its canonical form m, is read as itself: what begins
// with more than one trunk prefix is no number.
func stable(n *phonenumbers.PhoneNumber, m Number) bool {
	if !hasTrunk(n, phonenumbers.GetNationalSignificantNumber(n)) {
		return true
	}
	again, err := phonenumbers.Parse(string(m), "")
	if err != nil {
		return false
	}
	again, _ = canonical(again)
	return Number(phonenumbers.Format(again, phonenumbers.E164)) == m
}
