package gateway

import (
	"context"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/store"
)

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
		if err := expireVerifications(tx, now); err != nil {
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
