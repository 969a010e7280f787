package web_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"simgate/api/web"
)

// site serves a page that shows a number, which the test changes.
func site(t *testing.T) (s *httptest.Server, shown *atomic.Int64, stop func()) {
	t.Helper()
	shown = &atomic.Int64{}
	ctx, cancel := context.WithCancel(t.Context())
	pages := web.New(ctx, "This is a test.", slog.New(slog.DiscardHandler))
	files := fstest.MapFS{"count.html": {Data: []byte(`{{define "count"}}<div id="n">{{template "n" .}}</div>{{end}}{{define "n"}}<b>{{.}}</b>{{quote "a` + "\u202e" + `b"}}{{end}}`)}}
	pages.Add(files, &web.Page{Name: "count", Title: "Count",
		Data: func(r *http.Request) (any, error) {
			if r.FormValue("fail") != "" {
				return nil, errors.New("<secret>")
			}
			return shown.Load(), nil
		},
		Regions: func(data any) []web.Region { return []web.Region{{ID: "n", Template: "n", Data: data}} }})
	s = httptest.NewServer(web.Local(pages))
	t.Cleanup(s.Close)
	t.Cleanup(cancel)
	return s, shown, cancel
}

// get makes a request, and returns the answer with its body.
func get(t *testing.T, method, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		if r.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(raw)
}

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	s, _, _ := site(t)
	for path, want := range map[string]int{"/": 303, "/ui/": 303, "/ui/count": 200, "/ui/none": 404, "/ui/count?fail=1": 500, "/ui/static/none.js": 404} {
		answer, raw := get(t, "GET", s.URL+path, "")
		h := answer.Header
		if answer.StatusCode != want || strings.Contains(raw, "secret") {
			t.Errorf("%s: %s %s", path, answer.Status, raw)
		}
		policy := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cross-Origin-Opener-Policy") != "same-origin" {
			t.Errorf("%s: %v", path, h)
		}
		if strings.Contains(raw, "style=") || strings.Contains(raw, "<style") || regexp.MustCompile(`<script(>| [^s])|\son\w+=`).MatchString(raw) {
			t.Errorf("%s has a style or script within: %s", path, raw)
		}
	}
	_, raw := get(t, "GET", s.URL+"/ui/count", "")
	if !strings.Contains(raw, "This is a test.") || !strings.Contains(raw, "<b>0</b>a[U&#43;202E]b") || !strings.Contains(raw, `aria-current="page">Count`) {
		t.Error(raw)
	}
}

// A page of the internet reads nothing and changes nothing here, whatever its name
// resolves to.
func TestOthersAreKeptOut(t *testing.T) {
	s, _, _ := site(t)
	for _, tc := range []struct {
		name, method string
		header       []string
		want         int
	}{
		{"this machine", "GET", nil, 200},
		{"by its name", "GET", []string{"Host", "localhost:8080"}, 200},
		{"by IPv6", "GET", []string{"Host", "[::1]:8080"}, 200},
		{"another name", "GET", []string{"Host", "evil.example"}, 403},
		{"an address of the network", "GET", []string{"Host", "192.168.1.2:8080"}, 403},
		{"a form of this site", "POST", []string{"Origin", s.URL}, 303},
		{"a form of another site", "POST", []string{"Origin", "http://evil.example"}, 403},
		{"a form of no site", "POST", []string{"Origin", "null"}, 403},
		{"a form of a browser that says so", "POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
	} {
		path := "/ui/count"
		if tc.method == "POST" {
			path = "/ui/theme"
		}
		if answer, raw := get(t, tc.method, s.URL+path, "", tc.header...); answer.StatusCode != tc.want {
			t.Errorf("%s: %s %s", tc.name, answer.Status, raw)
		}
	}
	r := httptest.NewRequest("GET", "http://localhost/", nil)
	r.RemoteAddr = "192.168.1.3:1234"
	w := httptest.NewRecorder()
	web.Local(http.NotFoundHandler()).ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("another machine: %d", w.Code)
	}
}

func TestTheme(t *testing.T) {
	s, _, _ := site(t)
	for back, want := range map[string]string{"/ui/count?a=1": "/ui/count?a=1", "https://evil.example/ui/": "/", "//evil.example/ui/": "/", "/docs": "/"} {
		answer, _ := get(t, "POST", s.URL+"/ui/theme", "theme=dark&back="+back)
		if c := answer.Header.Get("Set-Cookie"); answer.Header.Get("Location") != want || !strings.Contains(c, "theme=dark") || !strings.Contains(c, "SameSite=Strict") {
			t.Errorf("back to %s: %v", back, answer.Header)
		}
	}
	_, raw := get(t, "GET", s.URL+"/ui/count", "", "Cookie", "theme=dark")
	if !strings.Contains(raw, `data-theme="dark"`) || !strings.Contains(raw, `name="theme" value="light"`) {
		t.Error(raw)
	}
}

// The first load has at most four requests of 60 KB together.
func TestFirstLoad(t *testing.T) {
	s, _, _ := site(t)
	_, page := get(t, "GET", s.URL+"/ui/count", "")
	found := regexp.MustCompile(`/ui/static/[^"]+`).FindAllString(page, -1)
	loads := map[string]bool{}
	total := len(page)
	for _, path := range found {
		if loads[path] {
			continue
		}
		loads[path] = true
		answer, packed := get(t, "GET", s.URL+path, "", "Accept-Encoding", "gzip")
		z, err := gzip.NewReader(strings.NewReader(packed))
		if err != nil || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
			t.Fatalf("%s: %v, %v", path, err, answer.Header)
		}
		if plain, err := io.ReadAll(z); err != nil || len(plain) < len(packed)/2 {
			t.Errorf("%s: %d octets, %v", path, len(plain), err)
		}
		total += len(packed)
	}
	t.Logf("%d requests, %d octets", 1+len(loads), total)
	if len(loads) != 3 || total > 60_000 {
		t.Errorf("the first load has %d requests and %d octets", 1+len(loads), total)
	}
}

// What is foreign is as its makers published it, in the npm package htmx.org 4.0.1.
func TestForeignScripts(t *testing.T) {
	for file, want := range map[string]string{
		"htmx.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
		"sse.js":  "18ef2761356ec1fe0bb6d92612315b37517a7c1e9856b661c5ae81fef239d103",
	} {
		content, err := os.ReadFile("static/" + file)
		if sum := sha256.Sum256(content); err != nil || hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s has the hash %x, %v", file, sum, err)
		}
	}
}

// A stream sends what the page shows at once and then what changes, and ends with the
// server.
func TestLive(t *testing.T) {
	s, shown, stop := site(t)
	answer, err := http.Get(s.URL + "/ui/live/count")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("it is %q", kind)
	}
	lines := bufio.NewScanner(answer.Body)
	next := func() string {
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return data
			}
		}
		return ""
	}
	for n := range int64(3) {
		shown.Store(n)
		if got := next(); got != fmt.Sprintf(`<hx-partial hx-target="#n" hx-swap="innerMorph"><b>%d</b>a[U&#43;202E]b</hx-partial>`, n) {
			t.Errorf("%d: %s", n, got)
		}
		shown.Store(n + 1)
	}
	began := time.Now()
	stop()
	for lines.Scan() { // until its end
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it ended %v after the server", took)
	}
}

// Who comes back to a stream gets what has changed meanwhile, and nothing twice.
func TestLiveAgain(t *testing.T) {
	s, shown, _ := site(t)
	connect := func(last string) (next func() (data, id string)) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/ui/live/count", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Last-Event-ID", last)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		lines := bufio.NewScanner(answer.Body)
		return func() (data, id string) {
			for lines.Scan() {
				if v, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
					id = v
				}
				if v, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					return v, id
				}
			}
			return "", ""
		}
	}
	_, id := connect("")()
	if id == "" {
		t.Fatal("the event has no id")
	}
	again := connect(id)
	time.AfterFunc(time.Second, func() { shown.Store(7) })
	if data, other := again(); !strings.Contains(data, "<b>7</b>") || other == id {
		t.Errorf("after %q it sends %q with the id %q", id, data, other)
	}
	for _, unknown := range []string{"n:1 ", "x:y", "n", strings.Repeat("a:b ", 3000), id + "0"} {
		if data, _ := connect(unknown)(); !strings.Contains(data, "<b>7</b>") {
			t.Errorf("after %.20q it sends %q", unknown, data)
		}
	}
}
