package key

import (
	"context"
	"net/netip"
	"sync/atomic"
)

// caller is who makes a request.
type caller struct {
	address netip.Addr // not valid where there is none, as on a Unix socket
	key     atomic.Pointer[string]
}

type callerKey struct{}

// WithCaller returns the context of a request that comes from an address. The key that is
// shown in it is known from then on as that of the request; what has no address comes from
// this machine.
func WithCaller(ctx context.Context, address netip.Addr) context.Context {
	return context.WithValue(ctx, callerKey{}, &caller{address: address.Unmap().WithZone("")})
}

// Of returns the id of the key that a request has shown, "" where it has shown none.
func Of(ctx context.Context) string {
	if c, ok := ctx.Value(callerKey{}).(*caller); ok {
		if id := c.key.Load(); id != nil {
			return *id
		}
	}
	return ""
}

// admits reports whether a request may use a key by where it comes from, and notes in it that
// it does.
func (k Key) admits(ctx context.Context) bool {
	c, ok := ctx.Value(callerKey{}).(*caller)
	if !ok {
		return true
	}
	if len(k.Networks) > 0 && c.address.IsValid() && !k.within(c.address) {
		return false
	}
	c.key.Store(&k.ID)
	return true
}

func (k Key) within(a netip.Addr) bool {
	for _, n := range k.Networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}
