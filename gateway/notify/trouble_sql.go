package notify

import (
	"errors"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Times are the times of day of notifications.
var Times = store.Timed{Table: "notification", Begun: []string{"at"}, Ended: "ended_at"}

const troubleColumns = `name, kind, line, modem, title, text, ending, urgent, watched, open, since, passes, told`

func scanTrouble(row store.Scanner) (t Trouble, err error) {
	var since clock.Wall
	err = row.Scan(&t.Name, &t.Kind, &t.Line, &t.Modem, &t.Title, &t.Text, &t.ending, &t.Urgent, &t.watched, &t.open, &since, &t.passes, &t.told)
	t.Since = since.Time()
	return t, err
}

// selectTrouble returns the trouble of a name, the zero value for none.
func selectTrouble(tx *store.Tx, name string) (Trouble, error) {
	t, err := store.Get(tx, scanTrouble, `SELECT `+troubleColumns+` FROM trouble WHERE name = ?`, name)
	if errors.Is(err, store.ErrNoRows) {
		return Trouble{}, nil
	}
	return t, err
}

// selectOpen returns what is wrong now.
func selectOpen(tx *store.Tx) ([]Trouble, error) {
	return store.All(tx, scanTrouble, `SELECT `+troubleColumns+` FROM trouble WHERE open ORDER BY since, name`)
}

func upsertTrouble(tx *store.Tx, t Trouble, tick clock.Tick) error {
	_, err := tx.Exec(`INSERT INTO trouble (`+troubleColumns+`, tick) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, line = excluded.line, modem = excluded.modem, title = excluded.title,
			text = excluded.text, ending = excluded.ending, urgent = excluded.urgent, watched = excluded.watched, open = excluded.open,
			since = excluded.since, passes = excluded.passes, told = excluded.told, tick = excluded.tick`,
		t.Name, string(t.Kind), t.Line, t.Modem, t.Title, t.Text, t.ending, t.Urgent, t.watched, t.open, clock.WallOf(t.Since), t.passes, t.told, tick)
	return err
}

// selectCursor returns the last event that was looked at.
func selectCursor(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT event FROM notify_cursor`)
}

func updateCursor(tx *store.Tx, event int64) error {
	_, err := tx.Exec(`UPDATE notify_cursor SET event = ?`, event)
	return err
}

// Deletions forget troubles that have been over for two days, and notifications that
// have ended before a time.
func Deletions(tick clock.Tick, old clock.Past) []store.Deletion {
	return []store.Deletion{
		store.DeleteWhere(`trouble`, `name`, `NOT open AND tick < ?`, tick.Add(-keepTroubles)),
		store.DeleteWhere(`notification`, `id`, `tick > 0 AND tick < ? AND ended_at < ? ORDER BY tick`, old.Tick, old.Wall),
	}
}

// Personal is where numbers of people stand.
var Personal = []store.Personal{
	{Name: "notifications", Table: "notification", Which: store.Mentions("(title || ' ' || text)"), Numbers: "(title || ' ' || text)", Text: true,
		Columns: "id, way, at, title, text", Times: []string{"at"}},
	{Name: "troubles", Table: "trouble", Which: store.Mentions("(name || ' ' || title || ' ' || text)"), Numbers: "(name || ' ' || title || ' ' || text)", Text: true,
		Columns: "since, title, text", Times: []string{"since"}},
}
