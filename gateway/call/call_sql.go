package call

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// row is a call with what only the queue needs.
type row struct {
	Call
	tries         int
	due, deadline clock.Uptime
}

// Times are the times of day of calls.
var Times = store.Timed{Table: "call", Begun: []string{"accepted_at", "dialled_at"}, Ended: "ended_at"}

const columns = `id, app, recipient, body, file, locale, custom_id, callback, COALESCE(ref, ''), state, pinned, line, voice, cause, cause_code, tries,
	due, deadline, accepted_at, dialled_at, ended_at, answered, duration, keys, passed`

func scan(s store.Scanner) (r row, err error) {
	var accepted, dialled, ended clock.Wall
	var duration int64
	err = s.Scan(&r.ID, &r.App, &r.To, &r.Text, &r.File, &r.Locale, &r.CustomID, &r.Callback, &r.Ref, &r.State, &r.Pinned, &r.Line,
		&r.Voice, &r.Cause.Text, &r.Cause.Code, &r.tries, &r.due, &r.deadline, &accepted, &dialled, &ended, &r.Answered, &duration, &r.Keys, &r.Passed)
	r.Accepted, r.Dialled, r.Ended = accepted.Time(), dialled.Time(), ended.Time()
	r.Duration = time.Duration(duration) * time.Millisecond
	return r, err
}

func insert(tx *store.Tx, r *row) (err error) {
	var ref any
	if r.Ref != "" {
		ref = r.Ref
	}
	r.ID, err = store.Get(tx, store.Int, `INSERT INTO call (app, recipient, body, file, locale, custom_id, callback, ref, state, pinned,
			line, due, deadline, accepted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, 0, ?, ?, ?) RETURNING id`,
		r.App, string(r.To), r.Text, r.File, r.Locale, r.CustomID, r.Callback, ref, r.Pinned, r.due, r.deadline, clock.WallOf(r.Accepted))
	return err
}

func errNotFound() error { return fault.NewNotFound("there is no call with this id") }

func selectOne(tx *store.Tx, id int64) (row, error) {
	r, err := store.Get(tx, scan, `SELECT `+columns+` FROM call WHERE id = ?`, id)
	if errors.Is(err, store.ErrNoRows) {
		err = errNotFound()
	}
	return r, err
}

func selectAll(tx *store.Tx, f Filter) ([]Call, error) {
	where, args := store.Matching(store.Given("app = ?", f.App), store.Given("state = ?", f.State), store.Given("recipient = ?", f.To),
		store.Given("id < ?", f.Before))
	return store.All(tx, func(s store.Scanner) (Call, error) {
		r, err := scan(s)
		return r.Call, err
	}, `SELECT `+columns+` FROM call WHERE `+where+` ORDER BY id DESC LIMIT ?`, append(args, f.Limit)...)
}

// roundLimit bounds how many waiting calls a round looks at for each line, and how many
// it ends.
const roundLimit = 100

// anyQueued reports whether there is a call in the queue that is not held, due or not.
func anyQueued(tx *store.Tx) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM call WHERE state = 'queued' AND due < ?`, store.Held)
}

// waiting returns the whole queue but for what is held.
func waiting(tx *store.Tx) ([]row, error) {
	return store.All(tx, scan, `SELECT `+columns+` FROM call WHERE state = 'queued' AND due < ? ORDER BY deadline`, store.Held)
}

// calling returns the calls that are up.
func calling(tx *store.Tx) ([]row, error) {
	return store.All(tx, scan, `SELECT `+columns+` FROM call WHERE state = 'calling' ORDER BY id`)
}

// openFor returns the ids of the calls for a reference that wait or are up.
func openFor(tx *store.Tx, ref string) ([]int64, error) {
	return store.All(tx, store.Int, `SELECT id FROM call WHERE ref = ? AND state IN ('queued', 'calling')`, ref)
}

func queuedFor(tx *store.Tx, ref string) ([]row, error) {
	return store.All(tx, scan, `SELECT `+columns+` FROM call WHERE ref = ? AND state = 'queued'`, ref)
}

// CancelTo takes the calls to a number that have not been dialled yet and carry no code out
// of the queue: those of an app, or with "" of all.
func CancelTo(tx *store.Tx, app string, to msisdn.Number, why cause.Cause, now clock.Wall) error {
	_, err := noun.Move(tx, Cancelled, store.Set(`cause = ?, cause_code = ?, ended_at = ?`, why.Text, string(why.Code), now),
		store.Where(`recipient = ? AND state = 'queued' AND ref IS NULL AND (? = '' OR app = ?)`, string(to), app, app))
	return err
}

// tooLate returns the first calls that were not dialled in their time.
func tooLate(tx *store.Tx, now clock.Uptime) ([]row, error) {
	return store.All(tx, scan, `SELECT `+columns+` FROM call WHERE state = 'queued' AND deadline <= ? ORDER BY deadline, id LIMIT ?`, now, roundLimit)
}

// dueFor returns the first calls that are due, of those that any line may place and of
// those that only one of these lines may, in the order of the queue.
func dueFor(tx *store.Tx, lines []int64, now clock.Uptime) (due []row, err error) {
	for _, line := range append([]int64{0}, lines...) {
		rows, err := store.All(tx, scan, `SELECT `+columns+` FROM call WHERE state = 'queued' AND pinned = ?
			AND due <= ? AND deadline > ? ORDER BY (ref IS NULL), id LIMIT ?`, line, now, now, roundLimit)
		if err != nil {
			return nil, err
		}
		due = append(due, rows...)
	}
	slices.SortStableFunc(due, func(a, b row) int {
		switch {
		case a.Ref != "" && b.Ref == "":
			return -1
		case a.Ref == "" && b.Ref != "":
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return due, nil
}

// begin notes, before anything is dialled, that a line is about to. It reports false
// where the call does not wait any more.
func begin(tx *store.Tx, c Call) (bool, error) {
	n, err := noun.Move(tx, Calling, store.Set(`line = ?, passed = ?, dialled_at = ?, cause = '', cause_code = ''`, c.Line, c.Passed, clock.WallOf(c.Dialled)), store.Where(`id = ?`, c.ID))
	return n > 0, err
}

// withdraw notes why the calls for a reference that are up are not wanted any more.
func withdraw(tx *store.Tx, ref string, why cause.Cause) (some bool, err error) {
	res, err := tx.Exec(`UPDATE call SET cause = ?, cause_code = ? WHERE ref = ? AND state = 'calling'`, why.Text, string(why.Code), ref)
	return res.RowsAffected > 0, err
}

// withdrawn returns the calls that are up and not wanted any more.
func withdrawn(tx *store.Tx) ([]int64, error) {
	return store.All(tx, store.Int, `SELECT id FROM call WHERE state = 'calling' AND cause <> ''`)
}

// whyWithdrawn returns why a call that is up is not wanted any more, the zero cause if it is.
func whyWithdrawn(tx *store.Tx, id int64) (cause.Cause, error) {
	return store.Get(tx, func(s store.Scanner) (c cause.Cause, err error) { return c, s.Scan(&c.Text, &c.Code) }, `SELECT cause, cause_code FROM call WHERE id = ?`, id)
}

// writeEnd notes what became of a call.
func writeEnd(tx *store.Tx, c Call) error {
	return noun.MoveOne(tx, c.State, store.Set(`voice = ?, cause = ?, cause_code = ?, ended_at = ?, answered = ?, duration = ?, keys = ?`,
		c.Voice, c.Cause.Text, string(c.Cause.Code), clock.WallOf(c.Ended), c.Answered, c.Duration.Milliseconds(), c.Keys), store.Where(`id = ?`, c.ID))
}

// requeue puts a call that was not dialled back into the queue.
func requeue(tx *store.Tx, r row) error {
	return noun.MoveOne(tx, Queued, store.Set(`line = 0, dialled_at = 0, due = ?, tries = ?, cause = ?, cause_code = ?`, r.due, r.tries, r.Cause.Text, string(r.Cause.Code)), store.Where(`id = ?`, r.ID))
}

// Deletions removes calls without a reference that are of that age.
func Deletions(old clock.Past) []store.Deletion {
	return []store.Deletion{store.DeleteWhere(`call`, `id`, `ended_at > 0 AND ended_at < ? AND tick < ? AND ref IS NULL ORDER BY ended_at`,
		old.Wall, old.Tick)}
}

// DeleteRef removes the calls for a reference.
func DeleteRef(tx *store.Tx, ref string) error {
	_, err := tx.Exec(`DELETE FROM call WHERE ref = ?`, ref)
	return err
}

// Hold ends the calls that speak what stands behind a reference, and puts off all others
// that wait, until [Calls.Release] or [Calls.Drop].
func Hold(tx *store.Tx, now clock.Wall) error {
	why := cause.Restored.With()
	_, err := noun.Move(tx, Cancelled, store.Set(`cause = ?, cause_code = ?, ended_at = ?`, why.Text, string(why.Code), now), store.Where(`ref IS NOT NULL AND state = 'queued'`))
	if err == nil {
		_, err = tx.Exec(`UPDATE call SET due = due + ?, deadline = deadline + ? WHERE state = 'queued' AND due < ?`, store.Held, store.Held, store.Held)
	}
	return err
}

// CountQueued returns how many calls wait and are not held.
func CountQueued(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COUNT(*) FROM call WHERE state = 'queued' AND due < ?`, store.Held)
}

// CountHeld returns how many calls are held.
func CountHeld(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COUNT(*) FROM call WHERE state = 'queued' AND due >= ?`, store.Held)
}

// release makes what is held due, with the time that it had when it was due first.
func release(tx *store.Tx, now clock.Uptime) error {
	_, err := tx.Exec(`UPDATE call SET deadline = ? + deadline - due, due = ? WHERE state = 'queued' AND due >= ?`, now, now, store.Held)
	return err
}

// held returns the calls that are held.
func held(tx *store.Tx) ([]row, error) {
	return store.All(tx, scan, `SELECT `+columns+` FROM call WHERE state = 'queued' AND due >= ? ORDER BY deadline`, store.Held)
}

// Personal is where numbers of people stand.
var Personal = []store.Personal{{Name: "calls", Table: "call", Which: `recipient = ?`, Told: true, Numbers: "recipient",
	Columns: "id, app, recipient to, body text, file, locale, custom_id, state, cause, cause_code, line, voice, accepted_at, dialled_at, ended_at, answered, duration, keys",
	Times:   []string{"accepted_at", "dialled_at", "ended_at"}}}

// CountOpen returns how many calls to a number wait, and how many are up.
func CountOpen(tx *store.Tx, to msisdn.Number) (waiting, up int64, err error) {
	waiting, err = store.Get(tx, store.Int, `SELECT COUNT(*) FROM call WHERE recipient = ? AND state = 'queued'`, string(to))
	if err == nil {
		up, err = store.Get(tx, store.Int, `SELECT COUNT(*) FROM call WHERE recipient = ? AND state = 'calling'`, string(to))
	}
	return waiting, up, err
}
