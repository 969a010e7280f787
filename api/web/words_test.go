package web_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/line"
)

// inEnglish matches words that each English sentence has, and no sentence of the others.
var inEnglish = regexp.MustCompile(`(?i)\b(?:the|is|are|be|this|that|there|and|with|of|has|have|must|cannot|which|give|write)\b`)

// names are words of English on the pages in every language.
var names = regexp.MustCompile(`simgate (?:guard|queue|keys|webhooks|doctor) [a-z ]+`)

// What is wrong is said in the language of the reader, whoever finds it: the gateway says it
// in English.
func TestErrorsInTheLanguageOfTheReader(t *testing.T) {
	form := func(of ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(of); i += 2 {
			v.Set(of[i], of[i+1])
		}
		return v
	}
	requests := []struct {
		name, method, path string
		form               url.Values
		status             int
	}{
		{"a number of no phone", "POST", "/ui/send", form("to", "12", "text", "x"), 200},
		{"no number", "POST", "/ui/send", form("to", "", "text", "x"), 200},
		{"no text", "POST", "/ui/send", form("to", anna, "text", ""), 200},
		{"a line that is not there", "POST", "/ui/send", form("to", anna, "text", "x", "line", "99"), 200},
		{"a country that is closed, tried", "GET", "/ui/guard?to=%2B33612345678&app=shop", nil, 200},
		{"a premium number, tried", "GET", "/ui/guard?to=%2B49900123456&app=shop", nil, 200},
		{"a word instead of a number, tried", "GET", "/ui/guard?to=x&app=shop", nil, 200},
		{"a rule for a prefix without +", "POST", "/ui/guard/rule", form("kind", "block", "scope", "prefix", "key", "49", "for", "24h"), 400},
		{"a rule that is gone", "POST", "/ui/guard/release", form("rule", "77"), 404},
		{"a webhook at no URL", "POST", "/ui/webhooks", form("app", "shop", "url", "ftp://x", "format", "standard"), 400},
		{"a webhook of no key", "POST", "/ui/webhooks", form("app", "nobody", "url", "https://203.0.113.7/", "format", "standard"), 400},
		{"a key of ours", "POST", "/ui/apps", form("name", "simgate-x", "scope", "otp.send"), 400},
		{"a PIN that is none", "POST", "/ui/lines/sim1/pin", form("pin", "x"), 400},
		{"a code that is gone", "GET", "/ui/why/code/nothing", nil, 404},
		{"a SIM that is not in quarantine", "POST", "/ui/lines/sim1/release", nil, 404},
		{"a wrong password", "POST", "/ui/login", form("name", "anna", "password", "wrong"), 403},
		{"a link that was used", "POST", "/ui/welcome", form("token", "used", "password", password), 410},
		{"a user without a name", "POST", "/ui/users/add", form("name", "", "role", "viewer"), 400},
		{"a user who is there", "POST", "/ui/users/add", form("name", "anna", "role", "viewer"), 409},
		{"a password that is short", "POST", "/ui/account/password", form("old", password, "new", "short"), 400},
	}
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		v := o.begin()
		time.Sleep(time.Minute)
		for _, language := range []string{"en", "de", "he"} {
			v.header["Accept-Language"] = language
			for _, r := range requests {
				page := v.sees(r.method, r.path, r.form, r.status)
				said := html.UnescapeString(text(page))
				found := inEnglish.FindString(names.ReplaceAllString(said, ""))
				if (found != "") != (language == "en") {
					t.Errorf("%s, in %s, has %q: %s", r.name, language, found, said)
				}
			}
		}
	})
}

// What is wrong with the gateway, and what has happened, is said in the language of the reader.
func TestTroublesInTheLanguageOfTheReader(t *testing.T) {
	code := regexp.MustCompile(`(?s)<pre.*?</pre>`)
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 2)
		v := o.begin()
		time.Sleep(time.Minute)
		o.Network.Block(gatewaytest.SIM(0).IMSI, 10)
		for range 4 {
			if _, err := o.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hello"}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		o.SIMs[1].Eject()
		time.Sleep(10 * time.Minute)
		if lines, err := o.Gateway.Lines().List(t.Context()); err != nil || lines[1].State == line.Ready {
			t.Fatalf("%+v, %v", lines, err)
		}
		for _, language := range []string{"de", "he"} {
			v.header["Accept-Language"] = language
			// What is written from the left within Hebrew keeps its signs.
			if page := v.sees("GET", "/ui/lines/sim2", nil, 200); strings.Contains(page, `: <bdi dir="ltr">+CME ERROR: 10</bdi>`) != (language == "he") {
				t.Errorf("%s", page)
			}
			for _, path := range []string{"/ui/today", "/ui/machine", "/ui/lines", "/ui/lines/sim1", "/ui/lines/sim2", "/ui/guard", "/ui/log", "/ui/setup"} {
				said := html.UnescapeString(text(code.ReplaceAllString(v.sees("GET", path, nil, 200), "")))
				if found := inEnglish.FindString(names.ReplaceAllString(said, "")); found != "" {
					t.Errorf("%s in %s has %q: %s", path, language, found, said)
				}
			}
		}
	})
}
