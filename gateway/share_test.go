package gateway_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/line/balance"
	"simgate/modem/simulator"
)

// shares is a world of one SIM that may send 20 messages a day: 18 to numbers that are
// not known, half of that for one of several apps.
func shares(t *testing.T, run func(s *sharing)) {
	t.Helper()
	story(t, func(t *testing.T, w *gatewaytest.World) { run(&sharing{t, w}) },
		gatewaytest.Configure(func(c *gateway.Config) { c.Lines.Pace = line.Pace{Day: 20} }))
}

type sharing struct {
	t *testing.T
	w *gatewaytest.World
}

// text has an app send a message, which returns after it could have left.
func (s *sharing) text(app, to string) gateway.Message {
	s.t.Helper()
	m, err := s.w.Gateway.Send(s.t.Context(), gateway.NewMessage{App: app, To: to, Text: "from " + app})
	if err != nil {
		s.t.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	return s.message(m.ID)
}

func (s *sharing) message(id int64) gateway.Message {
	s.t.Helper()
	m, err := s.w.Gateway.Message(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// code has an app send a code. It returns what it waits for, "" if it has left.
func (s *sharing) code(app, to string, answer bool) (waits string) {
	s.t.Helper()
	started, err := s.w.Gateway.StartVerification(s.t.Context(), gateway.NewVerification{App: app, To: to, Brand: "Shop", Lifetime: 10 * time.Minute})
	if err != nil {
		s.t.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	v, err := s.w.Gateway.Verification(s.t.Context(), started.Verification.ID)
	if err != nil || len(v.Attempts) != 1 {
		s.t.Fatal(v, err)
	}
	if a := v.Attempts[0]; a.State == gateway.Queued {
		return a.Waiting
	}
	if answer {
		if _, verdict, err := s.w.Gateway.CheckVerification(s.t.Context(), gateway.Check{ID: v.ID, App: app, Code: started.Code}); err != nil || verdict != gateway.Right {
			s.t.Fatal(verdict, err)
		}
	}
	return ""
}

// counts fails unless so many messages have left so far.
func (s *sharing) counts(want int) {
	s.t.Helper()
	if n := len(s.w.Network.Submissions()); n != want {
		s.t.Fatalf("%d have left, want %d", n, want)
	}
}

// One app tries to use up the SIM: the codes of another go out, and the last tenth is for
// those who have answered before.
func TestAppsShareTheBudgetOfASIM(t *testing.T) {
	const bert = "+4915112345679"
	shares(t, func(s *sharing) {
		s.code("bank", bert, true)
		s.code("shop", anna, true)
		var last string
		for i := range 30 {
			last = s.code("shop", sparse(i), false)
		}
		s.counts(1 + 9)
		if want := "the app shop has used its half of the budget of line 1 (20 messages a day), which other apps share, until "; !strings.HasPrefix(last, want) {
			s.t.Errorf("it waits for %q", last)
		}
		for i := range 8 {
			if waits := s.code("bank", sparse(100+i), false); waits != "" {
				s.t.Errorf("code %d of the other app waits for %q", i, waits)
			}
		}
		waits := s.code("bank", sparse(200), false)
		if want := "line 1 is over its budget of 20 messages a day (2 of it kept for codes to numbers that have answered one) until "; !strings.HasPrefix(waits, want) {
			s.t.Errorf("a stranger's waits for %q", waits)
		}
		s.counts(9 + 9)
		for app, to := range map[string]string{"shop": anna, "bank": bert} {
			if waits := s.code(app, to, true); waits != "" {
				s.t.Errorf("%s is known to %s, and waits for %q", to, app, waits)
			}
		}
		s.counts(20)
		if waits := s.code("shop", anna, false); !strings.HasPrefix(waits, "line 1 is over its budget of 20 messages a day until ") {
			s.t.Errorf("more than all waits for %q", waits)
		}
		events, err := s.w.Gateway.Events(s.t.Context(), journal.Filter{Kind: journal.LineBudget})
		if err != nil || len(events) < 2 || !strings.Contains(events[len(events)-1].Text, "the app shop has used its half") {
			s.t.Errorf("the owner is told %+v, %v", events, err)
		}
	})
}

// Codes that never left were not left unanswered: whoever waited for them in vain is known
// still, and gets the next.
func TestCodesThatNeverLeftCostNobodyTheTenth(t *testing.T) {
	shares(t, func(s *sharing) {
		s.code("shop", anna, true)
		for i := range 19 {
			s.code("shop", sparse(i), false)
		}
		s.counts(18)
		s.w.SIMs[0].Unplug()
		for range 4 {
			time.Sleep(15 * time.Minute)
			if waits := s.code("shop", anna, false); waits == "" {
				s.t.Fatal("a code left without a modem")
			}
		}
		time.Sleep(15 * time.Minute)
		s.w.SIMs[0].Plug()
		time.Sleep(time.Minute)
		if waits := s.code("shop", anna, true); waits != "" {
			s.t.Errorf("she waits for %q", waits)
		}
		s.counts(19)
	})
}

// An app that is alone may take all but the tenth; what another sends then waits for the
// next day, of which each has half. A day after the other has sent last it is alone again.
func TestAnAppAloneTakesAll(t *testing.T) {
	shares(t, func(s *sharing) {
		for i := range 30 {
			s.text("shop", sparse(i))
		}
		s.counts(18)
		late := s.text("bank", anna)
		if late.State != gateway.Queued || !strings.Contains(late.Waiting.Text, "over its budget") {
			s.t.Errorf("it is %s and waits for %q", late.State, late.Waiting)
		}
		s.w.Restart()
		time.Sleep(24 * time.Hour)
		if s.message(late.ID).State != gateway.Delivered {
			s.t.Errorf("it is %s on the next day", s.message(late.ID).State)
		}
		s.counts(18 + 1 + 9)
		time.Sleep(24 * time.Hour) // bank has not sent since the last midnight
		s.counts(18 + 1 + 9 + 3)
		for i := range 30 {
			s.text("shop", sparse(i))
		}
		s.counts(18 + 1 + 9 + 18)
	})
}

// Apps that each send by a SIM of their own share nothing.
func TestAppsOfTwoSIMsDoNotShare(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		for i := range 30 {
			for n, app := range []string{"shop", "bank"} {
				_, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: app, To: sparse(i), Text: "hello", Line: int64(n + 1)})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		time.Sleep(10 * time.Minute)
		if n := len(w.Network.Submissions()); n != 36 {
			t.Errorf("%d have left, want 18 by each", n)
		}
	}, gatewaytest.Modems(2), gatewaytest.Configure(func(c *gateway.Config) { c.Lines.Pace = line.Pace{Day: 20} }))
}

// priced is a SIM whose messages cost 0.10.
func priced(change func(*line.Settings)) gatewaytest.Option {
	return gatewaytest.Configure(func(c *gateway.Config) {
		s := line.Settings{ICCID: gatewaytest.SIM(0).ICCID, Prices: []line.Price{{Micros: 100_000}}}
		change(&s)
		c.Lines.SIMs = []line.Settings{s}
	})
}

// Of what a SIM may spend in a day each of two apps has half, and a known number none of
// its own.
func TestAppsShareTheMoneyOfASIM(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		s := &sharing{t, w}
		s.code("bank", anna, true)
		s.code("shop", anna, true)
		for i := range 20 {
			s.code("shop", sparse(i), false)
		}
		s.counts(1 + 5)
		if waits := s.code("shop", anna, false); !strings.HasPrefix(waits, "the app shop has used its half of the budget of line 1 (1.00 to spend a day), which other apps share, until ") {
			t.Errorf("it waits for %q", waits)
		}
		for i := range 10 {
			s.code("bank", sparse(100+i), false)
		}
		s.counts(5 + 5)
		lines, err := w.Gateway.Lines().List(t.Context())
		if err != nil || len(lines[0].Usage) != 1 || lines[0].Usage[0].Cost != 1 || lines[0].Usage[0].MaxCost != 1 {
			t.Errorf("%+v, %v", lines, err)
		}
	}, priced(func(s *line.Settings) { s.Pace = &line.Pace{CostDay: 1_000_000} }))
}

// Of the credit of a SIM no app spends more than half while another sends. Nothing that
// was accepted is lost: it goes when the SIM is topped up, or the other no longer sends.
func TestAppsShareTheCreditOfASIM(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		s := &sharing{t, w}
		time.Sleep(2 * time.Minute)
		s.text("bank", anna)
		var last gateway.Message
		for i := range 8 {
			last = s.text("shop", sparse(i))
		}
		s.counts(1 + 5)
		if want := "the app shop has used its half of the credit of line 1 (1.00 when it was topped up), which other apps share: top it up"; last.Waiting.Text != want {
			t.Errorf("it waits for %q", last.Waiting)
		}
		s.text("bank", anna)
		s.counts(2 + 5)
		w.Restart()
		time.Sleep(12 * time.Hour)
		s.text("bank", anna)
		time.Sleep(14 * time.Hour) // a day after the second
		s.counts(3 + 5)
		time.Sleep(12 * time.Hour) // nobody else has sent for a day: alone it may take all
		s.counts(3 + 8)
	}, priced(func(s *line.Settings) { s.Balance = &balance.Settings{Codes: []string{"*100#"}} }),
		gatewaytest.Simulated(func(int) []simulator.ModemOption {
			return []simulator.ModemOption{simulator.USSD("*100#", "Balance: 1.00 EUR")}
		}))
}

// When a SIM is topped up what waited for its credit goes, and each half is new.
func TestCreditIsToppedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		begin := func(credit string) *sharing {
			w := gatewaytest.Start(t, gatewaytest.In(folder), priced(func(s *line.Settings) { s.Balance = &balance.Settings{Codes: []string{"*100#"}} }),
				gatewaytest.Simulated(func(int) []simulator.ModemOption { return []simulator.ModemOption{simulator.USSD("*100#", credit)} }))
			time.Sleep(2 * time.Minute)
			return &sharing{t, w}
		}
		s := begin("Balance: 1.00 EUR")
		s.text("bank", anna)
		for i := range 9 {
			s.text("shop", sparse(i))
		}
		s.counts(1 + 5)
		s.w.Stop()
		s = begin("Balance: 0.40 EUR")
		time.Sleep(2 * time.Hour)
		s.counts(0)
		if _, err := s.w.Gateway.Lines().AskBalance(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		s.counts(0)
		s.w.Stop()
		s = begin("Balance: 0.60 EUR")
		if _, err := s.w.Gateway.Lines().AskBalance(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		s.counts(3)
	})
}
