package text

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/gateway/locale"
	"simgate/modem/pdu"
)

// The placeholders of a text.
const (
	holdsCode    = "{code}"
	holdsBrand   = "{brand}"
	holdsMinutes = "{minutes}"
)

// MaxBrand is the longest name of a sender, in characters: it leaves a single part room
// for the sentence and the code.
const MaxBrand = 60

// early is where the code must stand at the latest, in characters: notices on a
// locked screen show no more.
const early = 30

// maxAndroid is the length of a message that the SMS Retriever of Android
// reads, in octets.
const maxAndroid = 140

// Default is the language of countries that have no texts of their own.
const Default = locale.Default

// Locales returns the languages that there are texts for, sorted.
func Locales() []string {
	var names []string
	for _, l := range locale.All() {
		names = append(names, l.Name)
	}
	slices.Sort(names)
	return names
}

// LocaleOf returns the language that a text to a number of this country (ISO
// 3166-1 alpha-2) is written in, or [Default].
func LocaleOf(country string) string { return locale.Of(country) }

// find returns the locale of a name, as [locale.Find] reads it, or an invalid error.
func find(name string) (locale.Locale, error) {
	l, ok := locale.Find(name)
	if !ok {
		return l, fault.NewInvalid("locale", "there is no text in "+fault.Quote(name)+": use one of "+strings.Join(Locales(), ", "))
	}
	return l, nil
}

// For returns the sentence of a locale, as LocaleOf returns it or a caller
// names it, with its placeholders. It has {brand} only where there is one.
func For(name string, brand bool) (string, error) {
	l, err := find(name)
	if err == nil && brand {
		return l.Written.Branded, nil
	}
	return l.Written.Plain, err
}

// PINFor returns the sentence of a locale in the words of services that call
// a code a PIN: "Your {brand} PIN is {code}".
func PINFor(name string) (string, error) {
	l, err := find(name)
	return l.Written.PIN, err
}

// Lint returns what is wrong with an own text of the owner, nil for nothing: it must
// hold {code} once and early, no other group of digits that could be taken for it, and
// fit one short message with any brand of 18 characters.
func Lint(text string) []string {
	var wrong []string
	if n := strings.Count(text, holdsCode); n != 1 {
		return append(wrong, fmt.Sprintf("it must contain %s once, not %d times", holdsCode, n))
	}
	sample := strings.NewReplacer(holdsCode, "\x1a", holdsBrand, strings.Repeat("x", 18), holdsMinutes, "10").Replace(text)
	before, _, _ := strings.Cut(sample, "\x1a")
	if utf8.RuneCountInString(before) > early {
		wrong = append(wrong, fmt.Sprintf("the code must stand within the first %d characters", early))
	}
	if digitGroup.MatchString(sample) {
		wrong = append(wrong, "it contains another group of digits that could be taken for the code")
	}
	if strings.ContainsAny(sample, "{}") {
		wrong = append(wrong, "it contains a placeholder that there is not: use {code}, {brand} and {minutes}")
	}
	if i := strings.IndexFunc(text, turns); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		wrong = append(wrong, fmt.Sprintf("it contains the character U+%04X, which turns text around: take it out", r))
	}
	if strings.ContainsRune(text, utf8.RuneError) { // which every octet is that is not UTF-8
		wrong = append(wrong, "it is not valid UTF-8, or was not: write it in that encoding")
		return wrong
	}
	clean, err := pdu.Clean(strings.ReplaceAll(sample, "\x1a", strings.Repeat("0", code.MaxLength)))
	if err != nil {
		return append(wrong, err.Error())
	}
	if parts, err := pdu.Count(clean); err != nil || parts != 1 {
		wrong = append(wrong, "it does not fit one short message: 160 characters, or 70 where the script needs them")
	}
	return wrong
}

// turns reports whether a character has the letters behind it shown in another order, so that a
// person reads another code than the one that is written.
func turns(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

var digitGroup = regexp.MustCompile(`[0-9]{4,}`)
