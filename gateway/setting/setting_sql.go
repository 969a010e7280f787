package setting

import (
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Setting is the value of a key, in the place of the one that the configuration file has.
type Setting struct {
	Key   string
	Value string // in YAML
	By    string // who has set it
	At    time.Time
}

// Max is how many are kept: more than a configuration has keys.
const Max = 1000

// Personal is where numbers of people stand, such as that of the owner. A setting with one
// that is forgotten goes with the number.
var Personal = []store.Personal{{Name: "settings", Table: "setting", Which: store.Mentions("value"), Numbers: "value", Text: true,
	Columns: "key, value, set_at", Times: []string{"set_at"}}}

// All returns all settings, the last that was set at the end.
func All(tx *store.Tx) ([]Setting, error) {
	return store.All(tx, func(row store.Scanner) (s Setting, err error) {
		var at clock.Wall
		err = row.Scan(&s.Key, &s.Value, &s.By, &at)
		s.At = at.Time()
		return s, err
	}, `SELECT key, value, account, set_at FROM setting ORDER BY set_at, key LIMIT ?`, Max)
}

// Change is a setting that is kept from now on, in the place of one with the same key, or with an
// empty value no more.
type Change struct {
	Key, Value string
	Detail     string // what is written down of it
}

// Keep makes a change by somebody.
func Keep(tx *store.Tx, c Change, by string, now clock.Wall) error {
	if c.Value == "" {
		_, err := tx.Exec(`DELETE FROM setting WHERE key = ?`, c.Key)
		return err
	}
	_, err := tx.Exec(`INSERT INTO setting (key, value, account, set_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value, account = excluded.account, set_at = excluded.set_at`, c.Key, c.Value, by, now)
	return err
}
