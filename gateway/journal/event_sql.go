package journal

import (
	"strings"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

func insertEvent(tx *store.Tx, e Event, now clock.Wall) error {
	_, err := tx.Exec(`INSERT INTO event (at, kind, line, modem, text) VALUES (?, ?, ?, ?, ?)`,
		now, string(e.Kind), e.Line, e.Modem, e.Text)
	return err
}

func selectEvents(tx *store.Tx, f Filter) ([]Event, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(clause string, arg any) { where, args = append(where, clause), append(args, arg) }
	if f.Kind != "" {
		add("kind = ?", string(f.Kind))
	}
	if f.Line != 0 {
		add("line = ?", f.Line)
	}
	if f.Before > 0 {
		add("id < ?", f.Before)
	}
	return store.All(tx, func(row store.Scanner) (e Event, err error) {
		var at clock.Wall
		err = row.Scan(&e.ID, &at, &e.Kind, &e.Line, &e.Modem, &e.Text)
		e.At = at.Time()
		return e, err
	}, `SELECT id, at, kind, line, modem, text FROM event WHERE `+strings.Join(where, " AND ")+
		` ORDER BY id DESC LIMIT ?`, append(args, f.Limit)...)
}

// maxDeleted bounds the rows that one transaction deletes.
const maxDeleted = 500

// DeleteEvents removes those from before the given time, and those beyond the
// newest ones that there is room for.
func DeleteEvents(tx *store.Tx, before clock.Wall) error {
	_, err := tx.Exec(`DELETE FROM event WHERE id IN (SELECT id FROM event
		WHERE at < ? OR id <= (SELECT MAX(id) FROM event) - ? ORDER BY id LIMIT ?)`, before, maxEvents, maxDeleted)
	return err
}
