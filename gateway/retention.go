package gateway

import (
	"context"
	"slices"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

const (
	// sweepEvery is how often what is past its retention is looked for.
	sweepEvery = time.Hour
	// sweepBatch bounds the rows of a table that one transaction deletes, so that no
	// code waits behind a great clean-up.
	sweepBatch = 500
)

// sweep deletes what is past its retention, until ctx ends.
func (g *Gateway) sweep(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := g.sweepAll(ctx); err != nil && ctx.Err() == nil {
			g.log.Warn("could not delete what is past its retention", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// sweepAll takes each deletion again and again, each time in a transaction of its
// own, until it has nothing left to delete.
func (g *Gateway) sweepAll(ctx context.Context) error {
	for _, d := range g.deletions() {
		for {
			n, err := store.Write(ctx, g.db, func(tx *store.Tx) (int64, error) { return d(tx, sweepBatch) })
			if err != nil {
				return err
			}
			if n < sweepBatch {
				break
			}
		}
	}
	return store.Error(g.db.Commit(ctx, func(tx *store.Tx) error { return noteTick(tx, int64(g.clock.Tick())) }))
}

// deletions are those of all tables. What refers to a row is deleted before it.
func (g *Gateway) deletions() []store.Deletion {
	now := int64(g.clock.Wall())
	ago := func(keep time.Duration) int64 { return now - keep.Milliseconds() }
	messages, codes := ago(g.cfg.KeepMessages), ago(g.cfg.KeepVerifications)
	all := []store.Deletion{
		func(tx *store.Tx, limit int) (int64, error) { return deleteMessages(tx, false, messages, limit) },
		func(tx *store.Tx, limit int) (int64, error) { return deleteMessages(tx, true, codes, limit) },
		func(tx *store.Tx, limit int) (int64, error) { return deleteVerifications(tx, codes, limit) },
		func(tx *store.Tx, limit int) (int64, error) { return deleteCalls(tx, messages, limit) },
		func(tx *store.Tx, limit int) (int64, error) {
			return deleteDeliveries(tx, ago(keepDelivered), limit)
		},
		func(tx *store.Tx, limit int) (int64, error) {
			return journal.DeleteEvents(tx, clock.Wall(ago(g.cfg.KeepEvents)), limit)
		},
		store.DeleteWhere(`early_report`, `id`, `at < ? ORDER BY at`, messages),
		store.DeleteWhere(`reference`, `recipient`, `used_at < ? ORDER BY used_at`, messages),
	}
	return slices.Concat(all, inbox.Deletions(clock.Wall(now), clock.Wall(ago(g.cfg.KeepInbox))), g.limitDeletions())
}
