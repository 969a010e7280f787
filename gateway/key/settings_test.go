package key_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/speech"
	"simgate/gateway/workflow"
	"simgate/modem/simulator"
)

func TestMain(m *testing.M) { os.Exit(gatewaytest.Main(m)) }

// from returns the context of a request from an address, "" for the Unix socket.
func from(t *testing.T, address string) context.Context {
	t.Helper()
	a, _ := netip.ParseAddr(address)
	return key.WithCaller(t.Context(), a)
}

func network(t *testing.T, s string) netip.Prefix {
	t.Helper()
	p, err := key.ParseNetwork(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A key works from its networks alone, and until it expires; what is changed holds at once,
// and after a restart.
func TestSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(0))
		ring := w.Gateway.Keys()
		k, token, err := ring.CreateWith(t.Context(), "shop", nil, key.Settings{
			Networks: []netip.Prefix{network(t, "192.168.1.77/24"), network(t, "2001:db8::7")}, Expires: time.Now().Add(48 * time.Hour)})
		if err != nil || k.Networks[0].String() != "192.168.1.0/24" {
			t.Fatal(k, err)
		}
		access := ring.AccessToken(k, k.Scopes, 7*24*time.Hour)
		opens := func(address string) bool {
			t.Helper()
			_, err := ring.Authenticate(from(t, address), token)
			_, errAccess := ring.Authenticate(from(t, address), access)
			if (err == nil) != (errAccess == nil) || err != nil && fault.CodeOf(err) != fault.Unauthenticated {
				t.Errorf("%s: %v, with an access token %v", address, err, errAccess)
			}
			return err == nil
		}
		for address, want := range map[string]bool{"192.168.1.3": true, "::ffff:192.168.1.3": true, "192.168.2.3": false, "2001:db8::7": true, "2001:db8::8": false, "": true} {
			if opens(address) != want {
				t.Errorf("from %q it opens: %v", address, !want)
			}
		}
		w.Restart()
		ring = w.Gateway.Keys()
		if opens("192.168.2.3") || !opens("192.168.1.3") {
			t.Error("the networks are forgotten at a restart")
		}
		if _, err := ring.Change(t.Context(), k.ID, key.Change{Networks: &[]netip.Prefix{}}); err != nil || !opens("192.168.2.3") {
			t.Errorf("from anywhere: %v", err)
		}
		time.Sleep(47 * time.Hour)
		if !opens("10.0.0.1") {
			t.Error("it ends too early")
		}
		time.Sleep(2 * time.Hour)
		if opens("10.0.0.1") {
			t.Error("it opens after its time")
		}
		if _, err := ring.Change(t.Context(), k.ID, key.Change{Expires: &time.Time{}}); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("one that has expired comes back: %v", err)
		}
		if works, err := ring.Allows(t.Context(), "shop", key.SendMessages); err != nil || works {
			t.Errorf("the app has a key that works: %v, %v", works, err)
		}
	})
}

// A rotated key works for the overlap; the new one is as it was, and ends as late after it
// was made.
func TestRotate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(0))
		ring := w.Gateway.Keys()
		old, token, err := ring.CreateWith(t.Context(), "shop", []key.Scope{key.SendCodes}, key.Settings{Expires: time.Now().Add(72 * time.Hour), Limits: key.Limits{Day: 2}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		next, nextToken, err := ring.Rotate(t.Context(), old.ID, 24*time.Hour)
		if err != nil || next.ID == old.ID || next.App != "shop" || !next.Allows(key.SendCodes) || next.Limits.Day != 2 || next.Expires.Sub(next.Created) != 72*time.Hour {
			t.Fatalf("%+v, %v", next, err)
		}
		opens := func(token string) bool { _, err := ring.Authenticate(t.Context(), token); return err == nil }
		if !opens(token) || !opens(nextToken) {
			t.Error("both work meanwhile")
		}
		time.Sleep(24 * time.Hour)
		if opens(token) || !opens(nextToken) {
			t.Error("the old one works on, or the new one does not")
		}
		if _, _, err := ring.Rotate(t.Context(), old.ID, 0); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("rotating what has ended: %v", err)
		}
		if _, last, err := ring.Rotate(t.Context(), next.ID, 0); err != nil || opens(nextToken) || !opens(last) {
			t.Errorf("without an overlap: %v", err)
		}
	})
}

// What a key may send in a minute, a day and a month, and what that may cost, is counted for
// it alone, as what it takes: a long message once per part.
func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Lines.SIMs = []line.Settings{{IMSI: gatewaytest.SIM(0).IMSI, Prices: []line.Price{{Prefix: "+49", Micros: 70_000}}}}
		}))
		time.Sleep(10*time.Hour + time.Minute)
		ring := w.Gateway.Keys()
		limited := func(l key.Limits) (string, func(parts int) error) {
			t.Helper()
			k, token, err := ring.CreateWith(t.Context(), "shop", []key.Scope{key.SendMessages}, key.Settings{Limits: l})
			if err != nil {
				t.Fatal(err)
			}
			return k.ID, func(parts int) error {
				ctx := from(t, "10.0.0.1")
				if _, err := ring.Authenticate(ctx, token); err != nil {
					t.Fatal(err)
				}
				_, err := w.Gateway.Send(ctx, gateway.NewMessage{App: "shop", To: "+4915112345678", Text: strings.Repeat("x", 1+153*(parts-1)+8*min(1, parts-1))})
				return err
			}
		}
		refused := func(what string, err error, wait time.Duration) {
			t.Helper()
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Reason != fault.BudgetKey || e.Code != fault.RateLimited || e.RetryAfter > wait || e.RetryAfter < wait-15*time.Minute {
				t.Errorf("%s: %v, for %v", what, err, e)
			}
		}
		accepted := func(what string, err error) {
			t.Helper()
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		id, send := limited(key.Limits{Minute: 2, Day: 5})
		accepted("a long one", send(2))
		refused("a third in a minute", send(1), time.Minute)
		time.Sleep(time.Minute)
		accepted("the next minute", send(2))
		time.Sleep(time.Minute)
		refused("beyond the day", send(2), 14*time.Hour)
		accepted("the rest of the day", send(1))
		w.Restart()
		ring = w.Gateway.Keys()
		refused("after a restart", send(1), 14*time.Hour)
		_, token, err := ring.Rotate(t.Context(), id, 0)
		if err != nil {
			t.Fatal(err)
		}
		ctx := from(t, "10.0.0.1")
		if _, err = ring.Authenticate(ctx, token); err == nil {
			_, err = w.Gateway.Send(ctx, gateway.NewMessage{App: "shop", To: "+4915112345678", Text: "x"})
		}
		refused("with the key in its place", err, 14*time.Hour)
		_, other := limited(key.Limits{})
		accepted("another key of the app", other(3))

		_, paid := limited(key.Limits{CostDay: 150_000, CostMonth: 200_000})
		accepted("two parts for 0.14", paid(2))
		refused("0.21 a day", paid(1), 14*time.Hour)
		time.Sleep(24 * time.Hour)
		refused("0.21 a month", paid(1), 29*24*time.Hour+14*time.Hour)
	})
}

// Messages, codes and calls count together: a call as one message to its number. Whom a
// person's own text verifies, nothing was sent.
func TestLimitsOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Simulated(func(int) []simulator.ModemOption {
			return []simulator.ModemOption{simulator.Family("sim7600")}
		}), gatewaytest.Configure(func(c *gateway.Config) {
			c.Voice.Engine = speech.New(speech.Config{})
			c.Guard.VoiceCountries = []string{"DE"}
			c.Lines.SIMs = []line.Settings{{IMSI: gatewaytest.SIM(0).IMSI, Number: gatewaytest.SIM(0).MSISDN, Prices: []line.Price{{Prefix: "+49", Micros: 70_000}, {Prefix: "+4915112345679", Micros: 90_000}}}}
		}))
		time.Sleep(time.Minute)
		k, token, err := w.Gateway.Keys().CreateWith(t.Context(), "shop", []key.Scope{key.SendMessages, key.PlaceCalls}, key.Settings{Limits: key.Limits{Day: 9, CostDay: 240_000}})
		if err != nil {
			t.Fatal(err)
		}
		call := func(to string) error {
			ctx := from(t, "10.0.0.1")
			if _, err := w.Gateway.Keys().Authenticate(ctx, token); err != nil {
				t.Fatal(err)
			}
			_, err := w.Gateway.PlaceCall(ctx, gateway.NewCall{App: "shop", To: to, Locale: "en-gb", Text: "the pump has stopped"})
			return err
		}
		ctx := from(t, "10.0.0.1")
		if _, err = w.Gateway.Keys().Authenticate(ctx, token); err == nil {
			_, err = w.Gateway.Send(ctx, gateway.NewMessage{App: "shop", To: "+4915112345678", Text: "x"})
		}
		if err = errors.Join(err, call("+4915112345678"), call("+4915112345679")); err != nil {
			t.Fatal(err)
		}
		if e, ok := errors.AsType[*fault.Error](call("+4915112345678")); !ok || e.Reason != fault.BudgetKey {
			t.Errorf("0.30 a day: %v", e)
		}
		ctx = from(t, "10.0.0.1")
		if _, err = w.Gateway.Keys().Authenticate(ctx, token); err == nil {
			_, err = w.Gateway.StartVerification(ctx, gateway.NewVerification{App: "shop", To: "+4915112345678", Workflow: workflow.Steps{{Channel: workflow.MO}}})
		}
		if err != nil {
			t.Errorf("a text of the person, which costs its owner nothing: %v", err)
		}
		list, err := w.Gateway.Keys().List(t.Context())
		if err != nil || list[0].ID != k.ID || list[0].Spent.Day != 3 || list[0].Spent.CostDay != 230_000 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestSettingsRefuse(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	for name, s := range map[string]key.Settings{
		"expired":          {Expires: time.Now().Add(-time.Hour)},
		"a century":        {Expires: time.Now().AddDate(100, 0, 0)},
		"a negative limit": {Limits: key.Limits{Day: -1}},
		"negative money":   {Limits: key.Limits{CostDay: -2_000_000}},
		"many networks":    {Networks: make([]netip.Prefix, 33)},
	} {
		if _, _, err := w.Gateway.Keys().CreateWith(t.Context(), "a", nil, s); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, s := range []string{"", "x", "10.0.0.0/33", "::ffff:10.0.0.1", "fe80::1%eth0", "10.0.0.0/8,192.168.0.0/16"} {
		if p, err := key.ParseNetwork(s); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q is %v, %v", s, p, err)
		}
	}
}
