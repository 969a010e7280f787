package webhook

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"simgate/gateway/cause"

	"code.dny.dev/ssrf"
)

// public refuses the networks that are not of the public internet: the registries
// of IANA for special-purpose addresses (RFC 6890), multicast, and all of IPv6
// outside 2000::/3. The ports do not matter here, and no network is allowed in it:
// [Config.check] asks the owner's list first.
var public = ssrf.New()

const lookUpWithin = 3 * time.Second

// checkHost refuses a host that connections would not be made to. A name that
// cannot be looked up now passes: it may be known later, and is checked then.
func (c Config) checkHost(ctx context.Context, host string) error {
	if c.Dial != nil {
		return nil
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return c.check(addr)
	}
	ctx, cancel := context.WithTimeout(ctx, lookUpWithin)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil //nolint:nilerr // as said above
	}
	for _, addr := range found {
		if err = c.check(addr); err == nil {
			return nil
		}
	}
	return err
}

// checkConnection refuses the address of a connection that is about to be made,
// after its name was looked up: no name can become another address in between.
func (c Config) checkConnection(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	return c.check(at.Addr())
}

// check refuses an address that is not of the public internet, and those of this
// machine, unless Allow has it.
func (c Config) check(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	for _, p := range c.Allow {
		if p.Contains(addr) {
			return nil
		}
	}
	if public.SafeAddr(addr) != nil {
		return &cause.Error{Cause: cause.NotPublic.With(addr)}
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return err
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok && ip.Unmap() == addr {
				return &cause.Error{Cause: cause.NotPublic.With(addr)}
			}
		}
	}
	return nil
}

// Client returns a client for requests to receivers, which reaches no other addresses than
// they may have. It uses no proxy and follows no redirect.
func (h *Webhooks) Client() *http.Client {
	dialer := net.Dialer{Timeout: tryWithin, Control: func(_, address string, _ syscall.RawConn) error { return h.cfg.Load().checkConnection(address) }}
	dial := dialer.DialContext
	if own := h.cfg.Load().Dial; own != nil {
		dial = own
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            dial,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           atOnce,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: maxAnswer,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
