package at_test

import (
	"context"
	"errors"
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
