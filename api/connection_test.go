package api_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"simgate/api"
	"simgate/gateway/gatewaytest"
)

// headOf99 begins a request whose key is in its content.
const headOf99 = "POST /sms/verifySMS HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\na"

// Whoever opens connections, and says nothing or an octet on them, or keeps them after a
// request, keeps nobody out: not from one address, nor from many.
func TestConnectionsAreShared(t *testing.T) {
	for _, tc := range []struct {
		name      string
		addresses int
		say       string
		secure    bool
	}{
		{"silent, from one address", 1, "", false},
		{"one octet, from one address", 1, "G", false},
		{"kept after a request", 1, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", false},
		{"silent, from many addresses", 20, "", false},
		{"a request without its content, from one address", 1, headOf99, false},
		{"a request without its content, from many addresses", 20, headOf99, false},
		{"kept after a request, from many addresses", 20, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", false},
		{"handshakes that do not begin, from one address", 1, "", true},
		{"handshakes that do not go on, from one address", 1, "\x16\x03\x01\x02\x00\x01\x00", true},
		{"handshakes that do not go on, from many addresses", 20, "\x16\x03\x01\x02\x00\x01\x00", true},
		{"the clear, from many addresses", 20, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel() // each waits for connections to be closed
			w := gatewaytest.Start(t, gatewaytest.Modems(0))
			scheme, client := "http://", http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 3 * time.Second}
			var settings *tls.Config
			if tc.secure {
				scheme = "https://"
				settings, client.Transport = secure(t)
			}
			address, _, stop := serveTLS(t, w, api.Config{Connections: 16}, settings)
			var held []net.Conn
			for i := range 60 {
				d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i%tc.addresses))}, Timeout: time.Second}
				c, err := d.DialContext(t.Context(), "tcp", address)
				if err != nil {
					t.Fatalf("connection %d: %v", i, err)
				}
				defer c.Close()
				held = append(held, c)
				fmt.Fprint(c, tc.say)
			}
			for range 3 {
				answer, err := client.Get(scheme + address + "/healthz")
				if err != nil {
					t.Fatal(err)
				}
				answer.Body.Close()
				if answer.StatusCode != http.StatusOK {
					t.Error(answer.Status)
				}
			}
			for _, c := range held { // the end of the server would wait for what may be requests
				_ = c.Close()
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

// An app with a key keeps its connection; one on which no key was shown ends soon.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	w := start(t)
	address, _, stop := serve(t, w.World, api.Config{})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	for _, tc := range []struct {
		name, header string
		want         bool // it is open after a while
	}{{"without a key", "", false}, {"with a wrong key", "Authorization: Bearer nope\r\n", false}, {"with a key", "Authorization: Bearer " + w.key + "\r\n", true}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			fmt.Fprint(c, "GET /v1/messages HTTP/1.1\r\nHost: localhost\r\n"+tc.header+"\r\n")
			_ = c.SetReadDeadline(time.Now().Add(7 * time.Second))
			var buf [64 << 10]byte
			for err == nil {
				_, err = c.Read(buf[:])
			}
			if e, ok := err.(net.Error); (ok && e.Timeout()) != tc.want {
				t.Errorf("after 7 s: %v", err)
			}
		})
	}
}
