package text

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/modem/pdu"
)

// The placeholders of a text.
const (
	holdsCode    = "{code}"
	holdsBrand   = "{brand}"
	holdsMinutes = "{minutes}"
)

// maxBrand leaves a single part room for the sentence and the code.
const maxBrand = 60

// early is where the code must stand at the latest, in characters: notices on a
// locked screen show no more.
const early = 30

// maxAndroid is the length of a message that the SMS Retriever of Android
// reads, in octets.
const maxAndroid = 140

// Locales returns the languages that there are texts for, sorted.
func Locales() []string { return slices.Sorted(maps.Keys(localTexts)) }

// LocaleOf returns the language that a text to a number of this country (ISO
// 3166-1 alpha-2) is written in: English where there is no other.
func LocaleOf(country string) string {
	if l, ok := countryLocales[country]; ok {
		return l
	}
	return Default
}

// Default is the language of countries that have no texts of their own.
const Default = "en-us"

// find reads a locale as de-de, de_DE or de.
func find(s string) (string, error) {
	name := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(s), "_", "-"))
	if _, ok := localTexts[name]; ok {
		return name, nil
	}
	if l, ok := languages[name]; ok {
		return l, nil
	}
	return "", fault.NewInvalid("locale", "there is no text in "+fault.Quote(s)+": use one of "+strings.Join(Locales(), ", "))
}

// For returns the sentence of a locale, as LocaleOf returns it or a caller
// names it, with its placeholders. It has {brand} only where there is one.
func For(locale string, brand bool) (string, error) {
	l, err := find(locale)
	if err != nil {
		return "", err
	}
	if brand {
		return localTexts[l].branded, nil
	}
	return localTexts[l].plain, nil
}

// PINFor returns the sentence of a locale in the words of services that call
// a code a PIN: "Your {brand} PIN is {code}".
func PINFor(locale string) (string, error) {
	l, err := find(locale)
	return localTexts[l].pin, err
}

// Lint returns what is wrong with an own text of the owner, nil for nothing: it must hold {code} once and early, no other group of digits
// that could be taken for it, and fit one short message with any brand of 18
// characters.
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
	clean, err := pdu.Clean(strings.ReplaceAll(sample, "\x1a", strings.Repeat("0", code.MaxLength)))
	if err != nil {
		return append(wrong, err.Error())
	}
	if parts, err := pdu.Count(clean); err != nil || parts != 1 {
		wrong = append(wrong, "it does not fit one short message: 160 characters, or 70 where the script needs them")
	}
	return wrong
}

var digitGroup = regexp.MustCompile(`[0-9]{4,}`)
