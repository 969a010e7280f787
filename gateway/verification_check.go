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
	Locked  Verdict = "locked"    // too many wrong codes for this number: nothing was compared
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
	a, err := write(ctx, g, func(tx *store.Tx) (checked, error) { return g.check(tx, c, to) })
	if err == nil {
		g.metrics.checks.WithLabelValues(string(a.verdict)).Inc()
	}
	return a.v, a.verdict, err
}

// check does it in a transaction. Whatever there is to be compared with, the
// same is done: the budgets and the lock are read, a try is asked for, and one
// MAC is computed.
func (g *Gateway) check(tx *store.Tx, c Check, to msisdn.Number) (checked, error) {
	now := g.clock.Now()
	if err := g.guard.MayCheck(tx, c.App, c.ClientIP, now.Tick); err != nil {
		return checked{verdict: Nothing}, err
	}
	s := guard.Subject{App: c.App, To: to, Purpose: c.Purpose}
	named, known, err := g.nameSubject(tx, c, &s)
	if err != nil {
		return checked{verdict: Nothing}, err
	}
	locked, err := g.guard.Locked(tx, s, now.Tick)
	if err != nil {
		return checked{verdict: Nothing}, err
	}
	var row verificationRow
	found := false
	if locked == 0 && (c.ID == "" || known) {
		if row, found, err = spendTry(tx, s, c.ID, now.Up); err != nil {
			return checked{verdict: Nothing}, err
		}
	}
	right := hmac.Equal(g.codes.MAC(row.ID, string(s.To), code.Normalize(c.Code)), row.mac)
	if found && right {
		row.State = Verified
		return g.endCheck(tx, row, now)
	}
	if err := g.guard.Failed(tx, s, c.ClientIP, found, now.Tick); err != nil {
		return checked{verdict: Nothing}, err
	}
	switch {
	case found && row.Tries >= row.MaxTries:
		row.State = Exhausted
		return g.endCheck(tx, row, now)
	case found:
		return checked{row.Verification, Wrong}, nil
	case locked > 0:
		return checked{named.Verification, Locked}, nil
	case c.ID != "" && known:
		return checked{named.Verification, whyNothing(named, now.Up)}, nil
	case c.ID != "":
		return checked{verdict: Nothing}, nil
	}
	last, ok, err := latestVerification(tx, s)
	if err != nil || !ok {
		return checked{verdict: Nothing}, err
	}
	return checked{last.Verification, whyNothing(last, now.Up)}, nil
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
func (g *Gateway) endCheck(tx *store.Tx, row verificationRow, now clock.Moment) (checked, error) {
	row.Ended = now.Wall.Time()
	if err := g.endVerification(tx, &row, row.State, now.Wall); err != nil {
		return checked{verdict: Nothing}, err
	}
	if row.State == Exhausted {
		return checked{row.Verification, Spent}, nil
	}
	s := guard.Subject{App: row.App, To: row.To, Purpose: row.Purpose}
	return checked{row.Verification, Right}, g.guard.Answered(tx, s, row.Sends, now.Tick)
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
