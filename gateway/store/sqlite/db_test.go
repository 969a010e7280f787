package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"simgate/gateway/store/sqlite"
)

// schema is a table of notes, and one whose references are checked at commit.
var schema = fstest.MapFS{
	"0001_note.sql": {Data: []byte(`
		CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE) STRICT;
		CREATE TABLE mark (
			note INTEGER NOT NULL REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED
		) STRICT;`)},
}

// open returns a database in a new folder whose committer runs until the test
// ends.
func open(t testing.TB, cfg sqlite.Config) *sqlite.DB {
	t.Helper()
	if cfg.Path == "" {
		cfg.Path = filepath.Join(t.TempDir(), "state", "test.db")
	}
	db, err := sqlite.Open(t.Context(), cfg, schema)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := db.Run(context.Background()); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		running.Wait()
	})
	return db
}

// insert returns a write of one note.
func insert(body string) func(*sqlite.Tx) error {
	return func(tx *sqlite.Tx) error {
		_, err := tx.Exec("INSERT INTO note (body) VALUES (?)", body)
		return err
	}
}

func scanText(row sqlite.Scanner) (text string, err error) { return text, row.Scan(&text) }
func scanInt(row sqlite.Scanner) (n int, err error)        { return n, row.Scan(&n) }

// bodies returns all notes in the order in which they were written.
func bodies(t testing.TB, db *sqlite.DB) (all []string) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *sqlite.Tx) (err error) {
		all, err = sqlite.All(tx, scanText, "SELECT body FROM note ORDER BY id")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestOpenMakesFolderAndFileForTheOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "odd name?#%", "test.db")
	db := open(t, sqlite.Config{Path: path})
	if err := db.Write(t.Context(), insert("x")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{
		filepath.Dir(path): 0o700 | os.ModeDir,
		path:               0o600,
		path + "-wal":      0o600,
		path + "-shm":      0o600,
		path + ".lock":     0o600,
	} {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
		} else if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
	}
}

// What was acknowledged is there after the database is opened again.
func TestOpenFindsWhatWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	t.Run("write", func(t *testing.T) {
		if err := open(t, sqlite.Config{Path: path}).Write(t.Context(), insert("kept")); err != nil {
			t.Fatal(err)
		}
	})
	if got := bodies(t, open(t, sqlite.Config{Path: path})); len(got) != 1 || got[0] != "kept" {
		t.Errorf("found %q", got)
	}
}

func TestEveryConnectionIsDurable(t *testing.T) {
	const readers = 3
	db := open(t, sqlite.Config{Readers: readers})
	check := func(tx *sqlite.Tx, queryOnly string) error {
		for pragma, want := range map[string]string{
			"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1",
			"busy_timeout": "5000", "query_only": queryOnly, "secure_delete": "2",
		} {
			got, err := sqlite.Get(tx, scanText, "PRAGMA "+pragma)
			if err != nil {
				return err
			}
			if got != want {
				t.Errorf("%s is %s, want %s", pragma, got, want)
			}
		}
		return nil
	}
	if err := db.Write(t.Context(), func(tx *sqlite.Tx) error { return check(tx, "0") }); err != nil {
		t.Error(err)
	}
	// Each reader waits for the others, so the pool must make all of them.
	var all, together sync.WaitGroup
	together.Add(readers)
	for range readers {
		all.Go(func() {
			err := db.Read(t.Context(), func(tx *sqlite.Tx) error {
				together.Done()
				together.Wait()
				return check(tx, "1")
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestReadIsOneSnapshot(t *testing.T) {
	db := open(t, sqlite.Config{})
	count := func(tx *sqlite.Tx) int {
		n, err := sqlite.Get(tx, scanInt, "SELECT count(*) FROM note")
		if err != nil {
			t.Error(err)
		}
		return n
	}
	err := db.Read(t.Context(), func(tx *sqlite.Tx) error {
		before := count(tx)
		if err := db.Write(t.Context(), insert("meanwhile")); err != nil {
			return err
		}
		if after := count(tx); after != before {
			t.Errorf("a read saw %d notes, then %d", before, after)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if got := bodies(t, db); len(got) != 1 {
		t.Errorf("the next read sees %q", got)
	}
}

func TestReadCannotWrite(t *testing.T) {
	db := open(t, sqlite.Config{})
	if err := db.Read(t.Context(), insert("x")); err == nil {
		t.Error("a read has written")
	}
	if err := db.Healthy(); err != nil {
		t.Errorf("it made the database ill: %v", err)
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	db := open(t, sqlite.Config{Readers: 1})
	ctx, cancel := context.WithCancel(t.Context())
	endless := `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n`
	err := db.Read(ctx, func(tx *sqlite.Tx) error {
		_, err := sqlite.All(tx, func(row sqlite.Scanner) (int, error) {
			cancel()
			return scanInt(row)
		}, endless)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the read returned %v", err)
	}
	// The only reader there is must be usable again.
	if got := bodies(t, db); len(got) != 0 {
		t.Errorf("found %q", got)
	}
}

func TestReadLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, sqlite.Config{Readers: 1})
		begun := time.Now()
		err := db.Read(t.Context(), func(*sqlite.Tx) error {
			// The one connection is taken, so this read waits in vain.
			return db.Read(t.Context(), func(*sqlite.Tx) error { return nil })
		})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != sqlite.ReadLimit {
			t.Errorf("the read returned %v after %v", err, time.Since(begun))
		}
	})
}

// A day of one write a minute, which also shows that nothing is left running
// when the bubble ends.
func TestInsideBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, sqlite.Config{})
		for range 24 * 60 {
			time.Sleep(time.Minute)
			if err := db.Write(t.Context(), insert(time.Now().String())); err != nil {
				t.Fatal(err)
			}
		}
		if got := bodies(t, db); len(got) != 24*60 {
			t.Errorf("found %d notes", len(got))
		}
	})
}

func TestClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, schema)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the log is still there: %v", err)
	}
	nothing := func(*sqlite.Tx) error { t.Error("ran after Close"); return nil }
	if err := db.Write(t.Context(), nothing); err != sqlite.ErrClosed {
		t.Errorf("Write: %v", err)
	}
	if err := db.Read(t.Context(), nothing); err != sqlite.ErrClosed {
		t.Errorf("Read: %v", err)
	}
	if err := db.Backup(t.Context(), path+".copy"); err != sqlite.ErrClosed {
		t.Errorf("Backup: %v", err)
	}
	if err := db.Run(t.Context()); err != nil {
		t.Errorf("Run: %v", err)
	}
}
