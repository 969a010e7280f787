package gateway

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"simgate/gateway/key"
	"simgate/gateway/store"
)

// Keys are made, listed and revoked while no gateway runs, and nothing else is
// touched of what the last run left, which the next start recovers.
func TestOfflineKeysLeaveTheRestAlone(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "simgate.db")
	open := func() *key.Offline {
		t.Helper()
		k, err := key.OpenOffline(t.Context(), path, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	err := inStore(t, path, func(tx *store.Tx) error {
		insertMessage(t, tx, 1, Sending, 1, Sending)
		return nil
	})
	keys := open()
	shop, token, errCreate := keys.Create(t.Context(), "shop", nil)
	if _, _, bad := keys.Create(t.Context(), "", nil); bad == nil {
		t.Error("a key without a name is made")
	}
	if err := errors.Join(err, errCreate, keys.Close()); err != nil || token == "" {
		t.Fatalf("making a key: %q, %v", token, err)
	}

	keys = open()
	list, err := keys.List(t.Context())
	if err != nil || len(list) != 1 || list[0].ID != shop.ID || !list[0].Revoked.IsZero() {
		t.Errorf("the list is %+v, %v", list, err)
	}
	if k, err := keys.Revoke(t.Context(), shop.ID); err != nil || k.Revoked.IsZero() {
		t.Errorf("revoked: %+v, %v", k, err)
	}
	if _, err := keys.Revoke(t.Context(), "nosuchid"); err == nil {
		t.Error("a key that there is not is revoked")
	}
	errClose := keys.Close()
	var states []string
	err = inStore(t, path, func(tx *store.Tx) (err error) {
		states, err = statesOf(tx, 1)
		return err
	})
	if err := errors.Join(err, errClose); err != nil || !slices.Equal(states, []string{"sending", "sending"}) {
		t.Errorf("message and part are %q, %v", states, err)
	}
	left, err := os.ReadDir(folder)
	for _, f := range left {
		if name := f.Name(); err != nil || name[:len("simgate.db")] != "simgate.db" {
			t.Errorf("%s has been made, %v", name, err)
		}
	}
}

// inStore runs fn on a database that nobody else has open.
func inStore(t *testing.T, path string, fn func(*store.Tx) error) error {
	t.Helper()
	db, err := store.Open(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- db.Run(ctx) }()
	err = db.Recover(ctx, fn)
	cancel()
	return errors.Join(err, <-ended, db.Close())
}
