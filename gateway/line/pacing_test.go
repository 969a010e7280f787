package line_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/modem/simulator"
)

// paced starts a world in which every SIM has this pace, and waits until its
// modems are ready.
func paced(t *testing.T, modems int, p line.Pace, options ...gatewaytest.Option) *gatewaytest.World {
	t.Helper()
	w := gatewaytest.Start(t, append(options, gatewaytest.Modems(modems), gatewaytest.Configure(func(c *gateway.Config) { c.Lines.Pace = p }))...)
	time.Sleep(5 * time.Second)
	return w
}

// someone is the ith of many.
func someone(i int) string { return fmt.Sprintf("+4915112%06d", i) }

// taken returns what the network has taken, in order.
func taken(w *gatewaytest.World) []simulator.Submission {
	var all []simulator.Submission
	for _, s := range w.Network.Submissions() {
		if s.Refused == nil {
			all = append(all, s)
		}
	}
	return all
}

func happened(t *testing.T, w *gatewaytest.World, kind journal.Kind) []journal.Event {
	t.Helper()
	events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: kind})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func wantEvents(t *testing.T, w *gatewaytest.World, kind journal.Kind, n int, text string) {
	t.Helper()
	events := happened(t, w, kind)
	if len(events) != n {
		t.Fatalf("%d events %s, want %d: %+v", len(events), kind, n, events)
	}
	if n > 0 && !strings.Contains(events[0].Text, text) {
		t.Errorf("the event says %q, and not %q", events[0].Text, text)
	}
}

// The pause between two parts is exactly as long as the pace says, and survives
// a restart.
func TestRateIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{Rate: 6})
		for i := range 4 {
			send(t, w, someone(i), "hello")
		}
		time.Sleep(15 * time.Second)
		w.Restart()
		time.Sleep(time.Minute)
		sent := taken(w)
		if len(sent) != 4 {
			t.Fatalf("%d were sent", len(sent))
		}
		for i, s := range sent[1:] {
			if pause := s.At.Sub(sent[i].At); pause < 10*time.Second || pause > 10*time.Second+100*time.Millisecond {
				t.Errorf("message %d came %v after the one before", i+2, pause)
			}
		}
	})
}

func TestRateVaries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{Rate: 6, Jitter: 0.5, Pause: 7 * time.Second})
		for i := range 60 {
			send(t, w, someone(i), "hello")
		}
		time.Sleep(time.Hour)
		sent := taken(w)
		pauses := map[time.Duration]bool{}
		for i, s := range sent[1:] {
			pause := s.At.Sub(sent[i].At)
			if pause < 7*time.Second || pause > 15*time.Second+100*time.Millisecond {
				t.Errorf("a pause of %v", pause)
			}
			pauses[pause.Round(100*time.Millisecond)] = true
		}
		if len(sent) != 60 || len(pauses) < 20 {
			t.Errorf("%d were sent with %d different pauses", len(sent), len(pauses))
		}
	})
}

// The budget of a day is in messages as the operator counts them, ends exactly
// at midnight, survives restarts, and says why a message waits.
func TestBudgetOfADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{Day: 11})
		begin := time.Now()
		var last gateway.Message
		for i := range 14 {
			text := "hello"
			if i == 0 {
				text = strings.Repeat("All work and no play makes Jack a dull boy. ", 8) // three parts
			}
			last = send(t, w, someone(i), text)
		}
		time.Sleep(time.Hour)
		w.Restart()
		time.Sleep(time.Hour)
		if n := len(taken(w)); n != 10 {
			t.Fatalf("%d were sent on the first day, want 10", n)
		}
		if got := look(t, w, last.ID); got.State != gateway.Queued || !strings.Contains(got.Waiting.Text, "line 1 is over its budget of 11 messages a day (1 of it kept for codes to numbers that have answered one) until 2000-01-02 00:00 +00:00") {
			t.Errorf("the last is %s and waits for %q", got.State, got.Waiting)
		}
		wantEvents(t, w, journal.LineBudget, 1, "used up its budget of 11 messages a day (1 of it kept for codes to numbers that have answered one)")
		lines, err := w.Gateway.Lines().List(t.Context())
		if err != nil || len(lines[0].Usage) != 1 || lines[0].Usage[0].Parts != 10 || lines[0].Hold.Text == "" {
			t.Errorf("the line is %+v, %v", lines, err)
		}
		time.Sleep(24 * time.Hour)
		sent := taken(w)
		if len(sent) != 16 {
			t.Fatalf("%d were sent in two days, want 16", len(sent))
		}
		y, m, d := begin.Date()
		midnight := time.Date(y, m, d+1, 0, 0, 0, 0, begin.Location())
		if at := sent[10].At; at.Before(midnight) || at.After(midnight.Add(500*time.Millisecond)) {
			t.Errorf("the second day begins with a message at %v", at)
		}
	})
}

// A clock that is set gives no second budget, and takes none for long.
func TestBudgetIsNotResetByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{Day: 6})
		for i := range 30 {
			send(t, w, someone(i), "hello")
		}
		time.Sleep(time.Hour)
		for _, jump := range []time.Duration{24 * time.Hour, -48 * time.Hour, 400 * 24 * time.Hour, -400 * 24 * time.Hour} {
			w.Clock.Step(jump)
			send(t, w, someone(99), "poke")
			time.Sleep(time.Hour)
		}
		if n := len(taken(w)); n != 5 {
			t.Errorf("%d were sent while the clock jumped, want 5", n)
		}
		time.Sleep(48 * time.Hour)
		if n := len(taken(w)); n < 10 || n > 15 {
			t.Errorf("%d were sent in two days", n)
		}
	})
}

func TestOtherLinesTakeOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 2, line.Pace{}, gatewaytest.Configure(func(c *gateway.Config) {
			c.Lines.SIMs = []line.Settings{{IMSI: gatewaytest.SIM(0).IMSI, Pace: &line.Pace{Day: 3}}}
		}))
		for i := range 12 {
			send(t, w, someone(i), "hello")
		}
		time.Sleep(time.Minute)
		from := map[string]int{}
		for _, s := range taken(w) {
			from[s.IMSI]++
		}
		if from[gatewaytest.SIM(0).IMSI] != 3 || from[gatewaytest.SIM(1).IMSI] != 9 {
			t.Errorf("the lines sent %v", from)
		}
	})
}

// Bulk leaves the reserve to codes, and codes to strangers the last tenth of the budget.
func TestCodesHaveAReserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{Day: 10, Reserve: 0.3})
		for i := range 20 {
			send(t, w, someone(i), "bulk")
		}
		time.Sleep(time.Minute)
		if n := len(taken(w)); n != 7 {
			t.Fatalf("%d of the bulk were sent, want 7", n)
		}
		for i := range 5 {
			start(t, w, someone(100+i))
		}
		time.Sleep(time.Minute)
		if n := len(taken(w)); n != 9 {
			t.Errorf("%d were sent with codes, want 9", n)
		}
	})
}

// A message to a new recipient waits without holding up those to known ones.
func TestBudgetOfRecipients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{RecipientsMonth: 3})
		for i := range 3 {
			send(t, w, someone(i), "hello")
		}
		time.Sleep(time.Minute)
		var stranger gateway.Message
		for i := range 250 {
			stranger = send(t, w, someone(10+i), "hello stranger")
		}
		for i := range 3 {
			send(t, w, someone(i), "hello again")
		}
		time.Sleep(time.Minute)
		for _, s := range taken(w) {
			if s.Text == "hello stranger" {
				t.Fatalf("a fourth recipient was written to: %+v", s)
			}
		}
		if n := len(taken(w)); n != 6 {
			t.Errorf("%d were sent, want 6", n)
		}
		if got := look(t, w, stranger.ID).Waiting.Text; !strings.Contains(got, "budget of 3 different recipients a month until") {
			t.Errorf("it waits for %q", got)
		}
	})
}

// A line that comes into service takes at once what waited for the budget of
// another.
func TestWhatWaitsGoesByALineThatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 2, line.Pace{RecipientsDay: 2})
		w.SIMs[1].Unplug()
		time.Sleep(5 * time.Second)
		for i := range 4 {
			send(t, w, someone(i), "hello")
		}
		time.Sleep(time.Minute)
		if n := len(taken(w)); n != 2 {
			t.Fatalf("%d were sent by one line, want 2", n)
		}
		w.SIMs[1].Plug()
		time.Sleep(time.Minute)
		if n := len(taken(w)); n != 4 {
			t.Errorf("%d were sent by two lines, want 4", n)
		}
	})
}
