package webhook

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"simgate/gateway/fault"
)

const maxURL = 500 // octets

// CheckURL refuses a URL that a webhook cannot have.
func (h *Webhooks) CheckURL(ctx context.Context, s string) error {
	return h.cfg.Load().checkURL(ctx, s)
}

// checkURL refuses a URL that a webhook cannot have.
func (c Config) checkURL(ctx context.Context, s string) error {
	if _, err := origin(s); err != nil {
		return err
	}
	if strings.Contains(s, "#") {
		return fault.NewInvalid("url", "the URL has a fragment, which is never sent: leave out # and what follows")
	}
	u, err := url.Parse(s)
	if err == nil {
		err = c.checkHost(ctx, u.Hostname())
	}
	if err != nil {
		return fault.NewInvalid("url", err.Error())
	}
	return nil
}

// origin returns the scheme, host and port of a URL that requests can be sent to.
func origin(s string) (string, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return "", fault.NewInvalid("url", "this is not a URL to post to: it begins with http:// or https:// and a host")
	case u.User != nil:
		return "", fault.NewInvalid("url", "the URL has a name or password in it, which would be shown in lists: leave it out, the secret signs")
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' }):
		return "", fault.NewInvalid("url", "the URL has a blank or a control character in it")
	case len(s) > maxURL:
		return "", fault.NewInvalid("url", fmt.Sprintf("the URL is longer than %d characters", maxURL))
	case likeAddress(u.Hostname()):
		return "", fault.NewInvalid("url", "the host of the URL is neither a name nor an IP address: write all four numbers of an address")
	}
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fault.NewInvalid("url", "the URL has the port "+fault.Quote(port)+": use one from 1 to 65535, or none")
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port, nil
}

// originOf is origin for a URL that was checked before. Where that is invalid now, the
// try says why.
func originOf(s string) string {
	o, err := origin(s)
	if err != nil {
		return "invalid"
	}
	return o
}

// likeAddress reports whether a host that is no IP address ends in a number: some
// systems read such a host as an address (WHATWG URL, "ends in a number").
func likeAddress(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	host = strings.TrimSuffix(host, ".")
	_, err := strconv.ParseUint(host[strings.LastIndex(host, ".")+1:], 0, 64)
	return err == nil
}
