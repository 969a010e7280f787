package gateway

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// callRow is a call with what only the engine may see.
type callRow struct {
	Call
	verification int64
	pinned       int64
	callback     string
	tries        int
	due          int64 // uptime in milliseconds, as is deadline
	deadline     int64

	// Of the verification, where there is one.
	sealed []byte
	brand  string
}

const callColumns = `c.id, c.app, c.recipient, c.body, c.file, c.locale, c.custom_id, c.callback, COALESCE(c.verification_id, 0),
	COALESCE(v.uuid, ''), COALESCE(v.brand, ''), v.sealed, c.state, c.pinned, c.line, c.voice, c.cause, c.tries, c.due, c.deadline,
	c.accepted_at, c.dialled_at, c.ended_at, c.answered, c.duration, c.keys, c.passed`

const callTables = ` FROM call c LEFT JOIN verification v ON v.id = c.verification_id `

func scanCall(row store.Scanner) (callRow, error) {
	var c callRow
	var accepted, dialled, ended, duration int64
	err := row.Scan(&c.ID, &c.App, &c.To, &c.Text, &c.File, &c.Locale, &c.CustomID, &c.callback, &c.verification, &c.Verification,
		&c.brand, &c.sealed, &c.State, &c.pinned, &c.Line, &c.Voice, &c.Cause, &c.tries, &c.due, &c.deadline,
		&accepted, &dialled, &ended, &c.Answered, &duration, &c.Keys, &c.Passed)
	c.Accepted, c.Dialled, c.Ended = clock.Wall(accepted).Time(), clock.Wall(dialled).Time(), clock.Wall(ended).Time()
	c.Duration = time.Duration(duration) * time.Millisecond
	return c, err
}

// enqueueCall inserts a call that is due at once.
func (g *Gateway) enqueueCall(tx *store.Tx, c callRow, life time.Duration) (Call, error) {
	up, wall := int64(g.clock.Uptime()), int64(g.clock.Wall())
	var verification any
	if c.verification != 0 {
		verification = c.verification
	}
	res, err := tx.Exec(`INSERT INTO call (app, recipient, body, file, locale, custom_id, callback, verification_id, state, pinned, line,
			due, deadline, accepted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, 0, ?, ?, ?)`,
		c.App, string(c.To), c.Text, c.File, c.Locale, c.CustomID, c.callback, verification, c.pinned, up, up+life.Milliseconds(), wall)
	c.ID, c.State, c.Accepted = res.LastInsertId, CallQueued, clock.Wall(wall).Time()
	return c.Call, err
}

func selectCall(tx *store.Tx, id int64) (callRow, error) {
	c, err := store.Get(tx, scanCall, `SELECT `+callColumns+callTables+`WHERE c.id = ?`, id)
	if errors.Is(err, store.ErrNoRows) {
		err = fault.NewNotFound("there is no call with this id")
	}
	return c, err
}

func selectCalls(tx *store.Tx, f CallFilter) ([]Call, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(clause string, arg any) { where, args = append(where, clause), append(args, arg) }
	if f.App != "" {
		add("c.app = ?", f.App)
	}
	if f.State != "" {
		add("c.state = ?", string(f.State))
	}
	if f.To != "" {
		add("c.recipient = ?", f.To)
	}
	if f.Before != 0 {
		add("c.id < ?", f.Before)
	}
	return store.All(tx, func(row store.Scanner) (Call, error) {
		c, err := scanCall(row)
		return c.Call, err
	}, `SELECT `+callColumns+callTables+`WHERE `+strings.Join(where, " AND ")+` ORDER BY c.id DESC LIMIT ?`, append(args, f.Limit)...)
}

// callsAtOnce bounds how many waiting calls a round looks at for each line, and how
// many it ends.
const callsAtOnce = 100

// waitingCalls are those of the queue that one round looks at.
type waitingCalls struct {
	due  []callRow
	late bool // there is one that cannot be placed in time any more
}

// callsWait reports whether there is a call in the queue, due or not.
func callsWait(tx *store.Tx) (bool, error) {
	n, err := store.Get(tx, store.Int, `SELECT EXISTS (SELECT 1 FROM call WHERE state = 'queued')`)
	return n > 0, err
}

// queuedCalls returns the first calls that are due of those that any line may place,
// and of those that only one of these lines may; calls with codes come first.
func queuedCalls(tx *store.Tx, lines []int64, up int64) (w waitingCalls, err error) {
	found, err := store.Get(tx, store.Int, `SELECT EXISTS (SELECT 1 FROM call WHERE state = 'queued' AND deadline <= ?)`, up)
	if w.late = found > 0; err != nil {
		return w, err
	}
	for _, line := range append([]int64{0}, lines...) {
		rows, err := store.All(tx, scanCall, `SELECT `+callColumns+callTables+`WHERE c.state = 'queued' AND c.pinned = ?
			AND c.due <= ? AND c.deadline > ? ORDER BY (c.verification_id IS NULL), c.due, c.id LIMIT ?`, line, up, up, callsAtOnce)
		if err != nil {
			return w, err
		}
		w.due = append(w.due, rows...)
	}
	slices.SortStableFunc(w.due, func(a, b callRow) int {
		code := func(c callRow) int64 { return min(c.verification, 1) }
		return cmp.Or(cmp.Compare(code(b), code(a)), cmp.Compare(a.due, b.due), cmp.Compare(a.ID, b.ID))
	})
	return w, nil
}

// expireCalls ends the calls that wait and are too late to be dialled.
func expireCalls(tx *store.Tx, up, wall int64) error {
	_, err := calls.Move(tx, CallExpired, store.Set(`cause = 'it could not be placed in time', ended_at = ?`, wall),
		store.Where(`id IN (SELECT id FROM call WHERE state = 'queued' AND deadline <= ? ORDER BY deadline, id LIMIT ?)`, up, callsAtOnce))
	return err
}

// cancelCalls takes what has not been dialled for a verification out of the queue.
func cancelCalls(tx *store.Tx, verification int64, now clock.Wall, cause string) error {
	_, err := calls.Move(tx, CallCancelled, store.Set(`cause = ?, ended_at = ?`, cause, now), store.Where(`verification_id = ?`, verification))
	return err
}

// beginCall notes, before anything is dialled, that a line is about to. It reports
// false where the call does not wait any more.
func beginCall(tx *store.Tx, c callRow, now int64) (bool, error) {
	n, err := calls.Move(tx, Calling, store.Set(`line = ?, passed = ?, dialled_at = ?`, c.Line, c.Passed, now), store.Where(`id = ?`, c.ID))
	return n > 0, err
}

// endCall notes what became of a call.
func endCall(tx *store.Tx, c callRow) error {
	return calls.MoveOne(tx, c.State, store.Set(`voice = ?, cause = ?, ended_at = ?, answered = ?, duration = ?, keys = ?`,
		c.Voice, c.Cause, c.Ended.UnixMilli(), c.Answered, c.Duration.Milliseconds(), c.Keys), store.Where(`id = ?`, c.ID))
}

// requeueCall makes a call due again that was not dialled.
func requeueCall(tx *store.Tx, id, due int64, tries int, cause string) error {
	return calls.MoveOne(tx, CallQueued, store.Set(`line = 0, dialled_at = 0, due = ?, tries = ?, cause = ?`, due, tries, cause), store.Where(`id = ?`, id))
}

// recoverCalls settles the calls of the last run: nobody can tell what became of
// those that were up, and what waited for another boot has lost its time.
func recoverCalls(tx *store.Tx, sameBoot bool, wall int64) error {
	all := store.Where(`0 = 0`)
	_, err := calls.Move(tx, CallUnknown, store.Set(`cause = 'the gateway stopped while the call was up', ended_at = ?`, wall), all)
	if err != nil || sameBoot {
		return err
	}
	_, err = calls.Move(tx, CallExpired, store.Set(`cause = 'the machine was restarted', ended_at = ?`, wall), all)
	return err
}

// deleteCalls removes calls without a code that are of that age.
func deleteCalls(tx *store.Tx, old clock.Past, limit int) (int64, error) {
	return store.DeleteWhere(`call`, `id`, `ended_at > 0 AND ended_at < ? AND tick < ? AND verification_id IS NULL ORDER BY ended_at`,
		old.Wall, old.Tick)(tx, limit)
}
