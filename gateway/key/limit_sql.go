package key

import (
	"errors"

	"simgate/gateway/store"
)

func selectUse(tx *store.Tx, id string, p period) (u use, err error) {
	u, err = store.Get(tx, func(row store.Scanner) (u use, err error) { return u, row.Scan(&u.begin, &u.messages, &u.cost) },
		`SELECT since, messages, cost FROM key_use WHERE key_id = ? AND period = ?`, id, string(p))
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	return u, err
}

func upsertUse(tx *store.Tx, id string, p period, u use) error {
	_, err := tx.Exec(`INSERT INTO key_use (key_id, period, since, messages, cost) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (key_id, period) DO UPDATE SET since = excluded.since, messages = excluded.messages, cost = excluded.cost`,
		id, string(p), u.begin, u.messages, u.cost)
	return err
}

// copyUse lets what was sent with one key count for another.
func copyUse(tx *store.Tx, from, to string) error {
	_, err := tx.Exec(`INSERT INTO key_use (key_id, period, since, messages, cost) SELECT ?, period, since, messages, cost FROM key_use WHERE key_id = ?`, to, from)
	return err
}
