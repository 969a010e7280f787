//go:build web

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// In a frame of a page of the same host, below a path that its proxy takes off and tells, as
// Home Assistant's Ingress does, one comes in, sends, and sees what becomes of it.
func TestWebInAFrame(t *testing.T) {
	b := newBrowser(t)
	port := filepath.Join(t.TempDir(), "tty-sim")
	simulated(t, port)
	h := newHome(t, port)
	h.add(t, "web: {trusted_proxies: [127.0.0.1/32], frame_ancestors: [self], clear: true}\n")
	d := h.serve(t)
	const below = "/api/hassio_ingress/x1Y2-z_"
	target := &url.URL{Scheme: "http", Host: d.address}
	mux := http.NewServeMux()
	mux.Handle(below+"/", http.StripPrefix(below, &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.SetXForwarded()
		r.Out.Host = r.In.Host
		r.Out.Header.Set("X-Ingress-Path", below)
	}}))
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><title>Home</title><link rel="icon" href="data:,"><main><iframe src="`+below+`/" width="1000" height="800"></iframe></main>`)
	})
	proxy := httptest.NewServer(mux)
	t.Cleanup(func() {
		b.excuse(true) // the page is still open
		b.mu.Lock()
		b.complaints = slices.DeleteFunc(b.complaints, func(c string) bool { // a frame that goes to another page ends its stream
			return strings.Contains(c, "htmx:sse:error: network error")
		})
		b.mu.Unlock()
		proxy.CloseClientConnections()
		proxy.Close()
	})

	_, token, _ := strings.Cut(strings.TrimSpace(h.simgate(t, "users", "link").out), "/ui/")
	b.do(t, size(1100, 900, false), chromedp.Navigate(proxy.URL+below+"/ui/"+token), chromedp.WaitVisible("input[name=password]"),
		chromedp.SendKeys("input[name=name]", "anna"), chromedp.SendKeys("input[name=password]", "lamp-river-otter-nine"), chromedp.Click("button.main"), chromedp.WaitVisible("a.who"))
	b.sees(t, "#modems", "A SIM is ready to send.") // live

	inner := `document.querySelector("iframe").contentDocument`
	sees := func(selector, words string) {
		t.Helper()
		found := ""
		for range 150 {
			found = b.eval(t, `[...(`+inner+`?.querySelectorAll("`+selector+`") || [])].map(e => e.innerText).join(" ")`)
			if strings.Contains(found, words) {
				return
			}
			time.Sleep(200 * time.Millisecond) // a browser has a clock of its own
		}
		b.picture(t, "failed")
		t.Fatalf("in the frame %s has no %q: %q", selector, words, found)
	}
	click := func(selector string) {
		t.Helper()
		b.eval(t, `(() => { `+inner+`.querySelector("`+selector+`").click(); return "" })()`)
	}
	b.do(t, chromedp.Navigate(proxy.URL+"/"), chromedp.WaitVisible("iframe"))
	sees("main", "Codes go out.")
	click("footer a[href$='/docs']")
	sees("h1", "The API")
	click("header a")
	sees("main", "Codes go out.")
	click("nav a[href$='/send']")
	sees("#letter", "Send")
	b.eval(t, `(() => { const f = `+inner+`.querySelector("#letter"); f.elements.to.value = "+4915112345678"; f.elements.text.value = "In a frame"; return "" })()`)
	click("#letter button[value=send]")
	sees("#story", "The phone confirmed it.") // live
	click("form[action$='/ui/theme'] button")
	sees("html[data-theme=dark] #story", "Message")
	if where := b.eval(t, inner+`.location.pathname`); !strings.HasPrefix(where, below+"/ui/why/message/") {
		t.Errorf("the frame is at %s", where)
	}
	if loaded := b.eval(t, `[...performance.getEntriesByType("resource"), ...document.querySelector("iframe").contentWindow.performance.getEntriesByType("resource")].map(e => new URL(e.name).pathname).filter(p => !p.startsWith("`+below+`/")).join()`); loaded != "" {
		t.Errorf("outside of the path is loaded: %s", loaded)
	}
}
