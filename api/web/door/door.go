// Package door says from where the pages are used, and by whom as far as a proxy says so:
// which proxies are believed, who is behind them, whether somebody between can read what is
// sent, and who may show the pages in a frame.
package door

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"simgate/api/web/prefix"
	"simgate/gateway/user"
)

// Door says from where pages are used, and who may.
type Door struct {
	Users *user.Users
	// Clear reports whether pages are served without TLS to other machines, too.
	Clear func() bool
	// Proxies returns the addresses of reverse proxies that are believed what they say of
	// the client.
	Proxies func() []netip.Prefix
	// Secure returns the address of the pages with HTTPS, for who comes without; "" none.
	Secure func() string
	// Frames returns who may show the pages in a frame: origins, and self for the host of the
	// pages; nil: nobody.
	Frames func() []string
	// Remote returns the name of the header in which those proxies say who has logged in with
	// them; "" or nil: nobody does.
	Remote func() string
	// Known is told of a request of somebody who is logged in; nil for nobody.
	Known func(ctx context.Context)

	arrivals arrivals
}

// NoteKnown tells of a request of somebody who is logged in.
func (d *Door) NoteKnown(r *http.Request) {
	if d.Known != nil {
		d.Known(r.Context())
	}
}

// from returns the address that a request comes from, and whether that is a proxy which is
// believed.
func (d *Door) from(r *http.Request) (peer netip.Addr, proxy bool) {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	peer = at.Addr().Unmap().WithZone("")
	return peer, d.trusts(peer)
}

// Trusts reports whether a request comes from a proxy that is believed.
func (d *Door) Trusts(r *http.Request) bool {
	_, proxy := d.from(r)
	return proxy
}

func (d *Door) trusts(a netip.Addr) bool {
	return d.Proxies != nil && slices.ContainsFunc(d.Proxies(), func(p netip.Prefix) bool { return p.Contains(a) })
}

// Client returns from where a request comes: what the last proxy that is believed says.
func (d *Door) Client(r *http.Request) user.Client {
	peer, proxy := d.from(r)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && proxy; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		peer = a.Unmap().WithZone("")
		proxy = d.trusts(peer)
	}
	return user.Client{Address: peer.String(), Agent: r.UserAgent()}
}

// Encrypted reports whether nobody between can read what is sent.
func (d *Door) Encrypted(r *http.Request) bool {
	_, proxy := d.from(r)
	return r.TLS != nil || proxy && r.Header.Get("X-Forwarded-Proto") == "https"
}

// Why returns why pages are not served to a request: "" where they are.
func (d *Door) Why(r *http.Request) string {
	peer, proxy := d.from(r)
	forwarded := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != ""
	switch {
	case forwarded && !proxy && peer.IsLoopback():
		return "A proxy on this machine has forwarded the request, and is not known: name its address under web.trusted_proxies in the configuration."
	case d.Encrypted(r), d.Clear != nil && d.Clear(), peer.IsLoopback() && !proxy:
		return ""
	case proxy:
		return "The proxy was reached without HTTPS, so passwords and codes could be read on the way: let it redirect to HTTPS, and say so with X-Forwarded-Proto."
	}
	return "These pages need HTTPS, or passwords and codes could be read on the way."
}

// The names of the cookie with the secret of a session. Browsers take one with __Host- only
// from this host, with TLS, and send it nowhere else. Below a prefix others have the host,
// too, and the cookie is for the prefix alone.
const (
	secureCookie = "__Host-simgate"
	belowCookie  = "__Secure-simgate"
	plainCookie  = "simgate"
)

// Cookie returns the name of the cookie of sessions.
func (d *Door) Cookie(r *http.Request) string {
	switch {
	case !d.Encrypted(r):
		return plainCookie
	case prefix.Of(r) != "":
		return belowCookie
	}
	return secureCookie
}

// Ancestors returns who may show the pages in a frame, for the policy.
func (d *Door) Ancestors() string {
	if d == nil || d.Frames == nil || len(d.Frames()) == 0 {
		return "'none'"
	}
	var all []string
	for _, one := range d.Frames() {
		if one == frameSelf {
			one = "'self'"
		}
		all = append(all, one)
	}
	return strings.Join(all, " ")
}

// frameSelf is the host of the pages among those that may show them in a frame.
const frameSelf = "self"

// Framed reports whether a page is in a frame of another site, where browsers keep the
// cookies that come with TLS, and only for pages in frames of that site.
func (d *Door) Framed(r *http.Request) bool {
	if d.Frames == nil || !d.Encrypted(r) || r.Header.Get("Sec-Fetch-Dest") != "iframe" {
		return false
	}
	return slices.ContainsFunc(d.Frames(), func(one string) bool {
		u, err := url.Parse(one)
		return err == nil && one != frameSelf && u.Hostname() != (&url.URL{Host: r.Host}).Hostname()
	})
}

// Named returns the name that a proxy says somebody has who has logged in there. Only from
// those that are believed it counts: what anybody else sends is as if it were not there.
func (d *Door) Named(r *http.Request) (name string, told bool) {
	if d.Remote == nil || d.Remote() == "" || !d.Trusts(r) {
		return "", false
	}
	// Of several, one may be of the client, and none is believed: no user has such a name.
	name = strings.TrimSpace(strings.Join(r.Header.Values(d.Remote()), ","))
	return name, name != ""
}

// Arrives reports whether it is to be written down that somebody comes in by a proxy: as
// often as a login would be.
func (d *Door) Arrives(who string) bool { return d.arrivals.first(who) }

// arrivals are those who came in by a proxy, and when that was noted.
type arrivals struct {
	mu    sync.Mutex
	noted map[string]time.Time
}

// mostArrivals is how many are told apart.
const mostArrivals = 1000

// first reports whether somebody was not noted within the life of a session.
func (a *arrivals) first(who string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if at, ok := a.noted[who]; ok && now.Sub(at) < user.IdleLife {
		return false
	}
	if a.noted == nil || len(a.noted) >= mostArrivals {
		a.noted = map[string]time.Time{}
	}
	a.noted[who] = now
	return true
}
