package api_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"simgate/api"
	"simgate/api/connection"
	"simgate/gateway/gatewaytest"
)

// A listener answers a request without a key, and an unknown path, in the dialects that
// it names.
func TestListenerServesWhatItNames(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	server := api.New(api.Config{Country: "DE"}, w.Gateway, discard())
	const native, textlink, textflow, textmagic, smscx, ninetynine = `"type":"/docs#`, `{"ok":false,"message":`, `{"ok":false,"status":`,
		`{"code":`, `{"error":{"type":`, `{"status":"FAIL"`
	for _, tc := range []struct {
		dialects     []string
		method, path string
		status       int
		shape        string
	}{
		{nil, "POST", "/v1/messages", 401, native},
		{nil, "GET", "/healthz", 200, `{"status":"ok"}`},
		{nil, "POST", "/api/send-code", 200, textlink},
		{nil, "GET", "/api/v2/ping", 401, textmagic},
		{nil, "GET", "/ping", 404, native},
		{nil, "POST", "/send-code", 404, native},

		{[]string{"textmagic"}, "GET", "/ping", 401, textmagic},
		{[]string{"textmagic"}, "GET", "/api/v2/ping", 401, textmagic},
		{[]string{"textmagic"}, "GET", "/textmagic/ping", 401, textmagic},
		{[]string{"textmagic"}, "POST", "/api/send-code", 404, textmagic},
		{[]string{"textmagic"}, "POST", "/v1/messages", 404, textmagic},
		{[]string{"textmagic"}, "GET", "/healthz", 404, textmagic},
		{[]string{"textmagic"}, "GET", "/metrics", 404, textmagic},
		{[]string{"textmagic"}, "GET", "/nothing", 404, textmagic},
		{[]string{"textmagic"}, "PATCH", "/verify", 405, textmagic},

		{[]string{"textflow"}, "POST", "/send-code", 200, textflow},
		{[]string{"textflow"}, "POST", "/api/send-code", 200, textflow},
		{[]string{"textflow"}, "POST", "/textflow/send-code", 200, textflow},
		{[]string{"textflow"}, "POST", "/textlink/api/send-code", 200, textflow}, // which has no such path

		{[]string{"99digital", "smscx"}, "POST", "/sms", 401, smscx},
		{[]string{"99digital", "smscx"}, "GET", "/sms/verifySMS", 200, ninetynine},
		{[]string{"99digital", "smscx"}, "GET", "/nothing", 200, ninetynine}, // the first that is named
		{[]string{"smscx", "textmagic"}, "GET", "/ping", 401, textmagic},

		{[]string{"native"}, "POST", "/v1/messages", 401, native},
		{[]string{"native"}, "GET", "/healthz", 200, `{"status":"ok"}`},
		{[]string{"native"}, "POST", "/api/send-code", 404, native},
		{[]string{"native"}, "POST", "/textlink/api/send-code", 404, native},
		{[]string{"textmagic", "native"}, "GET", "/ping", 401, textmagic},
		{[]string{"textmagic", "native"}, "POST", "/v1/messages", 401, native},
		{[]string{"textmagic", "native"}, "GET", "/nothing", 404, native},
	} {
		t.Run(strings.Join(tc.dialects, " and ")+": "+tc.method+" "+tc.path, func(t *testing.T) {
			answer := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, nil)
			server.Handler(tc.dialects...).ServeHTTP(answer, r)
			if answer.Code != tc.status || !strings.Contains(answer.Body.String(), tc.shape) {
				t.Errorf("status %d: %s", answer.Code, answer.Body)
			}
		})
	}
}

func TestDialectsOfListener(t *testing.T) {
	for _, tc := range []struct {
		names string
		want  string // in the error, "" for none
	}{
		{"", ""},
		{"native", ""},
		{"textlink", ""},
		{"native textmagic smscx 99digital textlink", ""},
		{"native textmagic smscx 99digital textflow", ""},
		{"textlink textflow", "textlink and textflow both serve POST /api/send-code"},
		{"twilio", `there is no dialect "twilio": use native, 99digital, smscx, textflow, textlink, textmagic`},
		{"smscx smscx", "smscx appears twice"},
	} {
		t.Run(tc.names, func(t *testing.T) {
			err := api.CheckDialects(strings.Fields(tc.names))
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Each listener has its share of the connections, so that a full one does not affect
// the others.
func TestListenersShareConnections(t *testing.T) {
	t.Parallel()
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	var network []api.Listener
	for _, dialects := range [][]string{nil, {"textmagic"}} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		network = append(network, api.Listener{Listener: l, Dialects: dialects})
	}
	socket, err := connection.ListenSocket(filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- api.New(api.Config{Connections: 4}, w.Gateway, discard()).Run(ctx, network, socket) }()
	var silent []net.Conn
	for range 8 { // more than there are, which say nothing
		conn, err := net.Dial("tcp", network[0].Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		silent = append(silent, conn)
	}
	answer, err := http.Get("http://" + network[1].Addr().String() + "/ping")
	if err != nil || answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("%v, %v", answer, err)
	}
	if err == nil {
		answer.Body.Close()
	}
	for _, c := range silent { // the end of the server would wait for what may be requests
		_ = c.Close()
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
