package modem_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
)

// A modem that its owner wants restarted completes what it is sending, restarts once, and is
// ready again; one that waits for a person restarts at once.
func TestRestart(t *testing.T) {
	resets := func(s *rig) int { return s.sim.Resets()["reset"] }
	t.Run("while it sends", func(t *testing.T) {
		slow := setup{sim: card, network: []simulator.NetworkOption{simulator.Latency(10 * time.Second)}, modem: []simulator.ModemOption{simulator.Family("sim7600")}}
		simulate(t, slow, func(t *testing.T, s *rig) {
			time.Sleep(2 * time.Minute)
			s.expect(t, modem.Ready)
			sent := make(chan error, 1)
			go func() {
				_, err := s.Send(t.Context(), part(t, anna, "hello"))
				sent <- err
			}()
			time.Sleep(time.Second)
			for range 2 { // twice is once
				if err := s.Restart(); err != nil {
					t.Error(err)
				}
			}
			if err := <-sent; err != nil {
				t.Errorf("what was being sent: %v", err)
			}
			time.Sleep(2 * time.Minute)
			s.expect(t, modem.Ready)
			if n := resets(s); n != 1 {
				t.Errorf("it was reset %d times", n)
			}
			if told := fmt.Sprint(s.noticed()); !strings.Contains(told, "recovery step: reset (because its owner has asked for a restart)") || !strings.Contains(told, "the modem is back after: reset") {
				t.Errorf("the owner was told: %s", told)
			}
			time.Sleep(time.Hour)
			if n := resets(s); n != 1 {
				t.Errorf("an hour later it was reset %d times", n)
			}
		})
	})
	t.Run("while it waits for its PIN", func(t *testing.T) {
		simulate(t, setup{sim: simulator.SIM{PIN: "1234"}, modem: []simulator.ModemOption{simulator.Family("sim7600")}}, func(t *testing.T, s *rig) {
			time.Sleep(2 * time.Minute)
			s.expect(t, modem.Locked)
			if err := s.Restart(); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
			if n := resets(s); n != 1 {
				t.Errorf("it was reset %d times", n)
			}
		})
	})
	t.Run("where it is not there", func(t *testing.T) {
		simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
			time.Sleep(2 * time.Minute)
			s.sim.Unplug()
			time.Sleep(10 * time.Second)
			if err := s.Restart(); modem.ClassOf(err) != modem.Device || !strings.Contains(err.Error(), "not there") {
				t.Error(err)
			}
		})
	})
	t.Run("during a call", func(t *testing.T) {
		simulatedCall(t, "sim7600", nil, simulator.Answering{}, func(t *testing.T, s *rig, _ *simulator.Subscriber) {
			over := make(chan struct{})
			go func() {
				defer close(over)
				_, _ = s.Call(t.Context(), modem.Call{To: anna, Speech: tone(5)})
			}()
			for s.State() != modem.InCall {
				time.Sleep(time.Second)
			}
			if e, ok := errors.AsType[*modem.Error](s.Restart()); !ok || !e.Busy {
				t.Errorf("%v", e)
			}
			<-over
		})
	})
}
