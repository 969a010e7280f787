package gateway

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
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
	return defaultLocale
}

const defaultLocale = "en-us"

// findLocale reads a locale as de-de, de_DE or de.
func findLocale(s string) (string, error) {
	name := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(s), "_", "-"))
	if _, ok := localTexts[name]; ok {
		return name, nil
	}
	if l, ok := languages[name]; ok {
		return l, nil
	}
	return "", fault.NewInvalid("locale", "there is no text in "+fault.Quote(s)+": use one of "+strings.Join(Locales(), ", "))
}

// TextFor returns the sentence of a locale, as LocaleOf returns it or a caller
// names it, with its placeholders. It has {brand} only where there is one.
func TextFor(locale string, brand bool) (string, error) {
	l, err := findLocale(locale)
	if err != nil {
		return "", err
	}
	if brand {
		return localTexts[l].branded, nil
	}
	return localTexts[l].plain, nil
}

// PINTextFor returns the sentence of a locale in the words of services that call
// a code a PIN: "Your {brand} PIN is {code}".
func PINTextFor(locale string) (string, error) {
	l, err := findLocale(locale)
	return localTexts[l].pin, err
}

// LintText says what is wrong with a text that is to be used again and again,
// nil for nothing: it must hold {code} once and early, no other group of digits
// that could be taken for it, and fit one short message with any brand of 18
// characters.
func LintText(text string) []string {
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
	clean, err := pdu.Clean(strings.ReplaceAll(sample, "\x1a", strings.Repeat("0", maxCode)))
	if err != nil {
		return append(wrong, err.Error())
	}
	if parts, err := pdu.Count(clean); err != nil || parts != 1 {
		wrong = append(wrong, "it does not fit one short message: 160 characters, or 70 where the script needs them")
	}
	return wrong
}

var digitGroup = regexp.MustCompile(`[0-9]{4,}`)

// text returns the sentence that carries a code, with codeMark in the place of
// the code, and the number of its parts.
func (g *Gateway) text(n NewVerification, to msisdn.Number, length int, lifetime time.Duration) (string, int, error) {
	brand := strings.TrimSpace(n.Brand)
	if brand != "" {
		if err := fault.CheckName("brand", brand, maxBrand); err != nil {
			return "", 0, err
		}
	}
	text, err := g.template(n, to, brand != "")
	if err != nil {
		return "", 0, err
	}
	if n.Mark != "" {
		text = strings.ReplaceAll(text, n.Mark, codeMark)
	} else {
		minutes := fmt.Sprint(max(1, int(lifetime/time.Minute)))
		text = strings.NewReplacer(holdsCode, codeMark, holdsBrand, brand, holdsMinutes, minutes).Replace(text)
	}
	if n.OriginDomain == "" && n.AndroidHash == "" {
		n.OriginDomain, n.AndroidHash = g.cfg.Apps[n.App].OriginDomain, g.cfg.Apps[n.App].AndroidHash
	}
	last, err := lastLine(n)
	if err != nil {
		return "", 0, err
	}
	if last != "" {
		text = strings.TrimRight(text, "\n") + "\n" + last
	}
	filled := strings.ReplaceAll(text, codeMark, strings.Repeat("0", length))
	if n.AndroidHash != "" && len(filled) > maxAndroid {
		return "", 0, fault.NewInvalid("template", fmt.Sprintf("with an Android hash the text has at most %d characters", maxAndroid))
	}
	parts, err := pdu.Count(filled)
	if err != nil || parts > g.cfg.MaxParts {
		return "", 0, fault.NewInvalid("template", fmt.Sprintf("the text needs more than the %d parts that one message may have: shorten it", g.cfg.MaxParts))
	}
	return text, parts, nil
}

// template returns the caller's own text, or that of the locale.
func (g *Gateway) template(n NewVerification, to msisdn.Number, branded bool) (string, error) {
	if n.Template != "" {
		clean, err := pdu.Clean(n.Template)
		if err != nil {
			return "", fault.NewInvalid("template", err.Error())
		}
		if mark := cmp.Or(n.Mark, holdsCode); !strings.Contains(clean, mark) {
			return "", fault.NewInvalid("template", "the text does not say where the code belongs: write "+mark+" there")
		}
		return clean, nil
	}
	locale := n.Locale
	if locale == "" {
		locale = g.cfg.Locale
	}
	if locale == AutoLocale {
		locale = LocaleOf(to.Region())
	}
	l, err := findLocale(locale)
	if err != nil {
		return "", err
	}
	if own, ok := g.cfg.Texts[l]; ok && (branded || !strings.Contains(own, holdsBrand)) {
		return own, nil
	}
	return TextFor(l, branded)
}

// AutoLocale stands for the language of the country of a number.
const AutoLocale = "auto"

var hostForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// AppSettings are what belongs to one app.
type AppSettings struct {
	OriginDomain, AndroidHash string // of the last line of its texts, where a request gives none
}

// Check refuses settings that no text could be sent with.
func (a AppSettings) Check() error {
	_, err := lastLine(NewVerification{OriginDomain: a.OriginDomain, AndroidHash: a.AndroidHash})
	return err
}

// lastLine is what browsers and apps look for: https://wicg.github.io/sms-one-time-codes
// and the SMS Retriever API of Android.
func lastLine(n NewVerification) (string, error) {
	switch {
	case n.OriginDomain != "" && n.AndroidHash != "":
		return "", fault.NewInvalid("origin_domain", "a text has one last line: give origin_domain or android_hash, not both")
	case n.OriginDomain != "":
		if len(n.OriginDomain) > 100 || !hostForm.MatchString(n.OriginDomain) {
			return "", fault.NewInvalid("origin_domain", "this is not the name of a host in small letters, such as login.example.com")
		}
		return "@" + n.OriginDomain + " #" + codeMark, nil
	case n.AndroidHash != "":
		if _, err := base64.RawStdEncoding.DecodeString(n.AndroidHash); err != nil || len(n.AndroidHash) != 11 {
			return "", fault.NewInvalid("android_hash", "an Android app hash has 11 characters of base64")
		}
		return n.AndroidHash, nil
	}
	return "", nil
}
