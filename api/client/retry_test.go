package client_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"simgate/api"
	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

// road is what lies between an app and the gateway: for each request it says what becomes
// of it.
type road struct {
	mu   sync.Mutex
	todo []func(w http.ResponseWriter, r *http.Request, gateway http.Handler) // of the next requests; all others arrive
	keys []string
}

func (d *road) handler(gateway http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.keys = append(d.keys, r.Header.Get("Idempotency-Key"))
		do := func(w http.ResponseWriter, r *http.Request, gateway http.Handler) { gateway.ServeHTTP(w, r) }
		if len(d.todo) > 0 {
			do, d.todo = d.todo[0], d.todo[1:]
		}
		d.mu.Unlock()
		do(w, r, gateway)
	})
}

func (d *road) next(todo ...func(http.ResponseWriter, *http.Request, http.Handler)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.todo, d.keys = todo, nil
}

// asked returns the idempotency keys of the requests since next.
func (d *road) asked() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.keys)
}

// lostOnTheWayBack lets a request arrive, and its answer never.
func lostOnTheWayBack(_ http.ResponseWriter, r *http.Request, gateway http.Handler) {
	gateway.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

func lostOnTheWay(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.Copy(io.Discard, r.Body)
	panic(http.ErrAbortHandler)
}

func status(code int, after string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.WriteHeader(code)
	}
}

// What is lost on the way is sent again, and nothing goes out twice.
func TestRetries(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	d := &road{}
	server := httptest.NewServer(d.handler(api.New(api.Config{}, w.Gateway, slog.New(slog.DiscardHandler)).Handler()))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(server.Close)
	ctx := t.Context()
	app := client.Hasty(client.New(server.URL, w.Key(t, "shop", key.SendMessages, key.Admin)))
	count := func() int {
		t.Helper()
		list, err := w.Gateway.Messages(ctx, gateway.MessageFilter{})
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}

	d.next(lostOnTheWayBack, status(503, ""), lostOnTheWay)
	m, err := app.Send(ctx, anna, "hello")
	if err != nil || m.ID != 1 || count() != 1 || len(d.asked()) != 4 || d.asked()[0] == "" || d.asked()[0] != d.asked()[3] {
		t.Errorf("%+v, %v; %d messages, keys %q", m, err, count(), d.asked())
	}
	d.next()
	if m, err := app.Send(ctx, anna, "hello"); err != nil || m.ID != 2 {
		t.Errorf("another call is another message: %+v, %v", m, err)
	}
	for range 2 {
		if m, err := app.Once("order-17").Send(ctx, anna, "your order"); err != nil || m.ID != 3 || d.asked()[len(d.asked())-1] != "order-17" {
			t.Errorf("%+v, %v", m, err)
		}
	}
	d.next(lostOnTheWayBack)
	if list, err := app.SendMany(ctx, []string{anna, "x"}, "hi"); err != nil || len(list.Messages) != 2 || list.Messages[0].ID != 4 {
		t.Errorf("%+v, %v", list, err)
	}

	d.next(status(429, "3600"))
	if _, err := app.Send(ctx, anna, "later"); statusOf(err) != 429 || len(d.asked()) != 1 {
		t.Errorf("an hour is too long to wait for: %v, %d tries", err, len(d.asked()))
	}
	d.next(status(500, ""))
	if _, err := app.Send(ctx, anna, "x"); statusOf(err) != 500 || len(d.asked()) != 1 {
		t.Errorf("a fault: %v, %d tries", err, len(d.asked()))
	}
	d.next(lostOnTheWay)
	if _, err := app.SetRule(ctx, "block", "+4916", "", 0); err == nil || len(d.asked()) != 1 {
		t.Errorf("what has no key may be carried out already: %v, %d tries", err, len(d.asked()))
	}
	d.next(lostOnTheWay, lostOnTheWay)
	if rules, err := app.Rules(ctx); err != nil || len(rules) != 0 || len(d.asked()) != 3 {
		t.Errorf("%v, %v, %d tries", rules, err, len(d.asked()))
	}
	d.next(status(503, ""), status(503, ""))
	if _, err := app.Tries(2).Send(ctx, anna, "x"); statusOf(err) != 503 || len(d.asked()) != 2 {
		t.Errorf("%v, %d tries", err, len(d.asked()))
	}
	d.next(status(503, "10"))
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := app.Send(short, anna, "x"); statusOf(err) != 503 || len(d.asked()) != 1 {
		t.Errorf("%v, %d tries", err, len(d.asked()))
	}
}

func statusOf(err error) int {
	if p, ok := errors.AsType[*v1.Problem](err); ok {
		return p.Status
	}
	return 0
}
