package gateway_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/optout"
	"simgate/gateway/store"
	"simgate/gateway/store/storetest"
)

// An app may be named as one of the gateway's own was: what it sends is its own, in
// conversations too, and whoever opts out gets no more of it.
func TestAppsNamedAsTheGatewaysOwn(t *testing.T) {
	for _, app := range []string{"owner", "canary", "forward"} {
		t.Run(app, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := gatewaytest.Start(t)
				ctx, g := t.Context(), w.Gateway
				w.Key(t, app)
				time.Sleep(10 * time.Second)
				says := func(text string) {
					t.Helper()
					if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, text); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Minute)
				}
				n := gateway.NewMessage{App: app, To: anna, Text: "hello"}
				if _, err := g.Send(ctx, n); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				says("hello to you")
				if all := received(t, w); len(all) != 1 || all[0].App != app {
					t.Errorf("the answer is %+v", all)
				}
				waiting := n
				waiting.NotBefore = time.Now().Add(time.Hour)
				later, err := g.Send(ctx, waiting)
				if err != nil {
					t.Fatal(err)
				}
				says("STOP")
				if m, err := g.Message(ctx, later.ID); err != nil || m.State != gateway.Cancelled {
					t.Errorf("what waits after STOP: %+v, %v", m, err)
				}
				_, err = g.Send(ctx, n)
				if e, ok := errors.AsType[*fault.Error](err); !ok || e.Reason != fault.OptedOut {
					t.Errorf("after STOP: %v", err)
				}
			})
		})
	}
}

// What the gateway itself has to say goes out, whatever a number has opted out of.
func TestOwnMessagesAfterOptingOut(t *testing.T) {
	for _, app := range []string{"@owner", "@canary", "@forward"} {
		w := gatewaytest.Start(t, gatewaytest.Modems(0))
		ctx, g := t.Context(), w.Gateway
		n := gateway.NewMessage{App: app, To: anna, Text: "hello", NotBefore: time.Now().Add(time.Hour)}
		before, err := g.Send(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := g.OptOuts().Add(ctx, "", anna, optout.ByOwner); err != nil {
			t.Fatal(err)
		}
		if m, err := g.Message(ctx, before.ID); err != nil || m.State != gateway.Queued {
			t.Errorf("%s: what waits: %+v, %v", app, m, err)
		}
		if _, err := g.Send(ctx, n); err != nil {
			t.Errorf("%s: %v", app, err)
		}
	}
}

// What the gateway itself has sent keeps being known as its own, and what an app of the same
// name has sent stays with that.
func TestOwnMessagesOfAnOlderDatabase(t *testing.T) {
	storetest.Migrate(t, "0055", func(tx *store.Tx) error {
		for i, app := range []string{"owner", "canary", "forward", "shop"} {
			for _, insert := range []string{
				fmt.Sprintf(`INSERT INTO message (id, app, recipient, body, custom_id, lane, state, pinned, line, reference, parts, due, deadline, accepted_at, expires_at)
					VALUES (%d, ?, '+4915112345678', 'hi', '', 1, 'sent', 0, 1, 0, 1, 0, 0, 0, 0)`, i+1),
				`INSERT INTO change (kind, subject, app, from_state, to_state, at, tick) VALUES ('message', 1, ?, '', 'queued', 0, 0)`,
				`INSERT INTO pace_app (app, line, period, parts, recipients) VALUES (?, 1, 'day', 1, 1)`,
				`INSERT INTO credit_app (app, line, micros) VALUES (?, 1, 1)`,
				`INSERT INTO idempotency (app, route, key, fingerprint, result, at) VALUES (?, 'POST /v1/messages', 'k', x'', '1', 0)`,
			} {
				if _, err := tx.Exec(insert, app); err != nil {
					return err
				}
			}
		}
		_, err := tx.Exec(`INSERT INTO api_key (id, app, hash, scopes, created_at) VALUES ('1', 'canary', x'01', '', 0), ('2', '@owner', x'02', '', 0), ('3', '@shop', x'03', '', 0)`)
		if err == nil {
			_, err = tx.Exec(`INSERT INTO idempotency (app, route, key, fingerprint, result, at) VALUES ('owner', 'notify', 'k', x'', '1', 0), ('forward', 'forward', 'k', x'', '3', 0)`)
		}
		return err
	}, func(tx *store.Tx) error {
		want := []string{"@forward", "@owner", "canary", "shop"}
		for _, table := range []string{"message", "change", "pace_app", "credit_app"} {
			after, err := store.All(tx, store.Text, `SELECT app FROM `+table+` ORDER BY app`)
			if err != nil || !slices.Equal(after, want) {
				t.Errorf("the apps of %s are %q, want %q: %v", table, after, want, err)
			}
		}
		keys, err := store.All(tx, store.Text, `SELECT app FROM api_key ORDER BY id`)
		if err != nil || !slices.Equal(keys, []string{"canary", "app @owner", "@shop"}) {
			t.Errorf("the keys are of %q, %v", keys, err)
		}
		once, err := store.All(tx, store.Text, `SELECT app || ' ' || route FROM idempotency ORDER BY route, app`)
		if err != nil || !slices.Equal(once, []string{"canary POST /v1/messages", "forward POST /v1/messages", "owner POST /v1/messages", "shop POST /v1/messages", "@forward forward", "@owner notify"}) {
			t.Errorf("requests are remembered of %q, %v", once, err)
		}
		return nil
	})
}
