package gateway

import (
	"errors"
	"strings"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

func insertEvent(tx *store.Tx, e Event, now int64) error {
	_, err := tx.Exec(`INSERT INTO event (at, kind, line, modem, text) VALUES (?, ?, ?, ?, ?)`,
		now, string(e.Kind), e.Line, e.Modem, e.Text)
	return err
}

func selectEvents(tx *store.Tx, f EventFilter) ([]Event, error) {
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
		var at int64
		err = row.Scan(&e.ID, &at, &e.Kind, &e.Line, &e.Modem, &e.Text)
		e.At = clock.Wall(at).Time()
		return e, err
	}, `SELECT id, at, kind, line, modem, text FROM event WHERE `+strings.Join(where, " AND ")+
		` ORDER BY id DESC LIMIT ?`, append(args, f.Limit)...)
}

// deleteEvents removes those from before the given time, and those beyond the
// newest ones that there is room for.
func deleteEvents(tx *store.Tx, before int64) error {
	_, err := tx.Exec(`DELETE FROM event WHERE id IN (SELECT id FROM event
		WHERE at < ? OR id <= (SELECT MAX(id) FROM event) - ? ORDER BY id LIMIT ?)`, before, maxEvents, sweepBatch)
	return err
}

// swapModemLine notes the line of a modem, and returns the one before, 0 for none.
func swapModemLine(tx *store.Tx, modemName string, line int64) (int64, error) {
	before, err := store.Get(tx, store.Int, `SELECT line FROM modem_line WHERE modem = ?`, modemName)
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	if err != nil || before == line {
		return before, err
	}
	_, err = tx.Exec(`INSERT INTO modem_line (modem, line) VALUES (?, ?)
		ON CONFLICT (modem) DO UPDATE SET line = excluded.line`, modemName, line)
	return before, err
}
