package at_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"simgate/modem/at"
)

// A modem hangs for a while, and then answers everything in order.
func TestBackInStepAfterAHang(t *testing.T) {
	for _, hang := range []time.Duration{
		150 * time.Millisecond, // nothing is in flight
		1200 * time.Millisecond,
		2500 * time.Millisecond, // a probe has gone unanswered
		5 * time.Second,
		10 * time.Second,
	} {
		t.Run(hang.String(), func(t *testing.T) {
			talk(t, once("AT+COPS?", func(m *modem) {
				time.Sleep(hang)
				m.say("\r\n+COPS: 0,0,\"T-Mobile\"\r\n\r\nOK\r\n")
			}), func(t *testing.T, l *line, _ *modem) {
				l.ask("", "")
				if _, err := l.Command(t.Context(), "+COPS?", time.Second); (err == nil) != (hang < time.Second) {
					t.Errorf("+COPS?: %v", err)
				}
				l.ask("+CIMI", "262011234567890")
				l.ask("+CSQ", "+CSQ: 20,99")
				if hang > time.Second {
					l.expectURCs(`+COPS: 0,0,"T-Mobile"`)
				}
			})
		})
	}
}

// A command that relies on what was set before does not run once that may be lost.
func TestCommandsOfAStep(t *testing.T) {
	talk(t, once("AT+COPS?", func(*modem) {}), func(t *testing.T, l *line, _ *modem) {
		l.ask("", "")
		step := l.Resyncs()
		if _, err := l.CommandIn(t.Context(), step, "+CSQ", time.Second); err != nil {
			t.Errorf("in step: %v", err)
		}
		if _, err := l.Command(t.Context(), "+COPS?", time.Second); !errors.Is(err, at.ErrTimeout) {
			t.Errorf("+COPS?: %v", err)
		}
		for range 2 {
			if _, err := l.CommandIn(t.Context(), step, "+CSQ", time.Second); !errors.Is(err, at.ErrResynced) {
				t.Errorf("in another step: %v", err)
			}
		}
		in := times
		in.Step = step
		if _, err := l.Submit(t.Context(), "+CMGS=5", pdu, in); !errors.Is(err, at.ErrResynced) {
			t.Errorf("a part in another step: %v", err)
		}
		in.Step = l.Resyncs()
		if _, err := l.Submit(t.Context(), "+CMGS=5", pdu, in); err != nil {
			t.Errorf("a part in step: %v", err)
		}
	})
}

func TestLateRefusalIsTold(t *testing.T) {
	talk(t, with(pdu+"\x1a", func(m *modem) {
		time.Sleep(152 * time.Second)
		m.say("\r\n+CMS ERROR: 350\r\n")
	}), func(t *testing.T, l *line, _ *modem) {
		if _, err := l.Submit(t.Context(), "+CMGS=5", pdu, times); !errors.Is(err, at.ErrTimeout) {
			t.Errorf("Submit: %v", err)
		}
		l.ask("+CSQ", "+CSQ: 20,99")
		l.expectURCs("+CMS ERROR: 350")
	})
}

func TestReplyCutShortByACancel(t *testing.T) {
	talk(t, once("AT+CIMI", func(m *modem) {
		m.say("\r\n2620112345")
		time.Sleep(2 * time.Second)
		m.say("67890\r\n\r\nOK\r\n")
	}), func(t *testing.T, l *line, _ *modem) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.Command(ctx, "+CIMI", time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("+CIMI: %v", err)
		}
		l.ask("+CSQ", "+CSQ: 20,99")
		l.expectURCs("262011234567890")
	})
}

// A query that may still be answered proves nothing.
func TestProbeIsNotTheCommandThatMissed(t *testing.T) {
	talk(t, once("AT+CMGF?", func(m *modem) {
		time.Sleep(1500 * time.Millisecond)
		usual(m, "AT+CMGF?")
	}), func(t *testing.T, l *line, m *modem) {
		l.ask("", "")
		if _, err := l.Command(t.Context(), "+CMGF?", time.Second); !errors.Is(err, at.ErrTimeout) {
			t.Errorf("+CMGF?: %v", err)
		}
		l.ask("+CSQ", "+CSQ: 20,99")
		if got := strings.Count(m.all(), "+CMGF?"); got != 1 {
			t.Errorf("it was asked %d times: %q", got, m.all())
		}
	})
}

// A prompt that comes too late must not swallow the probe: an escape goes first.
func TestLatePromptDoesNotSwallowTheProbe(t *testing.T) {
	typing := false
	talk(t, func(m *modem, heard string) {
		switch {
		case heard == "ESC":
			typing = false
		case heard == "AT+CMGS=5":
			time.Sleep(12 * time.Second)
			m.say("\r\n> ")
			typing = true
		case typing:
			m.say("\r\n> ")
		default:
			usual(m, heard)
		}
	}, func(t *testing.T, l *line, _ *modem) {
		if _, err := l.Submit(t.Context(), "+CMGS=5", pdu, times); !errors.Is(err, at.ErrTimeout) {
			t.Errorf("Submit: %v", err)
		}
		l.ask("+CSQ", "+CSQ: 20,99")
	})
}

func TestModemThatDoesNotAnswerAtAll(t *testing.T) {
	var hears atomic.Bool
	talk(t, func(m *modem, heard string) {
		if hears.Load() {
			usual(m, heard)
		}
	}, func(t *testing.T, l *line, _ *modem) {
		for range 3 {
			began := time.Now()
			if _, err := l.Command(t.Context(), "+CSQ", time.Second); !errors.Is(err, at.ErrSilent) || time.Since(began) > 15*time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		}
		hears.Store(true)
		if err := l.Clear(t.Context()); err != nil {
			t.Error(err)
		}
		l.ask("+CSQ", "+CSQ: 20,99")
	})
}

// refusing answers every command with one result and no line.
func refusing(result string, after time.Duration) func(*modem, string) {
	return func(m *modem, heard string) {
		if heard == "ESC" || heard == "" {
			return
		}
		time.Sleep(after)
		m.say("\r\n" + result + "\r\n")
	}
}

// A modem that refuses all probes, as a locked one does, or answers them with OK and
// nothing else, as emulators do, is in step all the same; a late result is never taken
// for that of a later command.
func TestModemThatRefusesTheProbes(t *testing.T) {
	for _, result := range []string{"ERROR", "+CME ERROR: 11", "ERROR: UNSUPPORTED", "OK"} {
		for _, slow := range []time.Duration{0, 300 * time.Millisecond, 1200 * time.Millisecond} {
			t.Run(result+" after "+slow.String(), func(t *testing.T) {
				answer := refusing(result, slow)
				talk(t, func(m *modem, heard string) {
					switch heard {
					case "AT+CPIN?":
						time.Sleep(slow)
						m.say("\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n")
					case "AT+CSQ":
						time.Sleep(slow)
						m.say("\r\n+CSQ: 20,99\r\n\r\nOK\r\n")
					default:
						answer(m, heard)
					}
				}, func(t *testing.T, l *line, _ *modem) {
					if err := l.Clear(t.Context()); err != nil {
						t.Fatal(err)
					}
					l.ask("+CPIN?", "+CPIN: SIM PIN")
					l.ask("+CSQ", "+CSQ: 20,99")
					if _, err := l.Command(t.Context(), "+CSQ", time.Millisecond); slow > 0 && err == nil {
						t.Error("it was not late")
					}
					l.ask("+CPIN?", "+CPIN: SIM PIN")
					l.ask("+CSQ", "+CSQ: 20,99")
				})
			})
		}
	}
}

// A query whose line has come and whose OK never does ends soon, with the line.
func TestQueryWithoutItsOK(t *testing.T) {
	talk(t, with("AT+CPIN?", func(m *modem) { m.say("\r\n+CPIN: READY\r\n") }), func(t *testing.T, l *line, _ *modem) {
		began := time.Now()
		info, err := l.Command(t.Context(), "+CPIN?", time.Minute)
		if !errors.Is(err, at.ErrTimeout) || len(info) != 1 || info[0] != "+CPIN: READY" || time.Since(began) > 5*time.Second {
			t.Errorf("after %v: %q, %v", time.Since(began), info, err)
		}
		l.ask("+CSQ", "+CSQ: 20,99")
	})
}

func TestRegistrationState(t *testing.T) {
	for line, want := range map[string]struct {
		stat  int
		reply bool
	}{
		`+CREG: 1`:                        {1, false},
		`+CREG: 5,"00C3","1A2B"`:          {5, false},
		`+CREG: 1,00C3,1A2B`:              {1, false},
		`+CREG: 0,1`:                      {1, true},
		`+CREG: 2,10`:                     {10, true},
		`+CREG:002,001,"00C3","1A2B"`:     {1, true},
		`+CREG: 2,5,"0502","0404736D"`:    {5, true},
		`+CREG: 2,1,000B,2816, B, C2816`:  {1, true},
		`+CEREG: 1, 2, 0001, 00000100, 7`: {2, true},
		`+CREG: 2,,`:                      {-1, true},
		`+CREG: 2,11`:                     {11, true},
		`+CREG: ?`:                        {-1, false},
		`+CREG: home`:                     {-1, false},
		`+CREG:`:                          {-1, false},
		`+C5GREG: 2,1,"000001","000000001",11,4,"1"`: {1, true},
	} {
		if stat, reply := at.RegistrationState(line); stat != want.stat || reply != want.reply {
			t.Errorf("%s: %d, %t", line, stat, reply)
		}
	}
}

// In text mode a message has its text behind it, which is no unsolicited result of its
// own, whatever it says; a status report is one line.
func TestMessagesInTextMode(t *testing.T) {
	talk(t, usual, func(t *testing.T, l *line, m *modem) {
		l.ask("", "")
		m.say("\r\n+CMT: \"+4915112345678\",,\"26/11/28,12:00:00+04\"\r\nRING\r\n")
		m.say("\r\n+CDS: 6,22,\"+4915112345678\",145,\"26/11/28,12:00:00+04\",\"26/11/28,12:00:05+04\",0\r\n")
		m.say("\r\n+CMT: \"Doe, John\",24\r\n0011AA\r\n")
		l.ask("+CSQ", "+CSQ: 20,99")
		got := l.heard()
		want := []string{`+CMT: "+4915112345678",,"26/11/28,12:00:00+04"` + "|RING",
			`+CDS: 6,22,"+4915112345678",145,"26/11/28,12:00:00+04","26/11/28,12:00:05+04",0`, `+CMT: "Doe, John",24|0011AA`}
		if !slices.Equal(got, want) {
			t.Errorf("heard %q", got)
		}
	})
}
