package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"simgate/cmd/simgate/cli"
	"simgate/gateway"
	"simgate/gateway/key"
)

// A demo is a gateway that "simgate try" runs. All that it keeps is in one folder, and
// its socket follows from the path of that folder, so that the command line finds it.

// demoState is the folder of a demo, for which it holds a lock.
type demoState struct {
	folder string
	lock   *os.File
}

// openDemo takes the folder, or the first of those beside it that no other demo uses
// if beside is true.
func openDemo(folder string, beside bool) (demoState, error) {
	for n := 2; ; n++ {
		s, err := lockDemo(folder)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return s, err
		}
		if !beside {
			return s, fmt.Errorf("a demo is running in %s: stop it, or choose another folder with --state-dir", folder)
		}
		folder = cli.DemoFolder + "-" + strconv.Itoa(n)
	}
}

func lockDemo(folder string) (demoState, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return demoState{}, err
	}
	f, err := os.OpenFile(filepath.Join(folder, "demo.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return demoState{}, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return demoState{}, errors.Join(err, f.Close())
	}
	return demoState{folder: folder, lock: f}, nil
}

func (s demoState) Close() error { return s.lock.Close() }

// read returns the content of a small file, "" for none.
func (s demoState) read(name string) string {
	b, _ := os.ReadFile(filepath.Join(s.folder, name))
	return strings.TrimSpace(string(b))
}

// write writes a small file that only this user can read.
func (s demoState) write(name, text string) error {
	return os.WriteFile(filepath.Join(s.folder, name), []byte(text+"\n"), 0o600)
}

// address returns the address of the last run, or wanted where that is named or nothing
// ran before. If the port is in use it takes one of the next, or any.
func (s demoState) address(wanted string, named bool) string {
	if last := s.read("address"); last != "" && !named {
		wanted = last
	}
	host, text, _ := net.SplitHostPort(wanted)
	first, err := strconv.Atoi(text)
	if err != nil {
		return wanted // which cannot be listened on, and the error says why
	}
	for port := first; port < min(first+20, 1<<16); port++ {
		address := net.JoinHostPort(host, strconv.Itoa(port))
		l, err := net.Listen("tcp", address)
		if err == nil {
			_ = l.Close()
			return address
		}
		if !errors.Is(err, unix.EADDRINUSE) {
			return wanted
		}
	}
	return net.JoinHostPort(host, "0")
}

// demoApp is the app of the demo's key.
const demoApp = "try"

// token returns the key of the last run if it still works, or makes one. It allows all
// that an app may do, so that every example of the documentation works.
func (s demoState) token(ctx context.Context, keys *key.Ring) (string, error) {
	scopes := slices.DeleteFunc(slices.Clone(key.Scopes), func(s key.Scope) bool { return s == key.Admin })
	last := s.read("key")
	k, err := keys.Authenticate(ctx, last)
	if err == nil && !slices.ContainsFunc(scopes, func(s key.Scope) bool { return !k.Allows(s) }) {
		return last, nil
	}
	all, err := keys.List(ctx)
	if err != nil {
		return "", err
	}
	for _, k := range all {
		if k.App == demoApp && k.Revoked.IsZero() {
			if _, err := keys.Revoke(ctx, k.ID); err != nil {
				return "", err
			}
		}
	}
	_, token, err := keys.Create(ctx, demoApp, scopes)
	if err != nil {
		return "", err
	}
	return token, s.write("key", token)
}

// remember keeps the address and returns the key for the greeting.
func (s demoState) remember(ctx context.Context, g *gateway.Gateway, address string) (token string, err error) {
	if err := s.write("address", address); err != nil {
		return "", err
	}
	return s.token(ctx, g.Keys())
}
