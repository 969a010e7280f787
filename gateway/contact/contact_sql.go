package contact

import (
	"errors"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// upsertTag returns the id of the contact, and whether it is new or had another tag.
func upsertTag(tx *store.Tx, app string, number msisdn.Number, tag string, now clock.Wall) (id int64, changed bool, err error) {
	before, err := store.All(tx, store.Text, `SELECT tag FROM contact WHERE app = ? AND number = ?`, app, string(number))
	if err != nil {
		return 0, false, err
	}
	id, err = store.Get(tx, store.Int, `INSERT INTO contact (app, number, tag, changed_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (app, number) DO UPDATE SET tag = excluded.tag, changed_at = excluded.changed_at RETURNING id`, app, string(number), tag, now)
	return id, len(before) == 0 || before[0] != tag, err
}

func scan(row store.Scanner) (Contact, error) {
	var c Contact
	var changed clock.Wall
	err := row.Scan(&c.Number, &c.Tag, &changed)
	c.Changed = changed.Time()
	return c, err
}

// Select returns the contact with an id.
func Select(tx *store.Tx, id int64) (Contact, error) {
	c, err := store.Get(tx, scan, `SELECT number, tag, changed_at FROM contact WHERE id = ?`, id)
	if errors.Is(err, store.ErrNoRows) {
		err = fault.NewNotFound("there is no contact with this id")
	}
	return c, err
}

// Personal is where numbers of people stand.
var Personal = []store.Personal{{Name: "contacts", Table: "contact", Which: `number = ?`, Told: true, Numbers: "number",
	Columns: "app, number, tag, changed_at", Times: []string{"changed_at"}}}
