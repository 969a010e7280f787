package modem_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
)

// reply is simulator.Reply.
var reply = simulator.Reply

// seen are the states that the modem was in, noticed what its owner was told, and count
// how many PDUs came in.
func (e *recorder) seen() []modem.State {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.states)
}

func (e *recorder) noticed() []modem.Notice {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.notices)
}

func (e *recorder) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.received)
}

// Modems whose answers have odd forms start, send and receive all the same.
func TestOddAnswers(t *testing.T) {
	for name, options := range map[string][]simulator.ModemOption{
		"+CPIN? without OK":                         {simulator.ReplyWithoutOK("+CPIN?", "+CPIN: READY")},
		"READY in quotes":                           {reply("+CPIN?", `+CPIN: "READY"`)},
		"a bare OK for +CPIN?":                      {reply("+CPIN?")},
		"all lists of storages in brackets":         {reply("+CPMS=?", `+CPMS: (("SM","BM","SR"),("SM"))`)},
		"storages without brackets":                 {reply("+CPMS=?", `+CPMS: "SM","ME"`)},
		"storages without quotes":                   {reply("+CPMS=?", `+CPMS: (SM,ME),(SM,ME),(SM,ME)`)},
		"a union as the only storage for receiving": {reply("+CPMS=?", `+CPMS: ("ME","SM"),("ME","SM"),("MT")`)},
		"no list of storages":                       {reply("+CPMS=?", `+CPMS: (),(),()`)},
		"two names of storages":                     {simulator.StorageNames(2)},
		"one name of a storage":                     {simulator.StorageNames(1)},
		"no +CPMS":                                  {simulator.Without("+CPMS")},
		"ERROR with a reason":                       {simulator.Refusing("ERROR: UNSUPPORTED")},
		"refusals in words":                         {simulator.Refusing("+CME ERROR: operation not supported")},
		"every query is refused that nobody needs": {simulator.Without("+CMEE", "+CSCS", "+CSMS", "+CGMI", "+CGMM", "+CGMR", "+CGSN",
			"+CNUM", "+CSCA", "+CFUN", "+CREG", "+CGREG", "+CEREG", "+COPS", "+CSQ")},
		"an OK for everything": {reply("+CMEE?"), reply("+CMGF?"), reply("+CSCS?"), reply("+CSMS?"), reply("+CSCA?"), reply("+CFUN?"),
			reply("+CREG?"), reply("+CGREG?"), reply("+CEREG?"), reply("+COPS?"), reply("+CNMI=?"), reply("+CNMI?"), reply("+CPMS=?")},
		"the ranges of +CFUN instead of its value": {reply("+CFUN?", "+CFUN: (0-1,4-7),(0-1)")},
		"+CMGF listed without quotes or brackets":  {reply("+CNMI=?", "+CNMI: 0-2,0-3,0-2,0-2,0-1")},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, setup{sim: card, modem: options}, sendsAndReceives)
		})
	}
}

// A modem of which only +CPIN works until it has its PIN is unlocked, and then asked what
// it is: its family is found.
func TestModemThatRefusesEverythingUntilItHasItsPIN(t *testing.T) {
	locked := card
	locked.PIN = "1234"
	for _, family := range []string{"ec25", "qualcomm", "wavecom", "cinterion"} {
		t.Run(family, func(t *testing.T) {
			options := []simulator.ModemOption{simulator.Family(family), simulator.Shy()}
			simulate(t, setup{sim: locked, modem: options, config: modem.Config{PIN: "1234"}}, func(t *testing.T, s *rig) {
				time.Sleep(10 * time.Minute) // nothing tells how many tries are left
				if states := s.seen(); slices.Contains(states, modem.Faulted) || !slices.Contains(states, modem.Locked) {
					t.Errorf("%s: %s", s.State(), s.Status().Detail)
				}
			})
			options = []simulator.ModemOption{simulator.Family(family), simulator.Shy("+CPINR"), reply("+CPINR", "+CPINR: SIM PIN,3,3")}
			simulate(t, setup{sim: locked, modem: options, config: modem.Config{PIN: "1234"}}, func(t *testing.T, s *rig) {
				sendsAndReceives(t, s)
				if st := s.Status(); st.Profile == "generic" || st.IMEI != s.sim.IMEI() {
					t.Errorf("%s as %q, IMEI %q: %s", st.State, st.Profile, st.IMEI, st.Detail)
				}
			})
		})
	}
}

// A modem that refuses every single command is said to do so.
func TestModemThatRefusesEverything(t *testing.T) {
	simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
		s.sim.OnEvery("*", simulator.PlainError())
		s.sim.PowerOff()
		s.sim.PowerOn()
		time.Sleep(10 * time.Minute)
		if d := s.Status().Detail; !strings.Contains(d, "refuses every command") {
			t.Errorf("the reason is %q", d)
		}
		if n := s.sim.Resets()["soft reset"]; n != 0 {
			t.Errorf("it was reset %d times, though it answers", n)
		}
	})
}

// The mode of +CNMI is one that the modem announces, and the best that it keeps.
func TestIndicationsWithinTheAnnouncedSets(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options []simulator.ModemOption
		set     string // the last mode that was set
		says    string // of what is missing
	}{
		{"only 1 as <bfr>", []simulator.ModemOption{simulator.Family("cinterion")}, "2,1,0,2,1", ""},
		{"four values", []simulator.ModemOption{reply("+CNMI=?", "+CNMI: (0-2),(0,1),(0,2),(0,1)")}, "2,1,0,1", ""},
		{"every mode is accepted and none kept", []simulator.ModemOption{simulator.KeepsIndications("0,0,0,0,0")}, "2,1,0,1,0", "every few seconds; no delivery reports"},
		{"every mode is accepted, without reports", []simulator.ModemOption{simulator.KeepsIndications("2,1,0,0,0")}, "2,1,0,1,0", "no delivery reports"},
		{"another order of zeros", []simulator.ModemOption{simulator.KeepsIndications("2, 1, 0, 1, 1")}, "2,1,0,1,0", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			simulate(t, setup{sim: card, modem: tc.options}, func(t *testing.T, s *rig) {
				sendsAndReceives(t, s)
				last := ""
				for _, c := range s.sim.Commands() {
					if mode, ok := strings.CutPrefix(c, "AT+CNMI="); ok && mode != "?" {
						last = mode
					}
				}
				if st := s.Status(); last != tc.set || st.Detail != "" && tc.says == "" || !strings.Contains(st.Detail, tc.says) {
					t.Errorf("+CNMI=%s, want %s; %q, want %q", last, tc.set, st.Detail, tc.says)
				}
			})
		})
	}
}

// A modem in text mode, because it restarted unnoticed or another program set it, loses
// no message, and sends no PDU as a text to the number that its length is.
func TestTextModeIsLeft(t *testing.T) {
	for _, family := range []string{"ec25", "sim7600", "sim800"} {
		t.Run(family, func(t *testing.T) {
			simulate(t, setup{sim: card, modem: []simulator.ModemOption{simulator.Family(family)}}, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				s.sim.Elsewhere("+CMGF=1")
				s.bring(t, "one")
				time.Sleep(time.Minute)
				s.sim.Elsewhere("+CMGF=1")
				s.sim.Store("SM", delivery(t, "two"), 0)
				time.Sleep(15 * time.Minute)
				got := s.readable()
				slices.Sort(got)
				if !slices.Equal(got, []string{"one", "two"}) {
					t.Errorf("received %q", got)
				}
				s.sim.On("+CMGS", simulator.Stall(), simulator.BeforePrompt()) // a doubt
				_, _ = s.submit(t, "lost")
				s.sim.Elsewhere("+CMGF=1")
				time.Sleep(time.Minute)
				if _, err := s.submit(t, "hello"); err != nil {
					t.Error(err)
				}
				for _, sub := range s.net.Submissions() {
					if sub.To != anna {
						t.Errorf("%q went to %s", sub.Text, sub.To)
					}
				}
			})
		})
	}
}

// A part that waited for a command that the modem never answered, since it has restarted,
// is not taken for a text to the number that its length is.
func TestNoPDUGoesOutAsAText(t *testing.T) {
	simulate(t, setup{sim: card, modem: []simulator.ModemOption{simulator.Family("sim7600")}}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		s.sim.On("+CUSD", simulator.Stall())
		go func() { _, _ = s.USSD(t.Context(), "*100#") }()
		time.Sleep(time.Second)
		s.sim.Elsewhere("+CMGF=1")
		if _, err := s.submit(t, "hello"); err != nil {
			t.Error(err)
		}
		for _, sub := range s.net.Submissions() {
			if sub.To != anna {
				t.Errorf("%q went to %s", sub.Text, sub.To)
			}
		}
	})
}

// What a modem shows in text mode is kept with its sender and its text.
func TestShownInTextMode(t *testing.T) {
	simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		s.sim.Say("+CMT: \"+4915112345678\",,\"26/11/28,12:00:00+04\"\r\nYour code is 1234")
		s.sim.Say(`+CDS: 6,22,"+4915112345678",145,"26/11/28,12:00:00+04","26/11/28,12:00:05+04",0`)
		time.Sleep(time.Minute)
		if got := s.readable(); !slices.Equal(got, []string{"Your code is 1234"}) {
			t.Errorf("received %q", got)
		}
		if r := s.heard(); len(r) != 1 || r[0].MR != 22 || r[0].Recipient.Number != anna || !r[0].Status.Delivered() {
			t.Errorf("reports %+v", r)
		}
	})
}

// A PDU that is shown with octets missing, as when another program reads the port too, is
// no message: the network is asked for it again if it can be, and a report is left out.
func TestShownInPieces(t *testing.T) {
	whole := delivery(t, "one")
	torn := fmt.Sprintf("+CMT: ,%d\r\n00%X", len(whole), append(slices.Clone(whole[:9]), whole[12:]...))
	report := "+CDS: 26\r\n0006210D9194511100000010901533000010109015730000"
	for _, tc := range []struct {
		name    string
		options []simulator.ModemOption
		shown   string
		times   int
		want    int    // PDUs that are handed on
		says    string // a command
	}{
		{"a report", nil, report, 1, 0, ""},
		{"a message that is acknowledged", []simulator.ModemOption{reply("+CSMS?", "+CSMS: 1,1,1,1")}, torn, 1, 0, "AT+CNMA=2"},
		{"a message that comes so again and again", []simulator.ModemOption{reply("+CSMS?", "+CSMS: 1,1,1,1")}, torn, 3, 1, "AT+CNMA=1"},
		{"a message that comes once", nil, torn, 1, 1, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			simulate(t, setup{sim: card, modem: tc.options}, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				for range tc.times {
					s.sim.Say(tc.shown)
					time.Sleep(time.Minute)
				}
				if s.count() != tc.want || tc.says != "" && !slices.Contains(s.sim.Commands(), tc.says) {
					t.Errorf("%d PDUs were handed on", s.count())
				}
			})
		})
	}
}

// What the owner of the SIM has stored, and records that were erased, are left alone.
func TestForeignRecordsAreLeftAlone(t *testing.T) {
	simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
		s.sim.Store("SM", []byte{0xff, 0xff, 0xff}, 0)
		s.sim.Store("SM", unhex(t, "0403"), 3)
		s.sim.Store("SM", delivery(t, "kept by somebody"), 2)
		s.sim.Store("SM", delivery(t, "new"), 0)
		time.Sleep(15 * time.Minute)
		got := s.readable()
		slices.Sort(got)
		if !slices.Equal(got, []string{"kept by somebody", "new"}) || s.count() != 2 {
			t.Errorf("received %q of %d", got, s.count())
		}
		if n := s.sim.Stored("SM"); n != 2 {
			t.Errorf("%d are left", n)
		}
	})
}

// A storage that is full of what is not ours is left for another one, or the owner is
// told once why nothing comes in.
func TestStorageFullOfSentMessages(t *testing.T) {
	fill := func(t *testing.T, s *rig, mem string) {
		for s.sim.Store(mem, unhex(t, "11000B919451214365F70000AA02E834"), 3) != 0 {
		}
	}
	options := []simulator.ModemOption{simulator.Family("sim800"), simulator.Slots(3, 3)}
	simulate(t, setup{sim: card, modem: options}, func(t *testing.T, s *rig) {
		fill(t, s, "SM")
		sendsAndReceives(t, s)
		if st := s.Status().Storage; st.Name != "ME" {
			t.Errorf("the storage is %+v", st)
		}
	})
	simulate(t, setup{sim: card, modem: options}, func(t *testing.T, s *rig) {
		fill(t, s, "SM")
		fill(t, s, "ME")
		time.Sleep(time.Hour)
		synctest.Wait()
		if d := s.Status().Detail; s.State() != modem.Ready || !strings.Contains(d, "full of 3 messages") {
			t.Errorf("%s: %s", s.State(), d)
		}
		told := 0
		for _, n := range s.noticed() {
			if n.Kind == modem.NoticeStorageFull && strings.Contains(n.Text, "delete them") {
				told++
			}
		}
		if told != 1 {
			t.Errorf("the owner was told %d times", told)
		}
	})
}

// PIN tries: of two numbers that may be meant the smaller counts, and nothing is sent
// with one left.
func TestPINTriesInDoubt(t *testing.T) {
	sim := simulator.SIM{PIN: "1234"}
	for _, tc := range []struct {
		name   string
		answer simulator.ModemOption
		want   modem.State
	}{
		{"those of the PUK first", reply("^CPIN?", "^CPIN: SIM PIN,,10,1,10,3"), modem.Locked},
		{"two that differ", reply("^CPIN?", "^CPIN: SIM PIN,3,10,1,10,3"), modem.Locked},
		{"two that agree", reply("^CPIN?", "^CPIN: SIM PIN,3,10,3,10,3"), modem.Ready},
		{"the standard's and the vendor's", reply("+CPINR", "+CPINR: SIM PIN,1,3", "+CPINR: SIM PUK,10,10"), modem.Locked},
		{"the standard's alone", reply("+CPINR", "+CPINR: SIM PIN,3,3", "+CPINR: SIM PUK,10,10"), modem.Ready},
		{"Cinterion's", reply(`^SPIC="SC"`, "^SPIC: 3"), modem.Ready},
	} {
		t.Run(tc.name, func(t *testing.T) {
			options := []simulator.ModemOption{tc.answer}
			if tc.name != "the standard's and the vendor's" {
				options = append(options, simulator.Without("+SPIC"))
			}
			simulate(t, setup{sim: sim, modem: options, config: modem.Config{PIN: "1234"}}, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				s.expect(t, tc.want)
			})
		})
	}
}

// A SIM that wants a PIN for a moment at the start, and has none, is given none.
func TestPINIsWantedForAMoment(t *testing.T) {
	simulate(t, setup{sim: card, config: modem.Config{PIN: "1234"}}, func(t *testing.T, s *rig) {
		for range 2 {
			s.sim.On("+CPIN?", simulator.Verbatim("+CPIN: NOT READY\r\n\r\nOK"))
		}
		s.sim.On("+CPIN?", simulator.Verbatim("+CPIN: SIM PIN\r\n\r\nOK"))
		time.Sleep(time.Minute)
		s.expect(t, modem.Ready)
		for _, c := range s.sim.Commands() {
			if strings.HasPrefix(c, "AT+CPIN=") {
				t.Errorf("%s was sent", c)
			}
		}
	})
}

// Numbers and identities are read in the forms of the vendors, whatever stands between.
func TestIdentityForms(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer simulator.ModemOption
		got    func(modem.Status) string
		want   string
	}{
		{"IMSI among results", reply("+CIMI", "DST: 1", "EONS: 1", "262010000000001"), func(s modem.Status) string { return s.IMSI }, "262010000000001"},
		{"IMEI among results", reply("+CGSN", "MODEM:STARTUP", "Revision:1418B05", "353419030000009"), func(s modem.Status) string { return s.IMEI }, "353419030000009"},
		{"IMEI behind +CGSN=1", reply("+CGSN=1", `+CGSN: "353419030000009"`), func(s modem.Status) string { return s.IMEI }, "353419030000009"},
		{"ICCID with a letter", reply("+CCID", "+CCID: 898600B5112233445566"), func(s modem.Status) string { return s.ICCID }, "898600B5112233445566"},
		{"ICCID as on the card", reply("+CCID", "+CCID: 98231420326409614067"), func(s modem.Status) string { return s.ICCID }, "89324102234690160476"},
		{"ICCID as on the card, filled", reply("+CCID", `+CCID: "984402003576012594F9"`), func(s modem.Status) string { return s.ICCID }, "8944200053671052499"},
		{"own number without a name", reply("+CNUM", `+CNUM: "12025550100",129`), func(s modem.Status) string { return s.MSISDN }, "12025550100"},
		{"own number in UCS-2", reply("+CNUM", `+CNUM: ,"002B0034003900310035003100310031",145`), func(s modem.Status) string { return s.MSISDN }, "+4915111"},
		{"own number, international", reply("+CNUM", `+CNUM: "Me","491700000001",145`), func(s modem.Status) string { return s.MSISDN }, own},
		{"SMSC, international", reply("+CSCA?", `+CSCA: "6281100000",145`), func(s modem.Status) string { return s.SMSC }, "+6281100000"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			options := []simulator.ModemOption{tc.answer}
			if tc.name == "IMEI behind +CGSN=1" {
				options = append(options, reply("+CGSN", "S/N 12-345"))
			}
			simulate(t, setup{sim: card, modem: options}, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				if got := tc.got(s.Status()); got != tc.want {
					t.Errorf("%q, want %q (%s)", got, tc.want, s.Status().Detail)
				}
			})
		})
	}
}

// Unsolicited registrations in the form of replies change nothing that is not so.
func TestRegistrationInTheFormOfReplies(t *testing.T) {
	simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		for _, line := range []string{`+CREG: 2,5,"0502","0404736D"`, `+CREG: 2,1,000B,2816, B, C2816`, `+CREG: 2,,`, `+CREG: ?`} {
			s.sim.Say(line)
			s.expect(t, modem.Ready)
		}
		if states := s.seen(); slices.Contains(states[slices.Index(states, modem.Ready):], modem.Searching) {
			t.Errorf("the states were %v", states)
		}
	})
}

// While nothing can go out because the answer to a part is missing, the modem does not
// count as ready.
func TestLostAnswerIsSeen(t *testing.T) {
	simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		s.sim.On("+CMGS", simulator.LoseAnswer())
		done := make(chan error, 1)
		go func() { _, err := s.submit(t, "lost"); done <- err }()
		time.Sleep(time.Minute)
		s.expect(t, modem.Searching)
		if err := <-done; modem.ClassOf(err) != modem.Unknown {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		s.expect(t, modem.Ready)
	})
}

// What keeps a modem from being used is named: flight mode, a lock of the modem.
func TestWhatIsInTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.NewNetwork().Modem(card)
		sim.Elsewhere("+CFUN=4")
		cfg := modem.Config{Name: "sim1", Open: func(context.Context) (io.ReadWriteCloser, error) { return sim.Open() }}
		d, err := modem.Diagnose(t.Context(), cfg)
		if err != nil || d.MayNotUse == nil || !strings.Contains(d.MayNotUse.Error(), "flight mode") {
			t.Errorf("%v, %v", d.MayNotUse, err)
		}
	})
	simulate(t, setup{sim: card, modem: []simulator.ModemOption{reply("+CPIN?", "+CPIN: PH-NET PIN")}}, func(t *testing.T, s *rig) {
		time.Sleep(10 * time.Second)
		if st := s.Status(); st.State != modem.Locked || !strings.Contains(st.Detail, "its seller or operator") {
			t.Errorf("%s: %s", st.State, st.Detail)
		}
	})
}

// A radio that is off in a way of the vendor is switched on, the power of the signal is
// read in every technology, and a storage that is refused as not allowed costs no time.
func TestStartOfVendors(t *testing.T) {
	simulate(t, setup{sim: card, modem: []simulator.ModemOption{reply("+CFUN?", "+CFUN: 19")}}, func(t *testing.T, s *rig) {
		time.Sleep(10 * time.Second)
		if !slices.Contains(s.sim.Commands(), "AT+CFUN=1") {
			t.Error("the radio stays off")
		}
	})
	for answer, want := range map[string]int{
		"+CESQ: 99,99,255,255,20,50": -91, "+CESQ: 99,99,40,30,255,255": -81, "+CESQ: 30,0,255,255,255,255": -81, "+CESQ: 99,99,255,255,255,255": 0,
	} {
		options := []simulator.ModemOption{simulator.Family("telit"), reply("+CSQ", "+CSQ: 99,99"), reply("+CESQ", answer)}
		simulate(t, setup{sim: card, modem: options}, func(t *testing.T, s *rig) {
			time.Sleep(10 * time.Second)
			if got := s.Status().SignalDBm; got != want {
				t.Errorf("%s is %d dBm, want %d", answer, got, want)
			}
		})
	}
	simulate(t, setup{sim: card, modem: []simulator.ModemOption{simulator.StorageNames(1)}}, func(t *testing.T, s *rig) {
		time.Sleep(10 * time.Second) // +CMS ERROR: 302 to three names, and to two
		s.expect(t, modem.Ready)
	})
}
