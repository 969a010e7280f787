package modem_test

import (
	"strings"
	"testing"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
)

// Where there is data alone (LTE-M, NB-IoT, a tariff for data) messages are tried over each
// bearer that the modem offers. Refusals cost a message no try until it is known that one
// carries them, and what does is remembered for the SIM.
func TestBearersAreTried(t *testing.T) {
	over := func(modes ...int) []simulator.ModemOption {
		return []simulator.ModemOption{simulator.DataAlone(modes...)}
	}
	for _, tc := range []struct {
		name     string
		modem    []simulator.ModemOption
		overData modem.OverData
		refused  int // messages before one is carried, or the modem is not ready any more
		carried  bool
		mode     int // that is remembered; -1: none
		class    modem.Class
		says     string
	}{
		{"the first", over(3), modem.OverDataTry, 0, true, 3, modem.None, "registered for data"},
		{"packet preferred", over(2), modem.OverDataTry, 3, true, 2, modem.Device, "registered for data"},
		{"packet alone", over(0), modem.OverDataTry, 6, true, 0, modem.Device, "registered for data"},
		{"packet alone, of two that are announced", append(over(0), reply("+CGSMS=?", "+CGSMS: (0,3)")), modem.OverDataTry, 3, true, 0, modem.Device, "registered for data"},
		{"none", over(), modem.OverDataTry, 9, false, -1, modem.Device, "data only"},
		{"none, and as configured it is none", over(3), modem.OverDataNo, 0, false, -1, modem.None, "sms_over_data"},
		{"none, but as configured there is one", over(), modem.OverDataYes, 12, true, -1, modem.Retry, "registered for data"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			memory := &recorder{overData: tc.overData}
			simulate(t, setup{sim: card, modem: tc.modem, memory: memory}, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				for i := range tc.refused {
					if _, err := s.submit(t, "refused"); modem.ClassOf(err) != tc.class {
						t.Errorf("message %d: %v", i+1, err)
					}
					time.Sleep(2 * time.Minute) // and the pauses after what it did not take
				}
				if _, err := s.submit(t, "hello"); (err == nil) != (tc.carried && tc.overData == "") {
					t.Error(err)
				}
				time.Sleep(2 * time.Minute)
				if st := s.Status(); (st.State == modem.Ready) != tc.carried || !strings.Contains(st.Registration, tc.says) {
					t.Errorf("%s: %s; %s", st.State, st.Detail, st.Registration)
				}
				if b, _ := memory.Bearer(t.Context(), modem.SIM{ICCID: card.ICCID}); b.Mode != tc.mode {
					t.Errorf("mode %d is remembered, want %d", b.Mode, tc.mode)
				}
				time.Sleep(time.Hour)
				if st := s.Status(); (st.State == modem.Ready) == (tc.overData == modem.OverDataNo) {
					t.Errorf("an hour later it is %s: %s", st.State, st.Detail)
				}
			})
			if tc.mode < 0 {
				return
			}
			simulate(t, setup{sim: card, modem: tc.modem, memory: memory}, func(t *testing.T, s *rig) {
				time.Sleep(time.Minute)
				if _, err := s.submit(t, "at once"); err != nil {
					t.Errorf("in the next session: %v", err)
				}
			})
		})
	}
}
