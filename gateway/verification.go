package gateway

import (
	"cmp"
	"context"
	"slices"
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

// VerificationState is the state of a verification.
//
//	Pending --> Verified | VerificationExpired | Exhausted | VerificationCanceled
//
// Only Pending changes; the others are final.
type VerificationState string

// The states of a verification.
const (
	Pending              VerificationState = "pending"
	Verified             VerificationState = "verified"
	VerificationExpired  VerificationState = "expired"
	Exhausted            VerificationState = "exhausted" // all tries spent
	VerificationCanceled VerificationState = "cancelled"
)

// VerificationStates lists all states; the schema checks for the same.
var VerificationStates = []VerificationState{Pending, Verified, VerificationExpired, Exhausted, VerificationCanceled}

var verificationTransitions = map[VerificationState][]VerificationState{
	Pending: {Verified, VerificationExpired, Exhausted, VerificationCanceled},
}

// May reports whether a verification in state s may change to state next.
func (s VerificationState) May(next VerificationState) bool {
	return slices.Contains(verificationTransitions[s], next)
}

// Verification is the question whether a person can be reached under a number.
type Verification struct {
	ID         string // UUID
	App        string
	To         msisdn.Number
	Purpose    string
	State      VerificationState
	Tries      int // codes that were compared
	MaxTries   int
	Elsewhere  bool // the app compares its code
	Sends      int
	Lifetime   time.Duration // that was asked for, as far as it was granted
	Parts      int           // short messages that its text takes
	CustomID   string
	Origin     Origin
	Callback   webhook.Callback
	Created    time.Time
	Expires    time.Time
	Ended      time.Time
	NextResend time.Time // when the code may be asked for again; zero once it may not

	// These are of [Gateway.Verification] and of a start alone.
	Age      time.Duration // by a clock that nobody sets
	Attempts []Attempt
}

// NewVerification asks for a code to be brought to a number. Zero fields take
// what the configuration says.
type NewVerification struct {
	App     string
	To      string         // as people write numbers
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
	p, err := g.plan(n)
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
	if o.Message != 0 {
		g.dispatcher.poke()
	}
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
	if err := expireVerifications(tx, now); err != nil {
		return Started{}, err
	}
	s := guard.Subject{App: p.App, To: p.to, Purpose: p.Purpose}
	open, pending, err := pendingVerification(tx, s)
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
	if limit := g.cfg.Guard.Limits.Sends; pending && limit > 0 && open.resends >= limit && (!p.Fresh || !p.Patient) {
		return may, fault.NewLimited(fault.TooManySends, open.deadline.Sub(now.Up), "this code has been sent %d times, and it is not sent again", open.resends)
	}
	if pending && wait > 0 {
		return may, fault.NewLimited(fault.TooSoon, wait, "a code to this number has just been sent")
	}
	v, err := g.guard.Inspect(tx, p.request, now)
	if err != nil {
		return may, err
	}
	may.Verdict = v
	return may, g.heed(tx, v)
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
	row.id, err = insertVerification(tx, row)
	return row, secret, err
}

// complete completes a row with its attempts and the time of the next resend.
func (g *Gateway) complete(tx *store.Tx, row verificationRow) (Verification, error) {
	v, now := row.Verification, g.clock.Now()
	v.Parts, v.Age = row.parts, now.Up.Sub(row.begun)
	var err error
	if v.Attempts, err = attemptsOf(tx, row.id, false); err != nil {
		return v, err
	}
	if v.State == Pending && (g.cfg.Guard.Limits.Sends < 0 || row.resends < g.cfg.Guard.Limits.Sends) {
		v.NextResend = now.AtUptime(row.resendDue).Time()
	}
	return v, nil
}

// Verification returns one verification with its attempts.
func (g *Gateway) Verification(ctx context.Context, id string) (Verification, error) {
	return store.Read(ctx, g.db, func(tx *store.Tx) (Verification, error) {
		row, ok, err := namedVerification(tx, id)
		if err == nil && !ok {
			err = fault.NewNotFound("there is no verification with this id")
		}
		if err != nil {
			return Verification{}, err
		}
		v, err := g.complete(tx, row)
		if err != nil {
			return v, err
		}
		for i, a := range v.Attempts {
			if a.Message == 0 || a.State != Queued {
				continue
			}
			m, err := selectMessage(tx, a.Message)
			if err != nil {
				return v, err
			}
			one := []Message{m}
			if err := g.sayWaiting(tx, one); err != nil {
				return v, err
			}
			v.Attempts[i].Waiting = one[0].Waiting
		}
		return v, nil
	})
}

// VerificationFilter selects verifications; zero fields select all.
type VerificationFilter struct {
	App    string
	State  VerificationState
	To     string
	Before string // only those that were begun before the one with this id
	Limit  int    // 1 to 500, 0 means 50
}

// Verifications returns verifications without their attempts, newest first.
func (g *Gateway) Verifications(ctx context.Context, f VerificationFilter) ([]Verification, error) {
	if f.Limit = cmp.Or(f.Limit, 50); f.Limit < 1 || f.Limit > 500 {
		return nil, fault.NewInvalid("limit", "at most 500 verifications at a time")
	}
	var err error
	if f.To, err = g.readFilter(f.App, f.To); err != nil {
		return nil, err
	}
	return store.Read(ctx, g.db, func(tx *store.Tx) ([]Verification, error) { return selectVerifications(tx, f) })
}

// CancelVerification ends a pending verification of an app: nothing more goes
// out, and its code is void. One that has ended is a [Conflict].
func (g *Gateway) CancelVerification(ctx context.Context, app, id string) (Verification, error) {
	return store.Write(ctx, g.db, func(tx *store.Tx) (Verification, error) {
		now := g.clock.Now()
		if err := expireVerifications(tx, now); err != nil {
			return Verification{}, err
		}
		v, ok, err := namedVerification(tx, id)
		switch {
		case err != nil:
			return Verification{}, err
		case !ok || v.App != app:
			return Verification{}, fault.NewNotFound("there is no verification with this id")
		case v.State != Pending:
			return v.Verification, &fault.Error{Code: fault.Conflict, Reason: fault.NotPending, Message: "this verification is " + string(v.State) + " already"}
		}
		if err := g.endVerification(tx, &v, VerificationCanceled, now.Wall); err != nil {
			return Verification{}, err
		}
		v.State, v.Ended = VerificationCanceled, now.Wall.Time()
		return g.complete(tx, v)
	})
}
