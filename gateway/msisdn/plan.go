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
	code      string         // its country code, as 49
	preferred string         // its usual prefix for calls abroad where it has several, as 0011
	abroad    *regexp.Regexp // all of them
	trunk     *regexp.Regexp // what may stand before its numbers at home, nil for nothing
	lengths   []int32        // of its mobiles, less the trunk prefix
	zero      bool           // numbers of the country can begin with 0 as people write them
}

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
		if country == worldwide {
			continue
		}
		prefix := m.GetInternationalPrefix()
		if o := own[country]; o != "" {
			prefix = o
		}
		p := &plan{country: country, code: strconv.Itoa(int(m.GetCountryCode())),
			preferred: strings.ReplaceAll(m.GetPreferredInternationalPrefix(), "~", ""),
			abroad:    regexp.MustCompile(`^(?:` + prefix + `)`)}
		if p.lengths = m.GetMobile().GetPossibleLength(); len(p.lengths) == 0 {
			p.lengths = m.GetGeneralDesc().GetPossibleLength()
		}
		if trunk := m.GetNationalPrefixForParsing(); trunk != "" {
			p.trunk = regexp.MustCompile(`^(?:` + trunk + `)`)
		}
		p.zero = strings.HasPrefix(m.GetNationalPrefix(), "0") || p.trunk != nil && p.trunk.MatchString("0") ||
			strings.HasPrefix(m.GetFixedLine().GetExampleNumber(), "0") || strings.HasPrefix(m.GetMobile().GetExampleNumber(), "0")
		list[country] = p
	}
	return list
})

// worldwide is the region in the metadata of country codes that are no country's, as 882.
const worldwide = "001"

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
	n, err := phonenumbers.Parse("+"+digits, "")
	if err != nil || addsDigits(n, digits) {
		return candidate{}, false
	}
	return valid(n)
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
	if digits[0] != '0' || p.trunk == nil {
		return "", false
	}
	n, err := phonenumbers.Parse(digits, p.country)
	if err != nil || strconv.Itoa(int(n.GetCountryCode())) != p.code {
		return "", false
	}
	national := phonenumbers.GetNationalSignificantNumber(n)
	m := Number("+" + p.code + national)
	return m, digits == "0"+national && slices.Contains(p.lengths, int32(len(national))) && stable(n, m) //nolint:gosec // at most 17
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
	kind := phonenumbers.GetNumberType(n)
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
	o, err := phonenumbers.Parse("+"+strconv.Itoa(int(n.GetCountryCode()))+other, "")
	if err != nil {
		return n, kind
	}
	if k := phonenumbers.GetNumberType(o); k != phonenumbers.UNKNOWN {
		return o, k
	}
	return n, kind
}

// stable reports whether n, in its canonical form m, is read as itself: what begins
// with more than one trunk prefix is no number.
func stable(n *phonenumbers.PhoneNumber, m Number) bool {
	main := plans()[phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))]
	if main == nil || main.trunk == nil || !main.trunk.MatchString(phonenumbers.GetNationalSignificantNumber(n)) {
		return true // there is nothing that could be taken off
	}
	again, err := phonenumbers.Parse(string(m), "")
	if err != nil {
		return false
	}
	again, _ = canonical(again)
	return Number(phonenumbers.Format(again, phonenumbers.E164)) == m
}
