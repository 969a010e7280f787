package guard

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

func hasChecked(tx *store.Tx, app string) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM guard_checker WHERE app = ? AND checked = 1`, app)
}

func wasTold(tx *store.Tx, app string) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM guard_checker WHERE app = ? AND told = 1`, app)
}

// upsertChecker notes that an app has had a code checked, or that its owner was told.
func upsertChecker(tx *store.Tx, app string, checked, told bool) error {
	_, err := tx.Exec(`INSERT INTO guard_checker (app, checked, told) VALUES (?, ?, ?)
		ON CONFLICT (app) DO UPDATE SET checked = checked | excluded.checked, told = told | excluded.told`, app, checked, told)
	return err
}

// upsertAnswer notes that a number has answered a code of an app that was not counted.
func upsertAnswer(tx *store.Tx, s Subject, now clock.Tick) error {
	_, err := tx.Exec(`INSERT INTO guard_number (app, recipient, sent, answered, unanswered) VALUES (?, ?, ?, ?, 0)
		ON CONFLICT (app, recipient) DO UPDATE SET answered = excluded.answered, unanswered = 0`, s.App, string(s.To), now, max(now, 1))
	return err
}
