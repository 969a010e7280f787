package fault

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckName returns an [Invalid] error about field unless s is a name: printable,
// not empty, and at most limit characters long.
func CheckName(field, s string, limit int) error {
	switch {
	case s == "":
		return NewInvalid(field, field+" is empty")
	case !utf8.ValidString(s):
		return NewInvalid(field, field+" is not valid UTF-8")
	case utf8.RuneCountInString(s) > limit:
		return NewInvalid(field, field+" is longer than "+strconv.Itoa(limit)+" characters")
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return NewInvalid(field, field+" contains a control character or a line break")
	}
	return nil
}

// Quote returns s in quotes for the text of an error, cut after 40 characters.
func Quote(s string) string {
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40]) + "…"
	}
	return strconv.Quote(s)
}
