package simulator_test

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"simgate/modem/simulator"
)

// servePTY serves m until the test ends.
func servePTY(t *testing.T, m *simulator.Modem, path string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.ServePTY(ctx, path) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(m.Path()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the link is still there: %v", err)
		}
	})
}

// openPTY waits for the terminal and opens it as a serial port is opened:
// exclusively, which nothing takes back when the test closes it.
func openPTY(t *testing.T, m *simulator.Modem) *host {
	t.Helper()
	if err := m.AwaitPTY(t.Context()); err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(m.Path(), os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tty.Close() })
	conn, err := tty.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = conn.Control(func(fd uintptr) {
		if err := unix.IoctlSetInt(int(fd), unix.TIOCEXCL, 0); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, port: tty, in: bufio.NewReader(tty)}
	h.command("E0;+CMEE=1")
	return h
}

func TestPTY(t *testing.T) {
	n := simulator.NewNetwork()
	m := n.Modem(simulator.SIM{MSISDN: shop})
	folder := t.TempDir()
	path := filepath.Join(folder, "ttySIM")
	if err := os.Symlink("/dev/pts/stale", path); err != nil {
		t.Fatal(err)
	}
	servePTY(t, m, path)
	h := openPTY(t, m)
	if got := h.send(hello); got != "+CMGS: 0|OK" {
		t.Errorf("answer %q", got)
	}
	if got := len(n.Subscriber(anna).Messages()); got != 1 {
		t.Errorf("%d messages", got)
	}

	m.Unplug()
	if _, err := h.port.Read(make([]byte, 1)); err == nil {
		t.Error("the port outlived the modem")
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link outlived the modem: %v", err)
	}
	_ = h.port.Close()

	m.PlugAt(filepath.Join(folder, "ttyOTHER"))
	h = openPTY(t, m)
	if got := h.command("+CPIN?"); got != "+CPIN: READY|OK" {
		t.Errorf("after replugging: %q", got)
	}
}

func TestPTYIsOpenedAgainAndAgain(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{})
	servePTY(t, m, filepath.Join(t.TempDir(), "ttySIM"))
	for range 50 {
		h := openPTY(t, m)
		if got := h.command("+CSQ"); got != "+CSQ: 20,99|OK" {
			t.Fatalf("got %q", got)
		}
		before, err := os.Readlink(m.Path())
		if err != nil {
			t.Fatal(err)
		}
		if err := h.port.Close(); err != nil {
			t.Fatal(err)
		}
		for after := before; after == before; runtime.Gosched() {
			if after, err = os.Readlink(m.Path()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAModemBehindAPTYHangsUntilItIsOpenedAgain(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{})
	servePTY(t, m, filepath.Join(t.TempDir(), "ttySIM"))
	h := openPTY(t, m)
	m.Hang(simulator.CureReopen)
	if err := h.port.Close(); err != nil {
		t.Fatal(err)
	}
	for m.Resets()["reopen"] == 0 {
		runtime.Gosched()
	}
	if got := openPTY(t, m).command("+CSQ"); got != "+CSQ: 20,99|OK" {
		t.Errorf("got %q", got)
	}
}

func TestPTYInTheWay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		path string
		want error
	}{
		"a file":        {file, fs.ErrExist},
		"a folder":      {t.TempDir(), fs.ErrExist},
		"a lost folder": {"/nowhere/tty", fs.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			m := simulator.NewNetwork().Modem(simulator.SIM{})
			if err := m.ServePTY(t.Context(), test.path); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "mine" {
		t.Errorf("the file is %q, %v", b, err)
	}
}

func TestPTYAndAPortInMemoryExcludeEachOther(t *testing.T) {
	m := simulator.NewNetwork().Modem(simulator.SIM{})
	open(t, m)
	if err := m.ServePTY(t.Context(), filepath.Join(t.TempDir(), "tty")); !errors.Is(err, unix.EBUSY) {
		t.Errorf("got %v", err)
	}
}
