package web_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"simgate/api/causes"
	"simgate/api/web"
	"simgate/api/web/prefix"
)

// causesPage returns the page of all causes for a reader with these headers.
func causesPage(t *testing.T, header ...string) (http.Header, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", causes.Path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	below := prefix.Config{Trusts: func(*http.Request) bool { return true }}
	below.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { web.ServeCauses(w, r, "'none'") })).ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Header(), w.Body.String()
}

// The page of all causes has one anchor for each code, and none that no code has.
func TestCausesPage(t *testing.T) {
	_, page := causesPage(t)
	anchors := map[string]int{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		anchors[m[1]]++
	}
	for _, m := range regexp.MustCompile(` href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if anchors[m[1]] == 0 {
			t.Errorf("the page links to #%s, which is not there", m[1])
		}
	}
	all := causes.All()
	for _, g := range causes.Groups() {
		delete(anchors, g.Anchor)
	}
	text := html.UnescapeString(page)
	for _, k := range all {
		if anchors[string(k.Code)] != 1 {
			t.Errorf("the page has the anchor %s %d times", k.Code, anchors[string(k.Code)])
		}
		delete(anchors, string(k.Code))
		if !strings.Contains(text, k.Means) || !strings.Contains(text, k.Do) || !strings.Contains(text, causes.Sentence(k)) {
			t.Errorf("the page does not say what %s means and what to do", k.Code)
		}
		if link := causes.Link(all, k.Code); link != "/docs/causes#"+string(k.Code) {
			t.Errorf("the link of %s is %q", k.Code, link)
		}
	}
	for id := range anchors {
		t.Errorf("the page has the anchor %s, which is no code", id)
	}
}

// The causes are in the language of the reader, as far as that says them, and the policy
// allows the style of the page alone, which is known by its hash.
func TestCausesForReaders(t *testing.T) {
	for _, tc := range []struct {
		name   string
		header []string
		want   []string
		never  []string
	}{
		{"no language", nil, []string{`<html lang="en" dir="ltr">`, "<q>its time ran out before it could be sent</q>", `href="/"`, `href="/docs"`}, []string{`<p lang=`, `<q lang=`}},
		{"as the browser asks", []string{"Accept-Language", "de"}, []string{`<html lang="de" dir="ltr">`, "<q>die Zeit lief ab, bevor gesendet werden konnte</q>"}, nil},
		{"as it was chosen, in the dark", []string{"Accept-Language", "de", "Cookie", "language=he; theme=dark"}, []string{`<html lang="he" dir="rtl" data-theme="dark">`, `<h3 id="expired" dir="ltr">`}, []string{"<q>its time ran out"}},
		{"below a proxy", []string{"X-Forwarded-Prefix", "/simgate"}, []string{`href="/simgate/"`, `href="/simgate/docs"`}, []string{`href="/docs"`}},
	} {
		h, page := causesPage(t, tc.header...)
		for _, words := range tc.want {
			if !strings.Contains(page, words) {
				t.Errorf("%s: it has no %s", tc.name, words)
			}
		}
		for _, words := range tc.never {
			if strings.Contains(page, words) {
				t.Errorf("%s: it has %s", tc.name, words)
			}
		}
		_, style, _ := strings.Cut(page, "<style>")
		style, _, _ = strings.Cut(style, "</style>")
		sum := sha256.Sum256([]byte(style))
		if policy := h.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") ||
			strings.Contains(page, "style=") || strings.Count(page, "<style") != 1 {
			t.Errorf("%s: the policy is %s", tc.name, policy)
		}
	}
	_, page := causesPage(t, "Accept-Language", "he")
	for _, m := range regexp.MustCompile(`<[pq]>([^<]*)</[pq]>`).FindAllStringSubmatch(page, -1) {
		if said := html.UnescapeString(m[1]); !regexp.MustCompile(`\p{Hebrew}|What |A modem|[Ww]hat `).MatchString(said) && regexp.MustCompile(`[a-z]{4}`).MatchString(said) {
			t.Errorf("it is not said that this is English: %s", said)
		}
	}
}
