package gateway

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/key"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/text"
	"simgate/gateway/workflow"
)

// plan is a verification that has been found to be in order, as far as that can
// be seen without the database.
type plan struct {
	NewVerification
	to       msisdn.Number
	region   string // country of to
	body     string
	parts    int
	lifetime time.Duration
	test     string // the code of a test number, "" for all others
	request  guard.Request
	sentence text.Sentence // of which body was written
	ours     bool          // the length of the code is left to us
	by       string        // id of the key that asks, "" none
}

// plan reads what a caller asks for.
func (g *Gateway) plan(ctx context.Context, n NewVerification) (*plan, error) {
	p := &plan{NewVerification: n, by: key.Of(ctx)}
	var err error
	if len(p.Workflow) == 0 {
		p.Workflow = workflow.Steps{{Channel: workflow.SMS}}
	}
	if err := p.Workflow.Check(); err != nil {
		return nil, err
	}
	if err := g.planTo(p); err != nil {
		return nil, err
	}
	p.region, p.test = p.request.Region, g.cfg.Load().TestNumbers[string(p.to)]
	if p.request.Client, err = guard.ParseClient(n.ClientIP); err != nil {
		return nil, err
	}
	if err := p.checkCode(g.cfg.Load().CodeLength); err != nil {
		return nil, err
	}
	if p.MaxTries = cmp.Or(p.MaxTries, maxTries); p.MaxTries < 1 || p.MaxTries > maxMaxTries {
		return nil, fault.NewInvalid("max_tries", fmt.Sprintf("1 to %d codes are compared", maxMaxTries))
	}
	if n.Purpose != "" { // it is shown in lists and on terminals
		if err := fault.CheckName("purpose", n.Purpose, maxPurpose); err != nil {
			return nil, err
		}
	}
	if n.CustomID != "" {
		if err := fault.CheckName("custom_id", n.CustomID, maxCustomID); err != nil {
			return nil, err
		}
	}
	p.request.Ways = g.waysOf(p.Workflow)
	if g.cfg.Load().VoiceFallback == FallbackReject && p.Workflow.Uses(workflow.Voice) {
		why := g.cannot(workflow.Voice, p.region, p.Locale).Text
		if !g.guard.Open(guard.Spoken, p.region, p.request.Homes) {
			why = "no calls go to this country"
		}
		if why != "" {
			return nil, &fault.Error{Code: fault.Invalid, Field: "workflow", Message: "this workflow calls, and " + why}
		}
	}
	if n.Lifetime < 0 {
		return nil, fault.NewInvalid("lifetime", "the life of a code cannot be negative")
	}
	p.lifetime = min(cmp.Or(n.Lifetime, g.cfg.Load().CodeLifetime), g.cfg.Load().MaxCodeLifetime)
	if n.MaxAge > 0 {
		p.lifetime = min(p.lifetime, n.MaxAge)
	}
	hint := text.Hint{OriginDomain: n.OriginDomain, AndroidHash: n.AndroidHash}
	if hint == (text.Hint{}) {
		hint = g.cfg.Load().Apps[n.App].Hint
	}
	p.sentence = text.Sentence{Brand: n.Brand, Template: n.Template, Mark: n.Mark, Locale: cmp.Or(n.Locale, g.cfg.Load().Locale), Region: p.region,
		Own: g.cfg.Load().Texts, Hint: hint, Length: p.Length, Lifetime: p.lifetime, MaxParts: g.cfg.Load().MaxParts}
	if p.body, p.parts, err = p.sentence.Write(); err != nil {
		return nil, err
	}
	return p, g.checkHears(p)
}

// planTo reads whose number it is, which only a text of the person may leave open.
func (g *Gateway) planTo(p *plan) (err error) {
	channel := guard.Code
	if !p.Workflow.Sends() {
		channel = guard.Heard
	}
	if p.To == "" {
		if p.Workflow.Sends() {
			return fault.NewInvalid("to", "the number is missing: only with the channel mo it may be left out, and is then that of who sends the text")
		}
		p.Fresh = true
		p.request = guard.RequestWith(p.App, "", msisdn.Facts{}, channel)
		return nil
	}
	if p.to, err = g.readPerson(p.To, p.Reading.Or(g.reading(p.App, p.Line, guard.Code))); err != nil {
		return err
	}
	p.request = g.request(p.App, p.to, channel)
	return nil
}

// hears reports whether it begins with a text of the person.
func (p *plan) hears() bool { return p.Workflow[0].Channel == workflow.MO }

// checkHears refuses a text of the person that cannot be asked for.
func (g *Gateway) checkHears(p *plan) error {
	if p.Workflow.Uses(workflow.MO) && p.Elsewhere {
		return fault.NewInvalid("workflow", "with mo nothing is checked elsewhere: leave mo out, or let the code be checked here")
	}
	if p.Workflow.Sends() {
		return nil // a step that fails is passed over
	}
	pinned := cmp.Or(p.Line, g.lines.InCountry(p.SourceCountry))
	if _, ok := g.lines.OwnNumber(pinned, p.region); !ok {
		return &fault.Error{Code: fault.Unavailable, Field: "workflow", Message: "nobody can be asked to send a text: " + cause.NoReceiver.With().Text}
	}
	return nil
}

// longer returns the length of a code that is one character longer and the parts of its
// text, where that is for us to say and the text leaves room.
func (p *plan) longer() (length, parts int) {
	if !p.ours || p.Length >= code.MaxLength {
		return p.Length, p.parts
	}
	s := p.sentence
	s.Length++
	_, parts, err := s.Write()
	if err != nil {
		return p.Length, p.parts
	}
	return s.Length, parts
}

// checkCode settles what the code will be.
func (p *plan) checkCode(length int) error {
	if err := p.Alphabet.Check(); err != nil {
		return err
	}
	if p.Code != "" {
		if err := code.CheckCustom(p.Code); err != nil {
			return err
		}
		length = len(p.Code)
	}
	if p.test != "" {
		p.Code, p.Length = p.test, len(p.test)
		return nil
	}
	p.ours = p.Code == "" && p.Length == 0
	p.Length = cmp.Or(p.Length, length)
	if p.Length < code.MinLength || p.Length > code.MaxLength {
		return fault.NewInvalid("length", fmt.Sprintf("a code has %d to %d characters", code.MinLength, code.MaxLength))
	}
	return nil
}

// maxPurpose leaves room for the prefixes that dialects set.
const maxPurpose = 128

// The number of codes that are compared before a verification is over.
const maxTries, maxMaxTries = 5, 10

// patience is how much earlier than the pause is over a [NewVerification] with Patient
// may come: apps count down on a clock of their own.
const patience = 2 * time.Second

// permission is what a start may do.
type permission struct {
	due      clock.Uptime // when its code may be sent; with Patient it can be later than now
	replaces bool         // in the place of a message that has not left
	again    string       // or else the code of the pending verification, whose answer is given again

	guard.Verdict
}

// permit refuses a start that comes too soon, too often, or to the wrong number. While a
// code that would say the same has arrived and lives, one that would only have to wait
// is answered with that: who asks has it.
func (g *Gateway) permit(tx *store.Tx, p *plan, open verificationRow, pending bool, now clock.Moment) (permission, error) {
	may, err := g.mayStart(tx, p, open, pending, now)
	if e := refusalOf(err); e == nil || e.Code != fault.RateLimited || !pending {
		return may, err
	}
	arrived, e := hasArrived(tx, open.id)
	if e == nil && arrived {
		may.again, e = g.sameAs(open, p)
	}
	if e != nil {
		return may, e
	}
	if may.again != "" {
		return may, nil
	}
	return may, err
}

// mayStart is permit where nothing has arrived.
func (g *Gateway) mayStart(tx *store.Tx, p *plan, open verificationRow, pending bool, now clock.Moment) (permission, error) {
	may := permission{due: now.Up}
	if pending && p.Exclusive {
		return may, &fault.Error{Code: fault.Conflict, Reason: fault.AlreadyPending, Message: "a code to this number is pending: check it, cancel it, or wait until it has expired"}
	}
	if p.test != "" {
		return may, nil
	}
	if p.hears() {
		if err := g.mayAsk(tx, p, pending); err != nil {
			return may, err
		}
		pending = false // nothing is sent now, so there is nothing to wait for
	}
	wait := open.resendDue.Sub(now.Up)
	if p.Patient {
		wait -= patience
	}
	if pending && wait > 0 && p.Patient {
		var err error
		if may, err = g.withinPause(tx, p, open, now); err != nil || may.again != "" || may.replaces {
			return may, err
		}
		wait = 0
	}
	if limit := g.cfg.Load().Guard.Limits.Sends; pending && limit > 0 && open.resends >= limit && (!p.Fresh || !p.Patient) {
		return may, fault.NewLimited(fault.TooManySends, open.deadline.Sub(now.Up), fmt.Sprintf("this code has been sent %d times, and it is not sent again", open.resends))
	}
	if pending && wait > 0 {
		return may, fault.NewLimited(fault.TooSoon, wait, "a code to this number has just been sent")
	}
	v, err := g.guard.Inspect(tx, p.request, now)
	if err != nil {
		return may, err
	}
	may.Verdict = v
	if err := g.heed(tx, v); err != nil {
		return may, err
	}
	if !p.Workflow.Sends() {
		return may, nil // the person pays
	}
	return may, g.keys.Spend(tx, p.by, p.parts, g.priceOf(p.to, p.Line)*int64(p.parts))
}

// The number of verifications of an app, and of those of one client address, that may wait
// for a text at a time.
const maxAwaiting, maxAwaitingClient = 5000, 20

// mayAsk refuses to have too many wait for a text at a time. That of a pending verification
// is asked for again.
func (g *Gateway) mayAsk(tx *store.Tx, p *plan, pending bool) error {
	if pending {
		return nil
	}
	if p.request.Client != "" {
		if n, err := countAwaiting(tx, p.App, p.request.Client, maxAwaitingClient); err != nil || n >= maxAwaitingClient {
			return cmp.Or(err, error(fault.NewLimited(fault.LimitClient, time.Minute, "this client address has as many verifications that wait for a text as may be at a time")))
		}
	}
	if n, err := countAwaiting(tx, p.App, "", maxAwaiting); err != nil || n >= maxAwaiting {
		return cmp.Or(err, error(fault.NewLimited(fault.LimitKey, time.Minute, "this app has as many verifications that wait for a text as may be at a time")))
	}
	return nil
}

// withinPause says what a start with Patient may do while there is to be a pause. Where
// the last message has failed another goes out at once.
func (g *Gateway) withinPause(tx *store.Tx, p *plan, open verificationRow, now clock.Moment) (permission, error) {
	state, due, err := lastMessage(tx, open.id)
	if err != nil || state == Failed || state == Undelivered || state == ExpiredOut {
		return permission{due: now.Up}, err
	}
	may := permission{due: open.resendDue}
	if may.again, err = g.sameAs(open, p); err != nil || may.again != "" {
		return may, err
	}
	if state == Queued && !p.Fresh {
		may.due, may.replaces = max(now.Up, due), true
	}
	return may, nil
}

// sameAs returns the code of a pending verification that answers a start as well as
// another would: text, brand, lifetime and workflow are the same, and where each start
// is a verification of its own, all else that the caller can see. Otherwise it returns "".
func (g *Gateway) sameAs(open verificationRow, p *plan) (string, error) {
	if open.body != p.body || open.brand != p.Brand || open.Lifetime != p.lifetime || open.workflow != p.Workflow.String() {
		return "", nil
	}
	secret, err := g.codes.Open(open.ID, open.sealed)
	if err != nil {
		return "", err
	}
	if p.Fresh && (open.MaxTries != p.MaxTries || open.CustomID != p.CustomID || open.Callback.Column() != p.Callback.Column() ||
		len(secret) != p.Length || !p.Alphabet.Has(secret) || p.Code != "" && p.Code != secret) {
		return "", nil
	}
	return secret, nil
}
