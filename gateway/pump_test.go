package gateway_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/journal"
)

// throttling is a world as a new configuration makes it.
func throttling(t testing.TB, changes ...func(*gateway.Config)) *gatewaytest.World {
	t.Helper()
	return strict(t, append([]func(*gateway.Config){func(c *gateway.Config) { c.Guard.Conversion = guard.Throttle }}, changes...)...)
}

// sparse are German mobiles none of which is near another.
func sparse(i int) string { return fmt.Sprintf("+49151%08d", 10_000_000+i*37_003%80_000_000) }

// A pump in one app slows down unknown numbers of that app and country, and nobody else:
// not other apps, not other countries, not who has answered before. The owner is told
// once, with what it has cost.
func TestThrottle(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := throttling(t, func(c *gateway.Config) { c.Guard.Countries = []string{"DE", "FR"} })
		known, _, _ := ask(t, w, gateway.NewVerification{To: anna})
		check(t, w, anna, known.Code)
		time.Sleep(time.Hour)
		var times []time.Time
		for i := range 500 {
			if _, reason, wait := ask(t, w, gateway.NewVerification{To: sparse(i)}); reason == "" {
				times = append(times, time.Now())
			} else if reason != fault.LimitCountry || wait <= 0 || wait > 6*time.Minute {
				t.Fatalf("number %d: %q for %s", i, reason, wait)
			}
		}
		if n := len(times); n > 52 { // 50, one for the one that was answered, the first turn
			t.Errorf("%d codes left at once", n)
		}
		for name, n := range map[string]gateway.NewVerification{
			"another app":     {App: "bank", To: sparse(900)},
			"another country": {To: "+33612345678"},
			"a known number":  {To: anna},
		} {
			if _, reason, _ := ask(t, w, n); reason != "" {
				t.Errorf("%s: %q", name, reason)
			}
		}
		events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.GuardThrottled})
		if err != nil || len(events) != 1 || !strings.Contains(events[0].Text, "the country DE") {
			t.Errorf("events: %+v, %v", events, err)
		}
		// The pump goes on for two days: 50 at once, 10 an hour, and one an hour beyond 80.
		for i := range 48 * 60 {
			if _, reason, _ := ask(t, w, gateway.NewVerification{To: sparse(1000 + i)}); reason == "" {
				times = append(times, time.Now())
			}
			time.Sleep(time.Minute)
		}
		if hour, day := most(times, time.Hour), most(times, 24*time.Hour); hour > 62 || day > 120 {
			t.Errorf("%d codes left in an hour, %d in a day", hour, day)
		}
		// Somebody who waits gets his, and those who answer make room for others.
		time.Sleep(time.Hour)
		refused := 0
		for i := range 60 {
			to := sparse(10_000 + i)
			s, reason, wait := ask(t, w, gateway.NewVerification{To: to})
			if reason != "" {
				refused++
				time.Sleep(wait)
				s, reason, _ = ask(t, w, gateway.NewVerification{To: to})
			}
			if reason != "" {
				t.Fatalf("honest number %d is refused after it has waited: %s", i, reason)
			}
			time.Sleep(30 * time.Second)
			if i%3 > 0 || i == 0 {
				check(t, w, to, s.Code)
			}
			time.Sleep(time.Minute)
		}
		if refused > 3 {
			t.Errorf("%d of 60 honest numbers had to wait", refused)
		}
	})
}

// most returns how many times lie within d of each other at most.
func most(times []time.Time, d time.Duration) (n int) {
	first := 0
	for i, at := range times {
		for at.Sub(times[first]) >= d {
			first++
		}
		n = max(n, i-first+1)
	}
	return n
}

// A block of numbers that is pumped goes on with one an hour, and no other block with it.
func TestThrottleOfABlock(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := throttling(t)
		left := 0
		for i := range 40 {
			if _, reason, _ := ask(t, w, gateway.NewVerification{To: fmt.Sprintf("+4915112%06d", 340_000+i*137)}); reason == "" {
				left++
			} else if reason != fault.LimitPrefix {
				t.Fatal(reason)
			}
		}
		if left != 26 {
			t.Errorf("%d left", left)
		}
		if _, reason, wait := ask(t, w, gateway.NewVerification{To: "+4915112349999"}); reason != fault.LimitPrefix || wait != time.Hour {
			t.Errorf("one more: %q for %s", reason, wait)
		}
		if _, reason, _ := ask(t, w, gateway.NewVerification{To: "+4915112359999"}); reason != "" {
			t.Errorf("the next block: %s", reason)
		}
		time.Sleep(time.Hour)
		if _, reason, _ := ask(t, w, gateway.NewVerification{To: "+4915112349999"}); reason != "" {
			t.Errorf("after an hour: %s", reason)
		}
	})
}

// A known person gets codes whatever strangers have asked for to the number: five at
// once, then one an hour, and always where the app passes an address from which a code
// came back before.
func TestReserve(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := throttling(t, func(c *gateway.Config) { c.Guard.Limits.Resend, c.Guard.Limits.Sends = -1, -1 })
		s, _, _ := ask(t, w, gateway.NewVerification{To: anna})
		if _, v, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", Purpose: "login", To: anna, Code: s.Code, ClientIP: "192.0.2.7"}); v != gateway.Right {
			t.Fatal(v, err)
		}
		left := 0
		for range 40 {
			if _, reason, _ := ask(t, w, gateway.NewVerification{To: anna}); reason == "" {
				left++
			}
		}
		if left != 9 { // the rest of five an hour, and the reserve
			t.Errorf("%d left", left)
		}
		if _, reason, wait := ask(t, w, gateway.NewVerification{To: anna}); reason != fault.LimitNumber || wait > time.Hour {
			t.Errorf("one more: %q for %s", reason, wait)
		}
		if _, reason, _ := ask(t, w, gateway.NewVerification{To: anna, ClientIP: "192.0.2.7"}); reason != "" {
			t.Errorf("from where a code came back: %s", reason)
		}
		if _, reason, _ := ask(t, w, gateway.NewVerification{To: anna, ClientIP: "192.0.2.8"}); reason != fault.LimitNumber {
			t.Errorf("from elsewhere: %q", reason)
		}
		if _, reason, _ := ask(t, w, gateway.NewVerification{App: "bank", To: anna}); reason != "" {
			t.Errorf("another app: %s", reason)
		}
		left = 0
		for range 24 * 4 {
			time.Sleep(15 * time.Minute)
			if _, reason, _ := ask(t, w, gateway.NewVerification{To: anna}); reason == "" {
				left++
			}
		}
		if left < 24 || left > 30 {
			t.Errorf("%d left in a day", left)
		}
	})
}

// Who does not answer three codes in a row that have left is known no more, until the
// next answer.
func TestKnownIsLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Guard = guard.Config{Conversion: guard.Throttle}
		}))
		for i := range 60 { // a pump
			ask(t, w, gateway.NewVerification{To: sparse(i)})
		}
		for i, reason := range []fault.Reason{"", "", "", fault.LimitCountry} {
			if i == 0 {
				time.Sleep(6 * time.Minute)
				s, reason, _ := ask(t, w, gateway.NewVerification{To: anna})
				if v := check(t, w, anna, s.Code); v != gateway.Right {
					t.Fatal(v, reason)
				}
				for range 2 { // which has made room for one more, and was not the last turn
					ask(t, w, gateway.NewVerification{To: sparse(100 + rand.IntN(1000))})
				}
			}
			if _, got, _ := ask(t, w, gateway.NewVerification{To: anna, Lifetime: time.Minute}); got != reason {
				t.Errorf("code %d: %q, want %q", i+1, got, reason)
			}
			time.Sleep(61 * time.Second)
		}
	})
}
