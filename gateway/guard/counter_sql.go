package guard

import (
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// addCounts adds c to its slot, for an app and each scope that has a key.
func addCounts(tx *store.Tx, app string, keys map[Scope]string, c count) error {
	var rows []string
	var args []any
	for s, key := range keys {
		if key != "" {
			rows = append(rows, "(?, ?, ?, ?, ?, ?, ?, ?, ?)")
			args = append(args, app, string(s), key, c.slot, c.sends, c.answered, c.strange, c.slow, c.failed)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO guard_count (app, scope, key, slot, sends, answered, strange, slow, failed) VALUES `+strings.Join(rows, ", ")+`
		ON CONFLICT (app, scope, key, slot) DO UPDATE SET sends = sends + excluded.sends, answered = answered + excluded.answered,
			strange = strange + excluded.strange, slow = slow + excluded.slow, failed = failed + excluded.failed`, args...)
	return err
}

// selectWindow reads the slots of the last d.
func selectWindow(tx *store.Tx, app string, s Scope, key string, now clock.Tick, d time.Duration) (window, error) {
	counts, err := store.All(tx, func(row store.Scanner) (c count, err error) {
		return c, row.Scan(&c.slot, &c.sends, &c.answered, &c.strange, &c.slow, &c.failed)
	}, `SELECT slot, sends, answered, strange, slow, failed FROM guard_count WHERE app = ? AND scope = ? AND key = ? AND slot >= ? ORDER BY slot`,
		app, string(s), key, slotOf(now.Add(-d)))
	return window{counts, now}, err
}

// upsertSend notes a code that may come back.
func upsertSend(tx *store.Tx, r Request, c count) error {
	_, err := tx.Exec(`INSERT INTO guard_send (app, recipient, slot, sends, strange, slow) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (app, recipient, slot) DO UPDATE SET sends = sends + excluded.sends, strange = strange + excluded.strange,
			slow = slow + excluded.slow`, r.App, string(r.To), c.slot, c.sends, c.strange, c.slow)
	return err
}

// takeSends returns the codes to a number that have not come back, and forgets them.
func takeSends(tx *store.Tx, s Subject) ([]count, error) {
	return store.All(tx, func(row store.Scanner) (c count, err error) {
		return c, row.Scan(&c.slot, &c.sends, &c.strange, &c.slow)
	}, `DELETE FROM guard_send WHERE app = ? AND recipient = ? RETURNING slot, sends, strange, slow`, s.App, string(s.To))
}
