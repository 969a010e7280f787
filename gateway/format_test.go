package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/webhook"
)

// A format decides on the whole request: method, URL, headers and body.
func TestFormatWritesTheRequest(t *testing.T) {
	for _, tc := range []struct {
		name    string
		request *webhook.Request
		want    string // what the receiver sees, "" for no request
	}{
		{"a body alone is posted to the webhook", &webhook.Request{Body: []byte("hello")}, "POST /hook  hello"},
		{"headers", &webhook.Request{Header: http.Header{"X-Signature": {"abc"}}, Body: []byte("hello")}, "POST /hook abc hello"},
		{"GET with parameters", &webhook.Request{Method: http.MethodGet, URL: "?to=1"}, "GET /hook?to=1  "},
		{"nothing to tell", nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			seen := ""
			receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				raw, err := io.ReadAll(r.Body)
				if err != nil || r.Header.Get("User-Agent") != "simgate" {
					t.Errorf("%v, %v", r.Header, err)
				}
				seen = r.Method + " " + r.URL.String() + " " + r.Header.Get("X-Signature") + " " + string(raw)
			}))
			defer receiver.Close()
			w := gatewaytest.Start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) {
				c.Webhooks.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
				c.Webhooks.Formats = map[string]webhook.Format{"hello": {Kinds: gateway.NewsKinds, Request: gateway.WithSubject(func(n gateway.News) (*webhook.Request, error) {
					if n.URL == "" || n.Secret == "" || n.Sent.IsZero() {
						t.Errorf("the receiver is %+v", n)
					}
					if tc.request == nil {
						return nil, nil
					}
					r := *tc.request
					if r.URL != "" {
						r.URL = n.URL + r.URL
					}
					return &r, nil
				})}}
			}))
			if got := knock(t, w, receiver.URL+"/hook"); !got.OK {
				t.Errorf("%+v", got)
			}
			if seen != tc.want {
				t.Errorf("the receiver sees %q, want %q", seen, tc.want)
			}
		})
	}
}
