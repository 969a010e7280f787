package gateway

import (
	"cmp"
	"context"
	"slices"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/mo"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/webhook"
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
	To         msisdn.Number // "" until it is known who sends its text
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
	Asked    *mo.Asked `json:"-"` // what the person is to send, nil for nothing
}

// complete completes a row with its attempts and the time of the next resend.
func (g *Gateway) complete(tx *store.Tx, row verificationRow) (Verification, error) {
	v, now := row.Verification, g.clock.Now()
	v.Parts, v.Age = row.parts, now.Up.Sub(row.begun)
	var err error
	if v.Attempts, err = attemptsOf(tx, row.id, false); err != nil {
		return v, err
	}
	if v.Asked, err = g.asked(row); err != nil {
		return v, err
	}
	if v.State == Pending && row.resendDue > 0 && (g.cfg.Load().Guard.Limits.Sends < 0 || row.resends < g.cfg.Load().Guard.Limits.Sends) {
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
			v.Attempts[i].Waiting = one[0].Waiting.Text
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
	return store.Read(ctx, g.db, func(tx *store.Tx) ([]Verification, error) {
		if f.Before != "" {
			if before, ok, err := namedVerification(tx, f.Before); err != nil {
				return nil, err
			} else if !ok || f.App != "" && before.App != f.App {
				return nil, fault.NewInvalid("before", "there is no verification with this id any more: begin again without it")
			}
		}
		return selectVerifications(tx, f)
	})
}

// CancelVerification ends a pending verification of an app: nothing more goes
// out, and its code is void. One that has ended is a [Conflict].
func (g *Gateway) CancelVerification(ctx context.Context, app, id string) (Verification, error) {
	return store.Write(ctx, g.db, func(tx *store.Tx) (Verification, error) {
		now := g.clock.Now()
		if err := g.expireVerifications(tx, now); err != nil {
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
