package gateway

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"simgate/gateway/journal"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// holds says of each line why it does not send now, and what its budgets have
// left. With keep it writes down which days and months are being counted, and
// reports whether one has begun.
func (g *Gateway) holds(tx *store.Tx, lines []lineStatus, up int64, keep bool) (begun bool, err error) {
	var quarantined map[int64]quarantine
	if g.suspicion.Load() {
		if quarantined, err = selectQuarantines(tx); err != nil {
			return false, err
		}
	}
	for i := range lines {
		l := &lines[i]
		if l.line == 0 {
			continue
		}
		l.settings, l.budgets, l.probing = g.settings(l.line), nil, false
		if q, ok := quarantined[l.line]; ok {
			if l.probing = q.probeDue <= up; !l.probing {
				l.hold = later(l.hold, hold{until: q.probeDue, why: q.describe(g.clock, up)})
			}
		}
		if l.settings.Balance != nil {
			b, known, err := selectBalance(tx, l.line)
			if err != nil {
				return begun, err
			}
			l.broke = known && b.Known && b.Amount <= 0
		}
		p := l.settings.Pace
		if p.Rate > 0 || p.Pause > 0 {
			next, err := selectRest(tx, l.line, g.clock.Boot())
			if err != nil {
				return begun, err
			}
			l.hold = later(l.hold, restingUntil(l.line, next, up))
		}
		if p.budgets() {
			fresh, err := g.count(tx, l, up, keep)
			if err != nil {
				return begun, err
			}
			begun = begun || fresh
		}
	}
	return begun, nil
}

// restingUntil is the pause between two parts.
func restingUntil(line, next, up int64) hold {
	if next <= up {
		return hold{}
	}
	return hold{until: next, why: fmt.Sprintf("line %d rests between two messages, as its pace says", line), brief: true}
}

// count reads the budgets of a line.
func (g *Gateway) count(tx *store.Tx, l *lineStatus, up int64, keep bool) (begun bool, err error) {
	now := g.clock.Local()
	for _, kind := range periodKinds {
		parts, recipients := l.settings.Pace.limits(kind)
		if parts == 0 && recipients == 0 {
			continue
		}
		stored, err := selectPeriod(tx, l.line, kind)
		if err != nil {
			return begun, err
		}
		p, fresh := stored.at(now, up, g.clock.Boot())
		if keep && p != stored {
			if err := replacePeriod(tx, l.line, p, fresh); err != nil {
				return begun, err
			}
		}
		begun = begun || fresh
		b := budget{period: p, maxParts: parts, maxRecipients: recipients, reserve: l.settings.Pace.Reserve}
		b.end, b.until = p.ends(now, up, g.clock.Boot())
		l.budgets = append(l.budgets, b)
	}
	return begun, nil
}

// charge counts a part that a line is about to be given: the line rests after
// it, and the first part of a message takes all of them from the budgets.
func (g *Gateway) charge(tx *store.Tx, m dueMessage, l lineStatus, up int64) error {
	p := l.settings.Pace
	if p.Rate > 0 || p.Pause > 0 {
		rest := p.rest(rand.Float64()).Milliseconds() //nolint:gosec // nothing secret hangs on it
		if err := upsertRest(tx, l.line, g.clock.Boot(), up+rest); err != nil {
			return err
		}
	}
	if l.probing {
		if err := g.probe(tx, l.line, m.id, up); err != nil {
			return err
		}
	}
	if len(l.budgets) == 0 || m.charged == l.line {
		return nil
	}
	for _, b := range l.budgets {
		met, err := meet(tx, m.recipient, l.line, b.kind)
		if err != nil {
			return err
		}
		added := 0
		if met {
			added = 1
		}
		if err := addToPeriod(tx, l.line, b.kind, m.left(), added); err != nil {
			return err
		}
		if err := g.tellBudget(tx, l, b, m.left(), added); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE message SET charged = ? WHERE id = ?`, l.line, m.id)
	return err
}

// tellBudget writes an event when a budget is used up by what is added.
func (g *Gateway) tellBudget(tx *store.Tx, l lineStatus, b budget, parts, recipients int) error {
	tell := func(used, added, limit int, of string) error {
		if limit == 0 || used >= limit || used+added < limit {
			return nil
		}
		return g.journal.Note(tx, journal.Event{Kind: journal.LineBudget, Line: l.line, Text: fmt.Sprintf(
			"line %d has used up its budget of %d %s a %s: messages wait, or go by other lines, until %s",
			l.line, limit, of, b.kind, b.end.Format("2006-01-02 15:04"))})
	}
	if err := tell(b.parts, parts, b.maxParts, "messages"); err != nil {
		return err
	}
	return tell(b.recipients, recipients, b.maxRecipients, "different recipients")
}

func selectPeriod(tx *store.Tx, line int64, kind periodKind) (period, error) {
	p, err := store.Get(tx, func(row store.Scanner) (p period, err error) {
		return p, row.Scan(&p.label, &p.boot, &p.begun, &p.parts, &p.recipients)
	}, `SELECT label, boot, begun, parts, recipients FROM pace WHERE line = ? AND period = ?`, line, string(kind))
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	p.kind = kind
	return p, err
}

func replacePeriod(tx *store.Tx, line int64, p period, fresh bool) error {
	_, err := tx.Exec(`INSERT INTO pace (line, period, label, boot, begun, parts, recipients) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (line, period) DO UPDATE SET label = excluded.label, boot = excluded.boot, begun = excluded.begun,
			parts = excluded.parts, recipients = excluded.recipients`,
		line, string(p.kind), p.label, p.boot, p.begun, p.parts, p.recipients)
	if err != nil || !fresh {
		return err
	}
	_, err = tx.Exec(`DELETE FROM pace_recipient WHERE line = ? AND period = ?`, line, string(p.kind))
	return err
}

func addToPeriod(tx *store.Tx, line int64, kind periodKind, parts, recipients int) error {
	_, err := tx.Exec(`UPDATE pace SET parts = parts + ?, recipients = recipients + ? WHERE line = ? AND period = ?`,
		parts, recipients, line, string(kind))
	return err
}

// meet notes that a line writes to a recipient, and reports whether it is for
// the first time in this period.
func meet(tx *store.Tx, to msisdn.Number, line int64, kind periodKind) (bool, error) {
	res, err := tx.Exec(`INSERT INTO pace_recipient (recipient, line, period) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		string(to), line, string(kind))
	return res.RowsAffected > 0, err
}

// meetings returns which lines have written to a recipient.
func meetings(tx *store.Tx, to msisdn.Number) (map[meeting]bool, error) {
	all, err := store.All(tx, func(row store.Scanner) (m meeting, err error) { return m, row.Scan(&m.line, &m.kind) },
		`SELECT line, period FROM pace_recipient WHERE recipient = ?`, string(to))
	met := make(map[meeting]bool, len(all))
	for _, m := range all {
		met[m] = true
	}
	return met, err
}

func selectRest(tx *store.Tx, line int64, boot string) (int64, error) {
	next, err := store.Get(tx, store.Int, `SELECT next FROM pace_rest WHERE line = ? AND boot = ?`, line, boot)
	if errors.Is(err, store.ErrNoRows) {
		return 0, nil
	}
	return next, err
}

func upsertRest(tx *store.Tx, line int64, boot string, next int64) error {
	_, err := tx.Exec(`INSERT INTO pace_rest (line, boot, next) VALUES (?, ?, ?)
		ON CONFLICT (line) DO UPDATE SET boot = excluded.boot, next = excluded.next`, line, boot, next)
	return err
}

// holdMessage puts a message aside until the time that it has to wait for, out
// of the way of those behind it that need not wait.
func holdMessage(tx *store.Tx, id, until int64) error {
	_, err := tx.Exec(`UPDATE message SET held = CASE held WHEN 0 THEN due ELSE held END, due = ? WHERE id = ?`, until, id)
	return err
}

// place is where a message that was put aside stands among those: by the time at
// which it was due first, and its id.
type place struct{ held, id int64 }

// releasedAtOnce bounds how many of them one round brings back, so that no code
// waits behind a hundred thousand.
const releasedAtOnce = 500

// releaseMessages brings the next messages behind a place back into the queue, in
// the order in which they were due. It returns the place of the last, and whether
// there may be more. What is put aside again meanwhile is not met twice.
func releaseMessages(tx *store.Tx, after place) (last place, more bool, err error) {
	next, err := store.All(tx, func(row store.Scanner) (p place, err error) { return p, row.Scan(&p.held, &p.id) },
		`SELECT held, id FROM message WHERE held > 0 AND state = 'queued' AND held >= ? AND (held > ? OR id > ?)
		ORDER BY held, id LIMIT ?`, after.held, after.held, after.id, releasedAtOnce)
	if err != nil || len(next) == 0 {
		return after, false, err
	}
	last = next[len(next)-1]
	_, err = tx.Exec(`UPDATE message SET due = held, held = 0 WHERE held > 0 AND state = 'queued'
		AND held >= ? AND held <= ? AND (held > ? OR id > ?) AND (held < ? OR id <= ?)`,
		after.held, last.held, after.held, after.id, last.held, last.id)
	return last, len(next) == releasedAtOnce, err
}

// recoverPace takes up what the last run held back: nothing is held that need
// not be, and what counted from another boot counts from this one.
func (g *Gateway) recoverPace(tx *store.Tx, sameBoot bool, up int64) error {
	if !sameBoot { // all that is queued has just been made due
		if _, err := tx.Exec(`UPDATE message SET held = 0 WHERE held > 0 AND state = 'queued'`); err != nil {
			return err
		}
		if err := g.renewProbes(tx, up); err != nil {
			return err
		}
	}
	suspicion, err := suspected(tx)
	g.suspicion.Store(suspicion)
	if err != nil {
		return err
	}
	return g.bindAll(tx)
}
