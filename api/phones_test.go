package api_test

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/line/phone"
	"simgate/gateway/line/phone/phonetest"
)

// A phone delivers its webhooks without a key, signed, and is shown with the modems.
func TestWebhooksOfPhones(t *testing.T) {
	p := phonetest.New(phonetest.Insecure(), phonetest.Hooked((&net.Dialer{}).DialContext))
	p.Pace(10 * time.Millisecond)
	p.Start(t)
	base := make(chan string, 1)
	w := start(t, gatewaytest.Beside(func(log *slog.Logger) []line.Driver {
		return []line.Driver{phone.New(phone.Config{Name: "old", URL: phonetest.URL, User: phonetest.User, Password: phonetest.Password,
			Dial: p.Dial, Callback: func(netip.Addr) string { return <-base }}, log)}
	}))
	base <- w.url
	w.key = w.Key(t, "shop", key.Read)
	deadline := time.Now().Add(10 * time.Second)
	shown := func(what string) bool {
		_, _, raw := w.call(t, http.MethodGet, "/v1/modems", "")
		return strings.Contains(raw, what)
	}
	for !shown(`"kind":"phone","port":"http://phone.test:8080","state":"ready"`) || !shown(`"battery":{"percent":80,"charging":true}`) {
		if time.Now().After(deadline) {
			_, _, raw := w.call(t, http.MethodGet, "/v1/modems", "")
			t.Fatal(raw)
		}
		time.Sleep(5 * time.Millisecond)
	}
	p.Receive("+4915112345678", "hello", 1)
	if all, err := w.Gateway.Inbox().Await(t.Context(), inbox.Filter{After: -1}, 10*time.Second); err != nil || len(all) != 1 || all[0].Text != "hello" {
		t.Errorf("%+v, %v", all, err)
	}
	w.key = ""
	for path, want := range map[string]int{"/v1/phones/old": http.StatusUnauthorized, "/v1/phones/none": http.StatusNotFound} {
		if status, _, raw := w.call(t, http.MethodPost, path, `{}`, "X-Signature", "00", "X-Timestamp", "1"); status != want {
			t.Errorf("%s: status %d: %s", path, status, raw)
		}
	}
	if status, _, raw := w.call(t, http.MethodPost, "/v1/phones/old", strings.Repeat("x", 70_000), "X-Signature", "00", "X-Timestamp", "1"); status != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d: %s", status, raw)
	}
}
