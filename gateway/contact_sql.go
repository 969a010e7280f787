package gateway

import (
	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

func upsertTag(tx *store.Tx, app string, number msisdn.Number, tag string, now clock.Wall) error {
	_, err := tx.Exec(`INSERT INTO contact (app, number, tag, changed_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (app, number) DO UPDATE SET tag = excluded.tag, changed_at = excluded.changed_at`, app, string(number), tag, now)
	return err
}

func scanContact(row store.Scanner) (Contact, error) {
	var c Contact
	var changed clock.Wall
	err := row.Scan(&c.Number, &c.Tag, &changed)
	c.Changed = changed.Time()
	return c, err
}

func selectContact(tx *store.Tx, id int64) (Contact, error) {
	return store.Get(tx, scanContact, `SELECT number, tag, changed_at FROM contact WHERE id = ?`, id)
}
