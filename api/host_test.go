package api_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simgate/api"
	"simgate/api/certificate"
	"simgate/gateway/gatewaytest"
)

// authority returns the certificates of a new machine.
func authority(t *testing.T) *certificate.Keeper {
	t.Helper()
	k, err := certificate.Open(certificate.Config{Folder: filepath.Join(t.TempDir(), "tls"), Log: discard()})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// secure returns the settings of a listener, and a transport that trusts its root.
func secure(t *testing.T) (*tls.Config, *http.Transport) {
	t.Helper()
	k := authority(t)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(k.Authority().Root())
	return k.TLS(), &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
}

func TestHTTPS(t *testing.T) {
	t.Parallel()
	w := start(t)
	settings, transport := secure(t)
	address, _, stop := serveTLS(t, w.World, api.Config{}, settings)
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	client := http.Client{Transport: transport, Timeout: 5 * time.Second}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+"/v1/messages", nil) // for which the key lacks the scope
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.key)
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden || answer.Proto != "HTTP/1.1" || answer.TLS.Version != tls.VersionTLS13 {
		t.Errorf("%s, %s, TLS %x", answer.Status, answer.Proto, answer.TLS.Version)
	}

	t.Run("old versions of TLS", func(t *testing.T) {
		old := transport.TLSClientConfig.Clone()
		old.MaxVersion = tls.VersionTLS11
		if c, err := tls.Dial("tcp", address, old); err == nil {
			c.Close()
			t.Error("TLS 1.1 is accepted")
		}
	})
	t.Run("plain HTTP", func(t *testing.T) {
		answer, err := http.Get("http://" + address + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if raw, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusBadRequest || !strings.Contains(string(raw), "HTTPS") {
			t.Errorf("%s: %s", answer.Status, raw)
		}
	})
	t.Run("a connection on which a key was shown is kept", func(t *testing.T) {
		t.Parallel()
		for key, want := range map[string]bool{w.key: true, "nope": false} {
			c, err := tls.Dial("tcp", address, transport.TLSClientConfig)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			fmt.Fprintf(c, "GET /v1/modems HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", key)
			in := bufio.NewReader(c)
			answer, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
			_ = c.SetReadDeadline(time.Now().Add(7 * time.Second))
			_, err = in.ReadByte()
			if kept := err != io.EOF; kept != want {
				t.Errorf("with the key %s: %v", key, err)
			}
		}
	})
}

func TestHosts(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	keeper := authority(t)
	server := api.New(api.Config{Hosts: keeper.Hosts}, w.Gateway, discard())
	for _, tc := range []struct {
		host, path string
		status     int
		shape      string
	}{
		{"localhost:8080", "/healthz", 200, "ok"},
		{"LocalHost.", "/healthz", 200, "ok"},
		{"simgate.local:8443", "/healthz", 200, "ok"},
		{"127.0.0.1:8080", "/healthz", 200, "ok"},
		{"192.168.99.1", "/healthz", 200, "ok"},
		{"203.0.113.9:443", "/healthz", 200, "ok"},
		{"[fe80::1]:8443", "/healthz", 200, "ok"},
		{"[::1]", "/healthz", 200, "ok"},
		{"", "/healthz", 200, "ok"},
		{"evil.example.com", "/healthz", 421, `"detail":"simgate does not answer under this host name`},
		{"evil.example.com", "/nothing", 421, `"detail":"simgate does not`},
		{"127.0.0.1.nip.io", "/ca", 421, `"status":421`},
		{"notlocalhost", "/", 421, `"status":421`},
		{"evil.example.com", "/api/send-code", 200, `{"ok":false,"message":"simgate does not`},
		{"evil.example.com", "//api/send-code/", 421, `"status":421`},
		{"evil.example.com", "/api/v2/ping", 421, `{"code":421,"message":"simgate does not`},
		{"evil.example.com", "/textflow/send-code", 200, `{"ok":false,"status":421`},
	} {
		t.Run(tc.host+tc.path, func(t *testing.T) {
			answer := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.Host, r.URL.Path = tc.host, tc.path
			server.Handler().ServeHTTP(answer, r)
			if answer.Code != tc.status || !strings.Contains(answer.Body.String(), tc.shape) {
				t.Errorf("status %d: %s", answer.Code, answer.Body)
			}
		})
	}
	t.Run("the socket has no host", func(t *testing.T) {
		answer := httptest.NewRecorder()
		server.LocalHandler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://simgate/healthz", nil))
		if answer.Code != http.StatusOK {
			t.Error(answer.Code)
		}
	})
}

func TestRootOfTheAuthority(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	keeper := authority(t)
	for name, root := range map[string][]byte{"with an authority": keeper.Authority().Root(), "without": nil} {
		t.Run(name, func(t *testing.T) {
			answer := httptest.NewRecorder()
			api.New(api.Config{Root: func() []byte { return root }}, w.Gateway, discard()).Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ca", nil))
			if root == nil {
				if answer.Code != http.StatusNotFound {
					t.Errorf("%d %s", answer.Code, answer.Body)
				}
				return
			}
			block, _ := pem.Decode(answer.Body.Bytes())
			if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != "application/x-x509-ca-cert" || block == nil {
				t.Fatalf("%d %s", answer.Code, answer.Body)
			}
			if c, err := x509.ParseCertificate(block.Bytes); err != nil || !c.IsCA {
				t.Error(err)
			}
		})
	}
}

// Pages are for the names of this host alone, as the API is: a page of the internet whose name
// leads here reads none.
func TestPagesAreForOwnHosts(t *testing.T) {
	w := start(t)
	pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a page") })
	h := api.New(api.Config{Pages: pages, Hosts: func(name string) bool { return name == "simgate.local" }}, w.Gateway, discard()).Handler()
	for host, status := range map[string]int{"simgate.local": 200, "simgate.local:8080": 200, "192.168.1.2:8080": 200, "[::1]:8080": 200, "evil.example": 421, "simgate.local.evil.example": 421} {
		for _, path := range []string{"/", "/ui/today"} {
			r := httptest.NewRequest("GET", path, nil)
			r.Host = host
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, r)
			if answer.Code != status || (status == 200) != strings.Contains(answer.Body.String(), "a page") {
				t.Errorf("%s%s: %d %s", host, path, answer.Code, answer.Body)
			}
		}
	}
}

// Where programs come under any name, the pages are for their own names all the same.
func TestPagesHaveNamesOfTheirOwn(t *testing.T) {
	w := start(t)
	pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a page") })
	h := api.New(api.Config{Pages: pages, PageHosts: func(name string) bool { return name == "simgate.local" }}, w.Gateway, discard())
	for _, tc := range []struct {
		host, path string
		dialects   []string
		status     int
	}{
		{"simgate.local", "/", nil, 200},
		{"simgate.local", "/ui/today", nil, 200},
		{"192.168.1.2:8080", "/ui/today", nil, 200},
		{"evil.example", "/", nil, 421},
		{"evil.example", "/ui/today", nil, 421},
		{"evil.example", "/healthz", nil, 200},
		{"evil.example", "/v1/messages", nil, 401},
		{"evil.example", "/ui/today", []string{"textlink"}, 200}, // no pages are there, as its dialect says
	} {
		r := httptest.NewRequest("GET", tc.path, nil)
		r.Host = tc.host
		answer := httptest.NewRecorder()
		h.Handler(tc.dialects...).ServeHTTP(answer, r)
		if answer.Code != tc.status {
			t.Errorf("%s%s %v: %d %s", tc.host, tc.path, tc.dialects, answer.Code, answer.Body)
		}
	}
}
