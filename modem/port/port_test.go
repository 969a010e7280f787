package port

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// pair returns both ends of a pseudo-terminal: the modem's, and the path of ours.
func pair(t *testing.T) (modem *os.File, path string) {
	t.Helper()
	modem, ours, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	path = ours.Name()
	// The kernel forgets an end that nobody holds, so it is held for the test.
	t.Cleanup(func() {
		_ = ours.Close()
		_ = modem.Close()
	})
	return modem, path
}

func open(t *testing.T, path string) io.ReadWriteCloser {
	t.Helper()
	p, err := Open(path, 115200)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func TestPortCarriesBytesAsTheyAre(t *testing.T) {
	modem, path := pair(t)
	p := open(t, path)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if _, err := p.Write(all); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(all))
	if _, err := io.ReadFull(modem, got); err != nil || string(got) != string(all) {
		t.Errorf("to the modem: %x, %v", got, err)
	}
	if _, err := modem.Write(all); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(p, got); err != nil || string(got) != string(all) {
		t.Errorf("from the modem: %x, %v", got, err)
	}
}

func TestPortFollowsALink(t *testing.T) {
	_, path := pair(t)
	link := filepath.Join(t.TempDir(), "tty-stick")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	open(t, link)
}

// R06: a write after Close reaches no file that was opened since.
func TestR06WriteAfterClose(t *testing.T) {
	_, path := pair(t)
	p := open(t, path)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	victim := filepath.Join(t.TempDir(), "victim")
	for range 8 { // one of them gets the port's old descriptor
		f, err := os.OpenFile(victim, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
	}
	if n, err := p.Write([]byte("AT+CMGS=22\r")); n != 0 || !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Write = %d, %v", n, err)
	}
	if content, err := os.ReadFile(victim); err != nil || len(content) != 0 {
		t.Errorf("the other file holds %q, %v", content, err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

// R07: a child process does not inherit the port, so that it can be opened
// again while the child lives.
func TestR07ChildrenDoNotInheritThePort(t *testing.T) {
	_, path := pair(t)
	before := files(t, "self")
	p := open(t, path)
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	inherited := files(t, strconv.Itoa(child.Process.Pid))
	for file := range files(t, "self") {
		if !before[file] && inherited[file] || inherited[path] {
			t.Errorf("the child has %s", file)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

// files returns what the descriptors of a process lead to.
func files(t *testing.T, process string) map[string]bool {
	t.Helper()
	links, err := filepath.Glob("/proc/" + process + "/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, l := range links {
		if file, err := os.Readlink(l); err == nil {
			found[file] = true
		}
	}
	return found
}

// R08: a descriptor of 1024 or more, at which the library panics, works.
func TestR08HighDescriptor(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < 1100 {
		t.Skipf("only %d files may be open here", limit.Cur)
	}
	modem, path := pair(t)
	for range 1100 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
	}
	p := open(t, path)
	if _, err := modem.Write([]byte("OK")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 2)
	if _, err := io.ReadFull(p, got); err != nil || string(got) != "OK" {
		t.Errorf("read %q, %v", got, err)
	}
}

// R13: while another program reads the same tty (ModemManager, cat), a read that finds
// nothing goes on waiting, and Close ends it.
func TestR13AnotherProgramReadsThePort(t *testing.T) {
	modem, ours, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	var taken atomic.Int64
	var others sync.WaitGroup
	for range 3 {
		others.Go(func() {
			for b := make([]byte, 1); ; { // until the terminal is hung up
				n, err := ours.Read(b)
				if taken.Add(int64(n)); err != nil {
					return
				}
			}
		})
	}
	defer others.Wait()
	defer func() { _, _ = modem.Close(), ours.Close() }()
	for round := range int64(500) { // in about one of fifty the other is faster at the wrong moment
		p := open(t, ours.Name())
		read := make(chan error, 1)
		go func() {
			for b := make([]byte, 1); ; {
				n, err := p.Read(b)
				if taken.Add(int64(n)); err != nil {
					read <- err
					return
				}
			}
		}()
		if _, err := modem.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		for taken.Load() <= round {
			time.Sleep(10 * time.Microsecond)
		}
		closed := make(chan error, 1)
		go func() { closed <- p.Close() }()
		select {
		case err := <-closed:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("Close waits for what the other program has read")
		}
		if err := <-read; !errors.Is(err, fs.ErrClosed) {
			t.Fatalf("Read: %v", err)
		}
	}
}

// A program that changes the settings of the tty, so that a read returns at once with
// nothing, neither ends the port nor makes it spin.
func TestAnotherProgramChangesTheSettings(t *testing.T) {
	modem, path := pair(t)
	p := open(t, path)
	settings, err := unix.IoctlGetTermios(int(modem.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	settings.Cc[unix.VMIN], settings.Cc[unix.VTIME] = 0, 0
	if err := unix.IoctlSetTermios(p.(*port).fd, unix.TCSETS, settings); err != nil {
		t.Fatal(err)
	}
	read := make(chan string, 1)
	go func() {
		b := make([]byte, 10)
		n, err := p.Read(b)
		read <- string(b[:n])
		if err != nil {
			t.Error(err)
		}
	}()
	if _, err := modem.Write([]byte("OK")); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "OK" {
		t.Errorf("read %q", got)
	}
}

// R09: a second opening fails, as root too, and leaves the first alone.
func TestR09SecondOpening(t *testing.T) {
	modem, path := pair(t)
	p := open(t, path)
	if second, err := Open(path, 9600); err == nil {
		_ = second.Close()
		t.Fatal("the port was opened twice")
	} else if !strings.Contains(err.Error(), "this simgate itself") {
		t.Errorf("the error is %v", err)
	}
	if _, err := p.Write([]byte("AT\r")); err != nil {
		t.Error(err)
	}
	got := make([]byte, 3)
	if _, err := io.ReadFull(modem, got); err != nil || string(got) != "AT\r" {
		t.Errorf("the first owner's bytes: %q, %v", got, err)
	}
}

// R12: a write that the modem does not take ends, is called a failure, and does
// not keep the port from being closed.
func TestR12StalledWrite(t *testing.T) {
	t.Run("gives up", func(t *testing.T) {
		_, path := pair(t)
		p := open(t, path)
		n, err := p.Write(make([]byte, 1<<20))
		if err == nil || !strings.Contains(err.Error(), "takes no more bytes") || n == 0 {
			t.Errorf("Write = %d, %v", n, err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("is ended by Close", func(t *testing.T) {
		_, path := pair(t)
		p := open(t, path)
		written := make(chan error, 1)
		go func() {
			_, err := p.Write(make([]byte, 1<<20))
			written <- err
		}()
		for p.(*port).writing.TryLock() { // until the write is on its way
			p.(*port).writing.Unlock()
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := <-written; err == nil {
			t.Error("the write is said to be whole")
		}
	})
}

func TestUnplugWakesTheReader(t *testing.T) {
	modem, ours, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, ours.Name())
	_ = ours.Close()
	read := make(chan error, 1)
	go func() {
		_, err := p.Read(make([]byte, 10))
		read <- err
	}()
	_ = modem.Close()
	if err := <-read; !errors.Is(err, ErrUnplugged) {
		t.Errorf("Read: %v", err)
	}
	if _, err := p.Write([]byte("AT\r")); !errors.Is(err, ErrUnplugged) {
		t.Errorf("Write: %v", err)
	}
}

func TestCloseWakesTheReader(t *testing.T) {
	_, path := pair(t)
	p := open(t, path)
	read := make(chan error, 1)
	go func() {
		_, err := p.Read(make([]byte, 10))
		read <- err
	}()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-read; !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Read: %v", err)
	}
}

func TestOpenSaysWhatToDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ path, says string }{
		"nothing there": {"/dev/ttyNONE0", "is not there"},
		"a plain file":  {file, "is no serial port"},
	} {
		if _, err := Open(tc.path, 115200); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open("/dev/ttyNONE0", 115200); !Gone(err) {
		t.Errorf("a port that is not there counts as something else: %v", err)
	}
}
