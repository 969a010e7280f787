// Package port opens the serial port of a modem for this process alone. A write that the
// modem does not take ends, and a read ends when the port is closed or unplugged.
//
// # Faults of the serial library
//
// The package works around these faults of go.bug.st/serial. Each is pinned by a test of its
// name: R06, a write after Close could reach another file; R07, child processes inherit
// the port; R08, a descriptor of 1024 or more panics; R09, root can open a port twice;
// R12, a write to a modem that does not read blocks for ever, and is then reported as
// complete; R13, a read waits for ever, and with it Close, if another program has read
// what was there. R10, the listing of ports sets ports in use to 9600 baud, does not apply: the
// listing is never called, which the linter checks. The read timeout of the library,
// which is not safe with a concurrent Read, is not used.
package port

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"simgate/modem/usb"
)

// ErrUnplugged means that the device behind the port has gone.
var ErrUnplugged = errors.New("the modem has been unplugged")

// ErrStalled means that the modem does not read what it is sent.
var ErrStalled = errors.New("the modem takes no more bytes: it hangs")

const (
	// stallAfter is the limit of a write. A modem that does not read at once hangs.
	stallAfter = 2 * time.Second

	// emptyPause is the pause after a read that found nothing although the port was
	// readable: another program was faster, or has changed the settings of the tty.
	emptyPause = 10 * time.Millisecond
)

// port is a serial port for this process alone. go.bug.st/serial opens and closes it;
// this package reads and writes its descriptor itself. It works around the faults of
// that library, whose names (R06 …) are explained above.
type port struct {
	path   string
	serial serial.Port
	fd     int      // of serial
	lock   *os.File // a second descriptor of the device, which holds the lock
	wake   int      // becomes readable when the port is closed

	reading sync.Mutex // held for a read, and for closing
	writing sync.Mutex // held for a write, and for closing
	closed  atomic.Bool
}

// opening is held while a port is opened: the descriptors that the library opens are
// those that were not open before.
var opening sync.Mutex

// Open opens a serial port in raw mode, 8N1, for this process alone. Its errors say
// what to do.
func Open(path string, baud int) (io.ReadWriteCloser, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, openError(path, err)
	}
	lock, err := lockPort(real)
	if err != nil {
		return nil, openError(path, err)
	}
	p := &port{path: path, lock: lock}
	if err := p.open(real, baud); err != nil {
		return nil, errors.Join(openError(path, err), lock.Close())
	}
	return p, nil
}

// lockPort locks the device before it is opened by the library. Without the lock root
// could open a port that is in use, and change its speed (R09).
func lockPort(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(unix.EBUSY, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), path), nil
}

// open opens the port with the library and corrects its descriptors: children must not
// inherit them (R07), and neither a read nor a write may wait in the kernel, where
// nothing can interrupt it (R12, R13).
func (p *port) open(path string, baud int) error {
	opening.Lock()
	defer opening.Unlock()
	syscall.ForkLock.RLock() // no child process starts before the descriptors are marked
	defer syscall.ForkLock.RUnlock()
	before, err := descriptors(path)
	if err != nil {
		return err
	}
	p.serial, err = serial.Open(path, &serial.Mode{BaudRate: baud, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit})
	if err != nil {
		return err
	}
	after, err := descriptors(path)
	for fd, device := range after {
		if _, old := before[fd]; old || err != nil {
			continue
		}
		unix.CloseOnExec(fd)
		if device {
			p.fd = fd
			err = unix.SetNonblock(fd, true)
		}
	}
	if err == nil {
		p.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	}
	if err != nil {
		return errors.Join(err, p.serial.Close())
	}
	return nil
}

// descriptors returns the open descriptors of the device, which are true, and those of
// pipes, which are false: the library has one to wake its reader.
func descriptors(path string) (map[int]bool, error) {
	const folder = "/proc/self/fd"
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	found := map[int]bool{}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		link, err := os.Readlink(filepath.Join(folder, e.Name()))
		if err == nil && (link == path || strings.HasPrefix(link, "pipe:")) {
			found[fd] = link == path
		}
	}
	return found, nil
}

// openError returns the error of opening a port, with what to do about it.
func openError(path string, err error) error {
	if e, ok := errors.AsType[*serial.PortError](err); ok {
		switch e.Code() {
		case serial.PortBusy:
			err = unix.EBUSY
		case serial.PermissionDenied:
			err = unix.EACCES
		case serial.InvalidSerialPort:
			return fmt.Errorf("%s is no serial port", path)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is not there: %w", path, err)
	case isUnplug(err):
		return fmt.Errorf("%s: %w: %w", path, ErrUnplugged, err)
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%s: %w", usb.Busy(path), err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this user may not open %s: add the user to its group, mostly by \"sudo usermod -aG dialout USER\", and log in again: %w", path, err)
	case errors.Is(err, unix.ENOTTY):
		return fmt.Errorf("%s is no serial port: %w", path, err)
	}
	return fmt.Errorf("opening %s: %w", path, err)
}

// isUnplug reports whether an error means that the device is gone.
func isUnplug(err error) bool {
	for _, gone := range []error{syscall.EIO, syscall.ENXIO, syscall.ENODEV, syscall.EBADF} {
		if errors.Is(err, gone) {
			return true
		}
	}
	e, ok := errors.AsType[*serial.PortError](err)
	return ok && e.Code() == serial.PortClosed
}

// Read waits until something has come, and reads it. It never waits in the kernel: what
// made the port readable may be gone, because another program that has it open was
// faster. The Read of the library then waits until more comes, and its Close waits for
// that Read (R13).
func (p *port) Read(b []byte) (int, error) {
	p.reading.Lock()
	defer p.reading.Unlock()
	for {
		events := p.wait(unix.POLLIN, -1)
		if p.closed.Load() {
			return 0, fs.ErrClosed
		}
		n, err := unix.Read(p.fd, b)
		switch {
		case n > 0:
			return n, nil
		case err == nil && events&(unix.POLLHUP|unix.POLLERR) != 0:
			return 0, p.ioError(unix.EIO)
		case err != nil && !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
			return 0, p.ioError(err)
		}
		p.wait(0, emptyPause)
	}
}

// Write writes all of b within two seconds. If it cannot, the modem hangs, and the port
// must be closed.
func (p *port) Write(b []byte) (int, error) {
	p.writing.Lock()
	defer p.writing.Unlock()
	written, deadline := 0, time.Now().Add(stallAfter)
	for {
		if p.closed.Load() {
			return written, fs.ErrClosed // the descriptor may be another file's by now (R06)
		}
		n, err := unix.Write(p.fd, b[written:])
		written += max(n, 0)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil && !errors.Is(err, unix.EAGAIN):
			return written, p.ioError(err)
		case written == len(b):
			return written, nil
		case time.Now().After(deadline):
			return written, fmt.Errorf("%s: %w", p.path, ErrStalled)
		}
		p.wait(unix.POLLOUT, time.Until(deadline)+time.Millisecond)
	}
}

// wait returns when the port is ready for the events, is closed or has failed, or when
// the limit is over; a negative limit is none. It returns what the port is ready for.
func (p *port) wait(events int16, limit time.Duration) int16 {
	fds := []unix.PollFd{{Fd: int32(p.wake), Events: unix.POLLIN}, {Fd: int32(p.fd), Events: events}}
	if events == 0 {
		fds = fds[:1] // only the limit, or the end, is waited for
	}
	milliseconds := -1
	if limit >= 0 {
		milliseconds = int(limit.Milliseconds())
	}
	for {
		if _, err := unix.Poll(fds, milliseconds); !errors.Is(err, unix.EINTR) {
			return fds[len(fds)-1].Revents
		}
	}
}

// Close closes the port. A Read or Write that waits returns. Further calls do nothing.
func (p *port) Close() error {
	if p.closed.Swap(true) {
		return nil
	}
	_, err := unix.Write(p.wake, binary.NativeEndian.AppendUint64(nil, 1))
	p.reading.Lock()
	defer p.reading.Unlock()
	p.writing.Lock()
	defer p.writing.Unlock()
	return errors.Join(err, p.serial.Close(), p.lock.Close(), unix.Close(p.wake))
}

// ioError makes ErrUnplugged and [fs.ErrClosed] of the various errors that mean them.
func (p *port) ioError(err error) error {
	switch {
	case err == nil:
		return nil
	case p.closed.Load():
		return fs.ErrClosed
	case isUnplug(err):
		return fmt.Errorf("%s: %w", p.path, ErrUnplugged)
	}
	return fmt.Errorf("%s: %w", p.path, err)
}

// Gone reports whether err means that the port does not exist, as after an unplug.
func Gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrUnplugged)
}
