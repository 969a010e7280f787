package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"
)

// Authority signs the certificates of a few names and addresses.
type Authority struct {
	root   *x509.Certificate // for trust stores; nobody has its key
	signer *x509.Certificate
	key    *ecdsa.PrivateKey // of signer
}

// Authorities are valid for as long as can be written in two digits of the year: their
// end would be noticed by all apps at once, and a root is no secret that wears off.
var (
	validFrom  = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	validUntil = time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC)
)

// newAuthority returns an authority for names, with the names below them, and for
// addresses.
func newAuthority(title string, names []string, addresses []netip.Prefix) (*Authority, error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(rootKey.Public())
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(public)
	title += " " + hex.EncodeToString(sum[:4]) // two roots on one device are told apart
	root, err := sign(constrained(title+" root", 1, names, addresses), nil, rootKey.Public(), rootKey)
	if err != nil {
		return nil, err
	}
	signer, err := sign(constrained(title, 0, names, addresses), root, key.Public(), rootKey)
	if err != nil {
		return nil, err
	}
	return &Authority{root: root, signer: signer, key: key}, nil
}

// constrained returns the template of an authority that may have as many authorities
// below it.
func constrained(title string, below int, names []string, addresses []netip.Prefix) *x509.Certificate {
	c := &x509.Certificate{
		Subject:   pkix.Name{Organization: []string{"simgate"}, CommonName: title},
		NotBefore: validFrom, NotAfter: validUntil,
		BasicConstraintsValid: true, IsCA: true, MaxPathLen: below, MaxPathLenZero: below == 0,
		KeyUsage:                    x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         names,
	}
	for _, p := range addresses {
		c.PermittedIPRanges = append(c.PermittedIPRanges, &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())})
	}
	if len(addresses) == 0 { // what is not mentioned is not constrained
		c.ExcludedIPRanges = []*net.IPNet{{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}, {IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}}
	}
	return c
}

// sign returns what a parent signs with its key; nil signs itself.
func sign(c, parent *x509.Certificate, public any, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	if parent == nil {
		parent = c
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, parent, public, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(raw)
}

// openAuthority returns the authority in a file, and an error that is [fs.ErrNotExist]
// where there is none.
func openAuthority(path string) (*Authority, error) {
	chain, err := load(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	var a Authority
	if err == nil && len(chain.Certificate) == 2 {
		a.signer = chain.Leaf
		a.root, err = x509.ParseCertificate(chain.Certificate[1])
		a.key, _ = chain.PrivateKey.(*ecdsa.PrivateKey)
	}
	if err != nil || a.key == nil {
		return nil, fmt.Errorf("%s does not hold an authority: restore it from a backup, or remove it, so that another is made (%w)", path, err)
	}
	return &a, nil
}

// write stores the authority with the key of the signer.
func (a *Authority) write(path string) error {
	return save(path, &tls.Certificate{Certificate: [][]byte{a.signer.Raw, a.root.Raw}, PrivateKey: a.key})
}

// Root returns the root for trust stores, in PEM.
func (a *Authority) Root() []byte { return encode("CERTIFICATE", a.root.Raw) }

// Fingerprint returns the SHA-256 hash of the root as trust stores show it.
func (a *Authority) Fingerprint() string { return Fingerprint(a.root) }

// Fingerprint returns the SHA-256 hash of a certificate: 32 octets in hexadecimal,
// with colons between them.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

// Names returns the names that it may sign for.
func (a *Authority) Names() []string { return a.signer.PermittedDNSDomains }

// allows reports whether it may sign for a name.
func (a *Authority) allows(name string) bool {
	for _, permitted := range a.signer.PermittedDNSDomains {
		if name == permitted || strings.HasSuffix(name, "."+permitted) {
			return true
		}
	}
	return false
}

// allowsAddress reports whether it may sign for an address.
func (a *Authority) allowsAddress(ip netip.Addr) bool {
	for _, permitted := range a.signer.PermittedIPRanges {
		if permitted.Contains(ip.AsSlice()) {
			return true
		}
	}
	return false
}

// The life of a certificate. Apple's devices refuse one of more than 825 days, whoever
// has signed it (support.apple.com/103769). It begins a year before it is made, for the
// clock of this machine may be late, and it is replaced when a third is left.
const (
	day          = 24 * time.Hour
	lifeBefore   = 365 * day
	lifeAfter    = 459 * day
	renewalAhead = (lifeBefore + lifeAfter) / 3
)

// written is when this was written. A clock that shows an earlier time is not set.
var written = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// due reports whether a certificate has to be replaced. Nothing follows from a clock
// that is not set.
func due(c *x509.Certificate, now time.Time) bool {
	return !now.Before(written) && (now.Before(c.NotBefore) || now.After(c.NotAfter.Add(-renewalAhead)))
}

// issue returns a certificate for those of the names and addresses that the authority
// may sign for.
func (a *Authority) issue(names []string, addresses []netip.Addr, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if now.Before(written) {
		now = written
	}
	c := &x509.Certificate{
		Subject:   pkix.Name{Organization: []string{"simgate"}},
		NotBefore: now.Add(-lifeBefore), NotAfter: now.Add(lifeAfter),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if a.allows(name) {
			c.DNSNames = append(c.DNSNames, name)
		}
	}
	for _, ip := range addresses {
		if a.allowsAddress(ip) {
			c.IPAddresses = append(c.IPAddresses, ip.AsSlice())
		}
	}
	leaf, err := sign(c, a.signer, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{leaf.Raw, a.signer.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// signed reports whether the authority has signed a certificate, which another may have
// done that was replaced.
func (a *Authority) signed(c *x509.Certificate) bool { return c.CheckSignatureFrom(a.signer) == nil }

// load returns the key and the certificates of a file, the first of them parsed.
func load(path string) (*tls.Certificate, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := tls.X509KeyPair(raw, raw)
	if err != nil {
		return nil, err
	}
	return &c, nil
}
