package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"simgate/api"
	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
	"simgate/gateway/speech"
)

func (w world) native(t *testing.T, method, path, content string, header ...string) (int, map[string]any) {
	t.Helper()
	status, _, raw := w.call(t, method, path, content, header...)
	var a map[string]any
	if err := json.Unmarshal([]byte(raw), &a); err != nil {
		t.Fatalf("status %d: %s", status, raw)
	}
	return status, a
}

func TestCalls(t *testing.T) {
	w := start(t, gatewaytest.Configure(func(c *gateway.Config) {
		c.Voice.Engine = speech.New(speech.Config{})
		c.Guard.VoiceCountries = []string{"DE"}
	}))
	ready(t, w)
	w.key = w.Key(t, "shop", key.PlaceCalls, key.Read)
	const good = `{"to":"` + anna + `","text":"hello","language":"en-gb","custom_id":"x"}`
	status, c := w.native(t, http.MethodPost, "/v1/calls", good, "Idempotency-Key", "one")
	if status != http.StatusAccepted || c["state"] != "queued" || c["custom_id"] != "x" || c["language"] != "en-gb" {
		t.Fatalf("status %d: %v", status, c)
	}
	if status, again := w.native(t, http.MethodPost, "/v1/calls", good, "Idempotency-Key", "one"); status != http.StatusAccepted || again["id"] != c["id"] {
		t.Errorf("again: %d %v", status, again)
	}
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for c["state"] == "queued" {
		<-ticker.C
		status, c = w.native(t, http.MethodGet, "/v1/calls/1", "")
	}
	if status != http.StatusOK || c["state"] != "calling" || c["dialled"] == nil {
		t.Errorf("status %d: %v", status, c)
	}
	if status, e := w.native(t, http.MethodDelete, "/v1/calls/1", ""); status != http.StatusConflict {
		t.Errorf("cancelling what is dialled: %d %v", status, e)
	}
	if status, _, raw := w.call(t, http.MethodGet, "/v1/calls?limit=5&to=%2B4915112345678", ""); status != http.StatusOK || !strings.HasPrefix(raw, `[{"id":1,`) {
		t.Errorf("the list: %d %s", status, raw)
	}
	for _, tc := range []struct {
		name, content string
		status        int
		field         string
	}{
		{"no number", `{"text":"hi"}`, 400, "to"},
		{"no text", `{"to":"` + anna + `"}`, 400, "text"},
		{"a text of 10,000 characters", `{"to":"` + anna + `","language":"en-gb","text":"` + strings.Repeat("a", 10_000) + `"}`, 400, "text"},
		{"no such language", `{"to":"` + anna + `","text":"hi","language":"xx-yy"}`, 400, "language"},
		{"no files", `{"to":"` + anna + `","file":"x.wav"}`, 400, "file"},
		{"another country", `{"to":"+393331234567","text":"hi","language":"en-gb"}`, 403, "to"},
		{"a premium number", `{"to":"+499001234567","text":"hi","language":"en-gb"}`, 403, "to"},
		{"no address", `{"to":"` + anna + `","text":"hi","client_ip":"x"}`, 400, "client_ip"},
		{"a field that there is not", `{"to":"` + anna + `","text":"hi","voice":"x"}`, 400, "voice"},
		{"a callback that nobody has registered", `{"to":"` + anna + `","text":"hi","language":"en-gb","callback":"http://10.0.0.1/"}`, 400, "callback"},
		{"a long time", `{"to":"` + anna + `","text":"hi","language":"en-gb","lifetime":100000}`, 400, "lifetime"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if status, e := w.native(t, http.MethodPost, "/v1/calls", tc.content); status != tc.status || e["field"] != tc.field {
				t.Errorf("status %d: %v", status, e)
			}
		})
	}
	stranger := w
	stranger.key = w.Key(t, "other", key.Read)
	if status, _ := stranger.native(t, http.MethodGet, "/v1/calls/1", ""); status != http.StatusNotFound {
		t.Errorf("another's call: %d", status)
	}
	list, err := w.Gateway.Calls().List(t.Context(), call.Filter{})
	if err != nil || len(list) != 1 {
		t.Errorf("%d calls, %v", len(list), err)
	}
}

// Webhooks are added, listed without their secret, tested, and removed over HTTP.
func TestWebhooksOverHTTP(t *testing.T) {
	w := start(t, gatewaytest.Configure(func(c *gateway.Config) { c.Webhooks.Formats = api.Formats("DE", nil) }))
	w.key = w.Key(t, "owner", key.Admin)
	w.Key(t, "shop")
	for content, says := range map[string]string{
		`{"app":"shop","url":"http://127.0.0.1:9/"}`:            "webhooks.allow",
		`{"app":"nosuchapp","url":"http://webhook.invalid:9/"}`: "nosuchapp",
		`{"app":"shop","url":"http://webhook.invalid:99999/"}`:  "65535",
	} {
		if status, a := w.native(t, http.MethodPost, "/v1/webhooks", content); status != http.StatusBadRequest || !strings.Contains(a["detail"].(string), says) {
			t.Errorf("%s: %d %v", content, status, a)
		}
	}
	status, h := w.native(t, http.MethodPost, "/v1/webhooks", `{"app":"shop","url":"http://webhook.invalid:9/","kinds":["verification.verified"]}`)
	secret, _ := h["secret"].(string)
	if status != http.StatusCreated || !strings.HasPrefix(secret, "whsec_") || h["format"] != "standard" {
		t.Fatalf("status %d: %v", status, h)
	}
	if _, _, raw := w.call(t, http.MethodGet, "/v1/webhooks", ""); strings.Contains(raw, "whsec_") || !strings.Contains(raw, `"url":"http://webhook.invalid:9/"`) {
		t.Errorf("the list: %s", raw)
	}
	if status, a := w.native(t, http.MethodPost, "/v1/webhooks/1/test", ""); status != http.StatusOK || a["ok"] != false || !strings.Contains(a["cause"].(string), "could not be") {
		t.Errorf("trying it: %d %v", status, a)
	}
	if status, a := w.native(t, http.MethodPost, "/v1/webhooks/1/rotate", ""); status != http.StatusOK || a["secret"] == secret {
		t.Errorf("another secret: %d %v", status, a)
	}
	if status, _, raw := w.call(t, http.MethodGet, "/v1/deliveries?state=pending&webhook=1", ""); status != http.StatusOK || raw != "[]" {
		t.Errorf("deliveries: %d %s", status, raw)
	}
	for _, tc := range []struct {
		method, path, content string
		status                int
	}{
		{http.MethodPost, "/v1/webhooks", `{"app":"shop","url":"x"}`, 400},
		{http.MethodPost, "/v1/webhooks", `{"app":"shop","url":"http://a.example","kinds":["all"]}`, 400},
		{http.MethodPost, "/v1/webhooks/9/test", ``, 404},
		{http.MethodPost, "/v1/webhooks/9/rotate", ``, 404},
		{http.MethodPost, "/v1/deliveries/9/replay", ``, 404},
		{http.MethodGet, "/v1/deliveries?state=lost", ``, 400},
		{http.MethodDelete, "/v1/webhooks/9", ``, 404},
		{http.MethodDelete, "/v1/webhooks/1", ``, 200},
	} {
		if status, a := w.native(t, tc.method, tc.path, tc.content); status != tc.status {
			t.Errorf("%s %s: %d %v", tc.method, tc.path, status, a)
		}
	}
}

// The metrics hold counts, but no phone numbers and no codes.
func TestMetrics(t *testing.T) {
	w := start(t)
	ready(t, w)
	code := w.textlink(t, "/api/send-code", `{"phone_number":"`+anna+`"}`)["code"].(string)
	if _, err := w.Network.Subscriber(anna).Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{notThis(code), code} {
		w.textlink(t, "/api/verify-code", `{"phone_number":"`+anna+`","code":"`+c+`"}`)
	}
	if status, _, _ := w.call(t, http.MethodGet, "/metrics", "", "Authorization", ""); status != http.StatusUnauthorized {
		t.Errorf("without a key: %d", status)
	}
	w.key = w.Key(t, "prometheus", key.Read)
	status, _, raw := w.call(t, http.MethodGet, "/metrics", "")
	for _, want := range []string{`simgate_checks_total{verdict="right"} 1`, `simgate_checks_total{verdict="wrong"} 1`,
		`simgate_codes_total{channel="sms"} 1`, `simgate_modem_ready{modem="sim1"} 1`} {
		if status != http.StatusOK || !strings.Contains(raw, want) {
			t.Errorf("status %d: %q is missing in %s", status, want, raw)
		}
	}
	if strings.Contains(raw, code) || strings.Contains(raw, anna[1:]) {
		t.Error(raw)
	}
}
