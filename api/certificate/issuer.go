package certificate

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"
)

var errNotReplaced = errors.New("the log says why")

// issuer shows a certificate of an authority, and replaces it in time.
type issuer struct {
	authority *Authority
	path      string // of the certificate, so that it survives a restart
	names     []string
	addresses func() []netip.Addr
	log       *slog.Logger

	mu   sync.Mutex
	leaf *tls.Certificate
}

func newIssuer(a *Authority, path string, names []string, addresses func() []netip.Addr, log *slog.Logger) *issuer {
	i := &issuer{authority: a, path: path, names: names, addresses: addresses, log: log}
	if leaf, err := load(path); err == nil && a.signed(leaf.Leaf) {
		i.leaf = leaf
	}
	return i
}

// certificate returns one for a connection to an address of this machine.
func (i *issuer) certificate(local netip.Addr) (*tls.Certificate, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := time.Now()
	if i.leaf != nil && !due(i.leaf.Leaf, now) && i.holds(local) {
		return i.leaf, nil
	}
	addresses := i.addresses()
	if !slices.Contains(addresses, local) {
		addresses = append(addresses, local)
	}
	leaf, err := i.authority.issue(i.names, addresses, now)
	if err != nil && i.leaf != nil {
		i.log.Error("a certificate cannot be replaced", "err", err)
		return i.leaf, nil
	}
	if err != nil {
		return nil, err
	}
	i.leaf = leaf
	i.log.Info("a certificate was made", "names", leaf.Leaf.DNSNames, "addresses", leaf.Leaf.IPAddresses, "until", leaf.Leaf.NotAfter)
	if err := save(i.path, leaf); err != nil {
		i.log.Warn("a certificate cannot be stored; another is made at the next start", "err", err)
	}
	return leaf, nil
}

// holds reports whether the certificate has all names, and an address if the authority
// may sign for it.
func (i *issuer) holds(local netip.Addr) bool {
	for _, name := range i.names {
		if i.authority.allows(name) && !slices.Contains(i.leaf.Leaf.DNSNames, name) {
			return false
		}
	}
	return !i.authority.allowsAddress(local) || i.leaf.Leaf.VerifyHostname(local.String()) == nil
}
