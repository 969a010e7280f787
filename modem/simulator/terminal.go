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

// terminal is the master of a pseudo-terminal, with a symbolic link to the other side. It
// is replaced when the last program has closed it.
type terminal struct {
	path    string
	renewed func() // is called when it was replaced

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

// Read reads what programs write. After hangUp it fails with [fs.ErrClosed].
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

// Write writes to the program that has the terminal open. What the program does not read
// before it closes the terminal is lost.
func (t *terminal) Write(b []byte) (int, error) {
	master := t.master()
	n, err := master.Write(b)
	if err != nil && t.master() != master {
		return len(b), nil
	}
	return n, err
}

// renew replaces the terminal, unless a program has opened it meanwhile.
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

// hangUp removes the link and then closes the terminal. It may be called more than once.
func (t *terminal) hangUp() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.closed = true
	if target, err := os.Readlink(t.path); err == nil && target == t.pair.name {
		_ = os.Remove(t.path) // it may be gone already
	}
	_ = t.pair.master.Close() // nothing can be lost
}

// openPair opens a pseudo-terminal in raw mode. It does not open the other side: then the
// kernel could not tell the master that the last program has closed it.
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

// control calls f with the descriptor of the master.
func (p pair) control(f func(fd int) error) error {
	conn, err := p.master.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) { failed = f(int(fd)) })
	return errors.Join(err, failed)
}

// inUse reports whether a program has the other side open.
func (p pair) inUse() bool {
	fds := []unix.PollFd{{}}
	err := p.control(func(fd int) error {
		fds[0].Fd = int32(fd)
		_, err := unix.Poll(fds, 0)
		return err
	})
	return err == nil && fds[0].Revents&unix.POLLHUP == 0
}

// link creates a symbolic link to the other side at path, or replaces one atomically.
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
