package pdu

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Errors of texts that cannot be sent, for the sender.
var (
	ErrEncoding = errors.New("the text is not valid UTF-8: send it in that encoding")
	ErrTooLong  = errors.New("the text needs more than 255 parts: shorten it, or send it as several messages")
)

// MaxParts is how many parts a message can have (TS 23.040 9.2.3.24.1).
const MaxParts = 255

// Clean returns the text with LF as line ends and blanks for tabs and what else separates
// words, columns or pages, none of which the alphabets of messages have. It fails if the
// text is not UTF-8 or contains other control characters, which networks and phones may
// act on. The error is for the sender.
func Clean(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", ErrEncoding
	}
	text = separators.Replace(text)
	for _, r := range text {
		if r != '\n' && unicode.IsControl(r) {
			return "", fmt.Errorf("the text contains the control character U+%04X: take it out", r)
		}
	}
	return text, nil
}

// separators replaces line ends with LF and other separators with a blank. The default
// alphabet has a form feed (TS 23.038 6.2.1.1), which phones do not show.
var separators = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ", "\v", " ", "\f", " ",
	"\u0085", " ", "\u2028", " ", "\u2029", " ") // next line, line and paragraph separator

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

// Wide returns the characters of a text that are not in the GSM default alphabet, each
// once: for them the text is sent in UCS-2.
func Wide(text string) string {
	var wide strings.Builder
	for _, r := range text {
		if septets(r) == 0 && !strings.ContainsRune(wide.String(), r) {
			wide.WriteRune(r)
		}
	}
	return wide.String()
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

// split returns the texts of the parts of a text: as few as there can be where none ends
// within what people see as one character, a grapheme cluster (UAX #29).
func split(text string, in alphabet) ([]string, error) {
	cost, alone, room := costIn(in), septetsAlone, septetsJoined
	if in == ucs2 {
		alone, room = unitsAlone, unitsJoined
	}
	if total(text, cost) <= alone {
		return []string{text}, nil
	}
	var parts []string
	begin, end, used := 0, 0, 0 // of the part that is being filled
	for piece := range unbroken(text, cost, room) {
		size := total(piece, cost)
		if used+size > room {
			parts = append(parts, text[begin:end])
			if len(parts) == MaxParts {
				return nil, ErrTooLong
			}
			begin, used = end, 0
		}
		end += len(piece)
		used += size
	}
	return append(parts, text[begin:]), nil
}

// unbroken yields the pieces of a text between which parts may end: its grapheme
// clusters, and the code points of a cluster that no part has room for.
func unbroken(text string, cost func(rune) int, room int) iter.Seq[string] {
	return func(yield func(string) bool) {
		for clusters := graphemes.FromString(text); clusters.Next(); {
			cluster := clusters.Value()
			long := total(cluster, cost) > room
			for cluster != "" {
				size := len(cluster)
				if long {
					_, size = utf8.DecodeRuneInString(cluster)
				}
				if !yield(cluster[:size]) {
					return
				}
				cluster = cluster[size:]
			}
		}
	}
}

func total(text string, cost func(rune) int) int {
	n := 0
	for _, r := range text {
		n += cost(r)
	}
	return n
}
