package text_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"simgate/gateway/text"
	"simgate/modem/pdu"
)

// The locales of Textmagic and of sms.cx.
var promised = []string{"de-de", "en-au", "en-gb", "en-us", "en-in", "es-es", "es-mx", "es-us", "fr-ca", "fr-fr", "is-is", "it-it",
	"ja-jp", "ko-kr", "nl-nl", "pl-pl", "pt-pt", "pt-br", "ro-ro", "ru-ru", "sv-se", "tr-tr", "zh-cn", "zh-tw", "bg-bg"}

// Scripts that the alphabet of the network does not hold, and one language with
// a letter that it does not.
var wideScripts = []string{"bg-bg", "he-il", "is-is", "ja-jp", "ko-kr", "ru-ru", "zh-cn", "zh-tw"}

func TestTextsOfAllLocales(t *testing.T) {
	for _, l := range promised {
		if !slices.Contains(text.Locales(), l) {
			t.Errorf("there is no text in %s", l)
		}
	}
	for _, l := range text.Locales() {
		branded, err := text.For(l, true)
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := text.For(l, false)
		pin, _ := text.PINFor(l)
		for _, sentence := range []string{branded, plain} {
			if wrong := text.Lint(sentence); wrong != nil {
				t.Errorf("%s: %q: %s", l, sentence, wrong)
			}
		}
		if strings.Contains(plain, "{brand}") || !strings.Contains(branded, "{brand}") || !strings.Contains(pin, "{brand}") || strings.Count(pin, "{code}") != 1 {
			t.Errorf("%s: the placeholders are in the wrong places", l)
		}
		for _, sentence := range []string{branded, plain, pin} {
			sentence = strings.NewReplacer("{code}", "0123456789", "{brand}", strings.Repeat("x", 18)).Replace(sentence)
			if n, err := pdu.Count(sentence); err != nil || n != 1 {
				t.Errorf("%s: %q takes %d parts, %v", l, sentence, n, err)
			}
			// 160 characters fit a part only where all are of the alphabet of the network.
			n, err := pdu.Count(sentence + strings.Repeat("x", 160-utf8.RuneCountInString(sentence)))
			if err != nil || (n == 1) == slices.Contains(wideScripts, l) {
				t.Errorf("%s: %q padded to 160 characters takes %d parts, %v", l, sentence, n, err)
			}
		}
	}
	for country, want := range map[string]string{"DE": "de-de", "BR": "pt-br", "US": "en-us", "ZW": "en-us", "": "en-us", "BG": "bg-bg"} {
		if got := text.LocaleOf(country); got != want {
			t.Errorf("%s reads %s, want %s", country, got, want)
		}
	}
}

func TestLintText(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"good", "{code} is your {brand} code.", ""},
		{"with minutes", "{code} is good for {minutes} minutes", ""},
		{"Hebrew in one part", strings.Repeat("ש", 20) + " {code} " + strings.Repeat("ש", 38), ""},
		{"no code", "hello", "once, not 0 times"},
		{"two codes", "{code} {code}", "once, not 2 times"},
		{"code too late", strings.Repeat("x", 31) + "{code}", "within the first 30"},
		{"late behind a long name", "Dear customer of {brand}: {code}", "within the first 30"},
		{"a year", "{code} is your code of 2026", "another group of digits"},
		{"a number to call", "{code}. Call 0800 123", "another group of digits"},
		{"three digits", "{code} in room 101", ""},
		{"an unknown placeholder", "{code} for {name}", "placeholder"},
		{"too long", "{code} " + strings.Repeat("x", 150), "one short message"},
		{"too long for its script", "{code} " + strings.Repeat("ש", 60), "one short message"},
		{"a control character", "{code}\x07", "control character"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := strings.Join(text.Lint(tc.text), "; ")
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}
