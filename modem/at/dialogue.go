package at

import (
	"io"
	"strings"
	"sync"

	library "github.com/warthog618/modem/at"
)

// dialogue is one instance of the library, and the stream that it takes for its modem.
// It gets only replies, normalized so that it cannot misread them, and is discarded as
// soon as an exchange ends without a final result.
type dialogue struct {
	c  *Conn
	at *library.AT

	more      chan struct{} // holds one
	discarded chan struct{}
	once      sync.Once

	mu    sync.Mutex // guards queue
	queue []byte
}

// mark precedes each line of information, so that the library takes none for a result or
// a prompt.
const mark = "\x01"

func newDialogue(c *Conn) *dialogue {
	d := &dialogue{c: c, more: make(chan struct{}, 1), discarded: make(chan struct{})}
	d.at = library.New(d)
	return d
}

// discard ends the dialogue and its goroutines when the library has read what was fed.
func (d *dialogue) discard() { d.once.Do(func() { close(d.discarded) }) }

// feed adds to what the library reads.
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
			ended = true // after what was fed before
		case <-d.c.closed:
			ended = true
		}
	}
}

// Write is called by the library. The line feed that the library writes after a command
// is removed: it could become part of a message.
func (d *dialogue) Write(p []byte) (int, error) {
	e := d.c.flight.Load()
	if e == nil || e.dialogue != d || e.isOver() {
		return len(p), nil // the library cancels an exchange that is over
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
