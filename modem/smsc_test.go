package modem_test

import (
	"testing"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
)

// The address of an SMSC that got lost is put back from the last time.
func TestSMSCIsRemembered(t *testing.T) {
	memory := &recorder{}
	simulate(t, setup{sim: card, memory: memory}, func(t *testing.T, s *rig) {
		time.Sleep(10 * time.Second)
		if got, _ := memory.SMSC(t.Context(), card.ICCID); got != card.SMSC {
			t.Errorf("remembered: %q", got)
		}
	})
	lost := []simulator.ModemOption{simulator.Reply("+CSCA?", `+CSCA: "",129`)}
	simulate(t, setup{sim: card, modem: lost, memory: memory}, func(t *testing.T, s *rig) {
		time.Sleep(10 * time.Second)
		s.expect(t, modem.Ready)
		if st := s.Status(); st.SMSC != card.SMSC {
			t.Errorf("the SMSC is %q", st.SMSC)
		}
	})
	simulate(t, setup{sim: simulator.SIM{ICCID: "8949020000000000025", IMSI: "262010000000002"}, modem: lost, memory: memory}, func(t *testing.T, s *rig) {
		time.Sleep(10 * time.Second)
		if s.State() == modem.Ready {
			t.Error("another SIM got it")
		}
	})
}
