package sqlite_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simgate/gateway/store/sqlite"
)

// What was erased, and what was deleted before, is in the file no more, nor in pages that
// were free already.
func TestErase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, sqlite.Config{Path: path})
	write := func(fn func(*sqlite.Tx) error) {
		t.Helper()
		if err := db.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	const secret = "+4915112345678"
	write(func(tx *sqlite.Tx) error {
		for i := range 200 {
			if err := insert(fmt.Sprint(i, " ", secret, strings.Repeat(" a long text", 50)))(tx); err != nil {
				return err
			}
		}
		return nil
	})
	holds := func() bool {
		t.Helper()
		if err := db.EmptyLog(t.Context()); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(raw, []byte(secret))
	}
	write(func(tx *sqlite.Tx) error {
		_, err := tx.Exec("DELETE FROM note WHERE id > 1")
		return err
	})
	if !holds() {
		t.Fatal("free pages are overwritten as it is")
	}
	write(func(tx *sqlite.Tx) error {
		return tx.Erase(func() error {
			_, err := tx.Exec("DELETE FROM note")
			return err
		})
	})
	if holds() {
		t.Error("the file holds what was erased")
	}
}
