package gateway_test

import (
	"cmp"
	"errors"
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

// A pump of 1,000 numbers in one block gets at most 30 messages out, however it
// goes about it.
func TestAPumpIsStopped(t *testing.T) {
	t.Parallel()
	block := func(i int) string { return fmt.Sprintf("+4915112%06d", 340_000+i) }
	mixed := rand.New(rand.NewPCG(1, 2)).Perm(1000)
	for _, tc := range []struct {
		name  string
		pump  func(i int) gateway.NewVerification
		pause time.Duration
	}{
		{"one number after the other", func(i int) gateway.NewVerification { return gateway.NewVerification{To: block(i)} }, 0},
		{"in no order", func(i int) gateway.NewVerification { return gateway.NewVerification{To: block(mixed[i] * 10)} }, 0},
		{"slowly, in a day", func(i int) gateway.NewVerification { return gateway.NewVerification{To: block(mixed[i] * 10)} }, 80 * time.Second},
		{"from many addresses", func(i int) gateway.NewVerification {
			return gateway.NewVerification{To: block(mixed[i] * 10), ClientIP: fmt.Sprintf("10.1.%d.%d", i/250, i%250)}
		}, 0},
		{"for many purposes", func(i int) gateway.NewVerification {
			return gateway.NewVerification{App: "shop", Purpose: fmt.Sprint(i), To: block(mixed[i%100] * 10)}
		}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.Modems(2), gatewaytest.Configure(func(c *gateway.Config) { c.Guard = guard.Config{} }))
				time.Sleep(5 * time.Second)
				for i := range 1000 {
					ask(t, w, tc.pump(i))
					time.Sleep(tc.pause)
				}
				time.Sleep(10 * time.Minute)
				if n := len(w.Network.Submissions()); n > 30 || n == 0 {
					t.Errorf("%d messages left", n)
				}
			})
		})
	}
}

func TestWhereCodesGo(t *testing.T) {
	german, none := "+4915112345678", []string(nil)
	for _, tc := range []struct {
		name      string
		to        string
		countries []string
		modems    int
		country   string // of the configuration
		want      fault.Reason
	}{
		{"to the country of the SIM", german, none, 1, "", ""},
		{"to the country of the SIM, whatever the configuration says", german, none, 1, "FR", ""},
		{"not to that of the configuration once a SIM is known", "+33612345678", none, 1, "FR", fault.CountryClosed},
		{"to that of the configuration until a SIM is known", german, none, 0, "DE", ""},
		{"nowhere while nothing is known", german, none, 0, "", fault.CountryClosed},
		{"not abroad", "+33612345678", none, 1, "DE", fault.CountryClosed},
		{"abroad where that is open", "+33612345678", []string{"DE", "FR"}, 1, "DE", ""},
		{"not home where only abroad is open", german, []string{"FR"}, 1, "DE", fault.CountryClosed},
		{"anywhere", "+8613812345678", []string{"*"}, 1, "DE", ""},
		{"a country with the same code", "+12425551234", []string{"US"}, 1, "DE", fault.CountryClosed}, // Bahamas
		{"a satellite", "+881612345678", []string{"DE"}, 1, "DE", fault.CountryClosed},
		{"premium rate", "+499001234567", []string{"*"}, 1, "DE", fault.KindRefused},
		{"shared cost", "+491803123456", []string{"*"}, 1, "DE", fault.KindRefused},
		{"toll free", "+498001234567", []string{"*"}, 1, "DE", fault.KindRefused},
		{"personal, at somebody's cost", "+447012345678", []string{"*"}, 1, "DE", fault.KindRefused},
		{"a landline", "+4930123456", none, 1, "DE", fault.FixedLine},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.Modems(tc.modems), gatewaytest.Configure(func(c *gateway.Config) {
					c.Guard, c.Country = guard.Config{Countries: tc.countries}, tc.country
				}))
				time.Sleep(5 * time.Second)
				if _, got, _ := ask(t, w, gateway.NewVerification{To: tc.to}); got != tc.want {
					t.Errorf("the reason is %q, want %q", got, tc.want)
				}
			})
		})
	}
	t.Run("not to short numbers", func(t *testing.T) {
		w := strict(t)
		for _, to := range []string{"22000", "110", "+49110"} {
			if _, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: to}); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: %v", to, err)
			}
		}
	})
}

// People do not come in the order of their numbers.
func TestRunsOfNumbers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := strict(t)
		run := func(first, step int) (sent int) {
			for i := range 20 {
				if _, reason, _ := ask(t, w, gateway.NewVerification{To: fmt.Sprintf("+49151%08d", first+i*step)}); reason == "" {
					sent++
				} else if reason != fault.LimitRun {
					t.Fatal(reason)
				}
			}
			return sent
		}
		if n := run(20_000_000, 1); n != 5 {
			t.Errorf("of a run upwards %d left", n)
		}
		if n := run(30_000_000, -1); n != 5 {
			t.Errorf("of a run downwards %d left", n)
		}
		if n := run(40_000_000, 100); n != 20 {
			t.Errorf("of numbers that are apart %d left", n)
		}
		for i := range 20 { // a company gives its people new phones
			to := fmt.Sprintf("+49151%08d", 50_000_000+i)
			s, reason, _ := ask(t, w, gateway.NewVerification{To: to})
			if reason != "" {
				t.Fatalf("number %d of those who answer: %s", i, reason)
			}
			check(t, w, to, s.Code)
		}
		w.Restart()
		if n := run(20_000_010, 1); n != 0 {
			t.Errorf("after a restart %d left", n)
		}
	})
}

func TestConversionMonitor(t *testing.T) {
	for _, tc := range []struct {
		mode    guard.Mode
		refused fault.Reason
		noted   bool
	}{{guard.Off, "", false}, {guard.LogOnly, "", true}, {guard.Enforce, fault.BlockedNumber, true}} {
		t.Run(string(tc.mode), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := strict(t, func(c *gateway.Config) { c.Guard.Limits.PrefixDay, c.Guard.Conversion = -1, tc.mode })
				number := func(i int) string { return fmt.Sprintf("+49151%08d", 20_000_000+i*100_003) }
				for i := range 120 {
					s, _, _ := ask(t, w, gateway.NewVerification{To: number(i)})
					if i < 5 { // 5 of 120 answer
						check(t, w, number(i), s.Code)
					}
				}
				if _, reason, _ := ask(t, w, gateway.NewVerification{To: number(120)}); reason != "" {
					t.Errorf("while they may still be typing: %q", reason)
				}
				time.Sleep(15 * time.Minute)
				if _, reason, _ := ask(t, w, gateway.NewVerification{To: number(121)}); reason != tc.refused {
					t.Errorf("when they should have answered: %q, want %q", reason, tc.refused)
				}
				s, reason, err := why(t, w, number(121), "")
				if err != nil || (len(s.Refusals) > 0) != tc.noted || reason != cmp.Or(tc.refused, fault.TooSoon) {
					t.Errorf("why: %+v, %s, %v", s, reason, err)
				}
				for _, r := range s.Refusals {
					if r.Shadow != (tc.mode == guard.LogOnly) || !strings.Contains(r.Text, "came back") && !strings.Contains(r.Text, "blocked") {
						t.Errorf("noted: %+v", r)
					}
				}
				events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.GuardBlocked})
				if err != nil || (len(events) == 1) != (tc.mode == guard.Enforce) {
					t.Errorf("events: %+v, %v", events, err)
				}
				if tc.mode != guard.Enforce {
					return
				}
				w.Reboot()
				if _, reason, _ := ask(t, w, gateway.NewVerification{To: number(122)}); reason != fault.BlockedNumber {
					t.Errorf("after a reboot: %q", reason)
				}
				time.Sleep(25 * time.Hour)
				if _, reason, _ := ask(t, w, gateway.NewVerification{To: number(123)}); reason != "" {
					t.Errorf("after a day: %q", reason)
				}
			})
		})
	}
	t.Run("where enough answer", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			w := strict(t, func(c *gateway.Config) { c.Guard.Conversion = guard.Enforce })
			for i := range 40 {
				to := fmt.Sprintf("+49151%08d", 20_000_000+i*100_003)
				s, reason, _ := ask(t, w, gateway.NewVerification{To: to})
				if reason != "" {
					t.Fatal(reason)
				}
				if i%5 == 0 {
					check(t, w, to, s.Code)
				}
				time.Sleep(time.Minute)
			}
		})
	})
}

func TestRules(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := strict(t)
		set := func(kind guard.Kind, key string, life time.Duration) guard.Rule {
			t.Helper()
			r, err := w.Gateway.Guard().SetRule(t.Context(), guard.NewRule{Kind: kind, Key: key, Lifetime: life})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		want := func(what string, n gateway.NewVerification, reason fault.Reason) {
			t.Helper()
			n.Fresh = true
			time.Sleep(time.Minute)
			if _, got, _ := ask(t, w, n); got != reason {
				t.Errorf("%s: %q, want %q", what, got, reason)
			}
		}
		for key, n := range map[string]gateway.NewVerification{
			"+4915112345678": {To: anna}, "+49151": {To: anna}, "DE": {To: anna}, "shop": {To: anna}, "192.0.2.1": {To: anna, ClientIP: "192.0.2.1"},
		} {
			r := set(guard.Block, key, 0)
			want("blocked by "+key, n, fault.BlockedNumber)
			if err := w.Gateway.Guard().ReleaseRule(t.Context(), r.ID); err != nil {
				t.Error(err)
			}
		}
		set(guard.Block, "+49151", time.Hour)
		want("another number", gateway.NewVerification{To: "+491701234567"}, "")
		set(guard.Safe, anna, 0)
		want("safe in a blocked prefix", gateway.NewVerification{To: anna}, "")
		for range 7 {
			time.Sleep(6 * time.Minute) // the one before has expired
			want("safe from limits", gateway.NewVerification{To: anna, ClientIP: "192.0.2.1"}, "")
		}
		time.Sleep(time.Hour)
		want("when the block is over", gateway.NewVerification{To: "+4915112340000"}, "")
		set(guard.Safe, "+33612345678", 0)
		want("safe abroad", gateway.NewVerification{To: "+33612345678"}, "")
	})
}

// A rule for a client address holds in whatever form the owner writes it and the
// app passes it on: an IPv4 address alone, an IPv6 address with its /64.
func TestRulesForClients(t *testing.T) {
	for _, tc := range []struct {
		name, key string
		stored    string // "": the key is refused
		same      []string
		other     string
	}{
		{"IPv4", "192.0.2.1", "192.0.2.1", []string{"192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"}, "192.0.2.2"},
		{"IPv4 in IPv6", "::ffff:192.0.2.1", "192.0.2.1", []string{"192.0.2.1", "::ffff:192.0.2.1"}, "192.0.2.2"},
		{"IPv4 with /32", "192.0.2.1/32", "192.0.2.1", []string{"192.0.2.1"}, "192.0.2.2"},
		{"IPv4 in IPv6 with /128", "::ffff:192.0.2.1/128", "192.0.2.1", []string{"192.0.2.1"}, "192.0.2.2"},
		{"IPv6", "2001:db8:1:2::1", "2001:db8:1:2::/64", []string{"2001:db8:1:2::1", "2001:DB8:1:2:3:4:5:6"}, "2001:db8:1:3::1"},
		{"IPv6 with /64", "2001:db8:1:2::/64", "2001:db8:1:2::/64", []string{"2001:db8:1:2::1", "2001:db8:1:2:ffff::"}, "2001:db8:1:3::1"},
		{"an address with /64", "2001:db8:1:2::77/64", "2001:db8:1:2::/64", []string{"2001:db8:1:2::1"}, "2001:db8:1:3::1"},
		{"IPv6 with /128", "2001:db8:1:2::77/128", "2001:db8:1:2::/64", []string{"2001:db8:1:2::1"}, "2001:db8:1:3::1"},
		{"a zone", "fe80::1%eth0", "fe80::/64", []string{"fe80::1", "fe80::2%wlan0"}, "fe80:0:0:1::1"},
		{"IPv6 with /48", "2001:db8:1::/48", "", nil, ""},
		{"IPv4 with /24", "192.0.2.0/24", "", nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := strict(t)
				r, err := w.Gateway.Guard().SetRule(t.Context(), guard.NewRule{Kind: guard.Block, Key: tc.key})
				if tc.stored == "" {
					if e, ok := errors.AsType[*fault.Error](err); !ok || e.Field != "key" {
						t.Errorf("%+v, %v", r, err)
					}
					return
				}
				if err != nil || r.Scope != "client" || r.Key != tc.stored {
					t.Fatalf("%+v, %v", r, err)
				}
				for _, ip := range tc.same {
					if _, got, _ := ask(t, w, gateway.NewVerification{To: anna, ClientIP: ip}); got != fault.BlockedNumber {
						t.Errorf("a code for %s: %q", ip, got)
					}
				}
				for _, ip := range append(tc.same, tc.key) {
					if s, reason, err := why(t, w, anna, ip); err != nil || reason != fault.BlockedNumber || len(s.Rules) != 1 {
						t.Errorf("why for %s: %+v, %s, %v", ip, s, reason, err)
					}
				}
				if s, reason, err := why(t, w, anna, tc.other); err != nil || reason != "" || len(s.Rules) != 0 {
					t.Errorf("why for %s: %+v, %s, %v", tc.other, s, reason, err)
				}
				if _, got, _ := ask(t, w, gateway.NewVerification{To: anna, ClientIP: tc.other}); got != "" {
					t.Errorf("a code for %s: %q", tc.other, got)
				}
			})
		})
	}
	t.Run("what an earlier version stored", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			w := strict(t)
			for i, key := range []string{"2001:db8:1:2::1", "2001:db8:1:2::2", "192.0.2.1"} {
				if _, err := w.Gateway.Store(t.Context(), `INSERT INTO guard_rule (kind, scope, key, reason, origin, until, made_at)
					VALUES ('block', 'client', ?, ?, 'operator', 0, 1)`, key, fmt.Sprint("rule ", i)); err != nil {
					t.Fatal(err)
				}
			}
			w.Restart()
			if _, got, _ := ask(t, w, gateway.NewVerification{To: anna, ClientIP: "2001:db8:1:2::77"}); got != fault.BlockedNumber {
				t.Errorf("%q", got)
			}
			rules, err := w.Gateway.Guard().Rules(t.Context())
			if err != nil || len(rules) != 2 {
				t.Errorf("%+v, %v", rules, err)
			}
		})
	})
	t.Run("not a client", func(t *testing.T) {
		w := strict(t)
		if s, _, err := why(t, w, anna, "nobody"); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// Refused codes cost the disk next to nothing, however many there are; the last
// few hundred can be looked up, after a restart too.
func TestRefusalsAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := strict(t)
		abroad := func(i int) string { return fmt.Sprintf("+3361%07d", i) }
		before, err := w.Gateway.RowsWritten(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		const n = 5000
		for i := range n {
			if _, reason, _ := ask(t, w, gateway.NewVerification{To: abroad(i)}); reason != fault.CountryClosed {
				t.Fatal(reason)
			}
		}
		for range 10 { // the same once more is one example
			ask(t, w, gateway.NewVerification{To: abroad(n - 1)})
		}
		time.Sleep(10 * time.Minute)
		after, err := w.Gateway.RowsWritten(t.Context())
		if err != nil || after-before > 600 {
			t.Errorf("%d rows were written, %v", after-before, err)
		}
		look := func(when string) {
			for i, want := range map[int]int{0: 0, n - 400: 1, n - 1: 1} {
				s, reason, err := why(t, w, abroad(i), "")
				if err != nil || len(s.Refusals) != want || reason != fault.CountryClosed {
					t.Fatalf("%s: %+v, %s, %v", when, s, reason, err)
				}
				for _, r := range s.Refusals {
					if r.App != "shop" || r.Reason != fault.CountryClosed || r.Text == "" || r.At.IsZero() || r.Shadow {
						t.Errorf("%s: %+v", when, r)
					}
				}
			}
		}
		look("before a restart")
		ask(t, w, gateway.NewVerification{To: abroad(n)})
		w.Restart()
		look("after a restart")
		if s, _, err := why(t, w, abroad(n), ""); err != nil || len(s.Refusals) != 1 {
			t.Errorf("the last before the restart: %+v, %v", s, err)
		}
		time.Sleep(10 * time.Minute)
		if again, err := w.Gateway.RowsWritten(t.Context()); err != nil || again > 100 {
			t.Errorf("%d rows were written though nothing was refused, %v", again, err)
		}
	})
}
