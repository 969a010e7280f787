package notify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// Notification is what the owner is told by one way.
type Notification struct {
	ID      int64
	Way     string
	Trouble string // its name
	Kind    journal.Kind
	Over    bool
	Urgent  bool
	Title   string
	Text    string
	At      time.Time
	State   State
	Tries   int
	Cause   cause.Cause // of the last failure
	Ended   time.Time

	due clock.Tick
}

// key names the notification, in each try.
func (n Notification) key() string { return fmt.Sprintf("ntf_%x_%d", n.At.UnixMilli(), n.ID) }

// State is the state of a notification.
//
//	Pending -> Delivered | Failed | Withdrawn
type State string

// The states of a notification.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Failed    State = "failed"
	Withdrawn State = "withdrawn" // something newer, or another way, tells it
)

// States lists all of them; the schema checks for the same.
var States = []State{Pending, Delivered, Failed, Withdrawn}

// May reports whether a notification in state s may change to state next.
func (s State) May(next State) bool { return s == Pending && next != Pending }

// notifications are the noun whose states change; nothing else changes them.
var notifications = store.NewNoun("notification", States, State.May).Silent()

// pauses are those between the tries of a notification.
var pauses = []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour}

// Troubles returns what is wrong now.
func (n *Notifier) Troubles(ctx context.Context) ([]Trouble, error) {
	all, err := store.Read(ctx, n.db, selectOpen)
	if t := n.fault.Load(); t != nil && err == nil {
		all = append([]Trouble{*t}, all...)
	}
	return all, err
}

// Notifications returns the newest, at most limit.
func (n *Notifier) Notifications(ctx context.Context, limit int) ([]Notification, error) {
	if limit == 0 {
		limit = 50
	}
	if limit < 1 || limit > 500 {
		return nil, fault.NewInvalid("limit", "at most 500 notifications at a time")
	}
	return store.Read(ctx, n.db, func(tx *store.Tx) ([]Notification, error) { return selectNotifications(tx, limit) })
}

// Ways returns the names of the configured ways.
func (n *Notifier) Ways() []string {
	names := make([]string, len(n.set.Load().ways))
	for i, w := range n.set.Load().ways {
		names[i] = w.name
	}
	return names
}

// Recover fails what was to be told by a way that is no longer configured.
func (n *Notifier) Recover(tx *store.Tx) error {
	ways, err := pendingWays(tx)
	if err != nil {
		return err
	}
	for _, way := range ways {
		if !slices.Contains(n.Ways(), way) {
			if err := failWay(tx, way, cause.WayGone.With(), n.clock.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}
