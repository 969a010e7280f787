package gateway_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/canary"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/gateway/notify"
	"simgate/modem/simulator"
)

// A message goes from SIM to SIM on schedule, and nobody sees it in the inbox; the owner is
// told of two in a row that are lost, and when one arrives again.
func TestTheCanary(t *testing.T) {
	for _, modems := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			r := newReceivers(t, answering(200))
			w := notifying(t, r, func(*notify.Config) {}, gatewaytest.Modems(modems), gatewaytest.On(simulator.NewNetwork(simulator.Latency(2*time.Second))), gatewaytest.Configure(func(c *gateway.Config) {
				c.Canary = canary.Config{Every: 6 * time.Hour, Within: 5 * time.Minute}
			}))
			ctx := t.Context()
			sent := func() int {
				t.Helper()
				all, err := w.Gateway.Messages(ctx, gateway.MessageFilter{App: "@canary"})
				if err != nil {
					t.Fatal(err)
				}
				return len(all)
			}
			time.Sleep(25 * time.Hour)
			if n, last := sent(), w.Gateway.Canary().Last(); n != 5 || !last.Arrived || last.Took <= 0 || (last.From == last.To) != (modems == 1) {
				t.Errorf("%d messages, the last %+v", n, last)
			}
			if in, err := w.Gateway.Inbox().List(ctx, inbox.Filter{}); err != nil || len(in) != 0 {
				t.Errorf("the inbox has %+v, %v", in, err)
			}
			w.Restart()
			time.Sleep(time.Hour)
			if n := sent(); n != 5 {
				t.Errorf("a restart sends one: %d", n)
			}
			for i := range modems {
				w.Network.Mute(gatewaytest.SIM(i).IMSI)
			}
			time.Sleep(4*time.Hour + 10*time.Minute)
			equal(t, "after one that is lost", told(t, r))
			time.Sleep(30 * time.Minute)
			equal(t, "after two", told(t, r), "begun canary.lost")
			before := sent()
			time.Sleep(5 * time.Hour)
			if n := sent(); n != before {
				t.Errorf("%d more are sent while the owner knows", n-before)
			}
			for i := range modems {
				w.Network.Unblock(gatewaytest.SIM(i).IMSI)
			}
			time.Sleep(7 * time.Hour)
			equal(t, "when one arrives", told(t, r), "begun canary.lost", "over canary.lost")
			if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, "simgate canary of a stranger"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			if got := texts(received(t, w)); !slices.Equal(got, []string{"simgate canary of a stranger"}) {
				t.Errorf("what others send came in as %q", got)
			}
		})
	}
}

// It is off unless it is asked for, counts in the budgets, and says what it lacks.
func TestTheCanaryCosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cfg gateway.Config
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Lines.Pace.Day = 2
			cfg = *c
		}))
		ctx, g := t.Context(), w.Gateway
		time.Sleep(48 * time.Hour)
		if all, err := g.Messages(ctx, gateway.MessageFilter{}); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		cfg.Canary = canary.Config{Every: time.Hour, To: gatewaytest.SIM(0).MSISDN, Within: 5 * time.Minute}
		if err := g.Configure(ctx, cfg); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Hour)
		if last := g.Canary().Last(); !last.Arrived {
			t.Errorf("%+v", last)
		}
		if lines, err := g.Lines().List(ctx); err != nil || lines[0].Usage[0].Parts != 2 {
			t.Errorf("%+v, %v", lines, err)
		}
		cfg.Canary.To = anna
		if err := g.Configure(ctx, cfg); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		if last := g.Canary().Last(); !last.Wrong() || last.Cause.Text != "no SIM that can send has the number "+anna+": correct canary.to in the configuration, or set number for the SIM" {
			t.Errorf("%+v", last)
		}
	})
}
