package gateway_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/line/balance"
	"simgate/gateway/notify"
	"simgate/gateway/webhook"
	"simgate/modem"
	"simgate/modem/simulator"
)

// Whatever goes wrong with modems, SIMs, codes and webhooks, the owner is told, once. What is
// wrong with the machine is in the tests of the program.
func TestTheOwnerIsToldOfEveryTrouble(t *testing.T) {
	ask := func(t *testing.T, w *gatewaytest.World, to string) {
		_, _ = w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: to})
		time.Sleep(20 * time.Second)
	}
	pumped := func(m guard.Mode) gatewaytest.Option {
		return gatewaytest.Configure(func(c *gateway.Config) { c.Guard = guard.Config{Countries: []string{"DE"}, Conversion: m} })
	}
	for kind, test := range map[journal.Kind]struct {
		options []gatewaytest.Option
		cause   func(t *testing.T, w *gatewaytest.World)
	}{
		journal.ModemAbsent: {cause: func(_ *testing.T, w *gatewaytest.World) { w.SIMs[0].Unplug() }},
		journal.ModemLocked: {options: []gatewaytest.Option{gatewaytest.Cards(func(i int) simulator.SIM {
			card := gatewaytest.SIM(i)
			if i == 0 {
				card.PIN = "1234"
			}
			return card
		})}},
		journal.ModemFaulted:   {cause: func(_ *testing.T, w *gatewaytest.World) { w.SIMs[0].Hang(simulator.CurePower) }},
		journal.ModemSearching: {cause: func(_ *testing.T, w *gatewaytest.World) { w.SIMs[0].Register(simulator.Searching) }},
		journal.ModemHung: {options: []gatewaytest.Option{gatewaytest.ConfigureModem(func(i int, c *modem.Config) {
			if open := c.Open; i == 0 {
				opened := false
				c.Open = func(ctx context.Context) (io.ReadWriteCloser, error) {
					if opened {
						return open(ctx)
					}
					opened = true
					time.Sleep(2 * time.Hour) // whatever the context says
					return nil, fs.ErrNotExist
				}
			}
		})}},
		journal.LinesDown: {cause: func(_ *testing.T, w *gatewaytest.World) {
			w.SIMs[0].Unplug()
			w.SIMs[1].Unplug()
		}},
		journal.LineQuarantined: {cause: func(t *testing.T, w *gatewaytest.World) {
			w.Network.Block(gatewaytest.SIM(0).IMSI, 21)
			for i := range 12 {
				_, _ = w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: fmt.Sprintf("+49151123450%02d", i), Text: "hello"})
				time.Sleep(time.Minute)
			}
		}},
		journal.BalanceLow: {options: []gatewaytest.Option{
			gatewaytest.Simulated(func(int) []simulator.ModemOption {
				return []simulator.ModemOption{simulator.USSD("*100#", "Guthaben: 1,20 EUR")}
			}),
			gatewaytest.Configure(func(c *gateway.Config) {
				c.Lines.SIMs = []line.Settings{{ICCID: gatewaytest.SIM(0).ICCID, Balance: &balance.Settings{Codes: []string{"*100#"}, Low: 2.5}}}
			})}},
		journal.StorageFull: {
			options: []gatewaytest.Option{gatewaytest.Simulated(func(int) []simulator.ModemOption {
				return []simulator.ModemOption{simulator.Family("sim800"), simulator.Slots(3, 3)}
			})},
			cause: func(_ *testing.T, w *gatewaytest.World) {
				for range 3 {
					w.SIMs[0].Store("SM", []byte{0x01, 0x00, 0x01, 0x91, 0x21, 0x00, 0x00, 0x00}, 3)
					w.SIMs[0].Store("ME", []byte{0x01, 0x00, 0x01, 0x91, 0x21, 0x00, 0x00, 0x00}, 3)
				}
			}},
		journal.GuardThrottled: {options: []gatewaytest.Option{pumped(guard.Throttle)}, cause: func(t *testing.T, w *gatewaytest.World) {
			for i := range 60 {
				ask(t, w, sparse(i))
			}
		}},
		journal.GuardBlocked: {options: []gatewaytest.Option{pumped(guard.Enforce)}, cause: func(t *testing.T, w *gatewaytest.World) {
			block := func(i int) string { return fmt.Sprintf("+491511234%04d", i*37) }
			for i := range 22 {
				ask(t, w, block(i))
			}
			time.Sleep(15 * time.Minute) // who has got a code may still be typing
			ask(t, w, block(23))
		}},
		journal.WebhookDead: {
			options: []gatewaytest.Option{gatewaytest.Configure(func(c *gateway.Config) {
				c.Webhooks.Formats = map[string]webhook.Format{"plain": {Kinds: gateway.NewsKinds,
					Request: func(webhook.News) (*webhook.Request, error) { return &webhook.Request{}, nil }}}
			})},
			cause: func(t *testing.T, w *gatewaytest.World) {
				w.Key(t, "shop")
				if _, err := w.Gateway.Webhooks().Add(t.Context(), webhook.Webhook{App: "shop", URL: "http://gone.example/hook", Format: "plain", Kinds: gateway.NewsKinds}); err != nil {
					t.Fatal(err)
				}
				_, _ = w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hello"})
			}},
	} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReceivers(t, func(host, _ string) int {
					if host == "home" {
						return 200
					}
					return 410
				})
				w := gatewaytest.Start(t, append([]gatewaytest.Option{gatewaytest.Modems(2), gatewaytest.Configure(func(c *gateway.Config) {
					c.Notify = notify.Config{Webhook: "http://home/x", Dial: r.dial}
					c.Webhooks.Dial = r.dial
				})}, test.options...)...)
				time.Sleep(2 * time.Minute)
				if test.cause != nil {
					test.cause(t, w)
				}
				time.Sleep(90 * time.Minute)
				all := told(t, r)
				if n := len(slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s != "begun "+string(kind) })); n != 1 {
					t.Errorf("the owner was told %q", all)
				}
			})
		})
	}
}
