package simulator

import (
	"io"
	"io/fs"
	"sync"
	"syscall"
)

// overrun is how many octets are buffered for a host that does not read. More are lost,
// as in a serial driver.
const overrun = 64 << 10

// line is an open port, in memory. A write runs the modem on the goroutine of the writer.
// A read waits on a condition, which counts as blocked in a synctest bubble.
type line struct {
	m       *Modem
	arrival sync.Cond
	chunks  [][]byte // what the modem has written, not yet read
	size    int      // octets in chunks
	err     error    // why the port is closed
}

var _ io.ReadWriteCloser = (*line)(nil)

// Read returns what the modem has written in one write, or a piece of it. What it has
// written before it was unplugged can still be read.
func (l *line) Read(p []byte) (int, error) {
	l.m.n.mu.Lock()
	defer l.m.n.mu.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	for len(l.chunks) == 0 {
		if l.err != nil {
			return 0, l.pathError("read")
		}
		l.arrival.Wait()
	}
	n := copy(p, l.chunks[0])
	l.size -= n
	if l.chunks[0] = l.chunks[0][n:]; len(l.chunks[0]) == 0 {
		l.chunks = l.chunks[1:]
	}
	return n, nil
}

// Write sends octets to the modem. It never blocks.
func (l *line) Write(p []byte) (int, error) {
	l.m.n.mu.Lock()
	defer l.m.n.unlock()
	if l.err != nil {
		return 0, l.pathError("write")
	}
	n := l.m.receive(p)
	if n < len(p) {
		return n, l.pathError("write")
	}
	return n, nil
}

// Close closes the port. It may be called more than once.
func (l *line) Close() error {
	l.m.n.mu.Lock()
	defer l.m.n.mu.Unlock()
	l.chunks, l.size = nil, 0
	l.die(fs.ErrClosed)
	return nil
}

// push queues what the modem writes.
func (l *line) push(b []byte) {
	if len(b) == 0 || l.size+len(b) > overrun {
		return
	}
	l.chunks = append(l.chunks, b)
	l.size += len(b)
	l.arrival.Broadcast()
}

func (l *line) die(err error) {
	if l.err != nil {
		return
	}
	l.err = err
	l.m.line = nil
	l.arrival.Broadcast()
}

func (l *line) pathError(op string) error {
	return &fs.PathError{Op: op, Path: l.m.path, Err: l.err}
}

// The errors of the kernel for a tty whose device is gone, does not exist, or is in use.
const (
	errGone   = syscall.EIO
	errAbsent = syscall.ENOENT
	errInUse  = syscall.EBUSY
)
