package gateway

import (
	"slices"
	"strings"
	"time"

	"simgate/gateway/call"
	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/text"
)

// dueMessage is the head of a queue, as much of it as routing needs.
type dueMessage struct {
	id, line, avoid int64
	app             string
	due             clock.Uptime
	lane            line.Lane
	recipient       msisdn.Number
	next, parts     int
	charged         int64
	quiet           string
}

const dueColumns = `id, line, avoid, app, due, lane, recipient, next_part, parts, charged, quiet`

func scanDue(row store.Scanner) (m dueMessage, err error) {
	return m, row.Scan(&m.id, &m.line, &m.avoid, &m.app, &m.due, &m.lane, &m.recipient, &m.next, &m.parts, &m.charged, &m.quiet)
}

// need is what a message asks of a line. Whether its number is known is looked up only for
// a code that no line would take otherwise.
func (g *Gateway) need(tx *store.Tx, m dueMessage, lines []line.Candidate) (line.Need, error) {
	n := line.Need{Line: m.line, Avoid: m.avoid, App: m.app, Lane: m.lane, To: m.recipient, Parts: m.parts - m.next + 1, Charged: m.charged}
	err := line.Complete(tx, &n, lines)
	if h := line.WaitsFor(n, lines); err == nil && n.Lane == line.Codes && h.Until != 0 && !h.Brief {
		n.Known, err = g.guard.Known(tx, guard.Subject{App: m.app, To: m.recipient}, g.clock.Tick())
	}
	return n, err
}

// queue is what waits in one lane for one line, or for any (0).
type queue struct {
	line int64
	lane line.Lane
}

// queues are those in which something waits, each with when the first of it is due.
type queues map[queue]clock.Uptime

// waitingQueues returns the queues in which something waits. Most of the possible ones are
// empty, and a round asks each of them more than once.
func waitingQueues(tx *store.Tx) (queues, error) {
	type head struct {
		queue
		due clock.Uptime
	}
	all := queues{}
	for last := (queue{line: -1}); ; {
		next, err := store.All(tx, func(row store.Scanner) (h head, err error) { return h, row.Scan(&h.line, &h.lane, &h.due) },
			`SELECT line, lane, due FROM message WHERE state = 'queued' AND (line, lane) > (?, ?) ORDER BY line, lane, due LIMIT 1`, last.line, last.lane)
		if err != nil || len(next) == 0 {
			return all, err
		}
		last = next[0].queue
		all[last] = next[0].due
	}
}

// due reports whether something was due in a queue when the queues were looked at.
func (q queues) due(id int64, lane line.Lane, now clock.Uptime) bool {
	due, waits := q[queue{id, lane}]
	return waits && due <= now
}

// dueMessages returns the first messages of a lane that any line may take and,
// for every free line, the first that only it may take, in the order in which
// they were due; with codes apps take turns. Nothing may have been queued since the queues
// were looked at.
func dueMessages(tx *store.Tx, waiting queues, lane line.Lane, now clock.Uptime, lines []line.Candidate, turns appTurn) ([]dueMessage, error) {
	heads := func(id int64, limit int) ([]dueMessage, error) {
		if !waiting.due(id, lane, now) {
			return nil, nil
		}
		if lane == line.Codes {
			return dueCodes(tx, id, now, limit, turns)
		}
		return store.All(tx, scanDue, `SELECT `+dueColumns+` FROM message
			WHERE state = 'queued' AND line = ? AND lane = ? AND due <= ? ORDER BY due, id LIMIT ?`, id, lane, now, limit)
	}
	free, takes := 0, 0
	for _, l := range lines {
		if l.Free() {
			free++
			if l.Takes(lane) {
				takes++
			}
		}
	}
	if free == 0 {
		return nil, nil
	}
	var due []dueMessage
	var err error
	if takes > 0 {
		due, err = heads(0, takes)
	}
	for _, l := range lines {
		if err != nil {
			break
		}
		if l.Free() {
			var own []dueMessage
			own, err = heads(l.ID, 1)
			due = append(due, own...)
		}
	}
	if lane == line.Codes {
		turns.order(due)
		return due, err
	}
	slices.SortFunc(due, byTime)
	return due, err
}

// dueCodes returns the first codes for a line that apps would be given in turn.
func dueCodes(tx *store.Tx, id int64, now clock.Uptime, limit int, turns appTurn) ([]dueMessage, error) {
	apps, err := store.All(tx, store.Text, `WITH RECURSIVE waiting (app) AS (
			SELECT MIN(app) FROM message WHERE state = 'queued' AND lane = 0 AND line = ?
			UNION ALL SELECT (SELECT MIN(app) FROM message WHERE state = 'queued' AND lane = 0 AND line = ? AND app > waiting.app)
				FROM waiting WHERE waiting.app IS NOT NULL)
		SELECT app FROM waiting WHERE app IS NOT NULL`, id, id)
	var due []dueMessage
	for _, app := range apps {
		if err != nil {
			break
		}
		var own []dueMessage
		own, err = store.All(tx, scanDue, `SELECT `+dueColumns+` FROM message
			WHERE state = 'queued' AND lane = 0 AND line = ? AND app = ? AND due <= ? ORDER BY due, id LIMIT ?`, id, app, now, limit)
		due = append(due, own...)
	}
	turns.order(due)
	return due[:min(len(due), limit)], err
}

// waitingCodes reports for each line whether it is about to send a message with a code:
// one is due that it can take, or has parts left of which it sends one now.
func (g *Gateway) waitingCodes(tx *store.Tx, lines []line.Candidate, now clock.Uptime) ([]bool, error) {
	waiting := make([]bool, len(lines))
	queued, err := waitingQueues(tx)
	if err != nil {
		return nil, err
	}
	due, err := dueMessages(tx, queued, line.Codes, now, lines, nil)
	if err != nil {
		return nil, err
	}
	begun, err := store.All(tx, store.Int, `SELECT p.line FROM part p JOIN message m ON m.id = p.message_id
		WHERE p.state = 'sending' AND m.lane = ? AND CASE WHEN m.units > 0 THEN m.units ELSE m.parts END > p.seq`, line.Codes)
	if err != nil {
		return nil, err
	}
	for _, m := range due {
		n, err := g.need(tx, m, lines)
		if err != nil {
			return nil, err
		}
		for i := range lines {
			if only, _ := line.Choose(n, lines[i:i+1]); only == 0 {
				waiting[i] = true
			}
		}
	}
	for i, l := range lines {
		waiting[i] = waiting[i] || slices.Contains(begun, l.ID)
	}
	return waiting, nil
}

// outgoing is a queued message as the claim needs it.
type outgoing struct {
	to        msisdn.Number
	body      string
	reference uint8
	seq       int
	parts     int
	deadline  clock.Uptime
	uuid      string
	sealed    []byte
	flash     bool
}

// claim gives the next part of a message to a line: from here on the part is
// Sending. It reports false where the message turns out not to be sendable.
func (g *Gateway) claim(tx *store.Tx, m dueMessage, n line.Need, l line.Candidate, passed string, now clock.Moment) (job, bool, error) {
	out, err := store.Get(tx, func(row store.Scanner) (o outgoing, err error) {
		return o, row.Scan(&o.to, &o.body, &o.reference, &o.seq, &o.parts, &o.deadline, &o.uuid, &o.sealed, &o.flash)
	}, `SELECT m.recipient, m.body, m.reference, m.next_part, m.parts, m.deadline, COALESCE(v.uuid, ''), v.sealed, m.flash
		FROM message m LEFT JOIN verification v ON v.id = m.verification_id WHERE m.id = ?`, m.id)
	if err != nil {
		return job{}, false, err
	}
	remaining := out.deadline.Sub(now.Up)
	unit, units, err := g.encode(l.Line, out, remaining)
	if err != nil {
		// It was encodable when it was accepted, so this is ours to mend; it
		// must not stand in the way of what comes behind it.
		g.log.Error("a queued message cannot be encoded", "message", m.id, "err", err)
		return job{}, false, failPart(tx, line.Token{Message: m.id, Seq: out.seq}, l.ID, l.Name, cause.NotEncoded.With(), now.Wall)
	}
	j := job{message: m.id, seq: out.seq, line: l.ID, to: out.to}
	j.submit = line.Submission{Unit: unit, Token: j.part(), Within: remaining}
	if err := beginPart(tx, j.part(), l.ID, l.Name, passed, now.Wall); err != nil {
		if err := g.unlessRefused(err, "message", m.id, "part", out.seq); err != nil {
			return job{}, false, err
		}
		return job{}, false, failMessage(tx, m.id, cause.SentAlready.With(), now.Wall)
	}
	if err := messages.MoveOne(tx, Sending, store.Set(`line = ?, held = 0, units = ?`, l.ID, units), store.Where(`id = ?`, m.id)); err != nil {
		return job{}, false, err
	}
	if units == 1 {
		n.AtOnce = out.parts
	}
	counted, err := g.lines.Charge(tx, n, m.id, l, now.Up)
	if err == nil && counted {
		_, err = tx.Exec(`UPDATE message SET charged = ? WHERE id = ?`, l.ID, m.id)
	}
	return j, err == nil, err
}

// beginPart notes that a part is about to be given to a line.
func beginPart(tx *store.Tx, id line.Token, line int64, modemName, passed string, now clock.Wall) error {
	res, err := tx.Exec(`
		INSERT INTO part (message_id, seq, state, line, modem, submitted_at, passed) VALUES (?, ?, 'sending', ?, ?, ?, ?)
		ON CONFLICT (message_id, seq) DO NOTHING`, id.Message, id.Seq, line, modemName, now, passed)
	if err != nil || res.RowsAffected > 0 {
		return err
	}
	return parts.MoveOne(tx, Sending, store.Set(`line = ?, modem = ?, submitted_at = ?, mr = -1, cause = '', cause_code = '', sent_at = 0, ended_at = 0, passed = ?`,
		line, modemName, now, passed), store.Where(`message_id = ? AND seq = ?`, id.Message, id.Seq))
}

// encode makes the next unit of a message, with the code in its place. Of how many it is
// one is 0 where there is one for each part. A line that makes one of a whole text may do
// so while nothing of it has left.
func (g *Gateway) encode(driver line.Driver, o outgoing, remaining time.Duration) (unit line.Unit, of int, err error) {
	body := o.body
	if o.uuid != "" {
		code, err := g.codes.Open(o.uuid, o.sealed)
		if err != nil {
			return nil, 0, err
		}
		body = text.Fill(body, code)
	}
	units, err := driver.Units(line.Text{To: o.to, Body: body, Reference: o.reference, Validity: remaining, Flash: o.flash})
	if err != nil {
		return nil, 0, err
	}
	switch {
	case len(units) == o.parts:
		return units[o.seq-1], 0, nil
	case len(units) == 1 && o.seq == 1:
		return units[0], 1, nil
	}
	return nil, 0, fault.NewInvalid("text", "the text has another number of parts than it was accepted with")
}

// expire ends what is too late to be sent, and begins the steps that are due.
func (g *Gateway) expire(tx *store.Tx, now clock.Moment) error {
	if err := g.expireVerifications(tx, now); err != nil {
		return err
	}
	if err := expireQueued(tx, now); err != nil {
		return err
	}
	return g.advanceDue(tx, now)
}

// longestWait bounds the time between two rounds.
const longestWait = time.Hour

// untilDue returns how long nothing will be due. What is due already waits for
// a line, not for the time.
func untilDue(tx *store.Tx, waiting queues, now clock.Uptime, lines []line.Candidate) (time.Duration, error) {
	next := now.Add(longestWait)
	earliest := func(query string, args ...any) error {
		times, err := store.All(tx, store.Int, query, args...)
		if len(times) > 0 {
			next = min(next, clock.Uptime(times[0]))
		}
		return err
	}
	if err := earliest(`SELECT deadline FROM message WHERE state = 'queued' ORDER BY deadline LIMIT 1`); err != nil {
		return 0, err
	}
	if err := earliest(`SELECT deadline FROM verification WHERE state = 'pending' ORDER BY deadline LIMIT 1`); err != nil {
		return 0, err
	}
	if err := earliest(`SELECT step_due FROM verification WHERE state = 'pending' AND step_due > 0 ORDER BY step_due LIMIT 1`); err != nil {
		return 0, err
	}
	for q, due := range waiting {
		if q.line != 0 && !slices.ContainsFunc(lines, func(l line.Candidate) bool { return l.ID == q.line }) {
			continue
		}
		if due > now {
			next = min(next, due)
		} else if err := earliest(`SELECT due FROM message WHERE state = 'queued' AND line = ? AND lane = ? AND due > ?
			ORDER BY due LIMIT 1`, q.line, q.lane, now); err != nil {
			return 0, err
		}
	}
	return min(max(next.Sub(now), time.Millisecond), line.UntilOpen(lines, now)), nil
}

// sameBoot reports whether the deadlines in the database count from this boot,
// and whether its codes are sealed with this key.
func sameBoot(tx *store.Tx, boot, codeKey string) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM boot WHERE id = ? AND code_key = ?`, boot, codeKey)
}

// newBoot makes the database one of this boot.
func newBoot(tx *store.Tx, boot, codeKey string, now clock.Moment) error {
	if _, err := verifications.Move(tx, VerificationExpired, wiped(now.Wall), store.Where(`0 = 0`)); err != nil {
		return err
	}
	if err := expireMessages(tx, store.Where(`verification_id IS NOT NULL`), cause.Restarted.With(), cause.Restarted, now.Wall); err != nil {
		return err
	}
	statements := []struct {
		query string
		args  []any
	}{
		// A clock that has gone back, or leapt, must neither give a message more
		// life than it was accepted with nor a due time that never comes.
		{`UPDATE message SET due = CASE WHEN due >= ? THEN due WHEN not_before > ? THEN ? + not_before - ? ELSE ? END, deadline = ? + CASE
				WHEN expires_at < ? THEN 0
				WHEN expires_at - ? > expires_at - accepted_at THEN expires_at - accepted_at
				ELSE expires_at - ? END
			WHERE id IN (SELECT id FROM message WHERE state = 'queued'
				UNION ALL SELECT message_id FROM part WHERE state = 'sending')`, []any{store.Held, now.Wall, now.Up, now.Wall, now.Up, now.Up, now.Wall, now.Wall, now.Wall}},
		{`DELETE FROM boot`, nil},
		{`INSERT INTO boot (one, id, code_key) VALUES (1, ?, ?)`, []any{boot, codeKey}},
	}
	for _, s := range statements {
		if _, err := tx.Exec(s.query, s.args...); err != nil {
			return err
		}
	}
	return nil
}

// heldPart is a part that a modem of a line had been given.
type heldPart struct {
	line.Token
	line int64
	to   msisdn.Number
}

// sendingParts returns the parts that a modem had been given.
func sendingParts(tx *store.Tx) ([]heldPart, error) {
	return store.All(tx, func(row store.Scanner) (p heldPart, err error) {
		return p, row.Scan(&p.Message, &p.Seq, &p.line, &p.to)
	}, `SELECT p.message_id, p.seq, p.line, m.recipient FROM part p JOIN message m ON m.id = p.message_id
		WHERE p.state = 'sending' ORDER BY p.message_id, p.seq`)
}

// deleteMessages removes messages, with codes or without, of that age.
func deleteMessages(tx *store.Tx, withCodes bool, old clock.Past, limit int) (int64, error) {
	which := `SELECT id FROM message WHERE ended_at > 0 AND ended_at < ? AND tick < ? AND state <> 'queued' AND verification_id IS NULL
		ORDER BY ended_at, id LIMIT ?`
	if withCodes {
		which = strings.Replace(which, "IS NULL", "IS NOT NULL", 1)
	}
	gone, err := store.All(tx, store.Int, which, old.Wall, old.Tick, limit)
	if err != nil {
		return 0, err
	}
	for _, id := range gone {
		if err := line.DeleteOutcomes(tx, id); err != nil {
			return 0, err
		}
	}
	for _, table := range []string{"attempt", "part_try", "part"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE message_id IN (`+which+`)`, old.Wall, old.Tick, limit); err != nil {
			return 0, err
		}
	}
	res, err := tx.Exec(`DELETE FROM message WHERE id IN (`+which+`)`, old.Wall, old.Tick, limit)
	return res.RowsAffected, err
}

// deleteVerifications removes those of that age whose messages are gone.
func deleteVerifications(tx *store.Tx, old clock.Past, limit int) (int64, error) {
	type gone struct {
		id   int64
		uuid string
	}
	all, err := store.All(tx, func(row store.Scanner) (v gone, err error) { return v, row.Scan(&v.id, &v.uuid) },
		`SELECT v.id, v.uuid FROM verification v WHERE v.ended_at > 0 AND v.ended_at < ? AND v.tick < ?
			AND NOT EXISTS (SELECT 1 FROM message m WHERE m.verification_id = v.id)
		ORDER BY v.ended_at, v.id LIMIT ?`, old.Wall, old.Tick, limit)
	if err != nil {
		return 0, err
	}
	for _, v := range all {
		if _, err := tx.Exec(`DELETE FROM attempt WHERE verification_id = ?`, v.id); err != nil {
			return 0, err
		}
		if err := call.DeleteRef(tx, v.uuid); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(`DELETE FROM verification WHERE id = ?`, v.id); err != nil {
			return 0, err
		}
	}
	return int64(len(all)), nil
}
