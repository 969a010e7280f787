package certificate

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway/cause"
)

func open(t *testing.T, c Config) *Keeper {
	t.Helper()
	c.Log = slog.New(slog.DiscardHandler)
	k, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func pool(a *Authority) *x509.CertPool {
	p := x509.NewCertPool()
	p.AppendCertsFromPEM(a.Root())
	return p
}

// dial makes a handshake with the keeper over a listener of the loopback, for name, or
// for the address if that is empty, and returns what it has shown.
func dial(t *testing.T, k *Keeper, roots *x509.CertPool, name string) (*x509.Certificate, error) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", k.TLS())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			_, _ = io.Copy(io.Discard, c)
			c.Close()
		}
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: roots, ServerName: name})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0], nil
}

func TestOwnAuthority(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "tls")
	k := open(t, Config{Folder: folder, Names: []string{"sms.example.com"}})
	roots := pool(k.Authority())
	var first *x509.Certificate
	for _, name := range append(OwnNames(), "sms.example.com", "") {
		shown, err := dial(t, k, roots, name)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if first == nil {
			first = shown
		}
		if !shown.Equal(first) {
			t.Errorf("%q is shown another certificate", name)
		}
	}
	if _, err := dial(t, k, roots, "other.example.com"); err == nil {
		t.Error("another name is accepted")
	}
	if life := first.NotAfter.Sub(first.NotBefore); life > 825*day || first.NotBefore.After(time.Now().Add(-300*day)) {
		t.Errorf("it is valid for %v from %v", life, first.NotBefore)
	}

	t.Run("a restart keeps both", func(t *testing.T) {
		again := open(t, Config{Folder: folder, Names: []string{"sms.example.com"}})
		if shown, err := dial(t, again, roots, ""); err != nil || !shown.Equal(first) || again.Authority().Fingerprint() != k.Authority().Fingerprint() {
			t.Errorf("%v", err)
		}
	})
	t.Run("a name that was added is one of the certificate only if the authority allows it", func(t *testing.T) {
		again := open(t, Config{Folder: folder, Names: []string{"sms.example.com", "de.sms.example.com", "new.example.com"}})
		if _, err := dial(t, again, roots, "de.sms.example.com"); err != nil {
			t.Error(err)
		}
		if _, err := dial(t, again, roots, "new.example.com"); err == nil {
			t.Error("it is shown for a name that the root does not allow")
		}
		if _, err := dial(t, again, roots, "localhost"); err != nil {
			t.Error(err)
		}
	})
	t.Run("only the owner can read the keys, and that of the root is nowhere", func(t *testing.T) {
		entries, err := os.ReadDir(folder)
		if err != nil || len(entries) != 2 {
			t.Fatal(entries, err)
		}
		for _, e := range entries {
			if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s has %v, %v", e.Name(), info.Mode(), err)
			}
			c, err := load(filepath.Join(folder, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if key, ok := c.PrivateKey.(*ecdsa.PrivateKey); !ok || key.PublicKey.Equal(k.Authority().root.PublicKey) {
				t.Errorf("%s has the key of the root", e.Name())
			}
		}
		if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("the folder has %v, %v", info.Mode(), err)
		}
	})
	t.Run("a damaged authority is not replaced", func(t *testing.T) {
		damaged := filepath.Join(t.TempDir(), "tls")
		open(t, Config{Folder: damaged})
		if err := os.WriteFile(OwnFile(damaged), []byte("nothing"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(Config{Folder: damaged, Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), "restore it") {
			t.Error(err)
		}
	})
	t.Run("a damaged certificate is", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(folder, "certificate.pem"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := dial(t, open(t, Config{Folder: folder}), roots, ""); err != nil {
			t.Error(err)
		}
	})
}

// What is outside its constraints is refused by those who verify, even if the authority
// were made to sign it.
func TestConstraints(t *testing.T) {
	own, err := newAuthority("own", []string{"localhost", "simgate.local"}, private)
	if err != nil {
		t.Fatal(err)
	}
	hosted, err := newAuthority("hosted", []string{"textlinksms.com"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	openssl, _ := exec.LookPath("openssl")
	if openssl == "" {
		t.Log("openssl is not asked: it is not installed")
	}
	for _, tc := range []struct {
		name  string
		of    *Authority
		sign  string
		valid bool
	}{
		{"its name", own, "simgate.local", true},
		{"a private address", own, "192.168.1.2", true},
		{"a loopback address", own, "::1", true},
		{"an address of an overlay network", own, "100.100.1.2", true},
		{"a unique local address", own, "fd00::2", true},
		{"another name", own, "bank.example.com", false},
		{"a longer name", own, "notsimgate.local", false},
		{"a public address", own, "9.9.9.9", false},
		{"a public address of IPv6", own, "2a00::9", false},
		{"a hosted name", hosted, "textlinksms.com", true},
		{"the own name by the hosted authority", hosted, "simgate.local", false},
		{"a private address by the hosted authority", hosted, "192.168.1.2", false},
		{"an address of IPv6 by the hosted authority", hosted, "::1", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			forced := *tc.of
			signer := *forced.signer
			signer.PermittedDNSDomains = []string{tc.sign}
			signer.PermittedIPRanges = []*net.IPNet{{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}, {IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}}
			forced.signer = &signer
			var names []string
			var addresses []netip.Addr
			if ip, err := netip.ParseAddr(tc.sign); err == nil {
				addresses = []netip.Addr{ip}
			} else {
				names = []string{tc.sign}
			}
			leaf, err := forced.issue(names, addresses, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			with := x509.NewCertPool()
			with.AddCert(tc.of.signer)
			_, err = leaf.Leaf.Verify(x509.VerifyOptions{Roots: pool(tc.of), Intermediates: with, DNSName: tc.sign})
			if (err == nil) != tc.valid {
				t.Errorf("Go: %v", err)
			}
			if openssl == "" {
				return
			}
			folder := t.TempDir()
			for file, c := range map[string]*x509.Certificate{"root": tc.of.root, "signer": tc.of.signer, "leaf": leaf.Leaf} {
				if err := os.WriteFile(filepath.Join(folder, file), encode("CERTIFICATE", c.Raw), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			// With the root, and as systems do that take a root for a key and a name only.
			for _, trust := range [][]string{{"-CAfile", "root", "-untrusted", "signer"}, {"-CAfile", "signer", "-partial_chain"}} {
				cmd := exec.CommandContext(t.Context(), openssl, append(append([]string{"verify", "-purpose", "sslserver"}, trust...), "leaf")...)
				cmd.Dir = folder
				out, err := cmd.CombinedOutput()
				if (err == nil) != tc.valid || !tc.valid && !bytes.Contains(out, []byte("subtree violation")) {
					t.Errorf("openssl with %v: %s", trust, out)
				}
			}
		})
	}
}

// A certificate is replaced when a third of its life is left, and when the clock is
// set so that it is not valid; not because of a clock that is not set.
func TestRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := filepath.Join(t.TempDir(), "tls")
		k := open(t, Config{Folder: folder}) // at the beginning of 2000
		shown := func() *x509.Certificate {
			t.Helper()
			c, err := k.own.certificate(netip.MustParseAddr("127.0.0.1"))
			if err != nil {
				t.Fatal(err)
			}
			return c.Leaf
		}
		first := shown()
		if written.Before(first.NotBefore) || written.Add(year).After(first.NotAfter) {
			t.Errorf("without a clock it is valid from %v until %v", first.NotBefore, first.NotAfter)
		}
		time.Sleep(5 * year)
		if !shown().Equal(first) {
			t.Error("it is replaced before the clock is set")
		}
		set(written.Add(100 * day))
		if !shown().Equal(first) {
			t.Error("it is replaced as soon as the clock is set")
		}
		time.Sleep(time.Until(first.NotAfter.Add(-renewalAhead)))
		if !shown().Equal(first) {
			t.Error("it is replaced too early")
		}
		time.Sleep(time.Second)
		second := shown()
		if second.Equal(first) || time.Until(second.NotAfter) != lifeAfter.Truncate(time.Second) {
			t.Errorf("with a third of its life left it is not replaced, or until %v", second.NotAfter)
		}
		time.Sleep(10 * year) // nobody asks
		third := shown()
		if now := time.Now(); now.Before(third.NotBefore) || now.After(third.NotAfter) {
			t.Errorf("after years it is valid from %v until %v", third.NotBefore, third.NotAfter)
		}
		time.Sleep(10 * year)
		if s := k.States(); len(s) != 1 || s[0].Fault != nil || !s[0].Until.Equal(validUntil) {
			t.Errorf("the state is %+v", s)
		}
		if third = shown(); due(third, time.Now()) {
			t.Error("it is looked at, and not replaced")
		}
		k = open(t, Config{Folder: folder})
		if !shown().Equal(third) {
			t.Error("a restart replaces it")
		}
		if now := time.Now(); now.Before(k.own.authority.root.NotBefore) || now.After(k.own.authority.root.NotAfter) {
			t.Error("the root has ended")
		}
	})
}

const year = 365 * day

// set lets the clock of the bubble reach a time.
func set(at time.Time) { time.Sleep(time.Until(at)) }

func TestDue(t *testing.T) {
	a, err := newAuthority("own", []string{"localhost"}, private)
	if err != nil {
		t.Fatal(err)
	}
	made := written.Add(2 * year)
	c, err := a.issue([]string{"localhost"}, nil, made)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		now  time.Time
		want bool
	}{
		{"as made", made, false},
		{"an hour earlier, by a correction", made.Add(-time.Hour), false},
		{"the clock of the last shutdown", made.Add(-90 * day), false},
		{"it was made by a clock that was years ahead", made.Add(-2*year + time.Second), true},
		{"1970", time.Unix(0, 0), false},
		{"before it was written", written.Add(-time.Second), false},
		{"two thirds of its life", c.Leaf.NotBefore.Add(2 * (lifeBefore + lifeAfter) / 3), false},
		{"and a second", c.Leaf.NotBefore.Add(2*(lifeBefore+lifeAfter)/3 + time.Second), true},
		{"after its end", c.Leaf.NotAfter.Add(year), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := due(c.Leaf, tc.now); got != tc.want {
				t.Error(got)
			}
		})
	}
}

// An address that the machine got after the certificate was made is in the next one.
func TestNewAddress(t *testing.T) {
	k := open(t, Config{Folder: filepath.Join(t.TempDir(), "tls")})
	k.own.addresses = func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} }
	first, err := k.own.certificate(netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	if same, err := k.own.certificate(netip.MustParseAddr("8.8.8.8")); err != nil || same != first {
		t.Error("an address that it must not have replaces it", err)
	}
	second, err := k.own.certificate(netip.MustParseAddr("192.168.7.7"))
	if err != nil || second.Leaf.VerifyHostname("192.168.7.7") != nil {
		t.Error("the address is missing", err)
	}
}

func TestFilesOfTheOperator(t *testing.T) {
	folder := t.TempDir()
	cert, key := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	a, err := newAuthority("other", []string{"sms.example.com"}, private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(names ...string) *x509.Certificate {
		t.Helper()
		c, err := a.issue(names, nil, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		raw, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		for path, content := range map[string][]byte{cert: append(encode("CERTIFICATE", c.Certificate[0]), encode("CERTIFICATE", c.Certificate[1])...), key: encode("PRIVATE KEY", raw)} {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return c.Leaf
	}
	if _, err := Open(Config{Folder: filepath.Join(folder, "tls"), Cert: cert, Key: key}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "correct cert and key") {
		t.Errorf("without the files: %v", err)
	}
	first := write("sms.example.com")
	k := open(t, Config{Folder: filepath.Join(folder, "tls"), Cert: cert, Key: key})
	look := func(want *x509.Certificate) {
		t.Helper()
		k.files.checked = time.Time{} // as after a second
		if shown, err := dial(t, k, pool(a), "sms.example.com"); err != nil || !shown.Equal(want) {
			t.Errorf("another is shown, or none: %v", err)
		}
	}
	state := func(want bool) {
		t.Helper()
		if s := k.States(); len(s) != 1 || (s[0].Fault == nil) != want || !strings.Contains(s[0].Of, cert) || s[0].Until.IsZero() || !want && cause.Of(s[0].Fault).Code != cause.CertificateFiles {
			t.Errorf("the state is %+v", s)
		}
	}
	look(first)
	state(true)
	second := write("sms.example.com")
	look(second)
	t.Run("a key that does not belong to it", func(t *testing.T) {
		raw, err := os.ReadFile(cert)
		if err != nil {
			t.Fatal(err)
		}
		write("sms.example.com")
		if err := os.WriteFile(cert, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		look(second)
	})
	t.Run("none", func(t *testing.T) {
		if err := os.Remove(cert); err != nil {
			t.Fatal(err)
		}
		look(second)
		state(false)
	})
	look(write("sms.example.com"))
	state(true)
	if k.Authority() != nil {
		t.Error("there is an own authority")
	}
	if !k.Hosts("sms.example.com") || k.Hosts("x.example.com") {
		t.Error("the names are not those of the certificate")
	}
}

func TestHostedNames(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "tls")
	k := open(t, Config{Folder: folder})
	if _, _, err := OpenHosted(folder, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is one: %v", err)
	}
	hosted, isNew, err := OpenHosted(folder, []string{"textlinksms.com", "rest.textmagic.com", "textlinksms.com"})
	if err != nil || !isNew || !slices.Equal(hosted.Names(), []string{"rest.textmagic.com", "textlinksms.com"}) {
		t.Fatal(err, isNew)
	}
	k.hosted.checked = time.Time{}
	for _, name := range hosted.Names() {
		if _, err := dial(t, k, pool(hosted), name); err != nil || !k.Hosts(name) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := dial(t, k, pool(k.Authority()), name); err == nil {
			t.Errorf("%s is signed by the authority of the machine", name)
		}
	}
	if _, err := dial(t, k, pool(k.Authority()), "localhost"); err != nil {
		t.Error("the own names:", err)
	}
	if again, isNew, err := OpenHosted(folder, []string{"rest.textmagic.com", "textlinksms.com"}); err != nil || isNew || again.Fingerprint() != hosted.Fingerprint() {
		t.Error("the same names make another", err)
	}
	other, isNew, err := OpenHosted(folder, []string{"textflow.me"})
	if err != nil || !isNew {
		t.Fatal(err)
	}
	k.hosted.checked = time.Time{}
	if _, err := dial(t, k, pool(other), "textflow.me"); err != nil {
		t.Error(err)
	}
	if k.Hosts("textlinksms.com") {
		t.Error("a name that was removed is hosted")
	}
}

func TestRootIsPEM(t *testing.T) {
	k := open(t, Config{Folder: filepath.Join(t.TempDir(), "tls")})
	block, rest := pem.Decode(k.Authority().Root())
	if block == nil || len(rest) > 0 {
		t.Fatal("it is not one block")
	}
	if c, err := x509.ParseCertificate(block.Bytes); err != nil || !c.IsCA || len(Fingerprint(c)) != 32*3-1 {
		t.Error(err)
	}
}
