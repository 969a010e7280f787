package line

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Times are the times of day of what is kept of signals.
var Times = store.Timed{Table: "signal", Begun: []string{"at"}}

// DeleteSignals deletes what is known of signals before both times.
func DeleteSignals(old clock.Past) store.Deletion {
	return store.DeleteWhere(`signal`, `id`, `at < ? AND tick < ? ORDER BY at`, old.Wall, old.Tick)
}

// mostSignals is how many are returned of a line: what is kept.
const mostSignals = int(KeepSignal / signalEvery)

func selectSignals(tx *store.Tx, id int64, since clock.Wall) ([]Signal, error) {
	newest, err := store.All(tx, func(row store.Scanner) (s Signal, err error) {
		var at clock.Wall
		err = row.Scan(&at, &s.DBm)
		s.At = at.Time()
		return s, err
	}, `SELECT at, dbm FROM signal WHERE line = ? ORDER BY id DESC LIMIT ?`, id, mostSignals)
	var list []Signal
	for i := len(newest) - 1; i >= 0; i-- {
		if clock.WallOf(newest[i].At) >= since {
			list = append(list, newest[i])
		}
	}
	return list, err
}

func insertSignals(tx *store.Tx, all map[int64]int, now clock.Wall) error {
	for id, dbm := range all {
		if _, err := tx.Exec(`INSERT INTO signal (line, at, dbm, tick) VALUES (?, ?, ?, `+store.Tick+`)`, id, now, dbm); err != nil {
			return err
		}
	}
	return nil
}
