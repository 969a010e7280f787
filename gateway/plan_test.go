package gateway_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/conversation"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/notify/mailtest"
	"simgate/gateway/webhook"
)

func TestMain(m *testing.M) {
	// Each history is a whole gateway: more of them are for whoever asks by the flag.
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
	folder, err := os.MkdirTemp("", "mail")
	if err == nil {
		err = mailtest.Trust(folder)
	}
	if err != nil {
		panic(err)
	}
	code := gatewaytest.Main(m)
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// Every way to ask for a list is asked, so that it is explained.
func TestListsOfAllKinds(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	ctx, g := t.Context(), w.Gateway
	one := func(name string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	begun, err := g.StartVerification(ctx, gateway.NewVerification{App: "shop", To: anna})
	one("start", err)
	for bits := range 32 {
		on := func(bit int) bool { return bits&(1<<bit) != 0 }
		pick := func(bit int, s string) string {
			if on(bit) {
				return s
			}
			return ""
		}
		number := func(bit int, n int64) int64 {
			if on(bit) {
				return n
			}
			return 0
		}
		since := time.Time{}
		if on(2) {
			since = time.Now()
		}
		app, to, state := pick(0, "shop"), pick(1, anna), pick(2, "expired")
		for _, f := range []gateway.MessageFilter{
			{App: app, To: to, State: gateway.State(state), Before: number(3, 9), CustomID: pick(4, "x")},
			{App: app, State: gateway.State(pick(1, "sent")), Since: since, Until: since, Before: number(3, 9), Line: number(4, 1)},
			{To: to, Line: number(0, 1), Text: pick(2, "x"), Before: number(3, 9), Request: pick(4, "x"), NoCodes: on(2)},
		} {
			_, err := g.MessagePage(ctx, f)
			one("messages", err)
		}
		_, err := g.Verifications(ctx, gateway.VerificationFilter{App: app, To: to, State: gateway.VerificationState(state), Before: pick(3, begun.Verification.ID)})
		one("verifications", err)
		_, err = g.Calls().List(ctx, call.Filter{App: app, To: to, State: call.State(state), Before: number(3, 9)})
		one("calls", err)
		for _, f := range []inbox.Filter{
			{Line: number(0, 1), Sender: pick(1, anna), Since: since, Before: number(3, 9), After: number(4, 1)},
			{App: app, Sender: to, Unread: on(2), Kind: inbox.Kind(pick(3, "call")), Text: pick(4, "x"), Before: 9, Until: since},
			{App: app, Unread: on(1), After: number(2, 1)},
		} {
			_, err = g.Inbox().List(ctx, f)
			one("inbox", err)
		}
		view, place := conversation.View{Sent: on(0), SentApp: pick(1, "shop"), CameApp: pick(2, "shop")}, conversation.Place{Out: number(3, 9), In: number(4, 9)}
		_, _, err = g.Conversations().List(ctx, view, on(1), place, 5)
		one("conversations", err)
		_, err = g.Conversations().With(ctx, view, anna, place, 5)
		one("a conversation", err)
		_, err = g.Events(ctx, journal.Filter{Kind: journal.Kind(pick(0, "line.swapped")), Line: number(1, 1), Before: number(3, 9)})
		one("events", err)
		_, err = g.Webhooks().Deliveries(ctx, webhook.Filter{Webhook: number(0, 1), State: webhook.State(pick(2, string(webhook.Failed))), Before: number(3, 9)})
		one("deliveries", err)
	}
}
