package cli

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Harmless returns a text from outside as a terminal may show it: without control characters,
// except line breaks, which it would execute, and without those that turn the letters behind them
// around, so that a person reads something else than is written.
func Harmless(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\r':
			return ' '
		case r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return utf8.RuneError
		}
		return r
	}, s)
}
