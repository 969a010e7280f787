package at_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"simgate/modem/at"
)

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

// The modem says no, or nothing more, at each step of a submission.
func TestWhatBecameOfASubmission(t *testing.T) {
	const refused = at.CMSError(38)
	say := func(s string) func(*modem) { return func(m *modem) { m.say(s) } }
	die := func(m *modem) { _ = m.net.Close() }
	for _, tc := range []struct {
		name       string
		answer     func(*modem, string)
		handedOver bool
		wants      error
		reply      string
	}{
		{"refused instead of the prompt", with("AT+CMGS=5", say("\r\n+CMS ERROR: 38\r\n")), false, refused, ""},
		{"refused between prompt and PDU", with("AT+CMGS=5", say("\r\n> \r\n+CMS ERROR: 38\r\n")), false, refused, ""},
		{"refused with the PDU", with(pdu+"\x1a", say("\r\n+CMS ERROR: 38\r\n")), true, refused, ""},
		{"OK instead of the prompt", with("AT+CMGS=5", say("\r\nOK\r\n")), false, nil, ""},
		{"OK between prompt and PDU", with("AT+CMGS=5", say("\r\n> \r\nOK\r\n")), false, nil, ""},
		{"the reference and no result", with(pdu+"\x1a", say("\r\n+CMGS: 42\r\n")), true, at.ErrTimeout, "+CMGS: 42"},
		{"unplugged instead of the prompt", with("AT+CMGS=5", die), false, at.ErrClosed, ""},
		{"unplugged with the PDU", with(pdu+"\x1a", die), true, at.ErrClosed, ""},
		{"unplugged after the reference", with(pdu+"\x1a", func(m *modem) { m.say("\r\n+CMGS: 42\r\n"); die(m) }), true, at.ErrClosed, "+CMGS: 42"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			talk(t, tc.answer, func(t *testing.T, l *line, m *modem) {
				own := times
				own.Pause = 100 * time.Millisecond
				info, err := l.Submit(t.Context(), "+CMGS=5", pdu, own)
				e, ok := errors.AsType[*at.SubmitError](err)
				if !ok || e.HandedOver != tc.handedOver || tc.wants != nil && !errors.Is(err, tc.wants) {
					t.Errorf("Submit: %v", err)
				}
				if got := strings.Join(info, "|"); got != tc.reply {
					t.Errorf("the reply is %q, want %q", got, tc.reply)
				}
				if heard := strings.Contains(m.all(), pdu); heard != tc.handedOver {
					t.Errorf("the modem heard %q", m.all())
				}
				if !errors.Is(tc.wants, at.ErrClosed) {
					l.ask("+CSQ", "+CSQ: 20,99")
				}
			})
		})
	}
}

func TestModemThatEchoes(t *testing.T) {
	talk(t, func(m *modem, heard string) {
		m.say(heard + "\r")
		usual(m, heard)
	}, func(t *testing.T, l *line, _ *modem) {
		l.ask("+CSQ", "+CSQ: 20,99")
		info, err := l.Submit(t.Context(), "+CMGS=5", pdu, times)
		if err != nil || strings.Join(info, "|") != "+CMGS: 7" {
			t.Errorf("Submit = %q, %v", info, err)
		}
		l.expectURCs()
	})
}

func TestLinesEndInACarriageReturnAlone(t *testing.T) {
	talk(t, usual, func(t *testing.T, l *line, m *modem) {
		l.ask("+CSQ", "+CSQ: 20,99")
		if _, err := l.Submit(t.Context(), "+CMGS=5", pdu, times); err != nil {
			t.Error(err)
		}
		if want := "AT+CMEE?\rAT+CSQ\rAT+CMGS=5\r" + pdu + "\x1a"; m.all() != want {
			t.Errorf("the modem heard %q, want %q", m.all(), want)
		}
	})
}

func TestSubmissionThatCannotBe(t *testing.T) {
	talk(t, usual, func(t *testing.T, l *line, m *modem) {
		for _, tc := range [][2]string{{"+CMGS=5", ""}, {"+CMGS=5", "00\x1a"}, {"+CMGS=5\rAT", pdu}} {
			if _, err := l.Submit(t.Context(), tc[0], tc[1], times); err == nil {
				t.Errorf("%q, %q: no error", tc[0], tc[1])
			}
		}
		if m.all() != "" {
			t.Errorf("the modem heard %q", m.all())
		}
	})
}
