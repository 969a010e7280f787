package acme

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/mholt/acmez/v3/acme"
)

// explain returns an error as its owner should read it.
func (c *Client) explain(err error) error {
	text := ""
	switch said := err.Error(); {
	case errors.Is(err, context.Canceled):
		return err
	case isKind[*notWritten](err):
		refused, _ := errors.AsType[*notWritten](err)
		text = fmt.Sprintf("%s did not take a record for the zone %s: %v; check what is set under tls.acme.dns", c.cfg.DNS.Provider, refused.zone, refused.err)
	case isKind[acme.Problem](err):
		p, _ := errors.AsType[acme.Problem](err)
		text = fmt.Sprintf("the authority refused: %s", whatOf(p))
	case strings.Contains(said, "could not determine zone"), strings.Contains(said, "could not determine the zone"):
		text = "no DNS server knows the zone of the name, or none can be reached: check the name and the network, or set tls.acme.dns.resolvers"
	case strings.Contains(said, "propagat"):
		text = fmt.Sprintf("the record that was written at %s is not seen in the DNS: check that the servers of the zone are those of %s, or set tls.acme.dns.resolvers", c.cfg.DNS.Provider, c.cfg.DNS.Provider)
	case isKind[*url.Error](err), isKind[net.Error](err):
		text = fmt.Sprintf("%s cannot be reached: %v; check the network, and tls.acme.directory", c.cfg.Directory, cause(err))
	default:
		text = said
	}
	for _, secret := range c.cfg.DNS.secrets() {
		for _, form := range []string{secret, url.QueryEscape(secret)} {
			text = strings.ReplaceAll(text, form, "…")
		}
	}
	return errors.New(text)
}

// isKind reports whether an error is, or wraps, one of a type.
func isKind[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// whatOf returns what an authority says of a request.
func whatOf(p acme.Problem) string {
	text := p.Detail
	for _, sub := range p.Subproblems {
		text += "; " + sub.Detail
	}
	if text == "" {
		text = p.Title + " " + p.Type
	}
	return strings.TrimSpace(text)
}

// cause returns why somebody cannot be reached, without what was asked for.
func cause(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
