package modem_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
)

// Refusals in words mean what their numbers mean, and others are quoted.
func TestRefusalsInWords(t *testing.T) {
	for text, want := range map[string]struct {
		class modem.Class
		says  string
	}{
		"+CMS ERROR: SIM busy":          {modem.Retry, "SIM is busy"},
		"+CME ERROR: SIM PIN required":  {modem.Device, "PIN"},
		"+CMS ERROR: Barred by the pub": {modem.Retry, "Barred by the pub"},
	} {
		simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
			time.Sleep(time.Minute)
			s.sim.On("+CMGS", simulator.Verbatim(text))
			_, err := s.submit(t, "hello")
			if modem.ClassOf(err) != want.class || !strings.Contains(modem.CauseOf(err), want.says) {
				t.Errorf("%s is %s: %v", text, modem.ClassOf(err), err)
			}
		})
	}
}

// While a modem is tried again and again, the reason of the last failure stays.
func TestTheLastReasonStays(t *testing.T) {
	simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
		s.sim.Eject()
		time.Sleep(5 * time.Minute)
		for range 200 {
			time.Sleep(time.Second)
			if st := s.Status(); !strings.Contains(st.Detail, "no SIM") {
				t.Fatalf("%s: %q", st.State, st.Detail)
			}
		}
	})
}

// Storages that are not told, or told only after a while, are read all the same.
func TestStoragesThatAreNotTold(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault simulator.Fault
		times int
	}{
		{"refused", simulator.PlainError(), 1000},
		{"busy, as vendors say it", simulator.Verbatim("+CME ERROR: 515"), 2},
		{"not allowed yet", simulator.Refuse(302), 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
				for range tc.times {
					s.sim.On("+CPMS=?", tc.fault)
				}
				s.sim.Store("SM", delivery(t, "on the SIM"), 0)
				s.sim.Store("ME", delivery(t, "in the modem"), 0)
				time.Sleep(15 * time.Minute)
				got := s.readable()
				slices.Sort(got)
				if !slices.Equal(got, []string{"in the modem", "on the SIM"}) {
					t.Errorf("received %q", got)
				}
			})
		})
	}
}

// The SMSC of a SIM that has a national number is put back as one.
func TestNationalSMSC(t *testing.T) {
	memory := &recorder{}
	national := []simulator.ModemOption{reply("+CSCA?", `+CSCA: "01710760000",129`)}
	simulate(t, setup{sim: card, memory: memory, modem: national}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		s.expect(t, modem.Ready)
	})
	simulate(t, setup{sim: card, memory: memory, modem: []simulator.ModemOption{reply("+CSCA?", `+CSCA: "",129`)}}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		if !slices.Contains(s.sim.Commands(), `AT+CSCA="01710760000",129`) {
			t.Errorf("%q", s.sim.Commands())
		}
	})
}

// Stored messages are read whatever their header lacks, and whatever stands behind them.
func TestHeadersOfStoredMessages(t *testing.T) {
	for _, form := range []string{"+CMGR: %d\r\n%s", "+CMGR: 0,%d\r\n%s", "+CMGR: 0,,%d\r\n%s\"", "+CMGR: ,,%d\r\n %s ", "+CMGR:0,\"\",%d\r\n%s"} {
		simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
			time.Sleep(time.Minute)
			raw := delivery(t, "hello")
			s.sim.On("+CMGR", simulator.Verbatim(fmt.Sprintf(form+"\r\n\r\nOK", len(raw), fmt.Sprintf("00%X", raw))))
			s.sim.Say(`+CMTI: "SM",3`)
			time.Sleep(time.Second)
			if got := s.readable(); !slices.Equal(got, []string{"hello"}) {
				t.Errorf("%q: received %q", form, got)
			}
		})
	}
}

// A call that was left is hung up where the list of calls has it as one of voice, as modes
// that alternate with data or fax are, and data is left alone.
func TestModesOfListedCalls(t *testing.T) {
	for mode, want := range map[int]bool{0: true, 1: false, 2: false, 3: true, 4: true, 5: true, 6: false} {
		listed := []simulator.ModemOption{simulator.Family("a7670"), reply("+CLCC", fmt.Sprintf(`+CLCC: 1,0,0,%d,0,"+4915112345678",145`, mode))}
		simulate(t, setup{sim: card, modem: listed}, func(t *testing.T, s *rig) {
			time.Sleep(time.Minute)
			if got := slices.Contains(s.sim.Commands(), "AT+CHUP"); got != want {
				t.Errorf("mode %d: hung up %t", mode, got)
			}
		})
	}
}

// An empty reason is none.
func TestAnEmptyReason(t *testing.T) {
	options := []simulator.ModemOption{simulator.Registered(simulator.Denied), reply("+CEER", "+CEER: ")}
	simulate(t, setup{sim: card, modem: options}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		if r := s.Status().Registration; !strings.Contains(r, "is the SIM active") {
			t.Errorf("%q", r)
		}
	})
}
