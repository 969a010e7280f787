package webhook

import (
	"context"
	"fmt"
	"slices"

	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// changesAtOnce bounds how many changes one transaction of the fan-out makes
// deliveries of.
const changesAtOnce = 500

// fanOut makes the deliveries of the changes that it has not seen yet. It reports
// whether there were any. How far it has read is written down together with deliveries,
// and after many changes without any; after a restart some of those are read again, and
// have no receivers again.
func (h *Webhooks) fanOut(ctx context.Context) (made bool, err error) {
	if !h.listens.Load() {
		return false, nil
	}
	for {
		b, err := store.Read(ctx, h.db, h.nextBatch)
		if err != nil {
			return made, err
		}
		if len(b.deliveries) > 0 || b.changes == changesAtOnce {
			b, err = store.Write(ctx, h.db, func(tx *store.Tx) (batch, error) {
				b, err := h.nextBatch(tx)
				if err != nil {
					return b, err
				}
				for _, d := range b.deliveries {
					if err := insertDelivery(tx, d); err != nil {
						return b, err
					}
				}
				return b, updateCursor(tx, b.last)
			})
			if err != nil {
				return made, err
			}
		}
		h.seen = b.last
		made = made || len(b.deliveries) > 0
		if b.changes < changesAtOnce {
			return made, nil
		}
	}
}

// batch is what is to be made of some changes.
type batch struct {
	changes    int
	last       int64 // the id of the last change
	deliveries []Delivery
}

// nextBatch reads the changes after the last one seen.
func (h *Webhooks) nextBatch(tx *store.Tx) (b batch, err error) {
	written, err := selectCursor(tx)
	if err != nil {
		return b, err
	}
	b.last = max(h.seen, written)
	changes, err := journal.Changes(tx, b.last, changesAtOnce)
	if err != nil || len(changes) == 0 {
		return b, err
	}
	webhooks, err := selectWebhooks(tx)
	if err != nil {
		return b, err
	}
	b.changes, b.last = len(changes), changes[len(changes)-1].ID
	for _, c := range changes {
		all, err := h.deliveriesOf(tx, c, webhooks)
		if err != nil {
			return b, fmt.Errorf("change %d: %w", c.ID, err)
		}
		b.deliveries = append(b.deliveries, all...)
	}
	return b, nil
}

// deliveriesOf returns a delivery of a change for each receiver.
func (h *Webhooks) deliveriesOf(tx *store.Tx, c journal.Change, webhooks []Webhook) (all []Delivery, err error) {
	kind := h.subjects.Kind(c)
	if kind == "" {
		return nil, nil
	}
	d := Delivery{Kind: kind, Subject: c.Subject, At: c.At.Time(), due: h.clock.Tick()}
	if d.sender, err = h.subjects.Sender(tx, c); err != nil {
		return nil, err
	}
	for _, w := range webhooks {
		if w.Disabled != "" || c.ID <= w.since || !slices.Contains(w.Kinds, kind) {
			continue
		}
		told, err := h.subjects.Told(tx, w, c)
		if err != nil {
			return nil, err
		}
		if told {
			d.Webhook, d.App, d.origin = w.ID, w.App, originOf(w.URL)
			all = append(all, d)
		}
	}
	callback, err := h.subjects.Callback(tx, c)
	if err == nil && callback.URL != "" {
		d.Webhook, d.App, d.origin, d.callback = 0, c.App, originOf(callback.URL), callback
		all = append(all, d)
	}
	return all, err
}
