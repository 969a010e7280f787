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
		for _, cmd := range []string{`+CPIN="7391"`, `+CLCK="SC",0,"7391"`, `^CPIN="7391"`, `+CUSD=1,"*100*7391#"`, "+CIMI", "D+4915112345678;"} {
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

func TestCancelledBeforeItsTurn(t *testing.T) {
	slow := with("AT+COPS=?", func(m *modem) {
		time.Sleep(30 * time.Second)
		m.say("\r\nOK\r\n")
	})
	talk(t, slow, func(t *testing.T, l *line, m *modem) {
		var first sync.WaitGroup
		first.Go(func() {
			if _, err := l.Command(t.Context(), "+COPS=?", time.Minute); err != nil {
				t.Errorf("the first: %v", err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if _, err := l.Command(ctx, "+CFUN=0", time.Minute); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		first.Wait()
		if strings.Contains(m.all(), "CFUN") {
			t.Errorf("the modem heard %q", m.all())
		}
	})
}

func TestLineWithoutEnd(t *testing.T) {
	endless := strings.Repeat("x", 1<<20)
	talk(t, with("AT+CSQ", func(m *modem) { m.say("\r\n" + endless + "\r\n+CSQ: 20,99\r\n\r\nOK\r\n") }), func(_ *testing.T, l *line, m *modem) {
		l.ask("+CSQ", "+CSQ: 20,99")
		m.say("\r\n" + endless + "\r\n\r\nRING\r\n")
		l.expectURCs("RING")
	})
}

func TestLastWordsOfAPort(t *testing.T) {
	talk(t, usual, func(_ *testing.T, l *line, m *modem) {
		m.say("\r\n+CMTI: \"SM\",1\r\n\r\n+CUSD: 1,\"Menu\r\n1 Bal")
		_ = m.net.Close()
		l.expectURCs(`+CMTI: "SM",1`, `+CUSD: 1,"Menu`)
	})
}

func TestClear(t *testing.T) {
	talk(t, usual, func(t *testing.T, l *line, m *modem) {
		if err := l.Clear(t.Context()); err != nil {
			t.Error(err)
		}
		l.ask("+CSQ", "+CSQ: 20,99")
		if want := "\x1b\rATE0Q0V1\rAT+CMEE?\rAT+CSQ\r"; m.all() != want {
			t.Errorf("the modem heard %q, want %q", m.all(), want)
		}
	})
}
