package notify

import (
	"errors"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

const notificationColumns = `id, way, trouble, kind, over, urgent, title, text, at, state, tries, cause, cause_code, ended_at, due`

func scanNotification(row store.Scanner) (n Notification, err error) {
	var at, ended clock.Wall
	err = row.Scan(&n.ID, &n.Way, &n.Trouble, &n.Kind, &n.Over, &n.Urgent, &n.Title, &n.Text, &at, &n.State, &n.Tries, &n.Cause.Text, &n.Cause.Code, &ended, &n.due)
	n.At, n.Ended = at.Time(), ended.Time()
	return n, err
}

func insertNotification(tx *store.Tx, n Notification) (id int64, err error) {
	return store.Get(tx, store.Int, `INSERT INTO notification (way, trouble, kind, over, urgent, title, text, at, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		RETURNING id`, n.Way, n.Trouble, string(n.Kind), n.Over, n.Urgent, n.Title, n.Text, clock.WallOf(n.At), n.due)
}

// selectPending returns what is pending of a trouble for a way, the zero value for
// nothing.
func selectPending(tx *store.Tx, way, trouble string) (Notification, error) {
	n, err := store.Get(tx, scanNotification, `SELECT `+notificationColumns+` FROM notification
		WHERE state = 'pending' AND way = ? AND trouble = ?`, way, trouble)
	if errors.Is(err, store.ErrNoRows) {
		return Notification{}, nil
	}
	return n, err
}

// selectAllPending returns what is pending for a way, what is due first in front.
func selectAllPending(tx *store.Tx, way string) ([]Notification, error) {
	return store.All(tx, scanNotification, `SELECT `+notificationColumns+` FROM notification
		WHERE state = 'pending' AND way = ? ORDER BY due, id`, way)
}

// pendingWays returns the ways for which something is pending.
func pendingWays(tx *store.Tx) ([]string, error) {
	return store.All(tx, store.Text, `SELECT DISTINCT way FROM notification WHERE state = 'pending'`)
}

// settle ends a notification. One that was withdrawn meanwhile stays so.
func settle(tx *store.Tx, n Notification, to State, why cause.Cause, now clock.Moment) error {
	_, err := notifications.Move(tx, to, store.Set(`tries = ?, cause = ?, cause_code = ?, tick = ?, ended_at = ?`, n.Tries, why.Text, string(why.Code), now.Tick, now.Wall), store.Where(`id = ?`, n.ID))
	return err
}

// failWay fails what is pending for a way.
func failWay(tx *store.Tx, way string, why cause.Cause, now clock.Moment) error {
	_, err := notifications.Move(tx, Failed, store.Set(`cause = ?, cause_code = ?, tick = ?, ended_at = ?`, why.Text, string(why.Code), now.Tick, now.Wall), store.Where(`way = ?`, way))
	return err
}

// postpone notes a try that failed.
func postpone(tx *store.Tx, n Notification, why cause.Cause, due clock.Tick) error {
	_, err := tx.Exec(`UPDATE notification SET tries = ?, cause = ?, cause_code = ?, due = ? WHERE id = ? AND state = 'pending'`, n.Tries, why.Text, string(why.Code), due, n.ID)
	return err
}

// countDelivered returns how many were delivered by a way since a tick.
func countDelivered(tx *store.Tx, way string, since clock.Tick) (int64, error) {
	return store.Get(tx, store.Int, `SELECT COUNT(*) FROM notification WHERE state = 'delivered' AND way = ? AND tick > ?`, way, since)
}

func selectNotifications(tx *store.Tx, limit int) ([]Notification, error) {
	return store.All(tx, scanNotification, `SELECT `+notificationColumns+` FROM notification ORDER BY id DESC LIMIT ?`, limit)
}

// Withdraw ends what was to be told when a backup was made.
func Withdraw(tx *store.Tx, now clock.Moment) error {
	why := cause.Restored.With()
	_, err := notifications.Move(tx, Withdrawn, store.Set(`cause = ?, cause_code = ?, tick = ?, ended_at = ?`, why.Text, string(why.Code), now.Tick, now.Wall), store.Where(`0 = 0`))
	return err
}
