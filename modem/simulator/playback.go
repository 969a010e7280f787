package simulator

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
// ">" is what the host must write, octet by octet; "<" is what it can read
// once everything above was written. How the octets are spread over writes and
// reads does not matter. A number in front, seconds since the start, is for
// the reader's eye. Escapes are those of Go strings; quotes need none. A "<"
// step without any escape is a line, with CR LF on both sides.
//
// The first difference fails the test and the port. Close fails the test, and
// returns an error, when something is left over. With all steps done, a read
// waits for Close.
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
	written  int      // how much of it was
	replies  []output // still to be read
	err      error    // why it is over
}

// output can be read when the host has written so many octets.
type output struct {
	after  int
	octets []byte
}

// add appends the step of one line, if it holds one.
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

// Read returns what the modem says next, once it is its turn.
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

// Write compares with what the host wrote in the transcript.
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

// Close ends the dialogue, which must be over.
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

// line is what the host must write next, up to the end of a command.
func (p *playback) line() []byte {
	rest := p.expected[p.written:]
	for i, b := range rest {
		if b == cr || b == ctrlZ {
			return rest[:i+1]
		}
	}
	return rest
}
