package api_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simgate/api"
	"simgate/api/client"
	"simgate/api/connection"
	v1 "simgate/api/v1"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// scopes are the scopes of all routes. They are listed here a second time so that a new
// or changed route is noticed.
var scopes = map[string]key.Scope{
	"POST /v1/messages":                  key.SendMessages,
	"GET /v1/messages":                   key.Read,
	"GET /v1/messages/:id":               key.Read,
	"PATCH /v1/messages/:id":             key.SendMessages,
	"DELETE /v1/messages/:id":            key.SendMessages,
	"POST /v1/verifications":             key.SendCodes,
	"POST /v1/verifications/check":       key.CheckCodes,
	"GET /v1/verifications":              key.Read,
	"GET /v1/verifications/:id":          key.Read,
	"POST /v1/verifications/:id/check":   key.CheckCodes,
	"DELETE /v1/verifications/:id":       key.SendCodes,
	"GET /v1/guard/rules":                key.Admin,
	"POST /v1/guard/unlock":              key.Admin,
	"POST /v1/guard/rules":               key.Admin,
	"DELETE /v1/guard/rules/:id":         key.Admin,
	"GET /v1/guard/why":                  key.Admin,
	"GET /v1/optouts":                    key.Read,
	"POST /v1/optouts":                   key.SendMessages,
	"DELETE /v1/optouts/:id":             key.Admin,
	"GET /v1/modems":                     key.Read,
	"GET /v1/inbox":                      key.ReadInbox,
	"GET /v1/inbox/:id":                  key.ReadInbox,
	"PATCH /v1/inbox/:id":                key.ReadInbox,
	"GET /v1/conversations":              key.ReadInbox,
	"GET /v1/conversations/:with":        key.ReadInbox,
	"POST /v1/conversations/:with/read":  key.ReadInbox,
	"POST /v1/ussd":                      key.Admin,
	"DELETE /v1/ussd":                    key.Admin,
	"GET /v1/keys":                       key.Admin,
	"POST /v1/keys":                      key.Admin,
	"DELETE /v1/keys/:id":                key.Admin,
	"PATCH /v1/keys/:id":                 key.Admin,
	"POST /v1/keys/:id/rotate":           key.Admin,
	"POST /v1/lines/:id/release":         key.Admin,
	"POST /v1/modems/:name/restart":      key.Admin,
	"POST /v1/lines/:id/prove":           key.Admin,
	"GET /v1/certificates":               key.Admin,
	"GET /v1/settings":                   key.Admin,
	"GET /v1/settings/file":              key.Admin,
	"PATCH /v1/settings":                 key.Admin,
	"GET /v1/events":                     key.Admin, // as a list; a stream needs read
	"GET /v1/notify":                     key.Admin,
	"POST /v1/notify/test":               key.Admin,
	"POST /v1/backups":                   key.Admin,
	"POST /v1/reload":                    key.Admin,
	"POST /v1/numbers/export":            key.Admin,
	"POST /v1/numbers/forget":            key.Admin,
	"GET /v1/backup":                     key.Admin,
	"GET /v1/queue":                      key.Admin,
	"POST /v1/queue/release":             key.Admin,
	"POST /v1/queue/drop":                key.Admin,
	"POST /v1/calls":                     key.PlaceCalls,
	"GET /v1/calls":                      key.Read,
	"GET /v1/calls/:id":                  key.Read,
	"DELETE /v1/calls/:id":               key.PlaceCalls,
	"GET /v1/webhooks":                   key.Admin,
	"POST /v1/webhooks":                  key.Admin,
	"GET /v1/verifications/:id/mo.svg":   key.SendCodes,
	"GET /v1/verifications/:id/mo.png":   key.SendCodes,
	"GET /v1/verifications/:id/mo.html":  key.SendCodes,
	"POST /v1/verifications/:id/outcome": key.CheckCodes,
	"PATCH /v1/keys":                     key.Admin,
	"GET /v1/forwards":                   key.Admin,
	"POST /v1/forwards":                  key.Admin,
	"PATCH /v1/forwards/:rule":           key.Admin,
	"DELETE /v1/forwards/:rule":          key.Admin,
	"POST /v1/forwards/:rule/test":       key.Admin,
	"DELETE /v1/webhooks/:id":            key.Admin,
	"POST /v1/webhooks/:id/rotate":       key.Admin,
	"POST /v1/webhooks/:id/test":         key.Admin,
	"GET /v1/deliveries":                 key.Admin,
	"POST /v1/deliveries/:id/replay":     key.Admin,
}

// Each route refuses a key without its scope and accepts one that has it.
func TestScopes(t *testing.T) {
	w := start(t)
	table := api.New(api.Config{}, w.Gateway, discard()).RouteTable()
	if len(table) != len(scopes) {
		t.Errorf("%d routes are served, %d are expected", len(table), len(scopes))
	}
	for _, r := range table {
		route := r.Method + " " + r.Path
		needed, expected := scopes[route]
		if !expected {
			t.Errorf("%s is served, and not expected", route)
		}
		for _, scope := range key.Scopes {
			t.Run(route+" with "+string(scope), func(t *testing.T) {
				own := w
				own.key = w.Key(t, "scopes", scope)
				status, _, raw := own.call(t, r.Method, strings.Replace(r.Path, ":id", "1", 1), `{`)
				allowed := scope == needed || scope == key.Admin || scope == key.AllInbox && needed == key.ReadInbox
				if allowed == (status == http.StatusForbidden) {
					t.Errorf("status %d: %s", status, raw)
				}
			})
		}
		t.Run(route+" without a key", func(t *testing.T) {
			own := w
			own.key = ""
			if status, _, raw := own.call(t, r.Method, r.Path, ``); status != http.StatusUnauthorized {
				t.Errorf("status %d: %s", status, raw)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "shop", key.Admin)
	for _, tc := range []struct {
		name, method, path, content string
		status                      int
		code                        fault.Code
		field                       string
	}{
		{"no such path", http.MethodGet, "/v1/nothing", "", 404, fault.NotFound, ""},
		{"another method", http.MethodPut, "/v1/messages", "", 405, fault.Invalid, ""},
		{"no message", http.MethodGet, "/v1/messages/99", "", 404, fault.NotFound, ""},
		{"no id", http.MethodGet, "/v1/messages/first", "", 400, fault.Invalid, "id"},
		{"no state", http.MethodGet, "/v1/messages?state=lost", "", 400, fault.Invalid, "state"},
		{"a negative limit", http.MethodGet, "/v1/messages?limit=-1", "", 400, fault.Invalid, "limit"},
		{"an unknown field", http.MethodPost, "/v1/messages", `{"to":"` + anna + `","text":"x","txt":"y"}`, 400, fault.Invalid, "txt"},
		{"a wrong type", http.MethodPost, "/v1/messages", `{"to":5}`, 400, fault.Invalid, "to"},
		{"no priority", http.MethodPost, "/v1/messages", `{"to":"` + anna + `","text":"x","priority":"code"}`, 400, fault.Invalid, "priority"},
		{"a bad number", http.MethodPost, "/v1/messages", `{"to":"x","text":"x"}`, 400, fault.Invalid, "to"},
		{"too large", http.MethodPost, "/v1/messages", `{"to":"` + strings.Repeat("1", 600_000) + `"}`, 413, fault.Invalid, ""},
		{"no key of this id", http.MethodDelete, "/v1/keys/none", "", 404, fault.NotFound, ""},
		{"an unknown scope", http.MethodPost, "/v1/keys", `{"app":"a","scopes":["all"]}`, 400, fault.Invalid, "scopes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, h, raw := w.call(t, tc.method, tc.path, tc.content)
			var p v1.Problem
			if err := json.Unmarshal([]byte(raw), &p); err != nil || h.Get("Content-Type") != "application/problem+json" {
				t.Fatalf("%s: %s", h.Get("Content-Type"), raw)
			}
			if status != tc.status || p.Status != tc.status || p.Code != tc.code || p.Field != tc.field || p.Detail == "" {
				t.Errorf("status %d: %s", status, raw)
			}
		})
	}
}

func TestMessagesAreTheirAppsOwn(t *testing.T) {
	w := start(t)
	status, h, raw := w.call(t, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"hello"}`)
	if status != http.StatusAccepted || h.Get("Location") != "/v1/messages/1" {
		t.Fatalf("status %d, %s: %s", status, h.Get("Location"), raw)
	}
	for app, want := range map[string]int{"shop": 1, "bank": 0} {
		own := w
		own.key = w.Key(t, app, key.Read)
		var list []v1.Message
		if _, _, raw := own.call(t, http.MethodGet, "/v1/messages", ""); json.Unmarshal([]byte(raw), &list) != nil || len(list) != want {
			t.Errorf("%s sees %s", app, raw)
		}
		if status, _, _ := own.call(t, http.MethodGet, "/v1/messages/1", ""); (status == http.StatusOK) != (want == 1) {
			t.Errorf("%s gets status %d for the message", app, status)
		}
	}
}

// The operator chooses an app; another key cannot.
func TestListsOfAnApp(t *testing.T) {
	w := start(t)
	w.call(t, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"hello"}`)
	w.call(t, http.MethodPost, "/v1/verifications", `{"to":"`+anna+`"}`)
	for _, path := range []string{"/v1/messages", "/v1/verifications"} {
		for _, tc := range []struct {
			by     key.Scope
			app    string
			status int
			empty  bool
		}{
			{key.Admin, "shop", 200, false}, {key.Admin, "bank", 200, true}, {key.Admin, "", 200, false},
			{key.Read, "shop", 200, false}, {key.Read, "bank", 403, true},
		} {
			own := w
			own.key = w.Key(t, "shop", tc.by)
			status, _, raw := own.call(t, http.MethodGet, path+"?app="+tc.app, "")
			if status != tc.status || (strings.Contains(raw, anna)) == tc.empty {
				t.Errorf("%s of %q with %s: %d %s", path, tc.app, tc.by, status, raw)
			}
		}
	}
}

func TestVerificationsOfV1ShowNoCode(t *testing.T) {
	w := start(t)
	status, _, raw := w.call(t, http.MethodPost, "/v1/verifications", `{"to":"`+anna+`","brand":"Shop"}`)
	sms, err := w.Network.Subscriber(anna).Next(t.Context())
	if err != nil || status != http.StatusCreated {
		t.Fatalf("status %d: %s, %v", status, raw, err)
	}
	code := sms.Text[:6]
	if strings.Contains(raw, code) {
		t.Errorf("the answer holds the code: %s", raw)
	}
	for _, want := range []string{`{"verified":true}`, `{"verified":false}`} {
		if _, _, raw := w.call(t, http.MethodPost, "/v1/verifications/check", `{"to":"`+anna+`","code":"`+code+`"}`); raw != want {
			t.Errorf("the check says %s, want %s", raw, want)
		}
	}
}

func TestHealth(t *testing.T) {
	w := start(t)
	if status, _, raw := w.call(t, http.MethodGet, "/healthz", ""); status != http.StatusOK {
		t.Errorf("healthz: %d %s", status, raw)
	}
	ready(t, w)
	if status, _, raw := w.call(t, http.MethodGet, "/readyz", ""); status != http.StatusOK {
		t.Errorf("readyz: %d %s", status, raw)
	}
	none := start(t, gatewaytest.Modems(0))
	if status, _, raw := none.call(t, http.MethodGet, "/readyz", ""); status != http.StatusServiceUnavailable || !strings.Contains(raw, "no modem is configured") {
		t.Errorf("readyz without a modem: %d %s", status, raw)
	}
}

// serve runs the server on a real listener and a real socket.
func serve(t testing.TB, w *gatewaytest.World, cfg api.Config) (address, socket string, stop func() error) {
	t.Helper()
	return serveTLS(t, w, cfg, nil)
}

// serveTLS is serve with HTTPS, or in the clear for nil.
func serveTLS(t testing.TB, w *gatewaytest.World, cfg api.Config, secure *tls.Config) (address, socket string, stop func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	socket = filepath.Join(t.TempDir(), "s")
	local, err := connection.ListenSocket(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- api.New(cfg, w.Gateway, discard()).Run(ctx, []api.Listener{{Listener: listener, TLS: secure}}, local)
	}()
	t.Cleanup(cancel)
	return listener.Addr().String(), socket, func() error { cancel(); return <-done }
}

// The limit of connections keeps the descriptor of the serial port below 1024. For one
// connection more that is closed which has waited longest for a request.
func TestConnectionsAreLimited(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	const limit = 8
	address, _, stop := serve(t, w, api.Config{Connections: limit})
	ask := func() (net.Conn, *bufio.Reader) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		return conn, bufio.NewReader(conn)
	}
	var all []net.Conn
	for i := range 3 * limit {
		conn, answer := ask()
		if _, err := answer.ReadString('\n'); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		all = append(all, conn)
	}
	open := 0
	for _, c := range all {
		if err := c.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			open++
		}
		_ = c.Close()
	}
	if open == 0 || open > limit {
		t.Errorf("%d of %d are open", open, len(all))
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	for configured, want := range map[int]int{0: 512, 100: 100, 512: 512, 100_000: 512} {
		if got := api.New(api.Config{Connections: configured}, w.Gateway, discard()).Connections(); got != want {
			t.Errorf("of %d configured, %d connections are let in, want %d", configured, got, want)
		}
	}
}

func TestSocket(t *testing.T) {
	w := gatewaytest.Start(t)
	_, socket, stop := serve(t, w, api.Config{})
	c := client.Socket(socket)
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the mode of the socket is %v, %v", info.Mode(), err)
	}
	m, err := c.Send(t.Context(), anna, "hello")
	if err != nil || m.App != api.OperatorApp {
		t.Errorf("Send = %+v, %v", m, err)
	}
	if p, ok := errors.AsType[*v1.Problem](func() error { _, err := c.Send(t.Context(), "x", "y"); return err }()); !ok || p.Status != 400 {
		t.Errorf("a bad number: %+v", p)
	}
	if _, err := connection.ListenSocket(socket); err == nil || !strings.Contains(err.Error(), "another simgate") {
		t.Errorf("a second listener: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := c.Modems(t.Context()); !errors.Is(err, client.ErrNoDaemon) {
		t.Errorf("without a daemon: %v", err)
	}
	t.Run("a plain file in the way", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := connection.ListenSocket(path); err == nil || !strings.Contains(err.Error(), "is not a socket") {
			t.Errorf("ListenSocket: %v", err)
		}
		if content, err := os.ReadFile(path); err != nil || string(content) != "precious" {
			t.Errorf("the file holds %q, %v", content, err)
		}
	})
	t.Run("what a killed daemon left", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "stale")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		_ = l.Close()
		again, err := connection.ListenSocket(path)
		if err != nil {
			t.Fatal(err)
		}
		_ = again.Close()
	})
}

// The connection of a caller that never completes its request is closed.
func TestSlowCallerIsDisconnected(t *testing.T) {
	t.Parallel()
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	address, _, stop := serve(t, w, api.Config{})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n") // and no end
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the connection was not closed: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// The owner holds a key to networks, a time and a budget, changes and rotates it.
func TestKeySettings(t *testing.T) {
	w := start(t)
	owner := w
	owner.key = w.Key(t, "owner", key.Admin)
	check := func(as world, method, path, content string, status int, want string) string {
		t.Helper()
		got, _, raw := as.call(t, method, path, content)
		if got != status || !strings.Contains(raw, want) {
			t.Errorf("%s %s %s: %d %s, want %d %s", method, path, content, got, raw, status, want)
		}
		return raw
	}
	raw := check(owner, http.MethodPost, "/v1/keys", `{"app":"shop","networks":["127.0.0.1","10.1.2.3/8"],"expires":"`+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`","per_day":1,"cost_month":2.5}`,
		201, `"networks":["127.0.0.1/32","10.0.0.0/8"]`)
	var k v1.Key
	if err := json.Unmarshal([]byte(raw), &k); err != nil || k.PerDay != 1 || k.CostMonth != 2.5 || k.Expires.IsZero() {
		t.Fatalf("%+v, %v", k, err)
	}
	app := w
	app.key = k.Token
	check(app, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"hi"}`, 202, "")
	check(app, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"hi"}`, 429, `"reason":"budget_key"`)
	check(app, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"hi","dry_run":true}`, 200, `"reason":"budget_key"`)
	check(owner, http.MethodGet, "/v1/keys", "", 200, `"spent":{"per_minute":1,"per_day":1,"per_month":1,"cost_day":0,"cost_month":0}`)
	check(app, http.MethodPost, "/v1/verifications", `{"to":"`+anna+`"}`, 429, `"reason":"budget_key"`)
	check(app, http.MethodPost, "/api/send-sms", `{"phone_number":"`+anna+`","text":"hi"}`, 200, `"message":"this API key may send 1 short messages a day`)
	check(app, http.MethodPost, "/v1/messages", `{"to":["`+anna+`"],"text":"hi"}`, 422, `"reason":"budget_key"`)
	check(owner, http.MethodPatch, "/v1/keys/"+k.ID, `{"per_day":0,"expires":"","scopes":["sms.send"]}`, 200, `"scopes":["sms.send"],"networks"`)
	check(app, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"hi"}`, 202, "")
	check(app, http.MethodPost, "/v1/verifications", `{"to":"`+anna+`"}`, 403, "otp.send")
	check(owner, http.MethodPatch, "/v1/keys/"+k.ID, `{"networks":["192.0.2.0/24"]}`, 200, `"192.0.2.0/24"`)
	check(app, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"hi"}`, 401, "")
	check(app, http.MethodPost, "/api/send-sms", `{"phone_number":"`+anna+`","text":"hi"}`, 200, `"ok":false`)
	check(owner, http.MethodPatch, "/v1/keys/"+k.ID, `{"networks":[]}`, 200, "")
	raw = check(owner, http.MethodPost, "/v1/keys/"+k.ID+"/rotate", `{"overlap":0}`, 201, `"app":"shop"`)
	check(app, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"hi"}`, 401, "")
	if err := json.Unmarshal([]byte(raw), &k); err != nil {
		t.Fatal(err)
	}
	app.key = k.Token
	check(app, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"hi"}`, 202, "")
	for content, field := range map[string]string{`{"networks":["here"]}`: "networks", `{"expires":"soon"}`: "expires", `{"expires":"2001-01-01T00:00:00Z"}`: "expires",
		`{"per_day":-1}`: "per_day", `{"cost_day":"much"}`: "cost_day", `{"scopes":["all"]}`: "scopes", `{"limit":1}`: "limit"} {
		check(owner, http.MethodPatch, "/v1/keys/"+k.ID, content, 400, `"field":"`+field+`"`)
	}
	check(owner, http.MethodPatch, "/v1/keys/none", `{"per_day":1}`, 404, "no key with this id")
	check(owner, http.MethodPost, "/v1/keys/"+k.ID+"/rotate", `{"overlap":99999999}`, 400, `"field":"overlap"`)
}
