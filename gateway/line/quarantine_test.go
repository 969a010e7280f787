package line_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/modem/simulator"
)

// Pain 11 of users: the operator blocks a SIM, and nobody notices.
func TestBlockedSIMGoesIntoQuarantine(t *testing.T) {
	for _, code := range []int{8, 10, 21, 38, 41, 50, 69, 500} {
		synctest.Test(t, func(t *testing.T) {
			w := paced(t, 2, line.Pace{})
			w.Network.Block(gatewaytest.SIM(0).IMSI, code)
			var sent []gateway.Message
			for i := range 30 {
				sent = append(sent, send(t, w, someone(i), "hello"))
			}
			time.Sleep(10 * time.Minute)
			wantEvents(t, w, journal.LineQuarantined, 1, "3 different numbers in a row were refused")
			lost := 0
			for _, m := range sent {
				if look(t, w, m.ID).State != gateway.Delivered {
					lost++
				}
			}
			// 69 says that nobody can send it, so that the message ends with it.
			if most := map[int]int{69: 3}[code]; lost > most {
				t.Errorf("CMS %d: %d of 30 were not delivered by the other line, want at most %d", code, lost, most)
			}
			refused := 0
			for _, s := range w.Network.Submissions() {
				if s.Refused != nil {
					refused++
				}
			}
			if refused > 5 {
				t.Errorf("CMS %d: %d were given to the blocked SIM", code, refused)
			}
			lines, err := w.Gateway.Lines().List(t.Context())
			if err != nil || !strings.Contains(lines[0].Hold.Text, "in quarantine") ||
				!strings.Contains(lines[0].Hold.Text, fmt.Sprintf("simgate lines release %d", lines[0].ID)) {
				t.Errorf("the line says %q, %v", lines[0].Hold.Text, err)
			}
		})
	}
}

// Refusals that concern one recipient, or with a success between, say nothing
// of the SIM.
func TestRefusalsThatDoNotTellOfABlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{})
		w.Network.Refuse(anna, 38)
		for i := range 8 {
			send(t, w, anna, "hello")
			time.Sleep(time.Minute)
			if i > 5 {
				w.Network.Refuse(someone(i), 38)
				send(t, w, someone(i), "hello")
				time.Sleep(time.Minute)
				send(t, w, someone(50), "hello")
				time.Sleep(time.Minute)
			}
		}
		for i := range 10 {
			w.Network.Refuse(someone(60+i), 42) // congestion
			send(t, w, someone(60+i), "hello")
		}
		time.Sleep(time.Hour)
		wantEvents(t, w, journal.LineQuarantined, 0, "")
	})
}

// A line in quarantine is tried with one message after each pause, across
// restarts and boots, and is back when one goes through.
func TestQuarantineIsProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{})
		imsi := gatewaytest.SIM(0).IMSI
		w.Network.Block(imsi, 41)
		for i := range 3 {
			send(t, w, someone(i), "hello")
		}
		time.Sleep(30 * time.Minute)
		wantEvents(t, w, journal.LineQuarantined, 1, "")
		tried := len(w.Network.Submissions())
		w.Restart()
		probes := func(after time.Duration, want int) {
			t.Helper()
			time.Sleep(after)
			if got := len(w.Network.Submissions()) - tried; got != want {
				t.Fatalf("it was tried %d times, want %d", got, want)
			}
		}
		probes(20*time.Minute, 0)
		probes(20*time.Minute, 1)
		probes(5*time.Hour, 1)
		probes(time.Hour, 2)
		w.Reboot()
		probes(23*time.Hour, 2)
		w.Network.Unblock(imsi)
		time.Sleep(2 * time.Hour)
		wantEvents(t, w, journal.LineReleased, 1, "takes its messages again")
		send(t, w, someone(7), "hello")
		time.Sleep(time.Minute)
		if n := len(taken(w)); n < 2 {
			t.Errorf("%d were sent after the block", n)
		}
	})
}

func TestQuarantineIsEndedByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{})
		w.Network.Block(gatewaytest.SIM(0).IMSI, 10)
		for i := range 3 {
			send(t, w, someone(i), "hello")
		}
		if err := w.Gateway.Lines().Release(t.Context(), 1); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("releasing what is not in quarantine: %v", err)
		}
		if err := w.Gateway.Lines().Release(t.Context(), 77); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("releasing what does not exist: %v", err)
		}
		time.Sleep(time.Minute)
		waiting := send(t, w, anna, "hello")
		time.Sleep(time.Minute)
		if got := look(t, w, waiting.ID).Waiting.Text; !strings.Contains(got, "in quarantine") {
			t.Errorf("it waits for %q", got)
		}
		w.Network.Unblock(gatewaytest.SIM(0).IMSI)
		if err := w.Gateway.Lines().Release(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		wantEvents(t, w, journal.LineReleased, 1, "somebody has released it")
		if got := look(t, w, waiting.ID); got.State != gateway.Delivered {
			t.Errorf("after the release it is %s (%s)", got.State, got.Waiting)
		}
	})
}

// Pain 11: the operator takes everything and delivers nothing.
func TestMutedSIMGoesIntoQuarantine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{})
		imsi := gatewaytest.SIM(0).IMSI
		for i := range 20 {
			send(t, w, someone(i), "hello")
		}
		time.Sleep(2 * time.Hour)
		w.Network.Mute(imsi)
		for i := range 10 {
			send(t, w, someone(30+i), "hello")
		}
		time.Sleep(50 * time.Minute)
		wantEvents(t, w, journal.LineQuarantined, 0, "")
		time.Sleep(70 * time.Minute)
		wantEvents(t, w, journal.LineQuarantined, 1, "none of its last 10 messages")
		send(t, w, someone(50), "hello")
		time.Sleep(2 * time.Hour) // a probe that is swallowed
		wantEvents(t, w, journal.LineReleased, 0, "")
		w.Network.Unblock(imsi)
		send(t, w, someone(51), "hello")
		time.Sleep(7 * time.Hour)
		wantEvents(t, w, journal.LineReleased, 1, "reported as delivered again")
		wantEvents(t, w, journal.LineQuarantined, 1, "")
	})
}

// A network that never reports, and a clock that is set, are no silence.
func TestSilenceThatIsNone(t *testing.T) {
	for name, story := range map[string]func(w *gatewaytest.World){
		"never reports": func(w *gatewaytest.World) { w.Network.Mute(gatewaytest.SIM(0).IMSI) },
		"phones that are off for half an hour, and a clock that is set": func(w *gatewaytest.World) {
			for i := range 20 {
				w.Network.Subscriber(someone(30 + i)).Off()
			}
			time.AfterFunc(time.Minute, func() { w.Clock.Step(200 * 24 * time.Hour) })
			time.AfterFunc(30*time.Minute, func() {
				for i := range 20 {
					w.Network.Subscriber(someone(30 + i)).On()
				}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := paced(t, 1, line.Pace{})
				if name == "never reports" {
					story(w)
				}
				for i := range 20 {
					send(t, w, someone(i), "hello")
				}
				time.Sleep(2 * time.Hour)
				if name != "never reports" {
					story(w)
				}
				for i := range 20 {
					send(t, w, someone(30+i), "hello")
				}
				for range 12 {
					time.Sleep(20 * time.Minute)
					send(t, w, anna, "hello") // so that it is looked at
				}
				wantEvents(t, w, journal.LineQuarantined, 0, "")
			})
		})
	}
}

// Three parts in a row without an answer take a modem out of service for longer
// and longer, and the others go on.
func TestModemThatAnswersNothingGoesOutOfService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{})
		w.SIMs[0].OnEvery("+CMGS", simulator.LoseSubmit())
		for i := range 8 {
			send(t, w, someone(i), "hello")
		}
		time.Sleep(12 * time.Hour)
		events := happened(t, w, journal.ModemBreaker)
		if len(events) != 6 {
			t.Fatalf("%d events: %+v", len(events), events)
		}
		for i, pause := range []string{"1m0s", "5m0s", "15m0s", "1h0m0s", "1h0m0s", "1h0m0s"} {
			if e := events[len(events)-1-i]; !strings.Contains(e.Text, "pauses for "+pause) || e.Modem != "sim1" {
				t.Errorf("event %d says %q of %s", i+1, e.Text, e.Modem)
			}
		}
	})
}

func TestAnotherSIMIsAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{})
		wantEvents(t, w, journal.LineSwapped, 0, "")
		w.Stop()
		w.SIMs[0].Eject()
		w.SIMs[0].Insert(gatewaytest.SIM(8))
		w.Restart()
		time.Sleep(10 * time.Second)
		wantEvents(t, w, journal.LineSwapped, 1, "another SIM is in sim1: line 2, and line 1 before")
	})
}

// Who releases a line knows better: what it was suspected for is forgotten, and
// it takes as much again to suspect it anew.
func TestReleasedLineIsForgiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := paced(t, 1, line.Pace{})
		for i := range 20 {
			send(t, w, someone(i), "hello")
		}
		time.Sleep(2 * time.Hour)
		w.Network.Mute(gatewaytest.SIM(0).IMSI)
		for i := range 10 {
			send(t, w, someone(30+i), "hello")
		}
		time.Sleep(2 * time.Hour)
		wantEvents(t, w, journal.LineQuarantined, 1, "")
		if err := w.Gateway.Lines().Release(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		for i := range 9 {
			send(t, w, someone(50+i), "hello")
		}
		time.Sleep(3 * time.Hour)
		wantEvents(t, w, journal.LineQuarantined, 1, "")
		send(t, w, someone(60), "hello")
		time.Sleep(3 * time.Hour)
		wantEvents(t, w, journal.LineQuarantined, 2, "none of its last 10 messages")
	})
}
