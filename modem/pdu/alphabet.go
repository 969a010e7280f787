package pdu

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf16"

	"github.com/warthog618/sms/encoding/gsm7/charset"
)

// alphabet is how user data is written (TS 23.038 4).
type alphabet int

const (
	gsm7Bit alphabet = iota
	octets           // 8 bit data, no text
	ucs2
)

// escape introduces a character of the extension table (TS 23.038 6.2.1).
const escape = 0x1b

// tables returns the alphabets of TS 23.038 6.2.1 and annex A. The decoders are indexed
// by the national language identifier; 0 is the default alphabet. The library builds its
// tables on first use and without a lock; here that happens once.
var tables = sync.OnceValue(func() (t struct {
	basic, extension charset.Encoder
	locking, shift   [charset.End]charset.Decoder
}) {
	t.basic, t.extension = charset.DefaultEncoder(), charset.DefaultExtEncoder()
	for language := range charset.End {
		t.locking[language], t.shift[language] = charset.NewDecoder(language), charset.NewExtDecoder(language)
	}
	portuguese := maps.Clone(t.shift[charset.Portuguese])
	portuguese[0x1f] = 'Ê' // which the library's table lacks (A.2.3)
	t.shift[charset.Portuguese] = portuguese
	return t
})

// septets returns how many septets a character takes: 1 in the default alphabet, 2 in its
// extension, 0 if it is in neither.
func septets(r rune) int {
	t := tables()
	if _, ok := t.basic[r]; ok && r != escape {
		return 1
	}
	if _, ok := t.extension[r]; ok {
		return 2
	}
	return 0
}

// alphabetOf returns the alphabet that a text is sent in.
func alphabetOf(text string) alphabet {
	if strings.ContainsFunc(text, func(r rune) bool { return septets(r) == 0 }) {
		return ucs2
	}
	return gsm7Bit
}

// encodeGSM7 returns the septets of a text, whose characters must be in the default
// alphabet or its extension.
func encodeGSM7(text string) []byte {
	t := tables()
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if septet, ok := t.basic[r]; ok {
			b = append(b, septet)
		} else {
			b = append(b, escape, t.extension[r])
		}
	}
	return b
}

// decodeGSM7 decodes septets with the locking and single shift tables of national
// languages. An unknown language has the default tables. An unknown septet and an escape
// without a character are spaces (TS 23.038 6.2.1).
func decodeGSM7(septets []byte, locking, shift int) string {
	t := tables()
	basic, extension := t.locking[0], t.shift[0]
	if locking < len(t.locking) {
		basic = t.locking[locking]
	}
	if shift < len(t.shift) {
		extension = t.shift[shift]
	}
	var b strings.Builder
	escaped := false
	for _, septet := range septets {
		if septet == escape && !escaped {
			escaped = true
			continue
		}
		r, ok := basic[septet]
		if extended, found := extension[septet]; escaped && found {
			r, ok = extended, true
		}
		if !ok || r == escape {
			r = ' '
		}
		b.WriteRune(r)
		escaped = false
	}
	if escaped {
		b.WriteByte(' ')
	}
	return b.String()
}

// EncodeUCS2 returns a text as UTF-16, which phones accept as UCS-2.
func EncodeUCS2(text string) []byte {
	units := utf16.Encode([]rune(text))
	b := make([]byte, 0, 2*len(units))
	for _, unit := range units {
		b = binary.BigEndian.AppendUint16(b, unit)
	}
	return b
}

// DecodeUCS2 decodes UTF-16. Half a surrogate pair becomes U+FFFD; an odd octet at the
// end is dropped.
func DecodeUCS2(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for unit := range slices.Chunk(b[:len(b)&^1], 2) {
		units = append(units, binary.BigEndian.Uint16(unit))
	}
	return string(utf16.Decode(units))
}
