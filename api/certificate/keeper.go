package certificate

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
)

// Config says which certificates are shown.
type Config struct {
	Folder string   // for authorities, keys and certificates; its parent must exist
	Names  []string // of this machine, besides [OwnNames]
	// Cert and Key are files of the operator, which are shown instead of a certificate
	// of the own authority; "" for none.
	Cert, Key string
	// Public signs certificates for PublicNames; nil for none. They are shown for these
	// names, and that of the own authority for others.
	Public      Public
	PublicNames []string
	Log         *slog.Logger
}

// Keeper has the certificates of all listeners.
type Keeper struct {
	own      *issuer // nil where files are shown
	files    *watched[*tls.Certificate]
	hosted   *watched[*issuer]
	obtained *obtained // nil for none
}

// Open returns the keeper of a folder. It makes the authority if there is none.
func Open(c Config) (*Keeper, error) {
	k := &Keeper{}
	hosted := HostedFile(c.Folder)
	k.hosted = &watched[*issuer]{paths: []string{hosted},
		fail: func(err error) { c.Log.Error("the authority for hosted names cannot be read", "err", err) },
		read: func() (*issuer, error) {
			a, err := openAuthority(hosted)
			if errors.Is(err, fs.ErrNotExist) {
				return nil, nil //nolint:nilnil // there is none, which is no fault
			}
			if err != nil {
				return nil, err
			}
			none := func() []netip.Addr { return nil }
			return newIssuer(a, filepath.Join(c.Folder, "hosted-certificate.pem"), a.Names(), none, c.Log), nil
		}}
	if c.Public != nil {
		k.obtained = newObtained(c.Public, c.PublicNames, c.Log)
	}
	if c.Cert != "" {
		return k, k.useFiles(c)
	}
	names := OwnNames()
	for _, name := range c.Names {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	path := OwnFile(c.Folder)
	a, err := openAuthority(path)
	if errors.Is(err, fs.ErrNotExist) {
		if a, err = newAuthority("simgate of "+hostName(), names, private); err == nil {
			err = a.write(path)
		}
	}
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !a.allows(name) {
			c.Log.Warn("the authority may not sign for a name of this machine: apps can use its other names and its addresses",
				"name", name, "fix", "remove "+path+" and restart; then install the new root on all devices")
		}
	}
	k.own = newIssuer(a, filepath.Join(c.Folder, "certificate.pem"), names, ownAddresses, c.Log)
	return k, nil
}

// OwnFile is where the authority of this machine is, in the folder of a [Config].
func OwnFile(folder string) string { return filepath.Join(folder, "authority.pem") }

// HostedFile is where the authority for hosted names is.
func HostedFile(folder string) string { return filepath.Join(folder, "hosted.pem") }

func (k *Keeper) useFiles(c Config) error {
	k.files = &watched[*tls.Certificate]{paths: []string{c.Cert, c.Key},
		fail: func(err error) {
			c.Log.Error("the new certificate cannot be used; the old one stays", "cert", c.Cert, "key", c.Key, "err", err)
		},
		read: func() (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
			if err != nil {
				return nil, err
			}
			c.Log.Info("the certificate was read", "cert", c.Cert, "names", pair.Leaf.DNSNames, "until", pair.Leaf.NotAfter)
			return &pair, nil
		}}
	pair, err := k.files.read()
	if err != nil {
		return fmt.Errorf("the certificate cannot be used: %w; correct cert and key of tls in the configuration", err)
	}
	k.files.set(pair)
	return nil
}

// TLS returns the settings of a listener.
func (k *Keeper) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: k.certificate}
}

// certificate returns the one for a handshake.
func (k *Keeper) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(hello.ServerName)
	if hosted := k.hosted.get(); hosted != nil && name != "" && hosted.authority.allows(name) && !k.ownName(name) {
		return hosted.certificate(netip.Addr{})
	}
	if c := k.obtained.certificate(name); c != nil {
		return c, nil
	}
	if k.files != nil {
		return k.files.get(), nil
	}
	return k.own.certificate(addressOf(hello.Conn.LocalAddr()))
}

func (k *Keeper) ownName(name string) bool { return k.own != nil && slices.Contains(k.own.names, name) }

// Authority returns the authority of this machine, nil where files are shown.
func (k *Keeper) Authority() *Authority {
	if k.own == nil {
		return nil
	}
	return k.own.authority
}

// Hosts reports whether a name is one of those that the certificates are for: those of
// this machine, or hosted ones.
func (k *Keeper) Hosts(name string) bool {
	if hosted := k.hosted.get(); hosted != nil && slices.Contains(hosted.names, name) {
		return true
	}
	if _, ok := k.obtained.covers(name); ok {
		return true
	}
	if k.files != nil {
		return k.files.get().Leaf.VerifyHostname(name) == nil
	}
	return k.ownName(name)
}

// Run obtains and replaces certificates of a [Public] authority until ctx ends. Others need
// nobody to run: they are replaced when they are asked for.
func (k *Keeper) Run(ctx context.Context) {
	if k.obtained != nil {
		k.obtained.run(ctx)
	}
}

// OpenHosted returns the authority for hosted names in the folder of a [Config]. It is
// replaced where it is for other names, since it signs for just its own. Without names
// the one that there is is returned, or an error that is [fs.ErrNotExist].
func OpenHosted(folder string, names []string) (a *Authority, isNew bool, err error) {
	path := HostedFile(folder)
	a, err = openAuthority(path)
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 || err == nil && slices.Equal(names, a.Names()) {
		return a, false, err
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, false, err
	}
	if a, err = newAuthority("simgate for hosted names", names, nil); err != nil {
		return nil, false, err
	}
	return a, true, a.write(path)
}
