package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"simgate/api/certificate/acme/acmetest"
)

// freeAddress returns an address of the loopback that nobody listens to.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// trusting returns a client that trusts a root, and reaches address whatever host it asks.
func trusting(root []byte, address string) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root)
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}}}
}

func fetch(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	answer, err := c.Get(url)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
	}
	return answer.StatusCode, string(raw)
}

// An owner installs the root that is served, and an app with a built-in host trusts the
// one that was made for it.
func TestHTTPSOfTheDaemon(t *testing.T) {
	h := newHome(t, "/dev/null")
	secure := freeAddress(t)
	raw, err := os.ReadFile(h.config)
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.Replace(raw, []byte("listen: 127.0.0.1:0"), []byte("listen: [127.0.0.1:0, {address: '"+secure+"', tls: on}]\ntls: {names: [sms.example.com]}\n"), 1)
	if err := os.WriteFile(h.config, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	d := h.serve(t)
	plain, _, _ := strings.Cut(d.address, ",")
	_, root := fetch(t, http.DefaultClient, "http://"+plain+"/ca")

	var state tlsState
	if r := h.simgate(t, "tls", "show", "--json"); r.code != exitOK || json.Unmarshal([]byte(r.out), &state) != nil || state.Root == nil {
		t.Fatalf("%+v", r)
	}
	if state.Root.PEM != root || !strings.Contains(d.log.String(), "sha256="+state.Root.SHA256) || !strings.Contains(h.simgate(t, "tls", "show").out, state.Root.SHA256) {
		t.Errorf("the roots differ: %+v", state.Root)
	}
	if len(state.Listeners) != 1 || !slices.Contains(state.Listeners[0].Names, "sms.example.com") || !slices.Contains(state.Listeners[0].Names, "127.0.0.1") {
		t.Errorf("%+v", state.Listeners)
	}
	if r := h.simgate(t, "doctor"); !strings.Contains(r.out, "https: "+secure+" has a certificate of its own authority until 20") {
		t.Errorf("%+v", r)
	}
	app := trusting([]byte(root), secure)
	for url, want := range map[string]int{
		"https://" + secure + "/healthz":     http.StatusOK,
		"https://localhost/healthz":          http.StatusOK,
		"https://sms.example.com/healthz":    http.StatusOK,
		"https://simgate.local:8443/healthz": http.StatusOK,
	} {
		if status, raw := fetch(t, app, url); status != want {
			t.Errorf("%s: %d %s", url, status, raw)
		}
	}
	if status, raw := fetch(t, trusting(nil, plain), "http://evil.example.com/healthz"); status != http.StatusMisdirectedRequest || !strings.Contains(raw, "hosts in the configuration") {
		t.Errorf("%d %s", status, raw)
	}

	t.Run("hosted names", func(t *testing.T) {
		made := h.simgate(t, "tls", "hosted", "textlinksms.com")
		if made.code != exitOK || !strings.Contains(made.errors, "NODE_EXTRA_CA_CERTS") {
			t.Fatalf("%+v", made)
		}
		if again := h.simgate(t, "tls", "hosted"); again.out != made.out {
			t.Errorf("%+v", again)
		}
		deadline := time.Now().Add(10 * time.Second)
		hosted := trusting([]byte(made.out), secure)
		for { // the daemon looks at its files once a second
			answer, err := hosted.Post("https://textlinksms.com/api/send-code", "application/json", strings.NewReader("{}"))
			if err == nil {
				raw, _ := io.ReadAll(answer.Body)
				answer.Body.Close()
				if !strings.Contains(string(raw), "API key not found") {
					t.Errorf("%s", raw)
				}
				break
			}
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if _, err := hosted.Get("https://localhost/healthz"); err == nil {
			t.Error("the root for hosted names is good for this machine")
		}
		if _, err := app.Get("https://textlinksms.com/healthz"); err == nil {
			t.Error("the root of this machine is good for hosted names")
		}
		for _, wrong := range []string{"localhost", "simgate.local", "192.168.1.2", "a b"} {
			if r := h.simgate(t, "tls", "hosted", wrong); r.code != exitUsage {
				t.Errorf("%s: %+v", wrong, r)
			}
		}
		if r := h.simgate(t, "tls", "hosted", "--remove"); r.code != exitOK {
			t.Errorf("%+v", r)
		}
		if r := h.simgate(t, "tls", "hosted"); r.code != exitUsage || !strings.Contains(r.errors, "name them") {
			t.Errorf("%+v", r)
		}
	})
}

// An owner has a certificate of a public authority: a wrong key is corrected while the daemon
// runs, and every device trusts what is shown for the name.
func TestPublicCertificate(t *testing.T) {
	w := acmetest.Start(t, "example.com", 90*24*time.Hour)
	h := newHome(t, "/dev/null")
	raw, err := os.ReadFile(h.config)
	if err != nil {
		t.Fatal(err)
	}
	secure := freeAddress(t)
	write := func(password string) {
		t.Helper()
		changed := bytes.Replace(raw, []byte("listen: 127.0.0.1:0"), fmt.Appendf(nil, `listen: [127.0.0.1:0, {address: '%s', tls: on}]
tls:
  acme:
    names: [sms.example.com]
    directory: %s
    ca: %s
    dns: {provider: rfc2136, server: '%s', user: %s, password: %s, resolvers: ['%s']}
`, secure, w.Directory, w.CA, w.DNS.Server, w.DNS.User, password, w.DNS.Resolvers[0]), 1)
		if err := os.WriteFile(h.config, changed, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("d3Jvbmcgc2VjcmV0")
	h.serve(t)
	shows := func(want string, args ...string) {
		t.Helper()
		for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
			r := h.simgate(t, args...)
			if strings.Contains(r.out, want) {
				return
			}
			if time.Since(begun) > 30*time.Second {
				t.Fatalf("%q is not in %+v", want, r)
			}
		}
	}
	shows(secure+"  no certificate for sms.example.com: rfc2136 did not take a record for the zone example.com", "tls", "show")
	shows("https: "+secure+" (sms.example.com) has no certificate of "+w.Directory+": rfc2136", "doctor")
	if r := h.simgate(t, "tls", "show"); strings.Contains(r.out, "d3Jvbmcgc2VjcmV0") || !strings.Contains(r.out, "for localhost") {
		t.Errorf("%+v", r)
	}
	write(w.DNS.Password)
	shows("In force now: tls.acme.dns.password.", "reload")
	shows("for sms.example.com, by Pebble", "tls", "show")
	shows("https: "+secure+" (sms.example.com) has a certificate of CN=Pebble", "doctor")
	app := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.Roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, secure)
		}}}
	if status, raw := fetch(t, app, "https://sms.example.com/healthz"); status != http.StatusOK {
		t.Errorf("%d %s", status, raw)
	}
	if _, err := app.Get("https://localhost/healthz"); err == nil {
		t.Error("the own authority is trusted by all devices")
	}
}

func TestNoHTTPS(t *testing.T) {
	h := newHome(t, "/dev/null")
	h.serve(t)
	if r := h.simgate(t, "tls", "show"); r.code != exitOK || !strings.Contains(r.out, "tls: on") {
		t.Errorf("%+v", r)
	}
}
