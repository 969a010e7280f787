package gateway

import (
	"errors"
	"fmt"
	"strings"

	"simgate/gateway/call"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/inbox"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// deliveryTimes are the times of day of deliveries. When what a delivery tells of
// happened is left as it is: the id that receivers know the delivery by is made of it.
var deliveryTimes = store.Timed{Table: "delivery", Ended: "ended_at"}

const deliveryColumns = `d.id, d.webhook_id, d.callback, d.app, d.kind, d.subject, d.at, d.state, d.tries, d.cause, d.ended_at, d.origin, d.due`

func scanDelivery(row store.Scanner) (Delivery, error) {
	var d Delivery
	var at, ended int64
	err := row.Scan(&d.ID, &d.Webhook, &d.callback, &d.App, &d.Kind, &d.Subject, &at, &d.State, &d.Tries, &d.Cause, &ended, &d.origin, &d.due)
	d.At, d.Ended = clock.Wall(at).Time(), clock.Wall(ended).Time()
	return d, err
}

// addressDeliveries notes the origins of deliveries that have none yet, and
// returns how many: at most addressBatch. They are pending from now on.
func addressDeliveries(tx *store.Tx, tick int64) (int, error) {
	type unaddressed struct {
		id  int64
		url string
	}
	list, err := store.All(tx, func(row store.Scanner) (u unaddressed, err error) {
		var callback string
		if err = row.Scan(&u.id, &callback, &u.url); callback != "" {
			u.url = callbackOf(callback).URL
		}
		return u, err
	}, `SELECT d.id, d.callback, COALESCE(w.url, '') FROM delivery d LEFT JOIN webhook w ON w.id = d.webhook_id
		WHERE d.state = 'pending' AND d.origin = '' AND d.id > 0 ORDER BY d.id LIMIT ?`, addressBatch)
	if err != nil {
		return 0, err
	}
	for _, u := range list {
		where, err := origin(u.url)
		if err != nil {
			where = "invalid" // the try says why
		}
		if _, err := tx.Exec(`UPDATE delivery SET origin = ?, due = ?, since = ? WHERE id = ?`, where, tick, tick, u.id); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

// headDeliveries returns the pending delivery of each receiver that is due first.
// It looks at one row of each, however many there are. Those without an origin are
// left out: the transaction that gives them one is under way.
func headDeliveries(tx *store.Tx) ([]Delivery, error) {
	return store.All(tx, scanDelivery, `WITH RECURSIVE head (id) AS (
			SELECT (SELECT id FROM delivery WHERE state = 'pending' AND app >= '' ORDER BY app, origin, due, id LIMIT 1)
			UNION ALL
			SELECT COALESCE(
				(SELECT n.id FROM delivery n WHERE n.state = 'pending' AND n.app = d.app AND n.origin > d.origin
					ORDER BY n.origin, n.due, n.id LIMIT 1),
				(SELECT n.id FROM delivery n WHERE n.state = 'pending' AND n.app > d.app
					ORDER BY n.app, n.origin, n.due, n.id LIMIT 1))
			FROM head h JOIN delivery d ON d.id = h.id)
		SELECT `+deliveryColumns+` FROM head h JOIN delivery d ON d.id = h.id WHERE d.origin <> ''`)
}

// postponeDelivery notes a try that failed. What has been failed meanwhile stays so.
func postponeDelivery(tx *store.Tx, d Delivery, due int64) error {
	_, err := tx.Exec(`UPDATE delivery SET tries = ?, cause = ?, due = ? WHERE id = ? AND state = 'pending'`, d.Tries, d.Cause, due, d.ID)
	return err
}

func endDelivery(tx *store.Tx, d Delivery, wall int64) error {
	_, err := deliveries.Move(tx, d.State, store.Set(`tries = ?, cause = ?, ended_at = ?`, d.Tries, d.Cause, wall), store.Where(`id = ?`, d.ID))
	return err // one that was deleted meanwhile, or has ended, is left alone
}

// fail fails the deliveries selected that are pending, and returns how many.
func fail(tx *store.Tx, cause string, wall int64, which store.Clause) (int64, error) {
	return deliveries.Move(tx, DeliveryFailed, store.Set(`cause = ?, ended_at = ?`, cause, wall), which)
}

// failPending fails what is pending for a receiver and a webhook, 0 for all
// callbacks.
func failPending(tx *store.Tx, r receiver, webhook int64, cause string, wall int64) error {
	_, err := fail(tx, cause, wall, store.Where(`app = ? AND origin = ? AND webhook_id = ?`, r.app, r.origin, webhook))
	return err
}

// failCallback fails what is pending for one callback.
func failCallback(tx *store.Tx, r receiver, callback, cause string, wall int64) error {
	_, err := fail(tx, cause, wall, store.Where(`app = ? AND origin = ? AND callback = ?`, r.app, r.origin, callback))
	return err
}

// failOld fails what has been pending for a receiver since before a tick, and
// returns how many: at most failBatch.
func failOld(tx *store.Tx, r receiver, before int64, cause string, wall int64) (int64, error) {
	return fail(tx, cause, wall, store.Where(`id IN (SELECT id FROM delivery
		WHERE state = 'pending' AND app = ? AND origin = ? AND since < ? LIMIT ?)`, r.app, r.origin, before, failBatch))
}

// backlog is how many deliveries are pending for a webhook, or for all callbacks
// of an app.
type backlog struct {
	app     string
	webhook int64 // 0: the callbacks
	pending int64
}

// backlogs returns those of an app that are longer than limit.
func backlogs(tx *store.Tx, app string, limit int64) ([]backlog, error) {
	return store.All(tx, func(row store.Scanner) (b backlog, err error) {
		b.app = app
		return b, row.Scan(&b.webhook, &b.pending)
	}, `SELECT webhook_id, COUNT(*) FROM delivery WHERE state = 'pending' AND app = ? GROUP BY webhook_id HAVING COUNT(*) > ?`, app, limit)
}

// failOldest fails the n oldest of a backlog.
func failOldest(tx *store.Tx, b backlog, n int64, cause string, wall int64) error {
	_, err := fail(tx, cause, wall, store.Where(`id IN (SELECT id FROM delivery
		WHERE state = 'pending' AND app = ? AND webhook_id = ? ORDER BY id LIMIT ?)`, b.app, b.webhook, n))
	return err
}

// disableWebhook ends the deliveries to a webhook for the time to come.
func disableWebhook(tx *store.Tx, id int64, why string) error {
	_, err := tx.Exec(`UPDATE webhook SET disabled = ? WHERE id = ?`, why, id)
	return err
}

func selectDelivery(tx *store.Tx, id int64) (Delivery, error) {
	d, err := store.Get(tx, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery d WHERE d.id = ?`, id)
	if errors.Is(err, store.ErrNoRows) {
		err = fault.NewNotFound("there is no delivery with this id: see the list of deliveries")
	}
	return d, err
}

// replayDelivery makes a delivery pending as if it were new.
func replayDelivery(tx *store.Tx, id int64) error {
	if _, err := deliveries.Move(tx, DeliveryPending, store.Set(`ended_at = 0`), store.Where(`id = ?`, id)); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE delivery SET origin = '', due = 0, tries = 0 WHERE id = ?`, id)
	return err
}

func selectDeliveries(tx *store.Tx, f DeliveryFilter) ([]Delivery, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(clause string, arg any) { where, args = append(where, clause), append(args, arg) }
	if f.Webhook != 0 {
		add("d.webhook_id = ?", f.Webhook)
	}
	if f.State != "" {
		add("d.state = ?", string(f.State))
	}
	if f.Before != 0 {
		add("d.id < ?", f.Before)
	}
	return store.All(tx, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery d
		WHERE `+strings.Join(where, " AND ")+` ORDER BY d.id DESC LIMIT ?`, append(args, f.Limit)...)
}

// deleteDeliveries deletes those that ended before, and the oldest that have ended
// where there are more than keepEnded: a receiver that is gone must not fill the
// disk. What is pending is left alone.
func deleteDeliveries(tx *store.Tx, old clock.Past, limit int) (int64, error) {
	n, err := store.DeleteWhere(`delivery`, `id`, `ended_at > 0 AND ended_at < ? AND tick < ? ORDER BY ended_at`, old.Wall, old.Tick)(tx, limit)
	if err != nil || n == int64(limit) {
		return n, err
	}
	return store.DeleteWhere(`delivery`, `id`, `ended_at > 0 AND ended_at <= (SELECT d.ended_at FROM delivery d
		WHERE d.ended_at > 0 ORDER BY d.ended_at DESC LIMIT 1 OFFSET ?) ORDER BY ended_at`, keepEnded)(tx, limit)
}

// selectNews reads what a delivery tells of. The state is that of its kind: the
// subject may have moved on since.
func selectNews(tx *store.Tx, d Delivery) (News, error) {
	n := News{ID: fmt.Sprintf("evt_%x_%d", d.At.UnixMilli(), d.ID), Kind: d.Kind, App: d.App, At: d.At}
	subject, state, _ := strings.Cut(d.Kind, ".")
	var err error
	switch {
	case d.Kind == NewsReceived || d.Kind == NewsAmended:
		var m inbox.Message
		if m, err = inbox.Select(tx, d.Subject); err == nil {
			n.Incoming = &m
			n.Number, err = line.NumberOf(tx, m.Line)
		}
	case subject == "message":
		var m Message
		if m, err = selectMessage(tx, d.Subject); err == nil {
			m.State, n.Message = State(state), &m
			n.Number, err = line.NumberOf(tx, m.Line)
		}
	case subject == "verification":
		row, ok, e := verificationByID(tx, d.Subject)
		if err = e; err == nil && !ok {
			err = fault.NewNotFound("the verification is gone")
		}
		row.State, row.Parts = VerificationState(state), row.parts
		n.Verification = &row.Verification
	case subject == "call":
		var c call.Call
		if c, err = call.Select(tx, d.Subject); err == nil {
			c.State, n.Call = call.State(state), &c
		}
	case subject == "contact":
		var c Contact
		if c, err = selectContact(tx, d.Subject); err == nil {
			n.Contact = &c
		}
	}
	return n, err
}
