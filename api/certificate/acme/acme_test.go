package acme_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simgate/api/certificate/acme"
	"simgate/api/certificate/acme/acmetest"
	"simgate/gateway/cause"
)

// A certificate is obtained of a real authority, through a DNS server that takes signed
// updates; it is kept while it is good, replaced when it is due, and again where the disk has
// lost a part of it.
func TestObtain(t *testing.T) {
	w := acmetest.Start(t, "example.com", time.Hour)
	cfg := acme.Config{Folder: filepath.Join(t.TempDir(), "acme"), Directory: w.Directory, Roots: w.CA, Email: "me@example.com", DNS: w.DNS, LookEvery: time.Minute}
	cfg.DNS.Alias = "sms.shop.example.com"
	w.Alias("_acme-challenge.sms.example.com", cfg.DNS.Alias)
	client := open(t, cfg)
	if _, err := client.Stored(t.Context(), "sms.example.com"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before: %v", err)
	}
	first, err := client.Obtain(t.Context(), "sms.example.com")
	if err != nil {
		t.Fatal(err)
	}
	with := x509.NewCertPool()
	for _, raw := range first.Certificate[1:] {
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			t.Fatal(err)
		}
		with.AddCert(c)
	}
	if _, err := first.Leaf.Verify(x509.VerifyOptions{Roots: w.Roots, Intermediates: with, DNSName: "sms.example.com"}); err != nil {
		t.Error(err)
	}
	if n := w.Texts(); n != 0 {
		t.Errorf("%d records are left in the zone", n)
	}
	err = filepath.WalkDir(cfg.Folder, func(path string, e fs.DirEntry, err error) error {
		if info, infoErr := e.Info(); err == nil && (infoErr != nil || info.Mode().Perm()&0o077 != 0) {
			t.Errorf("others can read %s: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}

	for _, again := range []struct {
		name    string
		client  *acme.Client
		another bool
	}{
		{"a good one is kept", open(t, cfg), false},
		{"one that ends before the next look is replaced", open(t, func(c acme.Config) acme.Config { c.LookEvery = time.Hour; return c }(cfg)), true},
	} {
		found, err := again.client.Obtain(t.Context(), "sms.example.com")
		if err != nil || found.Leaf.Equal(first.Leaf) == again.another {
			t.Fatalf("%s: %v", again.name, err)
		}
		if stored, err := again.client.Stored(t.Context(), "sms.example.com"); err != nil || !stored.Leaf.Equal(found.Leaf) {
			t.Errorf("%s: %v", again.name, err)
		}
		first = found
	}

	keys, err := filepath.Glob(filepath.Join(cfg.Folder, "certificates/*/sms.example.com/sms.example.com.key"))
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	if err := os.WriteFile(keys[0], nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Stored(t.Context(), "sms.example.com"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a lost key: %v", err)
	}
	if found, err := client.Obtain(t.Context(), "sms.example.com"); err != nil || found.Leaf.Equal(first.Leaf) {
		t.Errorf("after a lost key: %v", err)
	}
}

func open(t *testing.T, c acme.Config) *acme.Client {
	t.Helper()
	client, err := acme.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// What goes wrong is said in words, without what must stay secret.
func TestFailures(t *testing.T) {
	w := acmetest.Start(t, "example.com", time.Hour)
	good := acme.Config{Folder: t.TempDir(), Directory: w.Directory, Roots: w.CA, DNS: w.DNS}
	for _, tc := range []struct {
		name, of, want string
		code           cause.Code
		change         func(*acme.Config)
	}{
		{"a wrong secret", "sms.example.com", "rfc2136 did not take a record for the zone example.com", cause.ACMERecord, func(c *acme.Config) { c.DNS.Password = "d3Jvbmcgc2VjcmV0" }},
		{"a DNS server that is not there", "sms.example.com", "rfc2136 did not take a record", cause.ACMERecord, func(c *acme.Config) { c.DNS.Server = "127.0.0.1:1" }},
		{"a name of somebody else", "sms.example.org", "no DNS server knows the zone", cause.ACMEZone, func(*acme.Config) {}},
		{"no authority", "sms.example.com", "https://127.0.0.1:1/dir cannot be reached", cause.ACMEUnreachable, func(c *acme.Config) { c.Directory = "https://127.0.0.1:1/dir" }},
		{"a root that is missing", "sms.example.com", "cannot be reached: tls: failed to verify certificate", cause.ACMEUnreachable, func(c *acme.Config) { c.Roots = "" }},
		{"a name that the authority refuses", "refused.example.com", "the authority refused", cause.ACMERefused, func(*acme.Config) {}},
	} {
		cfg := good
		tc.change(&cfg)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, err := open(t, cfg).Obtain(ctx, tc.of)
		cancel()
		if err == nil || !strings.Contains(err.Error(), tc.want) || cause.Of(err).Code != tc.code {
			t.Errorf("%s: %v (%s)", tc.name, err, cause.Of(err).Code)
		} else if strings.Contains(err.Error(), cfg.DNS.Password) {
			t.Errorf("%s: the secret is in it: %v", tc.name, err)
		}
	}
	for name, c := range map[string]acme.Config{
		"a file that is not there": {Roots: "/nowhere", DNS: w.DNS},
		"no certificate":           {Roots: os.Args[0], DNS: w.DNS},
	} {
		if _, err := acme.New(c); err == nil || !strings.Contains(err.Error(), "tls.acme.ca") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	const token = "01234567-89ab-cdef-0123-456789abcdef"
	for _, tc := range []struct {
		of   acme.DNS
		want string // the keys that are wrong
	}{
		{acme.DNS{}, "provider"},
		{acme.DNS{Provider: "strato", Token: token}, "provider"},
		{acme.DNS{Provider: "cloudflare", Token: token}, ""},
		{acme.DNS{Provider: "desec", Token: token}, ""},
		{acme.DNS{Provider: "duckdns", Token: token}, ""},
		{acme.DNS{Provider: "duckdns", Token: "short"}, "token"},
		{acme.DNS{Provider: "gandi", Token: token}, ""},
		{acme.DNS{Provider: "hetzner", Token: token}, ""},
		{acme.DNS{Provider: "ionos", Token: token}, ""},
		{acme.DNS{Provider: "desec"}, "token"},
		{acme.DNS{Provider: "desec", Token: token, User: "me", Password: "secret"}, "user password"},
		{acme.DNS{Provider: "netcup", Token: token}, "user password"},
		{acme.DNS{Provider: "netcup", Token: token, User: "1", Password: "secret"}, ""},
		{acme.DNS{Provider: "ovh", Token: token, User: "1", Password: "secret"}, ""},
		{acme.DNS{Provider: "ovh", Token: token, User: "1", Password: "secret", Server: "ovh.de"}, "server"},
		{acme.DNS{Provider: "rfc2136", User: "simgate", Password: "c2VjcmV0"}, "server"},
		{acme.DNS{Provider: "rfc2136", Server: "::1", User: "simgate", Password: "c2VjcmV0"}, ""},
		{acme.DNS{Provider: "rfc2136", Server: "192.168.1.2", User: "hmac-sha512:simgate", Password: "c2VjcmV0"}, ""},
		{acme.DNS{Provider: "rfc2136", Server: "192.168.1.2", User: "hmac-md5:simgate", Password: "not base64"}, "user password"},
	} {
		var wrong []string
		for _, m := range tc.of.Check() {
			wrong = append(wrong, m.Key)
		}
		if got := strings.Join(wrong, " "); got != tc.want {
			t.Errorf("%+v: %q is wrong, not %q", tc.of, got, tc.want)
		}
		if _, err := acme.New(acme.Config{DNS: tc.of}); (err == nil) != (tc.want == "") {
			t.Errorf("%+v: %v", tc.of, err)
		}
	}
}
