package gateway_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/workflow"
	"simgate/modem/simulator"
)

// guarded gives a world the limits and the guard that a gateway has by itself.
func guarded(change ...func(*gateway.Config)) gatewaytest.Option {
	return gatewaytest.Configure(func(c *gateway.Config) {
		c.Guard = guard.Config{Conversion: guard.Enforce}
		for _, fn := range change {
			fn(c)
		}
	})
}

// begin starts a verification of the shop, and returns why it was refused.
func begin(t *testing.T, w *gatewaytest.World, to string, change ...func(*gateway.NewVerification)) (gateway.Started, fault.Reason) {
	t.Helper()
	n := gateway.NewVerification{App: "shop", To: to, Purpose: "login", Brand: "Shop"}
	for _, fn := range change {
		fn(&n)
	}
	s, err := w.Gateway.StartVerification(t.Context(), n)
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Reason != "" {
		return s, e.Reason
	}
	if err != nil {
		t.Fatalf("%s: %v", to, err)
	}
	return s, ""
}

func TestWhereCodesMayGo(t *testing.T) {
	for _, tc := range []struct {
		name, to string
		guard    guard.Config
		want     fault.Reason
	}{
		{"the country of the SIM", "+4915112345678", guard.Config{}, ""},
		{"another country", "+393331234567", guard.Config{}, fault.CountryClosed},
		{"another country that is open", "+393331234567", guard.Config{Countries: []string{"DE", "IT"}}, ""},
		{"the country of the SIM, where another list is set", "+4915112345678", guard.Config{Countries: []string{"IT"}}, fault.CountryClosed},
		{"all countries", "+393331234567", guard.Config{Countries: []string{guard.AllCountries}}, ""},
		{"a premium number", "+499001234567", guard.Config{}, fault.KindRefused},
		{"a premium number, where all countries are open", "+499001234567", guard.Config{Countries: []string{guard.AllCountries}}, fault.KindRefused},
		{"shared cost", "+4918051234567", guard.Config{}, fault.KindRefused},
		{"a satellite", "+881612345678", guard.Config{}, fault.CountryClosed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			story(t, func(t *testing.T, w *gatewaytest.World) {
				_, why := begin(t, w, tc.to)
				if why != tc.want {
					t.Errorf("%q, want %q", why, tc.want)
				}
				time.Sleep(time.Minute)
				if n := len(w.Network.Submissions()); (n == 0) != (tc.want != "") {
					t.Errorf("%d messages have left", n)
				}
			}, guarded(func(c *gateway.Config) { c.Guard = tc.guard }))
		})
	}
}

// The country of a SIM is that of its IMSI, or else that of its number; where neither is
// known, the refusal says what to set.
func TestCountryOfTheSIM(t *testing.T) {
	for _, tc := range []struct {
		name         string
		imsi, number string // of the SIM
		country      string // of the configuration
		refusal      string // of a code to Germany
	}{
		{"by its IMSI", "262010000000001", "+393331234567", "", ""},
		{"a private network, by its number", "001010000000001", "+491700000001", "", ""},
		{"a private network, and another country by its number", "001010000000001", "+393331234567", "DE", "(IT); to allow it, list it in guard.countries"},
		{"a private network without a number", "001010000000001", "+882100000001", "", "set country in the configuration"},
		{"a private network without a number, with a country", "001010000000001", "+882100000001", "DE", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			story(t, func(t *testing.T, w *gatewaytest.World) {
				_, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: "+4915112345678"})
				if (err == nil) != (tc.refusal == "") || err != nil && !strings.Contains(err.Error(), tc.refusal) {
					t.Errorf("%v, want %q", err, tc.refusal)
				}
			}, gatewaytest.Cards(func(i int) simulator.SIM {
				card := gatewaytest.SIM(i)
				card.IMSI, card.MSISDN = tc.imsi, tc.number
				return card
			}), guarded(func(c *gateway.Config) { c.Country, c.Guard = tc.country, guard.Config{} }))
		})
	}
}

// The pauses of resends: 30, 60, 120 and 240 seconds, the same code, five sends.
func TestResendLadder(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		first, _ := begin(t, w, anna)
		long := func(n *gateway.NewVerification) { n.Lifetime = 20 * time.Minute }
		for _, pause := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute} {
			time.Sleep(pause - 2*time.Second)
			// It has arrived, so nothing is sent before the pause is over.
			if soon, why := begin(t, w, anna, long); why != "" || soon.Code != first.Code || soon.Message != 0 || soon.Verification.ID != first.Verification.ID {
				t.Errorf("2 s before %s: %q, %+v", pause, why, soon)
			}
			time.Sleep(2 * time.Second)
			again, why := begin(t, w, anna, long)
			if why != "" || again.Code != first.Code || !again.Resent || again.Verification.ID != first.Verification.ID {
				t.Fatalf("after %s: %q, %+v", pause, why, again)
			}
		}
		time.Sleep(10 * time.Minute)
		if sixth, why := begin(t, w, anna, long); why != "" || sixth.Code != first.Code || sixth.Message != 0 {
			t.Errorf("the sixth: %q, %+v", why, sixth)
		}
		if got := len(arrived(w)); got != 5 {
			t.Errorf("%d messages arrived", got)
		}
	}, guarded(func(c *gateway.Config) { c.CodeLifetime = 20 * time.Minute }))
}

// Wrong codes for a number are counted across resends and verifications; there are never
// a hundred on one day.
func TestWrongCodesInADay(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		wrongs, locked := 0, 0
		for began := time.Now(); time.Since(began) < 24*time.Hour; {
			s, why := begin(t, w, anna)
			switch why {
			case "":
				for range 5 {
					check(t, w, anna, wrong(s.Code))
				}
				v, err := w.Gateway.Verification(t.Context(), s.Verification.ID)
				if err != nil {
					t.Fatal(err)
				}
				wrongs += v.Tries
			case fault.LockedNumber:
				locked++
			}
			time.Sleep(10 * time.Minute)
		}
		if wrongs > 99 || wrongs < 50 || locked == 0 {
			t.Errorf("%d wrong codes were compared in a day, %d starts had to wait", wrongs, locked)
		}
	}, guarded(func(c *gateway.Config) {
		c.Guard.Limits.NumberDay, c.Guard.Limits.NumberHour, c.Guard.Limits.Run = -1, -1, -1
		c.Guard.Conversion = guard.Off
		c.Guard.Limits.PrefixDay = -1
	}))
}

// A right code does what it should at the last try before a lock.
func TestRightCodeEndsTheRow(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		for range 4 {
			s, why := begin(t, w, anna)
			if why != "" {
				t.Fatal(why)
			}
			for range 4 {
				check(t, w, anna, wrong(s.Code))
			}
			if verdict := check(t, w, anna, s.Code); verdict != gateway.Right {
				t.Fatal(verdict)
			}
			time.Sleep(15 * time.Minute)
		}
	}, guarded())
}

// A pump: a thousand numbers of one block, in any order, whose codes nobody
// types. At most thirty messages leave.
func TestPump(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]func(*rand.Rand) []int{
		"one after the other": func(*rand.Rand) []int {
			list := make([]int, 1000)
			for i := range list {
				list[i] = i
			}
			return list
		},
		"in any order": func(r *rand.Rand) []int { return r.Perm(10_000)[:1000] },
		"every seventh": func(*rand.Rand) []int {
			list := make([]int, 1000)
			for i := range list {
				list[i] = 7 * i
			}
			return list
		},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(t *testing.T, w *gatewaytest.World) {
				for i, n := range order(rand.New(rand.NewPCG(1, 2))) {
					begin(t, w, fmt.Sprintf("+491511234%04d", n))
					if i%100 == 50 {
						w.Restart() // which resets nothing
						time.Sleep(5 * time.Second)
					}
					time.Sleep(2 * time.Second)
				}
				time.Sleep(10 * time.Minute)
				if n := len(w.Network.Submissions()); n > 30 {
					t.Errorf("%d messages have left", n)
				}
				// Others are served all the same.
				if _, why := begin(t, w, "+4917612345678"); why != "" {
					t.Errorf("an honest number is refused: %s", why)
				}
			}, guarded(), gatewaytest.On(simulator.NewNetwork()))
		})
	}
}

// Customers who answer are never taken for a pump.
func TestCustomersAreNotAPump(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		random := rand.New(rand.NewPCG(5, 6))
		for i := range 300 {
			to := fmt.Sprintf("+49151%08d", random.IntN(100_000_000))
			s, why := begin(t, w, to)
			if why != "" {
				t.Fatalf("customer %d is refused: %s", i, why)
			}
			time.Sleep(20 * time.Second)
			if random.IntN(3) > 0 {
				check(t, w, to, s.Code)
			}
		}
	}, guarded())
}

// However many check at once, five codes are compared, and one is accepted.
func TestSixtyFourChecksAtOnce(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	for round := range 20 {
		to := fmt.Sprintf("+4915112345%03d", round)
		s, why := begin(t, w, to, func(n *gateway.NewVerification) { n.Fresh = true })
		if why != "" {
			t.Fatal(why)
		}
		var right, compared atomic.Int32
		var all sync.WaitGroup
		for i := range 64 {
			all.Go(func() {
				code := wrong(s.Code)
				if i == 13 {
					code = s.Code
				}
				_, verdict, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", To: to, Purpose: "login", Code: code})
				if err != nil {
					t.Error(err)
				}
				switch verdict {
				case gateway.Right:
					right.Add(1)
					compared.Add(1)
				case gateway.Wrong:
					compared.Add(1)
				case gateway.Spent:
					// of these, the one that spent the last try has compared too
				}
			})
		}
		all.Wait()
		if right.Load() > 1 || compared.Load() > 5 {
			t.Fatalf("%d were right, at least %d were compared", right.Load(), compared.Load())
		}
	}
}

// A step is taken when its time has come, across a restart, and only once.
func TestStepsOfAWorkflow(t *testing.T) {
	story(t, func(t *testing.T, w *gatewaytest.World) {
		s, _ := begin(t, w, anna, func(n *gateway.NewVerification) { n.Workflow = workflow.Numbered[4] })
		time.Sleep(30 * time.Second)
		w.Restart()
		time.Sleep(20 * time.Second)
		if got := arrived(w); len(got) != 1 {
			t.Fatalf("after 50 s: %q", got)
		}
		time.Sleep(20 * time.Second)
		if got := arrived(w); len(got) != 2 || got[0] != got[1] || !strings.Contains(got[0], s.Code) {
			t.Fatalf("after 70 s: %q", got)
		}
		v, err := w.Gateway.Verification(t.Context(), s.Verification.ID)
		if err != nil || len(v.Attempts) != 2 || v.Attempts[1].Step != 1 {
			t.Errorf("%+v, %v", v, err)
		}
		check(t, w, anna, s.Code)
		time.Sleep(10 * time.Minute)
		if got := arrived(w); len(got) != 2 {
			t.Errorf("after all: %q", got)
		}
	})
}

// Where no modem can speak a message takes the place of a call, or the workflow
// is refused, as it is configured.
func TestVoiceIsReplaced(t *testing.T) {
	for _, tc := range []struct {
		name     string
		fallback gateway.Fallback
		workflow int
		messages int
	}{
		{"a message, and a message for the call", gateway.FallbackSMS, 5, 2},
		{"no more than two messages", gateway.FallbackSMS, 2, 2},
		{"nothing but calls", gateway.FallbackSMS, 7, 1},
		{"refused", gateway.FallbackReject, 5, 0},
		{"no call in it", gateway.FallbackReject, 4, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			story(t, func(t *testing.T, w *gatewaytest.World) {
				_, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Workflow: workflow.Numbered[tc.workflow]})
				if (err != nil) != (tc.messages == 0) {
					t.Fatal(err)
				}
				time.Sleep(4 * time.Minute)
				if got := arrived(w); len(got) != tc.messages {
					t.Errorf("%q", got)
				}
			}, gatewaytest.Configure(func(c *gateway.Config) { c.VoiceFallback = tc.fallback }))
		})
	}
}
