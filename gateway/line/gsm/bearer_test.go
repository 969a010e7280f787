package gsm_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/line"
	"simgate/modem"
	"simgate/modem/simulator"
)

// The bearer that has carried a message of a SIM where it has data alone is remembered
// with the SIM: a message after a restart goes at its first try.
func TestBearersAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Simulated(func(int) []simulator.ModemOption { return []simulator.ModemOption{simulator.DataAlone(0)} }))
		time.Sleep(time.Minute)
		send := func(text string) gateway.Message {
			t.Helper()
			m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: "+4915112345678", Text: text})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(30 * time.Minute)
			if m, err = w.Gateway.Message(t.Context(), m.ID); err != nil || m.State != gateway.Delivered {
				t.Fatalf("%s: %+v, %v", text, m, err)
			}
			return m
		}
		send("found")
		w.Restart()
		time.Sleep(time.Minute)
		before := len(w.SIMs[0].Commands())
		send("known")
		tried := 0
		for _, c := range w.SIMs[0].Commands()[before:] {
			if len(c) > 8 && c[:8] == "AT+CMGS=" {
				tried++
			}
		}
		if tried != 1 || !slices.Contains(w.SIMs[0].Commands(), "AT+CGSMS=0") {
			t.Errorf("it was tried %d times", tried)
		}
	})
}

// A SIM that sends no SMS over data, as configured, counts as without a network there.
func TestSMSOverDataIsConfigured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Simulated(func(int) []simulator.ModemOption { return []simulator.ModemOption{simulator.DataAlone(3)} }),
			gatewaytest.Configure(func(c *gateway.Config) {
				c.Lines.SIMs = []line.Settings{{IMSI: gatewaytest.SIM(0).IMSI, SMSOverData: "no"}}
			}))
		time.Sleep(time.Minute)
		if st := w.Modems[0].Status(); st.State != modem.Searching {
			t.Errorf("%s: %s", st.State, st.Registration)
		}
	})
}
