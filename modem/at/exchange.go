package at

import (
	"strings"
	"sync"
)

// exchange is one command in flight: what the sorter must know to tell its
// reply from all else, and what became of it.
type exchange struct {
	cmd     string
	names   []string // of the commands in it: several stand behind one AT
	payload string   // of a submission

	// Of the reading goroutine.
	awaitsPDU bool // the line before was the header of a stored message
	answered  bool // a line of its own has come

	// needsLine makes a final result count only after a line of its own: of a
	// probe, whose answer may be preceded by results of older commands.
	needsLine bool

	final    chan struct{} // closed with the final result, by the reading goroutine
	prompted chan struct{} // closed with the prompt, likewise

	mu         sync.Mutex // guards what follows
	result     string     // the final result
	aborted    error      // why nobody waits for it any more
	handedOver bool
	writing    bool
}

func newExchange(cmd, payload string) *exchange {
	e := &exchange{cmd: cmd, payload: payload, final: make(chan struct{}), prompted: make(chan struct{})}
	for part := range strings.SplitSeq(cmd, ";") {
		e.names = append(e.names, name(part))
	}
	return e
}

// abort ends the wait for the exchange; only the first reason counts.
func (e *exchange) abort(why error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.aborted == nil {
		e.aborted = why
	}
}

func (e *exchange) isAborted() bool { return e.abortedWith() != nil }

func (e *exchange) abortedWith() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.aborted
}

func (e *exchange) wasHandedOver() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.handedOver
}

// handOver is called once, just before the payload is written, which it may
// forbid; takeBack, if not a byte of it could be.
func (e *exchange) handOver() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.aborted == nil {
		e.handedOver = true
	}
	return e.aborted
}

func (e *exchange) takeBack() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.handedOver = false
}

// dials reports whether call results are final for the command (V.250 6.3).
func (e *exchange) dials() bool {
	return e.cmd != "" && strings.ContainsRune("DAH", rune(e.cmd[0]))
}

// isFinal reports whether a line ends the exchange.
func (e *exchange) isFinal(line string) bool {
	switch {
	case line == "OK", line == "ERROR", line == "ABORTED", line == "COMMAND NOT SUPPORT", line == "TOO MANY PARAMETERS",
		strings.HasPrefix(line, "+CMS ERROR:"), strings.HasPrefix(line, "+CME ERROR:"), strings.HasPrefix(line, "MODEM ERROR:"):
		return true
	case line == "NO CARRIER", line == "BUSY", line == "NO ANSWER", line == "NO DIALTONE", line == "NO DIAL TONE":
		return e.dials()
	}
	return false
}

// owns reports whether a line belongs to the reply.
func (e *exchange) owns(line string) bool {
	if e.awaitsPDU && isPDU(line) {
		return true
	}
	if !prefixed(line) {
		return !bareURC(line)
	}
	n := name(line)
	for _, own := range e.names {
		switch {
		case n == own:
			return e.expects(n, line)
		case strings.HasSuffix(own, "CCID") && strings.HasSuffix(n, "CCID"):
			return true // vendors answer one name with another
		}
	}
	return false
}

// expects tells a reply from an unsolicited result of the same name: only a
// query has one, and the reply to a query of registration has a field more,
// <n> before <stat> (TS 27.007 7.2, 10.1.20, 10.1.22).
func (e *exchange) expects(n, line string) bool {
	switch n {
	case "+CUSD":
		return strings.Contains(e.cmd, n+"?")
	case "+CPIN", "+CFUN":
		return strings.Contains(e.cmd, n+"?")
	case "+CREG", "+CGREG", "+CEREG", "+C5GREG":
		if strings.Contains(e.cmd, n+"=?") {
			return true
		}
		_, fields, _ := strings.Cut(line, ":")
		_, second, more := strings.Cut(fields, ",")
		second = strings.TrimSpace(second)
		return strings.Contains(e.cmd, n+"?") && more && second != "" && second[0] >= '0' && second[0] <= '9'
	}
	return true
}
