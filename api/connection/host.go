package connection

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Hosts reports whether callers reach this machine by a name, in small letters. nil stands
// for every name.
type Hosts func(name string) bool

// Own reports whether a request is for this host. A page of the internet whose name resolves
// to the address of this machine (DNS rebinding) is so kept from reading what only callers
// in this network may see: its browser sends the name of that page. Addresses
// resolve to themselves, so all of them are accepted.
func (h Hosts) Own(r *http.Request) bool {
	return h == nil || isAddress(r.Host) || h(hostOf(r.Host))
}

// hostOf returns the name in a Host header, in small letters, without port and final dot.
func hostOf(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		header = host
	}
	return strings.ToLower(strings.TrimSuffix(header, "."))
}

// isAddress reports whether a Host header holds an address. So it does if it is missing,
// as in HTTP/1.0, which no browser speaks.
func isAddress(header string) bool {
	host := strings.Trim(hostOf(header), "[]")
	_, err := netip.ParseAddr(host)
	return host == "" || err == nil
}
