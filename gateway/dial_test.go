package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/webhook"
)

// knocking is a world with a webhook format that says hello.
func knocking(t *testing.T, allow ...string) *gatewaytest.World {
	t.Helper()
	w := gatewaytest.Start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) {
		c.Webhooks.Formats = map[string]webhook.Format{"hello": {Kinds: gateway.NewsKinds, Request: gateway.WithSubject(func(gateway.News) (*webhook.Request, error) {
			return &webhook.Request{Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte("hello")}, nil
		})}}
		for _, s := range allow {
			c.Webhooks.Allow = append(c.Webhooks.Allow, netip.MustParsePrefix(s))
		}
	}))
	w.Key(t, "shop")
	return w
}

// knock tries a webhook whose URL has become another since it was registered.
func knock(t *testing.T, w *gatewaytest.World, url string) webhook.Tried {
	t.Helper()
	w.Key(t, "shop")
	h, err := w.Gateway.Webhooks().Add(t.Context(), webhook.Webhook{App: "shop", URL: "http://8.8.8.8/", Format: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Gateway.Store(t.Context(), "UPDATE webhook SET url = ? WHERE id = ?", url, h.ID); err != nil {
		t.Fatal(err)
	}
	tried, err := w.Gateway.Webhooks().Test(t.Context(), h.ID)
	if err != nil {
		t.Fatal(err)
	}
	return tried
}

// resolve lets every name be looked up with a DNS server of the test, which
// answers with an address for each question: no test asks the machine's own, nor
// needs a line in /etc/hosts.
func resolve(t *testing.T, address func() [4]byte) {
	t.Helper()
	dns, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dns.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := dns.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil {
				return
			}
			m.Response = true
			m.Additionals = nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body: &dnsmessage.AResource{A: address()}}}
			}
			if raw, err := m.Pack(); err == nil {
				_, _ = dns.WriteTo(raw, from)
			}
		}
	}()
	was := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", dns.LocalAddr().String())
	}}
	t.Cleanup(func() { net.DefaultResolver = was })
}

// No connection is made to what is not of the public internet, in whatever form
// the address is written (the IANA registries of special-purpose addresses).
func TestWebhookAddresses(t *testing.T) {
	w := knocking(t)
	resolve(t, func() [4]byte { return [4]byte{127, 0, 0, 1} })
	for _, host := range []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.0.0.8", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.0.1", "192.175.48.1", "198.18.0.1",
		"198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"[::1]", "[::]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[100::1]",
		"[2001::1]", "[2001:db8::1]", "[2002:7f00:1::]", "[3fff::1]", "[5f00::1]", "[fc00::1]", "[fd12:3456::1]", "[fe80::1]", "[fec0::1]",
		"[ff02::1]", "[4000::1]", "this-machine.example.",
	} {
		t.Run(host, func(t *testing.T) {
			if got := knock(t, w, "http://"+host+":9/"); got.OK || !strings.Contains(got.Cause.Text, "not an address in the public internet") {
				t.Errorf("%+v", got)
			}
		})
	}
	t.Run("an address of this machine", func(t *testing.T) {
		own, err := net.InterfaceAddrs()
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range own {
			ip := a.(*net.IPNet).IP.String()
			if strings.Contains(ip, ":") {
				ip = "[" + ip + "]"
			}
			if got := knock(t, w, "http://"+ip+":9/"); got.OK || !strings.Contains(got.Cause.Text, "not an address") {
				t.Errorf("%s: %+v", ip, got)
			}
		}
	})
}

// The library that refuses special networks knows all that we do: these, by the
// registries of IANA (RFC 6890), and all of IPv6 that is not given out yet.
func TestSpecialNetworks(t *testing.T) {
	w := knocking(t)
	for _, network := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/128", "::1/128", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23",
		"2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
		"4000::/2", "8000::/1",
	} {
		p := netip.MustParsePrefix(network)
		first, last := p.Addr(), p.Addr().AsSlice()
		for i := p.Bits(); i < p.Addr().BitLen(); i++ {
			last[i/8] |= 0x80 >> (i % 8)
		}
		end, _ := netip.AddrFromSlice(last)
		if network == "::ffff:0:0/96" { // it has the public addresses of IPv4, too
			end = netip.MustParseAddr("::ffff:10.0.0.1")
		}
		for _, a := range []netip.Addr{first, end} {
			_, err := w.Gateway.Webhooks().Add(t.Context(), webhook.Webhook{App: "shop", URL: "http://" + netip.AddrPortFrom(a, 80).String() + "/", Format: "hello"})
			if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.MessageOf(err), "not an address in the public internet") {
				t.Errorf("%v of %s: %v", a, network, err)
			}
		}
	}
}

// A webhook is registered only where it can be reached, and for an app that
// exists.
func TestWebhookIsRefused(t *testing.T) {
	w := knocking(t, "192.168.1.0/24", "fd12::/16")
	former, _, err := w.Gateway.Keys().Create(t.Context(), "former", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Gateway.Keys().Revoke(t.Context(), former.ID); err != nil {
		t.Fatal(err)
	}
	var atHome atomic.Bool
	resolve(t, func() [4]byte {
		if atHome.Load() {
			return [4]byte{192, 168, 1, 77}
		}
		return [4]byte{127, 0, 0, 1}
	})
	private := "not an address in the public internet"
	for _, tc := range []struct{ name, app, url, field, says string }{
		{"an app without a key", "nosuchapp", "http://8.8.8.8/", "app", "no key"},
		{"an app whose key was revoked", "former", "http://8.8.8.8/", "app", "no key"},
		{"a private address", "shop", "http://192.168.2.1/", "url", private},
		{"this machine, by name", "shop", "http://this-machine.example.:8080/", "url", private},
		{"IPv4 in IPv6", "shop", "http://[::ffff:10.0.0.1]/", "url", private},
		{"a zone", "shop", "http://[fe80::1%25eth0]/", "url", private},
		{"a private address of IPv6", "shop", "http://[fd13::1]/", "url", private},
		{"a number for an address", "shop", "http://2130706433/", "url", "neither a name nor"},
		{"a short address", "shop", "http://127.1/", "url", "neither a name nor"},
		{"a hexadecimal address", "shop", "http://0x7f.0.0.0x1/", "url", "neither a name nor"},
		{"a port above 65535", "shop", "http://8.8.8.8:99999/", "url", "port"},
		{"port 0", "shop", "http://8.8.8.8:0/", "url", "port"},
		{"a port in letters", "shop", "http://8.8.8.8:http/", "url", "http://"},
		{"a name", "shop", "http://me@8.8.8.8/", "url", "name or password"},
		{"an empty name", "shop", "http://@8.8.8.8/", "url", "name or password"},
		{"a fragment", "shop", "http://8.8.8.8/#top", "url", "#"},
		{"an empty fragment", "shop", "http://8.8.8.8/#", "url", "#"},
		{"no host", "shop", "http:8.8.8.8", "url", "http://"},
		{"a port alone", "shop", "http://:80/", "url", "http://"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := w.Gateway.Webhooks().Add(t.Context(), webhook.Webhook{App: tc.app, URL: tc.url, Format: "hello"})
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Code != fault.Invalid || e.Field != tc.field || !strings.Contains(e.Message, tc.says) {
				t.Errorf("%v", err)
			}
		})
	}
	atHome.Store(true)
	for _, url := range []string{"http://8.8.8.8/", "HTTPS://8.8.8.8:65535/?a=b", "http://192.168.1.77:1880/x", "http://[fd12::1]:80/", "http://[::ffff:192.168.1.1]/",
		"http://[2606:4700::1111]/", "http://home.example./"} {
		if _, err := w.Gateway.Webhooks().Add(t.Context(), webhook.Webhook{App: "shop", URL: url, Format: "hello"}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// What the owner allows is reached; but a redirect leads nowhere, and no proxy is
// asked.
func TestWebhookReaches(t *testing.T) {
	var secret atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { secret.Add(1) }))
	defer inner.Close()
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		status int
		ok     bool
	}{
		{"a receiver", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) }, 202, true},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, inner.URL, http.StatusTemporaryRedirect)
		}, 307, false},
		{"an answer of 10 MB", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), 10<<20)) }, 200, true},
		{"a header of 10 MB", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 10<<20)) }, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			outer := httptest.NewServer(tc.answer)
			defer outer.Close()
			t.Setenv("HTTP_PROXY", inner.URL)
			w := knocking(t, "127.0.0.0/8")
			if got := knock(t, w, outer.URL); got.OK != tc.ok || got.Status != tc.status {
				t.Errorf("%+v", got)
			}
		})
	}
	if secret.Load() != 0 {
		t.Error("the redirect was followed, or the proxy asked")
	}
}

// A name whose address changes after it was looked up for the first time is
// judged by the address that is connected to.
func TestWebhookRebinding(t *testing.T) {
	answers := make(chan [4]byte, 100)
	answers <- [4]byte{203, 0, 113, 1}
	for range 99 {
		answers <- [4]byte{127, 0, 0, 1}
	}
	resolve(t, func() [4]byte { return <-answers })
	var reached atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer inner.Close()
	w := knocking(t)
	_, port, _ := net.SplitHostPort(inner.Listener.Addr().String())
	for range 3 {
		if got := knock(t, w, "http://rebind.example.:"+port+"/"); got.OK || !strings.Contains(got.Cause.Text, "not an address") {
			t.Errorf("%+v", got)
		}
	}
	if reached.Load() != 0 {
		t.Error("the name has led to this machine")
	}
}
