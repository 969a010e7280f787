package api

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"simgate/api/dialect"
)

// Native is the name of the native API in the dialects of a listener. It includes
// health, metrics and documentation.
const Native = "native"

// Listener is a listener of the network, and what is served there.
type Listener struct {
	net.Listener
	// Dialects are the names of the dialects that are served, with their paths at the
	// root; nothing else is. nil stands for the native API and all dialects.
	Dialects []string
	// TLS are the settings for HTTPS, nil for plain HTTP.
	TLS *tls.Config
}

// CheckDialects returns an error if a listener cannot serve the dialects with these
// names.
func CheckDialects(names []string) error {
	all := newDialects(dialect.Env{})
	for i, name := range names {
		if name != Native && !slices.ContainsFunc(all, func(d dialect.Dialect) bool { return d.Name == name }) {
			var known []string
			for _, d := range all {
				known = append(known, d.Name)
			}
			slices.Sort(known)
			return fmt.Errorf("there is no dialect %q: use %s, %s", name, Native, strings.Join(known, ", "))
		}
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("%s appears twice", name)
		}
	}
	set, _ := choose(all, names)
	return set.Check()
}

// choose returns the dialects with these names, all of them for no names, and whether
// the native API is served too.
func choose(all []dialect.Dialect, names []string) (set dialect.Set, native bool) {
	if len(names) == 0 {
		return dialect.Set{Dialects: all}, true
	}
	set.Rooted = true
	for _, name := range names {
		if i := slices.IndexFunc(all, func(d dialect.Dialect) bool { return d.Name == name }); i >= 0 {
			set.Dialects = append(set.Dialects, all[i])
		}
	}
	native = slices.Contains(names, Native)
	if !native && len(set.Dialects) > 0 {
		set.Others = &set.Dialects[0]
	}
	return set, native
}

// ListenSocket listens on the Unix socket at path. It replaces a socket of an earlier
// run, but nothing that is not a socket and none on which a process answers. It
// creates the folder if need be; whoever can enter that is the operator.
func ListenSocket(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("the folder of the socket: %w", err)
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on the socket: %w; choose another path with socket in the configuration", err)
	}
	if err := os.Chmod(path, 0o660); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s exists and is not a socket: move it, or choose another path with socket in the configuration", path)
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		_ = conn.Close()
		return fmt.Errorf("another simgate answers on %s: stop it first", path)
	}
	return os.Remove(path)
}
