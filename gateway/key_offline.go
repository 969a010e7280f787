package gateway

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// OfflineKeys are the API keys of a gateway that is not running. Nothing else of its
// database is read or changed: what the last run left is recovered by the next.
type OfflineKeys struct {
	db        *store.DB
	committer *stage
}

// OpenKeys opens the database at path, and makes it if there is none. No gateway may
// be running on it.
func OpenKeys(ctx context.Context, path string, log *slog.Logger) (*OfflineKeys, error) {
	db, err := store.Open(ctx, path, log)
	if err != nil {
		return nil, err
	}
	return &OfflineKeys{db, newStage(db.Run)}, nil
}

// Close closes the database.
func (k *OfflineKeys) Close() error {
	k.committer.stop()
	return errors.Join(k.committer.err, k.db.Close())
}

// Create is [Gateway.CreateKey].
func (k *OfflineKeys) Create(ctx context.Context, app string, scopes []Scope) (Key, string, error) {
	return createKey(ctx, k.db.Write, app, scopes, clock.WallOf(time.Now()))
}

// List is [Gateway.Keys].
func (k *OfflineKeys) List(ctx context.Context) ([]Key, error) {
	return store.Read(ctx, k.db, selectKeys)
}

// Revoke is [Gateway.RevokeKey].
func (k *OfflineKeys) Revoke(ctx context.Context, id string) (Key, error) {
	var revoked storedKey
	err := k.db.Write(ctx, func(tx *store.Tx) (err error) {
		revoked, err = revokeKey(tx, id, int64(clock.WallOf(time.Now())))
		return err
	})
	return revoked.Key, store.Error(err)
}
