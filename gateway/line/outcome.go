package line

import (
	"fmt"

	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Outcome is what became of a unit that a line was given.
type Outcome struct {
	By   *Line // that was given it; nil where that was before the start
	Line int64
	Of   Token
	To   msisdn.Number
	Err  error // nil: it was sent
}

// RecordOutcome notes what an outcome says of a line, in the transaction that settles
// it. A line that the network refuses again and again is quarantined, and it is noted
// that a driver goes out of service that leaves parts without an answer.
func (p *Pool) RecordOutcome(tx *store.Tx, o Outcome) error {
	if class := ClassOf(o.Err); p.awaitsReports(o) && (class == None || class == Unknown) {
		if err := upsertOutcome(tx, o, class, p.clock.Tick()); err != nil {
			return err
		}
	}
	if o.By == nil {
		return nil
	}
	if err := p.assess(tx, o); err != nil {
		return err
	}
	return p.noteBreak(tx, o)
}

// awaitsReports reports whether it matters that no report comes for a unit.
func (p *Pool) awaitsReports(o Outcome) bool {
	return p.cfg.Load().BlockSilent > 0 && (o.By == nil || o.By.Reports())
}

// RecordLate notes that a unit was sent whose outcome had been unknown.
func (p *Pool) RecordLate(tx *store.Tx, of Token) error { return updateOutcome(tx, of, outcomeSent) }

// RecordReport notes that a unit was reported on. One that was delivered ends the
// quarantine of a line whose messages seemed not to be delivered, if the line was
// tried with it.
func (p *Pool) RecordReport(tx *store.Tx, id int64, of Token, delivered bool) error {
	if err := updateOutcome(tx, of, outcomeReported); err != nil || !delivered || !p.suspicion.Load() {
		return err
	}
	probe, err := probedWith(tx, id, of.Message)
	if err != nil || !probe {
		return err
	}
	return p.release(tx, id, forSilence, "its messages are reported as delivered again")
}

// noteBreak writes an event when a driver goes out of service by this outcome, which
// the breaker counts once the round is committed.
func (p *Pool) noteBreak(tx *store.Tx, o Outcome) error {
	next := o.By.breaker
	pause, broken := next.note(ClassOf(o.Err), p.clock.Uptime())
	if !broken {
		return nil
	}
	name := o.By.Name()
	return p.journal.Note(tx, journal.Event{Kind: journal.ModemBreaker, Line: o.Line, Modem: name, Text: fmt.Sprintf(
		"%s left %d messages in a row without an answer, and nobody can tell whether they were sent: it pauses for %s; look at its antenna and supply",
		name, next.unknowns, pause)})
}

// sentPart is a part that the network has taken, as far as it matters whether
// a status report came.
type sentPart struct {
	line     int64
	to       msisdn.Number
	at       clock.Tick
	reported bool
	forgiven bool // a quarantine has ended since
}
