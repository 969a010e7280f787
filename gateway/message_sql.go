package gateway

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"simgate/gateway/call"
	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/schedule"
	"simgate/gateway/store"
	"simgate/gateway/text"
	"simgate/gateway/webhook"
)

// personalMessages are the tables of messages that hold numbers.
var personalMessages = []store.Personal{
	{Name: "tries", Table: "part_try", Which: `message_id IN (SELECT id FROM message WHERE recipient = ?)`,
		Columns: "message_id message, seq, n, line, modem, cause, cause_code, times, submitted_at, ended_at", Times: []string{"submitted_at", "ended_at"}},
	{Name: "parts", Table: "part", Which: `message_id IN (SELECT id FROM message WHERE recipient = ?)`,
		Columns: "message_id message, seq, state, line, modem, cause, cause_code, submitted_at, sent_at, ended_at", Times: []string{"submitted_at", "sent_at", "ended_at"}},
	{Name: "forwarded_tries", Table: "part_try", Which: `message_id IN (SELECT id FROM message WHERE app = '` + forwardApp + `' AND ` + store.Mentions("body") + `)`,
		Columns: "message_id message, seq, n, line, modem, cause, cause_code, times, submitted_at, ended_at", Times: []string{"submitted_at", "ended_at"}},
	{Name: "forwarded_parts", Table: "part", Which: `message_id IN (SELECT id FROM message WHERE app = '` + forwardApp + `' AND ` + store.Mentions("body") + `)`,
		Columns: "message_id message, seq, state, line, modem, cause, cause_code, submitted_at, sent_at, ended_at", Times: []string{"submitted_at", "sent_at", "ended_at"}},
	{Name: "forwarded", Table: "message", Which: `app = '` + forwardApp + `' AND ` + store.Mentions("body"), Told: true, Numbers: "body", Text: true,
		Columns: "id, recipient to, body text, state, accepted_at", Times: []string{"accepted_at"}},
	{Name: "messages", Table: "message", Which: `recipient = ?`, Told: true, Numbers: "recipient",
		Columns: "id, app, recipient to, body text, custom_id, state, cause, cause_code, line, parts, origin_request request, origin_note note, callback, accepted_at, expires_at, ended_at",
		Times:   []string{"accepted_at", "expires_at", "ended_at"}},
}

// messageTimes are the times of day of messages and their parts.
var messageTimes = store.Timed{Table: "message", Begun: []string{"accepted_at", "expires_at", "edited_at", "hold_at", "hold_until"}, Ended: "ended_at",
	Parts: []store.Parts{
		{Table: "part", Owner: "message_id", Times: []string{"submitted_at", "sent_at", "ended_at"}},
		{Table: "part_try", Owner: "message_id", Times: []string{"submitted_at", "ended_at", "again_at"}},
	}}

// newRow is what there is to know of a message before it has an id.
type newRow struct {
	app, body, customID string
	origin              Origin
	to                  msisdn.Number
	parts               int
	lane                line.Lane
	line                int64
	lifetime            time.Duration
	due                 clock.Uptime // 0: at once
	notBefore, expires  clock.Wall   // 0: at once; by lifetime
	quiet               schedule.Quiet
	flash               bool
	verification        *verificationRow
	callback            string
}

// enqueue inserts a message, and counts it for [Gateway.checkRoom].
func (g *Gateway) enqueue(tx *store.Tx, r newRow, now clock.Moment) (Message, error) {
	begin, due, expires := r.times(now)
	var reference int64
	if r.parts > 1 {
		var err error
		if reference, err = nextReference(tx, r.to, now.Wall); err != nil {
			return Message{}, err
		}
	}
	var verification any
	m := Message{App: r.app, To: r.to, CustomID: r.customID, Origin: r.origin, Callback: webhook.CallbackOf(r.callback), Line: r.line, Priority: r.lane, State: Queued,
		NotBefore: begin.Time(), Quiet: r.quiet, Flash: r.flash, Total: r.parts, Accepted: now.Wall.Time(), Expires: expires.Time()}
	length := 0
	if r.verification != nil {
		verification, m.Verification, length = r.verification.id, r.verification.ID, r.verification.length
	}
	m.Text = text.Masked(r.body, length)
	res, err := tx.Exec(`
		INSERT INTO message (app, recipient, body, custom_id, verification_id, lane, state, pinned, line,
			reference, parts, due, deadline, accepted_at, expires_at, callback, origin_request, origin_note, not_before, quiet, flash)
		VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.app, string(r.to), r.body, r.customID, verification, r.lane, r.line, r.line,
		reference, r.parts, max(due, r.due), now.Up.Add(expires.Sub(now.Wall)), now.Wall, expires, r.callback, r.origin.Request, r.origin.Note,
		begin, r.quiet.String(), r.flash)
	if m.ID = res.LastInsertId; err == nil {
		err = messages.Made(tx, store.Row[State]{ID: m.ID, App: r.app, State: Queued})
	}
	if !g.isTest(r.to) && !own(r.app) {
		g.lines.Wants(r.app, r.line)
	}
	g.queue.bound.Add(1) // before the commit: a bound that is too high is counted anew, one too low is not
	return m, err
}

// times returns when a message is to go at the earliest, 0 for at once, also by the time
// since the boot, and when it expires.
func (r newRow) times(now clock.Moment) (begin clock.Wall, due clock.Uptime, expires clock.Wall) {
	at := max(now.Wall, r.notBefore)
	if !r.quiet.None() {
		at = max(at, clock.WallOf(r.quiet.After(at.Time())))
	}
	if expires = r.expires; expires == 0 {
		expires = at.Add(r.lifetime)
	}
	if at > now.Wall {
		begin = at
	}
	return begin, now.Up.Add(at.Sub(now.Wall)), expires
}

// postpone lets a message wait for the end of its quiet hours.
func postpone(tx *store.Tx, id int64, until clock.Wall, now clock.Moment) error {
	_, err := tx.Exec(`UPDATE message SET due = ?, not_before = ? WHERE state = 'queued' AND id = ?`, now.Up.Add(until.Sub(now.Wall)), until, id)
	return err
}

// reschedule sets anew when messages are due that wait for a time of day, after the clock
// was set. They live as long as before, from then on.
func reschedule(tx *store.Tx, now clock.Moment) error {
	const due = `CASE WHEN not_before > ? THEN not_before - ? ELSE 0 END`
	_, err := tx.Exec(`UPDATE message SET expires_at = ? + deadline - due + `+due+`, deadline = ? + deadline - due + `+due+`, due = ? + `+due+`
		WHERE state = 'queued' AND not_before > 0 AND due < ? AND held = 0`,
		now.Wall, now.Wall, now.Wall, now.Up, now.Wall, now.Wall, now.Up, now.Wall, now.Wall, store.Held)
	return err
}

// deliverUnsent ends a queued message to a test number as if it had arrived.
func deliverUnsent(tx *store.Tx, m *Message, now clock.Wall) error {
	which := store.Where(`id = ?`, m.ID)
	if err := messages.MoveOne(tx, Sending, store.Clause{}, which); err != nil {
		return err
	}
	why := cause.TestNumber.With()
	m.State, m.Cause, m.Ended = Delivered, why, now.Time()
	return messages.MoveOne(tx, Delivered, store.Set(`cause = ?, cause_code = ?, ended_at = ?`, why.Text, string(why.Code), now), which)
}

// leaveUnsent accepts a message to a number that has opted out, and cancels it at once.
func (g *Gateway) leaveUnsent(tx *store.Tx, p messagePlan, now clock.Moment) (Message, error) {
	m, err := g.enqueue(tx, p.row, now)
	if err != nil {
		return m, err
	}
	why := cause.OptedOut.With()
	m.State, m.Cause, m.Ended = Cancelled, why, now.Wall.Time()
	return m, messages.MoveOne(tx, Cancelled, store.Set(`cause = ?, cause_code = ?, ended_at = ?`, why.Text, string(why.Code), now.Wall), store.Where(`id = ?`, m.ID))
}

// writersTo returns the apps that have written to a number, the last first and each once:
// by a line, or if none has, by any. What the gateway itself has sent does not count.
func writersTo(tx *store.Tx, to msisdn.Number, by int64) ([]string, error) {
	const looked = 200
	type written struct {
		app  string
		line int64
	}
	all, err := store.All(tx, func(row store.Scanner) (w written, err error) { return w, row.Scan(&w.app, &w.line) },
		`SELECT app, line FROM message WHERE recipient = ? AND state NOT IN ('queued', 'expired', 'cancelled') ORDER BY id DESC LIMIT ?`, string(to), looked)
	var here, anywhere []string
	add := func(list []string, app string) []string {
		if own(app) || slices.Contains(list, app) {
			return list
		}
		return append(list, app)
	}
	for _, w := range all {
		anywhere = add(anywhere, w.app)
		if w.line == by {
			here = add(here, w.app)
		}
	}
	if len(here) > 0 {
		return here, err
	}
	return anywhere, err
}

// appOfText returns the app of a message that waits; text is false for one that carries a
// code, or does not wait.
func appOfText(tx *store.Tx, id int64) (app string, text bool, err error) {
	apps, err := store.All(tx, store.Text, `SELECT app FROM message WHERE id = ? AND state = 'queued' AND verification_id IS NULL`, id)
	if err != nil || len(apps) == 0 {
		return "", false, err
	}
	return apps[0], true, nil
}

// cancelUnwanted takes what waits for a number out of the queue, of an app or with "" of all.
// Codes stay, what the gateway has to say to its owner, and what has begun to leave.
func cancelUnwanted(tx *store.Tx, app string, to msisdn.Number, why cause.Cause, now clock.Wall) error {
	const which = `state = 'queued' AND recipient = ? AND next_part = 1 AND verification_id IS NULL AND (? = '' OR app = ?) AND app NOT IN (?, ?, ?)`
	args := []any{string(to), app, app, OwnerApp, canaryApp, forwardApp}
	if _, err := parts.Move(tx, Cancelled, store.Set(`ended_at = ?`, now), store.Where(`message_id IN (SELECT id FROM message WHERE `+which+`)`, args...)); err != nil {
		return err
	}
	_, err := messages.Move(tx, Cancelled, store.Set(`cause = ?, cause_code = ?, ended_at = ?`, why.Text, string(why.Code), now), store.Where(which, args...))
	return err
}

// nextReference counts the concatenation references towards one recipient, so
// that two long messages to one phone are never taken for one.
func nextReference(tx *store.Tx, to msisdn.Number, now clock.Wall) (int64, error) {
	return store.Get(tx, store.Int, `
		INSERT INTO reference (recipient, last, used_at) VALUES (?, 1, ?)
		ON CONFLICT (recipient) DO UPDATE SET last = (reference.last + 1) % 256, used_at = excluded.used_at
		RETURNING last`, string(to), now)
}

const messageColumns = `m.id, m.app, m.recipient, m.body, m.custom_id, COALESCE(v.uuid, ''), m.line, m.pinned, m.state,
	m.parts, m.tries, m.cause, m.cause_code, m.accepted_at, m.expires_at, m.ended_at, m.callback,
	m.origin_request, m.origin_note, m.lane, m.not_before, m.quiet, m.flash, m.edited_at, m.hold_at, m.hold_until, m.hold_why, m.hold_code, COALESCE(v.length, 6)`

const (
	messageJoins  = ` LEFT JOIN verification v ON v.id = m.verification_id`
	messageTables = ` FROM message m` + messageJoins + ` `
)

func scanMessage(row store.Scanner) (Message, error) {
	var m Message
	var accepted, expires, ended, begin, edited, aside, until clock.Wall
	var callback, quiet string
	var length int
	err := row.Scan(&m.ID, &m.App, &m.To, &m.Text, &m.CustomID, &m.Verification, &m.Line, &m.Pinned, &m.State,
		&m.Total, &m.Tries, &m.Cause.Text, &m.Cause.Code, &accepted, &expires, &ended, &callback,
		&m.Origin.Request, &m.Origin.Note, &m.Priority, &begin, &quiet, &m.Flash, &edited, &aside, &until, &m.Aside.Cause.Text, &m.Aside.Cause.Code, &length)
	m.Text = text.Masked(m.Text, length)
	m.Callback = webhook.CallbackOf(callback)
	m.Accepted, m.Expires, m.Ended, m.NotBefore = accepted.Time(), expires.Time(), ended.Time(), begin.Time()
	m.Edited, m.Aside.At, m.Aside.Until = edited.Time(), aside.Time(), until.Time()
	m.Quiet, _ = schedule.ParseQuiet(quiet) // it was one when it was accepted
	return m, err
}

func selectMessage(tx *store.Tx, id int64) (Message, error) {
	m, err := store.Get(tx, scanMessage, `SELECT `+messageColumns+messageTables+`WHERE m.id = ?`, id)
	if errors.Is(err, store.ErrNoRows) {
		err = fault.NewNotFound("there is no message with this id")
	}
	return m, err
}

// troubled are the states of which few messages are, and which are looked for: they have an
// index, which others would have to be written to three times for each message.
const troubled = `state IN ('failed', 'undelivered', 'unknown', 'expired', 'cancelled')`

// selectPage selects by the condition of which there is the best index, and looks with the
// others at the first messages that it finds.
func selectPage(tx *store.Tx, f MessageFilter) (p MessagePage, err error) {
	l := store.Listing{Columns: messageColumns, Table: "message m", Joins: messageJoins, ID: "m.id", At: "m.accepted_at",
		Since: clock.WallOf(f.Since), Until: clock.WallOf(f.Until), Before: f.Before, Limit: f.Limit}
	if f.Request != "" {
		l.Ask("m.origin_request <> '' AND m.origin_request = ?", "m.origin_request = ?", f.Request)
	}
	if f.CustomID != "" {
		l.Ask("m.custom_id <> '' AND m.custom_id = ?", "m.custom_id = ?", f.CustomID)
	}
	if f.To != "" {
		l.Ask("m.recipient = ?", "m.recipient || '' = ?", f.To) // an expression uses no index
	}
	switch f.State {
	case "":
	case Failed, Undelivered, Unknown, ExpiredOut, Cancelled:
		l.Ask("m."+troubled+" AND m.state = ?", "m.state || '' = ?", string(f.State))
	default:
		l.Ask("", "m.state || '' = ?", string(f.State))
	}
	if f.App != "" {
		l.Ask("m.app = ?", "m.app || '' = ?", f.App)
	}
	if f.Line != 0 {
		l.Ask("", "m.line = ?", f.Line)
	}
	switch codes := store.Where("m.verification_id IS NULL"); {
	case f.NoCodes && f.To != "": // few numbers get many codes and other messages, too
		l.Most = append(l.Most, codes)
	case f.NoCodes:
		l.Rest = append(l.Rest, codes)
	}
	if f.Text != "" {
		l.Rest = append(l.Rest, store.Contains("m.body", f.Text))
	}
	p.Messages, p.Next, err = store.Page(tx, l, scanMessage, func(m Message) int64 { return m.ID })
	return p, err
}

func selectParts(tx *store.Tx, message int64) ([]Part, error) {
	return store.All(tx, func(row store.Scanner) (Part, error) {
		var p Part
		var submitted, sent, ended clock.Wall
		err := row.Scan(&p.Seq, &p.State, &p.Line, &p.Modem, &p.MR, &p.Cause.Text, &p.Cause.Code, &submitted, &sent, &ended, &p.Passed)
		p.Submitted, p.Sent, p.Ended = submitted.Time(), sent.Time(), ended.Time()
		return p, err
	}, `SELECT seq, state, line, modem, mr, cause, cause_code, submitted_at, sent_at, ended_at, passed FROM part WHERE message_id = ? ORDER BY seq`, message)
}

// selectTries returns the tries of the parts of a message that did not send them.
func selectTries(tx *store.Tx, message int64) ([]Try, error) {
	return store.All(tx, func(row store.Scanner) (t Try, err error) {
		var submitted, ended, again clock.Wall
		err = row.Scan(&t.Seq, &t.Line, &t.Modem, &t.Cause.Text, &t.Cause.Code, &t.Passed, &t.Times, &submitted, &ended, &again)
		t.Submitted, t.Ended, t.Again = submitted.Time(), ended.Time(), again.Time()
		return t, err
	}, `SELECT seq, line, modem, cause, cause_code, passed, times, submitted_at, ended_at, again_at FROM part_try WHERE message_id = ? ORDER BY seq, n`, message)
}

func countQueued(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COUNT(*) FROM message WHERE state = 'queued'`)
}

// lastMessage returns the state of the last message of a verification, and when it was
// due; "" where there is none.
func lastMessage(tx *store.Tx, verification int64) (State, clock.Uptime, error) {
	type last struct {
		state State
		due   clock.Uptime
	}
	m, err := store.Get(tx, func(row store.Scanner) (m last, err error) { return m, row.Scan(&m.state, &m.due) },
		`SELECT state, due FROM message WHERE verification_id = ? ORDER BY id DESC LIMIT 1`, verification)
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	return m.state, m.due, err
}

// cancelQueued takes what has not left yet for a verification out of the queues.
func (g *Gateway) cancelQueued(tx *store.Tx, v *verificationRow, now clock.Wall, why cause.Cause) error {
	if err := g.calls.CancelRef(tx, v.ID, why, now); err != nil {
		return err
	}
	return cancelMessages(tx, v.id, now, why)
}

// cancelMessages takes what has not left yet out of the queue, with the part that
// a modem may have been given and could not take.
func cancelMessages(tx *store.Tx, verification int64, now clock.Wall, why cause.Cause) error {
	if some, err := store.Any(tx, `SELECT 1 FROM message WHERE verification_id = ? AND state = 'queued'`, verification); err != nil || !some {
		return err
	}
	_, err := parts.Move(tx, Cancelled, store.Set(`ended_at = ?`, now), store.Where(`message_id IN (
		SELECT id FROM message WHERE verification_id = ? AND state = 'queued')`, verification))
	if err != nil {
		return err
	}
	_, err = messages.Move(tx, Cancelled, store.Set(`cause = ?, cause_code = ?, ended_at = ?`, why.Text, string(why.Code), now), store.Where(`verification_id = ?`, verification))
	return err
}

// expiredAtOnce bounds how many messages one round ends; the next comes at once.
const expiredAtOnce = 500

// expireQueued ends what is too late to be sent.
func expireQueued(tx *store.Tx, now clock.Moment) error {
	// Mostly there is none, and that costs little to see.
	if some, err := store.Any(tx, `SELECT 1 FROM message WHERE state = 'queued' AND deadline <= ?`, now.Up); err != nil || !some {
		return err
	}
	return expireMessages(tx, store.Where(`id IN (SELECT id FROM message WHERE state = 'queued' AND deadline <= ? ORDER BY deadline, id LIMIT ?)`,
		now.Up, expiredAtOnce), cause.Expired.With(), cause.ExpiredRefused, now.Wall)
}

// expireMessages ends those of the selected messages that wait, with the part that
// a modem may have been given and could not take. The cause of one that was tried names that
// of its last try, and has the code tried.
func expireMessages(tx *store.Tx, which store.Clause, why cause.Cause, tried cause.Code, now clock.Wall) error {
	_, err := parts.Move(tx, ExpiredOut, store.Set(`ended_at = ?`, now),
		store.Where(`message_id IN (SELECT id FROM message WHERE state = 'queued' AND `+which.SQL+`)`, which.Args...))
	if err != nil {
		return err
	}
	_, err = messages.Move(tx, ExpiredOut, store.Set(`cause = CASE WHEN tries > 0 AND cause <> '' THEN ? || '; the last try: ' || cause ELSE ? END,
		cause_code = CASE WHEN tries > 0 AND cause <> '' THEN ? ELSE ? END, ended_at = ?`, why.Text, why.Text, string(tried), string(why.Code), now), which)
	return err
}

// selectCallback returns the callback of a message or of a verification, "" for none.
func selectCallback(tx *store.Tx, table string, id int64) (string, error) {
	return store.Get(tx, store.Text, `SELECT callback FROM `+table+` WHERE id = ?`, id)
}

// sentBefore answers a request whose messages were accepted before: one
// transaction gave them ids that follow each other.
func sentBefore(tx *store.Tx, first string, n int, err error) ([]Message, error) {
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return nil, err
	}
	sent := make([]Message, n)
	for i := range sent {
		if sent[i], err = selectMessage(tx, id+int64(i)); err != nil {
			return nil, err
		}
		sent[i].Replayed = true
	}
	return sent, nil
}

// batchBefore returns a batch that an earlier request has carried out, and takes note of
// its messages as they are now. Their ids follow each other, as they are of one
// transaction; other ids in it are of batches before.
func batchBefore(tx *store.Tx, kept string, p *mailingPlan, err error) (batch, error) {
	b := batch{before: true}
	if err == nil {
		err = json.Unmarshal([]byte(kept), &b)
	}
	if err != nil {
		return b, err
	}
	first, last := int64(0), int64(0)
	for _, id := range b.Sent {
		if id > p.last {
			if first == 0 {
				first = id
			}
			last = max(last, id)
		}
	}
	type made struct {
		id    int64
		to    msisdn.Number
		state State
	}
	list, err := store.All(tx, func(row store.Scanner) (m made, err error) { return m, row.Scan(&m.id, &m.to, &m.state) },
		`SELECT id, recipient, state FROM message WHERE id >= ? AND id <= ? ORDER BY id`, first, last)
	for _, m := range list {
		p.made(m.to, m.id, m.state)
	}
	return b, err
}

// newestMarks returns the newest messages that begin conversations, of an app or "" for any,
// with ids below one, at most limit; those of others have no number.
func newestMarks(tx *store.Tx, app string, below int64, limit int) ([]store.Mark, error) {
	return store.All(tx, store.ScanMark, `SELECT id, CASE WHEN app IN (?, ?, ?) OR ? <> '' AND app <> ? THEN '' ELSE recipient END, accepted_at FROM message
		WHERE verification_id IS NULL AND lane < 3 AND id + 0 < ? ORDER BY id + 0 DESC LIMIT ?`, OwnerApp, canaryApp, forwardApp, app, app, below, limit)
}

// hasLater reports whether a message with an id above one, which begins conversations, went to
// a number, by an app or "" for any.
func hasLater(tx *store.Tx, app, to string, above int64) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM message WHERE recipient = ? AND id > ?
		AND verification_id + 0 IS NULL AND lane < 3 AND (? = '' OR app = ?) AND app NOT IN (?, ?, ?)`, to, above, app, app, OwnerApp, canaryApp, forwardApp)
}

// lastWriter returns the app that wrote last to a number by a line since a time, "" for
// none. It looks at the newest messages to the number alone.
func lastWriter(tx *store.Tx, to string, line int64, since clock.Wall) (string, error) {
	apps, err := store.All(tx, store.Text, `SELECT app FROM (
			SELECT id, app, line, state, ended_at FROM message WHERE recipient = ? ORDER BY id DESC LIMIT 200) newest
		WHERE line = ? AND (state = 'sending' OR state IN ('sent', 'delivered', 'undelivered', 'unknown') AND ended_at >= ?)
			AND app NOT IN (?, ?, ?) ORDER BY id DESC LIMIT 1`, to, line, since, OwnerApp, canaryApp, forwardApp)
	if err != nil || len(apps) == 0 {
		return "", err
	}
	return apps[0], nil
}

// openFor is what goes on for a number.
type openFor struct{ messages, calls, verifications, underWay int64 }

func selectOpenFor(tx *store.Tx, to msisdn.Number) (o openFor, err error) {
	if o.calls, o.underWay, err = call.CountOpen(tx, to); err != nil {
		return o, err
	}
	sending, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM part p JOIN message m ON m.id = p.message_id WHERE p.state = 'sending' AND m.recipient = ?`, string(to))
	if err != nil {
		return o, err
	}
	o.underWay += sending
	if o.messages, err = store.Get(tx, store.Int, `SELECT COUNT(*) FROM message WHERE recipient = ? AND state = 'queued'`, string(to)); err != nil {
		return o, err
	}
	o.verifications, err = store.Get(tx, store.Int, `SELECT COUNT(*) FROM verification WHERE recipient = ? AND state = 'pending'`, string(to))
	return o, err
}
