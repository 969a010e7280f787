package gateway

import (
	"errors"
	"slices"
	"strings"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// holdMessage puts a message aside until the time that it has to wait for, out
// of the way of those behind it that need not wait.
func holdMessage(tx *store.Tx, id int64, h line.Hold, now clock.Moment) error {
	_, err := tx.Exec(`UPDATE message SET hold_at = CASE WHEN held > 0 AND hold_why = ? THEN hold_at ELSE ? END, hold_until = ?, hold_why = ?, hold_code = ?,
		held = CASE held WHEN 0 THEN due ELSE held END, due = ? WHERE id = ?`, h.Cause.Text, now.Wall, now.Wall.Add(h.Until.Sub(now.Up)), h.Cause.Text, string(h.Cause.Code), h.Until, id)
	return err
}

// place is where a message that was put aside stands among those: by the time at
// which it was due first, and its id.
type place struct {
	held clock.Uptime
	id   int64
}

// releasedAtOnce bounds how many of them one round brings back, so that no code
// waits behind a hundred thousand.
const releasedAtOnce = 500

// releaseMessages brings the next messages behind a place back into the queue, in
// the order in which they were due. It returns the place of the last, and whether
// there may be more. What is put aside again meanwhile is not met twice.
func releaseMessages(tx *store.Tx, after place) (last place, more bool, err error) {
	next, err := store.All(tx, func(row store.Scanner) (p place, err error) { return p, row.Scan(&p.held, &p.id) },
		`SELECT held, id FROM message WHERE held > 0 AND state = 'queued' AND held >= ? AND (held > ? OR id > ?)
		ORDER BY held, id LIMIT ?`, after.held, after.held, after.id, releasedAtOnce)
	if err != nil || len(next) == 0 {
		return after, false, err
	}
	last = next[len(next)-1]
	_, err = tx.Exec(`UPDATE message SET due = held, held = 0 WHERE held > 0 AND state = 'queued'
		AND held >= ? AND held <= ? AND (held > ? OR id > ?) AND (held < ? OR id <= ?)`,
		after.held, last.held, after.held, after.id, last.held, last.id)
	return last, len(next) == releasedAtOnce, err
}

// recoverHeld makes what the last run put aside due, after a boot: all that is queued
// has just been made so.
func recoverHeld(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE message SET held = 0 WHERE held > 0 AND state = 'queued'`)
	return err
}

// sayWaiting notes in each message that is queued what it waits for; nothing where it
// goes as soon as a line is free.
func (g *Gateway) sayWaiting(tx *store.Tx, list []Message) error {
	if !slices.ContainsFunc(list, func(m Message) bool { return m.State == Queued }) {
		return nil
	}
	lines, err := g.lines.Look(tx)
	if err != nil {
		return err
	}
	for i, m := range list {
		if m.State != Queued {
			continue
		}
		if list[i].Waiting, err = g.waiting(tx, m, lines); err != nil {
			return err
		}
	}
	return nil
}

// waiting says what one queued message waits for.
func (g *Gateway) waiting(tx *store.Tx, m Message, lines []line.Candidate) (why cause.Cause, err error) {
	due, err := store.Get(tx, scanDue, `SELECT `+dueColumns+` FROM message WHERE id = ?`, m.ID)
	if err != nil {
		return why, err
	}
	if int64(due.due) >= store.Held {
		return cause.Held.With(), nil
	}
	if m.NotBefore.After(g.clock.Wall().Time()) {
		return cause.Scheduled.With(m.NotBefore.In(g.clock.Local().Location()).Format(clock.ToTheMinute)), nil
	}
	n, err := g.need(tx, due, lines)
	if err != nil {
		return why, err
	}
	if h := line.WaitsFor(n, lines); h.Cause.Text != "" {
		return h.Cause, nil
	}
	if why = g.whyUnready(n.Line); why.Text != "" {
		return why, nil
	}
	if m.Tries > 0 && m.Cause.Text != "" {
		if now := g.clock.Now(); due.due > now.Up {
			return cause.NextTry.With("at " + now.AtUptime(due.due).Time().In(g.clock.Local().Location()).Format(clock.ToTheSecond) + ", after this: " + m.Cause.Text), nil
		}
		return cause.NextTry.With("after this: " + m.Cause.Text), nil
	}
	return cause.Cause{}, nil
}

// whyUnready says why no SIM is ready to send, or not the one with an id; "" where one
// is.
func (g *Gateway) whyUnready(id int64) cause.Cause {
	var why []string
	for _, l := range g.lines.All() {
		if id != 0 && l.ID() != id {
			continue
		}
		st := l.Status()
		if st.State == line.Ready {
			return cause.Cause{}
		}
		why = append(why, st.Because())
	}
	switch {
	case len(why) > 0:
		return cause.NotReady.With(strings.Join(why, "; "))
	case id != 0:
		return cause.NoLine.With(id)
	}
	return cause.NoModem.With()
}

// holdMessages puts off all that is queued.
func holdMessages(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE message SET due = ?, held = 0 WHERE state = 'queued'`, store.Held)
	return err
}

func releaseHeldMessages(tx *store.Tx, now clock.Moment) error {
	_, err := tx.Exec(`UPDATE message SET due = CASE WHEN not_before > ? THEN ? + not_before - ? ELSE ? END WHERE state = 'queued' AND due >= ?`,
		now.Wall, now.Up, now.Wall, now.Up, store.Held)
	return err
}

// countLanes counts the messages that wait and are not held: those with codes and others.
func countLanes(tx *store.Tx) (map[string]int64, error) {
	all, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM message WHERE state = 'queued' AND due < ?`, store.Held)
	if err != nil {
		return nil, err
	}
	codes, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM message WHERE state = 'queued' AND lane = 0 AND due < ?`, store.Held)
	return map[string]int64{"codes": codes, "messages": all - codes}, err
}

// selectOldestCode returns the id of the message with a code that waits longest and is not
// held, 0 for none. Without the sign before id SQLite looks through all messages by their ids.
func selectOldestCode(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COALESCE(MIN(+id), 0) FROM message WHERE state = 'queued' AND lane = 0 AND due < ?`, store.Held)
}

func countHeldMessages(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COUNT(*) FROM message WHERE state = 'queued' AND due >= ?`, store.Held)
}

// selectHeld returns since when what was restored is held, the zero time for nothing.
func selectHeld(tx *store.Tx) (time.Time, error) {
	at, err := store.Get(tx, store.Int, `SELECT at FROM held`)
	if errors.Is(err, store.ErrNoRows) {
		return time.Time{}, nil
	}
	return clock.Wall(at).Time(), err
}

// selectWish returns what the owner wants to become of what is held.
func selectWish(tx *store.Tx) (HeldWish, error) {
	wish, err := store.Get(tx, store.Text, `SELECT wish FROM held`)
	return HeldWish(wish), err
}

func updateWish(tx *store.Tx, wish HeldWish) error {
	if wish == HeldWaits {
		wish = ""
	}
	_, err := tx.Exec(`UPDATE held SET wish = ?`, string(wish))
	return err
}

func insertHeld(tx *store.Tx, now clock.Wall) error {
	_, err := tx.Exec(`INSERT INTO held (one, at) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at, wish = ''`, now)
	return err
}

func deleteHeld(tx *store.Tx) error {
	_, err := tx.Exec(`DELETE FROM held`)
	return err
}

// waitingMessage is what is to be known of a message before it is changed.
type waitingMessage struct {
	body        string
	notBefore   clock.Wall
	begun, left bool // a line was given a part; a part has left
}

func selectWaiting(tx *store.Tx, id int64) (waitingMessage, error) {
	return store.Get(tx, func(row store.Scanner) (w waitingMessage, err error) {
		var begun, left int
		err = row.Scan(&w.body, &w.notBefore, &begun, &left)
		w.begun, w.left = begun > 0, left > 0
		return w, err
	}, `SELECT m.body, m.not_before, (SELECT COUNT(*) FROM part p WHERE p.message_id = m.id),
		CASE WHEN m.next_part > 1 THEN 1 ELSE 0 END FROM message m WHERE m.id = ?`, id)
}

// ownMessage returns a message of an app, "" for any.
func ownMessage(tx *store.Tx, app string, id int64) (Message, error) {
	m, err := selectMessage(tx, id)
	if err == nil && app != "" && m.App != app {
		err = fault.NewNotFound("there is no message with this id")
	}
	return m, err
}

// updateWaiting changes a message that waits. It keeps its place in the queue, and waits on
// for the owner if a backup was restored.
func updateWaiting(tx *store.Tx, id int64, r newRow, now clock.Moment) error {
	begin, due, expires := r.times(now)
	var reference int64
	if r.parts > 1 {
		var err error
		if reference, err = nextReference(tx, r.to, now.Wall); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE message SET body = ?, parts = ?, reference = ?, lane = ?, held = 0,
			due = CASE WHEN due >= ? OR ? = 0 AND due <= ? THEN due ELSE ? END, deadline = ?, expires_at = ?, not_before = ?, edited_at = ?
		WHERE state = 'queued' AND id = ?`, r.body, r.parts, reference, r.lane, store.Held, begin, now.Up, due, now.Up.Add(expires.Sub(now.Wall)), expires, begin, now.Wall, id)
	return err
}

// cancelMessage takes a message out of the queue, with the part that a modem may have been
// given and could not take.
func cancelMessage(tx *store.Tx, id int64, now clock.Wall) error {
	if _, err := parts.Move(tx, Cancelled, store.Set(`ended_at = ?`, now), store.Where(`message_id = ?`, id)); err != nil {
		return err
	}
	why := cause.Cancelled.With()
	return messages.MoveOne(tx, Cancelled, store.Set(`cause = ?, cause_code = ?, ended_at = ?`, why.Text, string(why.Code), now), store.Where(`id = ?`, id))
}
