package gsm_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/line"
	"simgate/modem"
	"simgate/modem/simulator"
)

// A PIN that a SIM has refused is never given to it again, whatever is restarted; a
// right one is given each time that the SIM asks.
func TestPINsAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		card := gatewaytest.SIM(0)
		card.PIN = "1234"
		settings := []line.Settings{{ICCID: card.ICCID, PIN: "4321"}}
		w := gatewaytest.Start(t, gatewaytest.Cards(func(int) simulator.SIM { return card }),
			gatewaytest.Configure(func(c *gateway.Config) { c.Lines.SIMs = settings }))
		expect := func(when string, state modem.State, given int) {
			t.Helper()
			n := 0
			for _, c := range w.SIMs[0].Commands() {
				if strings.HasPrefix(c, "AT+CPIN=") {
					n++
				}
			}
			if st := w.Modems[0].Status(); st.State != state || n != given {
				t.Errorf("%s: the modem is %s (%s), and a PIN was given %d times; want %s and %d", when, st.State, st.Detail, n, state, given)
			}
		}
		time.Sleep(time.Minute)
		expect("wrong", modem.Locked, 1)
		for range 3 {
			w.SIMs[0].Unplug()
			time.Sleep(3 * time.Second)
			w.SIMs[0].Plug()
			time.Sleep(time.Hour)
			w.Restart()
			time.Sleep(time.Hour)
			w.Reboot()
			time.Sleep(time.Hour)
		}
		expect("wrong, after power cuts, restarts and reboots", modem.Locked, 1)

		w.Stop()
		settings[0].PIN = "1234"
		w.Restart()
		time.Sleep(time.Minute)
		expect("corrected", modem.Ready, 2)
		w.SIMs[0].Unplug()
		time.Sleep(3 * time.Second)
		w.SIMs[0].Plug()
		time.Sleep(time.Minute)
		expect("corrected, after a power cut", modem.Ready, 3)

		w.Stop()
		settings[0].PIN = "4321"
		w.SIMs[0].Unplug()
		w.SIMs[0].Plug()
		w.Restart()
		time.Sleep(time.Hour)
		expect("wrong again: the right one has made the SIM forget, and so is the memory", modem.Locked, 4)
	})
}
