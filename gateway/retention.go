package gateway

import (
	"context"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// sweepEvery is how often what is past its retention is looked for.
const sweepEvery = time.Hour

// sweep deletes what is past its retention, until ctx ends. It goes in small
// steps, so that no code waits behind a great clean-up.
func (g *Gateway) sweep(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		for {
			deleted, err := g.sweepOnce(ctx)
			if err != nil {
				g.log.Warn("could not delete what is past its retention", "err", err)
			}
			if err != nil || deleted == 0 {
				break
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// sweepOnce takes one step and returns how many messages it deleted.
func (g *Gateway) sweepOnce(ctx context.Context) (int64, error) {
	now := int64(g.clock.Wall())
	messages, verifications := now-g.cfg.KeepMessages.Milliseconds(), now-g.cfg.KeepVerifications.Milliseconds()
	return write(ctx, g, func(tx *store.Tx) (int64, error) {
		plain, err := deleteMessages(tx, false, messages)
		if err != nil {
			return 0, err
		}
		codes, err := deleteMessages(tx, true, verifications)
		if err != nil {
			return 0, err
		}
		if err := deleteVerifications(tx, verifications); err != nil {
			return 0, err
		}
		if err := g.sweepLimits(tx); err != nil {
			return 0, err
		}
		inbox, err := deleteIncoming(tx, now-g.cfg.KeepInbox.Milliseconds())
		if err != nil {
			return 0, err
		}
		if err := deleteCalls(tx, messages); err != nil {
			return 0, err
		}
		if err := deleteDeliveries(tx, now-keepDelivered.Milliseconds()); err != nil {
			return 0, err
		}
		if err := deleteSeen(tx, now-seenFor.Milliseconds()); err != nil {
			return 0, err
		}
		if err := journal.DeleteEvents(tx, clock.Wall(now-g.cfg.KeepEvents.Milliseconds())); err != nil {
			return 0, err
		}
		return plain + codes + inbox, deleteTraces(tx, messages)
	})
}
