package gateway_test

import (
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/code"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/modem/simulator"
)

// patient is a start as dialects make it whose service documents no pause.
func patient(text string) gateway.NewVerification {
	return gateway.NewVerification{To: anna, Template: text, Patient: true, Lifetime: 10 * time.Minute}
}

// limited is a world with one modem and the limits of a default configuration.
func limited(t *testing.T) *gatewaytest.World {
	t.Helper()
	w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) { c.Guard = guard.Config{} }))
	time.Sleep(time.Minute) // until its SIM is known
	return w
}

// onHandset returns what has reached anna since it was asked last, in the order of its
// arrival.
func onHandset(t *testing.T, w *gatewaytest.World, n int) []string {
	t.Helper()
	var out []string
	for range n {
		sms, err := w.Network.Subscriber(anna).Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, sms.Text)
	}
	return out
}

func TestRepeatWithinThePauseIsAnsweredAndNotSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := limited(t)
		first, _, _ := ask(t, w, patient("{code}"))
		for _, pause := range []time.Duration{time.Second, 10 * time.Second, 16 * time.Second} {
			time.Sleep(pause)
			again, reason, _ := ask(t, w, patient("{code}"))
			if reason != "" || again.Code != first.Code || again.Verification.ID != first.Verification.ID || !again.Resent || again.Message != 0 {
				t.Errorf("after %v: %q, %+v", pause, reason, again)
			}
			if !again.Verification.Expires.Equal(first.Verification.Expires) {
				t.Errorf("it expires at %v, want %v", again.Verification.Expires, first.Verification.Expires)
			}
		}
		if n := len(w.Network.Submissions()); n != 1 {
			t.Errorf("%d messages left", n)
		}
		if v := check(t, w, anna, first.Code); v != gateway.Right {
			t.Errorf("its code is %s", v)
		}
	})
}

// An app that counts down a minute sends each time, on the millisecond or a little
// before or after it.
func TestPausesOfAPatientStartDoNotGrow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := limited(t)
		begin := time.Now()
		for i, at := range []float64{0, 62.8, 122.7, 182.8, 211} {
			time.Sleep(time.Until(begin.Add(time.Duration(at * float64(time.Second)))))
			if s, reason, _ := ask(t, w, patient("{code}")); reason != "" || s.Message == 0 {
				t.Errorf("send %d, after %v s: %q, message %d", i+1, at, reason, s.Message)
			}
		}
		time.Sleep(time.Minute)
		if n := len(w.Network.Submissions()); n != 5 {
			t.Errorf("%d messages left", n)
		}
	})
}

// What differs is sent with the pending code when the pause is over, the last text
// alone.
func TestAnotherTextIsSentAfterThePause(t *testing.T) {
	for name, change := range map[string]func(*gateway.NewVerification){
		"text":     func(n *gateway.NewVerification) { n.Template = "another {code}" },
		"brand":    func(n *gateway.NewVerification) { n.Template, n.Brand = "", "Shop" },
		"lifetime": func(n *gateway.NewVerification) { n.Lifetime = 5 * time.Minute },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := limited(t)
				first, _, _ := ask(t, w, patient("{code}"))
				time.Sleep(5 * time.Second)
				for _, text := range []string{"never sent {code}", "neither {code}", "{code}"} {
					n := patient(text)
					change(&n)
					time.Sleep(5 * time.Second)
					if s, reason, _ := ask(t, w, n); reason != "" || s.Code != first.Code || s.Verification.ID != first.Verification.ID {
						t.Errorf("%q, %+v", reason, s)
					}
				}
				time.Sleep(9 * time.Second)
				if n := len(w.Network.Submissions()); n != 1 {
					t.Errorf("%d messages left after 29 s", n)
				}
				time.Sleep(2 * time.Second)
				if got := onHandset(t, w, 2); !strings.Contains(got[1], first.Code) || strings.Contains(got[1], "never") || strings.Contains(got[1], "neither") {
					t.Errorf("what came: %q", got)
				}
				time.Sleep(time.Minute)
				if n := len(w.Network.Submissions()); n != 2 {
					t.Errorf("%d messages left", n)
				}
				if v := check(t, w, anna, first.Code); v != gateway.Right {
					t.Errorf("its code is %s", v)
				}
			})
		})
	}
}

// Where the message has failed the repetition is sent.
func TestRepeatAfterAFailureIsSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := limited(t)
		w.SIMs[0].On("+CMGS", simulator.Refuse(1)) // unassigned number
		first, _, _ := ask(t, w, patient("{code}"))
		time.Sleep(5 * time.Second)
		if m, err := w.Gateway.Message(t.Context(), first.Message); err != nil || m.State != gateway.Failed {
			t.Fatalf("%+v, %v", m, err)
		}
		again, reason, _ := ask(t, w, patient("{code}"))
		if reason != "" || again.Message == 0 || again.Code != first.Code {
			t.Errorf("%q, %+v", reason, again)
		}
	})
}

// Each of several verifications knows its own code, and ends alone.
func TestAFreshStartVoidsNoOther(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := limited(t)
		fresh := func(length int) gateway.Started {
			n := patient("{code}")
			n.Fresh, n.Length, n.Alphabet = true, length, code.Numbers
			s, reason, _ := ask(t, w, n)
			if reason != "" {
				t.Fatalf("refused: %s", reason)
			}
			return s
		}
		first := fresh(5)
		time.Sleep(time.Second)
		if again := fresh(5); again.Verification.ID != first.Verification.ID || again.Code != first.Code {
			t.Errorf("the same within the pause: %+v", again)
		}
		second := fresh(6) // it differs, and waits
		time.Sleep(90 * time.Second)
		third := fresh(6)
		if second.Verification.ID == third.Verification.ID || first.Verification.ID == second.Verification.ID {
			t.Error("two starts are one verification")
		}
		time.Sleep(time.Minute)
		if got := onHandset(t, w, 3); got[0] != first.Code || got[1] != second.Code || got[2] != third.Code {
			t.Errorf("what came: %q", got)
		}
		for _, s := range []gateway.Started{third, first, second} {
			_, verdict, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", ID: s.Verification.ID, Code: s.Code})
			if err != nil || verdict != gateway.Right {
				t.Errorf("its own code is %s, %v", verdict, err)
			}
		}
	})
}

// Limits that are no pause hold for patient starts as for others: the sixth is answered
// with the code that has arrived, and nothing is sent.
func TestPatientStartsHaveLimits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := limited(t)
		for i := range 6 {
			s, reason, _ := ask(t, w, patient("{code}"))
			if reason != "" || (s.Message == 0) != (i == 5) {
				t.Errorf("send %d: %q, message %d", i+1, reason, s.Message)
			}
			time.Sleep(time.Minute)
		}
	})
}
