//go:build web

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"simgate/cmd/simgate/handsets"
)

// A page that makes room for newer ones says so, and not that the connection is lost; it is
// live again once there is room, or somebody comes back to it.
func TestWebTooManyPages(t *testing.T) {
	b := newBrowser(t)
	demoHome(t)
	d := startDemo(t, anyPort)
	at := "http://" + d.address
	var open []*http.Response
	crowd := func() {
		t.Helper()
		for range 20 {
			answer, err := http.Get(at + "/ui/live/log") //nolint:noctx,gosec // it ends with the test
			if err != nil || answer.StatusCode != http.StatusOK {
				t.Fatal(answer, err)
			}
			t.Cleanup(func() { _ = answer.Body.Close() })
			open = append(open, answer)
		}
	}
	leave := func() {
		for _, answer := range open {
			_ = answer.Body.Close()
		}
		open = nil
	}
	b.do(t, size(1000, 900, false), chromedp.Navigate(at+"/ui/log"), chromedp.WaitVisible("main h1"))
	b.live(t)
	b.excuse(true) // the browser complains of each answer that refuses
	b.eval(t, `(() => { // who waits has not a minute here
		const real = setTimeout;
		window.setTimeout = (what, after, ...of) => real(what, Math.min(after, 300), ...of);
		window.refused = 0;
		document.addEventListener("htmx:finally:request", e => refused += e.detail.ctx.response?.status === 429 ? 1 : 0);
		document.addEventListener("htmx:sse:error", () => document.title = "an error");
		return "";
	})()`)
	crowd()
	b.do(t, chromedp.WaitVisible("#paused"))
	b.sees(t, "#paused", "too many pages are open")
	for b.eval(t, `String(refused > 1)`) != "true" {
		if b.Err() != nil {
			t.Fatal("it does not wait for room")
		}
	}
	if lost := b.eval(t, `String(document.getElementById("lost").hidden) + document.getElementById("paused").hidden`); lost != "truefalse" {
		t.Errorf("while it waits it says: %s", lost)
	}
	leave()
	b.do(t, chromedp.WaitNotVisible("#paused"))

	b.eval(t, `(() => { window.setTimeout = () => 1; return "" })()`) // now a minute is long
	crowd()
	b.do(t, chromedp.WaitVisible("#paused"))
	b.eval(t, `(() => { window.dispatchEvent(new Event("focus")); return "" })()`)
	b.do(t, chromedp.WaitNotVisible("#paused"))
	b.live(t)
	if title := b.eval(t, `document.title`); title == "an error" {
		t.Error("the page takes the end of its stream for an error")
	}
}

// A log that is open while its daemon is killed says so, and once the daemon runs again it has
// by itself what was sent meanwhile.
func TestWebKilled(t *testing.T) {
	b := newBrowser(t)
	port := filepath.Join(t.TempDir(), "tty-sim")
	simulated(t, port)
	h := newHome(t, port)
	d := h.serve(t)
	raw, err := os.ReadFile(h.config)
	if err != nil {
		t.Fatal(err)
	}
	same := strings.Replace(string(raw), "127.0.0.1:0", d.address, 1)
	if err := os.WriteFile(h.config, []byte(same), 0o600); err != nil {
		t.Fatal(err)
	}
	at := "http://" + d.address
	_, token, _ := strings.Cut(strings.TrimSpace(h.simgate(t, "users", "link").out), "/ui/")
	b.do(t, size(1000, 900, false), chromedp.Navigate(at+"/ui/"+token), chromedp.WaitVisible("input[name=password]"),
		chromedp.SendKeys("input[name=name]", "anna"), chromedp.SendKeys("input[name=password]", "lamp-river-otter-nine"), chromedp.Click("button.main"), chromedp.WaitVisible("a.who"))
	send := func(text string) {
		t.Helper()
		if r := h.simgate(t, "send", handsets.Numbers[0], text); r.code != exitOK {
			t.Fatalf("%+v", r)
		}
	}
	send("Before it was killed")
	b.do(t, chromedp.Navigate(at+"/ui/log"), chromedp.WaitVisible("#rows a.what"))
	b.sees(t, "#rows", "delivered")
	b.live(t)
	b.excuse(true)
	b.eval(t, `(() => { window.same = true; return "" })()`)
	d.kill()
	b.do(t, chromedp.WaitVisible("#lost"))
	if again := h.serve(t); again.address != d.address {
		t.Fatalf("it serves at %s now", again.address)
	}
	began := time.Now()
	send("While nobody looked")
	b.sees(t, "#fresh", "one new")
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("the page came back after %v", took)
	}
	b.do(t, chromedp.WaitNotVisible("#lost"))
	if same := b.eval(t, `String(window.same)`); same != "true" {
		t.Error("the page was loaded again")
	}
	b.do(t, chromedp.Click("#fresh a"))
	b.sees(t, "#rows li:first-child", "delivered")
}

// live waits until the page has its stream.
func (b *browser) live(t *testing.T) {
	t.Helper()
	for b.eval(t, `String(!!document.querySelector("[hx-sse\\:connect]")?._htmx?.sse?.reader)`) != "true" {
		if b.Err() != nil {
			t.Fatal("the page is not live")
		}
	}
}
