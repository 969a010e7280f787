package prefix_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"simgate/api/web/prefix"
)

func TestValid(t *testing.T) {
	for path, want := range map[string]bool{
		"/simgate": true, "/a/b-c_d.e~1": true, "/api/hassio_ingress/Zm9v-bar_1": true,
		"": false, "/": false, "simgate": false, "/simgate/": false, "//evil.example": false, "/a//b": false, "/../a": false, "/a/..": false, "/.": false,
		`/a"b`: false, "/a b": false, "/a%2fb": false, `/\evil.example`: false, "/<b>": false, "/a?b": false, "/a\n": false,
	} {
		if prefix.Valid(path) != want {
			t.Errorf("%q: %v", path, !want)
		}
	}
}

func TestHandler(t *testing.T) {
	configured := ""
	trusted := false
	handler := prefix.Config{Path: func() string { return configured }, Trusts: func(*http.Request) bool { return trusted }}.Handler(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Seen", r.URL.EscapedPath()+" "+r.URL.RequestURI()+" "+prefix.Of(r))
			http.Redirect(w, r, r.FormValue("to"), http.StatusSeeOther)
		}))
	for _, tc := range []struct {
		name, configured, told string
		trusted                bool
		path, to               string
		seen, location         string
	}{
		{"none", "", "", false, "/ui/a?b=1", "/ui/x", "/ui/a /ui/a?b=1 ", "/ui/x"},
		{"one that the proxy leaves", "/sim", "", false, "/sim/ui/a?b=1", "/ui/x", "/ui/a /ui/a?b=1 /sim", "/sim/ui/x"},
		{"one that the proxy takes off", "/sim", "", false, "/ui/a", "/ui/x", "/ui/a /ui/a /sim", "/sim/ui/x"},
		{"alone", "/sim", "", false, "/sim", "/", "/ / /sim", "/sim/"},
		{"with a slash", "/sim", "", false, "/sim/", "/", "/ / /sim", "/sim/"},
		{"of a longer word", "/sim", "", false, "/simgate/ui", "/", "/simgate/ui /simgate/ui /sim", "/sim/"},
		{"a path with what is escaped", "/sim", "", false, "/sim/ui/a%2Fb", "/", "/ui/a%2Fb /ui/a%2Fb /sim", "/sim/"},
		{"another site", "/sim", "", false, "/sim/ui", "https://other.example/", "/ui /ui /sim", "https://other.example/"},
		{"of a proxy that is trusted", "", "/api/hassio_ingress/x", true, "/ui/a", "/ui/x", "/ui/a /ui/a /api/hassio_ingress/x", "/api/hassio_ingress/x/ui/x"},
		{"of a proxy before what is configured", "/sim", "/in", true, "/ui/a", "/ui/x", "/ui/a /ui/a /in", "/in/ui/x"},
		{"of somebody else", "", "/evil", false, "/ui/a", "/ui/x", "/ui/a /ui/a ", "/ui/x"},
		{"that is none", "", "//evil.example", true, "/ui/a", "/ui/x", "/ui/a /ui/a ", "/ui/x"},
	} {
		configured, trusted = tc.configured, tc.trusted
		r := httptest.NewRequest("GET", tc.path, nil)
		q := r.URL.Query()
		q.Set("to", tc.to)
		r.Form = q
		if tc.told != "" {
			r.Header.Set("X-Ingress-Path", tc.told)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if got := w.Header().Get("Seen"); got != tc.seen {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.seen)
		}
		if got := w.Header().Get("Location"); got != tc.location {
			t.Errorf("%s: it leads to %q, want %q", tc.name, got, tc.location)
		}
	}
}

func TestLinks(t *testing.T) {
	for page, want := range map[string]string{
		`<a href="/ui/x">`:                            `<a href="/p/ui/x">`,
		"<img\n\tsrc=\"/ui/x\"/>":                     "<img\n\tsrc=\"/p/ui/x\"/>",
		`<form action="/a" hx-post="/b">`:             `<form action="/p/a" hx-post="/p/b">`,
		`<div hx-sse:connect="/ui/live/x?a=b">`:       `<div hx-sse:connect="/p/ui/live/x?a=b">`,
		`<input name="back" value="/ui/x">`:           `<input name="back" value="/ui/x">`,
		`<li id="/ui/x"><a href="#main">`:             `<li id="/ui/x"><a href="#main">`,
		`<p> href=&#34;/x&#34;</p>`:                   `<p> href=&#34;/x&#34;</p>`,
		`<a data-href="/x" href="https://a.example">`: `<a data-href="/x" href="https://a.example">`,
		`="/`: `="/`,
		``:    ``,
	} {
		if got := string(prefix.Links([]byte(page), "/p")); got != want {
			t.Errorf("%s: %s", page, got)
		}
		if got := string(prefix.Links([]byte(page), "")); got != page {
			t.Errorf("without a prefix %s is %s", page, got)
		}
	}
}
