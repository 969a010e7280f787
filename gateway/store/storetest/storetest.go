// Package storetest helps rooms to test what they keep in the database.
package storetest

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"simgate/gateway/store"
	"simgate/gateway/store/schema"
	"simgate/gateway/store/sqlite"
)

// migrated is the file that all migrations have made. To carry them out takes longer than
// most tests do.
var migrated = sync.OnceValues(func() (file []byte, err error) {
	folder, err := os.MkdirTemp("", "migrated")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "simgate.db")
	db, err := store.Open(context.Background(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Make makes an empty database with the tables of the gateway at path, where there must be
// none: what opening it would make, but the migrations run once in the whole test program.
func Make(t testing.TB, path string) {
	t.Helper()
	file, err := migrated()
	if err == nil {
		err = os.WriteFile(path, file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Open opens an empty database with the tables of the gateway, until the test ends.
func Open(t *testing.T) *store.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "simgate.db")
	Make(t, path)
	db, err := store.Open(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, ended := t.Context(), make(chan error, 1)
	go func() { ended <- db.Run(ctx) }()
	t.Cleanup(func() {
		if err := errors.Join(<-ended, db.Close()); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Before returns the migrations before one, by the number that its name begins with.
func Before(t *testing.T, migration string) fs.FS {
	t.Helper()
	names, err := fs.Glob(schema.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	older := fstest.MapFS{}
	for _, name := range names {
		if name >= migration {
			break
		}
		raw, err := fs.ReadFile(schema.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		older[name] = &fstest.MapFile{Data: raw}
	}
	return older
}

// Migrate lets one function write to a database as it was before a migration, and another
// look at what all migrations have made of it.
func Migrate(t *testing.T, migration string, before, after func(*store.Tx) error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "simgate.db")
	write := func(files fs.FS, fn func(*store.Tx) error) {
		t.Helper()
		db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Log: slog.New(slog.DiscardHandler)}, files)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}()
		go db.Run(t.Context()) //nolint:errcheck // Close ends it
		if err := db.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	write(Before(t, migration), before)
	write(schema.FS, after)
}

// Walk tries every pair of states of a noun: the database changes from one to the other
// exactly where the map of the noun allows it. insert makes a row of an id and a state,
// and here finds it by its id.
func Walk[S interface {
	~string
	May(next S) bool
}](t *testing.T, db *store.DB, n store.Noun[S], all []S, insert, here string) {
	t.Helper()
	t.Run(n.Table, func(t *testing.T) {
		id := 1000
		for _, from := range all {
			for _, to := range all {
				id++
				var refused error
				var now string
				err := db.Write(t.Context(), func(tx *store.Tx) error {
					if n.Table == "part" {
						if _, err := tx.Exec(`PRAGMA defer_foreign_keys = ON`); err != nil {
							return err
						}
					}
					if _, err := tx.Exec(insert, id, string(from)); err != nil {
						return err
					}
					refused = n.MoveOne(tx, to, store.Clause{}, store.Where(here, id))
					var err error
					now, err = store.Get(tx, store.Text, `SELECT state FROM `+n.Table+` WHERE `+here, id)
					if n.Table == "part" { // its message does not exist
						_, gone := tx.Exec(`DELETE FROM part`)
						err = errors.Join(err, gone)
					}
					return err
				})
				if err != nil {
					t.Fatalf("%s -> %s: %v", from, to, err)
				}
				want := from
				if from.May(to) {
					want = to
				}
				if _, is := errors.AsType[*store.StateError](refused); S(now) != want || is == from.May(to) || !is && refused != nil {
					t.Errorf("%s -> %s: it is %s, want %s; the error is %v", from, to, now, want, refused)
				}
			}
		}
	})
}
