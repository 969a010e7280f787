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

// Locales with letters that the alphabet of the network does not hold, and of those
// the ones whose texts it holds without their accents.
var (
	wide     = []string{"ar-sa", "bg-bg", "bn-bd", "ca-es", "cs-cz", "el-gr", "es-es", "es-mx", "es-us", "fa-ir", "he-il", "hi-in", "hr-hr", "hu-hu", "is-is", "ja-jp", "ko-kr", "lt-lt", "lv-lv", "pt-br", "pt-pt", "ro-ro", "ru-ru", "sk-sk", "sl-si", "sr-rs", "ta-in", "te-in", "th-th", "tr-tr", "uk-ua", "ur-pk", "vi-vn", "zh-cn", "zh-tw"}
	accented = []string{"ca-es", "cs-cz", "es-es", "es-mx", "es-us", "hr-hr", "hu-hu", "is-is", "lt-lt", "lv-lv", "pt-br", "pt-pt", "ro-ro", "sk-sk", "sl-si", "sr-rs", "tr-tr", "vi-vn"}
)

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
		isWide := false
		for _, sentence := range []string{branded, plain, pin} {
			sentence = strings.NewReplacer("{code}", "0123456789", "{brand}", strings.Repeat("x", 18)).Replace(sentence)
			if n, err := pdu.Count(sentence); err != nil || n != 1 {
				t.Errorf("%s: %q takes %d parts, %v", l, sentence, n, err)
			}
			// 160 characters fit a part only where all are of the alphabet of the network.
			n, err := pdu.Count(sentence + strings.Repeat("x", 160-utf8.RuneCountInString(sentence)))
			if err != nil || n > 1 && !slices.Contains(wide, l) {
				t.Errorf("%s: %q padded to 160 characters takes %d parts, %v", l, sentence, n, err)
			}
			isWide = isWide || n > 1
		}
		if isWide != slices.Contains(wide, l) {
			t.Errorf("%s has letters beyond the alphabet of the network: %v", l, isWide)
		}
	}
	for country, want := range map[string]string{"DE": "de-de", "BR": "pt-br", "US": "en-us", "ZW": "en-us", "": "en-us", "BG": "bg-bg", "SG": "en-gb"} {
		if got := text.LocaleOf(country); got != want {
			t.Errorf("%s reads %s, want %s", country, got, want)
		}
	}
}

// Accents are written where that costs nothing, and left out where it would cost a
// second message; never in a text of somebody else's, and never in a name.
func TestAccents(t *testing.T) {
	const long = "Cooperativa de Ahorro y Crédito del Norte"
	own := map[string]string{"es-es": "{code} es el código de {brand}. No lo digas."}
	for _, tc := range []struct {
		name  string
		s     text.Sentence
		want  string // # stands for the code
		parts int
	}{
		{"Spanish", text.Sentence{Locale: "es-es", Brand: "Banco"}, "# es tu código de Banco. No lo compartas.", 1},
		{"a long name", text.Sentence{Locale: "es-es", Brand: long}, "# es tu codigo de " + long + ". No lo compartas.", 1},
		{"a last line", text.Sentence{Locale: "pt-br", Brand: "Loja", Hint: text.Hint{OriginDomain: "login.example.com"}},
			"# é o seu codigo Loja. Nao o compartilhe.\n@login.example.com ##", 1},
		{"Romanian", text.Sentence{Locale: "ro", Brand: "Casa Română de Economii și Consemnațiuni"}, "# este codul dvs. Casa Română de Economii și Consemnațiuni. Nu îl divulgați.", 2},
		{"Turkish", text.Sentence{Locale: "tr", Brand: long}, "# " + long + " kodunuz. Kimseyle paylasmayin.", 1},
		{"Icelandic", text.Sentence{Locale: "is", Brand: strings.Repeat("x", 40)}, "# er kodinn thinn hja " + strings.Repeat("x", 40) + ". Ekki deila honum.", 1},
		{"Russian", text.Sentence{Locale: "ru", Brand: strings.Repeat("x", 40)}, "# — ваш код " + strings.Repeat("x", 40) + ". Никому его не сообщайте.", 2},
		{"a text of the owner", text.Sentence{Locale: "es-es", Brand: long, Own: own}, "# es el código de " + long + ". No lo digas.", 2},
		{"a text of the owner with tabs and line ends of Windows", text.Sentence{Locale: "en-us", Brand: "Shop", Own: map[string]string{"en-us": "{code}\tis your\r\n{brand} code"}},
			"# is your\nShop code", 1},
		{"a text of the caller", text.Sentence{Locale: "es-es", Template: "{code} es tu código. " + strings.Repeat("x", 60)}, "# es tu código. " + strings.Repeat("x", 60), 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.s.Length, tc.s.MaxParts = 6, 4
			body, parts, err := tc.s.Write()
			if got := text.Fill(body, "#"); err != nil || got != tc.want || parts != tc.parts {
				t.Errorf("%q in %d parts, %v; want %q in %d", got, parts, err, tc.want, tc.parts)
			}
		})
	}
	for _, l := range text.Locales() {
		body, parts, err := text.Sentence{Locale: l, Brand: strings.Repeat("x", 60), Length: 10, MaxParts: 4}.Write()
		if want := !slices.Contains(wide, l) || slices.Contains(accented, l); err != nil || (parts == 1) != want {
			t.Errorf("%s: with a brand of 60 characters it takes %d parts: %q, %v", l, parts, body, err)
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
		{"turned around", "{code} \u202eedoc", "U+202E, which turns text around"},
		{"an isolate that has no end", "\u2068{code}", "U+2068, which turns text around"},
		{"another encoding", "{code} f\xfcr Sie", "not valid UTF-8"},
		{"read in another encoding", "{code} f\ufffdr Sie", "not valid UTF-8"},
		{"marks of Hebrew", "\u200f{code} שלום", ""},
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
