package api_test

import (
	"net/http"
	"strings"
	"testing"

	"simgate/gateway/key"
)

func TestUSSD(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "owner", key.Admin)
	ready(t, w)
	for _, tc := range []struct {
		name, method, path, content string
		status                      int
		want                        string
	}{
		{"a code", http.MethodPost, "/v1/ussd", `{"code":"*100#"}`, 200, "12.34"},
		{"a code on a line", http.MethodPost, "/v1/ussd", `{"code":"*100#","line":1}`, 200, "12.34"},
		{"no code", http.MethodPost, "/v1/ussd", `{"line":1}`, 400, "the code is missing"},
		{"a line that is not there", http.MethodPost, "/v1/ussd", `{"code":"*100#","line":9}`, 400, "in no modem now"},
		{"a code that the network does not know", http.MethodPost, "/v1/ussd", `{"code":"*1*2#"}`, 400, "does not know this code"},
		{"a command in it", http.MethodPost, "/v1/ussd", `{"code":"*1#\",15\rATD112;"}`, 400, "a USSD code consists of"},
		{"the end of a menu", http.MethodDelete, "/v1/ussd?line=1", "", 200, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if status, _, raw := w.call(t, tc.method, tc.path, tc.content); status != tc.status || !strings.Contains(raw, tc.want) {
				t.Errorf("status %d: %s", status, raw)
			}
		})
	}
}
