package gateway_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/gateway/key"
	"simgate/gateway/webhook"
)

// What comes in belongs to the app that wrote last to its sender by the same SIM within 7
// days, and to nobody else; webhooks and lists follow that.
func TestOwnerOfWhatComesIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, func(string, string) int { return 200 })
		w := posting(t, r, gatewaytest.Modems(2))
		ctx, g := t.Context(), w.Gateway
		w.Key(t, "clerk", key.AllInbox)
		for app, all := range map[string]bool{"shop": false, "bank": true, "clerk": false} {
			if _, err := g.Webhooks().Add(ctx, webhook.Webhook{App: app, URL: "http://" + app + ".example/", Format: "plain", Kinds: []string{gateway.NewsReceived}, AllIncoming: all}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Second)
		lines, err := g.Lines().List(ctx)
		if err != nil {
			t.Fatal(err)
		}
		first := lines[0].ID
		write := func(app, to string) {
			t.Helper()
			if _, err := g.Send(ctx, gateway.NewMessage{App: app, To: to, Text: "hello", Line: first}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		var owners, want []string
		answer := func(from string, sim int, text, owner string) {
			t.Helper()
			if err := w.Network.Subscriber(from).Send(gatewaytest.SIM(sim).MSISDN, text); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			owners, want = owners[:0], append(want, owner)
			for _, m := range received(t, w) {
				owners = append(owners, m.App)
			}
			if !slices.Equal(owners, want) {
				t.Errorf("%q belongs to %q, want %q", text, owners, want)
			}
		}
		const bob = "+4915112345670"
		answer(anna, 0, "nobody wrote to me", "")
		write("shop", anna)
		answer(anna, 0, "to the shop", "shop")
		answer(anna, 1, "to another SIM", "")
		answer(bob, 0, "nobody wrote to me either", "")
		write("bank", anna)
		answer(anna, 0, "to the bank, with so many words that one short message does not hold them all: this is one in two parts, and its owner is known as soon as both have come, not before, and only once", "bank")
		time.Sleep(6 * 24 * time.Hour)
		answer(anna, 0, "in time", "bank")
		time.Sleep(25 * time.Hour)
		answer(anna, 0, "too late", "")

		for host, n := range map[string]int{"shop": 1, "bank": len(want), "clerk": len(want)} {
			if got := len(r.to(host)); got != n {
				t.Errorf("the webhook of the %s was called %d times, want %d", host, got, n)
			}
		}
		if list, err := g.Inbox().List(ctx, inbox.Filter{App: "bank"}); err != nil || len(list) != 2 {
			t.Errorf("the bank sees %q, %v", texts(list), err)
		}
	})
}
