//go:build web

package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"simgate/cmd/simgate/handsets"
)

// reads checks that the page is in Hebrew, from the right, and looks so as it should.
func (b *browser) reads(t *testing.T, name string) {
	t.Helper()
	if page := b.eval(t, `document.documentElement.lang + " " + document.documentElement.dir + " " + /\p{Script=Hebrew}/u.test(document.querySelector("main").innerText)`); page != "he rtl true" {
		t.Errorf("%s is in %s", name, page)
	}
	b.do(t, size(360, 780, false))
	b.hasRoom(t, name)
	b.looks(t, "he-"+name)
}

// Whoever asks for Hebrew sets simgate up in it: from the first page that lets nobody in to the
// last behind the login, without a choice of a language on any of them.
func TestWebHebrew(t *testing.T) {
	b := newBrowser(t)
	port := filepath.Join(t.TempDir(), "tty-sim")
	simulated(t, port)
	h := newHome(t, port)
	h.add(t, "web: {status_page: lan}\n")
	d := h.serve(t)
	at := "http://" + d.address
	b.do(t, size(1440, 900, false), chromedp.Navigate("about:blank"))
	b.do(t, order(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: b.eval(t, `navigator.userAgent`), AcceptLanguage: "he-IL,he"}))
	b.quietly(func() {
		b.do(t, chromedp.Navigate(at), chromedp.WaitVisible("main pre"))
		b.reads(t, "unset")
	})
	b.do(t, chromedp.Navigate(at+"/ui/status"), chromedp.WaitVisible("main"))
	b.looks(t, "he-status")
	b.do(t, chromedp.Navigate(at+"/ui/welcome"), chromedp.WaitVisible("input[name=token]"))
	b.reads(t, "welcome")
	_, token, _ := strings.Cut(strings.TrimSpace(h.simgate(t, "users", "link").out), "/ui/")
	b.do(t, chromedp.Navigate(at+"/ui/"+token), chromedp.WaitVisible("input[name=password]"))
	b.reads(t, "welcome-password")
	const password = "lamp-river-otter-nine"
	b.do(t, chromedp.SendKeys("input[name=name]", "anna"), chromedp.SendKeys("input[name=password]", password), chromedp.Click("button.main"), chromedp.WaitVisible("a.who"))
	b.do(t, chromedp.WaitVisible("#modems .good"))
	b.do(t, chromedp.SendKeys("input[name=to]", handsets.Numbers[0]), chromedp.Click(`form[action="/ui/setup/send"] button`), chromedp.WaitVisible("#test a"))
	b.do(t, chromedp.SendKeys("input[name=app]", "shop"), chromedp.Click(`form[action="/ui/setup/key"] button`), chromedp.WaitVisible(".proposal code"))
	b.reads(t, "setup")
	b.do(t, chromedp.Navigate(at+"/ui/users"), chromedp.WaitVisible("form.add"), chromedp.SendKeys("form.add input[name=name]", "Ben"), chromedp.Click("form.add button"), chromedp.WaitVisible(".proposal"))
	b.reads(t, "users")
	b.do(t, chromedp.Navigate(at+"/ui/webhooks/forwards"), chromedp.SetValue("[name=name]", "parcels"), chromedp.SetValue("form.letter [name=number]", handsets.Numbers[1]))
	b.reads(t, "forwards")
	b.do(t, chromedp.Click("form button.main"), chromedp.WaitVisible("main .pairs"))
	b.reads(t, "forward")
	b.do(t, chromedp.Navigate(at+"/ui/send/many"), chromedp.SetValue("[name=to]", handsets.Numbers[0]+"\n"+handsets.Numbers[1]+"\n123"), chromedp.SetValue("textarea[name=text]", "Closed tomorrow"))
	b.reads(t, "send-many")
	b.do(t, chromedp.Click("button[value=preview]"), chromedp.WaitVisible(".preview"))
	b.reads(t, "send-many-preview")
	b.do(t, chromedp.Click("button[value=send]"), chromedp.WaitVisible("#progress"))
	b.reads(t, "progress")
	for _, path := range []string{"today", "machine", "doctor", "account", "audit", "settings", "settings/notify", "settings/guard", "settings/retention", "send", "log", "lines/stick", "apps", "webhooks", "more"} {
		b.do(t, chromedp.Navigate(at+"/ui/"+path), chromedp.WaitVisible("main h1"))
		b.reads(t, strings.ReplaceAll(path, "/", "-"))
	}
	b.quietly(func() {
		b.do(t, chromedp.Navigate(at+"/ui/settings/retention"), chromedp.SetValue(`[name="retention.messages"]`, "long"), chromedp.Click("main button.main"), chromedp.WaitVisible("[aria-invalid]"))
		b.reads(t, "settings-wrong")
	})
	b.do(t, chromedp.Navigate(at+"/ui/account"), chromedp.Click(`form[action="/ui/logout"] button`), chromedp.WaitVisible(`form[action="/ui/login"]`))
	b.reads(t, "login")
	b.quietly(func() {
		b.do(t, chromedp.SendKeys("input[name=name]", "anna"), chromedp.SendKeys("input[name=password]", "wrong\n"), chromedp.WaitVisible("#problem"))
		b.reads(t, "login-wrong")
	})
}

// The documentation is as much a page as the others, and leads back to them.
func TestWebDocuments(t *testing.T) {
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	at := "http://" + d.address
	for _, language := range []string{"en", "he"} {
		if language != "en" {
			b.speaks(t, at, language)
		}
		for path, lang := range map[string]string{"/docs/causes": language, "/docs": "en"} {
			b.do(t, size(360, 780, language == "he"), chromedp.Navigate(at+path), chromedp.WaitVisible(`html[lang="`+lang+`"] main`))
			name := strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", "-") + "-" + language
			b.picture(t, name)
			b.accessible(t, name)
			b.fits(t, name)
			b.showsFocus(t, name)
			b.do(t, chromedp.Click("header a"), chromedp.WaitVisible(`html[lang="`+language+`"] nav a[aria-current]`))
		}
	}
}
