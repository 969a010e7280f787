package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"simgate/api/certificate"
	"simgate/api/certificate/acme"
	"simgate/cmd/simgate/config"
)

// certificateFolder is where the certificates of a configuration are.
func certificateFolder(cfg config.Config) string { return filepath.Join(cfg.StateDir, "tls") }

// openCertificates returns the certificates of the addresses with HTTPS, nil if there is
// none.
func openCertificates(cfg config.Config, log *slog.Logger) (*certificate.Keeper, error) {
	if len(cfg.Listen.Secure()) == 0 {
		return nil, nil //nolint:nilnil // there is nothing to keep
	}
	settings := certificate.Config{Folder: certificateFolder(cfg), Names: cfg.TLS.Names, Cert: cfg.TLS.Cert, Key: cfg.TLS.Key, Log: log}
	if names := cfg.TLS.ACME.Names; len(names) > 0 {
		public, err := acme.New(cfg.TLS.ACME.Client(settings.Folder))
		if err != nil {
			return nil, err
		}
		settings.Public, settings.PublicNames = public, names
	}
	keeper, err := certificate.Open(settings)
	if err == nil && keeper.Authority() != nil {
		log.Info("certificate authority", "root", "/ca", "sha256", keeper.Authority().Fingerprint(), "names", keeper.Authority().Names())
	}
	return keeper, err
}

// hosts returns which host names the API, and the pages, answer under.
func hosts(cfg config.Config, keeper *certificate.Keeper) (api, pages func(name string) bool) {
	every := func(string) bool { return true }
	names := slices.Concat(certificate.OwnNames(), cfg.TLS.Names, cfg.Hosts)
	own := func(name string) bool { return slices.Contains(names, name) || keeper != nil && keeper.Hosts(name) }
	switch any, pagesToo := cfg.AnyHost(); {
	case pagesToo:
		return every, every
	case any:
		return every, own
	}
	return own, own
}

// shownAt returns the certificate that is shown for a name, "" for none, at an address to
// which this machine listens.
func shownAt(ctx context.Context, address config.Address, name string) (*x509.Certificate, error) {
	host, port, err := net.SplitHostPort(string(address))
	if err != nil {
		return nil, err
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	// Whoever asks wants to see it, whether it is valid or not.
	dialer := tls.Dialer{Config: &tls.Config{ServerName: name, InsecureSkipVerify: true}} //nolint:gosec // nothing is sent
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}

// exampleOf returns a host name that an entry of names is for.
func exampleOf(name string) string {
	if parent, any := strings.CutPrefix(name, "*."); any {
		return "any." + parent
	}
	return name
}
