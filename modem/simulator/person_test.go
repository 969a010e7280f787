package simulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem/simulator"
)

// Whoever holds a handset that answers nothing by itself answers, presses keys and hangs
// up when they like, and hears what is said while it is said.
func TestAPersonHoldsTheHandset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, m, s := calling(t, "sim7600", simulator.Answering{Never: true})
		if s.PickUp() == nil || s.HangUp() == nil || s.Press("1") == nil || s.Ringing() {
			t.Error("there is a call before there is one")
		}
		h.command("+DDET=1")
		h.command("D" + anna + ";")
		if s.Ringing() || s.PickUp() == nil {
			t.Error("it is answered before it rings")
		}
		time.Sleep(10 * time.Second)
		if !s.Ringing() || s.Press("1") == nil {
			t.Error("it does not ring, or takes keys before it is answered")
		}
		if err := s.PickUp(); err != nil || s.Ringing() || s.PickUp() != nil {
			t.Errorf("answering: %v", err)
		}
		h.expect("VOICE CALL: BEGIN")
		port, err := m.OpenVoice()
		if err != nil {
			t.Fatal(err)
		}
		defer port.Close()
		h.command("+CPCMREG=1")
		if _, err := port.Write(make([]byte, 640)); err != nil {
			t.Fatal(err)
		}
		begun := s.Log()[0].Begun
		if pcm, over := s.Sound(begun, 100); len(pcm) != 220 || over {
			t.Errorf("it hears %d samples, over: %v", len(pcm), over)
		}
		if err := s.Press("1"); err != nil || s.Press("x") == nil {
			t.Errorf("a key: %v", err)
		}
		h.expect("+DTMF: 1")
		time.Sleep(2 * time.Minute) // the network does not give up what was answered
		if err := s.HangUp(); err != nil {
			t.Error(err)
		}
		h.expect("VOICE CALL: END: 000041", "NO CARRIER")
		if _, over := s.Sound(begun, 320); !over || s.Log()[0].Cause != "normal call clearing" {
			t.Errorf("%+v", s.Log())
		}
		h.command("D" + anna + ";")
		time.Sleep(5 * time.Second)
		if err := s.HangUp(); err != nil || s.Log()[1].Cause != "call rejected" {
			t.Errorf("refusing: %v, %+v", err, s.Log())
		}
		m.Hang(simulator.CurePower)
		if !m.Hanging() {
			t.Error("it does not hang")
		}
	})
}
