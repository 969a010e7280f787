package msisdn

import (
	"slices"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// Kind says what answers at a number, and so who pays.
type Kind string

// The kinds.
const (
	Mobile     Kind = "mobile" // or fixed line, where a country does not tell them apart
	FixedLine  Kind = "fixed line"
	VoIP       Kind = "voip"
	Premium    Kind = "premium rate"
	SharedCost Kind = "shared cost"
	TollFree   Kind = "toll free"
	Company    Kind = "company"  // a number for all sites of a company, often at a rate of its own
	Personal   Kind = "personal" // forwarded, at somebody's cost
	Pager      Kind = "pager"
	Voicemail  Kind = "voicemail"
	Satellite  Kind = "satellite" // and other networks of no country
	Emergency  Kind = "emergency"
	Short      Kind = "short"   // a service number of one network
	Invalid    Kind = "invalid" // in no range that is known to be in use
)

// Costs reports whether calls or messages to numbers of kind k may cost far more
// than others, or reach no person.
func (k Kind) Costs() bool {
	switch k {
	case Premium, SharedCost, TollFree, Company, Personal, Pager, Voicemail, Satellite:
		return true
	}
	return false
}

var kinds = map[phonenumbers.PhoneNumberType]Kind{
	phonenumbers.FIXED_LINE: FixedLine, phonenumbers.MOBILE: Mobile, phonenumbers.FIXED_LINE_OR_MOBILE: Mobile,
	phonenumbers.TOLL_FREE: TollFree, phonenumbers.PREMIUM_RATE: Premium, phonenumbers.SHARED_COST: SharedCost,
	phonenumbers.VOIP: VoIP, phonenumbers.PERSONAL_NUMBER: Personal, phonenumbers.PAGER: Pager, phonenumbers.UAN: Company,
	phonenumbers.VOICEMAIL: Voicemail, phonenumbers.UNKNOWN: Invalid,
}

// worldwideKinds are those of country codes that are no country's. The metadata call
// phones on satellites mobiles.
var worldwideKinds = map[int32]Kind{
	800: TollFree, 808: SharedCost, 870: Satellite, 878: Personal, 881: Satellite, 882: Satellite, 883: Satellite,
	888: Company, 979: Premium,
}

// Facts are what a number tells of itself. Looking them up takes long: it is done once,
// outside of transactions, and they are kept with what the number is needed for.
type Facts struct {
	Region   string // see [Number.Region]
	Kind     Kind   // see [Number.Kind]
	Unlisted bool   // see [Number.Unlisted]
}

// Facts looks up what m tells; the countries are those of [Number.Kind].
func (m Number) Facts(countries ...string) Facts {
	k := m.Kind(countries...)
	return Facts{m.Region(), k, k == Invalid && m.Unlisted()}
}

// Everywhere stands for all countries in those of [Number.Kind].
const Everywhere = "*"

// Kind returns what m is. Costly kinds are known by how they begin, so that digits
// too many or too few do not hide them. A short number is an emergency number if it
// is one, or begins like one, in any of the countries: the home country, those of the
// SIMs, and those in which they are. A service number behind the code of its country is one, too.
func (m Number) Kind(countries ...string) Kind {
	if m.Short() {
		if m.isEmergency(countries) {
			return Emergency
		}
		return Short
	}
	n := m.split()
	if n == nil {
		return Invalid
	}
	if k, ok := worldwideKinds[n.GetCountryCode()]; ok {
		return k
	}
	national := phonenumbers.GetNationalSignificantNumber(n)
	k := kinds[typeOf(n)]
	if k != Invalid && k != FixedLine {
		return k
	}
	regions := phonenumbers.GetRegionCodesForCountryCode(int(n.GetCountryCode()))
	if k == Invalid && slices.ContainsFunc(regions, func(r string) bool {
		return phonenumbers.IsEmergencyNumber(national, r)
	}) {
		return Emergency
	}
	for _, r := range regions {
		if costly := costlyPrefix(r, national, k == Invalid); costly != "" {
			return costly
		}
	}
	if k == Invalid && slices.ContainsFunc(regions, func(r string) bool { return plans()[r].behindCode(national) }) {
		return Short
	}
	return k
}

// typeOf returns the type of n in the metadata. To look it up costs a dozen regular
// expressions, and a number is looked up again right after it was read: to tell what it
// is, and whether it may be reached. So the last ones are kept.
func typeOf(n *phonenumbers.PhoneNumber) phonenumbers.PhoneNumberType {
	id := typedNumber{n.GetCountryCode(), n.GetNumberOfLeadingZeros(), n.GetItalianLeadingZero(), n.GetNationalNumber()}
	typesLooked.Lock()
	t, ok := typesLooked.last[id]
	typesLooked.Unlock()
	if ok {
		return t
	}
	t = phonenumbers.GetNumberType(n)
	typesLooked.Lock()
	defer typesLooked.Unlock()
	if len(typesLooked.last) >= maxLooked {
		clear(typesLooked.last)
	}
	typesLooked.last[id] = t
	return t
}

// typedNumber is what the type of a number depends on.
type typedNumber struct {
	code, zeros int32
	leading     bool
	national    uint64
}

const maxLooked = 256

var typesLooked = struct {
	sync.Mutex
	last map[typedNumber]phonenumbers.PhoneNumberType
}{last: map[typedNumber]phonenumbers.PhoneNumberType{}}

// behindCode reports whether a national number that is in no range is a service number of
// the country, behind whose code networks may know it, too.
func (p *plan) behindCode(national string) bool {
	return p != nil && (p.hasService(national) || isShort(national) && !p.resemblesMobile(national))
}

// Valid reports whether m is in a range that is known to be in use, or a service
// number.
func (m Number) Valid() bool {
	if m.Short() {
		return true
	}
	n := m.split()
	return n != nil && phonenumbers.IsValidNumber(n)
}

// isEmergency reports whether dialling m reaches an emergency service. 112 and 911 do
// from every phone with a SIM, wherever it is (3GPP TS 22.101, 10.1.1).
func (m Number) isEmergency(countries []string) bool {
	if m == "112" || m == "911" {
		return true
	}
	connects := func(c string) bool { return phonenumbers.ConnectsToEmergencyNumber(string(m), c) }
	if slices.Contains(countries, Everywhere) {
		for c := range services() {
			if connects(c) {
				return true
			}
		}
	}
	return slices.ContainsFunc(countries, connects)
}

// Unlisted reports whether m is of the kind [Invalid] only because the tables do not
// know its range: it begins with the same two digits and is as long as mobiles of its
// country, and no digit of it is missing or too many. Ranges are handed out before they
// are in the tables, and services document such numbers (0501234567 in Israel); who
// lost or doubled a digit gets a number of another length, or one to which a digit can
// be added. Where mobiles have no ranges of their own, as in North America, the tables
// know every area code, and nothing is unlisted.
func (m Number) Unlisted() bool {
	n := m.split()
	if n == nil || m.Kind() != Invalid {
		return false
	}
	national := phonenumbers.GetNationalSignificantNumber(n)
	return slices.ContainsFunc(phonenumbers.GetRegionCodesForCountryCode(int(n.GetCountryCode())), func(country string) bool {
		p := plans()[country]
		return p != nil && p.resemblesMobile(national)
	})
}

// resemblesMobile reports whether a national number is as long as a mobile of the
// country, differs from one in a single digit behind the first two, and lacks none.
func (p *plan) resemblesMobile(national string) bool {
	if p.mobile == nil || !slices.Contains(p.lengths, int32(len(national))) {
		return false
	}
	for d := range byte(10) {
		if matches(national+string('0'+d), p.mobile, false) {
			return false
		}
	}
	digits := []byte(national)
	for i := 2; i < len(digits); i++ {
		was := digits[i]
		for d := range byte(10) {
			if digits[i] = '0' + d; matches(string(digits), p.mobile, false) {
				return true
			}
		}
		digits[i] = was
	}
	return false
}

// CheapIn reports whether m is a service number that costs no more than an ordinary
// message in the country: toll free or at standard rate, and no emergency number.
func (m Number) CheapIn(country string) bool {
	s := services()[country]
	return m.Short() && s != nil && !m.isEmergency([]string{country}) &&
		!matches(string(m), s.GetPremiumRate(), false) &&
		(matches(string(m), s.GetTollFree(), false) || matches(string(m), s.GetStandardRate(), false))
}

// costlyPrefix returns the costly kind of a country that national begins like; with
// short also where it lacks some of its digits.
func costlyPrefix(country, national string, short bool) Kind {
	for _, c := range costlyRanges()[country] {
		if matches(national, c.numbers, true) {
			return c.kind
		}
		if example := c.numbers.GetExampleNumber(); short && len(national) >= 3 && len(national) < len(example) &&
			matches(national+example[len(national):], c.numbers, false) {
			return c.kind
		}
	}
	return ""
}

type costlyRange struct {
	kind    Kind
	numbers *phonenumbers.PhoneNumberDesc
}

var costlyRanges = sync.OnceValue(func() map[string][]costlyRange {
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		panic(err) // it is compiled in
	}
	list := map[string][]costlyRange{}
	for _, m := range all.GetMetadata() {
		for _, c := range []costlyRange{
			{Premium, m.GetPremiumRate()}, {SharedCost, m.GetSharedCost()}, {TollFree, m.GetTollFree()}, {Company, m.GetUan()},
			{Personal, m.GetPersonalNumber()}, {Pager, m.GetPager()}, {Voicemail, m.GetVoicemail()},
		} {
			if isRange(c.numbers) {
				list[m.GetId()] = append(list[m.GetId()], c)
			}
		}
	}
	return list
})

// services are the service numbers of each country.
var services = sync.OnceValue(func() map[string]*phonenumbers.PhoneMetadata {
	all, err := phonenumbers.ShortNumberMetadataCollection()
	if err != nil {
		panic(err) // it is compiled in
	}
	list := map[string]*phonenumbers.PhoneMetadata{}
	for _, m := range all.GetMetadata() {
		list[m.GetId()] = m
	}
	return list
})

// isRange reports whether a country has numbers of a kind: "NA" stands for none.
func isRange(d *phonenumbers.PhoneNumberDesc) bool {
	p := d.GetNationalNumberPattern()
	return p != "" && !strings.EqualFold(p, "NA")
}

func matches(digits string, d *phonenumbers.PhoneNumberDesc, prefix bool) bool {
	return isRange(d) && phonenumbers.MatchNationalNumber(digits, d, prefix)
}
