package guard

import (
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Request is something that is to go out, as the guard sees it. It is made by
// [NewRequest].
type Request struct {
	App      string
	To       msisdn.Number
	Region   string // country of To, "" for none
	Channel  Channel
	Ways     []Channel // of a code, Code and Spoken: one that fits will do; nil: Channel
	Client   string    // address of the person, from [ParseClient]; "" unknown
	Homes    []string  // countries of the SIMs
	Anywhere bool      // the owner lets this key send texts to all countries and kinds of numbers
	Dry      bool      // it is only asked about: nothing is written down

	kind     msisdn.Kind // of To
	unlisted bool        // see [msisdn.Number.Unlisted]
}

// NewRequest returns a request of an app, without client and homes. Places are the
// countries whose emergency numbers count: home, those of the SIMs, and those in which
// they are. It reads what the number is, which takes a while: call it outside of
// transactions.
func NewRequest(app string, to msisdn.Number, c Channel, places ...string) Request {
	return Request{App: app, To: to, Region: to.Region(), Channel: c, kind: to.Kind(places...), unlisted: to.Unlisted()}
}

// keys returns what a request counts for in each scope.
func (r Request) keys() map[Scope]string {
	return map[Scope]string{ByNumber: string(r.To), ByPrefix: prefixOf(r.To), ByCountry: r.Region, ByApp: r.App, ByClient: r.Client}
}

// prefixOf is a number without its last four digits: the block that operators hand
// out, and that pumps rent.
func prefixOf(to msisdn.Number) string { return string(to[:max(0, len(to)-4)]) }

// Verdict is what the guard says of a request.
type Verdict struct {
	Refusal *fault.Error   // with a Reason; nil: it may go out
	Ways    []Channel      // by which it may go out
	Event   *journal.Event // for the owner, to be written in the same transaction; nil for none
}

// Inspect decides whether a request may go out now. What follows from a refusal is
// written in the transaction, which must be committed then too, unless r is Dry.
func (g *Guard) Inspect(tx *store.Tx, r Request, now clock.Moment) (v Verdict, err error) {
	f, err := g.judge(tx, r, now)
	v.Refusal, v.Ways = f.refusal, f.ways
	if err != nil || r.Dry {
		return v, err
	}
	for _, text := range f.logged {
		g.note(r, fault.BlockedNumber, text, true, now)
	}
	if f.refusal != nil {
		g.note(r, f.refusal.Reason, f.refusal.Message, false, now)
	}
	if f.rule != nil {
		_, err = upsertRule(tx, *f.rule, now.Tick.Add(conversionBlock), now.Wall)
		v.Event = &journal.Event{Kind: journal.GuardBlocked, Text: "codes to " + string(f.rule.Scope) + " " + f.rule.Key +
			" are blocked for a day: " + f.rule.Reason + "; simgate guard release ends it"}
	}
	return v, err
}

// finding is what came of judging a request.
type finding struct {
	refusal *fault.Error // nil: it may go out
	ways    []Channel    // by which it may
	rule    *Rule        // that the refusal makes, for a day
	logged  []string     // why it would have been refused, were it not for LogOnly
}

// judge decides on a request, and writes nothing.
func (g *Guard) judge(tx *store.Tx, r Request, now clock.Moment) (f finding, err error) {
	fit, err := g.Fit(tx, r, now)
	if f.refusal, f.ways = fit.Refusal, fit.Ways; err != nil || f.refusal != nil || fit.Safe || r.Channel == Text {
		return f, err
	}
	if f.refusal, err = g.refuseRun(tx, r, now.Tick); err != nil || f.refusal != nil {
		return f, err
	}
	for _, b := range g.cfg.Limits.bounds() {
		key := r.keys()[b.scope]
		if b.limit < 0 || key == "" {
			continue
		}
		w, err := selectWindow(tx, b.scope, key, now.Tick, day)
		if err != nil {
			return f, err
		}
		if w.sum(b.within, b.of) >= b.limit {
			f.refusal = fault.NewLimited(b.reason, w.wait(b.within, b.limit, b.of), "%s", b.text)
			return f, nil
		}
		if b.scope != ByPrefix && b.scope != ByCountry {
			continue
		}
		switch text := g.unconverted(b.scope, key, w); {
		case text == "":
		case g.cfg.Conversion == LogOnly:
			f.logged = append(f.logged, text)
		default:
			f.rule = &Rule{Kind: Block, Scope: b.scope, Key: key, Reason: text, Origin: "guard"}
			f.refusal = blocked(*f.rule)
			return f, nil
		}
	}
	return f, nil
}

const day = 24 * time.Hour
