package simulator

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/tpdu"
)

// escape leads to the extension table (23.038 6.2.1.1).
const escape = 0x1b

// gsm7Basic is the GSM 7 bit default alphabet by septet (23.038 6.2.1). The tables of the
// codec library are not used: it builds them on first use without a lock, and the code
// under test uses them at the same time.
var gsm7Basic = []rune("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ" +
	" !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")

var gsm7Extension = map[byte]rune{
	0x0a: '\f', 0x14: '^', 0x28: '{', 0x29: '}', 0x2f: '\\',
	0x3c: '[', 0x3d: '~', 0x3e: ']', 0x40: '|', 0x65: '€',
}

func decodeSeptets(septets []byte) string {
	var b strings.Builder
	escaped := false
	for _, s := range septets {
		r, extended := gsm7Extension[s]
		switch {
		case escaped && extended:
			b.WriteRune(r)
			escaped = false
		case s == escape:
			escaped = true
		default:
			// After an escape without an extension the basic table applies.
			b.WriteRune(gsm7Basic[s&0x7f])
			escaped = false
		}
	}
	return b.String()
}

// encodeSeptets returns the septets of a text. It reports false if a character has none.
func encodeSeptets(text string) ([]byte, bool) {
	var septets []byte
	for _, r := range text {
		if i := slices.Index(gsm7Basic, r); i >= 0 && i != escape {
			septets = append(septets, byte(i))
			continue
		}
		s, ok := extensionSeptet(r)
		if !ok {
			return nil, false
		}
		septets = append(septets, escape, s)
	}
	return septets, true
}

func extensionSeptet(r rune) (byte, bool) {
	for s, extended := range gsm7Extension {
		if extended == r {
			return s, true
		}
	}
	return 0, false
}

// decodeUCS2 decodes UTF-16, as handsets do. Half a surrogate pair becomes U+FFFD.
func decodeUCS2(octets []byte) string {
	units := make([]uint16, len(octets)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(octets[2*i:])
	}
	return string(utf16.Decode(units))
}

func encodeUCS2(text string) []byte {
	var octets []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		octets = binary.BigEndian.AppendUint16(octets, unit)
	}
	return octets
}

// originator encodes TP-OA: a number, or a name of up to 11 characters (23.040 9.1.2.5).
func originator(from string) []byte {
	if !strings.ContainsFunc(from, unicode.IsLetter) {
		a := numberAddress(from)
		if b, err := a.MarshalBinary(); err == nil {
			return b
		}
	}
	septets, _ := encodeSeptets(from)
	septets = septets[:min(len(septets), 11)]
	const alphanumeric = 0x80 | byte(tpdu.TonAlphanumeric)<<4
	semiOctets := byte((len(septets)*7 + 3) / 4)
	return append([]byte{semiOctets, alphanumeric}, gsm7.Pack7Bit(septets, 0)...)
}

// decodeUCS2Hex decodes a string of +CSCS="UCS2". It returns a string that is not
// hexadecimal as it is.
func decodeUCS2Hex(s string) string {
	octets, err := hex.DecodeString(s)
	if err != nil {
		return s
	}
	return decodeUCS2(octets)
}
