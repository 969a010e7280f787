package gateway_test

import (
	"slices"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/speech"
	"simgate/gateway/workflow"
)

// elsewhere is a start of an app that compares its codes itself, as /v1 makes it.
func elsewhere(code string) gateway.NewVerification {
	return gateway.NewVerification{App: "identity", To: anna, Purpose: "v1", Code: code, Template: "Your code: {code}", Locale: "en-gb",
		Elsewhere: true, Fresh: true, Patient: true, Lifetime: 10 * time.Minute}
}

// While there is to be a pause the same code is answered and not sent; another one is sent
// when the pause is over, and each is a verification with an outcome of its own.
func TestResendsOfCodesCheckedElsewhere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := limited(t)
		first, _, _ := ask(t, w, elsewhere("471902"))
		time.Sleep(10 * time.Second)
		again, reason, _ := ask(t, w, elsewhere("471902"))
		if reason != "" || again.Verification.ID != first.Verification.ID || again.Message != 0 {
			t.Errorf("the same code within the pause: %q, %+v", reason, again.Verification)
		}
		other, reason, _ := ask(t, w, elsewhere("471903"))
		if reason != "" || other.Verification.ID == first.Verification.ID {
			t.Fatalf("another code within the pause: %q, %+v", reason, other.Verification)
		}
		if got := onHandset(t, w, 2); !slices.Equal(got, []string{"Your code: 471902", "Your code: 471903"}) {
			t.Errorf("the handset shows %q", got)
		}
		if d := w.Network.Submissions()[1].At.Sub(first.Verification.Created); d < 28*time.Second || d > 35*time.Second {
			t.Errorf("the other code left after %v", d)
		}
		time.Sleep(time.Minute)
		later, reason, _ := ask(t, w, elsewhere("471903"))
		if reason != "" || later.Verification.ID == other.Verification.ID {
			t.Errorf("the same code after the pause: %q, %+v", reason, later.Verification)
		}
		for id, o := range map[string]struct {
			gateway.Outcome
			want gateway.VerificationState
		}{first.Verification.ID: {gateway.OutcomeFailed, gateway.Exhausted}, later.Verification.ID: {gateway.OutcomeVerified, gateway.Verified}} {
			if v, err := w.Gateway.ReportOutcome(t.Context(), "identity", id, o.Outcome); err != nil || v.State != o.want {
				t.Errorf("%s: %+v, %v", o.Outcome, v, err)
			}
		}
	})
}

// The steps of a workflow speak the app's own code. An outcome ends them, and hangs up.
func TestVoiceOfCodesCheckedElsewhere(t *testing.T) {
	for name, tc := range map[string]struct {
		after  time.Duration // until the outcome is told; 0 never
		states []string
	}{
		"nothing is heard of it":  {0, []string{"sms delivered", "voice completed"}},
		"verified before":         {30 * time.Second, []string{"sms delivered"}},
		"verified while it calls": {70 * time.Second, []string{"sms delivered", "voice hung_up"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", func(c *gateway.Config) { c.Guard = guard.Config{} })
				time.Sleep(time.Minute)
				n := elsewhere("4719")
				n.Workflow = workflow.Steps{{Channel: workflow.SMS, Wait: time.Minute}, {Channel: workflow.Voice}}
				s, reason, _ := ask(t, w, n)
				if reason != "" {
					t.Fatal(reason)
				}
				if tc.after > 0 {
					time.Sleep(tc.after)
					if v, err := w.Gateway.ReportOutcome(t.Context(), "identity", s.Verification.ID, gateway.OutcomeVerified); err != nil || v.State != gateway.Verified {
						t.Fatalf("%+v, %v", v, err)
					}
				}
				time.Sleep(5 * time.Minute)
				states, _ := timeline(t, w, s.Verification.ID)
				if !slices.Equal(states, tc.states) {
					t.Errorf("%v, want %v", states, tc.states)
				}
				calls := w.Network.Subscriber(anna).Calls()
				if len(calls) != len(tc.states)-1 {
					t.Fatalf("%d calls", len(calls))
				}
				if tc.after > 0 {
					return
				}
				want, err := engine.Render(t.Context(), speech.Request{Locale: "en-gb", Code: "4719"})
				if err != nil {
					t.Fatal(err)
				}
				if heardIn(calls[0].PCM, want) < 0 {
					t.Error("the code of the app was not heard")
				}
			})
		})
	}
}

// A number whose code came back, as the app has reported, is known from then on: what
// others use up does not refuse it.
func TestOutcomeMakesANumberKnown(t *testing.T) {
	for _, o := range []gateway.Outcome{gateway.OutcomeVerified, gateway.OutcomeFailed} {
		t.Run(string(o), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) {
					c.Guard = guard.Config{Limits: guard.Limits{PrefixDay: 1}}
				}))
				s, _, _ := ask(t, w, elsewhere("471902"))
				if _, err := w.Gateway.ReportOutcome(t.Context(), "identity", s.Verification.ID, o); err != nil {
					t.Fatal(err)
				}
				here := gateway.NewVerification{App: "identity", To: "+4915112349999", Purpose: "v1"}
				if _, reason, _ := ask(t, w, here); reason != "" {
					t.Fatalf("a stranger of the same block: %q", reason)
				}
				want := fault.Reason("")
				if o == gateway.OutcomeFailed {
					want = fault.LimitPrefix
				}
				here.To = anna
				if _, reason, _ := ask(t, w, here); reason != want {
					t.Errorf("a code that is checked here: %q, want %q", reason, want)
				}
			})
		})
	}
}
