package modem_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem"
	"simgate/modem/pdu"
	"simgate/modem/simulator"
)

const anna = "+4915112345678"

// recorder is a handler that keeps what it is called with, as a database would.
type recorder struct {
	mu      sync.Mutex
	sims    []modem.SIM
	reports []pdu.StatusReport
	late    []string
	tried   map[string]int
	states  []modem.State
	m       *modem.Modem

	received []string // PDUs
	full     bool     // the disk: nothing that comes in can be kept
	keeping  func()   // runs once, while what came in is being kept; nil: nothing
	notices  []modem.Notice
	steps    map[string][]modem.StepRecord
	pins     map[string]string // by ICCID
	smscs    map[string]string // by ICCID
	bearers  map[string]int
	overData modem.OverData
}

func (e *recorder) Changed() {
	s := e.m.State()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.states = append(e.states, s)
}

func (e *recorder) Identified(_ context.Context, sim modem.SIM) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sims = append(e.sims, sim)
	return nil
}

func (e *recorder) Report(_ context.Context, r pdu.StatusReport) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reports = append(e.reports, r)
	return nil
}

func (e *recorder) Received(_ context.Context, pdu string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.full {
		return errors.New("the disk is full")
	}
	e.received = append(e.received, pdu)
	if meanwhile := e.keeping; meanwhile != nil {
		e.keeping = nil
		e.mu.Unlock()
		defer e.mu.Lock()
		meanwhile()
	}
	return nil
}

func (e *recorder) Notice(_ context.Context, n modem.Notice) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.notices = append(e.notices, n)
}

func (e *recorder) RecoveryHistory(_ context.Context, name string) ([]modem.StepRecord, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.steps[name]), nil
}

func (e *recorder) NoteRecovery(_ context.Context, name string, step modem.Step, worked bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.steps == nil {
		e.steps = map[string][]modem.StepRecord{}
	}
	i := slices.IndexFunc(e.steps[name], func(r modem.StepRecord) bool { return r.Step == step })
	if i < 0 {
		i = len(e.steps[name])
		e.steps[name] = append(e.steps[name], modem.StepRecord{Step: step})
	}
	if worked {
		e.steps[name][i].Worked++
	} else {
		e.steps[name][i].Tried++
		e.steps[name][i].Today++
	}
	return nil
}

func (e *recorder) SMSC(_ context.Context, iccid string) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.smscs[iccid], nil
}

func (e *recorder) NoteSMSC(_ context.Context, iccid, smsc string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.smscs == nil {
		e.smscs = map[string]string{}
	}
	e.smscs[iccid] = smsc
	return nil
}

func (e *recorder) Bearer(_ context.Context, sim modem.SIM) (modem.Bearer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if mode, ok := e.bearers[sim.ICCID]; ok {
		return modem.Bearer{OverData: e.overData, Mode: mode}, nil
	}
	return modem.Bearer{OverData: e.overData, Mode: -1}, nil
}

func (e *recorder) NoteBearer(_ context.Context, iccid string, mode int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.bearers == nil {
		e.bearers = map[string]int{}
	}
	e.bearers[iccid] = mode
	return nil
}

func (e *recorder) PIN(_ context.Context, iccid string) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pins[iccid], nil
}

func (e *recorder) Late(_ context.Context, token any, mr int, refused error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if refused != nil {
		e.late = append(e.late, fmt.Sprint(token, " ", refused))
		return nil
	}
	e.late = append(e.late, fmt.Sprint(token, " ", mr))
	return nil
}

func (e *recorder) PINTried(_ context.Context, iccid, pin string) (int, bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, ok := e.tried[iccid+pin]
	return n, ok, nil
}

func (e *recorder) TryPIN(_ context.Context, iccid, pin string, tries int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.tried == nil {
		e.tried = map[string]int{}
	}
	e.tried[iccid+pin] = tries
	return nil
}

func (e *recorder) PINAccepted(context.Context, string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.tried)
	return nil
}

// rig is a driver with a simulated modem.
type rig struct {
	*modem.Modem
	*recorder
	net  *simulator.Network
	sim  *simulator.Modem
	path atomic.Value // of the port, a string; none for whichever the modem has
}

type setup struct {
	sim     simulator.SIM
	network []simulator.NetworkOption
	modem   []simulator.ModemOption
	config  modem.Config
	memory  *recorder
	wrap    func(io.ReadWriteCloser) io.ReadWriteCloser // stands between driver and modem; nil: nothing
}

// simulate runs a story in simulated time.
func simulate(t *testing.T, c setup, story func(t *testing.T, s *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &rig{net: simulator.NewNetwork(c.network...), recorder: c.memory}
		if s.recorder == nil {
			s.recorder = &recorder{}
		}
		s.sim = s.net.Modem(c.sim, c.modem...)
		c.config.Name = "sim1"
		c.config.Open = func(context.Context) (io.ReadWriteCloser, error) {
			if path, ok := s.path.Load().(string); ok {
				return s.net.Open(path)
			}
			port, err := s.sim.Open()
			if err == nil && c.wrap != nil {
				port = c.wrap(port)
			}
			return port, err
		}
		s.Modem = modem.New(c.config, slog.New(slog.NewTextHandler(t.Output(), nil)))
		s.m = s.Modem
		s.Handle(s.recorder)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		defer func() {
			stop()
			if err := <-done; err != nil {
				t.Errorf("Run returned %v", err)
			}
		}()
		story(t, s)
	})
}

func (s *rig) expect(t *testing.T, want modem.State) {
	t.Helper()
	synctest.Wait()
	if st := s.Status(); st.State != want {
		t.Errorf("the modem is %s (%s), want %s", st.State, st.Detail, want)
	}
}

func (s *rig) submit(t *testing.T, text string) (int, error) {
	t.Helper()
	parts, err := pdu.Encode(pdu.Submit{To: anna, Text: text, Report: true})
	if err != nil {
		t.Fatal(err)
	}
	return s.Send(t.Context(), modem.Submission{Part: parts[0], Token: text})
}

func TestStart(t *testing.T) {
	simulate(t, setup{}, func(t *testing.T, s *rig) {
		time.Sleep(5 * time.Second)
		s.expect(t, modem.Ready)
		st := s.Status()
		if st.IMEI != s.sim.IMEI() || st.ICCID == "" || st.IMSI == "" || st.SMSC == "" || st.SignalDBm == 0 || st.Registration != "registered" {
			t.Errorf("the status is %+v", st)
		}
		if len(s.sims) != 1 || s.sims[0] != st.SIM {
			t.Errorf("the handler was told of %+v", s.sims)
		}
		want := []modem.State{modem.Opening, modem.Starting, modem.Searching, modem.Ready}
		if !slices.Equal(s.states, want) {
			t.Errorf("the states were %v, want %v", s.states, want)
		}
	})
}

func TestSend(t *testing.T) {
	simulate(t, setup{}, func(t *testing.T, s *rig) {
		time.Sleep(5 * time.Second)
		for i := range 300 { // past the wrap of the reference
			mr, err := s.submit(t, fmt.Sprint("message ", i))
			if err != nil || mr != i%256 {
				t.Fatalf("message %d has the reference %d, %v", i, mr, err)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(s.net.Subscriber(anna).Messages()); n != 300 {
			t.Errorf("%d messages arrived", n)
		}
		if len(s.reports) != 300 || !s.reports[299].Status.Delivered() || s.reports[299].MR != 299%256 || s.reports[299].Recipient.Number != anna {
			t.Errorf("%d reports, the last %+v", len(s.reports), s.reports[len(s.reports)-1])
		}
	})
}

// While the queue is not empty no command goes out besides +CMGS.
func TestNothingButCMGSPerMessage(t *testing.T) {
	simulate(t, setup{}, func(t *testing.T, s *rig) {
		time.Sleep(5 * time.Second)
		before := len(s.sim.Commands())
		for range 50 {
			if _, err := s.submit(t, "hello"); err != nil {
				t.Fatal(err)
			}
		}
		commands := s.sim.Commands()[before:]
		if other := slices.DeleteFunc(commands, func(c string) bool { return strings.HasPrefix(c, "AT+CMGS=") }); len(other) != 0 {
			t.Errorf("besides +CMGS there were %q", other)
		}
	})
}

func TestOutcomes(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault func(s *rig)
		class modem.Class
		says  string
		code  string // of the cause
	}{
		{"taken", func(*rig) {}, modem.None, "", ""},
		{"unassigned number", func(s *rig) { s.sim.On("+CMGS", simulator.Refuse(1)) }, modem.GiveUp, "not assigned", "cms_1"},
		{"barred SIM", func(s *rig) { s.sim.On("+CMGS", simulator.Refuse(8)) }, modem.OtherSIM, "barred", "cms_8"},
		{"congestion", func(s *rig) { s.sim.On("+CMGS", simulator.Refuse(42)) }, modem.Retry, "congested", "cms_42"},
		{"no answer of the network", func(s *rig) { s.sim.On("+CMGS", simulator.Refuse(332)) }, modem.Unknown, "in time", "cms_332"},
		{"the SMSC has it already", func(s *rig) { s.sim.On("+CMGS", simulator.Refuse(197)) }, modem.None, "", ""},
		{"a vendor's own number", func(s *rig) { s.sim.On("+CMGS", simulator.Refuse(777)) }, modem.Retry, "777", "cms_777"},
		{"CME error", func(s *rig) { s.sim.On("+CMGS", simulator.RefuseCME(30)) }, modem.Retry, "no network", "cme_30"},
		{"bare ERROR", func(s *rig) { s.sim.On("+CMGS", simulator.PlainError()) }, modem.Retry, "without saying why", "modem_error"},
		{"refused before the prompt", func(s *rig) { s.sim.On("+CMGS", simulator.Refuse(310), simulator.BeforePrompt()) }, modem.Device, "no SIM", "cms_310"},
		{"no prompt", func(s *rig) { s.sim.On("+CMGS", simulator.NoPrompt()) }, modem.Device, "did not take", "modem_not_taken"},
		{"stalled before the prompt", func(s *rig) { s.sim.On("+CMGS", simulator.Stall(), simulator.BeforePrompt()) }, modem.Device, "did not take", "modem_not_taken"},
		{"split prompt", func(s *rig) { s.sim.On("+CMGS", simulator.SplitPrompt()) }, modem.None, "", ""},
		{"garbage before the answer", func(s *rig) { s.sim.On("+CMGS", simulator.Garbage([]byte("\xff\xfe!!\r\n"))) }, modem.None, "", ""},
		{"echo", func(s *rig) { s.sim.On("+CMGS", simulator.Echo()) }, modem.None, "", ""},
		{"CR CR LF", func(s *rig) { s.sim.On("+CMGS", simulator.CRCRLF()) }, modem.None, "", ""},
		{"a reference, and no OK", func(s *rig) { s.sim.On("+CMGS", simulator.Verbatim("+CMGS: 5")) }, modem.None, "", ""},
		{"OK instead of a prompt", func(s *rig) { s.sim.On("+CMGS", simulator.Verbatim("OK"), simulator.BeforePrompt()) }, modem.Device, "did not take", "modem_not_taken"},
		{"a slow network", func(s *rig) { s.sim.On("+CMGS", simulator.Late(140*time.Second)) }, modem.None, "", ""},
		{"answer lost", func(s *rig) { s.sim.On("+CMGS", simulator.LoseAnswer()) }, modem.Unknown, "did not answer", "modem_no_answer"},
		{"unplugged after the prompt", func(s *rig) { s.sim.On("+CMGS", simulator.UnplugAfterPrompt()) }, modem.Device, "did not take", "modem_not_taken"},
		{"unplugged after the PDU", func(s *rig) { s.sim.On("+CMGS", simulator.UnplugAfterPDU()) }, modem.Unknown, "did not answer", "modem_no_answer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			simulate(t, setup{network: []simulator.NetworkOption{simulator.Latency(time.Second)}}, func(t *testing.T, s *rig) {
				time.Sleep(5 * time.Second)
				tc.fault(s)
				_, err := s.submit(t, "hello")
				if modem.ClassOf(err) != tc.class || !strings.Contains(modem.CauseOf(err), tc.says) {
					t.Errorf("the outcome is %q (%v), want %q (%s)", modem.ClassOf(err), err, tc.class, tc.says)
				}
				if tc.class != modem.None && modem.ClassOf(err) == tc.class {
					e, ok := errors.AsType[*modem.Error](err)
					if !ok {
						t.Fatalf("the error is a %T", err)
					}
					if e.CauseCode != tc.code {
						t.Errorf("the code of its cause is %q, want %q", e.CauseCode, tc.code)
					}
				}
				s.sim.Plug()
				time.Sleep(2 * time.Minute)
				s.expect(t, modem.Ready)
				if _, err := s.submit(t, "afterwards"); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

// E03: the answer comes when it is not waited for any more. It settles the part
// that it belongs to, and no other.
func TestLateReference(t *testing.T) {
	simulate(t, setup{}, func(t *testing.T, s *rig) {
		time.Sleep(5 * time.Second)
		if _, err := s.submit(t, "first"); err != nil {
			t.Fatal(err)
		}
		s.sim.On("+CMGS", simulator.Late(152*time.Second))
		if _, err := s.submit(t, "second"); modem.ClassOf(err) != modem.Unknown {
			t.Fatalf("the outcome is %v", err)
		}
		mr, err := s.submit(t, "third")
		for modem.ClassOf(err) == modem.Device {
			time.Sleep(time.Second)
			mr, err = s.submit(t, "third")
		}
		if err != nil || mr != 2 {
			t.Errorf("the third has the reference %d, %v", mr, err)
		}
		synctest.Wait()
		if want := []string{"second 1"}; !slices.Equal(s.late, want) {
			t.Errorf("late references: %q, want %q", s.late, want)
		}
	})
}

// Unplugged in any state, and plugged in again under another name, it is ready
// within five seconds.
func TestUnplugInEveryState(t *testing.T) {
	for _, tc := range []struct {
		state modem.State
		setup setup
		reach func(t *testing.T, s *rig)
	}{
		{modem.Starting, setup{}, func(t *testing.T, s *rig) { time.Sleep(250 * time.Millisecond) }},
		{modem.Searching, setup{modem: []simulator.ModemOption{simulator.Registered(simulator.Searching)}}, func(t *testing.T, s *rig) {
			time.Sleep(10 * time.Second)
		}},
		{modem.Ready, setup{}, func(t *testing.T, s *rig) { time.Sleep(10 * time.Second) }},
		{modem.Locked, setup{sim: simulator.SIM{PIN: "1234"}}, func(t *testing.T, s *rig) { time.Sleep(10 * time.Second) }},
		{modem.Faulted, setup{}, func(t *testing.T, s *rig) {
			s.sim.OnEvery("*", simulator.Stall())
			for s.State() != modem.Faulted {
				time.Sleep(100 * time.Millisecond)
			}
			s.sim.Heal()
		}},
		{modem.Absent, setup{}, func(t *testing.T, s *rig) {
			s.sim.Unplug()
			time.Sleep(10 * time.Second)
		}},
	} {
		t.Run(string(tc.state), func(t *testing.T) {
			simulate(t, tc.setup, func(t *testing.T, s *rig) {
				tc.reach(t, s)
				s.expect(t, tc.state)
				s.sim.Unplug()
				time.Sleep(3 * time.Second)
				s.expect(t, modem.Absent)
				s.path.Store("/dev/ttySIM77")
				s.sim.PlugAt("/dev/ttySIM77")
				s.sim.Register(simulator.Home)
				time.Sleep(5 * time.Second)
				if tc.state == modem.Locked {
					s.expect(t, modem.Locked)
					return
				}
				s.expect(t, modem.Ready)
				if _, err := s.submit(t, "hello"); err != nil {
					t.Errorf("sending: %v", err)
				}
			})
		})
	}
}

func TestPIN(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		sim    simulator.SIM
		modem  []simulator.ModemOption
		config modem.Config
		want   modem.State
		says   string
		spent  int // attempts that reached the SIM in a day, over restarts
	}{
		{"right", simulator.SIM{PIN: "1234"}, nil, modem.Config{PIN: "1234"}, modem.Ready, "", 1},
		{"none configured", simulator.SIM{PIN: "1234"}, nil, modem.Config{}, modem.Locked, "set pin", 0},
		{"wrong: tried once, never again", simulator.SIM{PIN: "1234"}, nil, modem.Config{PIN: "4321"}, modem.Locked, "refused", 1},
		{"two tries left", simulator.SIM{PIN: "1234", Tries: 2}, nil, modem.Config{PIN: "1234"}, modem.Ready, "", 1},
		{"the last try is never spent", simulator.SIM{PIN: "1234", Tries: 1}, nil, modem.Config{PIN: "1234"}, modem.Locked, "last is never spent", 0},
		{"tries unknown", simulator.SIM{PIN: "1234"}, []simulator.ModemOption{simulator.Without("+SPIC")}, modem.Config{PIN: "1234"}, modem.Locked, "how many PIN tries", 0},
		{"no PIN wanted", simulator.SIM{}, nil, modem.Config{PIN: "1234"}, modem.Ready, "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			memory := &recorder{}
			simulate(t, setup{sim: tc.sim, modem: tc.modem, config: tc.config, memory: memory}, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				s.expect(t, tc.want)
				for range 3 { // power cuts and unplugging must not spend more
					s.sim.Unplug()
					time.Sleep(3 * time.Second)
					s.sim.Plug()
					time.Sleep(8 * time.Hour)
				}
				s.expect(t, tc.want)
				if d := s.Status().Detail; !strings.Contains(d, tc.says) {
					t.Errorf("the reason is %q, want it to say %q", d, tc.says)
				}
				attempts := 0
				for _, c := range s.sim.Commands() {
					if strings.HasPrefix(c, "AT+CPIN=") {
						attempts++
					}
				}
				if tc.want == modem.Locked && attempts != tc.spent || tc.want == modem.Ready && tc.spent > 0 && attempts < tc.spent {
					t.Errorf("the PIN was sent %d times, want %d", attempts, tc.spent)
				}
			})
		})
	}
}

func TestPINIsNotLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		net := simulator.NewNetwork()
		sim := net.Modem(simulator.SIM{PIN: "7391"})
		m := modem.New(modem.Config{Name: "sim1", PIN: "7391", Open: func(context.Context) (io.ReadWriteCloser, error) { return sim.Open() }},
			slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		m.Handle(&recorder{m: m})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- m.Run(ctx) }()
		time.Sleep(10 * time.Second)
		if m.State() != modem.Ready {
			t.Errorf("the modem is %s", m.State())
		}
		st := m.Status()
		stop()
		<-done
		for what, secret := range map[string]string{"PIN": "7391", "IMSI": st.IMSI, "ICCID": st.ICCID, "IMEI": st.IMEI} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("the %s is in the log", what)
			}
		}
	})
}

func TestRegistration(t *testing.T) {
	for _, tc := range []struct {
		name string
		opts []simulator.ModemOption
		want modem.State
		says string
	}{
		{"home", nil, modem.Ready, "registered"},
		{"roaming", []simulator.ModemOption{simulator.Registered(simulator.Roaming)}, modem.Ready, "roaming"},
		{"searching", []simulator.ModemOption{simulator.Registered(simulator.Searching)}, modem.Searching, "searching"},
		{"denied", []simulator.ModemOption{simulator.Registered(simulator.Denied)}, modem.Searching, "denies"},
		{"for messages only", []simulator.ModemOption{simulator.Reply("+CREG?", "+CREG: 2,6")}, modem.Ready, "registered"},
		{"calls not preferred, roaming", []simulator.ModemOption{simulator.Reply("+CREG?", "+CREG: 2,10")}, modem.Ready, "roaming"},
		{"LTE with IMS", []simulator.ModemOption{simulator.PacketOnly()}, modem.Ready, "registered"},
		{"LTE, data only", []simulator.ModemOption{simulator.PacketOnly(), simulator.Reply("+CIREG?", "+CIREG: 0,0")}, modem.Ready, "registered for data"},
		{"no +CREG", []simulator.ModemOption{simulator.Without("+CREG"), simulator.Radio(simulator.LTE)}, modem.Ready, "registered"},
		{"malformed answer", []simulator.ModemOption{simulator.Reply("+CREG?", "+CREG: ?"), simulator.Without("+CEREG", "+CGREG")}, modem.Ready, "registered with simgate"},
		{"nothing is told", []simulator.ModemOption{simulator.Without("+CREG", "+CEREG", "+CGREG", "+COPS")}, modem.Ready, "does not tell"},
		{"a bare OK", []simulator.ModemOption{simulator.Reply("+CREG?"), simulator.Reply("+CGREG?"), simulator.Reply("+CEREG?"), simulator.Reply("+COPS?")}, modem.Ready, "does not tell"},
		{"zeros in front", []simulator.ModemOption{simulator.Reply("+CREG?", `+CREG:002,001,"00C3","1A2B"`)}, modem.Ready, "registered"},
		{"a stat that is left empty, and LTE", []simulator.ModemOption{simulator.Reply("+CREG?", `+CREG: 2,,`), simulator.Radio(simulator.LTE)}, modem.Ready, "registered"},
		{"emergency calls only", []simulator.ModemOption{simulator.Reply("+CREG?", "+CREG: 2,11"), simulator.Reply("+CEREG?", "+CEREG: 2,0")}, modem.Searching, "emergency"},
		{"5G", []simulator.ModemOption{simulator.Reply("+CREG?", "+CREG: 2,0"), simulator.Reply("+CEREG?", "+CEREG: 2,0"), simulator.Reply("+C5GREG?", `+C5GREG: 2,1,"000001","000000001",11`)}, modem.Ready, "registered for data"},
		{"GPRS only", []simulator.ModemOption{simulator.Reply("+CREG?", "+CREG: 2,0"), simulator.Reply("+CEREG?", "+CEREG: 2,0"), simulator.Reply("+CGREG?", "+CGREG: 2,5")}, modem.Ready, "registered for data"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			simulate(t, setup{modem: tc.opts}, func(t *testing.T, s *rig) {
				time.Sleep(10 * time.Second)
				s.expect(t, tc.want)
				if r := s.Status().Registration; !strings.Contains(r, tc.says) {
					t.Errorf("the registration is %q, want it to say %q", r, tc.says)
				}
			})
		})
	}
}

func TestRegistrationComesAndGoes(t *testing.T) {
	simulate(t, setup{}, func(t *testing.T, s *rig) {
		time.Sleep(5 * time.Second)
		s.expect(t, modem.Ready)
		s.sim.Register(simulator.Searching)
		s.expect(t, modem.Searching)
		if _, err := s.submit(t, "x"); modem.ClassOf(err) != modem.Device {
			t.Errorf("sending without a network: %v", err)
		}
		s.sim.Register(simulator.Home)
		s.expect(t, modem.Ready)
	})
}

func TestAModemThatRestartsIsSetUpAgain(t *testing.T) {
	simulate(t, setup{}, func(t *testing.T, s *rig) {
		time.Sleep(5 * time.Second)
		s.sim.PowerOff()
		s.sim.PowerOn()
		time.Sleep(10 * time.Second)
		s.expect(t, modem.Ready)
		synctest.Wait()
		before := len(s.reports)
		if _, err := s.submit(t, "hello"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(s.reports) != before+1 {
			t.Error("after the restart there are no reports: the modem was not told again")
		}
	})
}

func TestSomethingIsMissing(t *testing.T) {
	for _, tc := range []struct {
		name  string
		setup setup
		want  modem.State
		says  string
	}{
		{"SMSC", setup{sim: simulator.SIM{SMSC: simulator.NoSMSC}}, modem.Faulted, "no SMSC"},
		{"SMSC, but configured", setup{sim: simulator.SIM{SMSC: simulator.NoSMSC}, config: modem.Config{SMSC: "+491710760000"}}, modem.Ready, ""},
		{"the right modem", setup{config: modem.Config{IMEI: "999999999999999"}}, modem.Faulted, "IMEI"},
		{"everything optional", setup{modem: []simulator.ModemOption{simulator.Without("+CSMS", "+CMMS", "+CGSMS", "+CLIP", "+COLP", "+CRC",
			"+CPMS", "+CNUM", "+CCID", "+CSQ", "+CFUN", "+CIREG")}}, modem.Ready, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			simulate(t, tc.setup, func(t *testing.T, s *rig) {
				time.Sleep(5 * time.Second)
				for s.State() != tc.want && s.State() != modem.Ready {
					time.Sleep(100 * time.Millisecond)
				}
				s.expect(t, tc.want)
				if d := s.Status().Detail; !strings.Contains(d, tc.says) {
					t.Errorf("the reason is %q, want it to say %q", d, tc.says)
				}
			})
		})
	}
}

// Of a pattern of ports the one is found on which the modem is that is meant,
// whatever answers on the others.
func TestIMEIAmongSeveralPorts(t *testing.T) {
	folder := t.TempDir()
	network := simulator.NewNetwork()
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	var last *simulator.Modem
	for i := range 3 {
		last = network.Modem(simulator.SIM{})
		sim, path := last, filepath.Join(folder, fmt.Sprint("tty", i))
		wg.Go(func() { _ = sim.ServePTY(ctx, path) })
		if err := sim.AwaitPTY(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	m := modem.New(modem.Config{Name: "third", Port: filepath.Join(folder, "tty*"), IMEI: last.IMEI()}, slog.New(slog.NewTextHandler(t.Output(), nil)))
	changed := make(chan struct{}, 1000)
	m.Handle(&announcer{recorder{m: m}, changed})
	wg.Go(func() { _ = m.Run(ctx) })
	for m.State() != modem.Ready {
		<-changed
	}
	if st := m.Status(); st.IMEI != last.IMEI() || st.Port != filepath.Join(folder, "tty2") {
		t.Errorf("the modem is %s on %s", st.IMEI, st.Port)
	}
}

// announcer is a recorder that reports each change on a channel.
type announcer struct {
	recorder
	changed chan<- struct{}
}

func (a *announcer) Changed() {
	a.recorder.Changed()
	a.changed <- struct{}{}
}

// An idle modem is asked once a minute how it is, and costs no more than that.
func TestIdleIsQuiet(t *testing.T) {
	simulate(t, setup{}, func(t *testing.T, s *rig) {
		time.Sleep(5 * time.Second)
		before := len(s.sim.Commands())
		time.Sleep(time.Hour)
		const looks, sweeps = 60 * 6, 6 * 6 // six questions a minute; every ten minutes a look into each storage
		if n := len(s.sim.Commands()) - before; n > looks+sweeps {
			t.Errorf("%d commands in an idle hour", n)
		}
	})
}

// The pauses between tries grow, and shrink only after a minute of Ready.
func TestPausesGrow(t *testing.T) {
	simulate(t, setup{}, func(t *testing.T, s *rig) {
		time.Sleep(5 * time.Second)
		s.sim.OnEvery("+CPIN?", simulator.RefuseCME(13))
		s.sim.PowerOff()
		s.sim.PowerOn()
		time.Sleep(time.Hour)
		synctest.Wait()
		faults := 0
		for _, st := range s.states {
			if st == modem.Faulted {
				faults++
			}
		}
		if faults < 30 || faults > 75 {
			t.Errorf("%d tries in an hour, want about one a minute", faults)
		}
	})
}

// A modem that was Ready for a while when it failed is opened again at once,
// whatever pauses there were before.
func TestPausesAreForgottenAfterAWhileOfReady(t *testing.T) {
	simulate(t, setup{}, func(t *testing.T, s *rig) {
		time.Sleep(5 * time.Second)
		s.sim.OnEvery("+CPIN?", simulator.RefuseCME(13))
		s.sim.Say("RDY")
		time.Sleep(30 * time.Minute)
		s.sim.Heal()
		time.Sleep(10 * time.Minute)
		s.expect(t, modem.Ready)
		s.sim.Say("RDY")
		time.Sleep(100 * time.Millisecond)
		s.expect(t, modem.Faulted)
		time.Sleep(10 * time.Second)
		s.expect(t, modem.Ready)
	})
}
