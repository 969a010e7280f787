package gateway_test

import (
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/modem/simulator"
)

// A call that the modem could not dial waits and is dialled again, a few times and
// while it has time; nobody is rung meanwhile.
func TestCallsThatCouldNotBeDialled(t *testing.T) {
	for _, tc := range []struct {
		name     string
		fault    func(w *gatewaytest.World)
		lifetime time.Duration
		first    gateway.CallState // after a moment
		last     gateway.CallState
		cause    string
		rung     int
	}{
		{"refused once", func(w *gatewaytest.World) { w.SIMs[0].On("D", simulator.PlainError()) }, time.Hour,
			gateway.CallQueued, gateway.CallCompleted, "", 1},
		{"refused each time", func(w *gatewaytest.World) { w.SIMs[0].OnEvery("D", simulator.PlainError()) }, time.Hour,
			gateway.CallQueued, gateway.CallFailed, "refuses to dial", 0},
		{"refused, and no time for another try", func(w *gatewaytest.World) { w.SIMs[0].OnEvery("D", simulator.PlainError()) }, 5 * time.Second,
			gateway.CallFailed, gateway.CallFailed, "refuses to dial", 0},
		{"no modem in time", func(w *gatewaytest.World) { w.SIMs[0].Unplug() }, time.Minute,
			gateway.CallQueued, gateway.CallExpired, "in time", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", nil)
				time.Sleep(time.Minute)
				tc.fault(w)
				c, err := w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "shop", To: anna, Locale: "en-gb",
					Text: "the pump has stopped", Lifetime: tc.lifetime})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(4 * time.Second)
				if got, err := w.Gateway.Call(t.Context(), c.ID); err != nil || got.State != tc.first || got.State == gateway.CallQueued && got.Line != 0 {
					t.Errorf("first it is %+v, %v", got, err)
				}
				time.Sleep(30 * time.Minute)
				got, err := w.Gateway.Call(t.Context(), c.ID)
				if err != nil || got.State != tc.last || !strings.Contains(got.Cause, tc.cause) || got.Ended.IsZero() {
					t.Errorf("then it is %+v, %v", got, err)
				}
				if n := len(w.Network.Subscriber(anna).Calls()); n != tc.rung {
					t.Errorf("it rang %d times, want %d", n, tc.rung)
				}
			})
		})
	}
}
