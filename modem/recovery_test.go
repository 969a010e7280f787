package modem_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
)

// cured is a setup whose modem has every recovery step.
func cured(s **rig, memory *recorder, options ...simulator.ModemOption) setup {
	c := setup{sim: card, memory: memory, modem: options}
	c.config.Reauthorize = func(context.Context, string) error { (*s).sim.Reauthorize(); return nil }
	c.config.PowerCycle = func(context.Context) error { (*s).sim.PowerOff(); (*s).sim.PowerOn(); return nil }
	return c
}

// record returns what is remembered of a step.
func (e *recorder) record(imei string, step modem.Step) modem.StepRecord {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.steps[imei] {
		if r.Step == step {
			return r
		}
	}
	return modem.StepRecord{Step: step}
}

// A modem that hangs comes back by the cheapest step that works, and nothing
// dearer is done to it.
func TestLadder(t *testing.T) {
	for _, tc := range []struct {
		name   string
		cure   simulator.Cure
		works  modem.Step // "" where the session itself cures it
		within time.Duration
	}{
		{"by a probe", simulator.CureProbe, "", 2 * time.Minute},
		{"by opening the port again", simulator.CureReopen, modem.StepReopen, 3 * time.Minute},
		{"by its own reset", simulator.CureReset, modem.StepReset, 5 * time.Minute},
		{"by taking it off the USB", simulator.CureUSB, modem.StepUSB, 10 * time.Minute},
		{"by switching it off", simulator.CurePower, modem.StepPower, 15 * time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var s *rig
			memory := &recorder{}
			simulate(t, cured(&s, memory, simulator.Family("sim7600")), func(t *testing.T, st *rig) {
				s = st
				time.Sleep(2 * time.Minute)
				s.expect(t, modem.Ready)
				s.sim.Hang(tc.cure)
				time.Sleep(tc.within)
				s.expect(t, modem.Ready)
				if _, err := s.Send(t.Context(), part(t, anna, "it works again")); err != nil {
					t.Error(err)
				}
				for _, step := range []modem.Step{modem.StepReset, modem.StepUSB, modem.StepPower} {
					r := memory.record(s.sim.IMEI(), step)
					if worked := step == tc.works; worked != (r.Worked == 1) {
						t.Errorf("%s: %+v", step, r)
					}
				}
				if slices.Contains([]modem.Step{modem.StepReset, modem.StepUSB, modem.StepPower}, tc.works) !=
					slices.Contains(memory.told(), modem.NoticeRecovery) {
					t.Errorf("the owner was told of %v", memory.told())
				}
			})
		})
	}
}

// What has worked is tried first the next time.
func TestLadderRemembers(t *testing.T) {
	var s *rig
	memory := &recorder{}
	simulate(t, cured(&s, memory, simulator.Family("sim7600")), func(t *testing.T, st *rig) {
		s = st
		time.Sleep(2 * time.Minute)
		var took []time.Duration
		for range 2 {
			s.sim.Hang(simulator.CureUSB)
			began := time.Now()
			for s.State() == modem.Ready || s.State() == modem.Searching {
				time.Sleep(time.Second)
			}
			for s.State() != modem.Ready && time.Since(began) < time.Hour {
				time.Sleep(time.Second)
			}
			took = append(took, time.Since(began))
			time.Sleep(2 * time.Minute)
		}
		if took[1] >= took[0] {
			t.Errorf("it took %s, and then %s", took[0], took[1])
		}
		if r := memory.record(s.sim.IMEI(), modem.StepReset); r.Tried != 1 {
			t.Errorf("the reset was tried %d times", r.Tried)
		}
	})
}

// What nothing helps is tried more and more seldom, and not more often a day
// than is good for it.
func TestLadderGivesRest(t *testing.T) {
	var s *rig
	memory := &recorder{}
	simulate(t, cured(&s, memory), func(t *testing.T, st *rig) {
		s = st
		time.Sleep(2 * time.Minute)
		s.sim.Hang(simulator.CurePower + 1)
		time.Sleep(24 * time.Hour)
		for step, most := range map[modem.Step]int{modem.StepReset: 48, modem.StepUSB: 24, modem.StepPower: 6} {
			if n := memory.record(s.sim.IMEI(), step).Tried; n == 0 || n > most {
				t.Errorf("%s was taken %d times in a day", step, n)
			}
		}
		if n := memory.record(s.sim.IMEI(), modem.StepReopen).Tried; n > 100 {
			t.Errorf("the port was opened %d times", n)
		}
	})
}

// A healthy modem is never reset, however long it runs.
func TestNoResetOnATimer(t *testing.T) {
	t.Parallel()
	var s *rig
	simulate(t, cured(&s, nil), func(t *testing.T, st *rig) {
		s = st
		time.Sleep(7 * 24 * time.Hour)
		s.expect(t, modem.Ready)
		if got := s.sim.Resets(); len(got) != 0 {
			t.Errorf("resets: %v", got)
		}
	})
}

// What the modem says in words no reset mends: no SIM, a SIM that is locked.
func TestNoResetWithoutASIM(t *testing.T) {
	var s *rig
	simulate(t, cured(&s, nil), func(t *testing.T, st *rig) {
		s = st
		time.Sleep(time.Minute)
		s.sim.Eject()
		time.Sleep(3 * time.Hour)
		if got := s.sim.Resets(); got["soft reset"]+got["reset"]+got["usb"]+got["power"] != 0 {
			t.Errorf("resets: %v", got)
		}
		s.sim.Insert(card)
		time.Sleep(2 * time.Minute)
		s.expect(t, modem.Ready)
	})
}

// After three unknown outcomes in a row the modem is restarted.
func TestThreeUnknown(t *testing.T) {
	var s *rig
	memory := &recorder{}
	simulate(t, cured(&s, memory, simulator.Family("ec25")), func(t *testing.T, st *rig) {
		s = st
		time.Sleep(time.Minute)
		s.sim.On("+CMGS", simulator.LoseSubmit())
		s.sim.On("+CMGS", simulator.LoseSubmit())
		s.sim.On("+CMGS", simulator.LoseSubmit())
		for range 3 {
			time.Sleep(10 * time.Second) // it is looked at after each
			s.expect(t, modem.Ready)
			if _, err := s.Send(t.Context(), part(t, anna, "lost")); modem.ClassOf(err) != modem.Unknown {
				t.Fatal(err)
			}
		}
		time.Sleep(3 * time.Minute)
		s.expect(t, modem.Ready)
		if got := s.sim.Resets(); got["soft reset"] != 1 {
			t.Errorf("resets: %v", got)
		}
	})
}

// A boot result in the middle of a send is called what it is.
func TestBrownOut(t *testing.T) {
	for _, tc := range []struct {
		name string
		fail func(s *rig)
	}{
		{"the modem restarts", func(s *rig) { s.sim.PowerOff(); s.sim.PowerOn() }},
		{"the modem goes away and is back", func(s *rig) { s.sim.Unplug(); s.sim.Plug() }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			memory := &recorder{}
			c := setup{sim: card, memory: memory, network: []simulator.NetworkOption{simulator.Latency(5 * time.Second)}}
			simulate(t, c, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				go func() {
					time.Sleep(2 * time.Second)
					tc.fail(s)
				}()
				if _, err := s.Send(t.Context(), part(t, anna, "too much for it")); modem.ClassOf(err) != modem.Unknown {
					t.Errorf("the outcome is %v", err)
				}
				time.Sleep(time.Minute)
				s.expect(t, modem.Ready)
				if !slices.Contains(memory.told(), modem.NoticePower) {
					t.Errorf("the owner was told of %v", memory.told())
				}
			})
		})
	}
}

// A modem that lost its network has its radio switched off and on; one that the
// network denies is left alone.
func TestRegistrationIsRepaired(t *testing.T) {
	for _, tc := range []struct {
		name   string
		state  simulator.Registration
		repair bool
	}{{"searching", simulator.Searching, true}, {"denied", simulator.Denied, false}} {
		t.Run(tc.name, func(t *testing.T) {
			simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				s.sim.Register(tc.state)
				time.Sleep(10 * time.Minute)
				if got := slices.Contains(s.sim.Commands(), "AT+CFUN=4"); got != tc.repair {
					t.Errorf("the radio was switched off: %t", got)
				}
				s.sim.Register(simulator.Home)
				time.Sleep(10 * time.Second)
				s.expect(t, modem.Ready)
			})
		})
	}
}
