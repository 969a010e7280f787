package web_test

import (
	"bufio"
	"crypto/tls"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/api/web/prefix"
	"simgate/gateway"
	"simgate/gateway/user"
)

// links finds the attributes of a page whose value is a path, but for those that no browser
// follows.
var links = regexp.MustCompile(`\s([\w:-]+)="(/[^"]*)"`)

// Below a path of a proxy, whether that leaves it in what it passes on, takes it off, or says
// so as Home Assistant's does, no link, redirect, cookie, stream or address leaves it.
func TestBelowAProxy(t *testing.T) {
	o := newOffice(t, 1)
	m, err := o.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: `a quote " href="/evil`})
	if err != nil {
		t.Fatal(err)
	}
	o.begin()
	o.proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	for _, tc := range []struct {
		name, path, configured string
		takesOff               bool
		says                   string // in which header
	}{
		{name: "a proxy that leaves it", path: "/simgate", configured: "/simgate"},
		{name: "a proxy that takes it off", path: "/a/simgate", configured: "/a/simgate", takesOff: true},
		{name: "Home Assistant", path: "/api/hassio_ingress/3Zm9v_bar-x", takesOff: true, says: "X-Ingress-Path"},
		{name: "Traefik", path: "/simgate", takesOff: true, says: "X-Forwarded-Prefix"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inner := httptest.NewServer(prefix.Config{Path: func() string { return tc.configured }, Trusts: func(*http.Request) bool { return true }}.Handler(o.pages))
			defer inner.Close()
			target, _ := url.Parse(inner.URL)
			mux := http.NewServeMux()
			mux.Handle(tc.path+"/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(target)
				r.Out.Host = r.In.Host
				r.Out.Header.Set("X-Forwarded-For", "10.0.0.7")
				r.Out.Header.Set("X-Forwarded-Proto", "https")
				if tc.says != "" {
					r.Out.Header.Set(tc.says, tc.path)
				}
				if tc.takesOff {
					r.Out.URL.Path = strings.TrimPrefix(r.Out.URL.Path, tc.path)
					r.Out.URL.RawPath = strings.TrimPrefix(r.Out.URL.RawPath, tc.path)
				}
			}})
			outer := httptest.NewTLSServer(mux)
			defer outer.Close()
			client := outer.Client()
			client.Jar, _ = cookiejar.New(nil)
			client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			o.enter(t, client, outer.URL+tc.path)

			tried := map[string]bool{}
			var visit func(method, path string)
			visit = func(method, path string) {
				if tried[method+path] || strings.Contains(path, "/live/") {
					return
				}
				tried[method+path] = true
				r, err := http.NewRequestWithContext(t.Context(), method, outer.URL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				raw, err := io.ReadAll(answer.Body)
				_ = answer.Body.Close()
				if err != nil || answer.StatusCode >= 500 {
					t.Errorf("%s: %s %v", path, answer.Status, err)
				}
				if to := answer.Header.Get("Location"); to != "" && !strings.HasPrefix(to, tc.path+"/") {
					t.Errorf("%s leads to %s", path, to)
				}
				for _, c := range answer.Cookies() {
					if !strings.HasPrefix(c.Path, tc.path+"/") {
						t.Errorf("%s has the cookie %s", path, c)
					}
				}
				if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
					return
				}
				if policy := answer.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
					t.Errorf("%s has the policy %q", path, policy)
				}
				for _, a := range links.FindAllStringSubmatch(string(raw), -1) {
					to := html.UnescapeString(a[2])
					if a[1] == "id" || a[1] == "value" || a[1] == "aria-keyshortcuts" {
						continue
					}
					if !strings.HasPrefix(to, tc.path+"/") {
						t.Errorf("%s has %s", path, a[0])
					} else if a[1] == "href" || a[1] == "src" {
						visit("GET", to)
					}
				}
			}
			for _, route := range o.pages.Routes() {
				method, path := concrete(route)
				if method == "GET" {
					visit(method, tc.path+path)
				}
			}
			visit("POST", tc.path+"/ui/theme")
			if len(tried) < 45 || !tried["GET"+tc.path+"/ui/why/message/"+strconv.FormatInt(m.ID, 10)] {
				t.Errorf("%d paths were tried: %v", len(tried), tried)
			}

			r, err := client.Get(outer.URL + tc.path + "/ui/live/why")
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			lines := bufio.NewScanner(r.Body)
			for lines.Scan() && !strings.HasPrefix(lines.Text(), "data:") { // until the first event
			}
			event := ""
			for ; lines.Text() != ""; lines.Scan() {
				event += lines.Text() + "\n"
			}
			if !strings.Contains(event, `href="`+tc.path+`/ui/why/message/`) || strings.Contains(event, `href="/ui`) {
				t.Errorf("the stream has other links: %s", event)
			}

			page, _ := client.Get(outer.URL + tc.path + "/ui/setup")
			raw, _ := io.ReadAll(page.Body)
			_ = page.Body.Close()
			address := outer.URL + tc.path
			if tc.says == "X-Ingress-Path" {
				address = "https://simgate.local:8443" // no program passes Home Assistant's
			}
			if !strings.Contains(string(raw), `<code class="base">`+address+`</code>`) {
				t.Errorf("the base URL of apps is not %s", address)
			}
		})
	}
}

// enter lets a client in as anna.
func (o *office) enter(t *testing.T, client *http.Client, address string) {
	t.Helper()
	answer, err := client.PostForm(address+"/ui/login", url.Values{"name": {"anna"}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther || len(answer.Cookies()) != 1 || !strings.HasPrefix(answer.Cookies()[0].Name, "__Secure-") {
		t.Fatalf("the login: %s %v", answer.Status, answer.Cookies())
	}
}

// Only who is named may show the pages in a frame, and a login in a frame of another site is
// kept for that alone.
func TestFrames(t *testing.T) {
	o := newOffice(t, 0)
	o.begin()
	for _, tc := range []struct {
		name   string
		frames []string
		secure bool
		dest   string
		policy string
		cookie string
	}{
		{"nobody", nil, true, "iframe", "frame-ancestors 'none'", "Secure; SameSite=Strict"},
		{"the same host", []string{"self"}, true, "iframe", "frame-ancestors 'self'", "Secure; SameSite=Strict"},
		{"the same host at another port", []string{"https://localhost:8123"}, true, "iframe", "frame-ancestors https://localhost:8123", "Secure; SameSite=Strict"},
		{"another site", []string{"self", "https://home.example:8123"}, true, "iframe", "frame-ancestors 'self' https://home.example:8123", "Secure; SameSite=None; Partitioned"},
		{"another site, not in a frame", []string{"https://home.example"}, true, "document", "frame-ancestors https://home.example", "Secure; SameSite=Strict"},
		{"another site, without HTTPS", []string{"https://home.example"}, false, "iframe", "frame-ancestors https://home.example", "HttpOnly; SameSite=Strict"},
	} {
		o.frames = tc.frames
		v := o.visitor()
		v.secure, v.header = tc.secure, map[string]string{"Sec-Fetch-Dest": tc.dest}
		w := v.asks("POST", "/ui/login", url.Values{"name": {"anna"}, "password": {password}})
		if policy := w.Header().Get("Content-Security-Policy"); !strings.HasSuffix(policy, tc.policy) {
			t.Errorf("%s: %q", tc.name, policy)
		}
		if c := w.Header().Get("Set-Cookie"); !strings.HasSuffix(c, tc.cookie) {
			t.Errorf("%s: %q", tc.name, c)
		}
		v.header = map[string]string{"Sec-Fetch-Dest": tc.dest, "Sec-Fetch-Site": "cross-site"}
		v.sees("POST", "/ui/theme", url.Values{"theme": {"dark"}}, 403)
	}
}

// Who has logged in with a proxy is that user here, and nobody else may say so.
func TestRemoteUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		o.begin()
		o.let("carl", user.Viewer)
		if _, err := o.Gateway.Users().Add(t.Context(), user.Socket, "dora", user.Operator); err != nil { // she has no password
			t.Fatal(err)
		}
		o.proxies = []netip.Prefix{netip.MustParsePrefix("172.18.0.2/32")}
		const proxy, stranger = "172.18.0.2:1", "192.168.1.9:1"
		for _, tc := range []struct {
			name, header, from string
			secure             bool
			sent               []string
			status             int
			says               string
		}{
			{"off", "", proxy, false, []string{"anna"}, 303, "/ui/login"},
			{"of the proxy", "Remote-User", proxy, false, []string{"anna"}, 200, ">anna<"},
			{"written in another way", "Remote-User", proxy, false, []string{" Anna "}, 200, ">anna<"},
			{"of somebody without a password", "Remote-User", proxy, false, []string{"dora"}, 200, ">dora<"},
			{"of another address", "Remote-User", stranger, true, []string{"anna"}, 303, "/ui/login"},
			{"of this machine", "Remote-User", "127.0.0.1:1", false, []string{"anna"}, 303, "/ui/login"},
			{"empty", "Remote-User", proxy, false, []string{""}, 303, "/ui/login"},
			{"blank", "Remote-User", proxy, false, []string{"  "}, 303, "/ui/login"},
			{"missing", "Remote-User", proxy, false, nil, 303, "/ui/login"},
			{"twice, by a client and the proxy", "Remote-User", proxy, false, []string{"anna", "carl"}, 403, "does not have"},
			{"twice the same", "Remote-User", proxy, false, []string{"anna", "anna"}, 403, "does not have"},
			{"several in one", "Remote-User", proxy, false, []string{"anna,carl"}, 403, "does not have"},
			{"nobody here", "Remote-User", proxy, false, []string{"eve"}, 403, "does not have"},
			{"another header", "X-Forwarded-User", proxy, false, []string{"anna"}, 303, "/ui/login"},
		} {
			o.remote = tc.header
			r := httptest.NewRequest("GET", "/ui/today", nil)
			r.RemoteAddr, r.Host = tc.from, "localhost:8080"
			r.Header.Set("X-Forwarded-Proto", "https")
			r.Header.Set("X-Forwarded-For", "10.0.0.7")
			if tc.from == "127.0.0.1:1" {
				r.Header.Del("X-Forwarded-For")
			}
			if tc.secure {
				r.TLS = &tls.ConnectionState{}
			}
			for _, name := range tc.sent {
				r.Header.Add("Remote-User", name)
			}
			w := httptest.NewRecorder()
			o.pages.ServeHTTP(w, r)
			if said := w.Body.String() + w.Header().Get("Location"); w.Code != tc.status || !strings.Contains(said, tc.says) {
				t.Errorf("%s: %d %s", tc.name, w.Code, said)
			}
			if len(w.Result().Cookies()) > 0 {
				t.Errorf("%s: it gives the cookie %v", tc.name, w.Result().Cookies())
			}
		}

		o.remote = "Remote-User"
		by := func(name string) *visitor {
			v := o.visitor()
			v.from, v.header = proxy, map[string]string{"Remote-User": name, "X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.7"}
			return v
		}
		carl := by("carl")
		carl.sees("GET", "/ui/users", nil, 403, "Your role does not allow this")
		carl.sees("GET", "/ui/account", nil, 200, "log out there")

		// What is dangerous asks for the password of simgate itself, and a session keeps that it
		// was given, for that user alone.
		owner := by("anna")
		time.Sleep(user.ProofLife)
		form := url.Values{"name": {"ben"}, "role": {"viewer"}}
		owner.sees("POST", "/ui/users/add", form, 403, "A proxy has let you in", `name="password_again"`)
		form.Set("password_again", "wrong")
		owner.sees("POST", "/ui/users/add", form, 403, `role="alert"`)
		form.Set("password_again", password)
		owner.sees("POST", "/ui/users/add", form, 200, "ben")
		form = url.Values{"name": {"eric"}, "role": {"viewer"}}
		owner.sees("POST", "/ui/users/add", form, 200, "eric")
		other := by("carl")
		other.cookies = owner.cookies
		other.sees("GET", "/ui/users", nil, 403, "Your role does not allow this")
		owner.header["Remote-User"] = "eve"
		owner.sees("GET", "/ui/today", nil, 403, "does not have")
		owner.header["Remote-User"] = "anna"

		page := owner.sees("GET", "/ui/audit", nil, 200, "came in by the proxy", "dora", "10.0.0.7")
		if n := strings.Count(page, "came in by the proxy"); n != 3 {
			t.Errorf("it is noted %d times that three came in: %s", n, page)
		}
		for _, path := range []string{"/ui/theme", "/ui/today/backup"} {
			owner.header["Sec-Fetch-Site"] = "cross-site" // the proxy names her on forms of other sites, too
			owner.sees("POST", path, url.Values{}, 403, "cross-origin")
		}
	})
}
