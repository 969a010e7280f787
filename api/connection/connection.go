package connection

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// listener is what [Share] and [Patient] return.
type listener struct {
	net.Listener
	limit, share int
	patient      bool // a new one waits until another ends; none is closed

	mu    sync.Mutex
	freed sync.Cond // one has ended or waits, or the listener is closed
	open  map[*conn]bool
	done  bool
}

// leastShare is what a client address may have of few connections.
const leastShare = 4

// Share returns a listener with at most limit connections, of which a client address may
// have a quarter. Where there are too many one is closed, see spare, so that nobody keeps
// others out by opening connections. Only where all serve those who have a key does a new
// one wait: of the listener until another ends, of a client address it is closed. Its server
// has [NoteState] and [With].
func Share(l net.Listener, limit int) net.Listener { return share(l, limit) }

func share(l net.Listener, limit int) *listener {
	f := &listener{Listener: l, limit: limit, share: min(limit, max(leastShare, limit/4)), open: map[*conn]bool{}}
	f.freed.L = &f.mu
	return f
}

// Patient returns a listener whose connections only wait for each other: those
// of the operator.
func Patient(l net.Listener, limit int) net.Listener {
	f := share(l, limit)
	f.patient = true
	return f
}

// conn is a connection of a listener.
type conn struct {
	net.Conn
	of     *listener
	client string

	// Guarded by of.mu.
	idle   bool // it waits for a request
	since  time.Time
	closed bool
	known  bool // a key that works was shown on it
}

// clientOf returns what connections are shared by: an IPv4 address, or a /64 of IPv6.
func clientOf(a net.Addr) string {
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return ""
	}
	ip := p.Addr().Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// Accept returns the next connection that there is room for.
func (f *listener) Accept() (net.Conn, error) {
	for {
		raw, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &conn{Conn: raw, of: f, client: clientOf(raw.RemoteAddr()), idle: true, since: time.Now()}
		if f.admit(c) {
			return c, nil
		}
		_ = raw.Close()
	}
}

// admit makes room for a connection, and reports whether there is any.
func (f *listener) admit(c *conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	mine := 0
	for o := range f.open {
		if o.client == c.client {
			mine++
		}
	}
	if c.client != "" && mine >= f.share && !f.spare(c.client) {
		return false
	}
	for len(f.open) >= f.limit && !f.done {
		if f.patient || !f.spare("") {
			f.freed.Wait()
		}
	}
	f.open[c] = true
	return !f.done
}

// spare closes the connection that can be spared most, of a client address or of all, and
// reports whether there is one. Those go first on which no key was shown yet, even if a
// request has begun on it, whose end may never come; then those of an app that wait for a
// request. Of these one of the client address that has most goes, the oldest.
func (f *listener) spare(client string) bool {
	has := map[string]int{}
	for c := range f.open {
		has[c.client]++
	}
	var first *conn
	for c := range f.open {
		if c.known && !c.idle || client != "" && c.client != client {
			continue
		}
		if first == nil || cmp.Or(boolean(first.known)-boolean(c.known), has[c.client]-has[first.client], first.since.Compare(c.since)) > 0 {
			first = c
		}
	}
	if first == nil {
		return false
	}
	f.forget(first)
	_ = first.Conn.Close() // which its server notices
	return true
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (f *listener) forget(c *conn) {
	if !c.closed {
		c.closed = true
		delete(f.open, c)
		f.freed.Broadcast()
	}
}

// Close closes the listener.
func (f *listener) Close() error {
	f.mu.Lock()
	f.done = true
	f.freed.Broadcast()
	f.mu.Unlock()
	return f.Listener.Close()
}

// Close closes the connection, and makes room for another.
func (c *conn) Close() error {
	c.of.mu.Lock()
	closed := c.closed
	c.of.forget(c)
	c.of.mu.Unlock()
	if err := c.Conn.Close(); !closed || !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// SetReadDeadline shortens the time for which a connection may wait for another request
// before a key was shown on it.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.of.mu.Lock()
	if latest := time.Now().Add(idleStranger); c.idle && !c.known && t.After(latest) {
		t = latest
	}
	c.of.mu.Unlock()
	return c.Conn.SetReadDeadline(t)
}

// idleStranger is how long a connection may wait on which no key was shown.
const idleStranger = 5 * time.Second

// NoteState notes the state of a connection; the server calls it.
func NoteState(raw net.Conn, s http.ConnState) {
	c, ok := below(raw).(*conn)
	if !ok {
		return
	}
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if idle := s == http.StateNew || s == http.StateIdle; idle != c.idle {
		c.idle, c.since = idle, time.Now()
		c.of.freed.Broadcast()
	}
}

// below returns the connection that TLS runs on, or else the connection itself.
func below(c net.Conn) net.Conn {
	if secure, ok := c.(*tls.Conn); ok {
		return secure.NetConn()
	}
	return c
}

type key struct{}

// With lets [NoteKnown] and [Release] find the connection of a request.
func With(ctx context.Context, raw net.Conn) context.Context {
	return context.WithValue(ctx, key{}, below(raw))
}

// streamBuffer bounds what the kernel holds of a stream that its reader does not take.
const streamBuffer = 64 << 10

// Release takes the connection of a request out of the count: it carries a stream from now
// on, of which there is another limit.
func Release(ctx context.Context) {
	c, ok := ctx.Value(key{}).(*conn)
	if !ok {
		return
	}
	if buffered, ok := c.Conn.(interface{ SetWriteBuffer(int) error }); ok {
		_ = buffered.SetWriteBuffer(streamBuffer) // without it a slow reader is noticed later
	}
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.of.forget(c)
}

// NoteKnown notes that a key that works was shown with a request, or that it is of somebody
// who is logged in: its connection is kept rather than those of strangers.
func NoteKnown(ctx context.Context) {
	if c, ok := ctx.Value(key{}).(*conn); ok {
		c.of.mu.Lock()
		defer c.of.mu.Unlock()
		c.known = true
	}
}
