//go:build web

package main

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"simgate/cmd/simgate/handsets"
)

// again loads a page until an element of it has the words: without scripts nothing comes by
// itself.
func (b *browser) again(t *testing.T, address, selector, words string) {
	t.Helper()
	for range 50 {
		b.do(t, chromedp.Navigate(address), chromedp.WaitReady("main"))
		if strings.Contains(b.eval(t, `[...document.querySelectorAll("`+selector+`")].map(e => e.innerText).join(" ")`), words) {
			return
		}
		time.Sleep(100 * time.Millisecond) // the network takes its time
	}
	b.picture(t, "failed")
	t.Fatalf("%s has no %q in %s", address, words, selector)
}

// Without scripts, one comes in, sends, reads and answers, filters the log, asks why, and
// changes how the pages look.
func TestWebWithoutScripts(t *testing.T) {
	b := newBrowser(t)
	port := filepath.Join(t.TempDir(), "tty-sim")
	sim, _ := simulated(t, port)
	h := newHome(t, port)
	d := h.serve(t)
	at := "http://" + d.address
	b.do(t, size(1000, 900, false), order(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	_, token, found := strings.Cut(strings.TrimSpace(h.simgate(t, "users", "link").out), "#")
	if !found {
		t.Fatal("there is no link")
	}
	b.do(t, chromedp.Navigate(at+"/ui/welcome#"+token), chromedp.WaitVisible("input[name=token]"))
	b.do(t, chromedp.SendKeys("input[name=token]", token), chromedp.Click("button.main"), chromedp.WaitVisible("input[name=password]"))
	const password = "lamp-river-otter-nine"
	b.do(t, chromedp.SendKeys("input[name=name]", "anna"), chromedp.SendKeys("input[name=password]", password), chromedp.Click("button.main"), chromedp.WaitVisible("a.who"))

	b.again(t, at+"/ui/setup", "#modems", "A SIM is ready to send.")
	b.do(t, chromedp.SendKeys("input[name=to]", handsets.Numbers[0]), chromedp.Click(`form[action="/ui/setup/send"] button`), chromedp.WaitVisible("#test a"))
	b.again(t, b.eval(t, "location.href"), "#test", "delivered")
	b.again(t, at+"/ui/today", "main", "Codes go out.")
	b.sees(t, "body", "Without scripts this page does not change by itself.")

	b.do(t, chromedp.Navigate(at+"/ui/send"), chromedp.WaitVisible("#letter"))
	b.do(t, chromedp.SendKeys("#letter [name=to]", handsets.Numbers[1]), chromedp.SendKeys("#letter textarea", "We open at nine"), chromedp.Click("button[value=check]"))
	b.sees(t, "#verdict", "It would be accepted")
	b.do(t, chromedp.Click("button[value=send]"), chromedp.WaitVisible("#story"))
	b.again(t, b.eval(t, "location.href"), "#story", "The phone confirmed it.")

	if err := sim.Subscriber(handsets.Numbers[1]).Send("+4915110000001", "And on Monday?"); err != nil {
		t.Fatal(err)
	}
	b.again(t, at+"/ui/talk?unread=1", "#talks", "And on Monday?")
	b.do(t, chromedp.Click("#talks a.what"), chromedp.WaitVisible("#unread button"), chromedp.Click("#unread button"), chromedp.WaitNotPresent("#unread button"))
	b.do(t, chromedp.SendKeys("#reply", "At ten"), chromedp.Click(".letter button.main"))
	b.sees(t, "#thread", "At ten")
	b.again(t, at+"/ui/talk?unread=1", "#talks", "All is read.")

	b.do(t, chromedp.Navigate(at+"/ui/log"), chromedp.WaitVisible(".filter [name=to]"), chromedp.SendKeys(".filter [name=to]", handsets.Numbers[1]), chromedp.Click(".filter button.main"), chromedp.WaitVisible(`.filter [name=to][value^="+"]`))
	b.sees(t, "#rows", "We open at nine")
	if rows := b.eval(t, `document.querySelector("#rows").innerText`); strings.Contains(rows, "came from your own SIM") {
		t.Errorf("the filter lets pass: %s", rows)
	}
	b.do(t, chromedp.SendKeys(".find input", handsets.Numbers[1]+"\n"))
	b.sees(t, "#found", "Sent to")
	b.do(t, chromedp.Click("#found li:last-child a.what"))
	b.sees(t, "#story", "The phone confirmed it.")

	b.do(t, chromedp.Click(`form[action="/ui/theme"] button`), chromedp.WaitVisible(`html[data-theme="dark"] main`))
	b.do(t, chromedp.Click("footer summary"), chromedp.Click("footer button[value=he]"), chromedp.WaitVisible(`html[lang="he"] main`), chromedp.Click("footer summary"), chromedp.Click("footer button[value=en]"), chromedp.WaitVisible(`html[lang="en"] main`))
	for _, page := range []string{"today", "talk", "send", "send/many", "log", "lines", "lines/stick", "apps", "webhooks", "guard", "why", "more", "setup", "machine", "users", "account", "audit"} {
		b.do(t, chromedp.Navigate(at+"/ui/"+page), chromedp.WaitVisible("main h1"))
		if dead := b.eval(t, `[...document.querySelectorAll("button")].filter(e => e.offsetParent && (!e.form || e.type !== "submit")).map(e => e.innerText).join(", ")`); dead != "" {
			t.Errorf("on the page %s these do nothing: %s", page, dead)
		}
	}
	b.do(t, chromedp.Navigate(at+"/ui/account"), chromedp.Click(`form[action="/ui/logout"] button`), chromedp.WaitVisible(`form[action="/ui/login"]`))
	b.do(t, chromedp.SendKeys("input[name=name]", "anna"), chromedp.SendKeys("input[name=password]", password+"\n"), chromedp.WaitVisible("a.who"))
}

// through lets the tab reach the server as by a network.
func through(as network.OverrideNetworkStateParams) chromedp.Action[chromedp.Void] {
	return order(cdp.Command[network.OverrideNetworkStateParams, cdp.Empty]{Method: "Network.emulateNetworkConditions"}, as) // Chromium of Debian has not its successor
}

// slow is a network with 50 KB/s, in which each answer takes 400 ms.
var slow = network.OverrideNetworkStateParams{Latency: 400, DownloadThroughput: 50 << 10, UploadThroughput: 50 << 10}

// By a slow network pages can be used, an impatient second press does nothing twice, and
// what is live comes back when the network does.
func TestWebSlowNetwork(t *testing.T) {
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	at := "http://" + d.address
	count := func(path, words string) int {
		t.Helper()
		_, raw := d.call(t, "GET", path, "")
		return strings.Count(raw, words)
	}
	b.do(t, size(1000, 900, false), order(network.Enable, network.EnableParams{}), through(slow))
	began := time.Now()
	b.do(t, chromedp.Navigate(at+"/ui/demo"), chromedp.WaitVisible("#ask"))
	if took := time.Since(began); took < time.Second || took > 6*time.Second {
		t.Errorf("the first page is there after %v", took)
	}
	b.sees(t, "#owner", "ready")
	twice := func(button string) {
		t.Helper()
		b.eval(t, `(() => { const b = document.querySelector("`+button+`"); b.click(); b.click(); return "" })()`)
	}
	twice("#ask")
	b.sees(t, ".exchange", "201 Created")
	twice("#ask") // it can be pressed again once the answer is there
	b.sees(t, "#ask", "Ask for another code")
	b.sees(t, "#screen-0 .log", "Demo shop")

	b.do(t, chromedp.Navigate(at+"/ui/send"), chromedp.WaitVisible("#letter"), chromedp.SendKeys("#letter [name=to]", handsets.Numbers[1]), chromedp.SendKeys("#letter textarea", "But once"))
	b.sees(t, "#verdict", "It would be accepted")
	twice("#letter button[value=send]")
	b.sees(t, "#story", "The phone confirmed it.")
	if n := count("/ui/log?to="+url.QueryEscape(handsets.Numbers[1]), "But once"); n != 1 {
		t.Errorf("an impatient press sends %d messages", n)
	}
	b.do(t, chromedp.Navigate(at+"/ui/apps"), chromedp.SendKeys("[name=app]", "impatient"))
	twice("form button.main")
	b.do(t, chromedp.WaitVisible("#snippets"))
	if keys := b.eval(t, `String(document.querySelectorAll("button[name=key]").length)`); keys != "1" {
		t.Errorf("an impatient press makes %s keys", keys)
	}

	// A network that is lost: the stream is asked for again.
	b.do(t, chromedp.Navigate(at+"/ui/talk/"+handsets.Numbers[1]))
	b.sees(t, "#thread", "But once")
	b.loaded(t)
	b.excuse(true)
	b.eval(t, `(() => { document.addEventListener("htmx:sse:after:connection", () => { document.title = "again" }); return "" })()`)
	for range 50 {
		if b.eval(t, `window.dispatchEvent(new Event("offline")) && document.title`) == "again" {
			break
		}
		time.Sleep(200 * time.Millisecond) // until there is a stream to be given up
	}
	d.post(t, "/ui/talk/"+handsets.Numbers[1], url.Values{"text": {"While you were away"}})
	b.sees(t, "#thread", "While you were away")
	if title := b.eval(t, "document.title"); title != "again" {
		t.Error("the stream was not asked for again")
	}
	b.do(t, chromedp.WaitNotVisible("#lost"))

	// A stream that could not even begin.
	live := &network.BlockPattern{URLPattern: at + "/ui/live/*", Block: true}
	b.do(t, order(network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{live}}), chromedp.Navigate(at+"/ui/talk/"+handsets.Numbers[1]), chromedp.WaitVisible("#lost"))
	d.post(t, "/ui/talk/"+handsets.Numbers[1], url.Values{"text": {"Before it was live"}})
	b.do(t, order(network.SetBlockedURLs, network.SetBlockedURLsParams{}), chromedp.WaitNotVisible("#lost"))
	b.sees(t, "#thread", "Before it was live")
}
