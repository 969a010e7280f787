package webhook

import (
	"errors"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Times are the times of day of deliveries. When that happened which is delivered is left
// as it is: the id that receivers know the delivery by is made of it.
var Times = store.Timed{Table: "delivery", Ended: "ended_at"}

const deliveryColumns = `d.id, d.webhook_id, d.callback, d.app, d.kind, d.subject, d.at, d.state, d.tries, d.cause, d.cause_code, d.ended_at, d.origin, d.due, d.content, d.sender`

func scanDelivery(row store.Scanner) (Delivery, error) {
	var d Delivery
	var at, ended clock.Wall
	var callback string
	err := row.Scan(&d.ID, &d.Webhook, &callback, &d.App, &d.Kind, &d.Subject, &at, &d.State, &d.Tries, &d.Cause.Text, &d.Cause.Code, &ended, &d.origin, &d.due, &d.content, &d.sender)
	d.callback, d.At, d.Ended = CallbackOf(callback), at.Time(), ended.Time()
	return d, err
}

func insertDelivery(tx *store.Tx, d Delivery) error {
	since := d.due
	if d.sender != "" {
		before, err := store.Get(tx, func(row store.Scanner) (due clock.Tick, err error) { return due, row.Scan(&due) }, `SELECT COALESCE(MAX(due), 0) FROM delivery
			WHERE state = 'pending' AND sender <> '' AND sender = ? AND webhook_id = ? AND app = ? AND origin = ? AND due < ? AND tries <= ?`,
			d.sender, d.Webhook, d.App, d.origin, store.Held, inOrder)
		if err != nil {
			return err
		}
		d.due = max(d.due, before)
	}
	_, err := tx.Exec(`INSERT INTO delivery (webhook_id, callback, app, kind, subject, at, origin, due, since, sender) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.Webhook, d.callback.Column(), d.App, d.Kind, d.Subject, clock.WallOf(d.At), d.origin, d.due, since, d.sender)
	return err
}

// postponeLater lets what came in later from the same sender wait for a delivery.
func postponeLater(tx *store.Tx, d Delivery, due clock.Tick) error {
	_, err := tx.Exec(`UPDATE delivery SET due = ? WHERE state = 'pending' AND sender <> '' AND sender = ? AND webhook_id = ? AND app = ? AND origin = ?
		AND due < ? AND id > ?`, due, d.sender, d.Webhook, d.App, d.origin, due, d.ID)
	return err
}

// addressDeliveries notes the receivers of the pending deliveries that an earlier release
// has made without.
func addressDeliveries(tx *store.Tx, tick clock.Tick) error {
	type unaddressed struct {
		id  int64
		url string
	}
	list, err := store.All(tx, func(row store.Scanner) (u unaddressed, err error) {
		var callback string
		if err = row.Scan(&u.id, &callback, &u.url); callback != "" {
			u.url = CallbackOf(callback).URL
		}
		return u, err
	}, `SELECT d.id, d.callback, COALESCE(w.url, '') FROM delivery d LEFT JOIN webhook w ON w.id = d.webhook_id
		WHERE d.state = 'pending' AND d.origin = '' AND d.id > 0 ORDER BY d.id`)
	for _, u := range list {
		if err == nil {
			_, err = tx.Exec(`UPDATE delivery SET origin = ?, due = ?, since = ? WHERE id = ?`, originOf(u.url), tick, tick, u.id)
		}
	}
	return err
}

// headDeliveries returns the pending delivery of each receiver that is due first.
// It looks at one row of each, however many there are.
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
		SELECT `+deliveryColumns+` FROM head h JOIN delivery d ON d.id = h.id`)
}

// lastDue returns the pending delivery of a receiver that is due last: the one with the
// longest pause behind it.
func lastDue(tx *store.Tx, r receiver) (Delivery, error) {
	return store.Get(tx, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery d
		WHERE d.state = 'pending' AND d.app = ? AND d.origin = ? ORDER BY d.due DESC, d.id DESC LIMIT 1`, r.app, r.origin)
}

// postponeDelivery notes a try that failed. What has been failed meanwhile stays so.
func postponeDelivery(tx *store.Tx, d Delivery, due clock.Tick) error {
	_, err := tx.Exec(`UPDATE delivery SET tries = ?, cause = ?, cause_code = ?, due = ?, content = ? WHERE id = ? AND state = 'pending'`,
		d.Tries, d.Cause.Text, string(d.Cause.Code), due, d.content, d.ID)
	return err
}

func endDelivery(tx *store.Tx, d Delivery, wall clock.Wall) error {
	_, err := deliveries.Move(tx, d.State, store.Set(`tries = ?, cause = ?, cause_code = ?, ended_at = ?, content = ?`, d.Tries, d.Cause.Text, string(d.Cause.Code), wall, d.content), store.Where(`id = ?`, d.ID))
	return err // one that was deleted meanwhile, or has ended, is left alone
}

// fail fails the deliveries selected that are pending, and returns how many.
func fail(tx *store.Tx, why cause.Cause, wall clock.Wall, which store.Clause) (int64, error) {
	return deliveries.Move(tx, Failed, store.Set(`cause = ?, cause_code = ?, ended_at = ?`, why.Text, string(why.Code), wall), which)
}

// failPending fails what is pending for a receiver and a webhook, 0 for all
// callbacks.
func failPending(tx *store.Tx, r receiver, webhook int64, why cause.Cause, wall clock.Wall) error {
	_, err := fail(tx, why, wall, store.Where(`app = ? AND origin = ? AND webhook_id = ?`, r.app, r.origin, webhook))
	return err
}

// failCallback fails what is pending for one callback.
func failCallback(tx *store.Tx, r receiver, c Callback, why cause.Cause, wall clock.Wall) error {
	_, err := fail(tx, why, wall, store.Where(`app = ? AND origin = ? AND callback = ?`, r.app, r.origin, c.Column()))
	return err
}

// failOld fails what has been pending for a receiver since before a tick, and
// returns how many: at most failBatch.
func failOld(tx *store.Tx, r receiver, before clock.Tick, why cause.Cause, wall clock.Wall) (int64, error) {
	return fail(tx, why, wall, store.Where(`id IN (SELECT id FROM delivery
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
func failOldest(tx *store.Tx, b backlog, n int64, why cause.Cause, wall clock.Wall) error {
	_, err := fail(tx, why, wall, store.Where(`id IN (SELECT id FROM delivery
		WHERE state = 'pending' AND app = ? AND webhook_id = ? ORDER BY id LIMIT ?)`, b.app, b.webhook, n))
	return err
}

// disableWebhook lets a webhook get nothing more until it is enabled.
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
func replayDelivery(tx *store.Tx, d Delivery) error {
	if _, err := deliveries.Move(tx, Pending, store.Set(`ended_at = 0`), store.Where(`id = ?`, d.ID)); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE delivery SET origin = ?, due = ?, since = ?, tries = 0 WHERE id = ?`, d.origin, d.due, d.due, d.ID)
	return err
}

func selectDeliveries(tx *store.Tx, f Filter) ([]Delivery, error) {
	where, args := store.Matching(store.Given("d.webhook_id = ?", f.Webhook), store.Given("d.subject = ?", f.Subject), store.Given("d.state = ?", f.State),
		store.Given("d.id < ?", f.Before), store.Given("d.at >= ?", clock.WallOf(f.Since)), store.Given("d.at < ?", clock.WallOf(f.Until)))
	return store.All(tx, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery d
		WHERE `+where+` ORDER BY d.id DESC LIMIT ?`, append(args, f.Limit)...)
}

// deleteDeliveries deletes those that have ended before both times, and the oldest that
// have ended where there are more than keepEnded: a receiver that is gone must not fill
// the disk. What is pending is left alone.
func deleteDeliveries(tx *store.Tx, old clock.Past, limit int) (int64, error) {
	n, err := store.DeleteWhere(`delivery`, `id`, `ended_at > 0 AND ended_at < ? AND tick < ? ORDER BY ended_at`, old.Wall, old.Tick)(tx, limit)
	if err != nil || n == int64(limit) {
		return n, err
	}
	return store.DeleteWhere(`delivery`, `id`, `ended_at > 0 AND ended_at <= (SELECT d.ended_at FROM delivery d
		WHERE d.ended_at > 0 ORDER BY d.ended_at DESC LIMIT 1 OFFSET ?) ORDER BY ended_at`, keepEnded)(tx, limit)
}

// Hold puts off what is pending, until [Webhooks.Release] or [Webhooks.Drop].
func Hold(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE delivery SET due = due + ?, since = since + ? WHERE state = 'pending' AND due < ?`, store.Held, store.Held, store.Held)
	return err
}

// CountPending returns how many deliveries are pending and not held.
func CountPending(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COUNT(*) FROM delivery WHERE state = 'pending' AND due < ?`, store.Held)
}

// CountHeld returns how many deliveries are held.
func CountHeld(tx *store.Tx) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COUNT(*) FROM delivery WHERE state = 'pending' AND due >= ?`, store.Held)
}

// Release lets the deliveries go that are held.
func (h *Webhooks) Release(tx *store.Tx) error {
	tx.Ring(replayed)
	tick := h.clock.Tick()
	_, err := tx.Exec(`UPDATE delivery SET due = ?, since = ? WHERE state = 'pending' AND due >= ?`, tick, tick, store.Held)
	return err
}

// Drop fails the deliveries that are held.
func (h *Webhooks) Drop(tx *store.Tx, why cause.Cause) error {
	_, err := fail(tx, why, h.clock.Wall(), store.Where(`due >= ?`, store.Held))
	return err
}

// DeletePending deletes what is pending about some subjects, and nobody is told of it: what
// is just being delivered is not noted any more.
func DeletePending(tx *store.Tx, about func(kind string, subject int64) bool) error {
	all, err := store.All(tx, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery d WHERE d.state = 'pending' AND d.app >= ''`)
	for _, d := range all {
		if err == nil && about(d.Kind, d.Subject) {
			_, err = tx.Exec(`DELETE FROM delivery WHERE id = ?`, d.ID)
		}
	}
	return err
}

// Personal is where numbers of people stand: in what is delivered, and before the first try
// in the column for the sender alone.
var Personal = []store.Personal{{Name: "deliveries_waiting", Table: "delivery", Which: "content = '' AND sender = ?", Numbers: "sender",
	Columns: "id, webhook_id webhook, app, kind, subject, at, state", Times: []string{"at"}}, {Name: "deliveries", Table: "delivery", Which: store.Mentions("content"), Numbers: "content", Text: true,
	Columns: "id, webhook_id webhook, app, kind, subject, at, state, tries, cause, cause_code, ended_at, origin receiver, content",
	Times:   []string{"at", "ended_at"}}}
