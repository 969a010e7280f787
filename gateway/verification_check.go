package gateway

import (
	"cmp"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"slices"
	"strings"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/inbox"
	"simgate/gateway/mo"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/store/sqlite"
	"simgate/gateway/workflow"
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

// takeTokens looks in a message that came in for the tokens of verifications, which end by
// them. What becomes of a verification is in the transaction that shows the message; the
// tokens are hidden in it, and it belongs to the app of the first.
func (g *Gateway) takeTokens(tx *store.Tx, m *inbox.Message) error {
	if m.Kind != inbox.Text {
		return nil
	}
	var hide []mo.Found
	for _, f := range mo.Find(m.Text) {
		row, ok, err := tokenVerification(tx, g.tokenMAC(f.Token))
		if err == nil && ok {
			m.App = cmp.Or(m.App, row.App)
			err = tx.Savepoint(func() error { return g.takeText(tx, row, m) })
			if err != nil && !sqlite.IsFault(err) { // a fault is of the disk, not of this row
				g.log.Error("a text changed nothing because its verification cannot go on: please report this", "verification", row.ID, "err", err)
				err = nil
			}
		}
		if err != nil {
			return err
		}
		if ok || f.Marked {
			hide = append(hide, f)
		}
	}
	if len(hide) > 0 {
		m.Text = mo.Mask(m.Text, hide)
	}
	return nil
}

// takeText decides what a text with the token of a verification is worth.
func (g *Gateway) takeText(tx *store.Tx, row verificationRow, m *inbox.Message) error {
	now := g.clock.Now()
	steps, err := workflow.Read(row.workflow)
	if err != nil {
		return err
	}
	awaited := mo.Awaited{From: row.To, Heard: row.heard, Over: row.State != Pending || row.deadline <= now.Up,
		Reply: slices.ContainsFunc(steps, func(s workflow.Step) bool { return s.Reply })}
	by := mo.Sender{Abroad: m.Abroad}
	if n := msisdn.Number(m.Sender); !m.Named && !n.Short() {
		by.Number = n
	}
	verdict := mo.Judge(awaited, by)
	if (verdict == mo.Proven || verdict == mo.Answer) && row.To == "" {
		if verdict, err = g.adopt(tx, &row, by.Number, m.Facts, verdict, now); err != nil {
			return err
		}
	}
	g.metrics.texts.WithLabelValues(string(verdict)).Inc()
	if verdict != mo.Proven && verdict != mo.Answer {
		return g.refuseText(tx, &row, awaited.Explain(verdict))
	}
	row.heard = true
	if err := errors.Join(updateToken(tx, &row), noteText(tx, row.id, awaited.Explain(verdict))); err != nil {
		return err
	}
	if verdict == mo.Answer {
		return g.answerText(tx, &row, steps, now)
	}
	row.State, row.Ended = Verified, now.Wall.Time()
	client := row.client
	if err := g.endVerification(tx, &row, Verified, now.Wall); err != nil || row.resends == 0 {
		return err // where no code was counted none has come back
	}
	return g.answered(tx, row, client, now)
}

// refuseText notes that a text with a token changed nothing. Strangers can send many: only
// the last is told of, and how many there were.
func (g *Gateway) refuseText(tx *store.Tx, row *verificationRow, why cause.Cause) error {
	row.refused++
	if row.refused > 1 {
		why.Text += fmt.Sprintf("; it was one of %d that changed nothing", row.refused)
	}
	return errors.Join(updateToken(tx, row), noteText(tx, row.id, why))
}

// adopt makes a verification that is of no number yet one of that which has sent its text,
// if the guard lets that.
func (g *Gateway) adopt(tx *store.Tx, row *verificationRow, number msisdn.Number, facts msisdn.Facts, v mo.Verdict, now clock.Moment) (mo.Verdict, error) {
	fit, err := g.guard.Fit(tx, g.requestWith(row.App, number, facts, guard.Heard), now)
	if err != nil || fit.Refusal != nil {
		return mo.Blocked, err
	}
	secret, err := g.codes.Open(row.ID, row.sealed)
	if err != nil {
		return v, err
	}
	row.To, row.facts, row.mac = number, facts, g.codes.MAC(row.ID, string(number), code.Normalize(secret))
	return v, updateRecipient(tx, row)
}

// answerText sends the code of a verification to who has sent its text. It takes the place
// of the next step where that would send it too.
func (g *Gateway) answerText(tx *store.Tx, row *verificationRow, steps workflow.Steps, now clock.Moment) error {
	if row.Sends > 0 && now.Up < row.resendDue {
		return nil // it has just been sent
	}
	if !row.counted() {
		r := g.requestWith(row.App, row.To, row.facts, guard.Code)
		r.Client, r.Checked = row.client, row.checked
		v, err := g.guard.Inspect(tx, r, now)
		if err == nil {
			err = g.heed(tx, v)
		}
		if e := refusalOf(err); e != nil {
			return insertAttempt(tx, row, Attempt{Step: row.step, Channel: workflow.SMS, State: Failed, Reason: reasonText, Cause: cause.Of(e), At: now.Wall.Time()}, now.Up)
		}
		if err != nil {
			return err
		}
		row.slow = v.Slow
	}
	if next := row.step + 1; next < len(steps) && steps[next].Channel == workflow.SMS {
		row.step = next
	}
	if err := g.attempt(tx, row, workflow.SMS, reasonText, now); err != nil {
		return err
	}
	tx.Ring(topicSteps)
	return g.advance(tx, row, reasonText, now)
}
