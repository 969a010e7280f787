package gateway

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"simgate/gateway/call"
	"simgate/gateway/cause"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/idempotency"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/webhook"
)

// NewCall asks for a call.
type NewCall struct {
	App      string
	To       string
	Reading  msisdn.Reading // what To means without a plus; zero: as [Gateway.ReadNumber] says
	Text     string         // what is said, or
	File     string         // the name of what is played, of the folder of the configuration
	Locale   string         // of Text; "" that of the number's country
	CustomID string
	Callback webhook.Callback
	ClientIP string
	Line     int64
	Lifetime time.Duration // to be dialled in; 0: 10 minutes, at most 24 hours
	Once     idempotency.Request
}

// Placed is a call that was accepted.
type Placed struct {
	call.Call
	Replayed bool // the same request was answered before
}

// Calls returns the calls.
func (g *Gateway) Calls() *call.Calls { return g.calls }

// newCalls makes the room of calls, with the lines as its speakers.
func (g *Gateway) newCalls(ctx context.Context) *call.Calls {
	cfg := call.Config{Voice: g.cfg.Load().Voice, ReadNumber: g.readFilter, Look: g.callConditions, Say: g.sayCode, Settle: g.settleCall}
	for _, l := range g.lines.All() {
		cfg.Speakers = append(cfg.Speakers, speaker{l})
	}
	return call.New(ctx, cfg, g.db, g.clock, g.log)
}

// PlaceCall accepts a call. What it says is spoken once before it is accepted, so
// that a text that cannot be spoken is refused here. Calls go where the guard lets
// codes go, and to the countries for calls.
func (g *Gateway) PlaceCall(ctx context.Context, n NewCall) (Placed, error) {
	p, err := g.planCall(ctx, n)
	if err != nil {
		return Placed{}, err
	}
	type outcome struct {
		Placed
		refused *fault.Error
	}
	o, err := store.Write(ctx, g.db, func(tx *store.Tx) (outcome, error) {
		placed, err := g.place(tx, p)
		if e := refusalOf(err); e != nil {
			return outcome{refused: e}, nil //nolint:nilerr // a refusal is committed
		}
		return outcome{Placed: placed}, err
	})
	if err == nil && o.refused != nil {
		err = o.refused
	}
	if err != nil {
		return Placed{}, err
	}
	return o.Placed, nil
}

// callPlan is a call that has been found to be in order, as far as that can be seen
// without the database.
type callPlan struct {
	NewCall
	request guard.Request
	call    call.Request
	by      string // id of the key that asks, "" none
}

// planCall reads what a caller asks for, and speaks it once.
func (g *Gateway) planCall(ctx context.Context, n NewCall) (p callPlan, err error) {
	p.NewCall, p.by = n, key.Of(ctx)
	if p.request, err = g.requestCall(n); err != nil {
		return p, err
	}
	if n.CustomID != "" {
		if err := fault.CheckName("custom_id", n.CustomID, maxCustomID); err != nil {
			return p, err
		}
	}
	p.call, err = g.calls.Check(ctx, call.Request{App: n.App, To: p.request.To, Text: n.Text, File: n.File, Locale: n.Locale, CustomID: n.CustomID,
		Callback: n.Callback.Column(), Line: n.Line, Lifetime: n.Lifetime})
	return p, err
}

// requestCall returns the request of a call to the guard.
func (g *Gateway) requestCall(n NewCall) (guard.Request, error) {
	to, err := g.readPerson(n.To, n.Reading.Or(g.reading(n.App, n.Line, guard.Call)))
	if err != nil {
		return guard.Request{}, err
	}
	r := g.request(n.App, to, guard.Call)
	r.Client, err = guard.ParseClient(n.ClientIP)
	return r, err
}

// place lets a call pass that may be placed, and queues it.
func (g *Gateway) place(tx *store.Tx, p callPlan) (Placed, error) {
	if id, done, err := idempotency.Replay(tx, p.App, p.Once); err != nil || done {
		return calledBefore(tx, id, err)
	}
	if err := line.Check(tx, p.Line); err != nil {
		return Placed{}, err
	}
	if _, err := g.webhooks.AllowCallback(tx, p.App, p.Callback); err != nil {
		return Placed{}, err
	}
	if err := g.wanted(tx, p.App, p.request.To); err != nil {
		return Placed{}, err
	}
	now, test := g.clock.Now(), g.isTest(p.request.To)
	if !test {
		verdict, err := g.guard.Inspect(tx, p.request, now)
		if err == nil {
			err = g.heed(tx, verdict)
		}
		if err == nil {
			err = g.keys.Spend(tx, p.by, 1, g.priceOf(p.request.To, p.Line)) // as a code that is spoken
		}
		if err == nil {
			err = g.guard.Sent(tx, p.request, now.Tick)
		}
		if err != nil {
			return Placed{}, err
		}
	}
	c, err := g.calls.Queue(tx, p.call, now)
	if err == nil && test {
		c, err = g.calls.CompleteUnplaced(tx, c, cause.TestNumber.With(), now)
	}
	if err != nil {
		return Placed{}, err
	}
	return Placed{Call: c}, idempotency.Remember(tx, p.App, p.Once, strconv.FormatInt(c.ID, 10), now.Tick)
}

// calledBefore answers a request whose call was accepted before.
func calledBefore(tx *store.Tx, id string, err error) (Placed, error) {
	if err != nil {
		return Placed{}, err
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return Placed{}, err
	}
	c, err := call.Select(tx, n)
	return Placed{Call: c, Replayed: true}, err
}

// sayCode opens the code of a verification for the call that speaks it.
func (g *Gateway) sayCode(ctx context.Context, uuid string) (call.Words, error) {
	row, err := store.Read(ctx, g.db, func(tx *store.Tx) (verificationRow, error) {
		row, ok, err := namedVerification(tx, uuid)
		if err == nil && (!ok || row.sealed == nil) {
			err = fault.NewInvalid("", "the verification is over")
		}
		return row, err
	})
	if err != nil {
		return call.Words{}, err
	}
	code, err := g.codes.Open(row.ID, row.sealed)
	return call.Words{Brand: row.brand, Code: code}, err
}

// settleCall makes the next step of a verification due whose call nobody has heard.
func (g *Gateway) settleCall(tx *store.Tx, c call.Call) error {
	if c.Ref == "" || !c.State.Unheard() {
		return nil
	}
	return hastenStep(tx, store.Where(`uuid = ?`, c.Ref))
}

// callConditions looks at what keeps each line from placing a call now.
func (g *Gateway) callConditions(tx *store.Tx) ([]call.Condition, error) {
	lines, err := g.lines.Look(tx)
	if err != nil {
		return nil, err
	}
	codes, err := g.waitingCodes(tx, lines, g.clock.Uptime())
	if err != nil {
		return nil, err
	}
	all := make([]call.Condition, len(lines))
	for i, l := range lines {
		all[i].Line, all[i].Codes, all[i].NoVoLTE = l.ID, codes[i], l.Line.Status().VoLTE == "off"
		switch {
		case l.ID == 0 || l.State != line.Ready:
			all[i].Why = "is " + string(l.State)
		case l.Hold.Until != 0:
			all[i].Why = cmp.Or(l.Hold.Cause.Text, "rests")
		}
	}
	return all, nil
}

// speaker is a [call.Speaker] on a line.
type speaker struct{ *line.Line }

// Ways implements [call.Speaker].
func (s speaker) Ways() []call.Way {
	if _, ok := s.Driver.(line.Caller); !ok {
		return nil
	}
	st := s.Status()
	if st.Voice == "" { // it has not started yet: what it cannot say shows then
		return []call.Way{call.Plays, call.Reads}
	}
	voices := st.Voices
	ways := make([]call.Way, len(voices))
	for i, v := range voices {
		if v == line.VoiceTTS {
			ways[i] = call.Reads
		}
	}
	return ways
}

// Place implements [call.Speaker].
func (s speaker) Place(ctx context.Context, c call.Spoken) (call.Result, error) {
	caller, ok := s.Driver.(line.Caller)
	if !ok {
		return call.Result{}, &call.NotDialled{Cause: cause.NoCalls.With()}
	}
	r, err := caller.Call(ctx, line.Call{To: string(c.To), Speech: c.Sound, Prompt: c.Prompt, Again: true, Text: c.Text, Locale: c.Locale,
		Played: c.Played, Ring: c.Ring, Limit: c.Limit})
	if err != nil {
		e, ok := errors.AsType[*line.Error](err)
		return call.Result{}, &call.NotDialled{Cause: line.CauseOf(err), Final: line.ClassOf(err) == line.GiveUp, Busy: ok && e.Busy}
	}
	return call.Result{State: call.State(r.Outcome), Cause: r.Cause, Answered: r.Answered, Duration: r.Duration, Keys: r.Keys, Voice: r.Strategy}, nil
}
