package at

import (
	"io"
	"strings"
	"sync"

	library "github.com/warthog618/modem/at"
)

// dialogue is one instance of the library, with the far end of the stream that
// it believes to be its modem. It is fed only replies, normalised so that it
// cannot misread them, and thrown away as soon as an exchange misses a beat.
type dialogue struct {
	c  *Conn
	at *library.AT

	mu     sync.Mutex
	queue  []byte
	more   chan struct{} // holds one
	closed chan struct{}
	once   sync.Once
}

// mark stands before each line of information, so that no text of the modem's
// can look like a result or a prompt to the library.
const mark = "\x01"

func newDialogue(c *Conn) *dialogue {
	d := &dialogue{c: c, more: make(chan struct{}, 1), closed: make(chan struct{})}
	d.at = library.New(d)
	return d
}

// discard ends the dialogue and its goroutines.
func (d *dialogue) discard() { d.once.Do(func() { close(d.closed) }) }

// feed gives the library what it is to read.
func (d *dialogue) feed(s string) {
	d.mu.Lock()
	d.queue = append(d.queue, s...)
	d.mu.Unlock()
	select {
	case d.more <- struct{}{}:
	default:
	}
}

// Read is called by the library.
func (d *dialogue) Read(p []byte) (int, error) {
	for {
		d.mu.Lock()
		n := copy(p, d.queue)
		d.queue = d.queue[n:]
		d.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		select {
		case <-d.more:
		case <-d.closed:
			return 0, io.EOF
		case <-d.c.closed:
			return 0, io.EOF
		}
	}
}

// Write is called by the library. The line feed that it puts behind a command
// could end up in a message; the payload is written only if nobody has given it
// up meanwhile.
func (d *dialogue) Write(p []byte) (int, error) {
	e := d.c.inFlight()
	if e == nil || d.isClosed() {
		return len(p), nil // the escape of an exchange that is over
	}
	if e.payload != "" && strings.HasPrefix(string(p), e.payload) {
		return d.handOver(e, string(p))
	}
	if e.isAborted() {
		return len(p), nil
	}
	if _, err := d.c.write(e, strings.TrimSuffix(string(p), "\n")); err != nil {
		return 0, err
	}
	return len(p), nil
}

// handOver writes the payload.
func (d *dialogue) handOver(e *exchange, payload string) (int, error) {
	if err := d.c.pause(e); err != nil {
		return 0, err
	}
	if err := e.handOver(); err != nil {
		return 0, err
	}
	n, err := d.c.write(e, payload)
	if err != nil && n == 0 {
		e.takeBack() // the port was dead already: the modem has not a byte of it
	}
	return n, err
}

func (d *dialogue) isClosed() bool {
	select {
	case <-d.closed:
		return true
	default:
		return false
	}
}
