package webhook

import (
	"context"
	"fmt"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// replayed is the bell that rings when a delivery is to be made again.
const replayed store.Topic = "webhook.replay"

// Run makes deliveries of changes until ctx ends: one at a time to each receiver, in the
// order of [turns]. It sleeps while nothing changes and nothing is due.
func (h *Webhooks) Run(ctx context.Context) error {
	client := h.Client()
	defer client.CloseIdleConnections()
	type ended struct {
		receiver
		answered bool
	}
	free := make(chan ended)
	turns := newTurns(atOnce)
	var bounded time.Time
	timer := time.NewTimer(0)
	defer timer.Stop()
	look := true // at what is due
	for {
		changed, again := h.db.Bell(journal.Changed), h.db.Bell(replayed)
		made, err := h.fanOut(ctx)
		if look || made || err != nil {
			var due []Delivery
			next := time.Minute
			if err == nil {
				due, next, err = h.nextDeliveries(ctx, turns, &bounded)
			}
			if err != nil && ctx.Err() == nil {
				h.log.Error("could not read what is to be delivered to webhooks", "err", err)
				next = time.Minute
			}
			for _, d := range due {
				go func() { free <- ended{d.receiver(), h.try(ctx, client, d)} }()
			}
			timer.Reset(next)
		}
		look = true
		select {
		case <-changed:
			look = false
		case <-again:
		case e := <-free:
			turns.end(e.receiver, e.answered, h.clock.Tick())
		case <-timer.C:
		case <-ctx.Done():
			for range turns.busy {
				<-free
			}
			return nil
		}
	}
}

// nextDeliveries returns the deliveries whose turn it is, and how long it is until
// another may be due.
func (h *Webhooks) nextDeliveries(ctx context.Context, turns *turns, bounded *time.Time) (due []Delivery, next time.Duration, err error) {
	const never = 24 * time.Hour
	if !h.listens.Load() || turns.full() || ctx.Err() != nil {
		return nil, never, nil //nolint:nilerr // to be stopped is no fault
	}
	heads, err := store.Read(ctx, h.db, headDeliveries)
	if err != nil {
		return nil, never, err
	}
	if time.Since(*bounded) >= boundEvery {
		*bounded = time.Now()
		if err := h.boundPending(ctx, heads); err != nil {
			return nil, never, err
		}
	}
	tick := h.clock.Tick()
	due, at := turns.take(heads, tick)
	if next = never; at > 0 {
		next = max(time.Millisecond, at.Sub(tick))
	}
	return due, next, nil
}

// boundPending fails the oldest deliveries of each webhook for which too many are
// pending, down to nine tenths of the bound, and writes an event for its owner.
func (h *Webhooks) boundPending(ctx context.Context, heads []Delivery) error {
	most := h.cfg.Load().maxPending()
	for i, d := range heads {
		if i > 0 && heads[i-1].App == d.App {
			continue // they are in the order of their apps
		}
		long, err := store.Read(ctx, h.db, func(tx *store.Tx) ([]backlog, error) { return backlogs(tx, d.App, most) })
		if err != nil {
			return err
		}
		for _, b := range long {
			if err := h.shorten(ctx, b, b.pending-most*9/10); err != nil {
				return err
			}
		}
	}
	return nil
}

// shorten fails the n oldest deliveries of a backlog, in steps.
func (h *Webhooks) shorten(ctx context.Context, b backlog, n int64) error {
	most := h.cfg.Load().maxPending()
	why := cause.TooManyPending.With(most)
	what := fmt.Sprintf("webhook %d of %s", b.webhook, b.app)
	if b.webhook == 0 {
		what = "the callbacks of " + b.app
	}
	for left := n; left > 0; left -= failBatch {
		err := h.db.Commit(ctx, func(tx *store.Tx) error {
			if err := failOldest(tx, b, min(left, failBatch), why, h.clock.Wall()); err != nil || left > failBatch {
				return err
			}
			return h.journal.Note(tx, journal.Event{Kind: journal.WebhookFailed, Text: fmt.Sprintf(
				"more than %d deliveries were pending for %s: the %d oldest have failed. Check whether the receiver answers: simgate webhooks deliveries",
				most, what, n)})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
