package modem_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"simgate/modem"
	"simgate/modem/pdu"
	"simgate/modem/simulator"
)

// A phone without PDU mode sends what fits into one message, in any script where it has
// UCS-2, is told what became of it, and what comes in is read, kept and deleted.
func TestTextModeOnly(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options []simulator.ModemOption
		writes  []string // that it can write
		refuses []string // that it cannot
	}{
		{"in UCS-2", nil, []string{"hello [you] @home", "Привет, мир", "two\nlines €5", "😀"}, []string{strings.Repeat("a long text ", 20)}},
		{"in IRA alone", []simulator.ModemOption{simulator.CharacterSets("IRA")}, []string{"hello, 123456 is your code"}, []string{"a@b", "Привет"}},
		{"that shows what comes in", []simulator.ModemOption{simulator.Reply("+CNMI=?", "+CNMI: (0-2),(0,2),(0),(0,1),(0)")}, []string{"hello"}, nil},
		{"that stores reports", []simulator.ModemOption{simulator.Reply("+CNMI=?", "+CNMI: (0-2),(0,1),(0),(0,2),(0)")}, []string{"hello"}, nil},
		{"a phone of Nokia", []simulator.ModemOption{simulator.Identity("Nokia", "Nokia 6310i", "V 5.52")}, []string{"Grüße"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			simulate(t, setup{sim: card, modem: append([]simulator.ModemOption{simulator.TextOnly()}, tc.options...)}, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				if st := s.Status(); st.State != modem.Ready || !strings.Contains(st.Detail, "it has no PDU mode, and sends texts of one part only") {
					t.Fatalf("%s: %s", st.State, st.Detail)
				}
				phone := s.net.Subscriber(anna)
				for i, text := range tc.writes {
					if _, err := s.Send(t.Context(), part(t, anna, text)); err != nil {
						t.Errorf("%q: %v", text, err)
					}
					time.Sleep(time.Minute)
					if got := phone.Messages(); len(got) != i+1 || got[i].Text != text {
						t.Errorf("%q has arrived as %+v", text, got)
					}
				}
				if r := s.heard(); len(r) != len(tc.writes) || !r[0].Status.Delivered() || r[0].Recipient.Number != anna {
					t.Errorf("it was told %+v", r)
				}
				for _, text := range tc.refuses {
					if _, err := s.Send(t.Context(), part(t, anna, text)); modem.ClassOf(err) != modem.OtherSIM {
						t.Errorf("%q: %v", text, err)
					}
				}
				came := []string{"an answer", "12345678"}
				if tc.options == nil {
					came = append(came, "Привет\nаноним", "@ and €")
				}
				for _, text := range came {
					if err := phone.Send(card.MSISDN, text); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Minute)
				}
				if got := s.texts(t); !slices.Equal(got, came) {
					t.Errorf("%q came in", got)
				}
				if n := s.sim.Stored("SM") + s.sim.Stored("ME"); n != 0 {
					t.Errorf("%d messages are left in the phone", n)
				}
				// It restarts without a word, and forgets all that was set.
				s.sim.PowerOff()
				s.sim.PowerOn()
				time.Sleep(2 * time.Minute)
				if _, err := s.Send(t.Context(), part(t, anna, tc.writes[0])); err != nil {
					t.Errorf("after a restart: %v", err)
				}
			})
		})
	}
}

// Drafts and what was sent stay in a phone.
func TestTextModeLeavesWhatIsTheOwners(t *testing.T) {
	simulate(t, setup{sim: card, modem: []simulator.ModemOption{simulator.TextOnly()}}, func(t *testing.T, s *rig) {
		time.Sleep(time.Minute)
		parts, err := pdu.Encode(pdu.Submit{To: anna, Text: "a draft"})
		if err != nil {
			t.Fatal(err)
		}
		s.sim.Store("SM", parts[0].TPDU, 2)
		s.sim.Store("SM", delivery(t, "hello"), 0)
		time.Sleep(20 * time.Minute)
		if got := s.texts(t); !slices.Equal(got, []string{"hello"}) || s.sim.Stored("SM") != 1 {
			t.Errorf("%q came in, and %d are left", got, s.sim.Stored("SM"))
		}
	})
}

// A modem that has PDU mode, and refuses it for a moment, is not put into text mode.
func TestTextModeIsForThoseThatHaveNoOther(t *testing.T) {
	simulate(t, setup{sim: card}, func(t *testing.T, s *rig) {
		s.sim.On("+CMGF", simulator.RefuseCME(14))
		time.Sleep(3 * time.Minute)
		if st := s.Status(); st.State != modem.Ready || slices.Contains(s.sim.Commands(), "AT+CMGF=1") {
			t.Errorf("%s: %s", st.State, st.Detail)
		}
	})
}
