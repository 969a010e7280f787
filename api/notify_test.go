package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
	"simgate/gateway/notify"
)

func TestEveryWayToTheOwnerIsTested(t *testing.T) {
	var status atomic.Int64
	status.Store(http.StatusOK)
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }))
	t.Cleanup(home.Close)
	w := start(t, gatewaytest.Configure(func(c *gateway.Config) {
		c.Notify = notify.Config{SMS: anna, Webhook: home.URL, Ntfy: notify.Server{URL: home.URL}}
	}))
	w.key = w.Key(t, "owner", key.Admin)
	ready(t, w)
	test := func(want string) {
		t.Helper()
		code, _, raw := w.call(t, http.MethodPost, "/v1/notify/test", "")
		if code != http.StatusOK || strings.TrimSpace(raw) != want {
			t.Errorf("status %d, %s", code, raw)
		}
	}
	test(`[{"way":"sms","ok":true},{"way":"webhook","ok":true},{"way":"ntfy","ok":true}]`)
	status.Store(http.StatusForbidden)
	test(`[{"way":"sms","ok":true},{"way":"webhook","ok":false,"cause":"the receiver answered 403","cause_code":"http_403"},{"way":"ntfy","ok":false,"cause":"the receiver answered 403","cause_code":"http_403"}]`)
	_, _, raw := w.call(t, http.MethodGet, "/v1/notify?limit=10", "")
	var n v1.Notify
	if err := json.Unmarshal([]byte(raw), &n); err != nil || len(n.Ways) != 3 || len(n.Troubles) != 0 || len(n.Notifications) != 6 {
		t.Errorf("%s, %v", raw, err)
	}
}

func TestWithoutAWayNothingIsTested(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "owner", key.Admin)
	if code, _, raw := w.call(t, http.MethodPost, "/v1/notify/test", ""); code != http.StatusBadRequest && code != http.StatusUnprocessableEntity {
		t.Errorf("status %d, %s", code, raw)
	}
}
