package at

import (
	"errors"
	"strings"
	"sync"
)

// exchange is one command in flight: what the sorter must know to tell its
// reply from all else, and what became of it. It is open until it has a final
// result or is given up, whichever comes first; nothing changes it after that.
type exchange struct {
	dialogue *dialogue // that the reply is fed to; nil where nobody reads it
	cmd      string
	names    []string    // of the commands in it: several stand behind one AT
	payload  string      // of a submission, or of an upload
	upload   bool        // the payload is a file, and any octets
	times    SubmitTimes // of it
	probe    bool        // only a line of its own name proves that the answer is its own
	prelude  string      // goes before the command

	// Of the goroutine that reads the port.
	awaitsPDU bool // the line before was the header of a stored message
	answered  bool // a line of its own name has come

	prompted chan struct{} // closed with the prompt
	final    chan struct{} // closed with the final result

	mu         sync.Mutex // guards what follows
	result     string     // the final result
	givenUp    error      // why nobody waits for it any more
	writing    bool
	handedOver bool
}

func newExchange(d *dialogue, cmd, payload string) *exchange {
	e := &exchange{dialogue: d, cmd: cmd, payload: payload, prompted: make(chan struct{}), final: make(chan struct{})}
	for part := range strings.SplitSeq(cmd, ";") {
		e.names = append(e.names, name(part))
	}
	return e
}

var errAnswered = errors.New("the modem answered before it had the whole command")

// isOpen is for who holds mu.
func (e *exchange) isOpen() bool { return e.result == "" && e.givenUp == nil }

func (e *exchange) isOver() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.isOpen()
}

// outcome returns the final result, or why the exchange was given up; neither,
// if it ended in another way.
func (e *exchange) outcome() (result string, givenUp error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.result, e.givenUp
}

func (e *exchange) wasHandedOver() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.handedOver
}

// giveUp ends the wait for the exchange. It reports whether it is stuck in a
// write.
func (e *exchange) giveUp(why error) (stuck bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.giveUpLocked(why)
}

// withdraw is giveUp for as long as the payload has not been handed over.
func (e *exchange) withdraw(why error) (stuck bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.handedOver && e.giveUpLocked(why)
}

func (e *exchange) giveUpLocked(why error) (stuck bool) {
	if e.isOpen() {
		e.givenUp = why
		if e.dialogue != nil {
			e.dialogue.discard()
		}
	}
	return e.writing
}

// beginWrite is called just before a write, which it may forbid. With the
// payload this is the hand-over.
func (e *exchange) beginWrite(payload bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.givenUp != nil:
		return e.givenUp
	case e.result != "":
		return errAnswered
	}
	e.writing = true
	e.handedOver = e.handedOver || payload
	return nil
}

// endWrite is called after it. A hand-over is taken back if the port was dead
// already, so that the modem has not a byte.
func (e *exchange) endWrite(takeBack bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.writing = false
	if takeBack {
		e.handedOver = false
	}
}

// prompt takes a prompt, and reports whether one was awaited.
func (e *exchange) prompt() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.payload == "" || !e.isOpen() || done(e.prompted) {
		return false
	}
	close(e.prompted)
	if e.dialogue != nil {
		e.dialogue.feed(">")
	}
	return true
}

// reply takes a line of the reply. It reports false where nobody waits for it.
func (e *exchange) reply(line string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.isOpen() || e.dialogue == nil {
		return false
	}
	e.dialogue.feed(mark + line + "\n")
	return true
}

// finish takes the final result, likewise.
func (e *exchange) finish(line string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.isOpen() {
		return false
	}
	e.result = line
	close(e.final)
	switch {
	case e.dialogue == nil:
	case line == "OK":
		e.dialogue.feed("OK\n")
	default:
		e.dialogue.feed("ERROR\n")
	}
	return true
}
