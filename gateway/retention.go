package gateway

import (
	"context"
	"slices"
	"time"

	"simgate/gateway/call"
	"simgate/gateway/clock"
	"simgate/gateway/forward"
	"simgate/gateway/idempotency"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/line/signal"
	"simgate/gateway/notify"
	"simgate/gateway/store"
	"simgate/gateway/user"
	"simgate/gateway/webhook"
)

const (
	// sweepEvery is how often what is past its retention is looked for.
	sweepEvery = time.Hour
	// sweepBatch bounds the rows of a table that one transaction deletes, so that no
	// code waits behind a great clean-up.
	sweepBatch = 500
)

// keepChanges is how long changes wait for those who follow them, in time that the
// gateway runs.
const keepChanges = 7 * 24 * time.Hour

// keepReports is how long a report stays that belongs to nothing.
const keepReports = 24 * time.Hour

// lookEvery is how often the sweep looks whether the clock was set. Whatever is
// written meanwhile notices it at once.
const lookEvery = 10 * time.Second

// sweep deletes what is past its retention and corrects times after the clock was
// set, until ctx ends.
func (g *Gateway) sweep(ctx context.Context) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	due := g.clock.Uptime()
	for {
		set := g.db.ClockSet()
		now := g.clock.Uptime()
		var err error
		if set || now >= due {
			err = g.db.CorrectTimes(ctx)
		}
		if err == nil && set {
			err = g.db.Commit(ctx, func(tx *store.Tx) error { return reschedule(tx, g.clock.Now()) })
			g.dispatcher.poke()
		}
		if err == nil && now >= due {
			due = now.Add(sweepEvery)
			err = g.sweepAll(ctx)
		}
		if err != nil && ctx.Err() == nil {
			g.log.Warn("could not delete what is past its retention", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

// sweepAll takes each deletion again and again, each time in a transaction of its
// own, until it has nothing left to delete.
func (g *Gateway) sweepAll(ctx context.Context) error {
	ago, err := g.db.Past(ctx)
	if err != nil {
		return err
	}
	for _, d := range g.deletions(ago) {
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
	return nil
}

// deletions are those of all tables. What refers to a row is deleted before it.
func (g *Gateway) deletions(ago func(keep time.Duration) clock.Past) []store.Deletion {
	messages, codes := ago(g.cfg.Load().KeepMessages), ago(g.cfg.Load().KeepVerifications)
	all := []store.Deletion{
		func(tx *store.Tx, limit int) (int64, error) { return deleteMessages(tx, false, messages, limit) },
		func(tx *store.Tx, limit int) (int64, error) { return deleteMessages(tx, true, codes, limit) },
		func(tx *store.Tx, limit int) (int64, error) { return deleteVerifications(tx, codes, limit) },
		webhook.Deletion(ago(webhook.Kept)),
		signal.Delete(ago(signal.Keep)),
		func(tx *store.Tx, limit int) (int64, error) {
			return journal.DeleteEvents(tx, ago(g.cfg.Load().KeepEvents), limit)
		},
		func(tx *store.Tx, limit int) (int64, error) {
			return journal.DeleteChanges(tx, g.clock.Tick().Add(-keepChanges), limit)
		},
		store.DeleteWhere(`early_report`, `id`, `at < ? ORDER BY at`, g.clock.Wall().Add(-keepReports)),
		store.DeleteWhere(`reference`, `recipient`, `used_at < ? ORDER BY used_at`, messages.Wall),
	}
	return slices.Concat(all, idempotency.Deletions(g.clock.Tick()), call.Deletions(messages), inbox.Deletions(g.clock.Wall(), ago(g.cfg.Load().KeepInbox)),
		notify.Deletions(g.clock.Tick(), ago(g.cfg.Load().KeepEvents)), []store.Deletion{forward.Deletion(g.clock.Tick().Add(-webhook.Kept))}, g.guard.Deletions(), g.optOuts.Deletions(messages),
		user.Deletions(g.clock.Now(), ago(user.KeepAudit)))
}
