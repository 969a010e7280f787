package at

import (
	"bytes"
	"strings"
	"sync"
	"time"
)

// sorter splits the stream into lines, and decides for each whether it belongs to the
// exchange in flight or is unsolicited. It is used by the goroutine of [Conn.Run], and by
// a timer that ends a USSD text whose end does not come.
type sorter struct {
	c *Conn

	mu       sync.Mutex // guards what follows
	partial  []byte
	skipping bool // the rest of a line that is too long
	prompt   bool // a prompt has just come: its space may follow
	cr       bool // a carriage return has just come: its line feed may follow

	held    *URC        // an unsolicited result that waits for its body
	overdue *time.Timer // passes a USSD text on; nil: none is held
}

const (
	maxLine  = 4096 // octets; a PDU has at most 352 digits, a USSD text 182 characters
	maxLines = 32   // of one +CUSD

	// textWithin is how long the next line of a USSD text may take. Some modems leave out
	// the quote at its end, and what they answer then must not be taken for text.
	textWithin = time.Second
)

// feed processes what was read.
func (s *sorter) feed(octets []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range octets {
		paired := b == '\n' && s.cr
		s.cr = b == '\r'
		switch {
		case paired:
		case b == '\n' || b == '\r':
			s.endLine()
		case s.skipping:
		case len(s.partial) == 0 && (b < ' ' || b == ' ' && s.prompt):
			// Noise of a modem that boots, the echo of an ESC, or the space of a prompt.
		case len(s.partial) == 0 && b == '>' && s.takePrompt():
			s.prompt = true
		case len(s.partial) == maxLine:
			s.partial, s.skipping = s.partial[:0], true
		default:
			s.partial = append(s.partial, b)
			s.prompt = false
		}
	}
}

func (s *sorter) takePrompt() bool {
	e := s.c.flight.Load()
	return e != nil && e.prompt()
}

func (s *sorter) endLine() {
	line := string(bytes.TrimRight(s.partial, " \t\x00\x1a"))
	s.partial, s.skipping, s.prompt = s.partial[:0], false, false
	if line != "" || s.held != nil && !hasPDU(s.held.Line) {
		s.line(line)
	}
}

// line processes a complete line. Only a USSD text has empty ones.
func (s *sorter) line(line string) {
	s.c.trace("<", line)
	e := s.c.flight.Load()
	if s.held != nil && s.complete(line, e) {
		return
	}
	switch {
	case e == nil:
		s.unsolicited(line)
	case e.isEcho(line):
	case e.upload && line == "CONNECT" && e.prompt():
	case e.isFinal(line):
		if e.probe && !e.answered {
			e.noteBare()
			s.unsolicited(line)
		} else if !e.finish(line) {
			s.unsolicited(line)
		}
	case e.owns(line):
		e.awaitsPDU = strings.HasPrefix(line, "+CMGL:") || strings.HasPrefix(line, "+CMGR:")
		if named(line) {
			e.answered = true
			e.expectEnd()
		}
		if !e.reply(line) {
			s.unsolicited(line)
		}
	default:
		s.unsolicited(line)
	}
}

// unsolicited passes a URC on, if it has a body when that has come.
func (s *sorter) unsolicited(line string) {
	if isStale(line) {
		return
	}
	u := URC{Line: line}
	if opensUSSD(line) || hasPDU(line) {
		s.held = &u
		if !hasPDU(line) {
			s.overdue = time.AfterFunc(textWithin, func() { s.end(&u) })
		}
		return
	}
	s.c.cfg.URC(u)
}

// isStale reports whether a line is left over from an exchange that was given up, and
// means nothing: a result without a number, an echo, the answer to a probe.
func isStale(line string) bool {
	return line == "OK" || line == "ERROR" || strings.HasPrefix(line, "AT") || isProbe(line)
}

// complete adds a line to the body of a held URC. It reports false if the line does not
// belong to the body; the URC is then passed on without it.
func (s *sorter) complete(line string, e *exchange) bool {
	u := s.held
	var taken, more bool
	if hasPDU(u.Line) && InTextMode(u.Line) {
		taken = !named(line) && (e == nil || !e.isFinal(line))
	} else if hasPDU(u.Line) {
		// It must not be the PDU of a stored message that is being read.
		taken = isPDU(line) && (e == nil || !e.awaitsPDU || fits(u.Line, line))
	} else {
		taken = !interruptsUSSD(line)
		more = taken && !closesUSSD(line) && len(u.Body)+1 < maxLines
	}
	if taken {
		u.Body = append(u.Body, line)
	}
	if !more {
		s.release()
	} else {
		s.overdue.Reset(textWithin)
	}
	return taken
}

// end passes a held URC on whose body is not going to be complete; nil for any.
func (s *sorter) end(u *URC) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u == nil || s.held == u {
		s.release()
	}
}

// release passes a held URC on.
func (s *sorter) release() {
	if u := s.held; u != nil {
		s.held = nil
		if s.overdue != nil {
			s.overdue.Stop()
			s.overdue = nil
		}
		s.c.cfg.URC(*u)
	}
}
