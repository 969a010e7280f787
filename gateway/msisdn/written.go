package msisdn

import (
	"errors"
	"net/url"
	"strings"
	"unicode"

	"simgate/gateway/digit"
	"simgate/gateway/fault"
)

// written is a number as somebody wrote it, less what stood around its digits.
type written struct {
	digits string // 0 to 9
	plus   bool
}

// maxWritten is the most digits that are read: E.164 and a prefix for calls abroad.
const maxWritten = 24

var (
	errMissing   = fault.NewInvalid("to", "the phone number is missing: give it as + and country code, such as +4915112345678")
	errNoNumber  = fault.NewInvalid("to", "this is not a phone number: use digits only, as + and country code, such as +4915112345678")
	errExtension = fault.NewInvalid("to", "the number has an extension, which no message and no call reaches: leave it out")
)

// takeDigits drops what people, forms and contact cards put around digits, and
// reads the digits of every script. Anything else is an error: what is left out
// silently might have meant something.
func takeDigits(s string) (written, error) {
	s = strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || digit.Invisible(r) })
	s, err := fromURI(s)
	if err != nil {
		return written{}, err
	}
	s = strings.TrimLeft(s, "'’") // how spreadsheets keep a number from being calculated with
	var (
		w   written
		buf [maxWritten]byte
		n   int
	)
	for i, r := range s {
		switch v, ok := digit.Value(r); {
		case ok && n == len(buf):
			return written{}, errNoNumber
		case ok:
			buf[n] = byte('0' + v)
			n++
		case isPlus(r):
			if w.plus || n > 0 {
				return written{}, errNoNumber
			}
			w.plus = true
		case isBetween(r) || digit.Blank(r) || digit.Dash(r) || digit.Invisible(r):
		case n >= minShort && isExtension(s[i:]):
			return written{}, errExtension
		default:
			return written{}, errNoNumber
		}
	}
	w.digits = string(buf[:n])
	if w.plus { // + and 00 both say: abroad
		w.digits = strings.TrimPrefix(w.digits, "00")
	}
	switch {
	case w.digits != "":
		return w, nil
	case w.plus:
		return written{}, errNoNumber
	}
	return written{}, errMissing
}

func isPlus(r rune) bool { return strings.ContainsRune("+＋﹢⁺", r) }

// isBetween reports whether r is what people group digits with, but for blanks and
// dashes.
func isBetween(r rune) bool { return strings.ContainsRune("./()[]<>~·•．／（）［］～", r) }

// isExtension reports whether s, which follows the digits of a number, names an
// extension or a pause before more digits.
func isExtension(s string) bool {
	if !strings.ContainsFunc(s, func(r rune) bool { _, ok := digit.Value(r); return ok }) {
		return false
	}
	s = strings.ToLower(s)
	for _, mark := range []string{"x", "ext", "#", ",", ";", "p", "w", "доб", "int", "dw", "durchwahl", "anexo", "ramal", "poste"} {
		if strings.HasPrefix(s, mark) {
			return true
		}
	}
	return false
}

// fromURI returns the number of a URI as contact cards and links have it (RFC 3966,
// RFC 5724), and s itself where it is none.
func fromURI(s string) (string, error) {
	scheme, rest, found := strings.Cut(s, ":")
	if !found {
		return s, nil
	}
	switch strings.ToLower(strings.TrimSpace(scheme)) {
	case "tel", "sms", "smsto", "callto", "phone":
	default:
		return s, nil
	}
	rest = strings.TrimPrefix(rest, "//")
	rest, _, _ = strings.Cut(rest, "?") // ?body=
	if plain, err := url.PathUnescape(rest); err == nil {
		rest = plain
	}
	number, parameters, _ := strings.Cut(rest, ";")
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(p, "=")
		switch strings.ToLower(name) {
		case "ext":
			return "", errExtension
		case "phone-context": // the country code of a local number, or the name of a network
			if strings.HasPrefix(value, "+") && !strings.ContainsFunc(number, isPlus) {
				number = value + number
			}
		}
	}
	return number, nil
}

// Digits returns the digits of s without what people put between them, and whether
// they begin with + or 00, which is taken off. It returns false where anything else
// is left. It is for parts of numbers: whole ones are read by [Read].
func Digits(s string) (digits string, international, ok bool) {
	w, err := takeDigits(s)
	switch {
	case errors.Is(err, errMissing):
		return "", false, true
	case err != nil:
		return "", false, false
	}
	if rest, found := strings.CutPrefix(w.digits, "00"); found && !w.plus {
		return rest, true, rest != ""
	}
	return w.digits, w.plus, true
}
