package simulator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// terminal is the master of a pseudo-terminal, with a symbolic link to the
// other side. It holds a fresh pair each time the last program lets go of the
// one before.
type terminal struct {
	path    string
	renewed func() // after the last program let go

	mu     sync.Mutex
	pair   pair
	closed bool
}

// pair is a pseudo-terminal: its master, and the path of the other side.
type pair struct {
	master *os.File
	name   string
}

func openTerminal(path string, renewed func()) (*terminal, error) {
	p, err := openPair()
	if err != nil {
		return nil, err
	}
	if err := p.link(path); err != nil {
		return nil, errors.Join(err, p.master.Close())
	}
	return &terminal{path: path, renewed: renewed, pair: p}, nil
}

func (t *terminal) master() *os.File {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.pair.master
}

// Read reads what programs write. It ends with fs.ErrClosed when the terminal
// is hung up.
func (t *terminal) Read(b []byte) (int, error) {
	for {
		n, err := t.master().Read(b)
		if !errors.Is(err, unix.EIO) {
			return n, err
		}
		if err := t.renew(); err != nil {
			return 0, err
		}
	}
}

// Write sends to the program that has the terminal open; what it does not read
// before it lets go is lost.
func (t *terminal) Write(b []byte) (int, error) {
	master := t.master()
	n, err := master.Write(b)
	if err != nil && t.master() != master {
		return len(b), nil
	}
	return n, err
}

// renew puts a fresh pair under the link, unless a program opened the old one
// meanwhile.
func (t *terminal) renew() error {
	fresh, err := openPair()
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return errors.Join(fs.ErrClosed, fresh.master.Close())
	}
	if err := fresh.link(t.path); err != nil {
		return errors.Join(err, fresh.master.Close())
	}
	if t.pair.inUse() {
		return errors.Join(t.pair.link(t.path), fresh.master.Close())
	}
	old := t.pair
	t.pair = fresh
	t.renewed()
	return old.master.Close()
}

// hangUp ends the terminal; the link goes before programs can notice. Doing so
// twice is no fault.
func (t *terminal) hangUp() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.closed = true
	if target, err := os.Readlink(t.path); err == nil && target == t.pair.name {
		_ = os.Remove(t.path) // a link that somebody else removed is gone too
	}
	_ = t.pair.master.Close() // it holds nothing that could be lost
}

// openPair makes a pseudo-terminal in raw mode. It leaves the other side
// closed: the kernel tells the master that the last program let go, which a
// descriptor of ours would prevent.
func openPair() (pair, error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return pair{}, err
	}
	p := pair{master: master}
	err = p.control(func(fd int) error {
		if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
			return err
		}
		if _, err := term.MakeRaw(fd); err != nil {
			return err
		}
		number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
		p.name = fmt.Sprintf("/dev/pts/%d", number)
		return err
	})
	if err != nil {
		return pair{}, errors.Join(err, master.Close())
	}
	return p, nil
}

// control runs f on the descriptor, which stays in the care of the runtime.
func (p pair) control(f func(fd int) error) error {
	conn, err := p.master.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) { failed = f(int(fd)) })
	return errors.Join(err, failed)
}

// inUse tells whether a program has the other side open.
func (p pair) inUse() bool {
	fds := []unix.PollFd{{}}
	err := p.control(func(fd int) error {
		fds[0].Fd = int32(fd)
		_, err := unix.Poll(fds, 0)
		return err
	})
	return err == nil && fds[0].Revents&unix.POLLHUP == 0
}

// link makes path a symbolic link to the other side, in one step.
func (p pair) link(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSymlink:
		return &fs.PathError{Op: "link", Path: path, Err: fs.ErrExist}
	}
	folder, base := filepath.Split(path)
	fresh := folder + "." + base + "." + filepath.Base(p.name)
	if err := os.Symlink(p.name, fresh); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	return nil
}
