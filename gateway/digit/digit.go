// Package digit reads the digits of every script, and knows the characters that
// cannot be seen. Telephone numbers and typed codes are read with it, so that both
// understand the same keyboards and the same clipboards.
package digit

import "unicode"

// Value returns the value of a decimal digit of any script: 7 for 7, ٧, ۷, ७ and
// the full-width ７; false for anything else. Superscripts, numbers in circles and
// fractions are no decimal digits.
func Value(r rune) (int, bool) {
	if r >= '0' && r <= '9' {
		return int(r - '0'), true
	}
	if r <= unicode.MaxASCII {
		return 0, false
	}
	// Unicode keeps the ten digits of a script together, in order, so the
	// distance to the start of a range of category Nd tells the value.
	for _, block := range unicode.Nd.R16 {
		if r >= rune(block.Lo) && r <= rune(block.Hi) {
			return int(r-rune(block.Lo)) % 10, true
		}
	}
	for _, block := range unicode.Nd.R32 {
		if r >= rune(block.Lo) && r <= rune(block.Hi) {
			return int(r-rune(block.Lo)) % 10, true
		}
	}
	return 0, false
}

// Invisible reports whether r has no glyph of its own: marks of direction, joiners,
// byte order marks, soft hyphens, and what makes an emoji of a digit. They come with
// text that is copied from chats, web pages and contact cards.
func Invisible(r rune) bool {
	if r <= unicode.MaxASCII {
		return false
	}
	const keycap = '\u20e3'
	return r == keycap || r >= '\ufe00' && r <= '\ufe0f' || unicode.Is(unicode.Cf, r)
}

// Blank reports whether r is a blank of any width, or a tab. Line ends are none: what
// has more than one line is more than a number or a code.
func Blank(r rune) bool {
	return r == ' ' || r == '\t' || r > unicode.MaxASCII && unicode.Is(unicode.Zs, r)
}

// Dash reports whether r is a hyphen, a dash of any length, or a minus sign.
func Dash(r rune) bool {
	return r == '-' || r == '\u2212' || r > unicode.MaxASCII && unicode.Is(unicode.Pd, r)
}
