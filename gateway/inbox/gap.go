package inbox

import (
	"context"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// settleGap looks at a message that lacks parts: it takes those that may be its
// own, and in the end is shown without them.
func (b *Inbox) settleGap(tx *store.Tx, m row, up clock.Uptime) (err error) {
	// Another may have taken its parts in this very transaction.
	if m.have, err = countParts(tx, m.ID); err != nil || m.have == 0 {
		return err
	}
	for matched := true; matched && m.have < m.Total; {
		if matched, err = b.match(tx, &m); err != nil {
			return err
		}
	}
	if m.have == m.Total || up >= m.gapEnd {
		return b.joinAndShow(tx, m)
	}
	m.gapDue = m.gapEnd
	return update(tx, &m)
}

// showGaps shows what has waited long enough for its missing parts, and returns
// how long it is until the next one has.
func (b *Inbox) showGaps(ctx context.Context) (time.Duration, error) {
	up := b.clock.Uptime()
	next, err := store.Write(ctx, b.db, func(tx *store.Tx) (clock.Uptime, error) {
		due, err := incomplete(tx, up)
		if err != nil {
			return 0, err
		}
		for _, m := range due {
			if err := b.settleGap(tx, m, up); err != nil {
				return 0, err
			}
		}
		return nextGap(tx)
	})
	// The timers of a machine stand still while it sleeps, and its uptime does not.
	wait := time.Hour
	if next > 0 {
		wait = min(wait, max(0, next.Sub(up)))
	}
	return wait, err
}

// Recover lets the waits for missing parts count from another boot. What has waited
// long enough waits a little longer: the network may be about to bring what it
// could not while the machine was off.
func (b *Inbox) Recover(tx *store.Tx, now clock.Moment) error {
	return restartGaps(tx, now, min(matchAfter, b.gapTimeout), b.gapTimeout)
}

// Run shows messages with gaps when it is time, until ctx ends.
func (b *Inbox) Run(ctx context.Context) error {
	for {
		news := b.db.Bell(topicGaps)
		wait, err := b.showGaps(ctx)
		if err != nil {
			wait = time.Second
			b.log.Warn("messages with missing parts could not be shown", "err", err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-news:
			timer.Stop()
		case <-timer.C:
		}
	}
}
