package line

import (
	"context"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Signal is how strong the signal of a line was at a time.
type Signal struct {
	At  time.Time
	DBm int
}

// How often the strength of a signal is kept, and for how long.
const (
	signalEvery = 10 * time.Minute
	KeepSignal  = 7 * 24 * time.Hour
)

// Signals returns how strong the signal of a line was since a time, oldest first.
func (p *Pool) Signals(ctx context.Context, id int64, since time.Time) ([]Signal, error) {
	return store.Read(ctx, p.db, func(tx *store.Tx) ([]Signal, error) { return selectSignals(tx, id, clock.WallOf(since)) })
}

// WatchSignals keeps how strong the signal of each line is, until ctx ends.
func (p *Pool) WatchSignals(ctx context.Context) error {
	ticker := time.NewTicker(signalEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		seen := map[int64]int{}
		for _, l := range p.lines {
			if id, s := l.ID(), l.Status(); id != 0 && s.SignalDBm != 0 {
				seen[id] = s.SignalDBm
			}
		}
		if len(seen) == 0 {
			continue
		}
		err := p.db.Commit(ctx, func(tx *store.Tx) error { return insertSignals(tx, seen, p.clock.Wall()) })
		if err != nil && ctx.Err() == nil {
			p.log.Warn("the strength of the signals could not be kept", "err", err)
		}
	}
}
