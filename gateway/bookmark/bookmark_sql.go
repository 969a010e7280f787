package bookmark

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Personal is where numbers of people stand.
var Personal = []store.Personal{{Name: "bookmarks", Table: "bookmark", Which: `number = ?`, Numbers: "number",
	Columns: "name, number, query, made_at", Times: []string{"made_at"}}}

func selectAll(tx *store.Tx) ([]Bookmark, error) {
	return store.All(tx, func(row store.Scanner) (b Bookmark, err error) { return b, row.Scan(&b.Name, &b.Number, &b.Query) },
		`SELECT name, number, query FROM bookmark ORDER BY name LIMIT ?`, Max)
}

func upsert(tx *store.Tx, b Bookmark, now clock.Wall) error {
	_, err := tx.Exec(`INSERT INTO bookmark (name, number, query, made_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET number = excluded.number, query = excluded.query, made_at = excluded.made_at`, b.Name, b.Number, b.Query, now)
	return err
}

func remove(tx *store.Tx, name string) error {
	_, err := tx.Exec(`DELETE FROM bookmark WHERE name = ?`, name)
	return err
}
