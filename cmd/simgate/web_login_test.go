//go:build web

package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"simgate/api/web/translation"
)

// The first owner comes in by the link, chooses a password, lets somebody in, and what is
// dangerous asks for the password again.
func TestWebLogin(t *testing.T) {
	b := newBrowser(t)
	port := filepath.Join(t.TempDir(), "tty-sim")
	simulated(t, port)
	h := newHome(t, port)
	h.add(t, "web: {status_page: lan}\n")
	d := h.serve(t)
	at := "http://" + d.address
	link := func(args ...string) string {
		r := h.simgate(t, append([]string{"users"}, args...)...)
		_, token, found := strings.Cut(strings.TrimSpace(r.out), "/ui/")
		if !found {
			t.Fatalf("%+v", r)
		}
		return at + "/ui/" + token
	}
	b.quietly(func() {
		b.do(t, size(1440, 900, false), chromedp.Navigate(at), chromedp.WaitVisible("main pre"))
		b.sees(t, "main", "sudo simgate users link")
		b.looks(t, "unset")
	})
	b.do(t, chromedp.Navigate(at+"/ui/status"))
	b.sees(t, "main", "Codes go out.")
	b.looks(t, "status")
	b.do(t, chromedp.Navigate(at+"/ui/welcome"), chromedp.WaitVisible("input[name=token]"))
	b.looks(t, "welcome")
	b.do(t, chromedp.Navigate(link("link")), chromedp.WaitVisible("input[name=password]"))
	if where := b.eval(t, "location.href"); strings.Contains(where, "#") {
		t.Errorf("the token is still in %s", where)
	}
	b.looks(t, "welcome-password")
	b.do(t, chromedp.SendKeys("input[name=name]", "Anna"), chromedp.Click("[data-take]"))
	password := b.eval(t, `document.querySelector("input[name=password]").value`)
	b.do(t, chromedp.Click("button.main"), chromedp.WaitVisible("a.who"))
	b.sees(t, "a.who", "anna")
	b.sees(t, "#modems", "A SIM is ready to send.")
	b.do(t, chromedp.SendKeys("input[name=to]", "+4915112345678"), chromedp.Click(`form[action="/ui/setup/send"] button`))
	b.sees(t, "#test", "delivered")
	b.do(t, chromedp.SendKeys("input[name=app]", "shop"), chromedp.SetValue("select[name=dialect]", "textlink"), chromedp.Click(`form[action="/ui/setup/key"] button`))
	b.sees(t, "main", "It is not shown again")
	b.looks(t, "setup")
	b.do(t, chromedp.Navigate(at+"/ui/today"))
	b.sees(t, "main", "Codes go out.")
	b.looks(t, "owner-today")

	b.do(t, chromedp.Navigate(at+"/ui/users"), chromedp.WaitVisible("form.add"), chromedp.SendKeys("form.add input[name=name]", "Ben"), chromedp.Click("form.add button"))
	b.sees(t, ".proposal", "/ui/welcome#")
	b.looks(t, "users")
	b.do(t, chromedp.Click("a.who"), chromedp.WaitVisible(".sessions"))
	b.looks(t, "account")
	b.do(t, chromedp.Navigate(at+"/ui/audit"))
	b.sees(t, ".audit", "added a user")
	b.looks(t, "audit")
	b.do(t, chromedp.Navigate(at+"/ui/machine"), chromedp.Click(`form[action="/ui/machine/backup"] button`))
	b.sees(t, "main", "simgate restore")
	b.looks(t, "machine")
	b.do(t, chromedp.Navigate(at+"/ui/settings"), chromedp.Click("details.card summary"))
	b.sees(t, "main", "web.status_page")
	b.sees(t, "main", "line 8")
	b.looks(t, "settings")
	saved := func(key string) string {
		r := h.simgate(t, "config", "show", key)
		value, _, _ := strings.Cut(strings.TrimPrefix(r.out, key+": "), "\n")
		return value
	}
	const kept, quiet = "retention.messages", "notify.quiet"
	b.do(t, chromedp.SendKeys("[data-find]", kept+"\n"), chromedp.WaitVisible(`main a[href="/ui/settings"]`))
	b.sees(t, "main", "Found: 1")
	b.do(t, chromedp.Click(`main dt a`), chromedp.WaitVisible(".setting"))
	b.looks(t, "settings-section")
	b.quietly(func() {
		b.do(t, chromedp.SetValue(`[name="`+kept+`"]`, "long"), chromedp.Click("main button.main"), chromedp.WaitVisible("[aria-invalid]"))
		b.sees(t, ".setting", "Must be a length of time")
		b.looks(t, "settings-wrong")
	})
	b.do(t, chromedp.SetValue(`[name="`+kept+`"]`, "7d"), chromedp.Click("main button.main"), chromedp.WaitVisible(`button[form="back"]`))
	b.sees(t, ".setting", "set by anna")
	if got := saved(kept); got != "7d" {
		t.Errorf("%s is %s", kept, got)
	}
	b.do(t, chromedp.Navigate(at+"/ui/settings/notify"), chromedp.SendKeys(`[name="`+quiet+`"]`, "22:00-07:00"), chromedp.Click("main button.main"), chromedp.WaitVisible(`button[form="back"]`))
	b.looks(t, "settings-notify")
	b.do(t, chromedp.Navigate(at+"/ui/settings/guard"), chromedp.WaitVisible(".setting"))
	b.looks(t, "settings-guard")
	b.do(t, chromedp.Click("footer summary"), chromedp.Click("footer button[value=he]"), chromedp.WaitVisible(`html[lang="he"] main`))
	b.looks(t, "settings-guard-he")
	b.do(t, chromedp.Navigate(at+"/ui/settings"), chromedp.WaitVisible(`html[lang="he"] main`))
	b.looks(t, "settings-he")
	b.do(t, chromedp.Click("footer summary"), chromedp.Click("footer button[value=en]"), chromedp.WaitVisible(`html[lang="en"] main`))
	b.do(t, chromedp.Navigate(at+"/ui/settings/retention"), chromedp.Click(`button[form="back"]`), chromedp.WaitNotPresent(`button[form="back"]`))
	if got := saved(kept); got != "30d" {
		t.Errorf("%s is %s after it was taken back", kept, got)
	}
	if got := saved(quiet); got != "22:00-07:00" {
		t.Errorf("%s is %s", quiet, got)
	}
	b.do(t, chromedp.Navigate(at+"/ui/doctor"))
	b.sees(t, ".findings", "modem stick")
	b.looks(t, "doctor")
	b.do(t, chromedp.Navigate(at+"/ui/more"), chromedp.WaitVisible(".more"))
	b.looks(t, "more")

	for _, tag := range slices.Backward(translation.Languages()) { // English at the end
		b.speaks(t, at, tag.String())
		b.do(t, size(360, 780, false))
		b.hasRoom(t, "the page of an owner in "+tag.String())
	}
	b.do(t, size(1440, 900, false))

	b.do(t, chromedp.Navigate(at+"/ui/account"), chromedp.Click(`form[action="/ui/logout"] button`), chromedp.WaitVisible(`form[action="/ui/login"]`))
	b.looks(t, "login")
	b.quietly(func() {
		b.do(t, chromedp.SendKeys("input[name=name]", "anna"), chromedp.SendKeys("input[name=password]", "wrong\n"), chromedp.WaitVisible("#problem"))
		b.looks(t, "login-wrong")
	})
	b.do(t, chromedp.SendKeys("input[name=password]", password+"\n"), chromedp.WaitVisible("a.who"))
}
