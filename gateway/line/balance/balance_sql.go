package balance

import (
	"errors"
	"math"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Micro is how many millionths, in which amounts are kept, make one.
const Micro = 1e6

// Select returns what was kept of a line, and whether there is anything.
func Select(tx *store.Tx, id int64) (Balance, bool, error) {
	b, err := store.Get(tx, func(row store.Scanner) (b Balance, err error) {
		var micros *int64
		var asked int64
		err = row.Scan(&b.Text, &micros, &b.Low, &asked)
		b.Known, b.Asked = micros != nil, clock.Wall(asked).Time()
		if b.Known {
			b.Amount = float64(*micros) / Micro
		}
		return b, err
	}, `SELECT text, micros, low, asked FROM balance WHERE line = ?`, id)
	if errors.Is(err, store.ErrNoRows) {
		return Balance{}, false, nil
	}
	return b, err == nil, err
}

// Upsert keeps what the operator said of a line.
func Upsert(tx *store.Tx, id int64, b Balance) error {
	var micros any
	if b.Known {
		micros = int64(math.Round(b.Amount * Micro))
	}
	_, err := tx.Exec(`INSERT INTO balance (line, text, micros, low, asked) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (line) DO UPDATE SET text = excluded.text, micros = excluded.micros, low = excluded.low, asked = excluded.asked`,
		id, b.Text, micros, b.Low, b.Asked.UnixMilli())
	return err
}

// SelectCredit returns the credit of a line, nil where it is not known, and what it was
// when it was last topped up, 0 where that is not known.
func SelectCredit(tx *store.Tx, id int64) (left *int64, top int64, err error) {
	_, err = store.Get(tx, func(row store.Scanner) (bool, error) { return true, row.Scan(&left, &top) },
		`SELECT micros, top FROM balance WHERE line = ?`, id)
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	return left, top, err
}

// TopUp notes that the credit of a line has risen to what it is now.
func TopUp(tx *store.Tx, id int64) error {
	if _, err := tx.Exec(`UPDATE balance SET top = micros WHERE line = ? AND micros > 0`, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM credit_app WHERE line = ?`, id)
	return err
}

// Spend counts what an app has spent of the credit of a line.
func Spend(tx *store.Tx, app string, id, micros int64) error {
	_, err := tx.Exec(`INSERT INTO credit_app (app, line, micros) VALUES (?, ?, ?)
		ON CONFLICT (app, line) DO UPDATE SET micros = micros + excluded.micros`, app, id, micros)
	return err
}

// SelectSpent returns what an app has spent of the credit of each line.
func SelectSpent(tx *store.Tx, app string) (map[int64]int64, error) {
	type row struct{ line, micros int64 }
	all, err := store.All(tx, func(s store.Scanner) (r row, err error) { return r, s.Scan(&r.line, &r.micros) },
		`SELECT line, micros FROM credit_app WHERE app = ?`, app)
	spent := make(map[int64]int64, len(all))
	for _, r := range all {
		spent[r.line] = r.micros
	}
	return spent, err
}
