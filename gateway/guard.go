package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Guard returns who decides who may be sent what: its rules and limits.
func (g *Gateway) Guard() *guard.Guard { return g.guard }

// Refusals returns what the guard has refused lately to a number, as people write it, and
// what it would have, newest first.
func (g *Gateway) Refusals(to string) ([]guard.Refusal, error) {
	n, err := g.readFilter("", to)
	if err != nil || n == "" {
		return nil, err
	}
	return g.guard.RefusalsOf(msisdn.Number(n)), nil
}

// Unlock forgets the wrong codes for a number, and returns how many locks it has ended.
func (g *Gateway) Unlock(ctx context.Context, to string) (int, error) {
	number, err := g.readPerson(to, g.reading("", 0, guard.Code))
	if err != nil {
		return 0, err
	}
	return g.guard.Unlock(ctx, number)
}

// Countries returns what is known of the countries that codes, calls and messages may go to, or
// were to go to in the last day.
func (g *Gateway) Countries(ctx context.Context) ([]guard.Country, error) {
	return g.guard.Countries(ctx, g.homes())
}

// costOf says what so many codes to a number cost, "" where no SIM has a price.
func (g *Gateway) costOf(to msisdn.Number, codes int) string {
	micros, ok := g.lines.Price(to)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%.2f", float64(micros)*float64(codes)/1e6)
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

// request returns a request to the guard. It reads what the number is: call it outside
// of transactions.
func (g *Gateway) request(app string, to msisdn.Number, c guard.Channel) guard.Request {
	homes := g.homes()
	return guard.NewRequest(app, to, c, g.places(homes)...).From(homes)
}

// requestWith is request for a number of which the facts are known.
func (g *Gateway) requestWith(app string, to msisdn.Number, f msisdn.Facts, c guard.Channel) guard.Request {
	r := guard.RequestWith(app, to, f, c)
	r.Homes = g.homes()
	return r
}

// places are the countries whose emergency numbers are reached through the lines: home,
// those of the SIMs, and where a SIM roams all, as the network does not tell which it is.
func (g *Gateway) places(homes []string) []string {
	places := slices.Clone(homes)
	if g.cfg.Load().Country != "" {
		places = append(places, g.cfg.Load().Country)
	}
	for _, l := range g.lines.All() {
		if l.Status().Roaming {
			return append(places, msisdn.Everywhere)
		}
	}
	return places
}

// homes are the countries of the SIMs that are in the modems, or that of the
// configuration until one is known.
func (g *Gateway) homes() []string {
	list := g.lines.Homes()
	if len(list) == 0 && g.cfg.Load().Country != "" {
		list = []string{g.cfg.Load().Country}
	}
	return list
}

// ReadNumber returns the number that an app means by s, for a message or a code. What
// the zero reading leaves open is decided as [Gateway.reading] says.
func (g *Gateway) ReadNumber(app, s string, r msisdn.Reading) (msisdn.Number, error) {
	return msisdn.Read(s, r.Or(g.reading(app, 0, guard.Code)))
}

// reading returns the reading of numbers in the native API, on the command line, and in
// dialects of services that document none: digits without a plus are read as national
// numbers, of the country of the line if that has one, and as E.164. Where both are
// mobiles the setting of the app decides, or else which of the two lies in a country
// that is open for the channel.
//
// Numbers that were stored before a change of the canonical form (Mexico's 1,
// Argentina's 9) are not found by the new one. They are kept for days, so no migration
// rewrites them.
func (g *Gateway) reading(app string, line int64, c guard.Channel) msisdn.Reading {
	r := msisdn.Open(g.countryOf(line), func(region string) bool { return g.guard.Open(c, region, g.homes()) })
	if set, err := r.As(g.cfg.Load().Apps[app].Numbers); err == nil { // the configuration has been checked
		r = set
	}
	return r
}

// readPerson reads a number that a code or a call may go to: that of a person.
func (g *Gateway) readPerson(s string, r msisdn.Reading) (msisdn.Number, error) {
	to, err := msisdn.Read(s, r)
	if err == nil && to.Short() {
		return "", fault.NewInvalid("to", "a code can only go to a full phone number, not to a short code: write it as + and country code")
	}
	return to, err
}

// readRule reads a number that the owner makes a rule for.
func (g *Gateway) readRule(s string) (msisdn.Number, error) {
	return g.ReadNumber("", s, msisdn.Reading{})
}

// ReadSender returns the sender that an app means by s: a number, or what is none as it is.
func (g *Gateway) ReadSender(app, s string) string {
	if n, err := g.ReadNumber(app, s, msisdn.Reading{}); err == nil {
		return string(n)
	}
	return s
}

// readFilter reads a number that something is looked for by, "" for none.
func (g *Gateway) readFilter(app, s string) (string, error) {
	if s == "" {
		return "", nil
	}
	n, err := g.ReadNumber(app, s, msisdn.Reading{})
	return string(n), err
}
