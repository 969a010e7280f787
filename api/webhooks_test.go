package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"simgate/api"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/webhook"
)

// receiver is the server of an app, reached by connections in memory, so that tests can
// run in a bubble with simulated time.
type receiver struct {
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	answer func(n int) (status int, header http.Header) // to the nth request

	mu  sync.Mutex
	got []told
}

type told struct {
	at     time.Time
	id     string
	header http.Header
	body   []byte
}

func newReceiver(t *testing.T, answer func(n int) (int, http.Header)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.dial = gatewaytest.Serve(t, r)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	raw, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	r.got = append(r.got, told{time.Now(), q.Header.Get("webhook-id"), q.Header, raw})
	n := len(r.got)
	r.mu.Unlock()
	status, header := r.answer(n)
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
}

func (r *receiver) told() []told {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func always(status int) func(int) (int, http.Header) {
	return func(int) (int, http.Header) { return status, nil }
}

// telling starts a gateway whose webhooks connect to r.
func telling(t *testing.T, r *receiver, options ...gatewaytest.Option) *gatewaytest.World {
	t.Helper()
	return gatewaytest.Start(t, append(options, gatewaytest.Configure(func(c *gateway.Config) {
		c.Webhooks = webhook.Config{Formats: api.Formats("DE", map[string]string{"99digital": "DE"}), Dial: r.dial}
	}))...)
}

func listen(t *testing.T, w *gatewaytest.World, format string, kinds ...string) webhook.Webhook {
	t.Helper()
	w.Key(t, "shop")
	h, err := w.Gateway.Webhooks().Add(t.Context(), webhook.Webhook{App: "shop", URL: "http://app.example/hook", Format: format, Kinds: kinds, AllIncoming: true})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func verified(t *testing.T, w *gatewaytest.World, to string) gateway.Verification {
	t.Helper()
	s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: to, Purpose: "x"})
	if err != nil {
		t.Fatal(err)
	}
	v, verdict, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", To: to, Purpose: "x", Code: s.Code})
	if err != nil || verdict != gateway.Right {
		t.Fatal(verdict, err)
	}
	return v
}

// The reference library verifies our signatures, during a rotation with either secret.
func TestWebhookSignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, always(200))
		w := telling(t, r)
		h := listen(t, w, "standard", "verification.verified")
		verified(t, w, anna)
		synctest.Wait()
		second, err := w.Gateway.Webhooks().Rotate(t.Context(), h.ID)
		if err != nil || second.Secret == h.Secret {
			t.Fatal(second.Secret, err)
		}
		verified(t, w, anna)
		synctest.Wait()
		time.Sleep(25 * time.Hour)
		verified(t, w, anna)
		synctest.Wait()
		got := r.told()
		if len(got) != 3 {
			t.Fatalf("told %d times", len(got))
		}
		takes := func(n int, secret string) bool {
			v, err := standardwebhooks.NewWebhook(secret)
			if err != nil {
				t.Fatal(err)
			}
			return v.VerifyIgnoringTimestamp(got[n].body, got[n].header) == nil
		}
		for n, want := range []struct{ first, second bool }{{true, false}, {true, true}, {false, true}} {
			if takes(n, h.Secret) != want.first || takes(n, second.Secret) != want.second {
				t.Errorf("request %d: the first secret signs it: %v, the second: %v", n, takes(n, h.Secret), takes(n, second.Secret))
			}
		}
		var news struct {
			Type string
			Data v1.Verification
		}
		if err := json.Unmarshal(got[0].body, &news); err != nil || news.Type != "verification.verified" || news.Data.State != string(gateway.Verified) {
			t.Errorf("%s, %v", got[0].body, err)
		}
	})
}

// A failed delivery is tried again after the pauses of Standard Webhooks, with the same
// id, for four days. Then there is an event, and the delivery can be replayed.
func TestWebhookRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, func(n int) (int, http.Header) {
			if n > 10 {
				return 204, nil
			}
			return 500, nil
		})
		w := telling(t, r)
		listen(t, w, "standard", "verification.verified")
		verified(t, w, anna)
		time.Sleep(5 * 24 * time.Hour)
		got := r.told()
		want := []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour,
			20 * time.Hour, 24 * time.Hour}
		if len(got) != len(want)+1 {
			t.Fatalf("told %d times", len(got))
		}
		for i, pause := range want {
			if d := got[i+1].at.Sub(got[i].at); d < pause || d > pause+pause/10+time.Second {
				t.Errorf("pause %d is %v, want %v", i+1, d, pause)
			}
			if got[i+1].id != got[0].id || got[0].id == "" || strings.Contains(got[0].id, ".") {
				t.Errorf("the id was %q, and is %q", got[0].id, got[i+1].id)
			}
		}
		events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.WebhookFailed})
		if err != nil || len(events) != 1 || !strings.Contains(events[0].Text, "replay 1") {
			t.Fatalf("%v, %v", events, err)
		}
		if _, err := w.Gateway.Webhooks().Replay(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		list, err := w.Gateway.Webhooks().Deliveries(t.Context(), webhook.Filter{})
		if err != nil || len(list) != 1 || list[0].State != webhook.Delivered || len(r.told()) != 11 || r.told()[10].id != got[0].id {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestWebhookAnswers(t *testing.T) {
	header := func(name, value string) http.Header { return http.Header{name: {value}} }
	for _, tc := range []struct {
		name, format string
		answer       func(n int) (int, http.Header)
		second       time.Duration // until it is told again, 0: it is not
		state        webhook.State
	}{
		{"200", "standard", always(200), 0, webhook.Delivered},
		{"204", "standard", always(204), 0, webhook.Delivered},
		{"204, where only 200 is a success", "textmagic-j", always(204), 5 * time.Second, webhook.Pending},
		{"a redirect", "standard", func(int) (int, http.Header) { return 302, header("Location", "http://other.example/") }, 5 * time.Second, webhook.Pending},
		{"429 with seconds", "standard", func(int) (int, http.Header) { return 429, header("Retry-After", "90") }, 90 * time.Second, webhook.Pending},
		{"503 with a date", "standard", func(int) (int, http.Header) {
			return 503, header("Retry-After", time.Now().Add(2*time.Minute).UTC().Format(http.TimeFormat))
		}, 119 * time.Second, webhook.Pending},
		{"429 with a century", "standard", func(int) (int, http.Header) { return 429, header("Retry-After", "3153600000") }, 24 * time.Hour, webhook.Pending},
		{"410", "standard", always(410), 0, webhook.Failed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver(t, tc.answer)
				w := telling(t, r)
				h := listen(t, w, tc.format, map[string]string{"standard": "message.sent", "textmagic-j": "message.delivered"}[tc.format])
				time.Sleep(5 * time.Second)
				if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hi"}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
				list, err := w.Gateway.Webhooks().Deliveries(t.Context(), webhook.Filter{})
				if err != nil || len(list) != 1 || list[0].State != tc.state {
					t.Fatalf("%+v, %v", list, err)
				}
				time.Sleep(25 * time.Hour)
				got := r.told()
				if tc.second == 0 {
					if len(got) != 1 {
						t.Errorf("told %d times", len(got))
					}
				} else if d := got[1].at.Sub(got[0].at); d < tc.second-time.Second || d > tc.second+tc.second/10+time.Second {
					t.Errorf("told again after %v", d)
				}
				all, err := w.Gateway.Webhooks().List(t.Context())
				if err != nil || (all[0].Disabled != "") != (tc.name == "410") {
					t.Errorf("%+v, %v", all, err)
				}
				_ = h
			})
		})
	}
}

// A delivery that was pending when the gateway was killed is made after the next start,
// with the same id.
func TestWebhookSurvives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, func(n int) (int, http.Header) {
			if n == 1 {
				return 500, nil
			}
			return 200, nil
		})
		w := telling(t, r)
		listen(t, w, "standard", "verification.verified")
		verified(t, w, anna)
		synctest.Wait()
		w.Reboot()
		time.Sleep(time.Minute)
		got := r.told()
		if len(got) != 2 || got[0].id != got[1].id {
			t.Fatalf("told %d times", len(got))
		}
	})
}

// The end of a verification is delivered once, whoever ends it.
func TestWebhookTellsEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, always(200))
		w := telling(t, r)
		listen(t, w, "standard", "verification.verified", "verification.expired", "verification.exhausted", "verification.cancelled")
		start := func(to string) gateway.Started {
			s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: to, Purpose: "x"})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		start("+4915100000010")
		start("+4915100000020")
		for range 5 {
			if _, _, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", To: "+4915100000020", Purpose: "x", Code: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Gateway.CancelVerification(t.Context(), "shop", start("+4915100000030").Verification.ID); err != nil {
			t.Fatal(err)
		}
		verified(t, w, "+4915100000040")
		time.Sleep(10 * time.Minute)
		start("+4915100000050")
		w.Reboot()
		time.Sleep(time.Minute)
		count := map[string]int{}
		for _, g := range r.told() {
			var n v1.News
			if err := json.Unmarshal(g.body, &n); err != nil {
				t.Fatal(err)
			}
			count[n.Type]++
		}
		if fmt.Sprint(count) != "map[verification.cancelled:1 verification.exhausted:1 verification.expired:2 verification.verified:1]" {
			t.Error(count)
		}
	})
}

// No code is delivered, neither alone nor in the text of a message.
func TestWebhookTellsNoCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, always(200))
		w := telling(t, r)
		for _, format := range []string{"standard", "textlink", "smscx", "textmagic-u", "99digital"} {
			listen(t, w, format)
		}
		time.Sleep(5 * time.Second)
		s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: "x", Length: 10})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if _, _, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", To: anna, Purpose: "x", Code: s.Code}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if len(r.told()) < 5 {
			t.Fatalf("told %d times", len(r.told()))
		}
		for _, g := range r.told() {
			if bytes.Contains(g.body, []byte(s.Code)) {
				t.Errorf("%s", g.body)
			}
		}
	})
}

// A receiver that hangs delays no other, and none gets news of another app.
func TestWebhooksApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := make(chan struct{})
		r := newReceiver(t, always(200))
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Webhooks = webhook.Config{Formats: api.Formats("DE", nil), Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				if strings.HasPrefix(address, "slow.") {
					select {
					case <-hangs:
					case <-ctx.Done():
					}
					return nil, errors.New("nobody there")
				}
				return r.dial(ctx, network, address)
			}}
		}))
		for _, h := range []webhook.Webhook{{App: "shop", URL: "http://slow.example/", Format: "standard"},
			{App: "shop", URL: "http://app.example/", Format: "standard"}, {App: "other", URL: "http://other.example/", Format: "standard"}} {
			h.Kinds = []string{"verification.verified"}
			w.Key(t, h.App)
			if _, err := w.Gateway.Webhooks().Add(t.Context(), h); err != nil {
				t.Fatal(err)
			}
		}
		verified(t, w, anna)
		synctest.Wait()
		if n := len(r.told()); n != 1 {
			t.Errorf("told %d times while another hangs", n)
		}
		close(hangs)
	})
}

func TestWebhookRefuses(t *testing.T) {
	w := telling(t, newReceiver(t, always(200)), gatewaytest.Modems(0))
	for _, tc := range []struct {
		name  string
		h     webhook.Webhook
		field string
	}{
		{"no app", webhook.Webhook{URL: "http://a.example", Format: "standard"}, "app"},
		{"an app without a key", webhook.Webhook{App: "nosuchapp", URL: "http://a.example", Format: "standard"}, "app"},
		{"a port above 65535", webhook.Webhook{App: "shop", URL: "http://a.example:99999", Format: "standard"}, "url"},
		{"no URL", webhook.Webhook{App: "shop", Format: "standard"}, "url"},
		{"another scheme", webhook.Webhook{App: "shop", URL: "ftp://a.example", Format: "standard"}, "url"},
		{"no host", webhook.Webhook{App: "shop", URL: "http:///x", Format: "standard"}, "url"},
		{"a password", webhook.Webhook{App: "shop", URL: "http://a:b@a.example", Format: "standard"}, "url"},
		{"a blank", webhook.Webhook{App: "shop", URL: "http://a.example/a b", Format: "standard"}, "url"},
		{"too long", webhook.Webhook{App: "shop", URL: "http://a.example/" + strings.Repeat("x", 500), Format: "standard"}, "url"},
		{"no such format", webhook.Webhook{App: "shop", URL: "http://a.example", Format: "xml"}, "format"},
		{"no such kind", webhook.Webhook{App: "shop", URL: "http://a.example", Format: "standard", Kinds: []string{"all"}}, "kinds"},
		{"a kind that the format has not", webhook.Webhook{App: "shop", URL: "http://a.example", Format: "99digital", Kinds: []string{"message.sent"}}, "kinds"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := w.Gateway.Webhooks().Add(t.Context(), tc.h)
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != fault.Invalid || e.Field != tc.field {
				t.Errorf("%v", err)
			}
		})
	}
}

// A callback is delivered to only at the host of a webhook of its app.
func TestCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, always(200))
		w := telling(t, r)
		listen(t, w, "standard", "none")
		for _, tc := range []struct {
			url, app string
			ok       bool
		}{
			{"http://app.example/one?x=1", "shop", true},
			{"http://APP.example:80/two", "shop", true},
			{"https://app.example/one", "shop", false},
			{"http://app.example:8080/one", "shop", false},
			{"http://app.example.evil.example/one", "shop", false},
			{"http://app.example@evil.example/one", "shop", false},
			{"http://192.168.1.1/", "shop", false},
			{"javascript:alert(1)", "shop", false},
			{"http://app.example/one", "other", false},
		} {
			s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: tc.app, To: anna, Purpose: tc.url,
				Callback: webhook.Callback{URL: tc.url, Format: "standard"}})
			var e *fault.Error
			switch {
			case !tc.ok && (!errors.As(err, &e) || e.Field != "callback"):
				t.Errorf("%s for %s: %v", tc.url, tc.app, err)
			case tc.ok && err != nil:
				t.Errorf("%s for %s: %v", tc.url, tc.app, err)
			case tc.ok:
				if _, err := w.Gateway.CancelVerification(t.Context(), tc.app, s.Verification.ID); err != nil {
					t.Error(err)
				}
			}
		}
		synctest.Wait()
		if n := len(r.told()); n != 2 {
			t.Errorf("told %d times", n)
		}
	})
}

// With any_callback, unsigned callbacks need no webhook. Those of the native API, which
// are signed, do.
func TestAnyCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, always(200))
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Webhooks = webhook.Config{Formats: api.Formats("DE", nil), Dial: r.dial, AnyCallback: true}
		}))
		for _, tc := range []struct {
			format string
			ok     bool
		}{{"smscx", true}, {"standard", false}} {
			s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Purpose: tc.format,
				Callback: webhook.Callback{URL: "http://app.example/x", Format: tc.format}})
			if (err == nil) != tc.ok {
				t.Errorf("%s: %v", tc.format, err)
			}
			if err == nil {
				if _, err := w.Gateway.CancelVerification(t.Context(), "shop", s.Verification.ID); err != nil {
					t.Error(err)
				}
			}
		}
		synctest.Wait()
		if n := len(r.told()); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

// The owner may set the secret that an app knows already.
func TestWebhookWithASecretOfTheApp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, always(200))
		w := telling(t, r)
		w.Key(t, "shop")
		signing := "whsec_" + strings.Repeat("QUJD", 11) // of 33 octets
		for _, tc := range []struct {
			format, secret string
			ok             bool
		}{
			{"textlink", "sesame", true}, {"textlink", "a\nb", false}, {"textlink", strings.Repeat("x", 129), false},
			{"standard", signing, true}, {"standard", "sesame", false}, {"standard", "whsec_QUJD", false},
		} {
			h, err := w.Gateway.Webhooks().Add(t.Context(), webhook.Webhook{App: "shop", URL: "http://app.example/hook", Format: tc.format, Secret: tc.secret,
				Kinds: []string{"message.sent"}})
			if (err == nil) != tc.ok || tc.ok && h.Secret != tc.secret {
				t.Errorf("%s, %q: %v", tc.format, tc.secret, err)
			}
		}
		time.Sleep(5 * time.Second)
		if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hi"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := r.told(); len(got) != 2 || fieldsOf(t, got[0])["secret"] != "sesame" {
			t.Errorf("told %d times", len(got))
		}
	})
}
