package msisdn

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"simgate/gateway/fault"
)

// Reading says what digits without a plus mean, which differs between services.
// Whatever it is, + means that a country code follows, and so does the prefix with
// which the home country calls abroad. The zero Reading leaves it open: [Reading.Or]
// decides, and [Read] takes it as [International].
type Reading struct {
	form form
	home *plan                    // nil for none
	open func(region string) bool // what a reading in two countries is decided by
}

type form int

const (
	unset form = iota
	international
	nationalFirst
	open
)

// International reads digits as E.164, as services do whose clients strip the plus.
func International() Reading { return Reading{form: international} }

// NationalFirst reads digits as a number of country (ISO 3166-1 alpha-2), and as
// E.164 only where they are no valid one, or a fixed line there and a mobile of the
// same country with its code.
func NationalFirst(country string) Reading {
	return Reading{form: nationalFirst, home: plans()[country]}
}

// Open reads digits both as a number of the home country and as E.164. Only valid
// numbers count. A mobile comes before a fixed line; of two mobiles the one that
// lies in a country for which isOpen is true. Where that leaves two, neither is taken.
// With isOpen nil the home country alone is open; with home "" only numbers with a
// plus and service numbers are read.
func Open(home string, isOpen func(region string) bool) Reading {
	if isOpen == nil {
		isOpen = func(region string) bool { return region == home }
	}
	return Reading{form: open, home: plans()[home], open: isOpen}
}

// Or returns r, or other where r is the zero Reading.
func (r Reading) Or(other Reading) Reading {
	if r.form == unset {
		return other
	}
	return r
}

// The settings of an app that settle what [Open] would refuse.
const (
	SettingNational = "national"
	SettingE164     = "e164"
)

// As returns r with the setting `numbers` of an app, "" to leave it as it is.
func (r Reading) As(setting string) (Reading, error) {
	switch setting {
	case "":
	case SettingNational:
		r.form = nationalFirst
	case SettingE164:
		r.form = international
	default:
		return r, fault.NewInvalid("numbers", "there is no setting "+fault.Quote(setting)+": use "+SettingNational+" or "+SettingE164)
	}
	return r, nil
}

// Read returns the number that s means, in its canonical form. Everything that
// people, forms and contact cards put around digits is dropped. A number with its
// country code need not be valid, as new ranges are in use before they are in the
// tables ([Number.Kind] tells); any other must be. Errors are invalid errors of the
// field "to" that say what to do.
func Read(s string, r Reading) (Number, error) {
	w, err := takeDigits(s)
	if err != nil {
		return "", err
	}
	if w.plus {
		return readInternational(w.digits)
	}
	if n, done, err := r.readPrefixed(w.digits); done {
		return n, err
	}
	switch {
	case r.form == international || r.form == unset:
		if r.home != nil && r.home.isShort(w.digits) && len(w.digits) < minInternational {
			return Number(w.digits), nil
		}
		return readInternational(w.digits)
	case r.home == nil:
		if isShort(w.digits) {
			return Number(w.digits), nil
		}
		return "", fault.NewInvalid("to", "the number has no country code: write it as + and country code, or set country in the configuration")
	}
	return r.readBoth(w.digits)
}

// ReadingOf returns the reading of a request that names a country (ISO 3166-1 alpha-2):
// numbers without a plus are of that country first. For "" it is the zero Reading.
// Its error is an invalid error of the field "country".
func ReadingOf(country string) (Reading, error) {
	switch {
	case country == "":
		return Reading{}, nil
	case !KnownCountry(country):
		return Reading{}, fault.NewInvalid("country", "this is not a country in two capital letters, such as DE")
	}
	return NationalFirst(country), nil
}

const (
	minShort, maxShort = 3, 6 // of service numbers that no table knows
	maxService         = 8
	minInternational   = 7 // digits with the country code
	// MaxDigits is the most digits that a number has, with its country code (ITU-T E.164).
	MaxDigits = 15
)

// isShort reports whether digits can be a service number of one network.
func isShort(digits string) bool { return hasShortLength(digits) && digits[0] != '0' }

// Longer ones that no table knows are taken for numbers that lack a digit.
func hasShortLength(digits string) bool { return len(digits) >= minShort && len(digits) <= maxShort }

// isShort reports whether digits can be a service number in the country: one of its
// tables, or any that is too short for more. Only where no number begins with 0 may
// others begin with it, as 0890 and 000100 in Russia.
func (p *plan) isShort(digits string) bool {
	return isShort(digits) || hasShortLength(digits) && !p.zero() || p.hasService(digits)
}

// hasService reports whether digits are a service number that the tables know.
func (p *plan) hasService(digits string) bool {
	if p == nil || len(digits) > maxService {
		return false
	}
	s := services()[p.country]
	return s != nil && matches(digits, s.GetShortCode(), false)
}

// readBoth reads digits without a country code as a number of the home country and
// as E.164.
func (r Reading) readBoth(digits string) (Number, error) {
	home, isHome := r.home.national(digits)
	if r.home.hasService(digits) && !home.mobile {
		return Number(digits), nil
	}
	var other candidate
	isOther := false
	if len(digits) >= minInternational {
		// Who leaves the plus away has not kept a trunk prefix behind the code.
		other, isOther = abroad(digits)
		isOther = isOther && (string(other.number[1:]) == digits || other.respelt())
	}
	if rest, found := strings.CutPrefix(digits, "0"+r.home.code); found && !isOther {
		// A trunk zero before the country code, as many people write it.
		if other, isOther = abroad(r.home.code + rest); isOther && isHome && other.number != home.number && !home.mobile && r.form != nationalFirst {
			return "", ambiguous(home, other)
		}
	}
	switch {
	case isHome && r.form == nationalFirst:
		// Some who name the country write its code all the same: 49 151… is a mobile, not
		// a fixed line in the area 4915.
		if isOther && other.region == home.region && other.mobile && !home.mobile {
			return other.number, nil
		}
		return home.number, nil
	case isHome && isOther:
		return r.choose(home, other)
	case isHome:
		return home.number, nil
	case isOther:
		return other.number, nil
	case r.home.isShort(digits):
		return Number(digits), nil
	}
	if r.form == nationalFirst { // whose callers have said which country they mean
		if n, ok := r.home.unlisted(digits); ok {
			return n, nil
		}
	}
	return "", fault.NewInvalid("to", "this is not a phone number of "+r.home.country+": check the digits, or write it as + and country code")
}

// choose takes one of two valid readings, or neither.
func (r Reading) choose(home, other candidate) (Number, error) {
	switch {
	case home.number == other.number:
		return home.number, nil
	case home.mobile && !other.mobile:
		return home.number, nil
	case other.mobile && !home.mobile:
		return other.number, nil
	case home.mobile && r.isOpen(home) && !r.isOpen(other):
		return home.number, nil
	case home.mobile && r.isOpen(other) && !r.isOpen(home):
		return other.number, nil
	}
	return "", ambiguous(home, other)
}

func (r Reading) isOpen(c candidate) bool { return r.open != nil && r.open(c.region) }

func ambiguous(a, b candidate) error {
	return fault.NewInvalid("to", "the number can be "+string(a.number)+" or "+string(b.number)+
		": write it with + and country code, or set numbers to "+SettingNational+" or "+SettingE164+" for the app in the configuration")
}

// readPrefixed reads digits that begin with a prefix for calls abroad: the home
// country's own, or else the 00 that most countries have. done is false where there
// is none, or what follows makes no number and the digits may mean something else.
func (r Reading) readPrefixed(digits string) (n Number, done bool, err error) {
	const usual = "00"
	if r.home == nil {
		rest, found := strings.CutPrefix(digits, usual)
		if !found {
			return "", false, nil
		}
		n, err = readInternational(rest)
		return n, true, err
	}
	if rest, found := strings.CutPrefix(digits, r.home.preferred); found && r.home.preferred != "" {
		if c, ok := abroad(rest); ok {
			return c.number, true, nil
		}
	}
	mine := ""
	if at := r.home.abroad().FindStringIndex(digits); at != nil {
		mine = digits[at[1]:]
	}
	first, isFirst := abroad(mine)
	rest, _ := strings.CutPrefix(digits, usual)
	second, isSecond := candidate{}, false
	if rest != digits && rest != mine {
		second, isSecond = abroad(rest)
	}
	switch {
	case isFirst && isSecond && second.mobile && first.number != second.number:
		// Such as 0081 90… where 008 is a prefix: Japan or the United States.
		if first.mobile && r.isOpen(first) != r.isOpen(second) {
			n, err = r.choose(first, second)
			return n, true, err
		}
		return "", true, ambiguous(first, second)
	case isFirst:
		return first.number, true, nil
	case isSecond:
		return second.number, true, nil
	case mine == "" || mine[0] == '0':
		return "", false, nil
	}
	if _, ok := r.home.national(digits); ok || r.home.hasService(digits) {
		return "", false, nil
	}
	n, err = readInternational(mine)
	return n, true, err
}

// readInternational reads the digits that follow a plus.
func readInternational(digits string) (Number, error) {
	n, err := parse(digits)
	if err != nil {
		return "", fault.NewInvalid("to", "no country has this code: check the digits after the +")
	}
	added := addsDigits(n, digits)
	n, kind := canonical(n)
	m := Number(phonenumbers.Format(n, phonenumbers.E164))
	switch why := phonenumbers.IsPossibleNumberWithReason(n); {
	case why == phonenumbers.TOO_LONG, len(m) > 1+MaxDigits:
		return "", fault.NewInvalid("to", "the number has too many digits for its country")
	case kind != phonenumbers.UNKNOWN:
	case why == phonenumbers.INVALID_LENGTH:
		return "", fault.NewInvalid("to", "the number has too many or too few digits for its country")
	case why != phonenumbers.IS_POSSIBLE:
		return "", fault.NewInvalid("to", "the number has too few digits for its country")
	}
	if string(m[1:]) != digits && (added || kind == phonenumbers.UNKNOWN || !stable(n, m)) {
		// A trunk prefix behind the country code has been dropped. Nothing is
		// dropped for a number that is invalid without it, or begins with another.
		return "", fault.NewInvalid("to", "this is not a phone number: check the digits that follow the country code")
	}
	return m, nil
}
