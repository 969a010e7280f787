package pdu

import (
	"encoding/hex"
	"errors"
	"fmt"
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
		s = strings.ToUpper(hex.EncodeToString(encodeUCS2(text)))
	default:
		s = text
	}
	return s, dcsDefault, nil
}

// DecodeUSSD returns the text of the string of +CUSD; dcs is its data coding scheme, -1
// for none. Modems do not always keep to the scheme, so the coding of a string that is
// hexadecimal is also guessed from its octets.
func DecodeUSSD(s string, dcs int) string {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) == 0 {
		return clean(plainUSSD(s))
	}
	if dcs >= 0 && isUCS2(dcs) {
		return clean(decodeUCS2(skipLanguage(raw, dcs)))
	}
	if text := untilZero(raw); looksUCS2(text) {
		return clean(decodeUCS2(text))
	}
	// Digits are hexadecimal too, but "1250" is more likely a balance.
	if strings.Trim(s, "0123456789") == "" && len(s) < 8 {
		return s
	}
	if text := clean(decodeGSM7(unpackUSSD(raw), 0, 0)); dcs != dcsOctets && readable(text) {
		return text
	}
	if text := clean(string(raw)); readable(text) {
		return text
	}
	return clean(s)
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
	case dcs == 0x11:
		return true
	case dcs&0xc0 == 0x40, dcs&0xf0 == 0x90:
		return dcs&0x0c == 0x08
	}
	return false
}

// skipLanguage removes the language in front of a text with the scheme 11 hexadecimal:
// two octets.
func skipLanguage(raw []byte, dcs int) []byte {
	if dcs == 0x11 && len(raw) >= 2 {
		return raw[2:]
	}
	return raw
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
	return readable(clean(decodeUCS2(raw)))
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
