package optout

import (
	"errors"
	"strings"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Times are the times of day of entries.
var Times = store.Timed{Table: "optout", Begun: []string{"made_at", "undone_at"}}

const columns = `id, app, number, origin, word, line, made_at, undone_at`

func scan(row store.Scanner) (Entry, error) {
	e, err := scanStored(row)
	return e.Entry, err
}

// stored is an entry, and its number or the mark of that.
type stored struct {
	Entry
	number string
}

func scanStored(row store.Scanner) (e stored, err error) {
	var made, undone clock.Wall
	err = row.Scan(&e.ID, &e.App, &e.number, &e.Origin, &e.Word, &e.Line, &made, &undone)
	if !strings.HasPrefix(e.number, store.Forgotten) {
		e.Number = msisdn.Number(e.number)
	}
	e.Made, e.Undone = made.Time(), undone.Time()
	return e, err
}

// selectStored returns all entries.
func selectStored(tx *store.Tx) ([]stored, error) {
	return store.All(tx, scanStored, `SELECT `+columns+` FROM optout ORDER BY id`)
}

var errNotFound = fault.NewNotFound("there is no opt-out with this id: see the list of them")

// Select returns the entry with an id.
func Select(tx *store.Tx, id int64) (Entry, error) {
	e, err := store.Get(tx, scan, `SELECT `+columns+` FROM optout WHERE id = ?`, id)
	if errors.Is(err, store.ErrNoRows) {
		err = errNotFound
	}
	return e, err
}

// hasEntries reports whether there is an entry at all.
func hasEntries(tx *store.Tx) (bool, error) {
	n, err := store.Get(tx, store.Int, `SELECT EXISTS (SELECT 1 FROM optout)`)
	return n > 0, err
}

// holds reports whether a number, by either name, gets no messages of an app.
func holds(tx *store.Tx, names [2]string, app string) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM optout WHERE number IN (?, ?) AND app IN ('', ?) AND undone_at = 0`,
		names[0], names[1], app)
}

// selectFor returns the entry of a number for an app, of two that which holds.
func selectFor(tx *store.Tx, names [2]string, app string) (e Entry, known bool, err error) {
	e, err = store.Get(tx, scan, `SELECT `+columns+` FROM optout WHERE number IN (?, ?) AND app = ? ORDER BY undone_at LIMIT 1`, names[0], names[1], app)
	if errors.Is(err, store.ErrNoRows) {
		return Entry{}, false, nil
	}
	return e, err == nil, err
}

// upsert writes an entry, in the place of one that was undone, 0 for none.
func upsert(tx *store.Tx, e Entry, id int64) (int64, error) {
	made := clock.WallOf(e.Made)
	if id != 0 {
		_, err := tx.Exec(`UPDATE optout SET origin = ?, word = ?, line = ?, made_at = ?, undone_at = 0 WHERE id = ?`, string(e.Origin), e.Word, e.Line, made, id)
		return id, err
	}
	return store.Get(tx, store.Int, `INSERT INTO optout (app, number, origin, word, line, made_at, undone_at) VALUES (?, ?, ?, ?, ?, ?, 0) RETURNING id`,
		e.App, string(e.Number), string(e.Origin), e.Word, e.Line, made)
}

func updateUndone(tx *store.Tx, id int64, now clock.Wall) error {
	_, err := tx.Exec(`UPDATE optout SET undone_at = ? WHERE id = ?`, now, id)
	return err
}

// selectAll returns entries that hold, newest first; of one number by either name, "" for
// all numbers.
func selectAll(tx *store.Tx, f Filter, names [2]string) ([]Entry, error) {
	where, args := []string{"undone_at = 0"}, []any{}
	add := func(condition string, more ...any) { where, args = append(where, condition), append(args, more...) }
	if names[0] != "" {
		add("number IN (?, ?)", names[0], names[1])
	}
	if f.App != "" {
		add("app IN ('', ?)", f.App)
	}
	if f.Before != 0 {
		add("id < ?", f.Before)
	}
	return store.All(tx, scan, `SELECT `+columns+` FROM optout WHERE `+strings.Join(where, " AND ")+` ORDER BY id DESC LIMIT ?`, append(args, f.Limit)...)
}

// askAnswer asks for an answer to a number, if it has had none for long.
func askAnswer(tx *store.Tx, e Entry, locale string, tick clock.Tick) error {
	_, err := tx.Exec(`INSERT INTO optout_answer (number, app, line, locale, due, tick) VALUES (?, ?, ?, ?, TRUE, ?)
		ON CONFLICT (number) DO UPDATE SET app = excluded.app, line = excluded.line, locale = excluded.locale, due = TRUE, tick = excluded.tick
		WHERE optout_answer.tick < ?`, string(e.Number), e.App, e.Line, locale, tick, tick.Add(-answerEvery))
	return err
}

// dueAnswer is an answer without its text.
type dueAnswer struct {
	Answer
	locale string
}

func selectDue(tx *store.Tx) ([]dueAnswer, error) {
	const atOnce = 100
	return store.All(tx, func(row store.Scanner) (d dueAnswer, err error) {
		return d, row.Scan(&d.App, &d.To, &d.Line, &d.locale)
	},
		`SELECT app, number, line, locale FROM optout_answer WHERE due ORDER BY number LIMIT ?`, atOnce)
}

// takeAnswer notes that an answer is sent, and reports whether it was to be.
func takeAnswer(tx *store.Tx, to msisdn.Number) (bool, error) {
	res, err := tx.Exec(`UPDATE optout_answer SET due = FALSE WHERE number = ? AND due`, string(to))
	return res.RowsAffected > 0, err
}

// Personal is where numbers of people stand. An entry stays where its number is forgotten,
// but for one that was undone, or whose app has another of the number from before.
var Personal = []store.Personal{
	{Name: "opt_out_answers", Table: "optout_answer", Which: `number = ?`, Numbers: "number", Columns: "number, app, line"},
	{Name: "opt_outs", Table: "optout", Which: `number = ?`, Told: true, Numbers: "number", Columns: "id, app, number, origin, word, line, made_at, undone_at",
		Times: []string{"made_at", "undone_at"}, Keep: keep},
}

// keep gives the entries of a number that is forgotten its mark.
func keep(tx *store.Tx, number, mark string) (int64, error) {
	gone, err := tx.Exec(`DELETE FROM optout WHERE number = ? AND (undone_at > 0 OR app IN (SELECT o.app FROM optout o WHERE o.number = ? AND o.undone_at = 0))`, number, mark)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(`DELETE FROM optout WHERE number = ? AND undone_at > 0`, mark); err != nil {
		return 0, err
	}
	kept, err := tx.Exec(`UPDATE optout SET number = ?, word = '' WHERE number = ?`, mark, number)
	return gone.RowsAffected + kept.RowsAffected, err
}
