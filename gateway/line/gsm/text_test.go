package gsm_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/modem/simulator"
)

// What a phone without PDU mode cannot send goes by another line, and fails with the reason
// where there is none.
func TestLongTextsAvoidPhonesInTextMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(2), gatewaytest.Simulated(func(i int) []simulator.ModemOption {
			if i == 0 {
				return []simulator.ModemOption{simulator.TextOnly()}
			}
			return nil
		}))
		time.Sleep(time.Minute)
		send := func(text string, after time.Duration) gateway.Message {
			t.Helper()
			m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: "+4915112345678", Text: text})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(after)
			if m, err = w.Gateway.Message(t.Context(), m.ID); err != nil {
				t.Fatal(err)
			}
			return m
		}
		long := strings.Repeat("a long text ", 20)
		for range 4 {
			if m := send(long, time.Minute); m.State != gateway.Delivered || m.Parts[0].Modem != "sim2" {
				t.Errorf("%s: %+v", m.State, m.Parts)
			}
		}
		w.SIMs[1].Unplug()
		time.Sleep(time.Minute)
		if m := send("Привет", time.Minute); m.State != gateway.Delivered || m.Parts[0].Modem != "sim1" {
			t.Errorf("%s: %+v", m.State, m.Parts)
		}
		if m := send(long, time.Hour); m.State != gateway.Failed || m.Cause.Text != "this phone has no PDU mode, and it takes texts of one part only: this text needs several" {
			t.Errorf("%s: %s", m.State, m.Cause)
		}
	})
}
