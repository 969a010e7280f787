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

	more      chan struct{} // holds one
	discarded chan struct{}
	once      sync.Once

	mu    sync.Mutex // guards queue
	queue []byte
}

// mark stands before each line of information, so that no text of the modem's
// can look like a result or a prompt to the library.
const mark = "\x01"

func newDialogue(c *Conn) *dialogue {
	d := &dialogue{c: c, more: make(chan struct{}, 1), discarded: make(chan struct{})}
	d.at = library.New(d)
	return d
}

// discard ends the dialogue and its goroutines, after what it has been fed.
func (d *dialogue) discard() { d.once.Do(func() { close(d.discarded) }) }

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
	ended := false
	for {
		d.mu.Lock()
		n := copy(p, d.queue)
		d.queue = d.queue[n:]
		d.mu.Unlock()
		switch {
		case n > 0:
			return n, nil
		case ended:
			return 0, io.EOF
		}
		select {
		case <-d.more:
		case <-d.discarded:
			ended = true // what was fed just before that still counts
		case <-d.c.closed:
			ended = true
		}
	}
}

// Write is called by the library. The line feed that it puts behind a command
// could end up in a message, so it goes.
func (d *dialogue) Write(p []byte) (int, error) {
	e := d.c.flight.Load()
	if e == nil || e.dialogue != d || e.isOver() {
		return len(p), nil // the library cancels what has ended already
	}
	text := strings.TrimSuffix(string(p), "\n")
	if done(e.prompted) {
		if err := d.c.pause(e); err != nil {
			return 0, err
		}
	} else {
		text = e.prelude + text
	}
	if err := d.c.write(e, text); err != nil {
		return 0, err
	}
	return len(p), nil
}
