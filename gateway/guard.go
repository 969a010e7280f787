package gateway

import (
	"context"
	"errors"

	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/store"
)

// Guard returns who decides who may be sent what: its rules and limits.
func (g *Gateway) Guard() *guard.Guard { return g.guard }

// Why says why codes to a number are refused, for an app and a client address if they
// are given.
func (g *Gateway) Why(ctx context.Context, app, to, client string) (guard.Standing, error) {
	number, err := g.readPerson(to, g.reading(app, 0, guard.Code))
	if err != nil {
		return guard.Standing{}, err
	}
	r := guard.NewRequest(app, number, guard.Code)
	r.Homes = g.homes()
	if client != "" {
		if r.Client, err = guard.ParseClientRule(client, "client_ip"); err != nil {
			return guard.Standing{}, err
		}
	}
	return g.guard.Why(ctx, r)
}

// Unlock forgets the wrong codes for a number, and returns how many locks it has ended.
func (g *Gateway) Unlock(ctx context.Context, to string) (int, error) {
	number, err := g.readPerson(to, g.reading("", 0, guard.Code))
	if err != nil {
		return 0, err
	}
	return g.guard.Unlock(ctx, number)
}

// heed writes the event of a verdict, and returns its refusal.
func (g *Gateway) heed(tx *store.Tx, v guard.Verdict) error {
	if v.Event != nil {
		if err := g.journal.Note(tx, *v.Event); err != nil {
			return err
		}
	}
	if v.Refusal != nil {
		return v.Refusal
	}
	return nil
}

// refusalOf returns the refusal that an error is, nil for every other. The transaction
// of a refusal is committed: it holds what the guard makes of it.
func refusalOf(err error) *fault.Error {
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Reason != "" {
		return e
	}
	return nil
}

// homes are the countries of the SIMs that are in the modems, or that of the
// configuration until one is known.
func (g *Gateway) homes() []string {
	list := g.lines.Homes()
	if len(list) == 0 && g.cfg.Country != "" {
		list = []string{g.cfg.Country}
	}
	return list
}
