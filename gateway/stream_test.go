package gateway_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/store"
	"simgate/gateway/store/schema"
	"simgate/gateway/store/sqlite"
	"simgate/gateway/webhook"
)

// tagging is a configuration with a format that posts tags of contacts, and the kind of
// all else.
func tagging(r *receivers) gatewaytest.Option {
	return gatewaytest.Configure(func(c *gateway.Config) {
		c.Webhooks = webhook.Config{AnyCallback: true, Dial: r.dial, Formats: map[string]webhook.Format{"plain": {
			Kinds: gateway.NewsKinds,
			Request: gateway.WithSubject(func(n gateway.News) (*webhook.Request, error) {
				body := n.Kind
				if n.Contact != nil {
					body = n.Contact.Tag
				}
				return &webhook.Request{Body: []byte(body)}, nil
			})}}}
	})
}

func tag(t *testing.T, w *gatewaytest.World, tag string) {
	t.Helper()
	if err := w.Gateway.SetTag(t.Context(), "shop", anna, tag); err != nil {
		t.Fatal(err)
	}
}

func bodies(list []request) (all []string) {
	for _, q := range list {
		all = append(all, q.body)
	}
	return all
}

// A delivery says in each try, and in a replay, what it has said in the first, though its
// subject has changed since and the gateway was restarted.
func TestADeliveryIsTheSameInEachTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, func(string, string) int { return 500 })
		w := gatewaytest.Start(t, gatewaytest.Modems(0), tagging(r))
		w.Key(t, "shop")
		if _, err := w.Gateway.Webhooks().Add(t.Context(), webhook.Webhook{App: "shop", URL: "http://shop.example/", Format: "plain",
			Kinds: []string{gateway.NewsTagged}}); err != nil {
			t.Fatal(err)
		}
		tag(t, w, "first")
		time.Sleep(time.Second)
		tag(t, w, "second")
		tag(t, w, "second") // is no change
		time.Sleep(time.Second)
		w.Restart()
		r.set(func(string, string) int { return 200 })
		time.Sleep(time.Hour)
		if _, err := w.Gateway.Webhooks().Replay(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		got := bodies(r.to("shop."))
		slices.Sort(got[2:4])
		if want := []string{"first", "second", "first", "second", "first"}; !slices.Equal(got, want) {
			t.Errorf("the receiver got %q, want %q", got, want)
		}
	})
}

// A webhook gets what happens after it was registered, or enabled again, and each of
// that once: also after restarts, and with more changes than the fan-out reads at once.
func TestAWebhookBeginsAtThePresent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, func(_, path string) int {
			if path == "/gone" {
				return 410
			}
			return 200
		})
		w := posting(t, r)
		count := func(path string) (n int) {
			time.Sleep(time.Minute)
			for _, q := range r.to("shop.") {
				if q.path == path {
					n++
				}
			}
			return n
		}
		want := func(path string, n int) {
			t.Helper()
			if got := count(path); got != n {
				t.Errorf("%s was called %d times, want %d", path, got, n)
			}
		}
		addWebhook(t, w, "shop", "http://shop.example/old")
		cancelled(t, w, "shop", "")
		want("/old", 1)
		for range 300 { // each with changes that are delivered to nobody
			cancelled(t, w, "bank", "")
		}
		gone := addWebhook(t, w, "shop", "http://shop.example/gone")
		addWebhook(t, w, "shop", "http://shop.example/new")
		w.Restart()
		want("/new", 0)
		want("/old", 1)
		cancelled(t, w, "shop", "")
		want("/new", 1)
		want("/old", 2)
		want("/gone", 1)
		cancelled(t, w, "shop", "")
		if _, err := w.Gateway.Webhooks().Rotate(t.Context(), gone.ID); err != nil {
			t.Fatal(err)
		}
		w.Restart()
		want("/gone", 1)
		cancelled(t, w, "shop", "")
		want("/gone", 2)
		want("/old", 4)
	})
}

// What an earlier release has left pending is delivered, and what has ended stays.
func TestDeliveriesOfAnOlderDatabase(t *testing.T) {
	folder := t.TempDir()
	older := fstest.MapFS{}
	files, err := fs.Glob(schema.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		raw, err := fs.ReadFile(schema.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		if name < "0023" {
			older[name] = &fstest.MapFile{Data: raw}
		}
	}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(folder, "simgate.db")}, older)
	if err != nil {
		t.Fatal(err)
	}
	go db.Run(t.Context()) //nolint:errcheck // Close ends it
	err = db.Write(t.Context(), func(tx *store.Tx) error {
		for _, query := range []string{
			`INSERT INTO webhook (id, app, url, format, secret, made_at) VALUES (1, 'shop', 'http://shop.example/hook', 'plain', 'whsec_eA==', 1)`,
			`INSERT INTO contact (id, app, number, tag, changed_at) VALUES (7, 'shop', '+4915112345678', 'customer', 1)`,
			`INSERT INTO webhook_kind (kind, webhook_id) VALUES ('contact.tagged', 1)`,
			`INSERT INTO delivery (id, webhook_id, callback, app, kind, subject, at, state, origin, ended_at) VALUES
				(1, 1, '', 'shop', 'contact.tagged', 7, 1, 'delivered', 'http://shop.example:80', 2),
				(2, 1, '', 'shop', 'contact.tagged', 7, 1, 'pending', 'http://shop.example:80', 0),
				(3, 0, 'plain http://shop.example/callback', 'shop', 'contact.tagged', 7, 1, 'pending', '', 0)`, // from before receivers took turns
		} {
			if _, err := tx.Exec(query); err != nil {
				return err
			}
		}
		return nil
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, func(string, string) int { return 200 })
		w := gatewaytest.Start(t, gatewaytest.Modems(0), gatewaytest.In(folder), tagging(r))
		time.Sleep(time.Minute)
		var got []string
		for _, q := range r.to("shop.") {
			got = append(got, q.path+" "+q.body)
		}
		slices.Sort(got)
		if want := []string{"/callback customer", "/hook customer"}; !slices.Equal(got, want) {
			t.Errorf("the receiver got %q, want %q", got, want)
		}
		w.Key(t, "shop")
		tag(t, w, "friend")
		time.Sleep(time.Second)
		if list := deliveries(t, w, webhook.Filter{State: webhook.Delivered}); len(list) != 4 {
			t.Errorf("delivered are %s", fmt.Sprint(list))
		}
	})
}
