package at_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/at"
)

// modem is the far end of the line, played by the test. What the host writes is
// handed to answer, which writes back what it likes, when it likes.
type modem struct {
	net    io.ReadWriteCloser
	mu     sync.Mutex
	heard  strings.Builder
	answer func(m *modem, heard string)
}

func (m *modem) say(s string) { _, _ = io.WriteString(m.net, s) }

// listen hands over what the host writes, command by command and PDU by PDU.
func (m *modem) listen() {
	var partial strings.Builder
	buffer := make([]byte, 512)
	for {
		n, err := m.net.Read(buffer)
		for _, b := range buffer[:n] {
			m.mu.Lock()
			m.heard.WriteByte(b)
			m.mu.Unlock()
			if b == 0x1b {
				m.answer(m, "ESC")
				continue
			}
			partial.WriteByte(b)
			if b == '\r' || b == 0x1a {
				whole := strings.TrimSuffix(partial.String(), "\r")
				partial.Reset()
				m.answer(m, whole)
			}
		}
		if err != nil {
			return
		}
	}
}

func (m *modem) all() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heard.String()
}

// usual answers as a healthy modem does.
func usual(m *modem, heard string) {
	switch heard {
	case "ESC", "":
	case "AT+CMEE?":
		m.say("\r\n+CMEE: 1\r\n\r\nOK\r\n")
	case "AT+CMGF?":
		m.say("\r\n+CMGF: 0\r\n\r\nOK\r\n")
	case "AT+CSCS?":
		m.say("\r\n+CSCS: \"GSM\"\r\n\r\nOK\r\n")
	case "AT+CSMS?":
		m.say("\r\n+CSMS: 0,1,1,1\r\n\r\nOK\r\n")
	case "AT+CSQ":
		m.say("\r\n+CSQ: 20,99\r\n\r\nOK\r\n")
	case "AT+CIMI":
		m.say("\r\n262011234567890\r\n\r\nOK\r\n")
	case "AT+CMGS=5":
		m.say("\r\n> ")
	case pdu + "\x1a":
		m.say("\r\n+CMGS: 7\r\n\r\nOK\r\n")
	default:
		m.say("\r\nOK\r\n")
	}
}

// with answers one text in its own way, and the rest as usual.
func with(text string, do func(m *modem)) func(*modem, string) {
	return func(m *modem, heard string) {
		if heard == text {
			do(m)
			return
		}
		usual(m, heard)
	}
}

// once is with, the first time only.
func once(text string, do func(m *modem)) func(*modem, string) {
	done := false
	return func(m *modem, heard string) {
		if heard == text && !done {
			done = true
			do(m)
			return
		}
		usual(m, heard)
	}
}

const pdu = "0001000B915121551532F40000"

var times = at.SubmitTimes{Prompt: 10 * time.Second, Result: 150 * time.Second}

// line is the host's side.
type line struct {
	*at.Conn
	t    *testing.T
	mu   sync.Mutex
	urcs []at.URC
}

func (l *line) heard() []string {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []string
	for _, u := range l.urcs {
		lines = append(lines, strings.Join(append([]string{u.Line}, u.Body...), "|"))
	}
	return lines
}

func (l *line) ask(cmd, want string) {
	l.t.Helper()
	info, err := l.Command(l.t.Context(), cmd, 5*time.Second)
	if got := strings.Join(info, "|"); err != nil || got != want {
		l.t.Errorf("AT%s = %q, %v; want %q", cmd, got, err, want)
	}
}

func (l *line) expectURCs(want ...string) {
	l.t.Helper()
	if got := l.heard(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		l.t.Errorf("the unsolicited results are %q, want %q", got, want)
	}
}

// talk runs a conversation in simulated time.
func talk(t *testing.T, answer func(*modem, string), story func(t *testing.T, l *line, m *modem)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		here, there := pipe()
		m := &modem{net: there, answer: answer}
		l := &line{t: t}
		l.Conn = at.New(here, at.Config{URC: func(u at.URC) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.urcs = append(l.urcs, u)
		}})
		var wg sync.WaitGroup
		wg.Go(m.listen)
		ctx, stop := context.WithCancel(t.Context())
		wg.Go(func() { _ = l.Run(ctx) })
		story(t, l, m)
		stop()
		_ = there.Close()
		wg.Wait()
	})
}

// stream is one direction of an in-memory line that holds what nobody has read.
type stream struct {
	mu     sync.Mutex
	queue  []byte
	more   chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newStream() *stream { return &stream{more: make(chan struct{}, 1), closed: make(chan struct{})} }

type end struct{ in, out *stream }

func pipe() (end, end) {
	a, b := newStream(), newStream()
	return end{a, b}, end{b, a}
}

func (e end) Read(p []byte) (int, error) {
	for {
		e.in.mu.Lock()
		n := copy(p, e.in.queue)
		e.in.queue = e.in.queue[n:]
		e.in.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		select {
		case <-e.in.more:
		case <-e.in.closed:
			return 0, io.EOF
		}
	}
}

func (e end) Write(p []byte) (int, error) {
	select {
	case <-e.out.closed:
		return 0, io.ErrClosedPipe
	default:
	}
	e.out.mu.Lock()
	e.out.queue = append(e.out.queue, p...)
	e.out.mu.Unlock()
	select {
	case e.out.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (e end) Close() error {
	for _, s := range []*stream{e.in, e.out} {
		s.once.Do(func() { close(s.closed) })
	}
	return nil
}
