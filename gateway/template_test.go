package gateway_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
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
		if !slices.Contains(gateway.Locales(), l) {
			t.Errorf("there is no text in %s", l)
		}
	}
	for _, l := range gateway.Locales() {
		branded, err := gateway.TextFor(l, true)
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := gateway.TextFor(l, false)
		pin, _ := gateway.PINTextFor(l)
		for _, text := range []string{branded, plain} {
			if wrong := gateway.LintText(text); wrong != nil {
				t.Errorf("%s: %q: %s", l, text, wrong)
			}
		}
		if strings.Contains(plain, "{brand}") || !strings.Contains(branded, "{brand}") || !strings.Contains(pin, "{brand}") || strings.Count(pin, "{code}") != 1 {
			t.Errorf("%s: the placeholders are in the wrong places", l)
		}
		for _, text := range []string{branded, plain, pin} {
			text = strings.NewReplacer("{code}", "0123456789", "{brand}", strings.Repeat("x", 18)).Replace(text)
			if n, err := pdu.Count(text); err != nil || n != 1 {
				t.Errorf("%s: %q takes %d parts, %v", l, text, n, err)
			}
			// 160 characters fit a part only where all are of the alphabet of the network.
			n, err := pdu.Count(text + strings.Repeat("x", 160-utf8.RuneCountInString(text)))
			if err != nil || (n == 1) == slices.Contains(wideScripts, l) {
				t.Errorf("%s: %q padded to 160 characters takes %d parts, %v", l, text, n, err)
			}
		}
	}
	for country, want := range map[string]string{"DE": "de-de", "BR": "pt-br", "US": "en-us", "ZW": "en-us", "": "en-us", "BG": "bg-bg"} {
		if got := gateway.LocaleOf(country); got != want {
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
			got := strings.Join(gateway.LintText(tc.text), "; ")
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestWhatAPhoneShows(t *testing.T) {
	for _, tc := range []struct {
		name string
		n    gateway.NewVerification
		want string // # stands for the code
	}{
		{"nothing given", gateway.NewVerification{}, "# is your verification code. Do not share it."},
		{"a language", gateway.NewVerification{Brand: "Laden", Locale: "de_DE"}, "# ist Ihr Code für Laden. Geben Sie ihn niemandem weiter."},
		{"that of the number", gateway.NewVerification{Brand: "Laden", Locale: "auto"}, "# ist Ihr Code für Laden. Geben Sie ihn niemandem weiter."},
		{"a text of its own", gateway.NewVerification{Brand: "Shop", Template: "{brand}: {code} for {minutes} min"}, "Shop: # for 5 min"},
		{"a name like a placeholder", gateway.NewVerification{Brand: "{code}", Template: "{brand}: {code}"}, "{code}: #"},
		{"for browsers", gateway.NewVerification{Template: "{code} is it.\n", OriginDomain: "login.example.com"}, "# is it.\n@login.example.com ##"},
		{"for Android", gateway.NewVerification{Template: "{code} is it.", AndroidHash: "FA+9qCX9VSu"}, "# is it.\nFA+9qCX9VSu"},
		{"a mark of its own", gateway.NewVerification{Brand: "Shop", Template: "{brand} {code} {minutes} {{pin}}", Mark: "{{pin}}"}, "{brand} {code} {minutes} #"},
		{"line ends of Windows", gateway.NewVerification{Template: "a\r\n{code}"}, "a\n#"},
		{"a long one", gateway.NewVerification{Template: "{code} " + strings.Repeat("x", 300)}, "# " + strings.Repeat("x", 300)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t)
				tc.n.App, tc.n.To = "shop", anna
				s, err := w.Gateway.StartVerification(t.Context(), tc.n)
				if err != nil {
					t.Fatal(err)
				}
				sms, err := w.Network.Subscriber(anna).Next(t.Context())
				if want := strings.ReplaceAll(strings.ReplaceAll(tc.want, "##", "#"+s.Code), "#", s.Code); err != nil || sms.Text != strings.ReplaceAll(want, s.Code+s.Code, "#"+s.Code) {
					t.Errorf("the phone shows %q, %v", sms.Text, err)
				}
			})
		})
	}
}

// The last line of an app's texts can be configured, and a request gives another.
func TestLastLineOfTheApp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Apps = map[string]gateway.AppSettings{"shop": {OriginDomain: "login.example.com"}}
		}))
		for _, tc := range []struct{ app, hash, last string }{
			{"shop", "", "\n@login.example.com #"}, {"shop", "FA+9qCX9VSu", "\nFA+9qCX9VSu"}, {"other", "", ""},
		} {
			s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: tc.app, To: anna, Purpose: tc.hash, Template: "{code} is it.", AndroidHash: tc.hash})
			if err != nil {
				t.Fatal(err)
			}
			want := s.Code + " is it." + strings.Replace(tc.last, "#", "#"+s.Code, 1)
			if sms, err := w.Network.Subscriber(anna).Next(t.Context()); err != nil || sms.Text != want {
				t.Errorf("%s: %q, want %q, %v", tc.app, sms.Text, want, err)
			}
		}
	})
}

func TestOwnTextsOfTheConfiguration(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Locale, c.Texts = "de-de", map[string]string{"de-de": "{code}: {brand}"}
		}))
		s := start(t, w, anna)
		if sms, err := w.Network.Subscriber(anna).Next(t.Context()); err != nil || sms.Text != s.Code+": Shop" {
			t.Errorf("the phone shows %q, %v", sms.Text, err)
		}
	})
}
