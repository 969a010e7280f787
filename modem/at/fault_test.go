package at_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/at"
)

func TestE01_URCBetweenCommandAndReply(t *testing.T) {
	for _, urc := range []string{`+CMTI: "SM",3`, "^RSSI: 19", "^SYSSTART", "+PBREADY", "*ATREADY: 1", "RING", "UNDER-VOLTAGE WARNNING", "+CFUN: 1"} {
		t.Run(urc, func(t *testing.T) {
			reply := "\r\n" + urc + "\r\n\r\n262011234567890\r\n\r\n" + urc + "\r\n\r\nOK\r\n"
			talk(t, with("AT+CIMI", func(m *modem) { m.say(reply) }), func(_ *testing.T, l *line, _ *modem) {
				l.ask("+CIMI", "262011234567890")
				l.expectURCs(urc, urc)
			})
		})
	}
}

func TestE01c_RegistrationBetweenCommandAndReply(t *testing.T) {
	for name, tc := range map[string]struct{ cmd, urc, reply string }{
		"another command":    {"+CIMI", "+CREG: 1", "262011234567890"},
		"the query itself":   {"+CREG?", `+CREG: 5,"00C3","1A2B"`, `+CREG: 2,1,"00C3","1A2B"`},
		"codes not quoted":   {"+CREG?", "+CREG: 1, 00C3, 1A2B", "+CREG: 2,1, 00C3, 1A2B"},
		"the status alone":   {"+CEREG?", "+CEREG: 1", "+CEREG: 1,5"},
		"of another network": {"+CREG?", "+CEREG: 1", "+CREG: 0,1"},
		"the list of values": {"+CREG=?", "+CEREG: 5", "+CREG: (0-2)"},
		"while it is set":    {"+CREG=2", "+CREG: 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			said := "\r\n" + tc.urc + "\r\n\r\n" + tc.reply + "\r\n\r\nOK\r\n"
			talk(t, with("AT"+tc.cmd, func(m *modem) { m.say(said) }), func(_ *testing.T, l *line, _ *modem) {
				l.ask(tc.cmd, tc.reply)
				l.expectURCs(tc.urc)
			})
		})
	}
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

func (e *emptyReads) Close() error { return nil }

// stuck is a port that takes no bytes.
type stuck struct{ closed chan struct{} }

func (s stuck) Read([]byte) (int, error) { <-s.closed; return 0, io.EOF }

func (s stuck) Write([]byte) (int, error) {
	<-s.closed
	return 0, io.ErrClosedPipe
}

func (s stuck) Close() error { close(s.closed); return nil }

func TestE08_WriteThatBlocks(t *testing.T) {
	for name, do := range map[string]func(ctx context.Context, c *at.Conn) error{
		"a command": func(ctx context.Context, c *at.Conn) error {
			_, err := c.Command(ctx, "+CSQ", 100*time.Millisecond)
			return err
		},
		"a submission": func(ctx context.Context, c *at.Conn) error {
			_, err := c.Submit(ctx, "+CMGS=5", pdu, times)
			return err
		},
		"the beginning": func(ctx context.Context, c *at.Conn) error { return c.Clear(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := at.New(stuck{make(chan struct{})}, at.Config{})
				done := make(chan error)
				go func() { done <- c.Run(t.Context()) }()
				began := time.Now()
				if err := do(t.Context(), c); !errors.Is(err, at.ErrClosed) || time.Since(began) > 5*time.Second {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
				if err := <-done; err == nil || !strings.Contains(err.Error(), "takes no more bytes") {
					t.Errorf("Run: %v", err)
				}
				if _, err := c.Command(t.Context(), "+CSQ", time.Second); !errors.Is(err, at.ErrClosed) {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
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

func TestE09_PDUOfAStoredMessage(t *testing.T) {
	for name, tc := range map[string]struct{ said, urc string }{
		"a result comes between":           {"+CMTI: \"SM\",3\r\n", `+CMTI: "SM",3`},
		"a report with its PDU":            {"+CDS: 3\r\n00AABBCC\r\n", "+CDS: 3|00AABBCC"},
		"a report whose PDU is missing":    {"+CDS: 25\r\n", "+CDS: 25"},
		"a message whose PDU is missing":   {"+CMT: ,159\r\n", "+CMT: ,159"},
		"a broadcast with its PDU":         {"+CBM: 2\r\nAABB\r\n", "+CBM: 2|AABB"},
		"a header without a length at all": {"+CDS:\r\n", "+CDS:"},
	} {
		t.Run(name, func(t *testing.T) {
			said := "\r\n+CMGL: 1,1,,5\r\n" + tc.said + "000405060708\r\n\r\nOK\r\n"
			talk(t, with("AT+CMGL=4", func(m *modem) { m.say(said) }), func(_ *testing.T, l *line, _ *modem) {
				l.ask("+CMGL=4", "+CMGL: 1,1,,5|000405060708")
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
		{"+X", "+CME ERROR: SIM busy", "+CME ERROR: 14"},
		{"+X", "+CME ERROR: SIM PIN required", "+CME ERROR: 11"},
		{"+X", "+CMS ERROR: SIM busy", "+CMS ERROR: 314"},
		{"+X", "+CMS ERROR: the moon is full", "+CMS ERROR: the moon is full"},
		{"+X", "ERROR: UNSUPPORTED", "ERROR: UNSUPPORTED"},
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
			u := fmt.Sprintf(`+CMTI: "SM",%d`, i)
			want = append(want, u)
			m.say("\r\n" + u + "\r\n")
		}
		l.expectURCs(want...)
	})
}

func TestE20_USSDOfManyLines(t *testing.T) {
	for name, tc := range map[string]struct{ said, want string }{
		"menu":               {"+CUSD: 1,\"Menu\r\n1 Balance\r\n\r\n2 Top-up\",15", "+CUSD: 1,\"Menu|1 Balance||2 Top-up\",15"},
		"one line":           {"+CUSD: 0,\"5.00 EUR\",15", "+CUSD: 0,\"5.00 EUR\",15"},
		"without text":       {"+CUSD: 2", "+CUSD: 2"},
		"text begins later":  {"+CUSD: 1,\"\r\nMenu\",15", "+CUSD: 1,\"|Menu\",15"},
		"cut off by another": {"+CUSD: 1,\"Menu\r\n+CREG: 1", "+CUSD: 1,\"Menu\n+CREG: 1"},
		"never ends":         {"+CUSD: 1,\"Menu" + strings.Repeat("\r\nx", 33), "+CUSD: 1,\"Menu" + strings.Repeat("|x", 32) + "\nx"},
		"OK is in text":      {"+CUSD: 1,\"All\r\nOK\r\nthen\",15", "+CUSD: 1,\"All|OK|then\",15"},
	} {
		t.Run(name, func(t *testing.T) {
			talk(t, usual, func(t *testing.T, l *line, m *modem) {
				m.say("\r\n" + tc.said + "\r\n")
				synctest.Wait()
				l.expectURCs(strings.Split(tc.want, "\n")...)
				l.ask("+CSQ", "+CSQ: 20,99")
			})
		})
	}
}

// Lines of a USSD text that begin like results of vendors, or end in a quote and a comma,
// are text up to the closing quote; true results are not.
func TestUSSDOfEveryShape(t *testing.T) {
	for said, want := range map[string]string{
		"+CUSD: 1,\"Menu\r\n*a Balance\r\n#Kredit: 5\r\nend\",15": `+CUSD: 1,"Menu|*a Balance|#Kredit: 5|end",15`,
		"+CUSD: 1,\"first\r\na \"word\",\r\nlast\",15":            `+CUSD: 1,"first|a "word",|last",15`,
	} {
		talk(t, usual, func(t *testing.T, l *line, m *modem) {
			l.ask("", "")
			m.say("\r\n" + said + "\r\n")
			l.ask("+CSQ", "+CSQ: 20,99")
			if got := l.heard(); len(got) == 0 || got[0] != want {
				t.Errorf("%q is heard as %q", said, got)
			}
		})
	}
}

func TestE22_ResultsAreMatchedWhole(t *testing.T) {
	talk(t, with("AT+X", func(m *modem) { m.say("\r\nERROR-free text line\r\n\r\nOKAY\r\n\r\nOK \r\n") }), func(t *testing.T, l *line, _ *modem) {
		l.ask("+X", "ERROR-free text line|OKAY")
	})
}
