package at

import (
	"errors"
	"strings"
	"sync"
	"time"
)

// exchange is a command in flight: what the sorter must know to recognize its reply, and
// its outcome. It is open until it has a final result or is given up. After that it does
// not change.
type exchange struct {
	dialogue *dialogue // that the reply is fed to; nil: the reply is not read
	cmd      string
	names    []string    // of its commands: there may be several after one AT
	payload  string      // of a submission, or of an upload
	upload   bool        // the payload is a file
	times    SubmitTimes // of a submission
	probe    bool        // the answer counts only if it has a line of its own name
	prelude  string      // is written before the command

	// Used by the goroutine that reads the port only.
	awaitsPDU bool        // the line before was the header of a stored message
	answered  bool        // a line of its own name has come
	timer     *time.Timer // gives it up when its time is over

	prompted chan struct{} // closed when the prompt has come
	final    chan struct{} // closed when the final result has come

	mu         sync.Mutex // guards what follows
	lines      []string   // of the reply
	bare       int        // final results for a probe without a line of its own name
	result     string     // the final result
	givenUp    error      // why it was given up; nil: it was not
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

// endWithin is how long the final result of a query may take after its line. Some modems
// never send it.
const endWithin = 3 * time.Second

// expectEnd is called when a line of its own name has come: a query has no further line.
func (e *exchange) expectEnd() {
	if strings.HasSuffix(e.cmd, "?") && !e.probe && e.timer != nil {
		e.timer.Reset(endWithin)
	}
}

var errAnswered = errors.New("the modem answered before it had the whole command")

// isOpen reports whether the exchange is open. The caller holds mu.
func (e *exchange) isOpen() bool { return e.result == "" && e.givenUp == nil }

func (e *exchange) isOver() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.isOpen()
}

// outcome returns the lines of the reply, and the final result or why the exchange was
// given up. It returns neither of these if the exchange ended in another way.
func (e *exchange) outcome() (lines []string, result string, givenUp error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lines, e.result, e.givenUp
}

// noteBare counts a final result that came without a line of its own name.
func (e *exchange) noteBare() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.bare++
}

// bareResults returns how many such results came.
func (e *exchange) bareResults() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.bare
}

func (e *exchange) wasHandedOver() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.handedOver
}

// giveUp gives the exchange up, and reports whether it is stuck in a write.
func (e *exchange) giveUp(why error) (stuck bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.giveUpLocked(why)
}

// withdraw does what giveUp does, unless the payload was handed over.
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

// beginWrite is called before each write, and forbids it by an error. With the payload
// it is the moment of the hand-over.
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

// endWrite is called after each write. It takes the hand-over back if the port failed
// before the first byte of the payload was written.
func (e *exchange) endWrite(takeBack bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.writing = false
	if takeBack {
		e.handedOver = false
	}
}

// prompt processes a prompt, and reports whether the exchange waits for one.
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

// reply processes a line of the reply. It reports false if the exchange is over.
func (e *exchange) reply(line string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.isOpen() || e.dialogue == nil {
		return false
	}
	e.lines = append(e.lines, line)
	e.dialogue.feed(mark + line + "\n")
	return true
}

// finish processes the final result. It reports false if the exchange is over.
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
