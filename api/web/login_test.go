package web_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/api/qr"
	v1 "simgate/api/v1"
	"simgate/api/web"
	"simgate/api/web/door"
	"simgate/api/web/settings"
	"simgate/gateway"
	"simgate/gateway/cause"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/user"
)

const password = "lamp-river-otter-nine"

// office is a gateway whose pages ask who comes.
type office struct {
	*testing.T
	*gatewaytest.World
	pages   *web.Pages
	clear   bool
	wall    bool // the page for everybody is on
	proxies []netip.Prefix
	frames  []string
	remote  string // header
	mistake error  // of the configuration file

	settings map[string]*v1.ConfigSetting
	changed  []string // what was to be changed of them
	says     string   // what the machine says is wrong
}

func newOffice(t *testing.T, modems int) *office {
	o := &office{T: t, World: gatewaytest.Start(t, gatewaytest.Modems(modems))}
	o.pages = web.New(t.Context(), "", slog.New(slog.DiscardHandler))
	o.pages.Lock(&door.Door{Users: o.Gateway.Users(), Clear: func() bool { return o.clear }, Proxies: func() []netip.Prefix { return o.proxies },
		Frames: func() []string { return o.frames }, Remote: func() string { return o.remote },
		Secure: func() string { return "https://simgate.local:8443" }})
	addAll(o.pages, o.Gateway)
	o.pages.AddSetup(o.Gateway)
	web.AddStatus(o.pages, o.Gateway, func() bool { return o.wall })
	web.AddMachine(o.pages, o.Gateway, web.Machine{Version: "1.2.3",
		Certificates: func() ([]web.Certificate, string) {
			return []web.Certificate{{Of: "the certificate of this machine", Until: time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC), Fault: cause.Cause{Code: cause.ACMEFailed, Text: cmp.Or(o.says, "a <fault>")}}}, "AB:CD"
		},
		Examine: func(context.Context) []web.Finding {
			return []web.Finding{{Level: "ok", About: "clock", Text: "synchronised"}, {Level: "fail", About: cmp.Or(o.says, "modem"), Text: cmp.Or(o.says, "a <cause>"), Fix: cmp.Or(o.says, "sudo mend it")}, {Level: "warn", About: "disk", Text: "nearly full"}}
		}})
	o.settings = map[string]*v1.ConfigSetting{
		"country":         {Value: "DE", Restart: true, Line: 7, Source: v1.SettingFile, Type: v1.SettingText, Place: "/etc/simgate/simgate.yaml:7"},
		"pace.day":        {Value: "0", Waiting: true, Source: v1.SettingDefault, Type: v1.SettingNumber, Changeable: true, Description: "messages per day"},
		"pace.jitter":     {Value: "0%", Source: v1.SettingDefault, Restart: true, Type: v1.SettingText, Place: "/etc/simgate/simgate.yaml: pace: {jitter: 0%}"},
		"pace.rate":       {Value: "10", Default: "10", Source: v1.SettingDefault, Type: v1.SettingNumber, Changeable: true},
		"guard.countries": {Value: "DE\nAT", Line: 9, Source: v1.SettingFile, Type: v1.SettingList, Changeable: true},
		"guard.sends":     {Value: "5", Source: v1.SettingDefault, Type: v1.SettingNumber, Changeable: true, SetBy: "<anna>", Problem: "a <cause>"},
		"notify.sms":      {Value: "•••••", Line: 12, Source: v1.SettingFile, Type: v1.SettingText, Hidden: true, Changeable: true},
		"opt_out.words":   {Value: "true", Default: "true", Source: v1.SettingDefault, Type: v1.SettingChoice, Choices: []string{"true", "false"}, Changeable: true},
	}
	settings.Add(o.pages, settings.Config{File: "/etc/simgate/simgate.yaml",
		About: func(section string) string { return "about " + section },
		All: func(context.Context) (all []v1.ConfigSetting, err error) {
			for _, key := range slices.Sorted(maps.Keys(o.settings)) {
				s := *o.settings[key]
				s.Key = key
				all = append(all, s)
			}
			return all, o.mistake
		},
		Change: func(_ context.Context, by user.By, c v1.SettingsChange) (map[string]string, error) {
			for key, value := range c.Set {
				if value == "wrong" {
					return map[string]string{key: "must be <right>", "": "and so is another"}, nil
				}
			}
			o.changed = append(o.changed, fmt.Sprint(by.Name, c.Set, c.Unset))
			return nil, nil
		}})
	return o
}

// visitor is a browser.
type visitor struct {
	*office
	cookies map[string]string
	from    string // its address
	host    string // that it asks for; "" for localhost
	secure  bool   // it uses HTTPS
	header  map[string]string
}

func (o *office) visitor() *visitor {
	return &visitor{office: o, cookies: map[string]string{}, from: "127.0.0.1:4711", header: map[string]string{}}
}

// asks sends a request, with a form unless that is nil, and keeps the cookies of the answer.
func (v *visitor) asks(method, path string, form url.Values) *httptest.ResponseRecorder {
	v.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	if r.RemoteAddr, r.Host = v.from, cmp.Or(v.host, "localhost:8080"); v.secure {
		r.TLS = &tls.ConnectionState{}
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range v.header {
		r.Header.Set(name, value)
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	v.pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 || c.Value == "" {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c.Value
		}
	}
	return w
}

// sees sends a request and fails the test unless the answer has the status and the words.
func (v *visitor) sees(method, path string, form url.Values, status int, words ...string) string {
	v.Helper()
	w := v.asks(method, path, form)
	said := w.Body.String() + w.Header().Get("Location")
	for _, word := range words {
		if !strings.Contains(said, word) {
			v.Errorf("%s %s has no %q: %d %s", method, path, word, w.Code, said)
		}
	}
	if w.Code != status {
		v.Errorf("%s %s: %d, want %d: %s", method, path, w.Code, status, said)
	}
	return said
}

// begin lets the first owner in.
func (o *office) begin() *visitor {
	o.Helper()
	l, err := o.Gateway.Users().Invite(o.Context(), user.Socket, "")
	if err != nil {
		o.Fatal(err)
	}
	v := o.visitor()
	v.sees("POST", "/ui/welcome", url.Values{"token": {l.Token}, "name": {"anna"}, "password": {password}}, 303)
	return v
}

// let adds a user with a role, who is logged in.
func (o *office) let(name string, role user.Role) *visitor {
	o.Helper()
	if _, err := o.Gateway.Users().Add(o.Context(), user.Socket, name, role); err != nil {
		o.Fatal(err)
	}
	l, err := o.Gateway.Users().Invite(o.Context(), user.Socket, name)
	if err != nil {
		o.Fatal(err)
	}
	v := o.visitor()
	v.sees("POST", "/ui/welcome", url.Values{"token": {l.Token}, "password": {password}}, 303)
	return v
}

func (v *visitor) login(name string) {
	v.Helper()
	v.sees("POST", "/ui/login", url.Values{"name": {name}, "password": {password}}, 303)
}

// Before somebody has set the pages up, all of them say only that; the link lets one in,
// and lets nobody in twice.
func TestFirstRun(t *testing.T) {
	o := newOffice(t, 0)
	stranger := o.visitor()
	said := map[string]bool{}
	for _, r := range o.pages.Routes() {
		method, path := concrete(r)
		if method != "GET" || strings.Contains(path, "/static/") || strings.Contains(path, "/welcome") || path == "/ui/status" || path == "/" || path == "/ui/" {
			continue
		}
		page := stranger.sees(method, path, nil, 503, "Nobody has set up these pages yet")
		said[regexp.MustCompile(`name="back" value="[^"]*"`).ReplaceAllString(page, "")] = true
	}
	if len(said) != 1 {
		t.Errorf("there are %d answers", len(said))
	}
	l, err := o.Gateway.Users().Invite(t.Context(), user.Socket, "")
	if err != nil || !strings.HasPrefix(web.WelcomePath(l), "/ui/welcome#") {
		t.Fatal(l, err)
	}
	v := o.visitor()
	v.sees("GET", "/ui/welcome", nil, 200, `name="token"`)
	v.sees("POST", "/ui/welcome", url.Values{"token": {"WRONG"}}, 410, "works once")
	v.sees("POST", "/ui/welcome", url.Values{"token": {l.Token}}, 200, `name="password"`, l.Token)
	v.sees("POST", "/ui/welcome", url.Values{"token": {l.Token}, "name": {"anna"}, "password": {"short"}}, 400, "at least 15")
	v.sees("POST", "/ui/welcome", url.Values{"token": {l.Token}, "name": {"anna"}, "password": {password}}, 303, "/ui/setup")
	v.sees("GET", "/ui/today", nil, 200, "anna")
	v.sees("GET", "/ui/setup", nil, 200, "There is no modem yet", "curl -s &#39;http://localhost:8080/v1/verifications&#39;", "YOUR-KEY")
	page := v.sees("POST", "/ui/setup/key", url.Values{"app": {"shop"}, "dialect": {"textmagic"}}, 200, "It is not shown again", "http://localhost:8080/api/v2/verify")
	token := regexp.MustCompile(`simgate_\w+`).FindString(page)
	if _, err := o.Gateway.Keys().Authenticate(t.Context(), token); err != nil || strings.Count(page, token) < 2 {
		t.Errorf("the key %q: %v in %s", token, err, page)
	}
	v.sees("GET", "/ui/setup?dialect=textflow", nil, 200, "http://localhost:8080/textflow<", "shop")
	v.sees("POST", "/ui/setup/key", url.Values{"app": {""}}, 400, "app-problem", "name is empty")
	v.sees("POST", "/ui/setup/send", url.Values{"to": {"12"}}, 400, "to-problem")
	v.sees("GET", "/ui/setup?message=99", nil, 404)
	stranger.sees("POST", "/ui/welcome", url.Values{"token": {l.Token}, "name": {"eve"}, "password": {password}}, 410)
	stranger.sees("GET", "/ui/today?a=1", nil, 303, "/ui/login?back=%2Fui%2Ftoday%3Fa%3D1")
	stranger.sees("GET", "/ui/login?back=%2Fui%2Ftoday", nil, 200, "Log in", `value="/ui/today"`)
}

// concrete returns a request that a route answers.
func concrete(r web.Route) (method, path string) {
	method, path, found := strings.Cut(r.Pattern, " ")
	if !found {
		method, path = "GET", r.Pattern+"none"
	}
	return method, regexp.MustCompile(`\{\w+\}`).ReplaceAllString(strings.ReplaceAll(path, "{$}", ""), "1")
}

// Every route lets in whom its role lets in, and nobody else; and takes no form of another site.
func TestRoutesAndRoles(t *testing.T) {
	o := newOffice(t, 0)
	visitors := map[user.Role]*visitor{user.Owner: o.begin(), user.Operator: o.let("ben", user.Operator), user.Viewer: o.let("carl", user.Viewer), "": o.visitor()}
	names := map[user.Role]string{user.Owner: "anna", user.Operator: "ben", user.Viewer: "carl"}
	tried := 0
	for _, route := range o.pages.Routes() {
		for role, v := range visitors {
			method, path := concrete(route)
			if strings.HasPrefix(path, "/ui/live/") && role != "" && role.May(route.Role) {
				continue // it answers for long
			}
			tried++
			what := fmt.Sprintf("%s for %q", route.Pattern, role)
			if method == "POST" {
				for _, other := range []map[string]string{{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}} {
					v.header = other
					if w := v.asks(method, path, url.Values{}); w.Code != 403 || !strings.Contains(w.Body.String(), "cross-origin") {
						t.Errorf("%s, from another site: %d %s", what, w.Code, w.Body)
					}
				}
				v.header = map[string]string{"Origin": "http://localhost:8080"}
			}
			w := v.asks(method, path, url.Values{})
			body := w.Body.String()
			denied := w.Code == 401 || w.Code == 303 && strings.HasPrefix(w.Header().Get("Location"), "/ui/login?") || w.Code == 403 && strings.Contains(body, "Your role does not allow this")
			if allowed := route.Role == web.Anybody || role.May(route.Role); denied == allowed || w.Code >= 500 {
				t.Errorf("%s: %d %s", what, w.Code, body)
			}
			if role != "" && v.asks("GET", "/ui/today", nil).Code != 200 { // it logged out, or its session was ended
				v.login(names[role])
			}
		}
	}
	if tried < 80 {
		t.Errorf("%d were tried", tried)
	}
}

// What is dangerous asks for the password again once that was given long ago, keeps what was
// typed, and gives the browser another secret.
func TestPasswordAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		v := o.begin()
		v.sees("POST", "/ui/users/add", url.Values{"name": {"ben"}, "role": {"viewer"}}, 200, "http://localhost:8080/ui/welcome#")
		time.Sleep(user.ProofLife)
		before := v.cookies["simgate"]
		form := url.Values{"name": {"<carl>"}, "role": {"operator"}}
		v.sees("POST", "/ui/users/add", form, 403, `name="password_again"`, `name="role" value="operator"`, `value="&lt;carl&gt;"`)
		form.Set("password_again", "wrong")
		v.sees("POST", "/ui/users/add", form, 403, `role="alert"`)
		if v.cookies["simgate"] != before {
			t.Error("a wrong password gives another secret")
		}
		form.Set("password_again", password)
		v.sees("POST", "/ui/users/add", form, 200, "&lt;carl&gt;")
		old := o.visitor()
		old.cookies["simgate"] = before
		old.sees("GET", "/ui/today", nil, 303, "/ui/login")
		v.sees("GET", "/ui/audit", nil, 200, "added a user", "&lt;carl&gt;: operator", "made a link", "127.0.0.1")
		v.sees("POST", "/ui/users/remove", url.Values{"name": {"anna"}}, 409, "last owner")
		v.sees("POST", "/ui/users/role", url.Values{"name": {"ben"}, "role": {"king"}}, 400, "no role")
		v.sees("POST", "/ui/users/role", url.Values{"name": {"ben"}, "role": {"operator"}}, 303)
		v.sees("POST", "/ui/users/remove", url.Values{"name": {"ben"}}, 303)
	})
}

// light are the forms that do not ask for the password again, besides those for everybody: what
// they do can be undone or done again, and shows no secret. Sending messages is what operators do.
var light = []string{
	"log.csv", "log/save", "log/remove", "logout", "numbers", "account/end", "account/others", "account/password", // which has the present one
	"send", "send/check", "send/many", "setup/send", "talk/{number}", "talk/{number}/read", "why/message/{id}/cancel", "webhooks/forwards/test",
	"lines/{name}/release", "lines/{name}/restart", "lines/{name}/balance",
	"machine/backup", "machine/notify", "settings/reload", "today/backup", "webhooks/{id}/test", "webhooks/{id}/replay",
}

// Each form that cannot be undone, costs money or shows a secret asks for the password again,
// and no page sends it by htmx, which could not show that.
func TestWhatAsksForThePassword(t *testing.T) {
	sent := regexp.MustCompile(`hx-post="(?:\{\{root\}\}|(\{\{.?path\}\}/))([^"{]+)"`)
	for file, of := range map[string]string{"lines": "lines/{name}/", "send": "", "talk": "talk/{number}/", "webhooks": "webhooks/{id}/"} {
		content, err := os.ReadFile("templates/" + file + ".html")
		all := sent.FindAllStringSubmatch(strings.ReplaceAll(string(content), ".Path", ".path"), -1)
		if err != nil || len(all) == 0 {
			t.Fatal(file, err)
		}
		for _, m := range all {
			if name := of + m[2]; !slices.Contains(light, name) {
				t.Errorf("the form to %s is sent by htmx", name)
			}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		v := o.begin()
		time.Sleep(user.ProofLife)
		found := 0
		for _, route := range o.pages.Routes() {
			name, post := strings.CutPrefix(route.Pattern, "POST /ui/")
			if !post || route.Role == web.Anybody {
				continue
			}
			if route.Again == slices.Contains(light, name) {
				t.Errorf("the form to %s asks for the password: %v", name, route.Again)
			}
			if !route.Again {
				continue
			}
			found++
			_, path := concrete(route)
			v.sees("POST", path, url.Values{"code": {"*100#"}}, 403, `name="password_again"`, `value="*100#"`)
		}
		if found < 20 {
			t.Errorf("only %d forms ask", found)
		}
	})
}

// The session is new at each login, its cookie is for this host alone, and it ends when its
// user says so.
func TestSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		o.begin()
		v := o.visitor()
		v.cookies["simgate"] = "an attacker has put this here"
		w := v.asks("POST", "/ui/login", url.Values{"name": {"Anna"}, "password": {password}, "back": {"/ui/why?number=1"}})
		c := w.Header().Get("Set-Cookie")
		if w.Code != 303 || w.Header().Get("Location") != "/ui/why?number=1" || strings.Contains(c, "attacker") ||
			!strings.Contains(c, "simgate=") || !strings.Contains(c, "; HttpOnly; SameSite=Strict") || strings.Contains(c, "Secure") || strings.Contains(c, "Max-Age") || strings.Contains(c, "Domain") {
			t.Errorf("%d %q", w.Code, w.Header())
		}
		first := v.cookies["simgate"]
		v.login("anna")
		if v.cookies["simgate"] == first {
			t.Error("a login keeps the secret")
		}
		old := o.visitor()
		old.cookies["simgate"] = first
		old.sees("GET", "/ui/today", nil, 303, "/ui/login")
		for _, evil := range []string{"https://evil.example/ui/", "//evil.example/ui/", `/\evil.example`, "/ui/\\..\\..//evil.example", "javascript:alert(1)"} {
			v.sees("POST", "/ui/login", url.Values{"name": {"anna"}, "password": {password}, "back": {evil}}, 303)
			if w := v.asks("GET", "/ui/login?back="+url.QueryEscape(evil), nil); w.Header().Get("Location") != "/" {
				t.Errorf("back to %s: %q", evil, w.Header())
			}
		}

		s := o.visitor()
		s.secure, s.from = true, "192.168.1.5:4711"
		w = s.asks("POST", "/ui/login", url.Values{"name": {"anna"}, "password": {password}, "stay": {"1"}})
		if c := w.Header().Get("Set-Cookie"); !strings.HasPrefix(c, "__Host-simgate=") || !strings.Contains(c, "; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict") {
			t.Errorf("%q", c)
		}
		s.sees("GET", "/ui/account", nil, 200, "192.168.1.5", "127.0.0.1", "this browser")
		s.sees("POST", "/ui/account/password", url.Values{"old": {"wrong"}, "password": {password + password}}, 400, "the present password is another")
		s.sees("POST", "/ui/account/password", url.Values{"old": {password}, "password": {password + password}}, 303)
		v.sees("GET", "/ui/today", nil, 303, "/ui/login")
		s.sees("GET", "/ui/today", nil, 200)
		s.sees("POST", "/ui/logout", nil, 303)
		if len(s.cookies) > 0 {
			t.Errorf("after the logout: %v", s.cookies)
		}
		for i := range 7 {
			w = v.asks("POST", "/ui/login", url.Values{"name": {"anna"}, "password": {"wrong"}})
			if want := map[bool]int{true: 403, false: 429}[i < 6]; w.Code != want {
				t.Errorf("the %dth wrong password: %d %s", i, w.Code, w.Body)
			}
		}
		if w.Header().Get("Retry-After") == "" {
			t.Errorf("%v", w.Header())
		}
	})
}

// Pages are served with HTTPS, to this machine, and by proxies that are known, and say what
// to do elsewhere; the client is who those name.
func TestWhereFrom(t *testing.T) {
	o := newOffice(t, 0)
	o.begin()
	o.proxies = []netip.Prefix{netip.MustParsePrefix("172.18.0.2/32")}
	for _, tc := range []struct {
		name, from    string
		secure, clear bool
		header        map[string]string
		status        int
		client        string
	}{
		{name: "this machine", from: "127.0.0.1:1", status: 303, client: "127.0.0.1"},
		{name: "by IPv6", from: "[::1]:1", status: 303, client: "::/64"},
		{name: "HTTPS", from: "192.168.1.9:1", secure: true, status: 303, client: "192.168.1.9"},
		{name: "clear", from: "192.168.1.9:1", status: 403},
		{name: "clear on purpose", from: "192.168.1.9:1", clear: true, status: 303, client: "192.168.1.9"},
		{name: "clear with what only proxies may say", from: "192.168.1.9:1", header: map[string]string{"X-Forwarded-Proto": "https"}, status: 403},
		{name: "a proxy that is not known", from: "127.0.0.1:1", header: map[string]string{"X-Forwarded-For": "8.8.8.8"}, status: 403},
		{name: "a client that poses as another", from: "192.168.1.9:1", secure: true, header: map[string]string{"X-Forwarded-For": "8.8.8.8"}, status: 303, client: "192.168.1.9"},
		{name: "a proxy", from: "172.18.0.2:1", header: map[string]string{"X-Forwarded-For": "1.1.1.1, 8.8.4.4", "X-Forwarded-Proto": "https"}, status: 303, client: "8.8.4.4"},
		{name: "a proxy without HTTPS", from: "172.18.0.2:1", header: map[string]string{"X-Forwarded-For": "8.8.8.8"}, status: 403},
	} {
		o.clear = tc.clear
		v := o.visitor()
		v.from, v.secure, v.header = tc.from, tc.secure, tc.header
		v.sees("POST", "/ui/login", url.Values{"name": {"anna"}, "password": {password}}, tc.status)
		if tc.status == 303 {
			list, err := o.Gateway.Users().Sessions(t.Context(), 0)
			if err != nil || list[0].Client.Address != tc.client {
				t.Errorf("%s: the client is %+v, %v", tc.name, list[0].Client, err)
			}
		} else if tc.header["X-Forwarded-For"] == "" {
			v.sees("GET", "/ui/today", nil, 403, "need HTTPS", "https://simgate.local:8443")
		}
	}
}

// A viewer finds no number and no text of anybody on any page, and owners see numbers in
// full when they ask for it.
func TestNumbersByRole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		owner, viewer := o.begin(), o.let("carl", user.Viewer)
		time.Sleep(time.Minute)
		m, err := o.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "the secret word"})
		if err != nil {
			t.Fatal(err)
		}
		v, err := o.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Gateway.Guard().SetRule(t.Context(), guard.NewRule{Kind: guard.Block, Key: anna}); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna}); err == nil {
			t.Error("a number that is blocked gets a code")
		}
		time.Sleep(time.Minute)
		pages := []string{"/ui/today", "/ui/why", fmt.Sprintf("/ui/why/message/%d", m.ID), "/ui/why/code/" + v.Verification.ID, "/ui/why?of=code/" + v.Verification.ID, fmt.Sprintf("/ui/why?of=message/%d", m.ID)}
		hidden, shown := anna[4:10], anna[1:]
		for _, path := range []string{"/ui/log", "/ui/log?kind=code", "/ui/lines", "/ui/lines/sim1"} {
			if page := owner.sees("GET", path, nil, 200); strings.Contains(page, hidden) {
				t.Errorf("the owner sees on %s without asking: %s", path, page)
			}
			page := viewer.sees("GET", path, nil, 200)
			for _, secret := range []string{hidden, "secret word", gatewaytest.SIM(0).MSISDN[5:10], gatewaytest.SIM(0).IMSI, "action=\"/ui/lines/", "action=\"/ui/log/", "log.csv"} {
				if strings.Contains(page, secret) {
					t.Errorf("the viewer sees %s on %s: %s", secret, path, page)
				}
			}
		}
		for _, path := range pages {
			for name, who := range map[string]*visitor{"viewer": viewer, "owner": owner} {
				if page := who.sees("GET", path, nil, 200); strings.Contains(page, hidden) || strings.Contains(page, "secret word") {
					t.Errorf("%s sees on %s: %s", name, path, page)
				}
			}
		}
		stranger := o.visitor()
		for _, path := range []string{"/ui/login", "/ui/welcome"} { // what many may send at once is small
			stranger.sees("POST", path, url.Values{"name": {strings.Repeat("x", 100_000)}}, 413)
		}
		stranger.sees("POST", "/ui/send", url.Values{"press": {"1"}, "text": {strings.Repeat("x", 5<<20)}}, 401)
		for _, path := range []string{"/ui/log?text=secret", "/ui/log?to=" + url.QueryEscape(anna), "/ui/log?kind=code&to=" + url.QueryEscape(anna), "/ui/why?number=" + url.QueryEscape(anna)} {
			page := viewer.sees("GET", path, nil, 200, "does not look for")
			if strings.Contains(page, fmt.Sprintf("/ui/why/message/%d", m.ID)) || strings.Contains(page, v.Verification.ID) {
				t.Errorf("the viewer finds on %s: %s", path, page)
			}
		}
		typed := "/ui/why?number=" + url.QueryEscape(anna)
		if page := owner.sees("GET", typed, nil, 200, "is blocked"); !strings.Contains(page, "/ui/guard?app=shop") {
			t.Errorf("the owner finds no way to the guard: %s", page)
		}
		viewer.cookies["numbers"] = "shown"
		viewer.sees("POST", "/ui/numbers", url.Values{"numbers": {"shown"}}, 403)
		owner.sees("POST", "/ui/numbers", url.Values{"numbers": {"shown"}, "back": {"/ui/why"}}, 303, "/ui/why")
		for _, path := range pages[1:] {
			owner.sees("GET", path, nil, 200, shown)
			if page := viewer.sees("GET", path, nil, 200); strings.Contains(page, hidden) {
				t.Errorf("the viewer sees on %s: %s", path, page)
			}
		}
		owner.sees("GET", "/ui/audit", nil, 200, "showed numbers in full")
	})
}

// What changes something is noted, in words; what only looks is not.
func TestWhatIsNoted(t *testing.T) {
	o := newOffice(t, 1)
	owner := o.begin()
	form := url.Values{"to": {anna}, "text": {"the secret word"}}
	owner.sees("POST", "/ui/send/check", form, 200)
	form.Set("do", "check")
	owner.sees("POST", "/ui/send", form, 200)
	form.Set("do", "preview")
	owner.sees("POST", "/ui/send/many", form, 200)
	if page := owner.sees("GET", "/ui/audit", nil, 200); strings.Contains(page, "/ui/send/check") || strings.Contains(page, "sent a message") {
		t.Error("a look is noted")
	}
	form.Set("do", "send")
	owner.sees("POST", "/ui/send", form, 303)
	owner.sees("POST", "/ui/guard/rule", url.Values{"kind": {"block"}, "key": {anna}}, 303)
	if page := owner.sees("GET", "/ui/audit", nil, 200, "made a rule of the guard", "sent a message"); strings.Contains(page, "secret word") || strings.Contains(page, anna[4:10]) {
		t.Errorf("it is noted to whom, or what: %s", page)
	}
}

// Today offers an owner what the page can do about what is wrong, and does it.
func TestTodayMends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		owner, viewer := o.begin(), o.let("carl", user.Viewer)
		time.Sleep(time.Minute)
		owner.sees("GET", "/ui/setup", nil, 200, "A SIM is ready to send.")
		said := owner.sees("POST", "/ui/setup/send", url.Values{"to": {anna}}, 303, "/ui/setup?message=")
		time.Sleep(time.Minute)
		owner.sees("GET", said, nil, 200, "delivered")

		o.Network.Block(gatewaytest.SIM(0).IMSI, 10)
		for i := range 4 {
			if _, err := o.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: fmt.Sprintf("+49151123450%02d", i), Text: "hello"}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Minute)
		owner.sees("GET", "/ui/today", nil, 200, "seems to be blocked", "It may send again", `value="line 1"`)
		if page := viewer.sees("GET", "/ui/today", nil, 200, "seems to be blocked"); strings.Contains(page, "It may send again") {
			t.Errorf("a viewer is offered: %s", page)
		}
		o.Network.Unblock(gatewaytest.SIM(0).IMSI)
		owner.sees("POST", "/ui/today/mend", url.Values{"do": {"line 1"}}, 403, "password_again")
		owner.sees("POST", "/ui/today/mend", url.Values{"do": {"line 1"}, "password_again": {password}}, 303, "/ui/today")
		owner.sees("POST", "/ui/today/mend", url.Values{"do": {"line 1"}}, 404, "not in quarantine")
		owner.sees("POST", "/ui/today/mend", url.Values{"do": {"drop"}}, 409, "nothing is held")
		owner.sees("POST", "/ui/today/mend", url.Values{"do": {"dance"}}, 400)
		time.Sleep(time.Minute)
		if page := owner.sees("GET", "/ui/today", nil, 200, "Codes go out."); strings.Contains(page, "It may send again") {
			t.Errorf("after the release: %s", page)
		}
		owner.sees("POST", "/ui/today/backup", nil, 303)
		if made, err := filepath.Glob(filepath.Join(o.Folder, "backups", "*.db*")); err != nil || len(made) == 0 {
			t.Errorf("backups: %q, %v", made, err)
		}
		owner.sees("GET", "/ui/audit", nil, 200, "made a backup", "dealt with what was wrong", "line 1")
	})
}

// The page of the machine shows backups, which are made and downloaded there.
func TestMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		v := o.begin()
		v.sees("GET", "/ui/machine", nil, 200, "1.2.3", "There is none yet", "set notify in the configuration", "AB:CD", "2030-01-02", "a &lt;fault&gt;", "https://simgate.local:8443", "<svg")
		v.sees("POST", "/ui/machine/backup", url.Values{}, 303, "/ui/machine")
		v.sees("GET", "/ui/machine", nil, 200, "backups/simgate-")
		w := v.asks("POST", "/ui/machine/download", url.Values{})
		if !strings.HasPrefix(w.Body.String(), "SQLite format 3") || !strings.Contains(w.Header().Get("Content-Disposition"), "simgate-") || w.Code != 200 {
			t.Errorf("%d %v", w.Code, w.Header())
		}
		time.Sleep(user.ProofLife)
		v.sees("POST", "/ui/machine/download", url.Values{}, 403, "password_again")
		v.sees("POST", "/ui/machine/notify", url.Values{}, 400, "no way to tell the owner")
	})
}

// The settings are shown with where each is from, and what the file says by now; the doctor
// with what must be fixed first.
func TestSettingsAndDoctor(t *testing.T) {
	o := newOffice(t, 0)
	v := o.begin()
	page := v.sees("GET", "/ui/settings", nil, 200, "/etc/simgate/simgate.yaml", "line 7", "not read again yet", "What is in the database", `href="/ui/guard"`)
	if chosen, others, found := strings.Cut(page, "All others"); !found || !strings.Contains(chosen, "pace.day") || strings.Contains(chosen, "pace.rate") || strings.Contains(others, "pace.day") {
		t.Errorf("%s", page)
	}
	if strings.Contains(page, "settings/reload") {
		t.Error("what cannot be read again can be")
	}
	o.mistake = errors.New("line 3: <wrong>")
	v.sees("GET", "/ui/settings", nil, 200, "The file has mistakes", "line 3: &lt;wrong&gt;")
	v.sees("GET", "/ui/settings/pace", nil, 200, "The file has mistakes", "line 3: &lt;wrong&gt;", `name="pace.day"`)
	o.mistake = &fault.Error{Code: fault.Conflict, Message: "the file <x> is missing"}
	for _, path := range []string{"/ui/settings", "/ui/settings/pace"} {
		if page := v.sees("GET", path, nil, 200, "the file &lt;x&gt; is missing"); strings.Contains(page, "has mistakes") {
			t.Errorf("%s: what is not there has mistakes", path)
		}
	}
	v.sees("POST", "/ui/settings/reload", url.Values{}, 409, "no configuration file")

	o.mistake = nil
	v.sees("GET", "/ui/settings?q=PER+day", nil, 200, "Found: 1", "pace.day")
	v.sees("GET", "/ui/settings?q=%3Cnothing%3E", nil, 200, "Found: 0", "&lt;nothing&gt;")
	if page = v.sees("GET", "/ui/settings", nil, 200, `href="/ui/settings/pace"`, "What &lt;anna&gt; has set is not in force: a &lt;cause&gt;"); strings.Contains(page, `href="/ui/settings/country"`) {
		t.Error("what is for the file alone can be changed")
	}

	page = v.sees("GET", "/ui/doctor", nil, 200, "Must be fixed: 1", "a &lt;cause&gt;", "sudo mend it", "fail  modem: a &lt;cause&gt;\n      -&gt; sudo mend it\nwarn  disk")
	if strings.Index(page, "nearly full") < strings.Index(page, "a &lt;cause&gt;") || strings.Index(page, "synchronised") < strings.Index(page, "nearly full") {
		t.Errorf("what must be fixed is not first: %s", page)
	}
	ben := o.let("ben", user.Operator)
	ben.sees("GET", "/ui/settings", nil, 403)
	ben.sees("GET", "/ui/doctor", nil, 403)
}

// What can change is set by the form of its section: what somebody has changed in it, and nothing
// else. What is hidden is written anew, or stays.
func TestSettingsAreSet(t *testing.T) {
	o := newOffice(t, 0)
	v := o.begin()
	page := v.sees("GET", "/ui/settings/pace", nil, 200, "about pace", `name="pace.day" value="0"`, "messages per day", `name="was.pace.rate" value="10"`, "/etc/simgate/simgate.yaml: pace: {jitter: 0%}")
	if strings.Contains(page, `name="pace.jitter"`) || strings.Contains(page, "Back to") {
		t.Errorf("%s", page)
	}
	v.sees("GET", "/ui/settings/guard", nil, 200, "DE\nAT</textarea>", "What &lt;anna&gt; has set is not in force: a &lt;cause&gt;", "Back to the default")
	if page = v.sees("GET", "/ui/settings/notify", nil, 200, `name="notify.sms" value=""`, `placeholder="•••••"`, "make it empty"); strings.Contains(page, "Back to") {
		t.Errorf("%s", page)
	}
	v.sees("GET", "/ui/settings/opt_out", nil, 200, `<option value="true" selected>`)
	v.sees("GET", "/ui/settings/country", nil, 404)
	v.sees("GET", "/ui/settings/nothing", nil, 404)

	form := func(section string, pairs ...string) url.Values {
		f := url.Values{"section": {section}}
		for i := 0; i < len(pairs); i += 2 {
			f.Add(pairs[i], pairs[i+1])
		}
		return f
	}
	for _, tc := range []struct {
		name, path string
		form       url.Values
		status     int
		says       string
		changed    string // "" for nothing
	}{
		{"a number", "set", form("pace", "pace.day", "5", "was.pace.day", "0", "pace.rate", "10", "was.pace.rate", "10"), 303, "/ui/settings/pace", "annamap[pace.day:5] []"},
		{"what was changed meanwhile", "set", form("pace", "pace.day", "9", "was.pace.day", "9", "pace.rate", "11", "was.pace.rate", "10"), 303, "", "annamap[pace.rate:11] []"},
		{"what somebody else has set to another value", "set", form("pace", "pace.day", "9", "was.pace.day", "7", "pace.rate", "11", "was.pace.rate", "10"), 400, "Somebody else has set this meanwhile, to 0.", ""},
		{"a list that somebody else has added to", "set", form("guard", "guard.countries", "DE\r\nFR", "was.guard.countries", "DE"), 400, "meanwhile, to DE, AT.", ""},
		{"what somebody else has set to the same", "set", form("guard", "guard.countries", "DE\r\nAT", "was.guard.countries", "DE"), 303, "", "annamap[guard.countries:DE\nAT] []"},
		{"a list", "set", form("guard", "guard.countries", "DE\r\nFR\r\n", "was.guard.countries", "DE\r\nAT"), 303, "", "annamap[guard.countries:DE\nFR] []"},
		{"what is for the file alone", "set", form("pace", "pace.jitter", "5%", "was.pace.jitter", "0%"), 303, "", "annamap[] []"},
		{"of another section", "set", form("pace", "guard.sends", "1", "was.guard.sends", "5"), 303, "", "annamap[] []"},
		{"what is hidden", "set", form("notify", "notify.sms", "", "was.notify.sms", ""), 303, "", "annamap[] []"},
		{"what is hidden anew", "set", form("notify", "notify.sms", "+4915112345678", "was.notify.sms", ""), 303, "", "annamap[notify.sms:+4915112345678] []"},
		{"what is hidden to nothing", "set", form("notify", "notify.sms", "", "was.notify.sms", "", "empty", "notify.sms"), 303, "", "annamap[notify.sms:] []"},
		{"what is wrong", "set", form("pace", "pace.day", "wrong", "was.pace.day", "0"), 400, `value="wrong"`, ""},
		{"no section", "set", form("nothing", "pace.day", "5"), 404, "there are no such settings", ""},
		{"back", "unset", url.Values{"key": {"pace.day"}}, 303, "/ui/settings/pace", "annamap[] [pace.day]"},
		{"back of a key that is gone", "unset", url.Values{"key": {"gone.key"}}, 303, "/ui/settings", "annamap[] [gone.key]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o.changed = nil
			page := v.sees("POST", "/ui/settings/"+tc.path, tc.form, tc.status, tc.says)
			if got := strings.Join(o.changed, "; "); got != tc.changed {
				t.Errorf("%q was changed", got)
			}
			if tc.name == "what is wrong" && (!strings.Contains(page, "must be &lt;right&gt;") || !strings.Contains(page, "and so is another") || !strings.Contains(page, `aria-invalid="true" aria-describedby="set-pace-day-wrong set-pace-day-about"`)) {
				t.Errorf("%s", page)
			}
		})
	}
}

// A phone gets the address that it reaches, and no other.
func TestPhone(t *testing.T) {
	o := newOffice(t, 0)
	l, err := o.Gateway.Users().Invite(t.Context(), user.Socket, "")
	if err != nil {
		t.Fatal(err)
	}
	v := o.visitor()
	page := v.sees("POST", "/ui/welcome", url.Values{"token": {l.Token}}, 200, "Rather on your phone", "https://simgate.local:8443", "<svg")
	svg, err := qr.SVG("https://simgate.local:8443/ui/welcome#" + l.Token)
	if err != nil || !strings.Contains(page, string(svg)) {
		t.Errorf("the code is not that of the link: %v, %s", err, page)
	}
	o.begin()
	v = o.visitor()
	v.secure, v.host = true, "192.168.1.5:8443"
	v.login("anna")
	v.sees("GET", "/ui/setup", nil, 200, "https://192.168.1.5:8443</code>", "<svg")
}

// streamed is an answer that a stream can be written to.
type streamed struct{ *httptest.ResponseRecorder }

func (streamed) SetReadDeadline(time.Time) error  { return nil }
func (streamed) SetWriteDeadline(time.Time) error { return nil }

// A page that is live goes dead with the session, or the role, of its reader.
func TestLivePageEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		o.begin()
		v := o.let("ben", user.Operator)
		live := func() (ended chan bool) {
			r := httptest.NewRequest("GET", "/ui/live/today", nil)
			r.RemoteAddr, r.Host = v.from, "localhost:8080"
			r.AddCookie(&http.Cookie{Name: "simgate", Value: v.cookies["simgate"]})
			ended = make(chan bool)
			go func() {
				o.pages.ServeHTTP(streamed{httptest.NewRecorder()}, r)
				close(ended)
			}()
			time.Sleep(time.Minute)
			return ended
		}
		over := func(what string, ended chan bool, want bool) {
			t.Helper()
			time.Sleep(3 * time.Second)
			select {
			case <-ended:
				if !want {
					t.Errorf("%s: it has ended", what)
				}
			default:
				if want {
					t.Errorf("%s: it goes on", what)
				}
			}
		}
		first := live()
		over("at first", first, false)
		_, err := o.Gateway.Users().SetRole(t.Context(), user.Socket, "ben", user.Viewer)
		over("with another role", first, err == nil)
		second := live()
		_, err = o.Gateway.Users().Remove(t.Context(), user.Socket, "ben")
		over("without a user", second, err == nil)
	})
}

// Browsers are to use HTTPS for a name that has it, for a day, and no address is bound to it.
func TestTransportSecurity(t *testing.T) {
	o := newOffice(t, 0)
	for host, want := range map[string]string{"simgate.local:8443": "max-age=86400", "192.168.1.5:8443": "", "[::1]:8443": "", "localhost:8443": ""} {
		for _, secure := range []bool{true, false} {
			r := httptest.NewRequest("GET", "/ui/login", nil)
			r.RemoteAddr, r.Host = "127.0.0.1:1", host
			if secure {
				r.TLS = &tls.ConnectionState{}
			}
			w := httptest.NewRecorder()
			o.pages.ServeHTTP(w, r)
			if got := w.Header().Get("Strict-Transport-Security"); secure && got != want || !secure && got != "" {
				t.Errorf("%s, %v: %q", host, secure, got)
			}
		}
	}
}

// The page for everybody is off by default, is for the local network, and tells nothing of people.
func TestStatusPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 2)
		owner := o.begin()
		time.Sleep(time.Minute)
		v := o.visitor()
		v.from = "192.168.1.77:1"
		v.sees("GET", "/ui/status", nil, 404)
		o.wall = true
		v.sees("GET", "/ui/status", nil, 200, "Codes go out.", "2 / 2", "–")
		if _, err := o.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "the secret word"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		o.SIMs[1].Unplug()
		time.Sleep(time.Minute)
		for _, who := range []*visitor{v, owner} { // who is logged in sees no more
			page := who.sees("GET", "/ui/status", nil, 200, "not by every SIM", "1 / 2", "min ago")
			for _, secret := range []string{anna[4:10], "secret word", "shop", "sim1", ">anna<", "+4917"} {
				if strings.Contains(page, secret) {
					t.Errorf("it shows %q: %s", secret, page)
				}
			}
		}
		v.sees("GET", "/ui/today", nil, 403, "need HTTPS")
		v.from = "8.8.8.8:1"
		v.sees("GET", "/ui/status", nil, 404)
	})
}

// What is hostile does nothing on the pages behind the login either, wherever it comes from:
// browsers, senders, settings, what the machine says, forward rules and addresses.
func TestHostileTextsBehindTheLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		v := o.begin()
		time.Sleep(time.Minute)
		pages := []string{"/ui/today", "/ui/talk", "/ui/machine", "/ui/doctor", "/ui/settings", "/ui/settings/pace", "/ui/settings/guard", "/ui/settings/notify", "/ui/setup",
			"/ui/users", "/ui/account", "/ui/audit", "/ui/forwards", "/ui/webhooks", "/ui/apps", "/ui/more", "/ui/welcome", "/ui/status"}
		for i, s := range hostile {
			browser := o.visitor()
			browser.header["User-Agent"] = s
			browser.sees("POST", "/ui/login", url.Values{"name": {"anna"}, "password": {password}, "back": {s}}, 303)
			o.says = s
			o.mistake = errors.New(s)
			for _, key := range []string{"country", "pace.day", "guard.countries", "guard.sends", "notify.sms", fmt.Sprint("pace.", i)} {
				o.settings[key] = &v1.ConfigSetting{Value: s, Default: s, Under: &s, Description: s, Place: s, SetBy: s, Problem: s, Source: v1.SettingPage, Type: v1.SettingText, Changeable: key != "country"}
			}
			rule := fmt.Sprint("rule", i)
			v.asks("POST", "/ui/forwards", url.Values{"name": {rule}, "text": {s[:min(len(s), 40)]}, "number": {anna}}) // where it is refused it is there again
			v.asks("POST", "/ui/webhooks", url.Values{"app": {"shop"}, "url": {"https://203.0.113.7/?" + s}, "format": {"standard"}})
			v.asks("POST", "/ui/log/save?text="+url.QueryEscape(s), url.Values{"name": {s[:min(len(s), 30)]}})
			_ = o.Network.Subscriber("<img src=x>").Send(gatewaytest.SIM(0).MSISDN, s) // a name as a sender
			pages = append(pages, "/ui/forwards/"+rule, "/ui/login?back="+url.QueryEscape(s), "/ui/settings?q="+url.QueryEscape(s), "/ui/users?name="+url.QueryEscape(s))
			time.Sleep(time.Second)
			for _, language := range []string{"en", "he"} {
				v.header["Accept-Language"] = language
				for _, path := range pages {
					w := v.asks("GET", path, nil)
					if w.Code >= 500 {
						t.Errorf("%s: %d", path, w.Code)
					}
					inert(t, path, w.Body.String())
				}
				for _, f := range []url.Values{{"section": {"pace"}, "pace.day": {s}}, {"section": {s}}} {
					inert(t, "settings/set", v.asks("POST", "/ui/settings/set", f).Body.String())
				}
				for _, path := range []string{"/ui/users/add", "/ui/forwards", "/ui/webhooks", "/ui/apps", "/ui/guard/rule", "/ui/login", "/ui/welcome", "/ui/account/password"} {
					f := url.Values{"name": {s}, "role": {s}, "app": {s}, "url": {s}, "format": {s}, "key": {s}, "kind": {s}, "scope": {s}, "reason": {s}, "text": {s}, "from": {s}, "number": {s}, "old": {s}, "new": {s}, "token": {s}, "password": {s}}
					inert(t, path, v.asks("POST", path, f).Body.String())
				}
			}
		}
		if page := v.sees("GET", "/ui/talk", nil, 200); !strings.Contains(page, "&lt;img src=x&gt;") {
			t.Errorf("the name of the sender is not there: %s", text(page))
		}
	})
}
