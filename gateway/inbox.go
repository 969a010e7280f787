package gateway

import (
	"context"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// InboxFilter chooses incoming messages. Zero fields do not.
type InboxFilter struct {
	Line   int64
	Sender string
	Since  time.Time // of their receipt
	Before int64     // only ids below this one, newest first
	After  int64     // only changes after this one, oldest first: for who follows; -1: all of them so
	Limit  int       // 50, at most 500
}

// Inbox returns what came in: newest first, or with After in the order in which
// it was shown. A message that was shown with gaps and then amended is shown
// again, with a later Change.
func (g *Gateway) Inbox(ctx context.Context, f InboxFilter) ([]Incoming, error) {
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Limit < 1 || f.Limit > 500 {
		return nil, fault.NewInvalid("limit", "at most 500 messages at a time")
	}
	return store.Read(ctx, g.db, func(tx *store.Tx) ([]Incoming, error) { return selectInbox(tx, f) })
}

// Incoming returns one message that came in.
func (g *Gateway) Incoming(ctx context.Context, id int64) (Incoming, error) {
	return store.Read(ctx, g.db, func(tx *store.Tx) (Incoming, error) { return selectIncoming(tx, id) })
}

// AwaitInbox returns what f with its After finds, and waits for the first such
// message until ctx ends or the time is over; then there is none.
func (g *Gateway) AwaitInbox(ctx context.Context, f InboxFilter, wait time.Duration) ([]Incoming, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		news := g.db.Bell(topicInbox)
		list, err := g.Inbox(ctx, f)
		if err != nil || len(list) > 0 {
			return list, err
		}
		select {
		case <-news:
		case <-timer.C:
			return nil, nil
		case <-ctx.Done():
			return nil, nil
		}
	}
}

// LastInboxChange returns the Change of the newest, from which to follow.
func (g *Gateway) LastInboxChange(ctx context.Context) (int64, error) {
	return store.Read(ctx, g.db, lastChange)
}
