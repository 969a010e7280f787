package line

import (
	"errors"
	"math"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// micro is a millionth, in which amounts are kept.
const micro = 1e6

func selectBalance(tx *store.Tx, id int64) (Balance, bool, error) {
	b, err := store.Get(tx, func(row store.Scanner) (b Balance, err error) {
		var micros *int64
		var asked int64
		err = row.Scan(&b.Text, &micros, &b.Low, &asked)
		b.Known, b.Asked = micros != nil, clock.Wall(asked).Time()
		if b.Known {
			b.Amount = float64(*micros) / micro
		}
		return b, err
	}, `SELECT text, micros, low, asked FROM balance WHERE line = ?`, id)
	if errors.Is(err, store.ErrNoRows) {
		return Balance{}, false, nil
	}
	return b, err == nil, err
}

func upsertBalance(tx *store.Tx, id int64, b Balance) error {
	var micros any
	if b.Known {
		micros = int64(math.Round(b.Amount * micro))
	}
	_, err := tx.Exec(`INSERT INTO balance (line, text, micros, low, asked) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (line) DO UPDATE SET text = excluded.text, micros = excluded.micros, low = excluded.low, asked = excluded.asked`,
		id, b.Text, micros, b.Low, b.Asked.UnixMilli())
	return err
}
