package line

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// quarantine is a line that sends no more, because it seems to be blocked.
type quarantine struct {
	line     int64
	kind     string
	text     string
	since    clock.Wall
	probes   int
	probeDue clock.Uptime
}

// The kinds of quarantine.
const (
	forRefusals = "refused" // the network refuses its messages
	forSilence  = "silent"  // its messages are not reported as delivered
)

// probePauses are the times until a line in quarantine is given one message
// that waits, the last again and again. They are long: an operator that has
// blocked a SIM looks at what it does next.
var probePauses = []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour}

func probePause(probes int) time.Duration { return probePauses[min(probes, len(probePauses)-1)] }

// describe says why a line is in quarantine and what to do.
func (q quarantine) describe(c *clock.Clock, now clock.Uptime) cause.Cause {
	next := c.Local().Add(q.probeDue.Sub(now))
	return cause.Quarantine.With(q.line, q.text, next.Format(clock.ToTheMinute), q.line)
}

// assess draws from the outcome of a part whether the SIM is blocked.
func (p *Pool) assess(tx *store.Tx, o Outcome) error {
	class := ClassOf(o.Err)
	switch {
	case class == None && !p.suspicion.Load():
		return nil
	case class == None:
		if err := deleteRefusals(tx, o.Line); err != nil {
			return err
		}
		return p.release(tx, o.Line, forRefusals, "the network takes its messages again")
	case class == Unknown, class == Device, !TellsOfBlock(o.Err), p.cfg.Load().BlockRefusals < 0:
		return nil
	}
	p.suspicion.Store(true)
	n, err := insertRefusal(tx, o.Line, o.To)
	if err != nil || n < p.cfg.Load().BlockRefusals {
		return err
	}
	reason, _, _ := strings.Cut(CauseOf(o.Err).Text, ";") // without what is to be done about a single one
	return p.quarantine(tx, o.Line, forRefusals, fmt.Sprintf(
		"messages to %d different numbers in a row were refused, the last with %q; the SIM is probably blocked or has no credit: ask its operator",
		n, reason))
}

// quarantine takes a line out of service, unless it is already.
func (p *Pool) quarantine(tx *store.Tx, id int64, kind, text string) error {
	p.suspicion.Store(true)
	now := p.clock.Now()
	q := quarantine{line: id, kind: kind, text: text, since: now.Wall, probeDue: now.Up.Add(probePause(0))}
	added, err := insertQuarantine(tx, q, p.clock.Boot())
	if err != nil || !added {
		return err
	}
	return p.journal.Note(tx, journal.Event{Kind: journal.LineQuarantined, Line: id, Text: q.describe(p.clock, now.Up).Text})
}

// release puts a line back into service that was quarantined for this kind of reason.
// What happened before is not held against it any more.
func (p *Pool) release(tx *store.Tx, id int64, kind, why string) error {
	gone, err := deleteQuarantine(tx, id, kind)
	if err != nil || !gone {
		return err
	}
	if err := forgive(tx, id); err != nil {
		return err
	}
	return p.journal.Note(tx, journal.Event{Kind: journal.LineReleased, Line: id, Text: fmt.Sprintf("line %d is out of quarantine: %s", id, why)})
}

// Release ends the quarantine of a line by hand.
func (p *Pool) Release(ctx context.Context, id int64) error {
	_, err := store.Write(ctx, p.db, func(tx *store.Tx) (bool, error) {
		if known, err := exists(tx, id); err != nil || !known {
			return false, errors.Join(err, fault.NewNotFound("there is no SIM with this id: see the list of modems"))
		}
		if q, err := selectQuarantines(tx); err != nil || q[id].line == 0 {
			return false, errors.Join(err, fault.NewNotFound("this SIM is not in quarantine: nothing is to be released"))
		}
		for _, kind := range []string{forRefusals, forSilence} {
			if err := p.release(tx, id, kind, "somebody has released it"); err != nil {
				return false, err
			}
		}
		return true, nil
	})
	if err == nil {
		p.events.Changed()
	}
	return err
}

// probe notes that a line in quarantine is given a message to try it.
func (p *Pool) probe(tx *store.Tx, id, message int64, now clock.Uptime) error {
	q, err := selectQuarantines(tx)
	if err != nil {
		return err
	}
	next := q[id].probes + 1
	return updateProbe(tx, id, message, next, p.clock.Boot(), now.Add(probePause(next)))
}

// Recover prepares the lines in the transaction that recovers the work of the last
// run: what counted from another boot counts from this one.
func (p *Pool) Recover(tx *store.Tx, sameBoot bool, now clock.Uptime) error {
	if !sameBoot {
		all, err := selectQuarantines(tx)
		if err != nil {
			return err
		}
		for _, q := range all {
			if err := updateProbe(tx, q.line, 0, q.probes, p.clock.Boot(), now.Add(probePause(q.probes))); err != nil {
				return err
			}
		}
	}
	suspicion, err := suspected(tx)
	if err != nil {
		return err
	}
	p.suspicion.Store(suspicion)
	if err := p.senders.load(tx, p.clock.Tick()); err != nil {
		return err
	}
	return p.bindAll(tx)
}
