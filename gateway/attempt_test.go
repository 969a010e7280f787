package gateway_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/workflow"
	"simgate/modem/simulator"
)

// startWith starts a verification with this workflow.
func startWith(t *testing.T, w *gatewaytest.World, flow workflow.Steps) gateway.Started {
	t.Helper()
	s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: "login", Workflow: flow})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func attempts(t *testing.T, w *gatewaytest.World, s gateway.Started) []gateway.Attempt {
	t.Helper()
	v, err := w.Gateway.Verification(t.Context(), s.Verification.ID)
	if err != nil {
		t.Fatal(err)
	}
	return v.Attempts
}

func TestStepsAreTakenInTime(t *testing.T) {
	for _, tc := range []struct {
		name  string
		story func(t *testing.T, w *gatewaytest.World, s gateway.Started)
		sends int // in two minutes
	}{
		{"nobody answers", func(*testing.T, *gatewaytest.World, gateway.Started) {}, 2},
		{"the code comes back", func(t *testing.T, w *gatewaytest.World, s gateway.Started) {
			time.Sleep(50 * time.Second)
			check(t, w, anna, s.Code)
		}, 1},
		{"a wrong code comes back", func(t *testing.T, w *gatewaytest.World, s gateway.Started) { check(t, w, anna, wrong(s.Code)) }, 2},
		{"it is cancelled", func(t *testing.T, w *gatewaytest.World, s gateway.Started) {
			time.Sleep(10 * time.Second)
			if _, err := w.Gateway.CancelVerification(t.Context(), "shop", s.Verification.ID); err != nil {
				t.Error(err)
			}
		}, 1},
		{"a restart before the step", func(_ *testing.T, w *gatewaytest.World, _ gateway.Started) { time.Sleep(30 * time.Second); w.Restart() }, 2},
		{"a restart over the time of the step", func(_ *testing.T, w *gatewaytest.World, _ gateway.Started) {
			time.Sleep(30 * time.Second)
			w.Stop()
			time.Sleep(40 * time.Second)
			w.Restart()
		}, 2},
		{"a restart after the step", func(_ *testing.T, w *gatewaytest.World, _ gateway.Started) { time.Sleep(70 * time.Second); w.Restart() }, 2},
		{"a reboot", func(_ *testing.T, w *gatewaytest.World, _ gateway.Started) { time.Sleep(30 * time.Second); w.Reboot() }, 1},
		{"the clock leaps a year", func(_ *testing.T, w *gatewaytest.World, _ gateway.Started) {
			time.Sleep(10 * time.Second)
			w.Clock.Step(365 * 24 * time.Hour)
			time.Sleep(40 * time.Second)
			if n := len(w.Network.Submissions()); n != 1 {
				t.Errorf("%d messages before the time of the step", n)
			}
		}, 2},
		{"the clock goes back a year", func(_ *testing.T, w *gatewaytest.World, _ gateway.Started) { w.Clock.Step(-365 * 24 * time.Hour) }, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t)
				s := startWith(t, w, workflow.Numbered[4])
				tc.story(t, w, s)
				time.Sleep(2 * time.Minute)
				if n := len(w.Network.Submissions()); n != tc.sends {
					t.Errorf("%d messages left, want %d: %+v", n, tc.sends, attempts(t, w, s))
				}
			})
		})
	}
}

func TestTheSecondStepComesAfterAMinute(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		s := startWith(t, w, workflow.Numbered[4])
		time.Sleep(time.Minute - 100*time.Millisecond)
		if n := len(attempts(t, w, s)); n != 1 {
			t.Fatalf("%d attempts before a minute is over", n)
		}
		time.Sleep(200 * time.Millisecond)
		a := attempts(t, w, s)
		if len(a) != 2 || a[1].Step != 1 || a[1].Reason != "no answer in the time of the step before" {
			t.Errorf("the attempts are %+v", a)
		}
	})
}

// A message that cannot arrive is not waited for.
func TestAFailedStepIsNotWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		time.Sleep(5 * time.Second)
		w.SIMs[0].On("+CMGS", simulator.Refuse(1))
		s := startWith(t, w, workflow.Numbered[4])
		time.Sleep(20 * time.Second)
		a := attempts(t, w, s)
		if len(a) != 2 || a[0].Cause.Text == "" || a[1].Reason != "the step before failed" || a[1].State != gateway.Delivered {
			t.Errorf("after 20 seconds the attempts are %+v", a)
		}
	})
}

// A status report that a code was not delivered begins the next step, too.
func TestAReportBeginsTheNextStep(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.On(simulator.NewNetwork(simulator.ReportDelay(3*time.Second))))
		w.Network.Subscriber(anna).Reject()
		time.Sleep(5 * time.Second)
		s := startWith(t, w, workflow.Numbered[4])
		time.Sleep(20 * time.Second)
		a := attempts(t, w, s)
		if len(a) != 2 || a[0].State != gateway.Undelivered || a[0].Cause.Text == "" || a[1].Reason != "the step before failed" {
			t.Errorf("after 20 seconds the attempts are %+v", a)
		}
	})
}

func TestCallsFallBack(t *testing.T) {
	for _, tc := range []struct {
		number   int
		channels []workflow.Channel
		states   []bool // whether it went out
	}{
		{1, []workflow.Channel{"sms", "sms", "voice"}, []bool{true, true, false}},
		{2, []workflow.Channel{"sms", "sms", "voice"}, []bool{true, true, false}},
		{3, []workflow.Channel{"sms", "sms"}, []bool{true, true}},
		{5, []workflow.Channel{"sms", "sms"}, []bool{true, true}},
		{7, []workflow.Channel{"sms"}, []bool{true}},
	} {
		t.Run(workflow.Numbered[tc.number].String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t)
				s := startWith(t, w, workflow.Numbered[tc.number])
				time.Sleep(3 * time.Minute)
				a := attempts(t, w, s)
				if len(a) != len(tc.channels) {
					t.Fatalf("the attempts are %+v", a)
				}
				for i := range a {
					if a[i].Channel != tc.channels[i] || (a[i].State == gateway.Delivered) != tc.states[i] || !tc.states[i] && a[i].Cause.Text == "" {
						t.Errorf("attempt %d is %+v", i+1, a[i])
					}
				}
			})
		})
	}
	t.Run("not, where that is configured", func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) { c.VoiceFallback = gateway.FallbackReject }))
		_, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Workflow: workflow.Numbered[1]})
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.MessageOf(err), "no modem here can speak") {
			t.Errorf("error is %v", err)
		}
	})
}

// Nothing is ever sent to a test number, messages and calls included; its code may be
// asked for again at once.
func TestNothingIsSentToATestNumber(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) { c.TestNumbers = map[string]string{anna: "424242"} }))
		time.Sleep(time.Hour)
		if s := start(t, w, anna); !s.Verification.NextResend.Equal(w.Clock.Now()) {
			t.Errorf("the next resend is due at %v, want %v", s.Verification.NextResend, w.Clock.Now())
		}
		m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hi"})
		if err != nil || m.State != gateway.Delivered || m.Ended.IsZero() || !strings.Contains(m.Cause.Text, "a test number") {
			t.Errorf("%+v, %v", m, err)
		}
		time.Sleep(time.Minute)
		if n := len(w.Network.Submissions()); n != 0 {
			t.Errorf("%d messages left", n)
		}
		if again, err := w.Gateway.Message(t.Context(), m.ID); err != nil || again.State != gateway.Delivered {
			t.Errorf("%+v, %v", again, err)
		}
	})
}

func TestTestNumbers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.TestNumbers, c.Guard.Limits = map[string]string{anna: "424242"}, guard.Limits{}
		}))
		for range 20 {
			if s := start(t, w, anna); s.Code != "424242" || len(s.Verification.Attempts) == 0 {
				t.Fatalf("%+v", s)
			}
			if v := check(t, w, anna, "424242"); v != gateway.Right {
				t.Fatalf("its code is %s", v)
			}
		}
		time.Sleep(time.Minute)
		if n := len(w.Network.Submissions()); n != 0 {
			t.Errorf("%d messages left", n)
		}
	})
}

// The timeline tells which lines could not take a code, and why.
func TestTimelineTellsOfLines(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(2), gatewaytest.Simulated(func(i int) []simulator.ModemOption {
			if i == 0 {
				return []simulator.ModemOption{simulator.Registered(simulator.Searching)}
			}
			return nil
		}))
		time.Sleep(time.Minute)
		s := startWith(t, w, nil)
		time.Sleep(time.Minute)
		if a := attempts(t, w, s)[0]; a.State != gateway.Delivered || a.Passed != "sim1 finds no network" {
			t.Errorf("%+v", a)
		}
		if m, err := w.Gateway.Message(t.Context(), s.Message); err != nil || m.Parts[0].Passed != "sim1 finds no network" {
			t.Errorf("%+v, %v", m, err)
		}
	})
}

// A row that this version would not accept ends itself at the worst: the
// verifications of others go on.
func TestStoredWorkflowHoldsUpNobody(t *testing.T) {
	for _, tc := range []struct {
		name, stored string
		state        gateway.VerificationState
		attempts     int
	}{
		{"a wait below the bound of today", "sms:5s,sms", gateway.Pending, 2},
		{"more steps than today", "sms:20s,sms:20s,sms:20s,sms:20s,sms:20s,sms:20s,sms", gateway.Pending, 5},
		{"a channel that is not served", "sms:20s,mo", gateway.Pending, 2},
		{"a channel that nobody knows", "sms:20s,pigeon", gateway.VerificationExpired, 1},
		{"an invalid time", "sms:soon,sms", gateway.VerificationExpired, 1},
		{"nothing", "", gateway.Pending, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := gatewaytest.Start(t)
				s := startWith(t, w, workflow.Steps{{Channel: workflow.SMS, Wait: 20 * time.Second}, {Channel: workflow.SMS}})
				if n, err := w.Gateway.Store(t.Context(), `UPDATE verification SET workflow = ? WHERE uuid = ?`, tc.stored, s.Verification.ID); err != nil || n != 1 {
					t.Fatal(n, err)
				}
				other, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: "+4915112345679",
					Workflow: workflow.Steps{{Channel: workflow.SMS, Wait: 30 * time.Second}, {Channel: workflow.SMS}}})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(90 * time.Second)
				v, err := w.Gateway.Verification(t.Context(), s.Verification.ID)
				if err != nil {
					t.Fatal(err)
				}
				if v.State != tc.state || len(v.Attempts) != tc.attempts {
					t.Errorf("it is %s with the attempts %+v", v.State, v.Attempts)
				}
				if all := attempts(t, w, other); len(all) != 2 || all[1].State != gateway.Delivered && all[1].State != gateway.Sent {
					t.Errorf("the other has the attempts %+v", all)
				}
			})
		})
	}
}
