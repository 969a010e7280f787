package journal

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

func insertChange(tx *store.Tx, c Change, tick clock.Tick) error {
	_, err := tx.Exec(`INSERT INTO change (kind, subject, app, from_state, to_state, at, tick) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		c.Kind, c.Subject, c.App, c.From, c.To, c.At, tick)
	return err
}

func selectChanges(tx *store.Tx, after int64, limit int) ([]Change, error) {
	return store.All(tx, func(row store.Scanner) (c Change, err error) {
		return c, row.Scan(&c.ID, &c.Kind, &c.Subject, &c.App, &c.From, &c.To, &c.At)
	}, `SELECT id, kind, subject, app, from_state, to_state, at FROM change WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
}

func firstChange(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COALESCE(MIN(id), 0) FROM change`)
}

func lastChange(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COALESCE(MAX(id), 0) FROM change`)
}

// DeleteChanges removes at most limit of the oldest changes, those from before the
// given tick, and returns how many. It reads no more than it may remove: ticks grow
// with the ids.
func DeleteChanges(tx *store.Tx, before clock.Tick, limit int) (int64, error) {
	res, err := tx.Exec(`DELETE FROM change WHERE id IN (
		SELECT c.id FROM (SELECT id, tick FROM change WHERE id > 0 ORDER BY id LIMIT ?) c WHERE c.tick < ?)`, limit, before)
	return res.RowsAffected, err
}
