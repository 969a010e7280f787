package client_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"simgate/api"
	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

const anna = "+4915112345678"

// daemon is a gateway that is reached as an app reaches it.
func daemon(t *testing.T) (w *gatewaytest.World, address string) {
	w = gatewaytest.Start(t)
	server := httptest.NewServer(api.New(api.Config{}, w.Gateway, slog.New(slog.DiscardHandler)).Handler())
	t.Cleanup(server.Close)
	return w, server.URL
}

func TestAppCallsWithItsKey(t *testing.T) {
	w, address := daemon(t)
	c := client.New(address+"/", w.Key(t, "shop"))
	m, err := c.Send(t.Context(), anna, "hello")
	if err != nil || m.App != "shop" || m.To != anna {
		t.Errorf("Send = %+v, %v", m, err)
	}
	v, err := c.StartVerification(t.Context(), client.NewVerification{To: anna, Brand: "Shop"})
	if err != nil || v.State != string(gateway.Pending) {
		t.Errorf("StartVerification = %+v, %v", v, err)
	}
	if checked, err := c.CheckVerification(t.Context(), anna, "000000"); err != nil || checked.Verified {
		t.Errorf("CheckVerification = %+v, %v", checked, err)
	}
	if list, err := client.New(address, w.Key(t, "shop", key.Read)).Messages(t.Context(), client.Filter{Limit: 10}); err != nil || len(list) != 2 {
		t.Errorf("Messages = %+v, %v", list, err)
	}
}

func TestErrorsAreValues(t *testing.T) {
	w, address := daemon(t)
	for _, tc := range []struct {
		name   string
		err    func() error
		status int
		code   fault.Code
		field  string
	}{
		{"an invalid number", func() error { _, err := client.New(address, w.Key(t, "a")).Send(t.Context(), "x", "y"); return err },
			http.StatusBadRequest, fault.Invalid, "to"},
		{"no key", func() error { _, err := client.New(address, "").Send(t.Context(), anna, "y"); return err },
			http.StatusUnauthorized, fault.Unauthenticated, ""},
		{"no scope", func() error { _, err := client.New(address, w.Key(t, "a")).Keys(t.Context()); return err },
			http.StatusForbidden, fault.Forbidden, ""},
		{"nothing there", func() error {
			_, err := client.New(address, w.Key(t, "a", key.Read)).Message(t.Context(), 99)
			return err
		}, http.StatusNotFound, fault.NotFound, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, ok := errors.AsType[*v1.Problem](tc.err())
			if !ok || p.Status != tc.status || p.Code != tc.code || p.Field != tc.field || p.Detail == "" {
				t.Errorf("%+v", p)
			}
		})
	}
	t.Run("something else answers", func(t *testing.T) {
		other := httptest.NewServer(http.NotFoundHandler())
		defer other.Close()
		_, err := client.New(other.URL, "").Modems(t.Context())
		if p, ok := errors.AsType[*v1.Problem](err); !ok || p.Status != http.StatusNotFound || p.Detail != "the daemon answered 404 Not Found" {
			t.Errorf("%v", err)
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		closed := httptest.NewServer(nil)
		closed.Close()
		for name, c := range map[string]*client.Client{"address": client.New(closed.URL, "").Tries(1), "socket": client.Socket(filepath.Join(t.TempDir(), "s"))} {
			if _, err := c.Modems(t.Context()); !errors.Is(err, client.ErrNoDaemon) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("no answer", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := client.New("http://"+l.Addr().String(), "").Modems(ctx); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, client.ErrNoDaemon) {
			t.Errorf("%v", err)
		}
	})
}
