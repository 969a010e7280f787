package journal

import (
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Times are the times of day of events.
var Times = store.Timed{Table: "event", Begun: []string{"at"}}

func insertEvent(tx *store.Tx, e Event, now clock.Wall) (id int64, err error) {
	return store.Get(tx, store.Int, `INSERT INTO event (at, kind, line, modem, text, tick) VALUES (?, ?, ?, ?, ?, `+store.Tick+`) RETURNING id`,
		now, string(e.Kind), e.Line, e.Modem, e.Text)
}

// hasEvent reports whether an event like this one is kept.
func hasEvent(tx *store.Tx, e Event) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM event WHERE kind = ? AND text = ?`, string(e.Kind), e.Text)
}

func scanEvent(row store.Scanner) (e Event, err error) {
	var at clock.Wall
	err = row.Scan(&e.ID, &at, &e.Kind, &e.Line, &e.Modem, &e.Text)
	e.At = at.Time()
	return e, err
}

func selectEventsAfter(tx *store.Tx, after int64, limit int) ([]Event, error) {
	return store.All(tx, scanEvent, `SELECT id, at, kind, line, modem, text FROM event WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
}

func selectEvents(tx *store.Tx, f Filter) ([]Event, error) {
	where, args := store.Matching(store.Given("kind = ?", f.Kind), store.Given("line = ?", f.Line), store.Given("id < ?", f.Before))
	return store.All(tx, scanEvent, `SELECT id, at, kind, line, modem, text FROM event WHERE `+where+
		` ORDER BY id DESC LIMIT ?`, append(args, f.Limit)...)
}

// DeleteEvents removes at most limit of those from before both times, and of those
// beyond the newest ones that there is room for. It returns how many.
func DeleteEvents(tx *store.Tx, old clock.Past, limit int) (int64, error) {
	n, err := store.DeleteWhere(`event`, `id`, `at < ? AND tick < ? ORDER BY at`, old.Wall, old.Tick)(tx, limit)
	if err != nil || n == int64(limit) {
		return n, err
	}
	return store.DeleteWhere(`event`, `id`, `id <= (SELECT MAX(e.id) FROM event e) - ? ORDER BY id`, maxEvents)(tx, limit)
}

// Personal is where numbers of people stand.
var Personal = []store.Personal{{Name: "events", Table: "event", Which: store.Mentions("text"), Numbers: "text", Text: true,
	Columns: "id, at, kind, line, modem, text", Times: []string{"at"}}}
