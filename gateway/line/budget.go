package line

import (
	"fmt"
	"math/rand/v2"

	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// Meet completes a need with the lines that have written to its recipient. That is
// looked up only where a line counts it.
func Meet(tx *store.Tx, n *Need, all []Candidate) (err error) {
	for _, c := range all {
		for _, b := range c.budgets {
			if b.maxRecipients > 0 {
				n.met, err = meetings(tx, n.To)
				return err
			}
		}
	}
	return nil
}

// count reads the budgets of a line.
func (p *Pool) count(tx *store.Tx, c *Candidate, now clock.Uptime, write bool) (begun bool, err error) {
	local := p.clock.Local()
	for _, kind := range periodKinds {
		parts, recipients := c.settings.Pace.limits(kind)
		if parts == 0 && recipients == 0 {
			continue
		}
		stored, err := selectPeriod(tx, c.ID, kind)
		if err != nil {
			return begun, err
		}
		current, fresh := stored.at(local, now, p.clock.Boot())
		if write && current != stored {
			if err := replacePeriod(tx, c.ID, current, fresh); err != nil {
				return begun, err
			}
		}
		begun = begun || fresh
		b := budget{period: current, maxParts: parts, maxRecipients: recipients, reserve: c.settings.Pace.Reserve}
		b.end, b.until = current.ends(local, now, p.clock.Boot())
		c.budgets = append(c.budgets, b)
	}
	return begun, nil
}

// Charge counts a part that a line is about to be given: the line rests after it, and
// the first part of a message takes all of them from the budgets. It reports whether
// the message has been counted by this, which [Need.Charged] is to say from then on.
func (p *Pool) Charge(tx *store.Tx, n Need, message int64, c Candidate, now clock.Uptime) (counted bool, err error) {
	pace := p.settingsOf(c.ID).Pace
	if pace.Rate > 0 || pace.Pause > 0 {
		rest := pace.rest(rand.Float64()) //nolint:gosec // nothing secret hangs on it
		if err := upsertRest(tx, c.ID, p.clock.Boot(), now.Add(rest)); err != nil {
			return false, err
		}
	}
	if c.probing {
		if err := p.probe(tx, c.ID, message, now); err != nil {
			return false, err
		}
	}
	if len(c.budgets) == 0 || n.Charged == c.ID {
		return false, nil
	}
	for _, b := range c.budgets {
		met, err := meet(tx, n.To, c.ID, b.kind)
		if err != nil {
			return false, err
		}
		added := 0
		if met {
			added = 1
		}
		if err := addToPeriod(tx, c.ID, b.kind, n.Parts, added); err != nil {
			return false, err
		}
		if err := p.noteUsedUp(tx, c.ID, b, n.Parts, added); err != nil {
			return false, err
		}
	}
	return true, nil
}

// noteUsedUp writes an event when a budget is used up by what is added.
func (p *Pool) noteUsedUp(tx *store.Tx, id int64, b budget, parts, recipients int) error {
	note := func(used, added, limit int, of string) error {
		if limit == 0 || used >= limit || used+added < limit {
			return nil
		}
		return p.journal.Note(tx, journal.Event{Kind: journal.LineBudget, Line: id, Text: fmt.Sprintf(
			"line %d has used up its budget of %d %s a %s: messages wait, or go by other lines, until %s",
			id, limit, of, b.kind, b.end.Format("2006-01-02 15:04"))})
	}
	if err := note(b.parts, parts, b.maxParts, "messages"); err != nil {
		return err
	}
	return note(b.recipients, recipients, b.maxRecipients, "different recipients")
}
