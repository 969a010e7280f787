package key

import (
	"context"
	"errors"
	"log/slog"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Offline is the keyring of a gateway that is not running. Nothing else of its
// database is read or changed: the work of the last run is recovered by the next.
type Offline struct {
	*Ring
	cancel context.CancelFunc
	ended  chan error
}

// OpenOffline opens the database at path, and makes it if there is none. No gateway
// may be running on it.
func OpenOffline(ctx context.Context, path string, log *slog.Logger) (*Offline, error) {
	source, err := clock.System()
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, path, log)
	if err != nil {
		return nil, err
	}
	db.SkipRecovery()
	running, cancel := context.WithCancel(context.Background())
	o := &Offline{Ring: New(db, clock.New(source), log, nil), cancel: cancel, ended: make(chan error, 1)}
	go func() { o.ended <- db.Run(running) }()
	return o, nil
}

// Close closes the database.
func (o *Offline) Close() error {
	o.cancel()
	return errors.Join(<-o.ended, o.db.Close())
}
