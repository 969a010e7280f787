package guard

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// selectRefusals returns the refusals on the disk, oldest first, and the number of
// the last one, 0 for none.
func selectRefusals(tx *store.Tx) (list []Refusal, last int64, err error) {
	list, err = store.All(tx, func(row store.Scanner) (r Refusal, err error) {
		var at clock.Wall
		err = row.Scan(&last, &r.App, &r.To, &r.Reason, &r.Text, &r.Shadow, &at)
		r.At = at.Time()
		return r, err
	}, `SELECT number, app, recipient, reason, text, shadow, at FROM refused ORDER BY number`)
	return list, last, err
}

// upsertRefusals writes refusals whose numbers begin with first, each in the place
// of the one that was noted keepRefusals before it.
func upsertRefusals(tx *store.Tx, list []Refusal, first int64) error {
	for i, r := range list {
		if r.To == "" {
			continue // it was forgotten
		}
		number := first + int64(i)
		_, err := tx.Exec(`INSERT INTO refused (place, number, app, recipient, reason, text, shadow, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (place) DO UPDATE SET number = excluded.number, app = excluded.app, recipient = excluded.recipient,
				reason = excluded.reason, text = excluded.text, shadow = excluded.shadow, at = excluded.at`,
			number%keepRefusals, number, r.App, string(r.To), string(r.Reason), r.Text, r.Shadow, clock.WallOf(r.At))
		if err != nil {
			return err
		}
	}
	return nil
}
