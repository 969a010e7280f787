package pdu

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Errors of texts that cannot be sent, for the sender.
var (
	ErrEncoding = errors.New("the text is not valid UTF-8: send it in that encoding")
	ErrTooLong  = errors.New("the text needs more than 255 parts: shorten it, or send it as several messages")
)

// MaxParts is how many parts a message can have (TS 23.040 9.2.3.24.1).
const MaxParts = 255

// Clean returns the text with LF as line ends. It fails if the text is not UTF-8 or
// contains control characters, which networks and phones may act on. The error is for
// the sender.
func Clean(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", ErrEncoding
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	for _, r := range text {
		if r != '\n' && unicode.IsControl(r) {
			return "", fmt.Errorf("the text contains the control character U+%04X: take it out", r)
		}
	}
	return text, nil
}

// Size is the size of a text.
type Size struct {
	Parts   int
	Length  int  // in septets or, if Unicode, in UTF-16 units
	Unicode bool // it has characters that are not in the GSM default alphabet
}

// Measure returns the size of a text. It fails with [ErrTooLong].
func Measure(text string) (Size, error) {
	in := alphabetOf(text)
	parts, err := split(text, in)
	return Size{Parts: len(parts), Length: total(text, costIn(in)), Unicode: in == ucs2}, err
}

// Count returns how many parts a text needs. It fails with [ErrTooLong].
func Count(text string) (int, error) {
	size, err := Measure(text)
	return size.Parts, err
}

// costIn returns the function that counts the septets or UTF-16 units of a character.
func costIn(in alphabet) func(rune) int {
	if in == ucs2 {
		return utf16.RuneLen
	}
	return septets
}

// The capacity of a part, alone and with the header of a concatenation
// (TS 23.040 9.2.3.24), in septets and in UTF-16 units.
const (
	septetsAlone, septetsJoined = 160, 153
	unitsAlone, unitsJoined     = 70, 67
)

// split returns the texts of the parts of a text.
func split(text string, in alphabet) ([]string, error) {
	cost, alone, joined := costIn(in), septetsAlone, septetsJoined
	if in == ucs2 {
		alone, joined = unitsAlone, unitsJoined
	}
	if total(text, cost) <= alone {
		return []string{text}, nil
	}
	var parts []string
	for text != "" {
		if len(parts) == MaxParts {
			return nil, ErrTooLong
		}
		end := cut(text, cost, joined)
		parts = append(parts, text[:end])
		text = text[end:]
	}
	return parts, nil
}

func total(text string, cost func(rune) int) int {
	n := 0
	for _, r := range text {
		n += cost(r)
	}
	return n
}

// cut returns how many bytes of a text fit into one part. It does not split what people
// see as one character, unless that is larger than a part.
func cut(text string, cost func(rune) int, room int) int {
	used, whole := 0, 0
	var before rune
	flags := 0 // regional indicators in a row
	for i, r := range text {
		if i > 0 && !joins(before, r, flags) {
			whole = i
		}
		if used += cost(r); used > room {
			if whole == 0 {
				return i
			}
			return whole
		}
		if isRegional(r) {
			flags++
		} else {
			flags = 0
		}
		before = r
	}
	return len(text)
}

// joins reports whether r belongs to the same visible character as before (UAX #29):
// marks, selectors, skin tones, what a joiner joins, and the second of two regional
// indicators, which form a flag.
func joins(before, r rune, flags int) bool {
	const zeroWidthJoiner = '\u200d'
	switch {
	case unicode.Is(unicode.M, r), r == zeroWidthJoiner, before == zeroWidthJoiner,
		r >= 0x1f3fb && r <= 0x1f3ff, r >= 0xe0020 && r <= 0xe007f:
		return true
	}
	return isRegional(r) && flags%2 == 1
}

func isRegional(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }
