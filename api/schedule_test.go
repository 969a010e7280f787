package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	v1 "simgate/api/v1"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

func TestScheduledMessages(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	w.key = w.Key(t, "shop", key.SendMessages, key.Read)
	year := time.Now().UTC().AddDate(0, 0, 90).Format("2006")
	ask := func(method, path, content string, want int) (m v1.Message, raw string) {
		t.Helper()
		status, _, raw := w.call(t, method, path, content)
		if status != want {
			t.Errorf("%s %s: status %d: %s", method, content, status, raw)
		}
		_ = json.Unmarshal([]byte(raw), &m)
		return m, raw
	}
	to := `{"to":"` + anna + `","text":"hi",`
	m, _ := ask(http.MethodPost, "/v1/messages", to+`"not_before":"`+time.Now().Add(time.Hour).Format("2006-01-02T15:04:05Z07:00")+`","quiet_hours":"21:00-08:00","priority":"bulk"}`, 202)
	if m.NotBefore.IsZero() || m.QuietHours != "21:00-08:00 Europe/Berlin" || !strings.HasPrefix(m.Waiting, "its time, ") && m.Waiting != "" || m.Expires.Sub(m.NotBefore) != 72*time.Hour {
		t.Errorf("%+v", m)
	}
	for _, tc := range []struct{ fields, want string }{
		{`"not_before":"3000-01-01T00:00:00Z"`, "a year ahead"},
		{`"not_before":"2020-01-01T00:00:00Z"`, "is over"},
		{`"not_before":"2027-03-28T02:30","time_zone":"Europe/Berlin"`, "clocks are set ahead"},
		{`"not_before":"` + year + `-12-01T12:00"`, "time zone"},
		{`"not_before":"` + year + `-12-01T12:00","time_zone":"Mars/Base"`, "no time zone"},
		{`"not_before":1770000000`, "not_before"},
		{`"expires_at":"2020-01-01T00:00:00Z"`, "nothing could be sent"},
		{`"expires_at":"2099-01-01T00:00:00Z"`, "7 days"},
		{`"expires_at":"2099-01-01T00:00:00Z","lifetime":600`, "omit one"},
		{`"quiet_hours":"night"`, "21:00-08:00"},
		{`"quiet_hours":"21:00-08:00","time_zone":"Mars/Base"`, "no time zone"},
	} {
		for _, numbers := range []string{to, `{"to":["` + anna + `"],"text":"hi",`} {
			if _, raw := ask(http.MethodPost, "/v1/messages", numbers+tc.fields+`}`, 400); !strings.Contains(raw, tc.want) {
				t.Errorf("%s: %s", tc.fields, raw)
			}
		}
	}
	if m, _ = ask(http.MethodPatch, "/v1/messages/1", `{"text":"changed","priority":"urgent"}`, 200); m.Text != "changed" || m.Priority != "urgent" {
		t.Errorf("%+v", m)
	}
	for _, content := range []string{`{}`, `{"text":""}`, `{"state":"sent"}`, `{"not_before":"3000-01-01T00:00:00Z"}`, `{"text":"` + strings.Repeat("x", 40_000) + `"}`} {
		ask(http.MethodPatch, "/v1/messages/1", content, 400)
	}
	other := w
	other.key = w.Key(t, "bank", key.SendMessages)
	for _, method := range []string{http.MethodPatch, http.MethodDelete} {
		if status, _, raw := other.call(t, method, "/v1/messages/1", `{"text":"x"}`); status != http.StatusNotFound {
			t.Errorf("another app: status %d: %s", status, raw)
		}
	}
	for range 2 {
		if m, _ = ask(http.MethodDelete, "/v1/messages/1", "", 200); m.State != "cancelled" {
			t.Errorf("%+v", m)
		}
	}
	ask(http.MethodPatch, "/v1/messages/1", `{"text":"x"}`, 409)
	ask(http.MethodDelete, "/v1/messages/99", "", 404)
}
