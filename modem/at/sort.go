package at

import (
	"bytes"
	"strings"
)

// sorter cuts the stream into lines and gives each to whom it belongs. It runs
// on the goroutine of [Conn.Run] alone.
type sorter struct {
	c        *Conn
	partial  []byte
	skipping bool // the rest of a line that grew too long
	prompt   bool // a prompt came just now: the blank behind it may follow
	cr       bool // a carriage return has ended a line: its line feed may follow

	held  *URC // an unsolicited result that waits for its body
	lines int  // that a held +CUSD has taken
}

const (
	maxLine  = 4096 // octets; a PDU has at most 352 digits, a USSD text 182 characters
	maxLines = 32   // of one +CUSD
)

// feed takes what has been read.
func (s *sorter) feed(octets []byte) {
	for _, b := range octets {
		paired := b == '\n' && s.cr
		s.cr = b == '\r'
		switch {
		case paired:
		case b == '\n' || b == '\r':
			s.endLine()
		case s.skipping:
		case len(s.partial) == 0 && (b == 0 || b == ' ' && s.prompt):
			// Noise of a modem that starts; the blank of a prompt.
		case len(s.partial) == 0 && b == '>' && s.c.prompted():
			s.prompt = true
		case len(s.partial) == maxLine:
			s.partial, s.skipping = s.partial[:0], true
		default:
			s.partial = append(s.partial, b)
			s.prompt = false
		}
	}
}

func (s *sorter) endLine() {
	line := string(bytes.TrimRight(s.partial, " \t\x00\x1a"))
	s.partial, s.skipping, s.prompt = s.partial[:0], false, false
	if line != "" || s.held != nil && name(s.held.Line) == "+CUSD" {
		s.line(line)
	}
}

// line sorts one whole line.
func (s *sorter) line(line string) {
	s.c.trace("<", line)
	if s.held != nil && s.complete(line) {
		return
	}
	e := s.c.inFlight()
	if e == nil {
		s.idle(line)
		return
	}
	switch {
	case strings.HasPrefix(line, "AT") && line == "AT"+e.cmd, e.payload != "" && line == e.payload:
		// An echo.
	case e.isFinal(line):
		if !e.needsLine || e.answered {
			s.c.reply(e, line, true)
		}
	case e.owns(line):
		e.awaitsPDU = !e.awaitsPDU && (strings.HasPrefix(line, "+CMGL:") || strings.HasPrefix(line, "+CMGR:"))
		// A line without a name proves nothing about whose answer it is.
		e.answered = e.answered || prefixed(line)
		s.c.reply(e, line, false)
	default:
		s.unsolicited(line)
	}
}

// idle handles a line that comes while no command is in flight. A bare result
// then is the late one of a command that nobody waits for.
func (s *sorter) idle(line string) {
	if line != "OK" && line != "ERROR" && !strings.HasPrefix(line, "AT") {
		s.unsolicited(line)
	}
}

// unsolicited passes a URC on, at once or when its body has come.
func (s *sorter) unsolicited(line string) {
	if isProbe(line) {
		return // of a probe that was answered too late; nobody else asks for it
	}
	u := URC{Line: line}
	if hasBody(line) || name(line) == "+CUSD" && strings.Count(line, `"`) == 1 {
		s.held, s.lines = &u, 0
		return
	}
	s.c.cfg.URC(u)
}

// complete gives a held URC its body. It reports false where the line is not
// part of one: then the URC goes without, and the line to whom it belongs.
func (s *sorter) complete(line string) bool {
	u := s.held
	if name(u.Line) == "+CUSD" {
		u.Body = append(u.Body, line)
		if s.lines++; strings.Contains(line, `"`) || s.lines == maxLines {
			s.release()
		}
		return true
	}
	taken := isPDU(line)
	if taken {
		u.Body = []string{line}
	}
	s.release()
	return taken
}

func (s *sorter) release() {
	u := *s.held
	s.held = nil
	s.c.cfg.URC(u)
}
