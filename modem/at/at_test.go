package at_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
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

func TestE01_URCBetweenCommandAndReply(t *testing.T) {
	talk(t, with("AT+CSQ", func(m *modem) { m.say("\r\n+CMTI: \"SM\",3\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n") }), func(t *testing.T, l *line, _ *modem) {
		l.ask("+CSQ", "+CSQ: 20,99")
		l.expectURCs(`+CMTI: "SM",3`)
	})
}

func TestE01c_RegistrationBetweenCommandAndReply(t *testing.T) {
	talk(t, with("AT+CIMI", func(m *modem) { m.say("\r\n+CREG: 1\r\n\r\n262011234567890\r\n\r\nOK\r\n") }), func(t *testing.T, l *line, _ *modem) {
		l.ask("+CIMI", "262011234567890")
		l.expectURCs("+CREG: 1")
	})
	talk(t, with("AT+CREG?", func(m *modem) {
		m.say("\r\n+CREG: 5,\"00C3\",\"1A2B\"\r\n\r\n+CREG: 2,1,\"00C3\",\"1A2B\"\r\n\r\nOK\r\n")
	}), func(t *testing.T, l *line, _ *modem) {
		l.ask("+CREG?", `+CREG: 2,1,"00C3","1A2B"`)
		l.expectURCs(`+CREG: 5,"00C3","1A2B"`)
	})
}

func TestE02_LateReplyIsNotTheNextOnes(t *testing.T) {
	talk(t, with("AT+COPS?", func(m *modem) {
		time.Sleep(150 * time.Millisecond)
		m.say("\r\n+COPS: 0,0,\"T-Mobile\"\r\n\r\nOK\r\n")
	}), func(t *testing.T, l *line, _ *modem) {
		if _, err := l.Command(t.Context(), "+COPS?", 100*time.Millisecond); !errors.Is(err, at.ErrTimeout) {
			t.Errorf("+COPS?: %v", err)
		}
		l.ask("+CSQ", "+CSQ: 20,99")
		l.ask("+CIMI", "262011234567890")
		l.expectURCs(`+COPS: 0,0,"T-Mobile"`)
	})
}

func TestE03_LateReferenceIsTold(t *testing.T) {
	talk(t, with(pdu+"\x1a", func(m *modem) {
		time.Sleep(152 * time.Second)
		m.say("\r\n+CMGS: 42\r\n\r\nOK\r\n")
	}), func(t *testing.T, l *line, _ *modem) {
		_, err := l.Submit(t.Context(), "+CMGS=5", pdu, times)
		if e, ok := errors.AsType[*at.SubmitError](err); !ok || !e.HandedOver || !errors.Is(err, at.ErrTimeout) {
			t.Fatalf("Submit: %v", err)
		}
		l.ask("+CSQ", "+CSQ: 20,99")
		l.expectURCs("+CMGS: 42")
	})
}

func TestE04_PromptAndItsBlankApart(t *testing.T) {
	talk(t, with("AT+CMGS=5", func(m *modem) {
		m.say("\r\n>")
		time.Sleep(50 * time.Millisecond)
		m.say(" ")
	}), func(t *testing.T, l *line, _ *modem) {
		info, err := l.Submit(t.Context(), "+CMGS=5", pdu, times)
		if err != nil || strings.Join(info, "|") != "+CMGS: 7" {
			t.Errorf("Submit = %q, %v", info, err)
		}
	})
}

func TestE06_LineThatBeginsLikeAPrompt(t *testing.T) {
	talk(t, with("AT+X", func(m *modem) { m.say("\r\n> hello > world\r\n\r\nOK\r\n") }), func(t *testing.T, l *line, _ *modem) {
		l.ask("+X", "> hello > world")
	})
}

func TestE07_C01_EmptyReadsAreNoEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		empty := &emptyReads{left: 1000, after: "\r\n+CMTI: \"SM\",1\r\n"}
		heard := make(chan string, 1)
		c := at.New(empty, at.Config{URC: func(u at.URC) { heard <- u.Line }})
		done := make(chan error)
		go func() { done <- c.Run(t.Context()) }()
		if got := <-heard; got != `+CMTI: "SM",1` {
			t.Errorf("heard %q", got)
		}
		if err := <-done; !errors.Is(err, io.EOF) {
			t.Errorf("Run: %v", err)
		}
	})
}

// emptyReads brings nothing for a while, then a text, then the end.
type emptyReads struct {
	left  int
	after string
}

func (e *emptyReads) Read(p []byte) (int, error) {
	if e.left--; e.left >= 0 {
		return 0, nil
	}
	if e.after == "" {
		return 0, io.EOF
	}
	n := copy(p, e.after)
	e.after = e.after[n:]
	return n, nil
}
func (e *emptyReads) Write(p []byte) (int, error) { return len(p), nil }
func (e *emptyReads) Close() error                { return nil }

// stuck is a port that takes no bytes.
type stuck struct{ closed chan struct{} }

func (s stuck) Read([]byte) (int, error) { <-s.closed; return 0, io.EOF }
func (s stuck) Write([]byte) (int, error) {
	<-s.closed
	return 0, io.ErrClosedPipe
}
func (s stuck) Close() error { close(s.closed); return nil }

func TestE08_WriteThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := at.New(stuck{make(chan struct{})}, at.Config{})
		done := make(chan error)
		go func() { done <- c.Run(t.Context()) }()
		began := time.Now()
		_, err := c.Command(t.Context(), "+CSQ", 100*time.Millisecond)
		if !errors.Is(err, at.ErrClosed) || time.Since(began) > 5*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		if err := <-done; err == nil || !strings.Contains(err.Error(), "takes no more bytes") {
			t.Errorf("Run: %v", err)
		}
		if _, err := c.Command(t.Context(), "+CSQ", time.Second); !errors.Is(err, at.ErrClosed) {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestE09_HeaderWithoutItsPDU(t *testing.T) {
	for name, tc := range map[string]struct{ said, reply, urc string }{
		"a reply follows":  {"\r\n+CMT: ,24\r\n+CSQ: 20,99\r\n\r\nOK\r\n", "+CSQ: 20,99", "+CMT: ,24"},
		"a blank follows":  {"\r\n+CMT: ,24\r\n\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n", "+CSQ: 20,99", "+CMT: ,24"},
		"its PDU follows":  {"\r\n+CDS: 25\r\n0006AB\r\n+CSQ: 20,99\r\n\r\nOK\r\n", "+CSQ: 20,99", "+CDS: 25|0006AB"},
		"before the final": {"\r\n+CSQ: 20,99\r\n\r\n+CDS: 25\r\n0006AB\r\n\r\nOK\r\n", "+CSQ: 20,99", "+CDS: 25|0006AB"},
		"the final itself": {"\r\n+CSQ: 20,99\r\n\r\n+CDS: 25\r\nOK\r\n", "+CSQ: 20,99", "+CDS: 25"},
	} {
		t.Run(name, func(t *testing.T) {
			talk(t, with("AT+CSQ", func(m *modem) { m.say(tc.said) }), func(t *testing.T, l *line, _ *modem) {
				l.ask("+CSQ", tc.reply)
				l.expectURCs(tc.urc)
			})
		})
	}
}

func TestE10_EachIndicationOnce(t *testing.T) {
	talk(t, usual, func(t *testing.T, l *line, m *modem) {
		m.say("\r\n+CMTI: \"SM\",1\r\n\r\n+CMTI: \"SM\",2\r\n\r\n+CMT: ,3\r\nABCDEF\r\n\r\n+CMTI: \"SM\",3\r\n")
		l.expectURCs(`+CMTI: "SM",1`, `+CMTI: "SM",2`, "+CMT: ,3|ABCDEF", `+CMTI: "SM",3`)
	})
}

func TestE11_FinalResults(t *testing.T) {
	for _, tc := range []struct{ cmd, said, want string }{
		{"D+49151;", "NO CARRIER", "NO CARRIER"},
		{"D+49151;", "NO DIAL TONE", "NO DIAL TONE"},
		{"D+49151;", "BUSY", "BUSY"},
		{"A", "NO CARRIER", "NO CARRIER"},
		{"H", "NO ANSWER", "NO ANSWER"},
		{"+X", "ERROR", "ERROR"},
		{"+X", "COMMAND NOT SUPPORT", "COMMAND NOT SUPPORT"},
		{"+X", "TOO MANY PARAMETERS", "TOO MANY PARAMETERS"},
		{"+X", "MODEM ERROR: 4", "MODEM ERROR: 4"},
		{"+X", "+CMS ERROR: 38", "+CMS ERROR: 38"},
		{"+X", "+CME ERROR: 10", "+CME ERROR: 10"},
		{"+X", "+CME ERROR: SIM busy", "+CME ERROR: SIM busy"},
	} {
		t.Run(tc.cmd+" "+tc.said, func(t *testing.T) {
			talk(t, with("AT"+tc.cmd, func(m *modem) { m.say("\r\n" + tc.said + "\r\n") }), func(t *testing.T, l *line, _ *modem) {
				_, err := l.Command(t.Context(), tc.cmd, 5*time.Second)
				if err == nil || err.Error() != tc.want {
					t.Errorf("the error is %v, want %s", err, tc.want)
				}
				l.ask("+CSQ", "+CSQ: 20,99")
			})
		})
	}
	talk(t, with("AT+CLCC", func(m *modem) { m.say("\r\nNO CARRIER\r\n\r\nOK\r\n") }), func(t *testing.T, l *line, _ *modem) {
		l.ask("+CLCC", "")
		l.expectURCs("NO CARRIER")
	})
}

func TestE11b_ResultWithNothingInFlight(t *testing.T) {
	talk(t, usual, func(t *testing.T, l *line, m *modem) {
		l.ask("D+49151;", "")
		m.say("\r\nBUSY\r\n")
		l.expectURCs("BUSY")
	})
}

func TestE12_TwoCarriageReturns(t *testing.T) {
	talk(t, with("AT+CSQ", func(m *modem) { m.say("\r\r\n+CSQ: 1,99\r\r\n\r\r\nOK\r\r\n") }), func(t *testing.T, l *line, _ *modem) {
		l.ask("+CSQ", "+CSQ: 1,99")
	})
}

func TestE19_OrderIsKept(t *testing.T) {
	talk(t, usual, func(t *testing.T, l *line, m *modem) {
		var want []string
		for i := range 2000 {
			u := "+CMTI: \"SM\"," + strings.Repeat("1", i%7+1)
			want = append(want, u)
			m.say("\r\n" + u + "\r\n")
		}
		l.expectURCs(want...)
	})
}

func TestE20_USSDOfManyLines(t *testing.T) {
	for name, tc := range map[string]struct{ said, want string }{
		"menu":          {"+CUSD: 1,\"Menu\r\n1 Balance\r\n\r\n2 Top-up\",15", "+CUSD: 1,\"Menu|1 Balance||2 Top-up\",15"},
		"one line":      {"+CUSD: 0,\"5.00 EUR\",15", "+CUSD: 0,\"5.00 EUR\",15"},
		"without text":  {"+CUSD: 2", "+CUSD: 2"},
		"OK is in text": {"+CUSD: 1,\"All\r\nOK\r\nthen\",15", "+CUSD: 1,\"All|OK|then\",15"},
	} {
		t.Run(name, func(t *testing.T) {
			talk(t, usual, func(t *testing.T, l *line, m *modem) {
				m.say("\r\n" + tc.said + "\r\n")
				synctest.Wait()
				l.expectURCs(tc.want)
				l.ask("+CSQ", "+CSQ: 20,99")
			})
		})
	}
}

func TestE22_ResultsAreMatchedWhole(t *testing.T) {
	talk(t, with("AT+X", func(m *modem) { m.say("\r\nERROR-free text line\r\n\r\nOKAY\r\n\r\nOK \r\n") }), func(t *testing.T, l *line, _ *modem) {
		l.ask("+X", "ERROR-free text line|OKAY")
	})
}

func TestPromptThatNeverComes(t *testing.T) {
	talk(t, once("AT+CMGS=5", func(*modem) {}), func(t *testing.T, l *line, m *modem) {
		began := time.Now()
		_, err := l.Submit(t.Context(), "+CMGS=5", pdu, times)
		if e, ok := errors.AsType[*at.SubmitError](err); !ok || e.HandedOver || !errors.Is(err, at.ErrTimeout) {
			t.Errorf("Submit: %v", err)
		}
		if d := time.Since(began); d < 10*time.Second || d > 12*time.Second {
			t.Errorf("it took %v", d)
		}
		if strings.Contains(m.all(), pdu) || !strings.Contains(m.all(), "\x1b") {
			t.Errorf("the modem heard %q: want an escape and no PDU", m.all())
		}
		if info, err := l.Submit(t.Context(), "+CMGS=5", pdu, times); err != nil {
			t.Errorf("the next: %q, %v", info, err)
		}
	})
}

func TestSubmitIsWithdrawnBeforeAndNotAfter(t *testing.T) {
	late := func(m *modem) {
		time.Sleep(20 * time.Second)
		m.say("\r\n+CMGS: 7\r\n\r\nOK\r\n")
	}
	for _, tc := range []struct {
		name       string
		answer     func(*modem, string)
		grace      time.Duration
		ok, handed bool
	}{
		{"while the prompt is awaited", with("AT+CMGS=5", func(*modem) {}), time.Minute, false, false},
		{"after the PDU, within the grace", with(pdu+"\x1a", late), time.Minute, true, true},
		{"after the PDU, beyond the grace", with(pdu+"\x1a", late), 5 * time.Second, false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			talk(t, tc.answer, func(t *testing.T, l *line, _ *modem) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				own := times
				own.Grace = tc.grace
				_, err := l.Submit(ctx, "+CMGS=5", pdu, own)
				if tc.ok {
					if err != nil {
						t.Errorf("Submit: %v", err)
					}
					return
				}
				if e, ok := errors.AsType[*at.SubmitError](err); !ok || e.HandedOver != tc.handed {
					t.Errorf("Submit: %v", err)
				}
			})
		})
	}
}

func TestNothingIsHandedOverTooLate(t *testing.T) {
	talk(t, with("AT+CMGS=5", func(m *modem) {
		time.Sleep(2 * time.Second)
		m.say("\r\n> ")
	}), func(t *testing.T, l *line, m *modem) {
		own := times
		own.HandOverBy = time.Now().Add(time.Second)
		_, err := l.Submit(t.Context(), "+CMGS=5", pdu, own)
		if e, ok := errors.AsType[*at.SubmitError](err); !ok || e.HandedOver {
			t.Errorf("Submit: %v", err)
		}
		if strings.Contains(m.all(), pdu) {
			t.Error("the PDU was written")
		}
	})
}

func TestPauseBeforeThePDU(t *testing.T) {
	talk(t, usual, func(t *testing.T, l *line, _ *modem) {
		own := times
		own.Pause = 100 * time.Millisecond
		l.ask("", "")
		began := time.Now()
		if _, err := l.Submit(t.Context(), "+CMGS=5", pdu, own); err != nil || time.Since(began) != own.Pause {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestModemThatDoesNotAnswerAtAll(t *testing.T) {
	talk(t, func(*modem, string) {}, func(t *testing.T, l *line, _ *modem) {
		began := time.Now()
		if _, err := l.Command(t.Context(), "+CSQ", time.Second); !errors.Is(err, at.ErrSilent) || time.Since(began) > 15*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestCommandsTakeTurns(t *testing.T) {
	talk(t, usual, func(t *testing.T, l *line, _ *modem) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 20 {
					l.ask("+CSQ", "+CSQ: 20,99")
					l.ask("+CIMI", "262011234567890")
				}
			})
		}
		wg.Wait()
	})
}

func TestRunTellsWhyThePortDied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := pipe()
		c := at.New(here, at.Config{})
		done := make(chan error, 1)
		go func() { done <- c.Run(t.Context()) }()
		failed := make(chan error, 1)
		go func() {
			_, err := c.Command(t.Context(), "+CSQ", time.Minute)
			failed <- err
		}()
		synctest.Wait()
		_ = there.Close()
		if err := <-done; !errors.Is(err, io.EOF) {
			t.Errorf("Run: %v", err)
		}
		if err := <-failed; !errors.Is(err, at.ErrClosed) || !errors.Is(err, io.EOF) {
			t.Errorf("the command in flight: %v", err)
		}
	})
}

func TestTraceHidesSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		here, there := pipe()
		m := &modem{net: there, answer: usual}
		c := at.New(here, at.Config{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		var wg sync.WaitGroup
		wg.Go(m.listen)
		ctx, stop := context.WithCancel(t.Context())
		wg.Go(func() { _ = c.Run(ctx) })
		for _, cmd := range []string{`+CPIN="7391"`, "+CIMI", "D+4915112345678;"} {
			if _, err := c.Command(ctx, cmd, time.Second); err != nil {
				t.Error(err)
			}
		}
		if _, err := c.Submit(ctx, "+CMGS=5", pdu, times); err != nil {
			t.Error(err)
		}
		stop()
		_ = there.Close()
		wg.Wait()
		for _, secret := range []string{"7391", "26201123456", "15112345", pdu} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("the trace holds %s", secret)
			}
		}
		if !strings.Contains(log.String(), "CMGS") {
			t.Error("there is no trace")
		}
	})
}

func TestControlCharactersInACommand(t *testing.T) {
	talk(t, usual, func(t *testing.T, l *line, m *modem) {
		if _, err := l.Command(t.Context(), "+CSQ\rAT+CFUN=0", time.Second); err == nil {
			t.Error("the command was run")
		}
		if m.all() != "" {
			t.Errorf("the modem heard %q", m.all())
		}
	})
}

// Whatever a modem says, nothing panics or hangs, and no reply holds a line
// that is known to be unsolicited.
func FuzzSorter(f *testing.F) {
	for _, s := range []string{"\r\n+CSQ: 20,99\r\n\r\nOK\r\n", "\r\n+CMTI: \"SM\",3\r\n", "\r\n> ", "+CUSD: 1,\"a\r\nb\r\n", "+CMT: ,24\r\n", "\r\r\nOK\r\r\n", "\x00\xff>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		synctest.Test(t, func(t *testing.T) {
			here, there := pipe()
			m := &modem{net: there, answer: once("AT+CSQ", func(m *modem) { m.say(string(said)) })}
			urcs := 0
			c := at.New(here, at.Config{URC: func(at.URC) { urcs++ }})
			var wg sync.WaitGroup
			wg.Go(m.listen)
			wg.Go(func() { _ = c.Run(t.Context()) })
			info, _ := c.Command(t.Context(), "+CSQ", time.Second)
			for _, line := range info {
				if strings.HasPrefix(line, "+CMTI:") || strings.HasPrefix(line, "+CREG:") || line == "RING" {
					t.Errorf("the reply holds %q", line)
				}
			}
			_, _ = c.Submit(t.Context(), "+CMGS=5", pdu, times)
			_ = there.Close()
			wg.Wait()
		})
	})
}

func BenchmarkCommand(b *testing.B) {
	here, there := pipe()
	m := &modem{net: there, answer: usual}
	c := at.New(here, at.Config{})
	go m.listen()
	go func() { _ = c.Run(b.Context()) }()
	b.Cleanup(func() { _ = there.Close() })
	for b.Loop() {
		if _, err := c.Command(b.Context(), "+CSQ", time.Second); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSubmit(b *testing.B) {
	here, there := pipe()
	m := &modem{net: there, answer: usual}
	c := at.New(here, at.Config{})
	go m.listen()
	go func() { _ = c.Run(b.Context()) }()
	b.Cleanup(func() { _ = there.Close() })
	for b.Loop() {
		if _, err := c.Submit(b.Context(), "+CMGS=5", pdu, times); err != nil {
			b.Fatal(err)
		}
	}
}
