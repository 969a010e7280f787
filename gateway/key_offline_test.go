package gateway

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"simgate/gateway/store"
)

// Keys are made, listed and revoked while no gateway runs, and nothing else is
// touched of what the last run left, which the next start recovers.
func TestOfflineKeysLeaveTheRestAlone(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "simgate.db")
	open := func() *OfflineKeys {
		t.Helper()
		k, err := OpenKeys(t.Context(), path, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	keys := open()
	err := keys.db.Write(t.Context(), func(tx *store.Tx) error {
		insertMessage(t, tx, 1, Sending, 1, Sending)
		return nil
	})
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
	states, err := store.Read(t.Context(), keys.db, func(tx *store.Tx) ([]string, error) { return statesOf(tx, 1) })
	if err := errors.Join(err, keys.Close()); err != nil || !slices.Equal(states, []string{"sending", "sending"}) {
		t.Errorf("message and part are %q, %v", states, err)
	}
	left, err := os.ReadDir(folder)
	for _, f := range left {
		if name := f.Name(); err != nil || name[:len("simgate.db")] != "simgate.db" {
			t.Errorf("%s has been made, %v", name, err)
		}
	}
}
