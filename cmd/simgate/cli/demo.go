package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"simgate/cmd/simgate/config"
	"simgate/gateway/guard"
)

// DemoFolder is where the first demo of a folder keeps its state; those beside it get a
// number.
const DemoFolder = ".simgate"

// AnyDemo is the value of --demo that stands for the one that runs.
const AnyDemo = "any"

// DemoConfig returns the configuration of the demo in a folder.
func DemoConfig(folder string) (config.Config, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return config.Config{}, err
	}
	cfg := config.Default()
	cfg.Guard.Conversion = string(guard.Throttle) // as in new configurations; a file without it is an old one
	cfg.StateDir, cfg.RuntimeDir = folder, ""
	cfg.Socket = filepath.Join(DemoSockets(), url.PathEscape(folder)+".sock")
	if len(cfg.Socket) > config.MaxSocketPath {
		sum := sha256.Sum256([]byte(folder))
		cfg.Socket = filepath.Join(DemoSockets(), hex.EncodeToString(sum[:8])+".sock")
	}
	return cfg, nil
}

// DemoSockets is the folder of the sockets of this user's demos.
func DemoSockets() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("simgate-try-%d", os.Getuid()))
}

// IsDemo reports whether a configuration is that of a demo.
func IsDemo(cfg config.Config) bool { return filepath.Dir(cfg.Socket) == DemoSockets() }

// OwnDemoSockets returns an error if another user could put a socket there.
func OwnDemoSockets() error {
	info, err := os.Lstat(DemoSockets())
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(st.Uid) != os.Getuid() || info.Mode()&0o022 != 0 {
		return fmt.Errorf("%s belongs to another user, or others can write to it: remove it", DemoSockets())
	}
	return nil
}

// RunningDemos returns the sockets on which demos of this user answer.
func RunningDemos() []string {
	if OwnDemoSockets() != nil {
		return nil
	}
	sockets, _ := filepath.Glob(filepath.Join(DemoSockets(), "*.sock"))
	return slices.DeleteFunc(sockets, func(path string) bool {
		conn, err := net.DialTimeout("unix", path, time.Second)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
}

// FindDemo returns the configuration of the demo in a folder, or of the one that runs
// for [AnyDemo]. Of several the one of the working folder is meant.
func FindDemo(folder string) (config.Config, error) {
	if folder != AnyDemo {
		return DemoConfig(folder)
	}
	cfg, err := DemoConfig(DemoFolder)
	running := RunningDemos()
	switch {
	case err != nil || slices.Contains(running, cfg.Socket):
		return cfg, err
	case len(running) == 0:
		return cfg, errors.New("no demo is running: start one with \"simgate try\"")
	case len(running) > 1:
		return cfg, UsageError{Err: fmt.Errorf("several demos are running: choose one with --demo=FOLDER, of %s", strings.Join(demoNames(running), ", "))}
	}
	if name := demoNames(running)[0]; filepath.IsAbs(name) {
		return DemoConfig(name)
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
