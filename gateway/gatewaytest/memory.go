package gatewaytest

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"simgate/gateway/line"
)

// Serve serves what a handler answers until the test ends, and returns how it is dialled,
// whatever the address: by connections in memory, so that tests can run in a bubble with
// simulated time.
func Serve(t *testing.T, handler http.Handler) (dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	t.Helper()
	l, dial := Listen()
	server := &http.Server{Handler: handler} //nolint:gosec // the client is ours
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return dial
}

// Listen returns a listener for connections in memory, and how it is dialled, as for [Serve].
func Listen() (l net.Listener, dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	m := memory{conns: make(chan net.Conn), closed: make(chan struct{}), ended: &sync.Once{}}
	return m, m.dial
}

// Phones answers webhooks of phones that are lines, as the API does.
func (w *World) Phones() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/phones/{name}", func(out http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err == nil {
			err = w.now.Load().Lines().Receive(r.Context(), r.PathValue("name"), line.Webhook{From: "192.0.2.50", Body: raw,
				Signature: r.Header.Get("X-Signature"), Timestamp: r.Header.Get("X-Timestamp")})
		}
		if err != nil {
			http.Error(out, err.Error(), http.StatusServiceUnavailable)
		}
	})
	return mux
}

// memory listens for connections in memory.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
	ended  *sync.Once
}

// Accept implements [net.Listener].
func (l memory) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (l memory) Close() error { l.ended.Do(func() { close(l.closed) }); return nil }

// Addr implements [net.Listener].
func (memory) Addr() net.Addr { return &net.TCPAddr{} }

func (l memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
