// Package simulatortest holds what only tests want of simulated modems: transcripts
// that a port answers from.
package simulatortest

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"
)

// TestingT is what Playback needs of a testing.TB.
type TestingT interface {
	Helper()
	Errorf(format string, args ...any)
}

// Playback is a port that answers from a transcript, one step a line:
//
//	# a remark; empty lines mean nothing either
//	> AT+CSQ\r
//	< +CSQ: 20,99
//	< OK
//	0.512 > AT+CMGS=23\r
//	0.530 < \r\n>\x20
//
// ">" is what the host must write, octet by octet; "<" is what it can read once
// everything above was written. How the octets are spread over writes and reads
// does not matter. A number in front is the time in seconds since the start, and is
// ignored. Escapes are those of Go strings; quotes need none. A "<" step without an
// escape is a line, with CR LF before and behind it. [simulator.Record] writes this
// form.
//
// The first difference fails the test and the port. Close fails the test, and
// returns an error, if steps are left. When all steps are done, a read waits for
// Close.
func Playback(t TestingT, r io.Reader) io.ReadWriteCloser {
	t.Helper()
	p := &playback{t: t}
	p.progress.L = &p.mu
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		if err := p.add(lines.Text()); err != nil {
			t.Errorf("transcript, line %d: %v", number, err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Errorf("transcript: %v", err)
	}
	return p
}

type playback struct {
	t        TestingT
	mu       sync.Mutex
	progress sync.Cond

	expected []byte   // all that the host must write
	written  int      // octets of it that were
	replies  []output // still to be read
	err      error    // why it is over
}

// output is what can be read when the host has written enough.
type output struct {
	after  int // octets that the host must have written
	octets []byte
}

// add appends the step of one line, unless it is a remark or empty.
func (p *playback) add(line string) error {
	rest := strings.TrimLeft(line, " \t")
	if rest == "" || rest[0] == '#' {
		return nil
	}
	if seconds, behind, found := strings.Cut(rest, " "); found {
		if _, err := strconv.ParseFloat(seconds, 64); err == nil {
			rest = strings.TrimLeft(behind, " ")
		}
	}
	direction, text, _ := strings.Cut(rest, " ")
	octets, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	if err != nil {
		return fmt.Errorf("%q: %w", line, err)
	}
	switch direction {
	case ">":
		p.expected = append(p.expected, octets...)
	case "<":
		if !strings.Contains(text, `\`) {
			octets = "\r\n" + octets + "\r\n"
		}
		p.replies = append(p.replies, output{after: len(p.expected), octets: []byte(octets)})
	default:
		return fmt.Errorf("%q begins neither with > nor with <", line)
	}
	return nil
}

// Read waits until it is the turn of the modem, and returns what it says.
func (p *playback) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.err == nil && (len(p.replies) == 0 || p.replies[0].after > p.written) {
		p.progress.Wait()
	}
	if p.err != nil {
		return 0, p.err
	}
	n := copy(b, p.replies[0].octets)
	if p.replies[0].octets = p.replies[0].octets[n:]; len(p.replies[0].octets) == 0 {
		p.replies = p.replies[1:]
	}
	return n, nil
}

// Write compares b with what the host wrote in the transcript.
func (p *playback) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.progress.Broadcast()
	if p.err != nil {
		return 0, p.err
	}
	for i := range b {
		if p.written == len(p.expected) || p.expected[p.written] != b[i] {
			p.err = fmt.Errorf("the host wrote %q where the transcript has %q", b[i:], p.line())
			p.t.Errorf("%v", p.err)
			return i, p.err
		}
		p.written++
	}
	return len(b), nil
}

// Close ends the dialogue; steps that are left are an error.
func (p *playback) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return nil // it was said before, or closed before
	}
	p.err = fs.ErrClosed
	p.progress.Broadcast()
	var err error
	switch {
	case p.written < len(p.expected):
		err = fmt.Errorf("the host never wrote %q", p.line())
	case len(p.replies) > 0:
		err = fmt.Errorf("the host never read %q", p.replies[0].octets)
	}
	if err != nil {
		p.t.Errorf("%v", err)
	}
	return err
}

// line returns what the host must write next, up to the end of a command.
func (p *playback) line() []byte {
	rest := p.expected[p.written:]
	for i, b := range rest {
		if b == '\r' || b == '\x1a' {
			return rest[:i+1]
		}
	}
	return rest
}
