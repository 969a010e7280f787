package gateway_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/modem/simulator"
)

const anna = "+4915112345678"

func start(t *testing.T, w *gatewaytest.World, to string) gateway.Started {
	t.Helper()
	s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: to, Purpose: "login", Brand: "Shop"})
	if err != nil {
		t.Fatalf("starting a verification: %v", err)
	}
	return s
}

func check(t *testing.T, w *gatewaytest.World, to, code string) gateway.Verdict {
	t.Helper()
	_, verdict, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", To: to, Purpose: "login", Code: code})
	if err != nil {
		t.Fatalf("checking: %v", err)
	}
	return verdict
}

// wrong returns a code that is not this one.
func wrong(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return "9" + code[1:]
}

// bubble runs a story in simulated time.
func bubble(t *testing.T, story func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, story)
}

func TestACodeGoesOutAndComesBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		started := start(t, w, anna)
		sms, err := w.Network.Subscriber(anna).Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want := started.Code + " is your Shop code. Do not share it."; sms.Text != want {
			t.Errorf("the handset shows %q, want %q", sms.Text, want)
		}
		if got := check(t, w, anna, wrong(started.Code)); got != gateway.Wrong {
			t.Errorf("a wrong code is %s", got)
		}
		if got := check(t, w, "0151 12345678", started.Code); got != gateway.Right {
			t.Errorf("the right code is %s", got)
		}
		if got := check(t, w, anna, started.Code); got != gateway.Used {
			t.Errorf("the right code, used again, is %s", got)
		}
		v, err := w.Gateway.Verification(t.Context(), started.Verification.ID)
		if err != nil || v.State != gateway.Verified || v.Tries != 2 || len(v.Attempts) != 1 {
			t.Errorf("the verification is %+v, %v", v, err)
		}
	})
}

func TestVerificationEnds(t *testing.T) {
	for _, tc := range []struct {
		name  string
		story func(t *testing.T, w *gatewaytest.World, code string) gateway.Verdict
		want  gateway.Verdict
		state gateway.VerificationState
	}{
		{"after five wrong codes", func(t *testing.T, w *gatewaytest.World, code string) gateway.Verdict {
			for range 5 {
				check(t, w, anna, wrong(code))
			}
			return check(t, w, anna, code)
		}, gateway.Spent, gateway.Exhausted},
		{"just before its time is over", func(t *testing.T, w *gatewaytest.World, code string) gateway.Verdict {
			time.Sleep(5*time.Minute - 50*time.Millisecond)
			return check(t, w, anna, code)
		}, gateway.Right, gateway.Verified},
		{"when its time is over", func(t *testing.T, w *gatewaytest.World, code string) gateway.Verdict {
			time.Sleep(5 * time.Minute)
			return check(t, w, anna, code)
		}, gateway.Lapsed, gateway.VerificationExpired},
		{"not by a clock that leaps a year", func(t *testing.T, w *gatewaytest.World, code string) gateway.Verdict {
			w.Clock.Step(365 * 24 * time.Hour)
			return check(t, w, anna, code)
		}, gateway.Right, gateway.Verified},
		{"in time by a clock that goes back a year", func(t *testing.T, w *gatewaytest.World, code string) gateway.Verdict {
			w.Clock.Step(-365 * 24 * time.Hour)
			time.Sleep(5 * time.Minute)
			return check(t, w, anna, code)
		}, gateway.Lapsed, gateway.VerificationExpired},
		{"not by a restart", func(t *testing.T, w *gatewaytest.World, code string) gateway.Verdict {
			w.Restart()
			return check(t, w, anna, code)
		}, gateway.Right, gateway.Verified},
		{"by a reboot", func(t *testing.T, w *gatewaytest.World, code string) gateway.Verdict {
			w.Reboot()
			time.Sleep(time.Second)
			return check(t, w, anna, code)
		}, gateway.Lapsed, gateway.VerificationExpired},
		{"by the loss of the key", func(t *testing.T, w *gatewaytest.World, code string) gateway.Verdict {
			w.Stop()
			if err := os.Remove(filepath.Join(w.Folder, "run", "code.key")); err != nil {
				t.Fatal(err)
			}
			w.Restart()
			time.Sleep(time.Second)
			return check(t, w, anna, code)
		}, gateway.Lapsed, gateway.VerificationExpired},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t)
				started := start(t, w, anna)
				if got := tc.story(t, w, started.Code); got != tc.want {
					t.Errorf("the right code is %s, want %s", got, tc.want)
				}
				time.Sleep(time.Second) // what has expired is ended in its own time
				v, err := w.Gateway.Verification(t.Context(), started.Verification.ID)
				if err != nil || v.State != tc.state {
					t.Errorf("the verification is %s, %v; want %s", v.State, err, tc.state)
				}
			})
		})
	}
}

func TestResend(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		first := start(t, w, anna)
		check(t, w, anna, wrong(first.Code))
		time.Sleep(4 * time.Minute)
		second := start(t, w, anna)
		if second.Code != first.Code || !second.Resent || second.Verification.ID != first.Verification.ID {
			t.Errorf("a resend made another code or another verification")
		}
		time.Sleep(4 * time.Minute) // past the life of the first
		for range 3 {
			check(t, w, anna, wrong(first.Code))
		}
		if got := check(t, w, anna, wrong(first.Code)); got != gateway.Spent {
			t.Errorf("the fifth wrong code, counted over both sends, is %s", got)
		}
		if n := len(w.Network.Subscriber(anna).Messages()); n != 2 {
			t.Errorf("%d messages arrived, want 2", n)
		}
	})
}

func TestResendWhileNothingCouldLeaveSendsOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		time.Sleep(5 * time.Second)
		w.SIMs[0].Unplug()
		start(t, w, anna)
		start(t, w, anna)
		start(t, w, anna)
		w.SIMs[0].Plug()
		time.Sleep(time.Minute)
		if n := len(w.Network.Subscriber(anna).Messages()); n != 1 {
			t.Errorf("%d messages arrived, want 1", n)
		}
	})
}

func TestVerificationsAreApart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		ctx := t.Context()
		begin := func(app, purpose string) string {
			s, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: app, To: anna, Purpose: purpose})
			if err != nil {
				t.Fatal(err)
			}
			return s.Code
		}
		code := begin("shop", "login")
		if _, v, _ := w.Gateway.CheckVerification(ctx, gateway.Check{App: "shop", To: anna, Purpose: "payment", Code: code}); v != gateway.Nothing {
			t.Errorf("for another purpose: %s", v)
		}
		if _, v, _ := w.Gateway.CheckVerification(ctx, gateway.Check{App: "bank", To: anna, Purpose: "login", Code: code}); v != gateway.Nothing {
			t.Errorf("of another app: %s", v)
		}
		if _, v, _ := w.Gateway.CheckVerification(ctx, gateway.Check{App: "shop", To: anna, Purpose: "login", Code: code}); v != gateway.Right {
			t.Errorf("its own: %s", v)
		}
	})
}

// Of 64 checks at once five are compared, and one right one is accepted.
func TestConcurrentChecks(t *testing.T) {
	w := gatewaytest.Start(t)
	for _, tc := range []struct {
		name  string
		right int
	}{{"all wrong", 0}, {"all right", 64}} {
		t.Run(tc.name, func(t *testing.T) {
			started := start(t, w, anna)
			counts := map[gateway.Verdict]*atomic.Int32{}
			for _, v := range []gateway.Verdict{gateway.Right, gateway.Wrong, gateway.Spent, gateway.Used, gateway.Nothing, gateway.Lapsed} {
				counts[v] = new(atomic.Int32)
			}
			var wg sync.WaitGroup
			for i := range 64 {
				code := wrong(started.Code)
				if i < tc.right {
					code = started.Code
				}
				wg.Go(func() { counts[check(t, w, anna, code)].Add(1) })
			}
			wg.Wait()
			v, err := w.Gateway.Verification(context.Background(), started.Verification.ID)
			if err != nil {
				t.Fatal(err)
			}
			if tc.right == 0 && (v.Tries != 5 || counts[gateway.Wrong].Load() != 4 || v.State != gateway.Exhausted) {
				t.Errorf("%d codes were compared, state %s", v.Tries, v.State)
			}
			if tc.right > 0 && (counts[gateway.Right].Load() != 1 || v.Tries != 1) {
				t.Errorf("%d were accepted, %d compared", counts[gateway.Right].Load(), v.Tries)
			}
		})
	}
}

// No file of the state holds the digits of a code, ever.
func TestCodesAreNotOnTheDisk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		started := start(t, w, anna)
		if _, err := w.Network.Subscriber(anna).Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		search := func(when string) {
			err := filepath.WalkDir(w.Folder, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				content, err := os.ReadFile(path)
				if strings.Contains(string(content), started.Code) {
					t.Errorf("%s: %s contains the code", when, d.Name())
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		search("while pending")
		check(t, w, anna, started.Code)
		search("after the end")
		w.Restart()
		search("after a restart")
		m, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{})
		if err != nil || len(m) != 1 || strings.Contains(m[0].Text, started.Code) || !strings.Contains(m[0].Text, "••••••") {
			t.Errorf("the list of messages shows %+v, %v", m, err)
		}
	})
}

func TestACodeLeavesNotAfterItsTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		time.Sleep(5 * time.Second)
		w.SIMs[0].Unplug()
		start(t, w, anna)
		time.Sleep(6 * time.Minute)
		w.Clock.Step(-365 * 24 * time.Hour)
		w.SIMs[0].Plug()
		time.Sleep(time.Hour)
		if n := len(w.Network.Submissions()); n != 0 {
			t.Errorf("%d submissions of a code that was over", n)
		}
		m, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{})
		if err != nil || len(m) != 1 || m[0].State != gateway.ExpiredOut {
			t.Errorf("messages: %+v, %v", m, err)
		}
	})
}

// The network itself is told to drop a code that comes too late.
func TestCodesCarryTheirValidity(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		start(t, w, anna)
		sms, err := w.Network.Subscriber(anna).Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if sms.Validity != 5*time.Minute {
			t.Errorf("the validity is %v, want 5 minutes", sms.Validity)
		}
	})
}

// A code whose fate is unknown goes out once more, and not twice.
func TestUnknownCodeIsRepeatedOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.On(simulator.NewNetwork(simulator.ReportDelay(-1))),
			gatewaytest.Configure(func(c *gateway.Config) { c.CodeLifetime = time.Hour }))
		w.SIMs[0].OnEvery("+CMGS", simulator.LoseAnswer())
		started := start(t, w, anna)
		time.Sleep(30 * time.Minute)
		v, err := w.Gateway.Verification(t.Context(), started.Verification.ID)
		if err != nil || len(v.Attempts) != 2 {
			t.Fatalf("the attempts are %+v, %v; want 2", v.Attempts, err)
		}
		for _, a := range v.Attempts {
			if a.State != gateway.Unknown && a.State != gateway.Delivered {
				t.Errorf("attempt %d is %s", a.N, a.State)
			}
		}
		if n := len(w.Network.Submissions()); n != 2 {
			t.Errorf("%d submissions, want 2", n)
		}
	})
}

func TestStartVerificationRefuses(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	for _, tc := range []struct {
		name string
		n    gateway.NewVerification
	}{
		{"no number", gateway.NewVerification{}},
		{"short code", gateway.NewVerification{To: "22000"}},
		{"brand with line break", gateway.NewVerification{To: anna, Brand: "a\nb"}},
		{"brand with the mark of codes", gateway.NewVerification{To: anna, Brand: "a\x1ab"}},
		{"brand too long", gateway.NewVerification{To: anna, Brand: strings.Repeat("x", 61)}},
		{"unknown line", gateway.NewVerification{To: anna, Line: 77}},
		{"custom id with control character", gateway.NewVerification{To: anna, CustomID: "a\x00"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := w.Gateway.StartVerification(t.Context(), tc.n); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("error is %v", err)
			}
		})
	}
	if m, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{}); err != nil || len(m) != 0 {
		t.Errorf("something was queued: %v, %v", m, err)
	}
}
