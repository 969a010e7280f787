package modem_test

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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

// A modem that does not take parts although it answers everything else is given the
// next after a pause that grows, not at once and for ever.
func TestAModemThatTakesNoPartsIsGivenFew(t *testing.T) {
	simulate(t, setup{}, func(t *testing.T, s *rig) {
		time.Sleep(5 * time.Second)
		s.sim.OnEvery("+CMGS", simulator.Refuse(310), simulator.BeforePrompt())
		tries := 0
		for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			if s.State() != modem.Ready {
				continue
			}
			tries++
			if _, err := s.submit(t, "hello"); modem.ClassOf(err) != modem.Device {
				t.Fatal(err)
			}
			if commands := s.sim.Commands(); s.State() == modem.Ready && strings.HasPrefix(commands[len(commands)-1], "AT+CMGS") {
				t.Fatal("it is ready for the next part before it was checked")
			}
		}
		if tries < 5 || tries > 20 {
			t.Errorf("it was given %d parts in ten minutes", tries)
		}
		s.sim.Heal()
		time.Sleep(2 * time.Minute)
		if _, err := s.submit(t, "hello"); err != nil {
			t.Error(err)
		}
	})
}

// A fault that does not pass is reported to the owner once, with its cause.
func TestAFaultThatStaysIsReported(t *testing.T) {
	simulate(t, setup{}, func(t *testing.T, s *rig) {
		s.sim.OnEvery("+CPIN?", simulator.RefuseCME(13))
		time.Sleep(time.Hour)
		var faults []modem.Notice
		for _, n := range s.noticed() {
			if n.Kind == modem.NoticeFault {
				faults = append(faults, n)
			}
		}
		if len(faults) != 1 || !strings.Contains(faults[0].Text, "the SIM failed") {
			t.Errorf("the owner was told %+v", faults)
		}
	})
}

// A loop that makes no progress is noticed, one that waits for the next try is not.
func TestAlive(t *testing.T) {
	simulate(t, setup{}, func(t *testing.T, s *rig) {
		time.Sleep(5 * time.Second)
		s.sim.Hang(simulator.CurePower)
		for range 24 * 60 {
			time.Sleep(time.Minute)
			if err := s.Alive(); err != nil {
				t.Fatal(err)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		m := modem.New(modem.Config{Name: "stuck", Open: func(context.Context) (io.ReadWriteCloser, error) {
			<-release
			return nil, fs.ErrNotExist
		}}, slog.New(slog.DiscardHandler))
		m.Handle(&recorder{m: m})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- m.Run(ctx) }()
		time.Sleep(time.Minute)
		if err := m.Alive(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		if err := m.Alive(); err == nil {
			t.Error("a loop that has been stuck for an hour counts as alive")
		}
		stop()
		close(release)
		<-done
	})
}

// Another program that reads the port is named as the cause, the modem is not reset for
// it, and Run ends at once when it is to.
func TestAnotherProgramReadsThePort(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tty")
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	sim := simulator.NewNetwork().Modem(simulator.SIM{})
	wg.Go(func() { _ = sim.ServePTY(ctx, path) })
	if err := sim.AwaitPTY(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		cat := exec.Command("cat", path)
		if err := cat.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _, _ = cat.Process.Kill(), cat.Wait() }()
	}
	time.Sleep(200 * time.Millisecond) // until each has opened it
	m := modem.New(modem.Config{Name: "shared", Port: path}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	changed := make(chan struct{}, 1000)
	events := &announcer{recorder{m: m}, changed}
	m.Handle(events)
	running, end := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- m.Run(running) }()
	for m.State() != modem.Faulted {
		<-changed
	}
	if d := m.Status().Detail; !strings.Contains(d, "cat (pid ") {
		t.Errorf("the reason is %q", d)
	}
	end()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("Run does not end")
	}
	if n := sim.Resets()["reset"] + sim.Resets()["soft reset"]; n != 0 {
		t.Errorf("%d resets", n)
	}
}

// While another program takes half of what the modem says, no message that comes in is
// lost, and what goes out is known to be sent, or unknown, or not sent. Afterwards the
// modem is used as before.
func TestSharedPort(t *testing.T) {
	simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		s.sim.Share(7, 0.5)
		for i := range 20 {
			if s.State() == modem.Ready {
				_, err := s.submit(t, "during")
				if class := modem.ClassOf(err); class == modem.GiveUp || class == modem.OtherSIM {
					t.Errorf("%d: %v", i, err)
				}
			}
			if i%5 == 0 {
				s.bring(t, "in")
			}
			time.Sleep(time.Minute)
		}
		s.sim.Share(7, 0)
		time.Sleep(2 * time.Hour)
		s.expect(t, modem.Ready)
		if n := s.sim.Stored("SM") + s.sim.Stored("ME"); n != 0 || len(s.readable()) < 4 {
			t.Errorf("%d came in, and %d are left", len(s.readable()), n)
		}
		if _, err := s.submit(t, "after"); err != nil {
			t.Error(err)
		}
	})
}
