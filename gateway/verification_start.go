package gateway

import (
	"cmp"
	"context"
	"time"

	"github.com/google/uuid"

	"simgate/gateway/clock"
	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/idempotency"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/webhook"
	"simgate/gateway/workflow"
)

// NewVerification asks for a code to be brought to a number. Zero fields take
// what the configuration says.
type NewVerification struct {
	App     string
	To      string         // as people write numbers; "" with a workflow of mo alone: that of who sends the text
	Reading msisdn.Reading // what To means without a plus; zero: as [Gateway.ReadNumber] says
	Purpose string         // apart from each other: codes for one purpose do not fit another

	Brand    string        // who asks, in the text
	Locale   string        // language of the text, such as de-de; "" the language of the number's country
	Template string        // a text instead of the locale's own, with {code} and, if wanted, {brand} and {minutes}
	Mark     string        // what stands for the code in Template, if that is not {code}; then nothing else is a placeholder
	Code     string        // instead of one of ours
	Alphabet code.Alphabet // of our code
	Length   int           // of our code, 4 to 10

	Workflow workflow.Steps
	Lifetime time.Duration // lowered to the configured maximum
	MaxTries int           // codes that are compared, 1 to 10

	Line          int64  // send by this SIM only
	SourceCountry string // or by SIMs of this country, if there are any

	CustomID string           // the caller's own
	Origin   Origin           // of a dialect; its messages have it too
	ClientIP string           // of the person, as the app gives it
	Callback webhook.Callback // gets its end

	// The last line of the text, for browsers and apps that fill the code in: a
	// host name for "@host #code", or the 11 characters of an Android app hash. If
	// neither is given, it is that of the app in the configuration.
	OriginDomain, AndroidHash string

	// Elsewhere is for codes that the app compares itself. HandsOut is for callers that
	// are given the code, and may do so without saying: see [guard.Unproven].
	Elsewhere, HandsOut bool

	Fresh     bool // every start is a new verification, beside those that are pending
	Exclusive bool // while one is pending another is refused, with [Conflict]
	// Patient is for services that document no refusal of a start that comes too
	// soon. While there is to be a pause a start that asks for the same as the last
	// is answered as that was, and nothing is sent; what another asks for is sent
	// when the pause is over. The pauses do not grow.
	Patient bool

	MaxAge time.Duration       // of a code, however often its lifetime is restarted; an older one is replaced. 0: no limit
	Once   idempotency.Request // zero: each request is its own
}

// Started is a verification under way, with its code for those contracts that
// hand it to the caller. It must never be logged.
type Started struct {
	Verification Verification
	Code         string
	Message      int64 // that carries the code now, 0 none
	Parts        int   // short messages that the text takes
	Resent       bool  // one was pending, and its code goes out again or, with Patient, has just gone out
	Replayed     bool  // the same request was answered before; then there is no Code
}

// StartVerification brings a code to a number. While one is pending for the same
// app, number and purpose it is that code which goes out again, since messages
// overtake each other and of two live codes people type the wrong one; its life
// begins anew, the tries already made are kept. What limits and guard refuse is
// [RateLimited] or [Forbidden], with a Reason.
func (g *Gateway) StartVerification(ctx context.Context, n NewVerification) (Started, error) {
	p, err := g.plan(ctx, n)
	if err != nil {
		return Started{}, err
	}
	if err := g.checkRoom(ctx); err != nil {
		return Started{}, err
	}
	type outcome struct {
		Started
		refused *fault.Error
	}
	o, err := store.Write(ctx, g.db, func(tx *store.Tx) (outcome, error) {
		s, err := g.start(tx, p)
		if e := refusalOf(err); e != nil {
			return outcome{refused: e}, nil //nolint:nilerr // a refusal is committed
		}
		return outcome{Started: s}, err
	})
	if err == nil && o.refused != nil {
		err = o.refused
	}
	if err != nil {
		return Started{}, err
	}
	g.dispatcher.poke() // there is a message, or a step that becomes due
	return o.Started, nil
}

// start does it in a transaction. It changes nothing before all that could be
// refused has been let pass.
func (g *Gateway) start(tx *store.Tx, p *plan) (Started, error) {
	if id, done, err := idempotency.Replay(tx, p.App, p.Once); err != nil || done {
		return g.startedBefore(tx, id, err)
	}
	if err := line.Check(tx, p.Line); err != nil {
		return Started{}, err
	}
	callback, err := g.webhooks.AllowCallback(tx, p.App, p.Callback)
	if err != nil {
		return Started{}, err
	}
	if callback != p.Callback {
		allowed := *p
		allowed.Callback, p = callback, &allowed
	}
	now := g.clock.Now()
	if err := g.settleChecked(tx, p); err != nil {
		return Started{}, err
	}
	if err := g.expireVerifications(tx, now); err != nil {
		return Started{}, err
	}
	s := guard.Subject{App: p.App, To: p.to, Purpose: p.Purpose}
	open, pending, err := g.pendingOf(tx, s)
	if err != nil {
		return Started{}, err
	}
	tooOld := pending && p.MaxAge > 0 && now.Up.Sub(open.begun) >= p.MaxAge
	may, err := g.permit(tx, p, open, pending && !tooOld, now)
	if err != nil {
		return Started{}, err
	}
	if may.again != "" {
		if err := idempotency.Remember(tx, p.App, p.Once, open.ID, now.Tick); err != nil {
			return Started{}, err
		}
		v, err := g.complete(tx, open)
		return Started{Verification: v, Code: may.again, Parts: open.parts, Resent: true}, err
	}
	if tooOld {
		if err := g.endVerification(tx, &open, VerificationExpired, now.Wall); err != nil {
			return Started{}, err
		}
		pending, open = false, verificationRow{}
	}
	var row verificationRow
	var code string
	resent := pending && !p.Fresh
	if resent {
		row, code, err = g.renew(tx, open, p, now, may.due)
	} else {
		row, code, err = g.create(tx, p, open.resends, now, may)
	}
	if err != nil {
		return Started{}, err
	}
	row.due, row.replaces, row.ways, row.slow = may.due, may.replaces, may.Ways, may.Slow
	if err := g.send(tx, &row, p, resent, now); err != nil {
		return Started{}, err
	}
	if err := idempotency.Remember(tx, p.App, p.Once, row.ID, now.Tick); err != nil {
		return Started{}, err
	}
	v, err := g.complete(tx, row)
	return Started{Verification: v, Code: code, Message: row.message, Parts: row.parts, Resent: resent}, err
}

// pendingOf returns the pending verification of a subject. Those of nobody yet are apart
// from each other.
func (g *Gateway) pendingOf(tx *store.Tx, s guard.Subject) (verificationRow, bool, error) {
	if s.To == "" {
		return verificationRow{}, false, nil
	}
	return pendingVerification(tx, s)
}

// startedBefore answers a request that was answered before.
func (g *Gateway) startedBefore(tx *store.Tx, id string, err error) (Started, error) {
	if err != nil {
		return Started{}, err
	}
	row, ok, err := namedVerification(tx, id)
	if err != nil {
		return Started{}, err
	}
	if !ok {
		return Started{}, &fault.Error{Code: fault.Conflict, Message: "this request was answered before, and what it made is gone"}
	}
	v, err := g.complete(tx, row)
	return Started{Verification: v, Parts: row.parts, Resent: row.Sends > 1, Replayed: true}, err
}

// renew restarts the lifetime of a pending verification that is younger than MaxAge,
// as of the time when it is due to be sent.
func (g *Gateway) renew(tx *store.Tx, open verificationRow, p *plan, now clock.Moment, due clock.Uptime) (verificationRow, string, error) {
	code, err := g.codes.Open(open.ID, open.sealed)
	if err != nil {
		return open, "", err
	}
	life := p.lifetime
	if p.MaxAge > 0 {
		life = min(life, open.begun.Add(p.MaxAge).Sub(now.Up))
	}
	open.deadline, open.Expires, open.Lifetime = due.Add(life), now.AtUptime(due.Add(life)).Time(), p.lifetime
	open.body, open.parts = p.body, p.parts
	return open, code, renewVerification(tx, open)
}

// create makes a new verification, whose lifetime begins when it is due to be sent. Its
// resend count goes on from that of one that is pending.
func (g *Gateway) create(tx *store.Tx, p *plan, resends int, now clock.Moment, may permission) (verificationRow, string, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return verificationRow{}, "", err
	}
	if p.Patient {
		resends = 0
	}
	tries, length, parts := p.MaxTries, p.Length, p.parts
	if may.Tries > 0 {
		tries = min(tries, may.Tries)
	}
	if may.Longer {
		length, parts = p.longer()
	}
	secret := p.Code
	if secret == "" {
		secret = code.New(p.Alphabet, length)
	}
	row := verificationRow{
		Verification: Verification{ID: id.String(), App: p.App, To: p.to, Purpose: p.Purpose, State: Pending, MaxTries: tries, Elsewhere: p.Elsewhere,
			Lifetime: p.lifetime, CustomID: p.CustomID, Origin: p.Origin, Callback: p.Callback, Created: now.Wall.Time(), Expires: now.AtUptime(may.due.Add(p.lifetime)).Time()},
		mac: g.codes.MAC(id.String(), string(p.to), code.Normalize(secret)), sealed: g.codes.Seal(id.String(), secret),
		deadline: may.due.Add(p.lifetime), begun: now.Up, asked: now.Tick, resends: resends, workflow: p.Workflow.String(),
		checked: p.request.Checked, facts: p.request.Facts(), body: p.body, parts: parts, length: len(secret), locale: p.Locale, brand: p.Brand, pinned: cmp.Or(p.Line, g.lines.InCountry(p.SourceCountry)),
	}
	if p.hears() {
		row.client = p.request.Client
	}
	if row.To == "" {
		row.mac = nil // that of the code of a number, which is not known yet
	}
	if row.id, err = insertVerification(tx, row); err == nil {
		err = verifications.Made(tx, store.Row[VerificationState]{ID: row.id, App: p.App, State: Pending})
	}
	return row, secret, err
}

// settleChecked says in the request to the guard who compares the code of a start.
func (g *Gateway) settleChecked(tx *store.Tx, p *plan) error {
	p.request.Checked = guard.Here
	switch {
	case p.Elsewhere:
		p.request.Checked = guard.Elsewhere
	case p.HandsOut:
		checks, err := g.guard.HasChecked(tx, p.App)
		if err != nil || checks {
			return err
		}
		p.request.Checked = guard.Unproven
	}
	return nil
}
