package gateway

import (
	"context"
	"crypto/hmac"
	"strings"

	"simgate/gateway/clock"
	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Check is a code that a person typed.
type Check struct {
	App      string
	To       string         // or ID
	Reading  msisdn.Reading // as of [NewVerification]
	Purpose  string         // with ID: "" any
	ID       string         // of the verification
	Code     string
	ClientIP string // of the person, as the app tells it
}

// Verdict is what came of a check.
type Verdict string

// The verdicts.
const (
	Right   Verdict = "right"
	Wrong   Verdict = "wrong"     // and there are tries left
	Spent   Verdict = "spent"     // this was the last try, or there was none left
	Lapsed  Verdict = "expired"   // too late
	Used    Verdict = "used"      // the code was right once; it is right no more
	Stopped Verdict = "cancelled" // it was cancelled
	Nothing Verdict = "nothing"   // no code was sent
)

// checked is what a check answers.
type checked struct {
	v       Verification
	verdict Verdict
}

// CheckVerification compares a code. The try is spent first and in the same
// transaction, so that however many check at once no more codes are compared
// than are allowed, and one is accepted. The error tells of bad input, of too
// many failed checks of the app or the client address, or of a fault; never of
// a wrong code.
func (g *Gateway) CheckVerification(ctx context.Context, c Check) (Verification, Verdict, error) {
	var to msisdn.Number
	if c.ID == "" {
		var err error
		if to, err = g.readPerson(c.To, c.Reading.Or(g.reading(c.App, 0, guard.Code))); err != nil {
			return Verification{}, Nothing, err
		}
	}
	client, err := guard.ParseClient(c.ClientIP)
	if err != nil {
		return Verification{}, Nothing, err
	}
	c.ClientIP = client
	if c.Code = strings.TrimSpace(c.Code); c.Code == "" {
		return Verification{}, Nothing, fault.NewInvalid("code", "the code is missing: give what the person typed")
	}
	if len(c.Code) > 64 {
		return Verification{}, Nothing, fault.NewInvalid("code", "this is not a code: it is too long")
	}
	a, err := store.Write(ctx, g.db, func(tx *store.Tx) (checked, error) { return g.check(tx, c, to) })
	if err == nil {
		g.metrics.checks.WithLabelValues(string(a.verdict)).Inc()
	}
	return a.v, a.verdict, err
}

// check does it in a transaction. Whatever there is to be compared with, the
// same is done: the bounds are read, a try is asked for, and one MAC is computed.
// Only a check that compared something is counted as one that failed.
func (g *Gateway) check(tx *store.Tx, c Check, to msisdn.Number) (checked, error) {
	now := g.clock.Now()
	if err := g.guard.Checks(tx, c.App); err != nil {
		return checked{verdict: Nothing}, err
	}
	if err := g.guard.MayCheck(tx, c.App, c.ClientIP, now.Tick); err != nil {
		return checked{verdict: Nothing}, err
	}
	tight, err := g.guard.Tight(tx, c.App, now.Tick)
	if err != nil {
		return checked{verdict: Nothing}, err
	}
	s := guard.Subject{App: c.App, To: to, Purpose: c.Purpose}
	named, known, err := g.nameSubject(tx, c, &s)
	if err != nil {
		return checked{verdict: Nothing}, err
	}
	var row verificationRow
	found := false
	if c.ID == "" || known {
		if row, found, err = spendTry(tx, s, c.ID, tight, now.Up); err != nil {
			return checked{verdict: Nothing}, err
		}
	}
	right := hmac.Equal(g.codes.MAC(row.ID, string(s.To), code.Normalize(c.Code)), row.mac)
	switch {
	case found && right:
		row.State = Verified
		return g.endCheck(tx, row, c.ClientIP, now)
	case found:
		return g.wrong(tx, s, row, c, tight, now)
	case c.ID != "" && !known:
		return checked{verdict: Nothing}, nil
	}
	if c.ID == "" {
		last, ok, err := latestVerification(tx, s)
		if err != nil || !ok {
			return checked{verdict: Nothing}, err
		}
		named = last
	}
	if tight && named.State == Pending && named.deadline > now.Up {
		if wait := named.compared.Add(guard.TightPause).Sub(now.Up); wait > 0 && named.Tries < guard.TightTries {
			return checked{verdict: Nothing}, fault.NewLimited(fault.LimitKey, wait, "this app has had too many failed checks, and a code has just been checked")
		}
		return checked{named.Verification, Spent}, nil
	}
	return checked{named.Verification, whyNothing(named, now.Up)}, nil
}

// wrong counts a wrong code. Once its number has had as many as a day allows, all codes
// of the app to it are void.
func (g *Gateway) wrong(tx *store.Tx, s guard.Subject, row verificationRow, c Check, tight bool, now clock.Moment) (checked, error) {
	event, err := g.guard.Failed(tx, s, c.ClientIP, row.length, now.Tick)
	if err != nil {
		return checked{verdict: Nothing}, err
	}
	if event != nil {
		if err := g.exhaustAll(tx, s, now.Wall); err != nil {
			return checked{verdict: Nothing}, err
		}
		row.State, row.Ended = Exhausted, now.Wall.Time()
		return checked{row.Verification, Spent}, g.journal.Note(tx, *event)
	}
	tries := row.MaxTries
	if tight {
		tries = min(tries, guard.TightTries)
	}
	if row.Tries >= tries {
		row.State = Exhausted
		return g.endCheck(tx, row, c.ClientIP, now)
	}
	return checked{row.Verification, Wrong}, nil
}

// nameSubject finds the verification that a check names, if it names one. That
// of another app, or for another purpose, is none.
func (g *Gateway) nameSubject(tx *store.Tx, c Check, s *guard.Subject) (verificationRow, bool, error) {
	if c.ID == "" {
		return verificationRow{}, false, nil
	}
	row, ok, err := namedVerification(tx, c.ID)
	if err != nil || !ok || row.App != c.App || c.Purpose != "" && row.Purpose != c.Purpose {
		return verificationRow{}, false, err
	}
	s.To, s.Purpose = row.To, row.Purpose
	return row, true, nil
}

// endCheck ends a verification by the check of a code.
func (g *Gateway) endCheck(tx *store.Tx, row verificationRow, client string, now clock.Moment) (checked, error) {
	row.Ended = now.Wall.Time()
	if err := g.endVerification(tx, &row, row.State, now.Wall); err != nil {
		return checked{verdict: Nothing}, err
	}
	if row.State == Exhausted {
		return checked{row.Verification, Spent}, nil
	}
	return checked{row.Verification, Right}, g.answered(tx, row, client, now)
}

// whyNothing explains that there was no code to compare.
func whyNothing(last verificationRow, up clock.Uptime) Verdict {
	switch {
	case last.State == Verified:
		return Used
	case last.State == Exhausted:
		return Spent
	case last.State == VerificationCanceled:
		return Stopped
	case last.State == VerificationExpired, last.State == Pending && last.deadline <= up:
		return Lapsed
	}
	return Nothing
}

// answered tells the guard that a code came back.
func (g *Gateway) answered(tx *store.Tx, row verificationRow, client string, now clock.Moment) error {
	s := guard.Subject{App: row.App, To: row.To, Purpose: row.Purpose, Region: row.facts.Region}
	if row.checked == guard.Here {
		return g.guard.Answered(tx, s, client, now.Tick)
	}
	return g.guard.AnsweredApart(tx, s, client, now.Tick)
}

// Outcome is what an app says of a code that it has compared itself.
type Outcome string

// The outcomes.
const (
	OutcomeVerified Outcome = "verified"
	OutcomeFailed   Outcome = "failed"
)

// ReportOutcome ends a pending verification of an app whose code is checked elsewhere,
// as Verified or Exhausted. One that has ended is a [fault.Conflict].
func (g *Gateway) ReportOutcome(ctx context.Context, app, id string, o Outcome) (Verification, error) {
	if o != OutcomeVerified && o != OutcomeFailed {
		return Verification{}, fault.NewInvalid("outcome", "the outcome is verified or failed")
	}
	return store.Write(ctx, g.db, func(tx *store.Tx) (Verification, error) {
		now := g.clock.Now()
		if err := g.expireVerifications(tx, now); err != nil {
			return Verification{}, err
		}
		row, ok, err := namedVerification(tx, id)
		switch {
		case err != nil:
			return Verification{}, err
		case !ok || row.App != app:
			return Verification{}, fault.NewNotFound("there is no verification with this id")
		case row.checked != guard.Elsewhere:
			return Verification{}, &fault.Error{Code: fault.Conflict, Message: "the code of this verification is checked here: check it"}
		case row.State != Pending:
			return Verification{}, &fault.Error{Code: fault.Conflict, Reason: fault.NotPending, Message: "this verification is " + string(row.State) + " already"}
		}
		row.State = Exhausted
		if o == OutcomeVerified {
			row.State = Verified
			if err := g.answered(tx, row, "", now); err != nil {
				return Verification{}, err
			}
		}
		row.Ended = now.Wall.Time()
		if err := g.endVerification(tx, &row, row.State, now.Wall); err != nil {
			return Verification{}, err
		}
		return g.complete(tx, row)
	})
}
