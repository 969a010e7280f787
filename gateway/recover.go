package gateway

import (
	"context"

	"simgate/gateway/cause"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// recoverLastRun recovers the work of the last run, however it ended: there is no other
// way to start. What a modem had been given is Unknown; codes of another boot,
// or of another key, have expired; the deadlines of ordinary messages, which
// count from the boot, are set anew from the time of day.
func (g *Gateway) recoverLastRun(ctx context.Context) error {
	old, err := store.Read(ctx, g.db, withoutFacts)
	if err != nil {
		return err
	}
	for i, v := range old {
		old[i].facts = v.To.Facts()
	}
	return g.db.Recover(ctx, func(tx *store.Tx) error {
		now := g.clock.Now()
		for _, v := range old {
			if err := updateFacts(tx, v); err != nil {
				return err
			}
		}
		same, err := sameBoot(tx, g.clock.Boot(), g.codes.Fingerprint)
		if err != nil {
			return err
		}
		if !same {
			if err := newBoot(tx, g.clock.Boot(), g.codes.Fingerprint, now); err != nil {
				return err
			}
			if err := recoverHeld(tx); err != nil {
				return err
			}
			if err := g.inbox.Recover(tx, now); err != nil {
				return err
			}
		}
		if err := g.guard.Recover(tx); err != nil {
			return err
		}
		if err := g.lines.Recover(tx, same, now.Up); err != nil {
			return err
		}
		if err := g.calls.Recover(tx, same, now.Wall); err != nil {
			return err
		}
		if err := g.webhooks.Recover(tx); err != nil {
			return err
		}
		if err := g.notifier.Recover(tx); err != nil {
			return err
		}
		if err := g.forwarder.Recover(tx); err != nil {
			return err
		}
		since, err := selectHeld(tx)
		if err != nil {
			return err
		}
		g.holds.Store(!since.IsZero())
		interrupted, err := sendingParts(tx)
		if err != nil {
			return err
		}
		for _, p := range interrupted {
			why := cause.Stopped.With()
			if err := g.lines.RecordOutcome(tx, line.Outcome{Line: p.line, Of: p.Token, To: p.to, Err: &line.Error{Class: line.Unknown, Code: -1, Cause: why}}); err != nil {
				return err
			}
			err := g.settleUnknown(tx, p.Token, p.line, why, now.Wall)
			if err := g.unlessRefused(err, "message", p.Message, "part", p.Seq); err != nil {
				return err
			}
		}
		if len(interrupted) > 0 {
			g.log.Warn("parts were under way when the gateway stopped: nobody can tell whether they were sent", "parts", len(interrupted))
		}
		n, err := countQueued(tx)
		g.queue.bound.Store(n)
		return err
	})
}
