package pdu

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/warthog618/sms/encoding/gsm7"
)

// USSDCoding is how a modem expects the string of +CUSD. By TS 27.007 7.15 it depends on
// +CSCS, but vendors differ.
type USSDCoding int

// The codings of a USSD string.
const (
	USSDPlain  USSDCoding = iota // as text, in the GSM character set
	USSDPacked                   // septets, packed into octets, in hexadecimal
	USSDUCS2                     // UTF-16 in hexadecimal
)

// dcsDefault is the data coding of a USSD string in the default alphabet, the
// language unspecified (TS 23.038 5).
const dcsDefault = 15

// dcsOctets is 8 bit data.
const dcsOctets = 0x44

// EncodeUSSD returns the string of +CUSD for a text, and its data coding scheme. The text
// must have 1 to 182 characters (TS 23.038 6.1.2.3) of the default alphabet, without its
// extension, quotes and control characters.
func EncodeUSSD(text string, as USSDCoding) (s string, dcs int, err error) {
	const longest = 182
	if text == "" || len(text) > longest {
		return "", 0, fmt.Errorf("a USSD code has 1 to %d characters", longest)
	}
	for _, r := range text {
		if r == '"' || unicode.IsControl(r) || septets(r) != 1 {
			return "", 0, errors.New("a USSD code consists of digits, * and #, or of plain text as an answer to a menu")
		}
	}
	switch as {
	case USSDPacked:
		s = strings.ToUpper(hex.EncodeToString(packUSSD(encodeGSM7(text))))
	case USSDUCS2:
		s = strings.ToUpper(hex.EncodeToString(EncodeUCS2(text)))
	default:
		s = text
	}
	return s, dcsDefault, nil
}

// DecodeUSSD returns the text of the string of +CUSD; dcs is its data coding scheme, -1
// for none, and as is how the modem expects such strings. Modems do not always keep to
// either, so the coding of a string that is hexadecimal is also guessed from its octets.
func DecodeUSSD(s string, dcs int, as USSDCoding) string {
	if !isHex(s) {
		if text, ok := decodeHalves(s, dcs); ok {
			return clean(text)
		}
		return clean(withoutLanguage(plainUSSD(s), dcs))
	}
	wide := s[:len(s)/4*4] // without half a character at the end
	if raw := octetsOf(wide); isUCS2(dcs) {
		return clean(DecodeUCS2(skipLanguage(raw, dcs)))
	} else if text := untilZero(raw); as == USSDUCS2 && wide == s || looksUCS2(text) {
		return clean(DecodeUCS2(text))
	}
	// Digits are hexadecimal too, but "1250" is more likely a balance, and what is longer
	// a number to call or a voucher.
	if strings.Trim(s, "0123456789") == "" || len(s)%2 != 0 {
		return s
	}
	raw := octetsOf(s)
	if text := clean(plainUSSD(string(raw))); isPrintable(raw) {
		return text
	}
	if text := clean(withoutLanguage(decodeGSM7(unpackUSSD(raw), 0, 0), dcs)); dcs != dcsOctets && readable(text) {
		return text
	}
	if text := clean(string(raw)); readable(text) {
		return text
	}
	return clean(s)
}

// decodeHalves decodes a text in UCS-2 of which the modem has left what is in quotes as
// it is, as one does in Gammu's issue 150. It reports false if this is none.
func decodeHalves(s string, dcs int) (text string, ok bool) {
	pieces := strings.Split(s, `"`)
	for i := 0; i < len(pieces); i += 2 { // the others are in quotes
		if pieces[i] == "" {
			continue
		}
		if !isHex(pieces[i]) || len(pieces[i])%4 != 0 {
			return "", false
		}
		raw := octetsOf(pieces[i])
		ok = ok || isUCS2(dcs) || looksUCS2(raw)
		pieces[i] = DecodeUCS2(raw)
	}
	return strings.Join(pieces, `"`), ok
}

func isHex(s string) bool { return s != "" && strings.Trim(s, "0123456789ABCDEFabcdef") == "" }

// octetsOf returns the octets of an even number of hexadecimal digits.
func octetsOf(digits string) []byte {
	octets, _ := hex.DecodeString(digits)
	return octets
}

// isPrintable reports whether octets are a text in ASCII, one in each, as some modems
// show it in hexadecimal whatever +CSCS is. Packed septets of such a length are none.
func isPrintable(raw []byte) bool {
	const least = 8
	return len(raw) >= least && !slices.ContainsFunc(raw, func(b byte) bool {
		return (b < ' ' || b > '~') && b != '\n' && b != '\r'
	})
}

// carriageReturn fills a last septet that is not used: otherwise it would be read as @
// (TS 23.038 6.1.2.3.1). The packing for USSD in the library fills when it must not.
const carriageReturn = 0x0d

func packUSSD(septets []byte) []byte {
	if len(septets)%8 == 7 {
		septets = append(septets, carriageReturn)
	}
	return gsm7.Pack7Bit(septets, 0)
}

func unpackUSSD(octets []byte) []byte {
	septets := gsm7.Unpack7Bit(octets, 0)
	septets = septets[:min(len(septets), len(octets)*8/7)]
	if n := len(septets); n > 0 && n%8 == 0 && (septets[n-1] == carriageReturn || septets[n-1] == 0) {
		septets = septets[:n-1]
	}
	return septets
}

// plainUSSD reads a string in the character set "GSM" of TS 27.007 5.5: its
// octets are septets. Not every modem keeps to that, so what is more often
// itself in a menu than a letter, such as a bracket, stays as it is.
func plainUSSD(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || strings.ContainsRune("{|}~`", r) }) {
		return s
	}
	t := tables()
	var b strings.Builder
	escaped := false
	for _, r := range s {
		switch extended, ok := t.shift[0][byte(r)]; {
		case escaped && ok:
			b.WriteRune(extended)
		case r == escape:
			escaped = true
			continue
		case r == '\n' || r == '\r':
			b.WriteRune(r)
		case r < ' ' || strings.ContainsRune("{|}~`", r):
			b.WriteRune(t.locking[0][byte(r)])
		default:
			b.WriteRune(r)
		}
		escaped = false
	}
	return b.String()
}

// isUCS2 reports whether a data coding scheme means UCS-2. USSD has the schemes of cell
// broadcasts (TS 23.038 5).
func isUCS2(dcs int) bool {
	switch {
	case dcs == dcsUCS2Language:
		return true
	case dcs&0xc0 == 0x40, dcs&0xf0 == 0x90:
		return dcs&0x0c == 0x08
	}
	return false
}

// The data coding schemes of texts with a language in front (TS 23.038 5).
const (
	dcsLanguage     = 0x10 // two letters and CR, then septets
	dcsUCS2Language = 0x11 // two letters in two octets, then UCS-2
)

// skipLanguage removes the language in front of a text in UCS-2, whose letters are packed
// septets or, from some networks, octets. Some modems have removed it already.
func skipLanguage(raw []byte, dcs int) []byte {
	if dcs != dcsUCS2Language || len(raw) < 2 {
		return raw
	}
	for _, letters := range [][]byte{gsm7.Unpack7Bit(raw[:2], 0)[:2], raw[:2]} {
		if !slices.ContainsFunc(letters, func(b byte) bool { return b < 'a' || b > 'z' }) {
			return raw[2:]
		}
	}
	return raw
}

// withoutLanguage removes the language in front of a text in septets.
func withoutLanguage(s string, dcs int) string {
	const length = 3
	if dcs == dcsLanguage && len(s) >= length && s[length-1] == '\r' {
		return s[length:]
	}
	return s
}

// clean removes the padding at the end of a USSD text and what is behind U+0000, and
// makes its line ends LF.
func clean(s string) string {
	if end := strings.IndexByte(s, 0); end >= 0 {
		s = s[:end] // some modems send what their buffer held before
	}
	if !utf8.ValidString(s) {
		s = latin1(s)
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.TrimRight(s, "\n \x00")
}

// untilZero returns octets in UTF-16 up to U+0000.
func untilZero(raw []byte) []byte {
	for i := 0; i+1 < len(raw); i += 2 {
		if raw[i] == 0 && raw[i+1] == 0 {
			return raw[:i]
		}
	}
	return raw
}

// latin1 decodes a text in ISO 8859-1, in which each octet is its character.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// looksUCS2 reports whether octets look like a text in UTF-16: all upper octets are those
// of Latin, Greek, Cyrillic, Hebrew or Arabic scripts, which hardly happens with packed
// septets.
func looksUCS2(raw []byte) bool {
	if len(raw)%2 != 0 || len(raw) < 4 {
		return false
	}
	for i := 0; i < len(raw); i += 2 {
		switch raw[i] {
		case 0x00, 0x01, 0x03, 0x04, 0x05, 0x06, 0x20:
		default:
			return false
		}
	}
	return readable(clean(DecodeUCS2(raw)))
}

// readable reports whether a text looks as if it is meant for people: it has no control
// characters and consists mostly of letters, digits and punctuation.
func readable(s string) bool {
	plain, total := 0, 0
	for _, r := range s {
		total++
		switch {
		case r == '\n':
			plain++
		case unicode.IsControl(r), r == unicode.ReplacementChar, unicode.Is(unicode.Co, r):
			return false
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune(" .,:*#+-", r):
			plain++
		}
	}
	const mostly = 6 // tenths
	return total > 0 && 10*plain >= mostly*total
}
