package acme

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// Config says from whom certificates are obtained, and how.
type Config struct {
	Folder    string // for the account, keys and certificates
	Directory string // URL of the authority
	Roots     string // file with the root that the authority's own HTTPS has (PEM), "" for those of this machine
	Email     string // that the authority may write to, "" for none
	DNS       DNS
	LookEvery time.Duration // how often [Client.Obtain] is called
}

// LetsEncrypt is the directory of the authority that is used by default.
const LetsEncrypt = certmagic.LetsEncryptProductionCA

// Client obtains certificates.
type Client struct {
	cfg   Config
	roots *x509.CertPool // nil for those of this machine
	zone  certmagic.DNSProvider
}

// New returns a client. It reads the roots, and asks nobody.
func New(c Config) (*Client, error) {
	if found := c.DNS.Check(); len(found) > 0 {
		return nil, fmt.Errorf("tls.acme.dns.%s %s", found[0].Key, found[0].Message)
	}
	client := &Client{cfg: c, zone: zone{providers[c.DNS.Provider].open(c.DNS), c.DNS}}
	if c.Roots != "" {
		raw, err := os.ReadFile(c.Roots)
		if err != nil {
			return nil, fmt.Errorf("tls.acme.ca: %w", err)
		}
		client.roots = x509.NewCertPool()
		if !client.roots.AppendCertsFromPEM(raw) {
			return nil, fmt.Errorf("tls.acme.ca: there is no certificate in %s", c.Roots)
		}
	}
	return client, nil
}

// Stored returns the certificate of a name that was obtained before, or an error that is
// [fs.ErrNotExist].
func (c *Client) Stored(ctx context.Context, name string) (*tls.Certificate, error) {
	var found certmagic.Certificate
	err := c.with(func(m *certmagic.Config) (err error) {
		found, err = m.CacheManagedCertificate(ctx, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &found.Certificate, nil
}

// Obtain returns a certificate for a name: the one that is stored, or another where there is
// none, or where it is due. It may take minutes.
func (c *Client) Obtain(ctx context.Context, name string) (*tls.Certificate, error) {
	err := c.with(func(m *certmagic.Config) error {
		_, err := m.CacheManagedCertificate(ctx, name)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		// A power cut may leave a key beside a certificate for another.
		return m.Storage.Delete(ctx, certmagic.StorageKeys.CertsSitePrefix(m.Issuers[0].IssuerKey(), name))
	})
	if err == nil {
		err = c.with(func(m *certmagic.Config) error { return m.ManageSync(ctx, []string{name}) })
	}
	if err != nil {
		return nil, c.explain(err)
	}
	return c.Stored(ctx, name)
}

// within is how long a record may take until all servers of its zone have it.
const within = 5 * time.Minute

// with calls do with what obtains certificates, of which nothing stays.
func (c *Client) with(do func(*certmagic.Config) error) error {
	quiet := zap.NewNop() // what is worth a word is in the errors
	var m *certmagic.Config
	cache := certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return m, nil },
		RenewCheckInterval: c.cfg.LookEvery, Logger: quiet})
	defer cache.Stop()
	m = certmagic.New(cache, certmagic.Config{Storage: &certmagic.FileStorage{Path: c.cfg.Folder}, Logger: quiet,
		OCSP: certmagic.OCSPConfig{DisableStapling: true}}) // authorities have given it up
	m.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(m, certmagic.ACMEIssuer{
		CA: c.cfg.Directory, TestCA: c.cfg.Directory, Agreed: true,
		Email:        cmp.Or(c.cfg.Email, " "), // without one it would ask for it on the terminal
		TrustedRoots: c.roots, Logger: quiet,
		DNS01Solver: &certmagic.DNS01Solver{DNSManager: certmagic.DNSManager{DNSProvider: c.zone, Resolvers: c.cfg.DNS.Resolvers,
			OverrideDomain: c.cfg.DNS.Alias, PropagationTimeout: within, Logger: quiet}},
	})}
	return do(m)
}
