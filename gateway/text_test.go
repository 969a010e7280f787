package gateway_test

import (
	"strings"
	"testing"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/text"
)

func TestWhatAPhoneShows(t *testing.T) {
	for _, tc := range []struct {
		name string
		n    gateway.NewVerification
		want string // # stands for the code
	}{
		{"nothing given", gateway.NewVerification{}, "# is your verification code. Do not share it."},
		{"a language", gateway.NewVerification{Brand: "Laden", Locale: "de_DE"}, "# ist Ihr Laden-Code. Geben Sie ihn an niemanden weiter."},
		{"that of the number", gateway.NewVerification{Brand: "Laden", Locale: "auto"}, "# ist Ihr Laden-Code. Geben Sie ihn an niemanden weiter."},
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
			c.Apps = map[string]gateway.App{"shop": {Hint: text.Hint{OriginDomain: "login.example.com"}}}
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
