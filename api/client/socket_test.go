package client_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"simgate/api"
	"simgate/api/client"
	"simgate/api/connection"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/speech"
	"simgate/gateway/webhook"
	"simgate/modem/simulator"
)

// Each call of the client, over a real socket, against a whole gateway.
func TestCallsOverTheSocket(t *testing.T) {
	var told atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		told.Add(1)
	}))
	defer receiver.Close()
	w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
		c.Voice.Engine = speech.New(speech.Config{})
		c.Guard.VoiceCountries = []string{"DE"}
		c.Webhooks = webhook.Config{Formats: api.Formats("DE", nil), Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	}), gatewaytest.Simulated(func(int) []simulator.ModemOption {
		return []simulator.ModemOption{simulator.USSDMenu("*101#", simulator.Menu{Text: "1 balance", Choices: map[string]simulator.Menu{"1": {Text: "5 euros"}}})}
	}))
	socket := filepath.Join(t.TempDir(), "s")
	local, err := connection.ListenSocket(socket)
	if err != nil {
		t.Fatal(err)
	}
	network, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() {
		stopped <- api.New(api.Config{Country: "DE"}, w.Gateway, slog.New(slog.DiscardHandler)).Run(running, []api.Listener{{Listener: network}}, local)
	}()
	c, ctx := client.Socket(socket), t.Context()
	for w.Gateway.Ready(ctx) != nil {
		time.Sleep(10 * time.Millisecond)
	}

	t.Run("messages", func(t *testing.T) {
		m, err := c.Send(ctx, anna, "hello")
		must(t, err, m.To == anna)
		m, err = c.Message(ctx, m.ID)
		must(t, err, m.Text == "hello")
		list, err := c.Messages(ctx, client.Filter{Limit: 5})
		must(t, err, len(list) == 1)
		for _, f := range []client.Filter{{Line: 9}, {Text: "hullo"}, {Since: time.Now().Add(time.Hour)}, {Until: time.Now().Add(-time.Hour)}} {
			list, err = c.Messages(ctx, f)
			must(t, err, len(list) == 0)
		}
		_, err = c.Message(ctx, 99)
		refusedWith(t, err, http.StatusNotFound)
	})
	t.Run("verifications", func(t *testing.T) {
		v, err := c.StartVerification(ctx, client.NewVerification{To: anna, Brand: "Shop"})
		must(t, err, v.State == string(gateway.Pending) && v.To == anna)
		checked, err := c.CheckVerification(ctx, anna, "000000x")
		must(t, err, !checked.Verified)
	})
	t.Run("modems", func(t *testing.T) {
		list, err := c.Modems(ctx)
		must(t, err, len(list) == 1 && list[0].IMSI == gatewaytest.SIM(0).IMSI && len(list[0].IMEI) == 15)
	})
	t.Run("what comes in", func(t *testing.T) {
		changes, err := c.Follow(ctx, client.Follow{Kinds: []string{gateway.NewsReceived}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer changes.Close()
		if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, "good morning"); err != nil {
			t.Fatal(err)
		}
		change, err := changes.Next()
		must(t, err, change.Incoming != nil && change.Incoming.Text == "good morning")
		one, err := c.Incoming(ctx, change.Incoming.ID)
		must(t, err, one.Sender == anna)
		all, err := c.Inbox(ctx, client.InboxFilter{Limit: 5})
		must(t, err, len(all) == 1)
	})
	t.Run("USSD", func(t *testing.T) {
		menu, err := c.USSD(ctx, 0, "*101#")
		must(t, err, menu.More && menu.Text == "1 balance")
		must(t, c.EndUSSD(ctx, 0), true)
		must(t, c.EndUSSD(ctx, 0), true)
	})
	t.Run("keys", func(t *testing.T) {
		k, err := c.CreateKey(ctx, v1.NewKey{App: "shop", KeyChange: v1.KeyChange{Scopes: []string{"read"}}})
		must(t, err, k.Token != "" && slices.Equal(k.Scopes, []string{"read"}))
		k, err = c.RevokeKey(ctx, k.ID)
		must(t, err, !k.Revoked.IsZero())
		list, err := c.Keys(ctx)
		must(t, err, len(list) == 1 && list[0].ID == k.ID && list[0].Token == "")
	})
	t.Run("users", func(t *testing.T) {
		first, err := c.UserLink(ctx, "")
		must(t, err, first.Name == "" && strings.HasPrefix(first.Path, "/ui/welcome#") && !first.Until.IsZero())
		u, err := c.AddUser(ctx, "Anna", "viewer")
		must(t, err, u.Name == "anna" && u.Role == "viewer" && !u.Ready)
		u, err = c.SetUserRole(ctx, "anna", "owner")
		must(t, err, u.Role == "owner")
		l, err := c.UserLink(ctx, "anna")
		must(t, err, l.Name == "anna" && l.Path != first.Path)
		list, err := c.Users(ctx)
		must(t, err, len(list) == 1 && list[0].Role == "owner")
		u, err = c.RemoveUser(ctx, "anna")
		must(t, err, u.Name == "anna")
		_, err = c.UserLink(ctx, "anna")
		refusedWith(t, err, http.StatusNotFound)
		_, err = c.AddUser(ctx, "ben", "king")
		refusedWith(t, err, http.StatusBadRequest)
	})
	t.Run("guard", func(t *testing.T) {
		r, err := c.SetRule(ctx, string(guard.Block), anna, "a test", time.Hour)
		must(t, err, r.Key == anna && !r.Until.IsZero())
		list, err := c.Rules(ctx)
		must(t, err, len(list) == 1)
		why, err := c.Why(ctx, client.Question{To: anna})
		must(t, err, !why.Allowed && len(why.Rules) == 1)
		must(t, c.DeleteRule(ctx, r.ID), true)
		unlocked, err := c.Unlock(ctx, anna)
		must(t, err, unlocked.Locks == 0)
		refusedWith(t, c.DeleteRule(ctx, r.ID), http.StatusNotFound)
	})
	t.Run("events", func(t *testing.T) {
		_, err := c.Events(ctx, "", 5)
		must(t, err, true)
		_, err = c.ReleaseLine(ctx, 1)
		refusedWith(t, err, http.StatusNotFound)
	})
	t.Run("webhooks", func(t *testing.T) {
		_, err := c.CreateKey(ctx, v1.NewKey{App: "shop"})
		must(t, err, true)
		w.Key(t, "shop")
		h, err := c.AddWebhook(ctx, v1.NewWebhook{App: "shop", URL: receiver.URL, Format: api.FormatStandard, Kinds: []string{"message.delivered"}})
		must(t, err, strings.HasPrefix(h.Secret, "whsec_"))
		other, err := c.RotateWebhook(ctx, h.ID)
		must(t, err, other.Secret != h.Secret)
		tried, err := c.TestWebhook(ctx, h.ID)
		must(t, err, tried.OK && told.Load() == 1)
		list, err := c.Webhooks(ctx)
		must(t, err, len(list) == 1 && list[0].Secret == "")
		deliveries, err := c.Deliveries(ctx, "", 5)
		must(t, err, len(deliveries) == 0)
		_, err = c.Replay(ctx, 99)
		refusedWith(t, err, http.StatusNotFound)
		must(t, c.RemoveWebhook(ctx, h.ID), true)
	})
	t.Run("calls", func(t *testing.T) { // at the end: while a call is up, the modem does nothing else
		placed, err := c.PlaceCall(ctx, anna, "hello", "en-gb")
		must(t, err, placed.To == anna && placed.Text == "hello" && placed.Language == "en-gb")
		placed, err = c.GetCall(ctx, placed.ID)
		must(t, err, placed.App == api.OperatorApp)
		list, err := c.Calls(ctx, "", 5)
		must(t, err, len(list) == 1 && list[0].ID == placed.ID)
		_, err = c.PlayCall(ctx, anna, "no-such-file.wav")
		refusedWith(t, err, http.StatusBadRequest)
	})
	stop()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// must fails the test where a call has failed, or has not answered as it should.
func must(t *testing.T, err error, right bool) {
	t.Helper()
	if err != nil || !right {
		t.Fatalf("the answer is right: %v, the error %v", right, err)
	}
}

// refusedWith fails the test where a call was not refused with this status, or
// without a word of what is wrong.
func refusedWith(t *testing.T, err error, status int) {
	t.Helper()
	if p, ok := errors.AsType[*v1.Problem](err); !ok || p.Status != status || p.Error() == "" {
		t.Fatalf("the error is %v, want status %d", err, status)
	}
}
