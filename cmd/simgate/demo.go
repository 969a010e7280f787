package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"simgate/cmd/simgate/config"
	"simgate/gateway"
	"simgate/gateway/key"
)

// A demo is a gateway that "simgate try" runs. All that it keeps is in one folder, and
// its socket follows from the path of that folder, so that the command line finds it.

// demoFolder is where the first demo of a folder keeps its state; those beside it get a
// number.
const demoFolder = ".simgate"

// anyDemo is the value of --demo that stands for the one that runs.
const anyDemo = "any"

// demoConfig returns the configuration of the demo in a folder.
func demoConfig(folder string) (config.Config, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return config.Config{}, err
	}
	cfg := config.Default()
	cfg.StateDir, cfg.RuntimeDir = folder, ""
	cfg.Socket = filepath.Join(demoSockets(), url.PathEscape(folder)+".sock")
	if len(cfg.Socket) > config.MaxSocketPath {
		sum := sha256.Sum256([]byte(folder))
		cfg.Socket = filepath.Join(demoSockets(), hex.EncodeToString(sum[:8])+".sock")
	}
	return cfg, nil
}

// demoSockets is the folder of the sockets of this user's demos.
func demoSockets() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("simgate-try-%d", os.Getuid()))
}

// ownDemoSockets returns an error if another user could put a socket there.
func ownDemoSockets() error {
	info, err := os.Lstat(demoSockets())
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(st.Uid) != os.Getuid() || info.Mode()&0o022 != 0 {
		return fmt.Errorf("%s belongs to another user, or others can write to it: remove it", demoSockets())
	}
	return nil
}

// runningDemos returns the sockets on which demos of this user answer.
func runningDemos() []string {
	if ownDemoSockets() != nil {
		return nil
	}
	sockets, _ := filepath.Glob(filepath.Join(demoSockets(), "*.sock"))
	return slices.DeleteFunc(sockets, func(path string) bool {
		conn, err := net.DialTimeout("unix", path, time.Second)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
}

// findDemo returns the configuration of the demo in a folder, or of the one that runs
// for [anyDemo]. Of several the one of the working folder is meant.
func findDemo(folder string) (config.Config, error) {
	if folder != anyDemo {
		return demoConfig(folder)
	}
	cfg, err := demoConfig(demoFolder)
	running := runningDemos()
	switch {
	case err != nil || slices.Contains(running, cfg.Socket):
		return cfg, err
	case len(running) == 0:
		return cfg, errors.New("no demo is running: start one with \"simgate try\"")
	case len(running) > 1:
		return cfg, usageError{fmt.Errorf("several demos are running: choose one with --demo=FOLDER, of %s", strings.Join(demoNames(running), ", "))}
	}
	if name := demoNames(running)[0]; filepath.IsAbs(name) {
		return demoConfig(name)
	}
	cfg.Socket = running[0] // its folder has too long a path to be in the name
	return cfg, nil
}

// demoNames returns the folders of the demos with these sockets, as far as the names
// tell them.
func demoNames(sockets []string) []string {
	var names []string
	for _, path := range sockets {
		name := strings.TrimSuffix(filepath.Base(path), ".sock")
		if folder, err := url.PathUnescape(name); err == nil {
			name = folder
		}
		names = append(names, name)
	}
	return names
}

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
		folder = demoFolder + "-" + strconv.Itoa(n)
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

// daemonConfig returns the configuration of the daemon that a command talks to: that of
// --config, or of a demo if --demo says so, or if there is no configuration and a demo
// runs.
func (a *app) daemonConfig() (config.Config, error) {
	if a.demo != "" {
		return findDemo(a.demo)
	}
	cfg, err := a.loadConfig()
	if errors.Is(err, fs.ErrNotExist) && a.configPath == defaultConfig && len(runningDemos()) > 0 {
		return findDemo(anyDemo)
	}
	return cfg, err
}
