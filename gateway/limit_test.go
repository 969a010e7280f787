package gateway_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/journal"
)

// strict is a world with the limits that are in force where nothing is
// configured, changed by some.
func strict(t testing.TB, changes ...func(*gateway.Config)) *gatewaytest.World {
	t.Helper()
	return gatewaytest.Start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) {
		c.Guard = guard.Config{}
		for _, change := range changes {
			change(c)
		}
	}))
}

// ask starts a verification and returns why it was refused, and for how long.
func ask(t testing.TB, w *gatewaytest.World, n gateway.NewVerification) (gateway.Started, fault.Reason, time.Duration) {
	t.Helper()
	if n.App == "" {
		n.App, n.Purpose = "shop", "login"
	}
	s, err := w.Gateway.StartVerification(t.Context(), n)
	if err == nil {
		return s, "", 0
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Reason == "" {
		t.Fatalf("starting: %v", err)
	}
	return s, e.Reason, e.RetryAfter
}

// The same code goes out again after 30, 60, 120 and 240 seconds, and not a
// sixth time.
func TestResends(t *testing.T) {
	for _, fresh := range []bool{false, true} {
		t.Run(fmt.Sprintf("fresh=%v", fresh), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := strict(t, func(c *gateway.Config) { c.CodeLifetime = 20 * time.Minute })
				n := gateway.NewVerification{To: anna, Fresh: fresh}
				first, _, _ := ask(t, w, n)
				check(t, w, anna, wrong(first.Code))
				for i, pause := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute} {
					time.Sleep(pause - time.Second)
					if _, reason, wait := ask(t, w, n); reason != fault.TooSoon || wait != time.Second {
						t.Fatalf("resend %d, a second too early: %q, wait %v", i+1, reason, wait)
					}
					time.Sleep(time.Second)
					again, reason, _ := ask(t, w, n)
					if reason != "" {
						t.Fatalf("resend %d in time: %s", i+1, reason)
					}
					if same := again.Code == first.Code && again.Verification.ID == first.Verification.ID; same == fresh || again.Resent == fresh {
						t.Errorf("resend %d has the same code: %v, resent: %v", i+1, same, again.Resent)
					}
					if !fresh && again.Verification.Tries != 1 {
						t.Errorf("the try is forgotten: %+v", again.Verification)
					}
					last := i == 3
					if again.Verification.NextResend.IsZero() != last {
						t.Errorf("resend %d: the next is at %v", i+1, again.Verification.NextResend)
					}
				}
				time.Sleep(10 * time.Minute)
				if _, reason, _ := ask(t, w, n); reason != fault.TooManySends {
					t.Errorf("the sixth send: %q", reason)
				}
			})
		})
	}
}

func TestExclusive(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := strict(t)
		n := gateway.NewVerification{To: anna, Exclusive: true}
		first, _, _ := ask(t, w, n)
		time.Sleep(time.Minute)
		if _, reason, _ := ask(t, w, n); reason != fault.AlreadyPending {
			t.Errorf("while one is pending: %q", reason)
		}
		if v := check(t, w, anna, first.Code); v != gateway.Right {
			t.Errorf("its code is %s", v)
		}
		if _, reason, _ := ask(t, w, n); reason != "" {
			t.Errorf("after that: %q", reason)
		}
	})
}

func TestACodeGrowsNoOlderThanItsMaxAge(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := strict(t)
		n := gateway.NewVerification{To: anna, MaxAge: 10 * time.Minute}
		s, _, _ := ask(t, w, n)
		for _, pause := range []time.Duration{4 * time.Minute, 4 * time.Minute} {
			time.Sleep(pause)
			if _, reason, _ := ask(t, w, n); reason != "" {
				t.Fatal(reason)
			}
		}
		time.Sleep(2*time.Minute - time.Second)
		if v := check(t, w, anna, wrong(s.Code)); v != gateway.Wrong {
			t.Errorf("just before 10 minutes: %s", v)
		}
		time.Sleep(time.Second)
		if v := check(t, w, anna, s.Code); v != gateway.Lapsed {
			t.Errorf("after 10 minutes: %s", v)
		}
	})
}

// Whatever lifetimes, greatest ages and pauses apps choose, a code that is sent is
// alive, and none is older than the MaxAge of the request that sent it.
func TestNoCodeIsSentDeadOrTooOld(t *testing.T) {
	times := []time.Duration{0, time.Minute, 5 * time.Minute, 10*time.Minute - time.Second, 10 * time.Minute, time.Hour, 24 * time.Hour}
	for seed := range uint64(15) {
		bubble(t, func(t *testing.T) {
			draw := rand.New(rand.NewPCG(seed, 3))
			pick := func() time.Duration { return times[draw.IntN(len(times))] }
			lifetime := max(time.Minute, pick())
			w := gatewaytest.Start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) { c.CodeLifetime = lifetime }))
			native := draw.IntN(2) == 0 // one app, one kind of request
			maxAge := pick()
			for range 12 {
				if !native {
					maxAge = pick()
				}
				n := gateway.NewVerification{App: "shop", To: anna, Lifetime: pick(), MaxAge: maxAge}
				s, err := w.Gateway.StartVerification(t.Context(), n)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				left := time.Until(s.Verification.Expires)
				if left <= 0 || maxAge > 0 && s.Verification.Age+left > maxAge {
					t.Fatalf("seed %d: lifetime %v of %v, at most %v: it is %v old and has %v left", seed, n.Lifetime, lifetime, maxAge, s.Verification.Age, left)
				}
				time.Sleep(min(pick()/time.Duration(1+draw.IntN(4)), 2*time.Hour))
			}
		})
	}
}

// Limits of sends: each is reached exactly, holds over a restart, a reboot and
// a clock that is set, and ends.
func TestLimitsOfSends(t *testing.T) {
	number := func(i int) string { return fmt.Sprintf("+49151%08d", 10_000_000+i*37_001) } // none near another
	near := func(i int) string { return fmt.Sprintf("+4915112%06d", 340_000+i*37) }        // in one block, no neighbours
	for _, tc := range []struct {
		name   string
		limits guard.Limits
		n      func(i int) gateway.NewVerification
		limit  int
		reason fault.Reason
		ends   time.Duration
	}{
		{"a number in an hour", guard.Limits{}, func(int) gateway.NewVerification { return gateway.NewVerification{To: anna} }, 5, fault.LimitNumber, time.Hour},
		{"a number in a day", guard.Limits{NumberHour: -1}, func(int) gateway.NewVerification { return gateway.NewVerification{To: anna} }, 10, fault.LimitNumber, 24 * time.Hour},
		{"a prefix in a day", guard.Limits{}, func(i int) gateway.NewVerification { return gateway.NewVerification{To: near(i)} }, 25, fault.LimitPrefix, 24 * time.Hour},
		{"a country in an hour", guard.Limits{CountryHour: 30}, func(i int) gateway.NewVerification { return gateway.NewVerification{To: number(i)} }, 30, fault.LimitCountry, time.Hour},
		{"an app in an hour", guard.Limits{AppHour: 40}, func(i int) gateway.NewVerification { return gateway.NewVerification{To: number(i)} }, 40, fault.LimitKey, time.Hour},
		{"a client address in an hour", guard.Limits{}, func(i int) gateway.NewVerification {
			return gateway.NewVerification{To: number(i), ClientIP: "192.0.2.1"}
		}, 20, fault.LimitClient, time.Hour},
		{"a network of IPv6 in an hour", guard.Limits{}, func(i int) gateway.NewVerification {
			return gateway.NewVerification{To: number(i), ClientIP: fmt.Sprintf("2001:db8::%x", i)}
		}, 20, fault.LimitClient, time.Hour},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := strict(t, func(c *gateway.Config) {
					c.Guard.Limits = tc.limits
					c.Guard.Limits.Resend = -1
					c.Guard.Limits.Sends = -1
				})
				time.Sleep(5 * time.Minute) // into the middle of a slot
				sent := 0
				for i := range tc.limit {
					if _, reason, _ := ask(t, w, tc.n(i)); reason == "" {
						sent++
					}
				}
				refused := func(when string) {
					_, reason, wait := ask(t, w, tc.n(tc.limit))
					if sent != tc.limit || reason != tc.reason || wait <= 0 || wait > tc.ends+10*time.Minute {
						t.Errorf("%s: %d of %d left, the next is refused for %q, wait %v", when, sent, tc.limit, reason, wait)
					}
				}
				refused("at once")
				w.Restart()
				refused("after a restart")
				w.Reboot()
				refused("after a reboot")
				w.Clock.Step(365 * 24 * time.Hour)
				refused("after the clock has leapt")
				w.Clock.Step(-2 * 365 * 24 * time.Hour)
				refused("after the clock has gone back")
				time.Sleep(tc.ends - 20*time.Minute)
				refused("before its end")
				time.Sleep(40 * time.Minute)
				if _, reason, _ := ask(t, w, tc.n(tc.limit)); reason != "" {
					t.Errorf("after its end: %q", reason)
				}
			})
		})
	}
}

// Who answers makes room for others: a prefix of honest people has no limit.
func TestAnsweredCodesAreNotHeldAgainstAPrefix(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := strict(t)
		for i := range 60 {
			to := fmt.Sprintf("+4915112%06d", 340_000+i*37)
			s, reason, _ := ask(t, w, gateway.NewVerification{To: to})
			if reason != "" {
				t.Fatalf("number %d: %s", i, reason)
			}
			if v := check(t, w, to, s.Code); v != gateway.Right {
				t.Fatal(v)
			}
		}
	})
}

// After as many wrong codes for a number as a day allows all codes to it are void, and
// there is one start an hour, whose code has two tries: no time locks the number. Codes
// of four characters allow fewer, whatever somebody types.
func TestWrongCodes(t *testing.T) {
	for _, tc := range []struct{ length, typed, limit int }{{6, 6, 50}, {6, 4, 50}, {4, 4, 20}, {4, 3, 20}} {
		t.Run(fmt.Sprintf("%d of %d digits", tc.typed, tc.length), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := strict(t, func(c *gateway.Config) {
					c.Guard.Limits = guard.Limits{Resend: -1, Sends: -1, NumberHour: -1, NumberDay: -1, Run: -1, PrefixDay: -1}
				})
				n := gateway.NewVerification{To: anna, Length: tc.length}
				other := gateway.NewVerification{App: "shop", Purpose: "other", To: anna, Length: tc.length, Lifetime: 10 * time.Minute}
				spare, _, _ := ask(t, w, other)
				for range tc.limit / 5 {
					s, reason, _ := ask(t, w, n)
					if reason != "" {
						t.Fatal(reason)
					}
					for range 5 {
						if v := check(t, w, anna, wrong(s.Code)[:tc.typed]); v != gateway.Wrong && v != gateway.Spent {
							t.Fatal(v)
						}
					}
				}
				v, err := w.Gateway.Verification(t.Context(), spare.Verification.ID)
				if err != nil || v.State != gateway.Exhausted {
					t.Errorf("another code to the number is %s, %v", v.State, err)
				}
				events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.GuardWrong})
				if err != nil || len(events) != 1 {
					t.Errorf("events: %+v, %v", events, err)
				}
				if _, reason, _ := ask(t, w, gateway.NewVerification{App: "bank", To: anna}); reason != "" {
					t.Errorf("another app: %q", reason)
				}
				for range 3 {
					if _, reason, wait := ask(t, w, n); reason != fault.LockedNumber || wait != time.Hour {
						t.Errorf("a new code: %q for %v", reason, wait)
					}
					w.Reboot()
					time.Sleep(time.Hour)
					s, reason, _ := ask(t, w, n)
					if reason != "" {
						t.Fatal(reason)
					}
					if a, b := check(t, w, anna, wrong(s.Code)), check(t, w, anna, wrong(s.Code)); a != gateway.Wrong || b != gateway.Spent {
						t.Errorf("two wrong codes are %s and %s", a, b)
					}
				}
				time.Sleep(time.Hour)
				s, _, _ := ask(t, w, n)
				if v := check(t, w, anna, s.Code); v != gateway.Right {
					t.Errorf("the right code is %s", v)
				}
				time.Sleep(25 * time.Hour)
				for range 3 {
					if _, reason, _ := ask(t, w, n); reason != "" {
						t.Errorf("a day later: %q", reason)
					}
				}
			})
		})
	}
}

// The owner of the gateway lets somebody in again who has mistyped his code.
func TestUnlock(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := strict(t, func(c *gateway.Config) { c.Guard.Limits.Resend, c.Guard.Limits.Failures = -1, 3 })
		s, _, _ := ask(t, w, gateway.NewVerification{To: anna})
		for range 3 {
			check(t, w, anna, wrong(s.Code))
		}
		if v := check(t, w, anna, s.Code); v != gateway.Spent {
			t.Fatalf("the right code is %s", v)
		}
		known, _, err := why(t, w, anna, "")
		if err != nil || len(known.Locks) != 1 || known.Locks[0].Failed != 3 || time.Until(known.Locks[0].Until) != time.Hour {
			t.Errorf("why: %+v, %v", known, err)
		}
		if n, err := w.Gateway.Unlock(t.Context(), "0151 12345678"); err != nil || n != 1 {
			t.Errorf("%d locks have ended, %v", n, err)
		}
		s, reason, _ := ask(t, w, gateway.NewVerification{To: anna})
		if v := check(t, w, anna, s.Code); v != gateway.Right {
			t.Errorf("after that the right code is %s, %s", v, reason)
		}
	})
}

// However somebody mixes sends, checks and waits, and whatever is configured, no
// more than 100 wrong codes for a number are compared in a day.
func TestNeverMoreThanAHundredWrongCodesADay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		failures := rapid.IntRange(-1, 1000).Draw(r, "failures")
		tries := rapid.IntRange(1, 10).Draw(r, "tries")
		waits := rapid.SliceOfN(rapid.IntRange(0, 90), 20, 50).Draw(r, "minutes")
		bubble(t, func(t *testing.T) {
			w := strict(t, func(c *gateway.Config) {
				c.Guard.Limits = guard.Limits{Resend: -1, Sends: -1, NumberHour: -1, NumberDay: -1, PrefixDay: -1, Run: -1, AppFailedHour: -1, Failures: failures}
			})
			for began := time.Now(); len(waits) > 0 && time.Since(began) < 24*time.Hour; waits = waits[1:] {
				s, reason, _ := ask(t, w, gateway.NewVerification{To: anna, MaxTries: tries})
				for range tries + 1 {
					code := "000000"
					if reason == "" {
						code = wrong(s.Code)
					}
					check(t, w, anna, code)
				}
				time.Sleep(time.Duration(waits[0]) * time.Minute)
			}
			list, err := w.Gateway.Verifications(t.Context(), gateway.VerificationFilter{Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			compared := 0
			for _, v := range list {
				compared += v.Tries
			}
			if compared > 100 {
				t.Errorf("%d wrong codes were compared", compared)
			}
		})
	})
}

// Whoever tries codes for very many numbers takes nothing from those who type theirs: a
// check that compares nothing counts for nothing, and beyond the bound of the app each
// verification has three tries, 5 seconds apart, and a new code one digit more.
func TestSpray(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T) {
		w := strict(t, func(c *gateway.Config) {
			c.Guard.Limits = guard.Limits{PrefixDay: -1, Run: -1, CountryHour: -1, AppHour: -1, Resend: -1}
			c.CodeLifetime = 10 * time.Minute
		})
		number := func(i int) string { return fmt.Sprintf("+49151%08d", 20_000_000+i*1009) }
		try := func(app, to, code, client string) (gateway.Verdict, time.Duration) {
			_, v, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: app, To: to, Purpose: "login", Code: code, ClientIP: client})
			if e, ok := errors.AsType[*fault.Error](err); ok && e.Code == fault.RateLimited {
				return v, e.RetryAfter
			} else if err != nil {
				t.Fatal(err)
			}
			return v, 0
		}
		for i := range 2000 { // there is nothing to compare with
			if v, wait := try("shop", number(i), "12345", "192.0.2.1"); v != gateway.Nothing || wait != 0 {
				t.Fatalf("check %d: %s, wait %s", i, v, wait)
			}
		}
		for i := range 300 {
			ask(t, w, gateway.NewVerification{To: number(i)})
		}
		anna, _, _ := ask(t, w, gateway.NewVerification{To: anna})
		if len(anna.Code) != 6 {
			t.Errorf("a code of %d digits", len(anna.Code))
		}
		for i := range 300 {
			if v, _ := try("shop", number(i), "12345", fmt.Sprintf("10.0.%d.%d", i/250, i%250)); v != gateway.Wrong {
				t.Fatalf("guess %d: %s", i, v)
			}
		}
		to := string(anna.Verification.To)
		for i := range 2 {
			if v, wait := try("shop", to, wrong(anna.Code), ""); v != gateway.Wrong || wait != 0 {
				t.Errorf("wrong code %d: %s, wait %s", i, v, wait)
			}
			for range 10 { // too early: nothing is compared
				if _, wait := try("shop", to, anna.Code, ""); wait != 5*time.Second {
					t.Errorf("a check that comes too early is to wait %s", wait)
				}
			}
			time.Sleep(5 * time.Second)
		}
		if v, wait := try("shop", to, anna.Code, ""); v != gateway.Right {
			t.Errorf("the third try, the right one: %s, %s", v, wait)
		}
		s, reason, _ := ask(t, w, gateway.NewVerification{To: to})
		if len(s.Code) != 7 {
			t.Errorf("a new code has %d digits, %q", len(s.Code), reason)
		}
		for i, want := range []gateway.Verdict{gateway.Wrong, gateway.Wrong, gateway.Spent} {
			if v, _ := try("shop", to, wrong(s.Code), ""); v != want {
				t.Errorf("try %d: %s, want %s", i, v, want)
			}
			time.Sleep(5 * time.Second)
		}
		s, _, _ = ask(t, w, gateway.NewVerification{To: to, Length: 5})
		if len(s.Code) != 5 {
			t.Errorf("a code that was asked for with 5 digits has %d", len(s.Code))
		}
		// Other apps have all of it.
		s, _, _ = ask(t, w, gateway.NewVerification{App: "bank", Purpose: "login", To: to})
		for range 4 {
			try("bank", to, wrong(s.Code), "")
		}
		if v, _ := try("bank", to, s.Code, ""); v != gateway.Right || len(s.Code) != 6 {
			t.Errorf("another app: %s, %d digits", v, len(s.Code))
		}
	})
}
