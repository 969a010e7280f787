package modem_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem"
	"simgate/modem/pdu"
	"simgate/modem/simulator"
)

// part is a text in one part.
func part(t *testing.T, to, text string) modem.Submission {
	t.Helper()
	parts, err := pdu.Encode(pdu.Submit{To: to, Text: text, Report: true})
	if err != nil {
		t.Fatal(err)
	}
	return modem.Submission{Part: parts[0], Token: text}
}

// texts are those of the messages that came in.
func (e *recorder) texts(t *testing.T) []string {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	var texts []string
	for _, raw := range e.received {
		d, err := pdu.ParseDeliver(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
		}
		texts = append(texts, d.Text)
	}
	return texts
}

// heard are the status reports.
func (e *recorder) heard() []pdu.StatusReport {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.reports)
}

// told are the kinds of the notices.
func (e *recorder) told() []modem.NoticeKind {
	e.mu.Lock()
	defer e.mu.Unlock()
	var kinds []modem.NoticeKind
	for _, n := range e.notices {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

// delivery is a TPDU that came in, and a draft one that is on its way out.
func delivery(t *testing.T, text string) []byte {
	t.Helper()
	return unhex(t, fmt.Sprintf("040B919451214365F7000062111000000000%02X%X", len(text), pack(text)))
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pack packs letters that are the same in ASCII and in the default alphabet.
func pack(text string) []byte {
	var out []byte
	var bits, n uint
	for _, c := range []byte(text) {
		bits |= uint(c) << n
		for n += 7; n >= 8; n -= 8 {
			out = append(out, byte(bits))
			bits >>= 8
		}
	}
	if n > 0 {
		out = append(out, byte(bits))
	}
	return out
}

func TestReceive(t *testing.T) {
	for _, tc := range []struct {
		name   string
		modem  []simulator.ModemOption
		before func(t *testing.T, s *rig) // before the modem is ready
		after  func(t *testing.T, s *rig)
		want   []string
		left   int // in both storages at the end
	}{
		{"what comes while it is ready", nil, nil,
			func(t *testing.T, s *rig) { s.bring(t, "one"); s.bring(t, "two") }, []string{"one", "two"}, 0},
		{"what lay on the SIM", nil,
			func(t *testing.T, s *rig) { s.sim.Store("SM", delivery(t, "old"), 0) }, nil, []string{"old"}, 0},
		{"what somebody has read on the SIM", nil,
			func(t *testing.T, s *rig) { s.sim.Store("SM", delivery(t, "read"), 1) }, nil, []string{"read"}, 0},
		{"what lay in the modem and on the SIM", nil,
			func(t *testing.T, s *rig) {
				s.sim.Store("SM", delivery(t, "sim"), 0)
				s.sim.Store("ME", delivery(t, "modem"), 0)
			}, nil, []string{"modem", "sim"}, 0},
		{"drafts are their owner's", nil,
			func(t *testing.T, s *rig) {
				s.sim.Store("SM", unhex(t, "11000B919451214365F70000AA02E834"), 2)
				s.sim.Store("SM", delivery(t, "beside it"), 0)
			}, nil, []string{"beside it"}, 1},
		{"what cannot be decoded is handed on and deleted", nil,
			func(t *testing.T, s *rig) { s.sim.Store("SM", unhex(t, "0403"), 0) }, nil, nil, 0},
		{"an invalid index", []simulator.ModemOption{simulator.NamelessIndex()}, nil,
			func(t *testing.T, s *rig) { s.bring(t, "somewhere") }, []string{"somewhere"}, 0},
		{"a modem that answers an empty place with an error", []simulator.ModemOption{simulator.EmptySlotError()}, nil,
			func(t *testing.T, s *rig) {
				s.bring(t, "one")
				s.sim.On("+CMGD", simulator.Stall()) // it is read, and found again
				s.bring(t, "two")
			}, []string{"one", "two", "two"}, 0},
		{"a listing with an unsolicited result between header and PDU", nil,
			func(t *testing.T, s *rig) {
				for i := range 5 {
					s.sim.Store("SM", delivery(t, fmt.Sprint("n", i)), 0)
				}
				s.sim.On("+CMGL", simulator.URCAt(20, `+CREG: 1`), simulator.URCAt(80, "^RSSI:18"))
			}, nil, []string{"n0", "n1", "n2", "n3", "n4"}, 0},
		{"a modem that keeps no indications is polled", []simulator.ModemOption{simulator.Without("+CNMI")}, nil,
			func(t *testing.T, s *rig) { s.bring(t, "unannounced") }, []string{"unannounced"}, 0},
		{"one that must be told that its messages were taken", []simulator.ModemOption{
			simulator.Family("a7670")}, nil,
			func(t *testing.T, s *rig) {
				for i := range 3 {
					s.bring(t, fmt.Sprint("n", i))
				}
			}, []string{"n0", "n1", "n2"}, 0},
		{"more than there is room for", []simulator.ModemOption{simulator.Family("sim800"), simulator.Slots(3, 3)},
			func(t *testing.T, s *rig) {
				for i := range 10 {
					s.bring(t, fmt.Sprint("n", i))
				}
			}, nil, []string{"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"}, 0},
		{"a SIM whose storage is ready late", []simulator.ModemOption{simulator.SlowSIM(40 * time.Second)},
			func(t *testing.T, s *rig) { s.sim.Store("SM", delivery(t, "old"), 0) },
			func(t *testing.T, s *rig) { s.bring(t, "new") }, []string{"old", "new"}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			simulate(t, setup{sim: card, modem: tc.modem}, func(t *testing.T, s *rig) {
				if tc.before != nil {
					tc.before(t, s)
				}
				time.Sleep(2 * time.Minute)
				if tc.after != nil {
					tc.after(t, s)
				}
				time.Sleep(15 * time.Minute)
				got := s.readable()
				slices.Sort(got) // what a full storage held back overtakes what it held
				if !slices.Equal(got, slices.Sorted(slices.Values(tc.want))) {
					t.Errorf("received %q, want %q", got, tc.want)
				}
				if left := s.sim.Stored("SM") + s.sim.Stored("ME"); left != tc.left {
					t.Errorf("%d messages are left in the storages, want %d", left, tc.left)
				}
			})
		})
	}
}

// readable are the texts of what can be decoded.
func (e *recorder) readable() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var texts []string
	for _, raw := range e.received {
		if d, err := pdu.ParseDeliver(raw); err == nil {
			texts = append(texts, d.Text)
		}
	}
	return texts
}

func (s *rig) bring(t *testing.T, text string) {
	t.Helper()
	if err := s.net.Deliver(own, delivery(t, text)); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// What cannot be kept stays on the SIM, and comes when it can.
func TestReceiveWhileTheDiskIsFull(t *testing.T) {
	memory := &recorder{full: true}
	simulate(t, setup{sim: card, memory: memory}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		s.bring(t, "kept for later")
		time.Sleep(5 * time.Minute)
		if n := s.sim.Stored("SM") + s.sim.Stored("ME"); n != 1 {
			t.Fatalf("%d messages are on the SIM", n)
		}
		memory.mu.Lock()
		memory.full = false
		memory.mu.Unlock()
		time.Sleep(time.Minute)
		if got := s.readable(); !slices.Equal(got, []string{"kept for later"}) {
			t.Errorf("received %q", got)
		}
		if n := s.sim.Stored("SM") + s.sim.Stored("ME"); n != 0 {
			t.Errorf("%d messages are left", n)
		}
	})
}

// A storage that is full is emptied, and its owner told.
func TestStorageFull(t *testing.T) {
	memory := &recorder{full: true}
	simulate(t, setup{sim: card, memory: memory, modem: []simulator.ModemOption{simulator.Family("huawei"), simulator.Slots(3, 3)}},
		func(t *testing.T, s *rig) {
			time.Sleep(time.Minute)
			for i := range 6 {
				s.bring(t, fmt.Sprint("n", i))
			}
			time.Sleep(time.Minute)
			if st := s.Status().Storage; st.Name != "SM" || st.Used != 3 || st.Total != 3 {
				t.Errorf("the storage is %+v", st)
			}
			if !slices.Contains(s.told(), modem.NoticeStorageFull) {
				t.Errorf("the owner was told of %v", s.told())
			}
			memory.mu.Lock()
			memory.full = false
			memory.mu.Unlock()
			time.Sleep(2 * time.Minute)
			if got := s.readable(); len(got) != 6 {
				t.Errorf("received %q", got)
			}
		})
}

// A modem that says so again and again, as while many reports come in, is swept for what
// it has said since the last sweep, and its owner told once an hour.
func TestStorageFullAgainAndAgain(t *testing.T) {
	simulate(t, setup{sim: card, modem: []simulator.ModemOption{simulator.Family("huawei")}}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		sweeps := func() (n int) {
			for _, c := range s.sim.Commands() {
				if strings.Contains(c, "+CPMS") {
					n++
				}
			}
			return n
		}
		told := func() (n int) {
			for _, kind := range s.told() {
				if kind == modem.NoticeStorageFull {
					n++
				}
			}
			return n
		}
		before := sweeps()
		for range 50 {
			s.sim.Say(`^SMMEMFULL: "SM"`)
		}
		time.Sleep(10 * time.Second)
		if n := sweeps() - before; told() != 1 || n == 0 || n > 20 {
			t.Errorf("told %d times, and %d commands of sweeps", told(), n)
		}
		time.Sleep(2 * time.Hour)
		s.sim.Say(`^SMMEMFULL: "SM"`)
		time.Sleep(10 * time.Second)
		if told() != 2 {
			t.Errorf("two hours later: told %d times", told())
		}
	})
}

// A power cut between the keeping and the deleting brings the message twice, the
// same PDU: never not at all.
func TestUnplugBetweenKeepingAndDeleting(t *testing.T) {
	simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		s.sim.On("+CMGD", simulator.Stall(), simulator.UnplugAt(0))
		s.bring(t, "twice")
		time.Sleep(30 * time.Second)
		s.sim.Unplug()
		s.sim.Plug()
		time.Sleep(time.Minute)
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.received) < 1 || slices.ContainsFunc(s.received, func(p string) bool { return p != s.received[0] }) {
			t.Errorf("received %s", strings.Join(s.received, "\n"))
		}
	})
}

// A modem that restarts unnoticed while a message is being kept has another storage
// selected then: what is deleted in it would be lost.
func TestNothingElseIsDeletedAfterARestart(t *testing.T) {
	for _, c := range []struct {
		name    string
		arrives func(t *testing.T, s *rig)
	}{
		{"found in a sweep", func(t *testing.T, s *rig) { s.sim.Store("SM", delivery(t, "kept"), 0) }},
		{"reported by the modem", func(t *testing.T, s *rig) { s.bring(t, "kept") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			memory := &recorder{}
			simulate(t, setup{sim: card, memory: memory, modem: []simulator.ModemOption{simulator.Family("sim7600")}}, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				memory.mu.Lock()
				memory.keeping = func() {
					s.sim.On("+CMGS", simulator.Stall(), simulator.BeforePrompt())
					_, _ = s.submit(t, "without an answer")
					other := "ME"
					if s.sim.Stored("ME") == 1 {
						other = "SM"
					}
					s.sim.Store(other, delivery(t, "not read yet"), 0)
					s.sim.Elsewhere(fmt.Sprintf("+CPMS=%q", other))
				}
				memory.mu.Unlock()
				c.arrives(t, s)
				time.Sleep(30 * time.Minute)
				got := s.readable()
				slices.Sort(got)
				if got = slices.Compact(got); !slices.Equal(got, []string{"kept", "not read yet"}) {
					t.Errorf("received %q", got)
				}
				if n := s.sim.Stored("SM") + s.sim.Stored("ME"); n != 0 {
					t.Errorf("%d messages are left", n)
				}
			})
		})
	}
}
