package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Plain returns a text with characters of the default alphabet of GSM in the place of those
// that it lacks, as far as something like them is in it: letters without their accents,
// straight quotes, a hyphen for a dash. Others stay.
func Plain(s string) string {
	var b strings.Builder
	for _, r := range s {
		if with, ok := Instead(r); ok {
			b.WriteString(with)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Instead returns what [Plain] writes instead of a character, which may be nothing; false
// where the character is in the alphabet, or nothing in it is like that.
func Instead(r rune) (with string, ok bool) {
	if inAlphabet(string(r)) {
		return "", false
	}
	if with, ok := bareLetters[r]; ok {
		return with, true
	}
	if with, ok := signs[r]; ok {
		return with, true
	}
	if unicode.Is(unicode.Mn, r) {
		return "", false // it may belong to a letter that stays
	}
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(string(r)))
	bare = strings.NewReplacer("\u2044", "/").Replace(bare) // of fractions
	return bare, bare != "" && inAlphabet(bare)
}

// signs are what is written instead of signs. What is compatible with something in the
// alphabet (NFKD) is not among them.
var signs = map[rune]string{
	'‘': "'", '’': "'", '‚': "'", '‛': "'", '`': "'", '´': "'", '‹': "'", '›': "'", '′': "'",
	'“': `"`, '”': `"`, '„': `"`, '‟': `"`, '«': `"`, '»': `"`, '″': `"`,
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-",
	'•': "*", '·': ".", '×': "x", '÷': "/", '→': "->", '←': "<-", '©': "(c)", '®': "(R)", '°': "o",
	'\u00a0': " ", '\u00ad': "", '\u200b': "", '\u2060': "", '\ufeff': "",
	'œ': "oe", 'Œ': "OE", 'ẞ': "SS", 'ħ': "h", 'Ħ': "H", 'ĸ': "k", 'ŋ': "ng", 'Ŋ': "NG", 'ŧ': "t", 'Ŧ': "T",
}

// WithoutEmoji returns a text without its emoji, with what joins and modifies them.
func WithoutEmoji(s string) string {
	const keycap, firstTag, lastTag = '\u20e3', '\U000e0020', '\U000e007f'
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		joins := r == '\u200d' && i > 0 && i+1 < len(runes) && (emoji(runes[i-1]) || runes[i-1] == '\ufe0f') && emoji(runes[i+1])
		if !emoji(r) && !joins && r != '\ufe0f' && r != keycap && (r < firstTag || r > lastTag) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// emoji reports whether a character is an emoji, or the colour of one.
func emoji(r rune) bool {
	const firstSymbol = '\u2190'
	return r >= firstSymbol && (unicode.Is(unicode.So, r) || unicode.Is(unicode.Sk, r))
}
