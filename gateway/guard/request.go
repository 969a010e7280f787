package guard

import (
	"fmt"
	"slices"
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
	Checked  Checked   // who compares a code; "": Here
	Anywhere bool      // the owner lets this key send texts to all countries and kinds of numbers
	Dry      bool      // it is only rehearsed: nothing is written down, and nobody is told

	kind     msisdn.Kind // of To
	unlisted bool        // see [msisdn.Number.Unlisted]
	cheap    bool        // a service number that costs no more than others in the countries of all SIMs

	// For [Guard.Sent].
	Again bool // a code that has been sent before
	Slow  bool // as [Verdict] said
}

// NewRequest returns a request of an app, without client and homes. Places are the
// countries whose emergency numbers count: home, those of the SIMs, and those in which
// they are. It reads what the number is, which takes a while: call it outside of
// transactions.
func NewRequest(app string, to msisdn.Number, c Channel, places ...string) Request {
	return RequestWith(app, to, to.Facts(places...), c)
}

// RequestWith is [NewRequest] for a number of which the facts are known.
func RequestWith(app string, to msisdn.Number, f msisdn.Facts, c Channel) Request {
	return Request{App: app, To: to, Region: f.Region, Channel: c, kind: f.Kind, unlisted: f.Unlisted}
}

// From returns r with the countries of the SIMs. Like [NewRequest] it is for outside of
// transactions.
func (r Request) From(homes []string) Request {
	r.Homes = homes
	r.cheap = r.kind == msisdn.Short && len(homes) > 0 && !slices.ContainsFunc(homes, func(c string) bool { return !r.To.CheapIn(c) })
	return r
}

// Facts returns what is known of the number of a request.
func (r Request) Facts() msisdn.Facts {
	return msisdn.Facts{Region: r.Region, Kind: r.kind, Unlisted: r.unlisted}
}

// Kind returns what the number of the request is.
func (r Request) Kind() msisdn.Kind { return r.kind }

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

	Slow   bool // it is its turn among what goes out one by one
	Longer bool // a new code is to have one character more: the checks of the app fail too often
	Tries  int  // of a new code at most, 0 for any number
}

// Inspect decides whether a request may go out now. What follows from that is written
// in the transaction, which must be committed after a refusal too, unless r is Dry.
func (g *Guard) Inspect(tx *store.Tx, r Request, now clock.Moment) (v Verdict, err error) {
	f, err := g.judge(tx, r, now)
	v = f.Verdict
	if err != nil || r.Dry {
		v.Event = nil
		return v, err
	}
	for _, text := range f.logged {
		g.note(r, fault.BlockedNumber, text, true, now)
	}
	if f.Refusal != nil {
		g.note(r, f.Refusal.Reason, f.Refusal.Message, false, now)
	}
	if f.rule != nil {
		_, err = g.upsertRule(tx, *f.rule, now.Tick.Add(conversionBlock), now.Wall)
		v.Event = &journal.Event{Kind: journal.GuardBlocked, Text: "codes of " + f.rule.App + " to " + string(f.rule.Scope) + " " + f.rule.Key +
			" are blocked for a day: " + f.rule.Reason + "; simgate guard release ends it"}
	}
	if f.told && err == nil {
		err = upsertChecker(tx, r.App, false, true)
	}
	for _, t := range f.turns {
		if err == nil {
			err = upsertTurn(tx, r.App, *t)
		}
	}
	return v, err
}

// finding is what came of judging a request.
type finding struct {
	Verdict
	rule   *Rule    // that the refusal makes, for a day
	logged []string // why it would have been refused, were it not for LogOnly
	turns  []*turn  // that have changed
	told   bool     // the owner is told that the app has no code checked
}

// judge decides on a request, and writes nothing.
func (g *Guard) judge(tx *store.Tx, r Request, now clock.Moment) (f finding, err error) {
	fit, err := g.Fit(tx, r, now)
	if f.Refusal, f.Ways = fit.Refusal, fit.Ways; err != nil || f.Refusal != nil || fit.Safe || !r.Channel.limited() {
		return f, err
	}
	if r.Checked.apart() {
		return f, g.judgeApart(&f, tx, r, now)
	}
	p, err := personOf(tx, r, now.Tick)
	if err != nil {
		return f, err
	}
	counts := newWindows(tx, r, now.Tick)
	if r.Channel.ofCode() {
		if err := g.afterWrong(&f, counts); err != nil || f.Refusal != nil {
			return f, err
		}
	}
	if !p.known && g.cfg.Load().Conversion != Throttle {
		if n, err := g.neighbours(tx, r, now.Tick); err != nil || g.cfg.Load().Limits.Run >= 0 && n >= g.cfg.Load().Limits.Run {
			f.Refusal = fault.NewLimited(fault.LimitRun, day, fmt.Sprintf("%d numbers next to this one were asked for today and did not answer", n))
			return f, err
		}
	}
	reserve, needed := bound{}, time.Duration(0) // that the reserve of a number must pass, and for how long
	for _, b := range g.cfg.Load().Limits.bounds(g.cfg.Load().Conversion) {
		if p.known && b.scope != ByNumber && b.scope != ByApp || counts.keys[b.scope] == "" {
			continue
		}
		w, err := counts.of(b.scope)
		switch {
		case err != nil:
			return f, err
		case !b.over(w):
			if !g.convert(&f, r, b.scope, w) {
				return f, nil
			}
		case b.scope == ByNumber && p.once:
			reserve, needed = b, max(needed, w.wait(b.within, b.limit, b.of))
		default:
			f.Refusal = b.refuse(w)
			return f, nil
		}
	}
	if needed > 0 && !p.trusted {
		if f.Refusal, err = takeReserve(&f, counts, reserve, needed); err != nil || f.Refusal != nil {
			return f, err
		}
	}
	if !p.known && g.cfg.Load().Conversion == Throttle {
		err = g.slow(&f, counts, r, now.Tick)
	}
	return f, err
}

// convert looks whether codes to a block of numbers or a country come back at all, and
// reports whether the request may go on.
func (g *Guard) convert(f *finding, r Request, s Scope, w window) bool {
	if s != ByPrefix && s != ByCountry {
		return true
	}
	key := r.keys()[s]
	text := g.unconverted(r.App, s, key, w)
	switch {
	case text == "":
		return true
	case g.cfg.Load().Conversion == LogOnly:
		f.logged = append(f.logged, text)
		return true
	}
	f.rule = &Rule{App: r.App, Kind: Block, Scope: s, Key: key, Reason: text, Origin: "guard"}
	f.Refusal = blocked(*f.rule)
	return false
}

// The reserve of a number that has answered: what is asked for by strangers must not
// leave it without a code for more than an hour.
const (
	reserveBurst = 5
	reserveEvery = time.Hour
)

// takeReserve lets a code to a number that has answered pass a bound by number that
// strangers can use up, and that is needed for so long. Where the reserve is used up too
// it returns an error with the time until one of them is not.
func takeReserve(f *finding, counts windows, b bound, needed time.Duration) (*fault.Error, error) {
	t := &turn{scope: byReserve, key: counts.keys[ByNumber], every: reserveEvery, burst: reserveBurst}
	wait, err := readTurns(counts.tx, counts.app, counts.tick, t)
	if err != nil || wait > 0 {
		return fault.NewLimited(b.reason, min(wait, needed), b.text), err
	}
	*t = t.taken(counts.tick)
	f.turns = append(f.turns, t)
	return nil, nil
}

// afterWrong bounds the starts for a number that has had too many wrong codes.
func (g *Guard) afterWrong(f *finding, counts windows) error {
	w, err := counts.of(ByNumber)
	if err != nil {
		return err
	}
	app, err := counts.of(ByApp)
	f.Longer = g.tight(app)
	if err != nil || w.sum(day, failedOf) < g.wrongLimit() {
		return err
	}
	f.Tries = wrongTries
	t := &turn{scope: byWrong, key: counts.keys[ByNumber], every: wrongPause, burst: 1}
	wait, err := readTurns(counts.tx, counts.app, counts.tick, t)
	switch {
	case err != nil:
		return err
	case wait > 0:
		f.Refusal = fault.NewLimited(fault.LockedNumber, wait, "there were too many wrong codes for this number")
	default:
		*t = t.taken(counts.tick)
		f.turns = append(f.turns, t)
	}
	return nil
}
