package phone_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/gateway/line"
	"simgate/gateway/line/phone"
	"simgate/gateway/line/phone/phonetest"
)

const anna = "+4915112345678"

// number is that of the SIM in the phone.
const number = "+491700000009"

// world is a gateway whose only line is a phone.
type world struct {
	*gatewaytest.World
	*phonetest.Phone
	cut    *atomic.Bool                                    // the gateway reaches the phone no more
	kill   atomic.Pointer[func(n int) (killed, late bool)] // is asked at each request from now on; nil: nobody kills it
	asked  atomic.Int64                                    // requests of which it was asked
	driver *phone.Driver
}

// start starts a world. change changes what is configured for the phone.
func start(t *testing.T, change func(*phone.Config), options []phonetest.Option, more ...gatewaytest.Option) *world {
	t.Helper()
	w := &world{}
	hooks := gatewaytest.Serve(t, phones{w})
	w.Phone = phonetest.New(append([]phonetest.Option{phonetest.Hooked(hooks)}, options...)...)
	w.Start(t)
	w.World = gatewaytest.Start(t, append([]gatewaytest.Option{gatewaytest.Modems(0), gatewaytest.Beside(func(log *slog.Logger) []line.Driver {
		cut := &atomic.Bool{}
		w.cut = cut
		cfg := phone.Config{Name: "old", URL: phonetest.URL, User: phonetest.User, Password: phonetest.Password, Number: number,
			Callback: func(netip.Addr) string { return "https://simgate.test:8443" },
			Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				if cut.Load() {
					return nil, errors.New("the process is gone")
				}
				conn, err := w.Dial(ctx, network, address)
				return wire{conn, cut, w}, err
			}}
		change(&cfg)
		w.driver = phone.New(cfg, log)
		return []line.Driver{w.driver}
	})}, more...)...)
	t.Cleanup(func() {
		for _, c := range w.Complaints() {
			t.Error("the app complains:", c)
		}
	})
	return w
}

func unchanged(*phone.Config) {}

// wire is a connection that can be cut.
type wire struct {
	net.Conn
	cut *atomic.Bool
	w   *world
}

func (c wire) Write(b []byte) (int, error) {
	if c.cut.Load() {
		return 0, errors.New("the process is gone")
	}
	if kill := c.w.kill.Load(); kill != nil {
		if killed, late := (*kill)(int(c.w.asked.Add(1))); killed {
			c.w.kill.Store(nil)
			c.cut.Store(true)
			if late {
				_, _ = c.Conn.Write(b)
			}
			return 0, errors.New("the process is gone")
		}
	}
	return c.Conn.Write(b)
}

// send accepts a message.
func (w *world) send(t *testing.T, to, text string) int64 {
	t.Helper()
	m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: to, Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return m.ID
}

// message returns a message as it is now.
func (w *world) message(t *testing.T, id int64) gateway.Message {
	t.Helper()
	m, err := w.Gateway.Message(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// want checks the state of a message after some time.
func (w *world) want(t *testing.T, id int64, after time.Duration, state gateway.State) gateway.Message {
	t.Helper()
	time.Sleep(after)
	m := w.message(t, id)
	if m.State != state {
		t.Errorf("message %d is %s (%s) after %s, want %s", id, m.State, m.Cause, after, state)
	}
	return m
}

// line returns the line as its owner sees it.
func (w *world) line(t *testing.T) line.Info {
	t.Helper()
	all, err := w.Gateway.Lines().List(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	return all[0]
}

// texts returns what came in, oldest first.
func (w *world) texts(t *testing.T) (all []string) {
	t.Helper()
	list, err := w.Gateway.Inbox().List(t.Context(), inbox.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range slices.Backward(list) {
		all = append(all, m.Sender+": "+m.Text)
	}
	return all
}

// left returns how often a text has left the phone.
func (w *world) left(text string) (n int) {
	for _, s := range w.Sent() {
		if s.Text == text {
			n++
		}
	}
	return n
}
