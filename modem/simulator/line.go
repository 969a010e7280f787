package simulator

import (
	"io"
	"io/fs"
	"sync"
	"syscall"
)

// overrun is how much a modem holds for a host that does not read; what comes
// then is lost, as in the buffers of a serial driver.
const overrun = 64 << 10

// line is the host's end of an open port, in memory. It has no goroutine: a
// write moves the modem on the writer's goroutine, and a read waits on a
// condition, which is a durable wait inside a synctest bubble.
type line struct {
	m       *Modem
	arrival sync.Cond
	chunks  [][]byte // what the modem wrote, not yet read
	size    int      // of chunks, octets
	err     error    // why the line is dead
}

var _ io.ReadWriteCloser = (*line)(nil)

// Read returns what the modem wrote at one time, or a piece of it, and never
// the output of two writes. What the modem wrote before the line died can
// still be read.
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

// Write hands octets to the modem. It never blocks.
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

// Close lets go of the port. The modem runs on. Closing twice is no error.
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

// What the kernel says of a tty whose device is gone, was never there, or is
// in use by somebody else.
const (
	errGone   = syscall.EIO
	errAbsent = syscall.ENOENT
	errInUse  = syscall.EBUSY
)
