package gateway

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// special are the networks that are not of the public internet: the IANA
// registries of special-purpose addresses (RFC 6890) for IPv4 and IPv6, and what
// is multicast.
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/128", "::1/128", "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23",
	"2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

// publicIPv6 is all that is given out of IPv6 so far (RFC 4291 2.4).
var publicIPv6 = netip.MustParsePrefix("2000::/3")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// refusedAddress is an address that nothing is posted to.
type refusedAddress struct{ addr netip.Addr }

func (e *refusedAddress) Error() string {
	return fmt.Sprintf("%v is not an address in the public internet: allow its network with webhooks.allow, if the receiver is meant to be there", e.addr)
}

// check refuses an address. It is asked when the connection is made, after the
// name was looked up, so that no name can turn into another address in between.
func (w Webhooks) check(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	addr := at.Addr().Unmap().WithZone("")
	for _, p := range w.Allow {
		if p.Contains(addr) {
			return nil
		}
	}
	for _, p := range special {
		if p.Contains(addr) {
			return &refusedAddress{addr}
		}
	}
	if addr.Is6() && !publicIPv6.Contains(addr) {
		return &refusedAddress{addr}
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return err
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok && ip.Unmap() == addr {
				return &refusedAddress{addr}
			}
		}
	}
	return nil
}

// client returns one that posts to receivers: through no proxy, and to no other
// address than it was told, whatever the receiver says.
func (w Webhooks) client() *http.Client {
	dialer := net.Dialer{Timeout: tellWithin, Control: func(_, address string, _ syscall.RawConn) error { return w.check(address) }}
	dial := dialer.DialContext
	if w.Dial != nil {
		dial = w.Dial
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
