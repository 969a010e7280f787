// Package signal keeps how strong the signals of the SIMs have been, for the picture of the
// last days.
package signal

import (
	"context"
	"log/slog"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Strength is how strong the signal of a line was at a time.
type Strength struct {
	At  time.Time
	DBm int
}

// How often the strength of a signal is kept, and for how long.
const (
	every = 10 * time.Minute
	Keep  = 7 * 24 * time.Hour
)

// History is how strong the signals of all lines were.
type History struct {
	db    *store.DB
	clock *clock.Clock
	log   *slog.Logger
	now   func() map[int64]int
}

// New returns the history of a database. now returns the strengths of the moment in dBm, by
// the ids of the lines that have a signal.
func New(db *store.DB, c *clock.Clock, log *slog.Logger, now func() map[int64]int) *History {
	return &History{db, c, log, now}
}

// Since returns how strong the signal of a line was since a time, oldest first.
func (h *History) Since(ctx context.Context, line int64, since time.Time) ([]Strength, error) {
	return store.Read(ctx, h.db, func(tx *store.Tx) ([]Strength, error) { return selectSince(tx, line, clock.WallOf(since)) })
}

// Run keeps how strong the signals are, until ctx ends.
func (h *History) Run(ctx context.Context) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		seen := h.now()
		if len(seen) == 0 {
			continue
		}
		err := h.db.Commit(ctx, func(tx *store.Tx) error { return insert(tx, seen, h.clock.Wall()) })
		if err != nil && ctx.Err() == nil {
			h.log.Warn("the strength of the signals could not be kept", "err", err)
		}
	}
}
