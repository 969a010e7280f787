package signal

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Times are the times of day of the strengths.
var Times = store.Timed{Table: "signal", Begun: []string{"at"}}

// Delete deletes what is known before both times.
func Delete(old clock.Past) store.Deletion {
	return store.DeleteWhere(`signal`, `id`, `at < ? AND tick < ? ORDER BY at`, old.Wall, old.Tick)
}

// most is how many are returned of a line: what is kept.
const most = int(Keep / every)

func selectSince(tx *store.Tx, line int64, since clock.Wall) ([]Strength, error) {
	newest, err := store.All(tx, func(row store.Scanner) (s Strength, err error) {
		var at clock.Wall
		err = row.Scan(&at, &s.DBm)
		s.At = at.Time()
		return s, err
	}, `SELECT at, dbm FROM signal WHERE line = ? ORDER BY id DESC LIMIT ?`, line, most)
	var list []Strength
	for i := len(newest) - 1; i >= 0; i-- {
		if clock.WallOf(newest[i].At) >= since {
			list = append(list, newest[i])
		}
	}
	return list, err
}

func insert(tx *store.Tx, all map[int64]int, now clock.Wall) error {
	for line, dbm := range all {
		if _, err := tx.Exec(`INSERT INTO signal (line, at, dbm, tick) VALUES (?, ?, ?, `+store.Tick+`)`, line, now, dbm); err != nil {
			return err
		}
	}
	return nil
}
