package sqlite_test

import (
	"errors"
	"testing"

	"simgate/gateway/store/sqlite"
)

func TestBellsRingAfterTheCommit(t *testing.T) {
	db := open(t, sqlite.Config{})
	for _, tc := range []struct {
		name  string
		write func(*sqlite.Tx) error
		rings bool
	}{
		{"a commit", func(tx *sqlite.Tx) error { tx.Ring("news"); return nil }, true},
		{"one that rings twice", func(tx *sqlite.Tx) error { tx.Ring("news"); tx.Ring("news"); return nil }, true},
		{"one of another topic", func(tx *sqlite.Tx) error { tx.Ring("calls"); return nil }, false},
		{"one that is undone", func(tx *sqlite.Tx) error { tx.Ring("news"); return errors.New("no") }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bell := db.Bell("news")
			_ = db.Write(t.Context(), tc.write)
			rang := false
			select {
			case <-bell:
				rang = true
			default:
			}
			if rang != tc.rings {
				t.Errorf("the bell rang: %v", rang)
			}
		})
	}
}
