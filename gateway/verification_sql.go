package gateway

import (
	"errors"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/guard"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/webhook"
)

// verificationRow is a verification with what only the engine may see.
type verificationRow struct {
	Verification
	id          int64
	mac, sealed []byte
	deadline    clock.Uptime
	begun       clock.Uptime
	resendDue   clock.Uptime
	asked       clock.Tick
	resends     int // sends in a row
	step        int
	workflow    string
	body        string
	parts       int
	length      int // of the code
	pinned      int64
	locale      string
	brand       string
	checked     guard.Checked
	facts       msisdn.Facts // of To
	compared    clock.Uptime // when a code was compared last

	// Of one whose person sends a text.
	token, sealedToken []byte
	receiver           msisdn.Number // to which it is sent
	heard              bool          // it has come
	refused            int           // texts with the token that changed nothing
	client             string        // address of the person

	// Not in the database.
	message int64           // that was made last
	ways    []guard.Channel // by which its code may go to the number, nil where it has not been looked up

	slow     bool         // it is its turn among what the guard lets out one by one
	patient  bool         // its pauses do not grow
	due      clock.Uptime // when its code is to be sent; 0: now
	replaces bool         // what is to be sent takes the place of what has not left
}

// personalAttempts and personalVerifications are the tables of verifications that hold
// numbers.
var (
	personalAttempts = []store.Personal{
		{Name: "attempts", Table: "attempt", Which: `verification_id IN (SELECT id FROM verification WHERE recipient = ?)`,
			Columns: "verification_id verification, n, channel, state, reason, cause, cause_code, at", Times: []string{"at"}},
	}
	personalVerifications = []store.Personal{
		{Name: "verifications", Table: "verification", Which: `recipient = ?`, Told: true, Numbers: "recipient",
			Columns: "id, uuid, app, recipient to, purpose, state, tries, sends, body text, brand, locale, custom_id, origin_request request, origin_note note, callback, created_at, expires_at, ended_at",
			Times:   []string{"created_at", "expires_at", "ended_at"}},
	}
)

// verificationTimes are the times of day of verifications and their attempts.
var verificationTimes = store.Timed{Table: "verification", Begun: []string{"created_at", "expires_at"}, Ended: "ended_at",
	Parts: []store.Parts{{Table: "attempt", Owner: "verification_id", Times: []string{"at"}}}}

const verificationColumns = `id, uuid, app, recipient, purpose, state, mac, sealed, tries, max_tries, sends,
	deadline, created_at, expires_at, ended_at, workflow, step, ladder, resend_due, begun, asked, lifetime,
	body, parts, pinned, locale, custom_id, callback, brand, origin_request, origin_note, length, compared, checked,
	region, kind, unlisted, token, sealed_token, receiver, heard, refused, client`

func scanVerification(row store.Scanner) (verificationRow, error) {
	var v verificationRow
	var created, expires, ended clock.Wall
	var lifetime int64
	var callback string
	err := row.Scan(&v.id, &v.ID, &v.App, &v.To, &v.Purpose, &v.State, &v.mac, &v.sealed, &v.Tries, &v.MaxTries,
		&v.Sends, &v.deadline, &created, &expires, &ended, &v.workflow, &v.step, &v.resends, &v.resendDue, &v.begun, &v.asked,
		&lifetime, &v.body, &v.parts, &v.pinned, &v.locale, &v.CustomID, &callback, &v.brand,
		&v.Origin.Request, &v.Origin.Note, &v.length, &v.compared, &v.checked,
		&v.facts.Region, &v.facts.Kind, &v.facts.Unlisted, &v.token, &v.sealedToken, &v.receiver, &v.heard, &v.refused, &v.client)
	v.Elsewhere = v.checked == guard.Elsewhere
	v.Callback = webhook.CallbackOf(callback)
	v.Created, v.Expires, v.Ended = created.Time(), expires.Time(), ended.Time()
	v.Lifetime = time.Duration(lifetime) * time.Millisecond
	return v, err
}

// found turns "no such row" into false.
func found(v verificationRow, err error) (verificationRow, bool, error) {
	if errors.Is(err, store.ErrNoRows) {
		return verificationRow{}, false, nil
	}
	return v, err == nil, err
}

func insertVerification(tx *store.Tx, v verificationRow) (int64, error) {
	res, err := tx.Exec(`
		INSERT INTO verification (uuid, app, recipient, purpose, state, mac, sealed, max_tries, deadline, created_at, expires_at,
			workflow, ladder, begun, asked, lifetime, body, parts, pinned, locale, custom_id, callback, brand,
			origin_request, origin_note, length, checked, region, kind, unlisted, client)
		VALUES (?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		v.ID, v.App, string(v.To), v.Purpose, v.mac, v.sealed, v.MaxTries, v.deadline,
		v.Created.UnixMilli(), v.Expires.UnixMilli(), v.workflow, v.resends, v.begun, v.asked, v.Lifetime.Milliseconds(),
		v.body, v.parts, v.pinned, v.locale, v.CustomID, v.Callback.Column(), v.brand,
		v.Origin.Request, v.Origin.Note, v.length, string(v.checked), v.facts.Region, string(v.facts.Kind), v.facts.Unlisted, v.client)
	return res.LastInsertId, err
}

// pendingVerification returns the pending one that was begun last.
func pendingVerification(tx *store.Tx, s guard.Subject) (verificationRow, bool, error) {
	return found(store.Get(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification
		WHERE app = ? AND recipient = ? AND purpose = ? AND state = 'pending' ORDER BY id DESC LIMIT 1`, s.App, string(s.To), s.Purpose))
}

func pendingByID(tx *store.Tx, id int64) (verificationRow, bool, error) {
	return found(store.Get(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification
		WHERE id = ? AND state = 'pending'`, id))
}

// withoutFacts returns the pending verifications of an earlier version of the program,
// which has not stored what is known of their numbers.
func withoutFacts(tx *store.Tx) ([]verificationRow, error) {
	return store.All(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification
		WHERE state = 'pending' AND deadline > 0 AND kind = '' AND recipient <> ''`)
}

func updateFacts(tx *store.Tx, v verificationRow) error {
	_, err := tx.Exec(`UPDATE verification SET region = ?, kind = ?, unlisted = ? WHERE id = ?`,
		v.facts.Region, string(v.facts.Kind), v.facts.Unlisted, v.id)
	return err
}

func verificationByID(tx *store.Tx, id int64) (verificationRow, bool, error) {
	return found(store.Get(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification WHERE id = ?`, id))
}

func namedVerification(tx *store.Tx, uuid string) (verificationRow, bool, error) {
	return found(store.Get(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification WHERE uuid = ?`, uuid))
}

// tokenVerification returns the verification that a token belongs to, also one that has
// ended.
func tokenVerification(tx *store.Tx, token []byte) (verificationRow, bool, error) {
	return found(store.Get(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification WHERE token = ?`, token))
}

// updateToken stores what a text has to bring, and what is known of it.
func updateToken(tx *store.Tx, v *verificationRow) error {
	_, err := tx.Exec(`UPDATE verification SET token = ?, sealed_token = ?, receiver = ?, heard = ?, refused = ? WHERE id = ?`,
		v.token, v.sealedToken, string(v.receiver), v.heard, v.refused, v.id)
	return err
}

// updateRecipient stores whose number a verification is of, which was open.
func updateRecipient(tx *store.Tx, v *verificationRow) error {
	_, err := tx.Exec(`UPDATE verification SET recipient = ?, region = ?, kind = ?, unlisted = ?, mac = ? WHERE id = ?`,
		string(v.To), v.facts.Region, string(v.facts.Kind), v.facts.Unlisted, v.mac, v.id)
	return err
}

// updateWorkflow stores the workflow of a verification that goes on by another channel.
func updateWorkflow(tx *store.Tx, v *verificationRow) error {
	_, err := tx.Exec(`UPDATE verification SET workflow = ? WHERE id = ?`, v.workflow, v.id)
	return err
}

// countAwaiting counts the verifications of an app that wait for a text, up to most; with a
// client those of its address alone.
func countAwaiting(tx *store.Tx, app, client string, most int) (int, error) {
	which, args := `app = ?`, []any{app}
	if client != "" {
		which, args = `app = ? AND client = ?`, append(args, client)
	}
	n, err := store.Get(tx, store.Int, `SELECT COUNT(*) FROM (SELECT 1 FROM verification
		WHERE `+which+` AND state = 'pending' AND token IS NOT NULL LIMIT ?)`, append(args, most)...)
	return int(n), err
}

// noteText writes what became of a text into the attempt that waits for it, or did.
func noteText(tx *store.Tx, verification int64, why cause.Cause) error {
	_, err := tx.Exec(`UPDATE attempt SET cause = ?, cause_code = ? WHERE verification_id = ? AND channel = 'mo'`, why.Text, string(why.Code), verification)
	return err
}

func latestVerification(tx *store.Tx, s guard.Subject) (verificationRow, bool, error) {
	return found(store.Get(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification
		WHERE app = ? AND recipient = ? AND purpose = ? ORDER BY id DESC LIMIT 1`, s.App, string(s.To), s.Purpose))
}

func selectVerifications(tx *store.Tx, f VerificationFilter) ([]Verification, error) {
	where, args := store.Matching(store.Given("app = ?", f.App), store.Given("state = ?", f.State), store.Given("recipient = ?", f.To),
		store.Given("id < (SELECT b.id FROM verification b WHERE b.uuid = ?)", f.Before))
	return store.All(tx, func(row store.Scanner) (Verification, error) {
		v, err := scanVerification(row)
		return v.Verification, err
	}, `SELECT `+verificationColumns+` FROM verification WHERE `+where+` ORDER BY id DESC LIMIT ?`,
		append(args, f.Limit)...)
}

// spendTry takes one try from what is pending and alive, before anything is
// compared: from the verification with this id, or from the last of the subject. One whose
// code was never sent has none to be compared. A tight one has fewer tries, and a pause between them.
func spendTry(tx *store.Tx, s guard.Subject, uuid string, tight bool, up clock.Uptime) (verificationRow, bool, error) {
	which, args := `id = (SELECT MAX(v.id) FROM verification v WHERE v.app = ? AND v.recipient = ? AND v.purpose = ? AND v.state = 'pending')`, []any{s.App, string(s.To), s.Purpose}
	if uuid != "" {
		which, args = `uuid = ?`, []any{uuid}
	}
	tries, before := maxMaxTries, up
	if tight {
		tries, before = guard.TightTries, max(0, up.Add(-guard.TightPause))
	}
	row, ok, err := found(store.Get(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification
		WHERE `+which+` AND state = 'pending' AND sends > 0 AND tries < max_tries AND tries < ? AND compared <= ? AND deadline > ?`,
		append(args, tries, before, up)...))
	if err != nil || !ok {
		return row, false, err
	}
	res, err := tx.Exec(`UPDATE verification SET tries = tries + 1, compared = ? WHERE id = ? AND tries = ?`, up, row.id, row.Tries)
	row.Tries, row.compared = row.Tries+1, up
	return row, res.RowsAffected == 1, err
}

// exhaustAll ends all pending verifications of an app for a number.
func (g *Gateway) exhaustAll(tx *store.Tx, s guard.Subject, now clock.Wall) error {
	rows, err := store.All(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification
		WHERE app = ? AND recipient = ? AND state = 'pending'`, s.App, string(s.To))
	for i := range rows {
		if err == nil {
			err = g.endVerification(tx, &rows[i], Exhausted, now)
		}
	}
	return err
}

func renewVerification(tx *store.Tx, v verificationRow) error {
	_, err := tx.Exec(`UPDATE verification SET deadline = ?, expires_at = ?, lifetime = ?, body = ?, parts = ? WHERE id = ?`,
		v.deadline, v.Expires.UnixMilli(), v.Lifetime.Milliseconds(), v.body, v.parts, v.id)
	return err
}

// endVerification ends it for good: what is secret is wiped, and what has not
// been sent will not be.
func (g *Gateway) endVerification(tx *store.Tx, row *verificationRow, s VerificationState, now clock.Wall) error {
	if err := verifications.MoveRow(tx, store.Row[VerificationState]{ID: row.id, App: row.App, State: Pending}, s, wiped(now)); err != nil {
		return err
	}
	why := cause.VerificationOver.With(s)
	if err := g.calls.WithdrawRef(tx, row.ID, why, now); err != nil {
		return err
	}
	return cancelMessages(tx, row.id, now, why)
}

// wiped is what changes of a verification when it ends: its secrets go.
func wiped(now clock.Wall) store.Clause {
	return store.Set(`mac = NULL, sealed = NULL, sealed_token = NULL, client = '', ended_at = ?`, now)
}

// expireVerifications ends those whose time is over. A code that never left was not left
// unanswered; where a call was to speak it, it counts as having left. What was never counted
// is not taken back.
func (g *Gateway) expireVerifications(tx *store.Tx, now clock.Moment) error {
	unsent, err := store.All(tx, func(row store.Scanner) (s guard.Subject, err error) { return s, row.Scan(&s.App, &s.To) },
		`SELECT v.app, v.recipient FROM verification v WHERE v.state = 'pending' AND v.deadline <= ? AND v.ladder > 0
			AND NOT EXISTS (SELECT 1 FROM message m WHERE m.verification_id = v.id AND m.state NOT IN ('queued', 'expired', 'cancelled'))
			AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.verification_id = v.id AND a.call_id IS NOT NULL)`, now.Up)
	if err != nil {
		return err
	}
	for _, s := range unsent {
		if err := g.guard.NeverSent(tx, s); err != nil {
			return err
		}
	}
	_, err = verifications.Move(tx, VerificationExpired, wiped(now.Wall), store.Where(`deadline <= ?`, now.Up))
	return err
}

// insertAttempt notes one more attempt; its number is given here.
func insertAttempt(tx *store.Tx, v *verificationRow, a Attempt, up clock.Uptime) error {
	_, err := tx.Exec(`UPDATE verification SET sends = ?, step = ? WHERE id = ?`, v.Sends, v.step, v.id)
	if err != nil {
		return err
	}
	var message, call any
	if a.Message != 0 {
		message = a.Message
	}
	if a.Call != 0 {
		call = a.Call
	}
	_, err = tx.Exec(`INSERT INTO attempt (verification_id, n, step, channel, message_id, call_id, state, reason, cause, cause_code, at, up)
		SELECT ?, COALESCE(MAX(n), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM attempt WHERE verification_id = ?`,
		v.id, a.Step, string(a.Channel), message, call, string(a.State), a.Reason, a.Cause.Text, string(a.Cause.Code), a.At.UnixMilli(), up, v.id)
	return err
}

// attemptsOf returns the attempts of a verification, in order. For a workflow,
// their times are those since the boot, which do not jump, and that of a call is when it
// was dialled, if it was.
func attemptsOf(tx *store.Tx, verification int64, sinceBoot bool) ([]Attempt, error) {
	return store.All(tx, func(row store.Scanner) (Attempt, error) {
		var a Attempt
		var at, up, queued int64
		err := row.Scan(&a.N, &a.Step, &a.Channel, &a.Message, &a.Call, &a.State, &a.Reason, &a.Cause.Text, &a.Cause.Code, &a.Passed, &at, &up, &queued)
		if sinceBoot {
			at = up + queued
		}
		a.At = clock.Wall(at).Time()
		return a, err
	}, `SELECT a.n, a.step, a.channel, COALESCE(a.message_id, 0), COALESCE(a.call_id, 0), COALESCE(m.state, c.state, CASE WHEN a.state = ? AND v.heard THEN ? ELSE a.state END), a.reason,
			COALESCE(m.cause, c.cause, a.cause), COALESCE(m.cause_code, c.cause_code, a.cause_code),
			COALESCE(c.passed, (SELECT p.passed FROM part p WHERE p.message_id = m.id AND p.seq = 1), ''), a.at, a.up,
			CASE WHEN c.dialled_at > c.accepted_at THEN c.dialled_at - c.accepted_at ELSE 0 END
		FROM attempt a JOIN verification v ON v.id = a.verification_id LEFT JOIN message m ON m.id = a.message_id LEFT JOIN call c ON c.id = a.call_id
		WHERE a.verification_id = ? ORDER BY a.n`, string(TextAwaited), string(TextReceived), verification)
}

// hasArrived reports whether a message with the code of a verification was delivered.
func hasArrived(tx *store.Tx, verification int64) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM attempt a JOIN message m ON m.id = a.message_id
		WHERE a.verification_id = ? AND m.state = 'delivered'`, verification)
}

// noteResend stores the resend count, and when the code may be asked for again.
func noteResend(tx *store.Tx, v *verificationRow) error {
	_, err := tx.Exec(`UPDATE verification SET ladder = ?, resend_due = ? WHERE id = ?`, v.resends, v.resendDue, v.id)
	return err
}

func setStepDue(tx *store.Tx, verification int64, due clock.Uptime) error {
	_, err := tx.Exec(`UPDATE verification SET step_due = ? WHERE id = ?`, due, verification)
	return err
}

// hastenStep makes the next step of a verification due, if it is pending and has one.
func hastenStep(tx *store.Tx, which store.Clause) error {
	res, err := tx.Exec(`UPDATE verification SET step_due = 1 WHERE state = 'pending' AND step_due > 0 AND `+which.SQL, which.Args...)
	if res.RowsAffected > 0 {
		tx.Ring(topicSteps)
	}
	return err
}

// withMessage selects the verification that a message carries the code of.
func withMessage(id int64) store.Clause {
	return store.Where(`id = (SELECT verification_id FROM attempt WHERE message_id = ?)`, id)
}

// stepsAtOnce bounds what one round takes on.
const stepsAtOnce = 100

func dueSteps(tx *store.Tx, up clock.Uptime) ([]verificationRow, error) {
	if some, err := store.Any(tx, `SELECT 1 FROM verification WHERE state = 'pending' AND step_due > 0 AND step_due <= ?`, up); err != nil || !some {
		return nil, err
	}
	return store.All(tx, scanVerification, `SELECT `+verificationColumns+` FROM verification
		WHERE state = 'pending' AND step_due > 0 AND step_due <= ? ORDER BY step_due LIMIT ?`, up, stepsAtOnce)
}
