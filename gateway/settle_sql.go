package gateway

import (
	"errors"
	"slices"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// endPart moves a part from Sending to where its modem left it. It reports false
// where a late answer or a status report has moved it before.
func endPart(tx *store.Tx, id line.Token, s State, mr int, why cause.Cause, now clock.Wall) (bool, error) {
	sent := clock.Wall(0)
	if s == Sent {
		sent = now
	}
	n, err := parts.Move(tx, s, store.Set(`mr = ?, cause = ?, cause_code = ?, sent_at = ?, ended_at = ?`, mr, why.Text, string(why.Code), sent, now),
		store.Where(`state = 'sending' AND message_id = ? AND seq = ?`, id.Message, id.Seq))
	return n > 0, err
}

// advance moves a message on after one of its parts has left: to its next part, or
// to the state that follows from its parts. A message whose verification has ended
// meanwhile sends no more parts, and one that was given up stays as it is.
func advance(tx *store.Tx, id line.Token, now clock.Wall) error {
	more, err := messages.Move(tx, Queued, store.Set(`next_part = ?, tries = 0, cause = '', cause_code = ''`, id.Seq+1),
		store.Where(`id = ? AND CASE WHEN units > 0 THEN units ELSE parts END > ? AND (verification_id IS NULL OR EXISTS (
			SELECT 1 FROM verification v WHERE v.id = message.verification_id AND v.state = 'pending'))`, id.Message, id.Seq))
	if err != nil || more > 0 {
		return err
	}
	return summarise(tx, id.Message, now, Sending, Sent, Unknown)
}

// summarise gives a message the state that follows from its parts, if it is in one
// of the given states.
func summarise(tx *store.Tx, message int64, now clock.Wall, in ...State) error {
	type both struct {
		message, part State
		why           cause.Cause
	}
	states, err := store.All(tx, func(row store.Scanner) (b both, err error) {
		return b, row.Scan(&b.message, &b.part, &b.why.Text, &b.why.Code)
	}, `SELECT m.state, p.state, p.cause, p.cause_code FROM message m JOIN part p ON p.message_id = m.id WHERE m.id = ? ORDER BY p.seq`, message)
	if err != nil || len(states) == 0 || !slices.Contains(in, states[0].message) {
		return err
	}
	all := make([]State, len(states))
	var why cause.Cause // of the first part that has one
	for i, b := range states {
		if all[i] = b.part; why.Text == "" {
			why = b.why
		}
	}
	s := summary(all)
	if s == states[0].message {
		return nil
	}
	return messages.MoveOne(tx, s, store.Set(`ended_at = ?, cause = ?, cause_code = ?`, now, why.Text, string(why.Code)), store.Where(`id = ?`, message))
}

// failPart notes that a part was refused for good, or cannot be sent at all, and
// fails its message.
func failPart(tx *store.Tx, id line.Token, line int64, modemName string, why cause.Cause, now clock.Wall) error {
	res, err := tx.Exec(`
		INSERT INTO part (message_id, seq, state, line, modem, cause, cause_code, submitted_at, ended_at) VALUES (?, ?, 'failed', ?, ?, ?, ?, ?, ?)
		ON CONFLICT (message_id, seq) DO NOTHING`, id.Message, id.Seq, line, modemName, why.Text, string(why.Code), now, now)
	if err == nil && res.RowsAffected == 0 {
		err = parts.MoveOne(tx, Failed, store.Set(`cause = ?, cause_code = ?, ended_at = ?`, why.Text, string(why.Code), now), store.Where(`message_id = ? AND seq = ?`, id.Message, id.Seq))
	}
	if err != nil {
		return err
	}
	return failMessage(tx, id.Message, why, now)
}

// failMessage fails a message, if it has not ended before. What has not left of it
// is not sent: the rest would arrive as a fragment.
func failMessage(tx *store.Tx, message int64, why cause.Cause, now clock.Wall) error {
	if _, err := parts.Move(tx, Cancelled, store.Set(`ended_at = ?`, now), store.Where(`message_id = ?`, message)); err != nil {
		return err
	}
	_, err := messages.Move(tx, Failed, store.Set(`cause = ?, cause_code = ?, ended_at = ?`, why.Text, string(why.Code), now), store.Where(`id = ?`, message))
	return err
}

// countTry returns how often the next part of a message has been refused.
func countTry(tx *store.Tx, message int64, counts bool) (int, error) {
	step := 0
	if counts {
		step = 1
	}
	n, err := store.Get(tx, store.Int, `UPDATE message SET tries = tries + ? WHERE id = ? RETURNING tries`, step, message)
	return int(n), err
}

// countTried returns how often a part has been tried in vain with a cause.
func countTried(tx *store.Tx, id line.Token, why cause.Cause) (int, error) {
	n, err := store.Get(tx, store.Int, `SELECT COALESCE(SUM(times), 0) FROM part_try WHERE message_id = ? AND seq = ? AND cause = ?`, id.Message, id.Seq, why.Text)
	return int(n), err
}

// maxTried bounds the tries of a part that are told apart.
const maxTried = 100

// noteTry keeps what a try of a part has come to, which is about to be tried again. One
// that is as the one before is counted with that.
func noteTry(tx *store.Tx, id line.Token, why cause.Cause, again, now clock.Wall) error {
	type last struct {
		n    int
		same bool
	}
	before, err := store.All(tx, func(row store.Scanner) (l last, err error) { return l, row.Scan(&l.n, &l.same) },
		`SELECT t.n, t.line = p.line AND t.cause = ? FROM part_try t JOIN part p ON p.message_id = t.message_id AND p.seq = t.seq
		WHERE t.message_id = ? AND t.seq = ? ORDER BY t.n DESC LIMIT 1`, why.Text, id.Message, id.Seq)
	if err != nil {
		return err
	}
	n := 1
	if len(before) > 0 {
		if n = before[0].n + 1; before[0].same || n > maxTried {
			_, err := tx.Exec(`UPDATE part_try SET times = times + 1, ended_at = ?, again_at = ? WHERE message_id = ? AND seq = ? AND n = ?`,
				now, again, id.Message, id.Seq, n-1)
			return err
		}
	}
	_, err = tx.Exec(`INSERT INTO part_try (message_id, seq, n, line, modem, cause, cause_code, passed, times, submitted_at, ended_at, again_at)
		SELECT message_id, seq, ?, line, modem, ?, ?, passed, 1, submitted_at, ?, ? FROM part WHERE message_id = ? AND seq = ?`,
		n, why.Text, string(why.Code), now, again, id.Message, id.Seq)
	return err
}

// requeue makes a message due again. Its first part may take another line; the
// others must follow the first, or they will not be put together again. A part
// whose message or verification has ended meanwhile is not sent at all.
func requeue(tx *store.Tx, id line.Token, avoid int64, due clock.Uptime, why cause.Cause, now clock.Wall) error {
	queued, err := messages.Move(tx, Queued, store.Set(`cause = ?, cause_code = ?, due = ?, avoid = ?, line = CASE WHEN ? = 1 THEN pinned ELSE line END`,
		why.Text, string(why.Code), due, avoid, id.Seq), store.Where(`id = ?`, id.Message))
	if err != nil {
		return err
	}
	if queued == 0 {
		_, err := parts.Move(tx, Cancelled, store.Set(`ended_at = ?`, now), store.Where(`message_id = ?`, id.Message))
		return err
	}
	over, err := store.All(tx, store.Int, `SELECT m.verification_id FROM message m JOIN verification v ON v.id = m.verification_id
		WHERE m.id = ? AND v.state <> 'pending'`, id.Message)
	if err != nil || len(over) == 0 {
		return err
	}
	return cancelMessages(tx, over[0], now, cause.VerificationOver.With("over"))
}

// unknownMessage is a message with a code whose fate is unknown.
type unknownMessage struct {
	verification, pinned int64
	body, customID       string
	parts                int
}

// unknownCode returns the message if it carries a code, has not failed, and was not
// itself sent because the outcome of the one before was unknown.
func unknownCode(tx *store.Tx, message int64) (unknownMessage, bool, error) {
	m, err := store.Get(tx, func(row store.Scanner) (m unknownMessage, err error) {
		return m, row.Scan(&m.verification, &m.pinned, &m.body, &m.customID, &m.parts)
	}, `SELECT m.verification_id, m.pinned, m.body, m.custom_id, m.parts
		FROM message m JOIN attempt a ON a.message_id = m.id WHERE m.id = ? AND m.state <> 'failed' AND a.reason <> ?`,
		message, reasonUnknown)
	if errors.Is(err, store.ErrNoRows) {
		return m, false, nil
	}
	return m, err == nil, err
}

// reportedPart finds the part that a report speaks of: the newest with its
// reference; else the newest whose fate is unknown, and with it the reference,
// unless a part to this recipient is under way, whose report it may be.
func reportedPart(tx *store.Tx, of int64, r line.Report, since clock.Wall) (line.Token, bool, error) {
	id, err := store.Get(tx, func(row store.Scanner) (id line.Token, err error) {
		return id, row.Scan(&id.Message, &id.Seq)
	}, `SELECT p.message_id, p.seq FROM part p JOIN message m ON m.id = p.message_id
		WHERE p.line = ? AND p.state IN ('sending', 'sent', 'unknown')
			AND p.mr IN (?, -1) AND m.recipient LIKE '%' || ? AND p.submitted_at >= ?
		ORDER BY p.mr DESC, CASE p.state WHEN 'sending' THEN 0 ELSE 1 END, p.submitted_at DESC, p.message_id DESC LIMIT 1`,
		of, r.Ref, r.Recipient, since)
	if errors.Is(err, store.ErrNoRows) {
		return id, false, nil
	}
	if err != nil {
		return id, false, err
	}
	underWay, err := store.Any(tx, `SELECT 1 FROM part WHERE message_id = ? AND seq = ? AND state = 'sending'`, id.Message, id.Seq)
	return id, !underWay, err
}

// reportPart gives a part, and so its message, the state of a status report.
func reportPart(tx *store.Tx, id line.Token, s State, why cause.Cause, now clock.Wall) error {
	err := parts.MoveOne(tx, s, store.Set(`cause = ?, cause_code = ?, ended_at = ?`, why.Text, string(why.Code), now), store.Where(`message_id = ? AND seq = ?`, id.Message, id.Seq))
	if err != nil {
		return err
	}
	return summarise(tx, id.Message, now, Sent, Unknown)
}

// partState returns the state of a part, "" where there is no such part.
func partState(tx *store.Tx, id line.Token) (State, error) {
	s, err := store.Get(tx, store.Text, `SELECT state FROM part WHERE message_id = ? AND seq = ?`, id.Message, id.Seq)
	if errors.Is(err, store.ErrNoRows) {
		return "", nil
	}
	return State(s), err
}

func insertEarlyReport(tx *store.Tx, line int64, r line.Report, now clock.Wall) error {
	_, err := tx.Exec(`INSERT INTO early_report (line, mr, recipient, delivered, text, cause_code, at, message_id, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		line, r.Ref, r.Recipient, r.Delivered, r.Cause.Text, string(r.Cause.Code), now, r.Of.Message, r.Of.Seq)
	return err
}

// takeEarlyReport removes and returns the report that waited for this part.
func takeEarlyReport(tx *store.Tx, id line.Token, since clock.Wall) (r line.Report, ok bool, err error) {
	r, err = store.Get(tx, func(row store.Scanner) (r line.Report, err error) {
		return r, row.Scan(&r.Delivered, &r.Cause.Text, &r.Cause.Code)
	}, `DELETE FROM early_report WHERE id = (
			SELECT r.id FROM part p JOIN message m ON m.id = p.message_id
				JOIN early_report r ON r.line = p.line AND (r.mr = p.mr OR p.mr = -1)
			WHERE p.message_id = ? AND p.seq = ? AND r.at >= ? AND r.at >= p.submitted_at
				AND (r.message_id = p.message_id AND r.seq = p.seq OR r.message_id = 0 AND m.recipient LIKE '%' || r.recipient)
			ORDER BY r.id DESC LIMIT 1)
		RETURNING delivered, text, cause_code`, id.Message, id.Seq, since)
	if errors.Is(err, store.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, err
}

// personalReports are the tables of references and reports that hold numbers.
var personalReports = []store.Personal{
	{Name: "references", Table: "reference", Which: `recipient = ?`, Numbers: "recipient", Columns: "used_at", Times: []string{"used_at"}},
	{Name: "reports", Table: "early_report", Which: `recipient <> '' AND ? LIKE '%' || recipient`, Columns: "line, text, at", Times: []string{"at"}},
}
