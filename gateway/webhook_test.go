package gateway_test

import (
	"context"
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

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/key"
	"simgate/gateway/webhook"
)

// receivers are the servers of all apps, at the far end of connections in memory.
type receivers struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	// answer is the status for a request; 0 leaves it without an answer.
	answer func(host, path string) int

	mu  sync.Mutex
	got []request
}

type request struct {
	at         time.Time
	host, path string
	body       string
}

func newReceivers(t *testing.T, answer func(host, path string) int) *receivers {
	t.Helper()
	r := &receivers{answer: answer}
	r.dial = gatewaytest.Serve(t, r)
	return r
}

func (r *receivers) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	raw, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	r.got = append(r.got, request{time.Now(), q.Host, q.URL.Path, string(raw)})
	status := r.answer(q.Host, q.URL.Path)
	r.mu.Unlock()
	if status == 0 {
		<-q.Context().Done()
		return
	}
	w.WriteHeader(status)
}

// set changes how requests are answered from now on.
func (r *receivers) set(answer func(host, path string) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// to returns the requests to hosts that begin so.
func (r *receivers) to(host string) (list []request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range r.got {
		if strings.HasPrefix(q.host, host) {
			list = append(list, q)
		}
	}
	return list
}

// posting is a world whose webhooks reach r, with an unsigned format that posts
// the kind, and callbacks anywhere.
func posting(t *testing.T, r *receivers, options ...gatewaytest.Option) *gatewaytest.World {
	t.Helper()
	w := gatewaytest.Start(t, append([]gatewaytest.Option{gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) {
		c.Webhooks = webhook.Config{AnyCallback: true, Dial: r.dial, Formats: map[string]webhook.Format{"plain": {
			Kinds:   gateway.NewsKinds,
			Request: gateway.WithSubject(func(n gateway.News) (*webhook.Request, error) { return &webhook.Request{Body: []byte(n.Kind)}, nil }),
		}}}
	})}, options...)...)
	for _, app := range []string{"shop", "bank"} {
		w.Key(t, app)
	}
	return w
}

func addWebhook(t *testing.T, w *gatewaytest.World, app, url string) webhook.Webhook {
	t.Helper()
	h, err := w.Gateway.Webhooks().Add(t.Context(), webhook.Webhook{App: app, URL: url, Format: "plain", Kinds: []string{"verification.cancelled"}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// cancelled ends a verification of an app, which its webhooks hear of, and its
// callback if there is one.
func cancelled(t *testing.T, w *gatewaytest.World, app, callback string) {
	t.Helper()
	n := gateway.NewVerification{App: app, To: anna, Purpose: callback}
	if callback != "" {
		n.Callback = webhook.Callback{URL: callback, Format: "plain"}
	}
	s, err := w.Gateway.StartVerification(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Gateway.CancelVerification(t.Context(), app, s.Verification.ID); err != nil {
		t.Fatal(err)
	}
}

func deliveries(t *testing.T, w *gatewaytest.World, f webhook.Filter) []webhook.Delivery {
	t.Helper()
	f.Limit = 500
	list, err := w.Gateway.Webhooks().Deliveries(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// The callbacks of one app that do not answer delay no other app, and its own
// other receivers not for long.
func TestDeadReceiversDelayNobodyElse(t *testing.T) {
	for _, tc := range []struct {
		name string
		url  func(i int) string
		own  time.Duration // until another receiver of the same app is served
	}{
		{"200 URLs of one host", func(i int) string { return fmt.Sprintf("http://dead.example/%d", i) }, time.Second},
		{"200 hosts", func(i int) string { return fmt.Sprintf("http://dead%d.example/", i) }, 16 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReceivers(t, func(host, _ string) int {
					if strings.HasPrefix(host, "dead") {
						return 0
					}
					return 200
				})
				w := posting(t, r)
				addWebhook(t, w, "bank", "http://bank.example/")
				for i := range 200 {
					cancelled(t, w, "shop", tc.url(i))
				}
				time.Sleep(time.Second)
				began := time.Now()
				cancelled(t, w, "bank", "")
				cancelled(t, w, "shop", "http://alive.example/")
				time.Sleep(time.Minute)
				for host, within := range map[string]time.Duration{"bank.": time.Second, "alive.": tc.own} {
					if got := r.to(host); len(got) != 1 || got[0].at.Sub(began) > within {
						t.Errorf("%sexample was served %d times: %v", host, len(got), got)
					}
				}
			})
		})
	}
}

// A host that does not answer is asked seldom, whatever is pending for it, and
// gets all of it once it answers again.
func TestDeadReceiverRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, func(string, string) int { return 0 })
		w := posting(t, r)
		for i := range 200 {
			cancelled(t, w, "shop", fmt.Sprintf("http://shop.example/%d", i))
		}
		time.Sleep(time.Hour)
		if n := len(r.to("shop.")); n < 5 || n > 20 {
			t.Errorf("it was asked %d times in an hour", n)
		}
		w.Restart()
		time.Sleep(10 * time.Minute)
		r.set(func(string, string) int { return 200 })
		time.Sleep(3 * time.Hour)
		if done := deliveries(t, w, webhook.Filter{State: webhook.Delivered}); len(done) != 200 {
			t.Errorf("%d of 200 were delivered", len(done))
		}
	})
}

// What is pending for a host that never answers ends after days, and the owner
// hears of it in few words.
func TestDeadReceiverIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := posting(t, newReceivers(t, func(string, string) int { return 0 }))
		for i := range 30 {
			cancelled(t, w, "shop", fmt.Sprintf("http://shop.example/%d", i))
		}
		time.Sleep(5 * 24 * time.Hour)
		for _, d := range deliveries(t, w, webhook.Filter{}) {
			if d.State != webhook.Failed || d.Cause.Text == "" {
				t.Errorf("%+v", d)
			}
		}
		events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.WebhookFailed})
		if err != nil || len(events) == 0 || len(events) > 3 {
			t.Errorf("%d events, %v", len(events), err)
		}
	})
}

// What is pending for one webhook is bounded: its own oldest fail, and nobody
// else's. What has ended never pushes out what is pending.
func TestPendingDeliveriesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := posting(t, newReceivers(t, func(string, string) int { return 0 }), gatewaytest.Configure(func(c *gateway.Config) { c.Webhooks.MaxPending = 10_000 }))
		bank, shop := addWebhook(t, w, "bank", "http://bank.example/"), addWebhook(t, w, "shop", "http://shop.example/")
		cancelled(t, w, "bank", "")
		cancelled(t, w, "bank", "http://callback.example/")
		if err := w.Gateway.Owe(t.Context(), shop, 10_500, webhook.Pending); err != nil {
			t.Fatal(err)
		}
		if err := w.Gateway.Owe(t.Context(), shop, 60_000, webhook.Delivered); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Hour)
		if got := deliveries(t, w, webhook.Filter{Webhook: bank.ID}); len(got) != 2 || got[0].State != webhook.Pending || got[1].State != webhook.Pending {
			t.Errorf("what the other app is owed: %+v", got)
		}
		var pending, failed, done int
		var last webhook.Delivery
		for before := int64(0); ; before = last.ID {
			page := deliveries(t, w, webhook.Filter{Webhook: shop.ID, Before: before})
			for _, d := range page {
				switch d.State {
				case webhook.Pending:
					pending++
					if failed > 0 {
						t.Fatal("an older one is pending, and a newer has failed")
					}
				case webhook.Failed:
					failed++
					if !strings.Contains(d.Cause.Text, "too many") {
						t.Fatalf("%+v", d)
					}
				default:
					done++
				}
				last = d
			}
			if len(page) == 0 {
				break
			}
		}
		if pending > 10_000 || pending < 8_000 || pending+failed != 10_500 || done > 50_000 {
			t.Errorf("%d pending, %d failed, %d delivered", pending, failed, done)
		}
		events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.WebhookFailed})
		if err != nil || len(events) == 0 || len(events) > 3 || !strings.Contains(events[0].Text, "shop") {
			t.Errorf("%+v, %v", events, err)
		}
	})
}

// Who answers 410 is not called again: not for what is pending, not for
// callbacks, not by a replay, until the owner enables it.
func TestGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, func(string, string) int { return 500 })
		w := posting(t, r)
		addWebhook(t, w, "shop", "http://shop.example/hook")
		addWebhook(t, w, "bank", "http://shop.example/bank")
		for i := range 5 {
			cancelled(t, w, "shop", fmt.Sprintf("http://shop.example/%d", i))
			cancelled(t, w, "bank", "")
		}
		r.set(func(_, path string) int {
			if path == "/bank" {
				return 200
			}
			return 410
		})
		was := len(r.to(""))
		time.Sleep(5 * 24 * time.Hour)
		var gone int
		for _, q := range r.to("")[was:] {
			if q.path == "/hook" {
				gone++
			}
		}
		if gone != 1 {
			t.Errorf("the webhook was called %d times after it was gone", gone)
		}
		for _, d := range deliveries(t, w, webhook.Filter{}) {
			want := webhook.Failed
			if d.App == "bank" {
				want = webhook.Delivered
			}
			if d.State != want || d.App == "shop" && !strings.Contains(d.Cause.Text, "410") {
				t.Errorf("%+v", d)
			}
		}
	})
	t.Run("afterwards", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newReceivers(t, func(string, string) int { return 410 })
			w := posting(t, r)
			h := addWebhook(t, w, "shop", "http://shop.example/hook")
			cancelled(t, w, "shop", "")
			synctest.Wait()
			time.Sleep(time.Second)
			r.set(func(string, string) int { return 200 })
			if _, err := w.Gateway.Webhooks().Replay(t.Context(), 1); fault.CodeOf(err) != fault.Conflict {
				t.Errorf("a replay: %v", err)
			}
			_, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna,
				Callback: webhook.Callback{URL: "http://shop.example/x", Format: "plain"}})
			if fault.CodeOf(err) != fault.Invalid {
				t.Errorf("a callback: %v", err)
			}
			cancelled(t, w, "shop", "")
			time.Sleep(24 * time.Hour)
			if n := len(r.to("")); n != 1 {
				t.Errorf("it was called %d times", n)
			}
			if _, err := w.Gateway.Webhooks().Rotate(t.Context(), h.ID); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Gateway.Webhooks().Replay(t.Context(), 1); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Second)
			if n := len(r.to("")); n != 2 {
				t.Errorf("when it is enabled it was called %d times", n)
			}
		})
	})
}

// What comes in is delivered at once, though nothing else is written to the database.
func TestIncomingMessagesAreDeliveredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, func(string, string) int { return 200 })
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Webhooks = webhook.Config{Dial: r.dial, Formats: map[string]webhook.Format{"plain": {
				Kinds:   gateway.NewsKinds,
				Request: gateway.WithSubject(func(n gateway.News) (*webhook.Request, error) { return &webhook.Request{Body: []byte(n.Kind)}, nil }),
			}}}
		}))
		w.Key(t, "shop")
		if _, err := w.Gateway.Webhooks().Add(t.Context(), webhook.Webhook{App: "shop", URL: "http://shop.example/", Format: "plain",
			Kinds: []string{gateway.NewsReceived}, AllIncoming: true}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, "hello"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if got := r.to("shop."); len(got) != 1 {
			t.Errorf("it was delivered %d times", len(got))
		}
	})
}

// A flood comes in while the receiver is down for a day: nothing is lost, nothing comes twice,
// and what came from one sender is delivered in its order, across a restart too.
func TestAFloodComesInWhileTheReceiverIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, func(string, string) int { return 503 })
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Webhooks = webhook.Config{Dial: r.dial, Formats: map[string]webhook.Format{"texts": {Kinds: gateway.NewsKinds,
				Request: gateway.WithSubject(func(n gateway.News) (*webhook.Request, error) {
					return &webhook.Request{Body: []byte(n.Incoming.Sender + " " + n.Incoming.Text)}, nil
				})}}}
		}))
		w.Key(t, "shop", key.AllInbox)
		if _, err := w.Gateway.Webhooks().Add(t.Context(), webhook.Webhook{App: "shop", URL: "http://shop.example/", Format: "texts", Kinds: []string{gateway.NewsReceived}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		want := map[string][]string{}
		for i := range 120 {
			from, text := fmt.Sprintf("+49151123456%02d", i%3), fmt.Sprint("number ", i)
			if err := w.Network.Subscriber(from).Send(gatewaytest.SIM(0).MSISDN, text); err != nil {
				t.Fatal(err)
			}
			want[from] = append(want[from], text)
			time.Sleep(12 * time.Minute)
			if i == 60 {
				w.Restart()
			}
		}
		down := len(r.to("shop"))
		if down > 400 {
			t.Errorf("it was called %d times while it was down", down)
		}
		r.set(func(string, string) int { return 200 })
		time.Sleep(24 * time.Hour)
		got := map[string][]string{}
		for _, q := range r.to("shop")[down:] {
			from, text, _ := strings.Cut(q.body, " ")
			got[from] = append(got[from], text)
		}
		for from := range want {
			if !slices.Equal(got[from], want[from]) {
				t.Errorf("of %s: %q", from, got[from])
			}
		}
		if len(received(t, w)) != 120 {
			t.Error("the inbox lacks some")
		}
	})
}
