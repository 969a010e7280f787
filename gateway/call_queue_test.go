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

// A call that waits for a line is not placed once its code has been checked, or its
// verification has ended otherwise.
func TestCallsOfAnEndedVerificationAreNotDialled(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func(t *testing.T, w *gatewaytest.World, s gateway.Started)
		want gateway.CallState
	}{
		{"the right code", func(t *testing.T, w *gatewaytest.World, s gateway.Started) {
			if v := check(t, w, anna, s.Code); v != gateway.Right {
				t.Errorf("the check says %s", v)
			}
		}, gateway.CallCancelled},
		{"cancelled", func(t *testing.T, w *gatewaytest.World, s gateway.Started) {
			if _, err := w.Gateway.CancelVerification(t.Context(), "shop", s.Verification.ID); err != nil {
				t.Error(err)
			}
		}, gateway.CallCancelled},
		{"expired", func(*testing.T, *gatewaytest.World, gateway.Started) { time.Sleep(time.Hour) }, gateway.CallExpired},
		{"another boot", func(_ *testing.T, w *gatewaytest.World, _ gateway.Started) { w.Reboot() }, gateway.CallExpired},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", nil)
				time.Sleep(time.Minute)
				w.SIMs[0].Unplug()
				s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: "login", Brand: "Shop",
					Workflow: gateway.Workflow{{Channel: gateway.ChannelVoice}}})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
				tc.end(t, w, s)
				w.SIMs[0].Plug()
				time.Sleep(10 * time.Minute)
				calls, err := w.Gateway.Calls(t.Context(), gateway.CallFilter{})
				if err != nil || len(calls) != 1 || calls[0].State != tc.want || calls[0].Ended.IsZero() {
					t.Errorf("the calls are %+v, %v", calls, err)
				}
				if n := len(w.Network.Subscriber(anna).Calls()); n != 0 {
					t.Errorf("it rang %d times", n)
				}
			})
		})
	}
}
