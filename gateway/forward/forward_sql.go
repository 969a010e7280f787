package forward

import (
	"errors"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// path is a way of a rule.
type path struct {
	rule string
	way  Way
}

// row is something that is to be passed on.
type row struct {
	id, incoming int64
	tries        int
	at           clock.Wall
	due          clock.Tick
}

func insert(tx *store.Tx, p path, incoming int64, now clock.Moment) error {
	_, err := tx.Exec(`INSERT INTO forward (rule, way, incoming_id, at, due) VALUES (?, ?, ?, ?, ?)`, p.rule, string(p.way), incoming, now.Wall, now.Tick)
	return err
}

// selectFirst returns what waits first, the zero value for nothing.
func selectFirst(tx *store.Tx, p path) (row, error) {
	first, err := store.Get(tx, func(s store.Scanner) (r row, err error) {
		return r, s.Scan(&r.id, &r.incoming, &r.tries, &r.at, &r.due)
	},
		`SELECT id, incoming_id, tries, at, due FROM forward WHERE state = 'pending' AND rule = ? AND way = ? ORDER BY id LIMIT 1`, p.rule, string(p.way))
	if errors.Is(err, store.ErrNoRows) {
		return row{}, nil
	}
	return first, err
}

// pendingWays returns the ways for which something waits.
func pendingWays(tx *store.Tx) ([]path, error) {
	return store.All(tx, func(s store.Scanner) (p path, err error) { return p, s.Scan(&p.rule, &p.way) },
		`SELECT DISTINCT rule, way FROM forward WHERE state = 'pending'`)
}

func end(tx *store.Tx, id int64, to State, why cause.Cause, now clock.Moment) error {
	_, err := forwards.Move(tx, to, store.Set(`tries = tries + 1, cause = ?, cause_code = ?, tick = ?`, why.Text, string(why.Code), now.Tick), store.Where(`id = ?`, id))
	return err
}

func failAll(tx *store.Tx, p path, why cause.Cause, now clock.Moment) error {
	_, err := forwards.Move(tx, Failed, store.Set(`cause = ?, cause_code = ?, tick = ?`, why.Text, string(why.Code), now.Tick), store.Where(`rule = ? AND way = ?`, p.rule, string(p.way)))
	return err
}

func postpone(tx *store.Tx, id int64, why cause.Cause, due clock.Tick) error {
	_, err := tx.Exec(`UPDATE forward SET tries = tries + 1, cause = ?, cause_code = ?, due = ? WHERE id = ? AND state = 'pending'`, why.Text, string(why.Code), due, id)
	return err
}

// countDelivered returns how many were delivered by a way since a tick.
func countDelivered(tx *store.Tx, p path, since clock.Tick) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COUNT(*) FROM forward WHERE state = 'delivered' AND rule = ? AND way = ? AND tick > ?`, p.rule, string(p.way), since)
}

// Fail ends what waited when a backup was made: it may have been passed on since.
func Fail(tx *store.Tx, now clock.Moment) error {
	why := cause.Restored.With()
	_, err := forwards.Move(tx, Failed, store.Set(`cause = ?, cause_code = ?, tick = ?`, why.Text, string(why.Code), now.Tick), store.Where(`0 = 0`))
	return err
}

// Deletion deletes what has ended before a tick.
func Deletion(before clock.Tick) store.Deletion {
	return store.DeleteWhere(`forward`, `id`, `tick > 0 AND tick < ? ORDER BY tick`, before)
}

// insertDelivered notes a message to a number that was no message that came in, for the limit.
func insertDelivered(tx *store.Tx, p path, now clock.Moment) error {
	_, err := tx.Exec(`INSERT INTO forward (rule, way, incoming_id, state, tries, at, due, tick) VALUES (?, ?, 0, 'delivered', 1, ?, ?, ?)`, p.rule, string(p.way), now.Wall, now.Tick, now.Tick)
	return err
}
