package acme

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/mholt/acmez/v3/acme"

	"simgate/gateway/cause"
)

// explain returns an error as its owner should read it.
func (c *Client) explain(err error) error {
	var why cause.Cause
	switch said := err.Error(); {
	case errors.Is(err, context.Canceled):
		return err
	case isKind[*notWritten](err):
		refused, _ := errors.AsType[*notWritten](err)
		why = cause.ACMERecord.With(c.cfg.DNS.Provider, refused.zone, refused.err)
	case isKind[acme.Problem](err):
		p, _ := errors.AsType[acme.Problem](err)
		why = cause.ACMERefused.With(whatOf(p))
	case strings.Contains(said, "could not determine zone"), strings.Contains(said, "could not determine the zone"):
		why = cause.ACMEZone.With()
	case strings.Contains(said, "propagat"):
		why = cause.ACMEUnseen.With(c.cfg.DNS.Provider)
	case isKind[*url.Error](err), isKind[net.Error](err):
		why = cause.ACMEUnreachable.With(c.cfg.Directory, reasonOf(err))
	default:
		why = cause.ACMEFailed.With(said)
	}
	for _, secret := range c.cfg.DNS.secrets() {
		for _, form := range []string{secret, url.QueryEscape(secret)} {
			why.Text = strings.ReplaceAll(why.Text, form, "…")
		}
	}
	return &cause.Error{Cause: why}
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

// reasonOf returns why somebody cannot be reached, without what was asked for.
func reasonOf(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
