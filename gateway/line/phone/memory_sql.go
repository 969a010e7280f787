package phone

import (
	"errors"

	"simgate/gateway/clock"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

func selectGiven(tx *store.Tx, name string) ([]given, error) {
	return store.All(tx, func(row store.Scanner) (g given, err error) {
		return g, row.Scan(&g.id, &g.device, &g.token.Message, &g.token.Seq, &g.at)
	}, `SELECT id, device, message, seq, at FROM phone_message WHERE name = ? ORDER BY at`, name)
}

func insertGiven(tx *store.Tx, name string, g given) error {
	_, err := tx.Exec(`INSERT INTO phone_message (id, name, device, message, seq, at) VALUES (?, ?, ?, ?, ?, ?)`,
		g.id, name, g.device, g.token.Message, g.token.Seq, g.at)
	return err
}

func deleteToken(tx *store.Tx, name string, t line.Token) error {
	_, err := tx.Exec(`DELETE FROM phone_message WHERE name = ? AND message = ? AND seq = ?`, name, t.Message, t.Seq)
	return err
}

func deleteGiven(tx *store.Tx, id string) error {
	_, err := tx.Exec(`DELETE FROM phone_message WHERE id = ?`, id)
	return err
}

func deleteOld(tx *store.Tx, name string, before clock.Tick) error {
	_, err := tx.Exec(`DELETE FROM phone_message WHERE name = ? AND at < ?`, name, before)
	return err
}

func selectPhone(tx *store.Tx, name, device string) (since clock.Wall, known bool, err error) {
	since, err = store.Get(tx, func(row store.Scanner) (w clock.Wall, err error) { return w, row.Scan(&w) },
		`SELECT since FROM phone WHERE name = ? AND device = ?`, name, device)
	if errors.Is(err, store.ErrNoRows) {
		return 0, false, nil
	}
	return since, err == nil, err
}

func upsertPhone(tx *store.Tx, name, device string, since clock.Wall) error {
	_, err := tx.Exec(`INSERT INTO phone (name, device, since) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET device = excluded.device, since = excluded.since`, name, device, since)
	return err
}
