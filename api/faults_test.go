package api_test

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"simgate/api"
	"simgate/api/dialect"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

// logged keeps the lines of a log.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// take returns the lines since the last call.
func (l *logged) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	return strings.FieldsFunc(l.b.String(), func(r rune) bool { return r == '\n' })
}

// An internal error is logged once, whichever API the request came through, and the
// answer does not show its cause. Here the database has lost its tables.
func TestInternalErrorIsLoggedOnce(t *testing.T) {
	w := gatewaytest.Start(t)
	key := w.Key(t, "shop", key.Admin)
	var log logged
	handler := api.New(api.Config{Country: "DE"}, w.Gateway, slog.New(slog.NewTextHandler(&log, nil))).Handler()
	ask := func(t *testing.T, method, path, content, kind string, header []string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(content))
		r.Header.Set("Content-Type", kind)
		for h := header; len(h) > 0; h = h[2:] {
			r.Header.Set(h[0], h[1])
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		return answer
	}
	ask(t, http.MethodGet, "/v1/keys", "", "", bearerOf(key)) // from here on the key is known
	w.Break(t)
	calls := append([]spoken{
		{"v1, message", http.MethodPost, "/v1/messages", false, map[string]string{"to": `"#"`, "text": `"hi"`}, bearerOf, nil},
		{"v1, list", http.MethodGet, "/v1/messages", false, nil, bearerOf, nil},
		{"v1, by id", http.MethodPost, "/v1/deliveries/1/replay", false, nil, bearerOf, nil},
		{"v1, check", http.MethodPost, "/v1/verifications/check", false, map[string]string{"to": `"#"`, "code": `"123456"`}, bearerOf, nil},
		{"TextLink, tag as documented", http.MethodPost, "/api/update-contect-tag", false, map[string]string{"phone_number": `"#"`, "tag": `"vip"`}, bearerOf, nil},
		{"TextLink, tag", http.MethodPost, "/api/update-contact-tag", false, map[string]string{"phone_number": `"#"`, "tag": `"vip"`}, bearerOf, nil},
		{"TextFlow, bulk", http.MethodPost, "/textflow/bulk-sms", false, map[string]string{"phone_numbers": `"#"`, "text": `"hi"`}, bearerOf, nil},
		{"99digital, status", http.MethodPost, "/sms/deliveryStatus", true, map[string]string{"apiKey": "KEY", "unique": "1"}, bearerOf, nil},
		{"sms.cx, show", http.MethodGet, "/otp/0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1", false, nil, bearerOf, nil},
		{"sms.cx, cancel", http.MethodDelete, "/otp/0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1", false, nil, bearerOf, nil},
		{"sms.cx, report", http.MethodGet, "/reports/single/736d7300-0000-8000-8000-000000000001", false, nil, bearerOf, nil},
		{"sms.cx, deleting a message", http.MethodDelete, "/sms/scheduled/736d7300-0000-8000-8000-000000000001", false, nil, bearerOf, nil},
		{"sms.cx, deleting a campaign", http.MethodDelete, "/sms/scheduled/campaign/0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1", false, nil, bearerOf, nil},
		{"Textmagic, cancel", http.MethodDelete, "/api/v2/verify/0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1", false, nil, basicOf, nil},
		{"Textmagic, message by id", http.MethodGet, "/api/v2/messages/1", false, nil, basicOf, nil},
		{"Textmagic, messages", http.MethodGet, "/api/v2/messages", false, nil, basicOf, nil},
		{"Textmagic, search", http.MethodGet, "/api/v2/messages/search", false, nil, basicOf, nil},
		{"Textmagic, sessions", http.MethodGet, "/api/v2/sessions", false, nil, basicOf, nil},
		{"Textmagic, deleting a message", http.MethodDelete, "/api/v2/messages/1", false, nil, basicOf, nil},
		{"Textmagic, deleting a schedule", http.MethodDelete, "/api/v2/schedules/1", false, nil, basicOf, nil},
		{"Textmagic, replies", http.MethodGet, "/api/v2/replies", false, nil, basicOf, nil},
		{"Textmagic, unsubscribers", http.MethodGet, "/api/v2/unsubscribers", false, nil, basicOf, nil},
		{"Textmagic, unsubscriber by id", http.MethodGet, "/api/v2/unsubscribers/1", false, nil, basicOf, nil},
		{"Textmagic, search of replies", http.MethodGet, "/api/v2/replies/search", false, nil, basicOf, nil},
	}, allSpoken...)
	for _, s := range calls {
		t.Run(s.name, func(t *testing.T) {
			log.take()
			content, kind := s.content(key, anna, nil)
			answer := ask(t, s.method, s.path, content, kind, s.header(key))
			lines := log.take()
			if len(lines) != 1 || !strings.Contains(lines[0], "level=ERROR") || !strings.Contains(lines[0], "no such table") {
				t.Errorf("status %d %s is logged as %q", answer.Code, answer.Body, lines)
			}
			if strings.Contains(answer.Body.String(), "no such table") || !strings.Contains(answer.Body.String(), "something went wrong inside the gateway") {
				t.Errorf("status %d: %s", answer.Code, answer.Body)
			}
		})
	}
	// These need nothing but the key, which is known, and the state of the modems.
	without := []string{"/oauth/token", "/ping", "/user", "/user/balance", "/messages/price", "/messages/price/normalized", "/contacts", "/contacts/search",
		"/templates", "/templates/search", "/lists", "/lists/search", "/schedules", "/bulks", "/chats", "/account/balance", "/sms/estimate"}
	all := dialect.Set{Dialects: api.NewDialects(dialect.Env{})}
	for _, d := range all.Dialects {
		for _, r := range d.Routes {
			path := strings.ReplaceAll(regexp.QuoteMeta(r.Path), ":id", "[^/]+") + "$"
			if !slices.Contains(without, r.Path) && !slices.ContainsFunc(calls, func(s spoken) bool {
				owner := all.Owner(s.path)
				return s.method == r.Method && owner != nil && owner.Name == d.Name && regexp.MustCompile(path).MatchString(s.path)
			}) {
				t.Errorf("%s %s of %s is not tried", r.Method, r.Path, d.Name)
			}
		}
	}
}

// A connection that ends while a request on it is about to be served is no fault of the
// gateway: whoever opens and closes many does not fill its log.
func TestAConnectionThatEndedIsNotLogged(t *testing.T) {
	w := gatewaytest.Start(t)
	var log logged
	server := httptest.NewUnstartedServer(api.New(api.Config{}, w.Gateway, slog.New(slog.NewTextHandler(&log, nil))).Handler())
	served := make(chan struct{}, 2)
	server.Config.ConnState = func(c net.Conn, s http.ConnState) {
		switch s {
		case http.StateActive:
			_ = c.Close()
		case http.StateClosed:
			served <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	for _, path := range []string{"/v1/events", "/v1/inbox"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/event-stream")
		if answer, err := http.DefaultTransport.RoundTrip(r); err == nil {
			_ = answer.Body.Close()
			t.Errorf("%s was answered", path)
		}
		<-served
	}
	if lines := log.take(); len(lines) > 0 {
		t.Errorf("the log has %q", lines)
	}
}
