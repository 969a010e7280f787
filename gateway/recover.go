package gateway

import (
	"context"

	"simgate/gateway/store"
)

// takeUp takes up what the last run left, however it ended: there is no other
// way to start. What a modem had been given is Unknown; codes of another boot,
// or of another key, have expired; the deadlines of ordinary messages, which
// count from the boot, are set anew from the time of day.
func (g *Gateway) takeUp(ctx context.Context) error {
	return g.db.Recover(ctx, func(tx *store.Tx) error {
		up, wall := int64(g.clock.Uptime()), int64(g.clock.Wall())
		same, err := sameBoot(tx, g.clock.Boot(), g.codes.Fingerprint)
		if err != nil {
			return err
		}
		if !same {
			if err := newBoot(tx, g.clock.Boot(), g.codes.Fingerprint, up, wall); err != nil {
				return err
			}
			if err := g.takeUpGaps(tx, up, wall); err != nil {
				return err
			}
		}
		if err := g.takeUpLimits(tx, up); err != nil {
			return err
		}
		if err := g.takeUpPace(tx, same, up); err != nil {
			return err
		}
		if err := takeUpCalls(tx, same, wall); err != nil {
			return err
		}
		webhooks, err := selectWebhooks(tx)
		if err != nil {
			return err
		}
		g.listens.Store(len(webhooks) > 0 || g.cfg.Webhooks.AnyCallback)
		interrupted, err := sendingParts(tx)
		if err != nil {
			return err
		}
		for _, p := range interrupted {
			err := g.settleUnknown(tx, p.partID, p.line, "the gateway stopped while the modem had the message", wall)
			if err := g.unlessRefused(err, "message", p.message, "part", p.seq); err != nil {
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
