package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"simgate/modem/pdu"
)

// withoutAccents returns s with letters of the default alphabet of GSM in the place of
// those that it lacks, "codigo" for "código", so that 160 characters fit a short message
// and not 70. A text that it cannot bring into the alphabet is returned as it is.
func withoutAccents(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch bare, ok := bareLetters[r]; {
		case inAlphabet(string(r)):
			b.WriteRune(r)
		case ok:
			b.WriteString(bare)
		default:
			b.WriteString(strings.Map(func(r rune) rune {
				if unicode.Is(unicode.Mn, r) {
					return -1
				}
				return r
			}, norm.NFD.String(string(r))))
		}
	}
	if bare := b.String(); inAlphabet(bare) {
		return bare
	}
	return s
}

// bareLetters are the letters that Unicode does not divide into a letter and an accent,
// and those that the alphabet has something nearer for than the letter alone.
var bareLetters = map[rune]string{
	'ı': "i", 'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'þ': "th", 'Þ': "Th", 'ł': "l", 'Ł': "L", 'ő': "ö", 'Ő': "Ö", 'ű': "ü", 'Ű': "Ü",
}

// inAlphabet reports whether all of s is in the default alphabet of GSM.
func inAlphabet(s string) bool {
	size, err := pdu.Measure(s)
	return err == nil && !size.Unicode
}
