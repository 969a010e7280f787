package gateway_test

import (
	"fmt"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/line"
)

// Sixty codes of one app in the lane do not keep that of another waiting until it has
// expired, though it was asked for last.
func TestAppsTakeTurnsWithCodes(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		for i := range 60 {
			ask(t, w, gateway.NewVerification{To: sparse(i)})
		}
		ask(t, w, gateway.NewVerification{App: "bank", To: anna, Lifetime: time.Minute})
		ask(t, w, gateway.NewVerification{App: "club", To: "+4915112345679", Lifetime: time.Minute})
		time.Sleep(30 * time.Second)
		for app, want := range map[string]gateway.State{"bank": gateway.Delivered, "club": gateway.Delivered} {
			list, err := w.Gateway.Verifications(t.Context(), gateway.VerificationFilter{App: app})
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			v, err := w.Gateway.Verification(t.Context(), list[0].ID)
			if err != nil || len(v.Attempts) != 1 || v.Attempts[0].State != want {
				t.Errorf("%s: %+v, %v", app, v.Attempts, err)
			}
		}
		time.Sleep(4 * time.Minute)
		if n := len(w.Network.Submissions()); n < 60 {
			t.Errorf("%d have left", n)
		}
	}, gatewaytest.Configure(func(c *gateway.Config) { c.Lines.Pace = line.Pace{Rate: 15} }))
}

// A purpose is shown on terminals, so it has no control characters.
func TestPurposeIsPrintable(t *testing.T) {
	w := strict(t)
	for _, purpose := range []string{"log\x1b[2Jin", "a\nb", "\u202e", fmt.Sprintf("%200d", 1)} {
		if _, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: purpose}); err == nil {
			t.Errorf("%q is taken", purpose)
		}
	}
}
