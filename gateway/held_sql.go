package gateway

import (
	"simgate/gateway/clock"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// holdMessage puts a message aside until the time that it has to wait for, out
// of the way of those behind it that need not wait.
func holdMessage(tx *store.Tx, id int64, until clock.Uptime) error {
	_, err := tx.Exec(`UPDATE message SET held = CASE held WHEN 0 THEN due ELSE held END, due = ? WHERE id = ?`, until, id)
	return err
}

// place is where a message that was put aside stands among those: by the time at
// which it was due first, and its id.
type place struct {
	held clock.Uptime
	id   int64
}

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

// recoverHeld makes what the last run put aside due, after a boot: all that is queued
// has just been made so.
func recoverHeld(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE message SET held = 0 WHERE held > 0 AND state = 'queued'`)
	return err
}

// waiting says what a queued message waits for, "" where it goes as soon as a
// line is free.
func (g *Gateway) waiting(tx *store.Tx, id int64) (string, error) {
	m, err := store.Get(tx, scanDue, `SELECT `+dueColumns+` FROM message WHERE id = ?`, id)
	if err != nil {
		return "", err
	}
	lines, err := g.lines.Look(tx)
	if err != nil {
		return "", err
	}
	n := m.need()
	err = line.Meet(tx, &n, lines)
	return line.WaitsFor(n, lines).Why, err
}
