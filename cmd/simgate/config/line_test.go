package config

import (
	"net/netip"
	"testing"
)

// A phone reaches this machine by HTTPS, at an address that both are in the network of.
func TestWherePhonesCall(t *testing.T) {
	for _, tc := range []struct{ listen, local, want string }{
		{"127.0.0.1:8080", "192.168.1.10", ""},
		{":8080", "192.168.1.10", "http://192.168.1.10:8080"},
		{"[{address: ':8080', tls: off}, {address: ':8443', tls: on}]", "192.168.1.10", "https://192.168.1.10:8443"},
		{"[{address: '192.168.1.2:8443', tls: on}]", "192.168.1.10", "https://192.168.1.2:8443"},
		{"[{address: '[::]:8443', tls: on}]", "fe80::1", "https://[fe80::1]:8443"},
		{"[{address: ':8443', tls: on, dialects: [textmagic]}, {address: ':8444', tls: on, dialects: [native]}]", "192.168.1.10", "https://192.168.1.10:8444"},
		{":8080", "127.0.0.1", ""},
		{":8080", "", ""},
	} {
		cfg, mistakes := parse([]byte("listen: " + tc.listen + "\nlines: [{name: old, phone: {url: 'http://10.0.0.2', password: x}}]\n"))
		if len(mistakes) > 0 {
			t.Fatal(tc.listen, mistakes)
		}
		local, _ := netip.ParseAddr(tc.local)
		p := cfg.PhoneOf(cfg.Lines[0])
		if got := p.Callback(local); got != tc.want || p.User != "sms" {
			t.Errorf("listen: %s at %s: %q, want %q", tc.listen, tc.local, got, tc.want)
		}
	}
	cfg, mistakes := parse([]byte("lines: [{name: old, phone: {url: 'http://10.0.0.2', user: me, password: \"0012\", callback: 'https://pi.example'}}]"))
	if len(mistakes) > 0 || cfg.PhoneOf(cfg.Lines[0]).Callback(netip.Addr{}) != "https://pi.example" || cfg.PhoneOf(cfg.Lines[0]).Password != "0012" || !cfg.HasSecret() {
		t.Errorf("%+v, %v", cfg.Lines, mistakes)
	}
}
