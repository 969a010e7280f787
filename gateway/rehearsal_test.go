package gateway_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/key"
	"simgate/gateway/workflow"
)

// why says what a code of the shop to a number would be answered.
func why(t testing.TB, w *gatewaytest.World, to, client string) (guard.Standing, fault.Reason, error) {
	t.Helper()
	r, s, err := w.Gateway.Why(t.Context(), guard.Code, gateway.NewVerification{App: "shop", To: to, Purpose: "login", ClientIP: client})
	if r.Refusal != nil {
		return s, r.Refusal.Reason, err
	}
	return s, "", err
}

// For each reason there is, and for what is let through, a rehearsal, the question why and
// the send itself say the same, word for word; and the first two leave every row of the
// database as it was.
func TestARehearsalIsTheSend(t *testing.T) {
	limited := func(change func(*guard.Limits)) func(*gateway.Config) {
		return func(c *gateway.Config) { change(&c.Guard.Limits) }
	}
	starts := func(n int, to func(i int) gateway.NewVerification) func(*testing.T, *gatewaytest.World) {
		return func(t *testing.T, w *gatewaytest.World) {
			for i := range n {
				v := to(i)
				v.App, v.Purpose = "shop", "login"
				ask(t, w, v)
			}
		}
	}
	near := func(step int) func(i int) gateway.NewVerification {
		return func(i int) gateway.NewVerification {
			return gateway.NewVerification{To: fmt.Sprintf("+4915112%06d", 345_679+i*step), ClientIP: "192.0.2.7"}
		}
	}
	rule := func(kind guard.Kind, key string) func(*testing.T, *gatewaytest.World) {
		return func(t *testing.T, w *gatewaytest.World) {
			if _, err := w.Gateway.Guard().SetRule(t.Context(), guard.NewRule{Kind: kind, Key: key}); err != nil {
				t.Fatal(err)
			}
		}
	}
	voice := workflow.Steps{{Channel: workflow.Voice}}
	for _, tc := range []struct {
		name   string
		config func(*gateway.Config)
		before func(*testing.T, *gatewaytest.World)
		c      guard.Channel
		ask    gateway.NewVerification
		reason fault.Reason
	}{
		{"a code", nil, nil, guard.Code, gateway.NewVerification{To: anna}, ""},
		{"a text", nil, nil, guard.Text, gateway.NewVerification{To: anna}, ""},
		{"a call", nil, nil, guard.Call, gateway.NewVerification{To: anna}, ""},
		{"a test number", func(c *gateway.Config) { c.TestNumbers = map[string]string{anna: "123456"} }, nil, guard.Code, gateway.NewVerification{To: anna}, ""},
		{"too soon", nil, starts(1, near(0)), guard.Code, gateway.NewVerification{To: "+4915112345679"}, fault.TooSoon},
		{"sent too often", limited(func(l *guard.Limits) { l.Sends = 1 }), func(t *testing.T, w *gatewaytest.World) {
			starts(1, near(0))(t, w)
			time.Sleep(time.Minute)
		}, guard.Code, gateway.NewVerification{To: "+4915112345679"}, fault.TooManySends},
		{"its number's limit", limited(func(l *guard.Limits) { l.NumberHour, l.Resend = 3, -1 }), starts(3, near(0)),
			guard.Code, gateway.NewVerification{To: "+4915112345679"}, fault.LimitNumber},
		{"its number's limit, called", limited(func(l *guard.Limits) { l.NumberHour, l.Resend = 3, -1 }), starts(3, near(0)),
			guard.Call, gateway.NewVerification{To: "+4915112345679"}, fault.LimitNumber},
		{"its number's limit, of another app", limited(func(l *guard.Limits) { l.NumberHour, l.Resend = 3, -1 }), starts(3, near(0)),
			guard.Code, gateway.NewVerification{App: "bank", To: "+4915112345679"}, ""},
		{"its block's limit", limited(func(l *guard.Limits) { l.PrefixDay = 3 }), starts(3, near(500)), guard.Code, gateway.NewVerification{To: anna}, fault.LimitPrefix},
		{"neighbours", limited(func(l *guard.Limits) { l.Run = 3 }), starts(3, near(1)), guard.Code, gateway.NewVerification{To: anna}, fault.LimitRun},
		{"its country's limit", limited(func(l *guard.Limits) { l.CountryHour = 3 }), starts(3, near(20_000)), guard.Code, gateway.NewVerification{To: anna}, fault.LimitCountry},
		{"a pump", func(c *gateway.Config) { c.Guard.Conversion, c.Guard.Limits.Unanswered = guard.Throttle, 3 }, starts(5, near(20_000)),
			guard.Code, gateway.NewVerification{To: anna}, fault.LimitCountry},
		{"the app's limit", limited(func(l *guard.Limits) { l.AppHour = 3 }), starts(3, near(20_000)), guard.Code, gateway.NewVerification{To: anna}, fault.LimitKey},
		{"the client's limit", limited(func(l *guard.Limits) { l.ClientHour = 3 }), starts(3, near(20_000)),
			guard.Code, gateway.NewVerification{To: anna, ClientIP: "192.0.2.7"}, fault.LimitClient},
		{"another client", limited(func(l *guard.Limits) { l.ClientHour = 3 }), starts(3, near(20_000)),
			guard.Code, gateway.NewVerification{To: anna, ClientIP: "192.0.2.8"}, ""},
		{"wrong codes", limited(func(l *guard.Limits) { l.Failures, l.Resend = 3, -1 }), func(t *testing.T, w *gatewaytest.World) {
			s, _, _ := ask(t, w, gateway.NewVerification{To: anna})
			for range 3 {
				check(t, w, anna, wrong(s.Code))
			}
			ask(t, w, gateway.NewVerification{To: anna})
		}, guard.Code, gateway.NewVerification{To: anna}, fault.LockedNumber},
		{"a closed country", nil, nil, guard.Code, gateway.NewVerification{To: "+33612345678"}, fault.CountryClosed},
		{"a text to a closed country", nil, nil, guard.Text, gateway.NewVerification{To: "+33612345678"}, fault.CountryClosed},
		{"a text anywhere", nil, func(t *testing.T, w *gatewaytest.World) { w.Key(t, "shop", key.SendMessages, key.Anywhere) },
			guard.Text, gateway.NewVerification{To: "+33612345678"}, ""},
		{"a code by a call", nil, nil, guard.Spoken, gateway.NewVerification{To: "+4930123456"}, ""},
		{"a code by a call, blocked", nil, rule(guard.Block, "+4930123456"), guard.Spoken, gateway.NewVerification{To: "+4930123456"}, fault.BlockedNumber},
		{"a call to a closed country", nil, nil, guard.Call, gateway.NewVerification{To: "+33612345678"}, fault.CountryClosed},
		{"a premium number", nil, nil, guard.Code, gateway.NewVerification{To: "+499001234567"}, fault.KindRefused},
		{"a premium number, always allowed", nil, rule(guard.Safe, "+499001234567"), guard.Code, gateway.NewVerification{To: "+499001234567"}, ""},
		{"an emergency number", nil, nil, guard.Text, gateway.NewVerification{To: "112"}, fault.KindRefused},
		{"a number in no range", nil, nil, guard.Call, gateway.NewVerification{To: "+49151123456789"}, fault.KindRefused},
		{"a fixed line", nil, nil, guard.Code, gateway.NewVerification{To: "+4930123456"}, fault.FixedLine},
		{"a blocked number", nil, rule(guard.Block, anna), guard.Code, gateway.NewVerification{To: anna}, fault.BlockedNumber},
		{"a blocked number, a text", nil, rule(guard.Block, anna), guard.Text, gateway.NewVerification{To: anna}, fault.BlockedNumber},
		{"a blocked app", nil, rule(guard.Block, "shop"), guard.Call, gateway.NewVerification{To: anna}, fault.BlockedNumber},
		{"checked elsewhere", limited(func(l *guard.Limits) { l.ElsewherePrefixDay = 2 }), func(t *testing.T, w *gatewaytest.World) {
			w.Key(t, "shop", key.SendCodes, key.Elsewhere)
			starts(2, func(i int) gateway.NewVerification {
				n := near(500)(i)
				n.Elsewhere, n.Fresh, n.Patient = true, true, true
				return n
			})(t, w)
		}, guard.Code, gateway.NewVerification{To: anna, Elsewhere: true, Fresh: true, Patient: true}, fault.LimitPrefix},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", func(c *gateway.Config) {
					if c.Guard = (guard.Config{}); tc.config != nil {
						tc.config(c)
					}
				})
				time.Sleep(time.Minute)
				w.SIMs[0].Unplug() // what is accepted waits, so that the database is at rest
				time.Sleep(10 * time.Second)
				if tc.before != nil {
					tc.before(t, w)
				}
				n := tc.ask
				if n.Purpose = "login"; n.App == "" {
					n.App = "shop"
				}
				if tc.c == guard.Spoken {
					n.Workflow = voice
				}
				synctest.Wait()
				before := w.Dump(t)
				answered, _, err := w.Gateway.Why(t.Context(), tc.c, n)
				if err != nil {
					t.Fatal(err)
				}
				rehearsed, err := rehearse(t, w, tc.c, n)
				if err != nil {
					t.Fatal(err)
				}
				if after := w.Dump(t); after != before {
					t.Errorf("changed:\n%s", changed(before, after))
				}
				sent := really(t, w, tc.c, n)
				if got := said(sent); said(answered.Refusal) != got || said(rehearsed.Refusal) != got {
					t.Errorf("why: %s\nrehearsed: %s\nsent: %s", said(answered.Refusal), said(rehearsed.Refusal), got)
				}
				if reason := reasonOf(sent); reason != tc.reason {
					t.Errorf("the reason is %q, want %q", reason, tc.reason)
				}
				if w.Dump(t) == before && tc.reason == "" {
					t.Error("the send changed nothing")
				}
			})
		})
	}
}

// changed returns the lines that a dump has and another has not.
func changed(before, after string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(after, "\n") {
		if !strings.Contains(before, line) {
			fmt.Fprintln(&b, line)
		}
	}
	return b.String()
}

// said is all that a refusal says.
func said(e *fault.Error) string {
	if e == nil {
		return "accepted"
	}
	return fmt.Sprintf("%s, %s, %v: %s", e.Code, e.Reason, e.RetryAfter, e.Message)
}

func reasonOf(e *fault.Error) fault.Reason {
	if e == nil {
		return ""
	}
	return e.Reason
}

// rehearse rehearses what goes by a channel.
func rehearse(t *testing.T, w *gatewaytest.World, c guard.Channel, n gateway.NewVerification) (gateway.Rehearsal, error) {
	t.Helper()
	switch c {
	case guard.Text:
		return w.Gateway.RehearseMessage(t.Context(), greeting(t, w, n))
	case guard.Call:
		return w.Gateway.RehearseCall(t.Context(), gateway.NewCall{App: n.App, To: n.To, Text: "hello", ClientIP: n.ClientIP})
	}
	return w.Gateway.RehearseVerification(t.Context(), n)
}

// really sends it, and returns how it was refused.
func really(t *testing.T, w *gatewaytest.World, c guard.Channel, n gateway.NewVerification) *fault.Error {
	t.Helper()
	var err error
	switch c {
	case guard.Text:
		_, err = w.Gateway.Send(t.Context(), greeting(t, w, n))
	case guard.Call:
		_, err = w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: n.App, To: n.To, Text: "hello", ClientIP: n.ClientIP})
	default:
		_, err = w.Gateway.StartVerification(t.Context(), n)
	}
	e, ok := errors.AsType[*fault.Error](err)
	if err != nil && (!ok || e.Reason == "") {
		t.Fatal(err)
	}
	return e
}

// greeting is a message of an app, as its keys allow.
func greeting(t *testing.T, w *gatewaytest.World, n gateway.NewVerification) gateway.NewMessage {
	t.Helper()
	anywhere, err := w.Gateway.Keys().Allows(t.Context(), n.App, key.Anywhere)
	if err != nil {
		t.Fatal(err)
	}
	return gateway.NewMessage{App: n.App, To: n.To, Text: "Grüße", Anywhere: anywhere}
}
