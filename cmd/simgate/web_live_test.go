//go:build web

package main

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
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
	b.mu.Lock()
	b.away = true // the browser complains of each answer that refuses
	b.mu.Unlock()
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

// live waits until the page has its stream.
func (b *browser) live(t *testing.T) {
	t.Helper()
	for b.eval(t, `String(!!document.querySelector("[hx-sse\\:connect]")?._htmx?.sse?.reader)`) != "true" {
		if b.Err() != nil {
			t.Fatal("the page is not live")
		}
	}
}
