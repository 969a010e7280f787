package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"simgate/gateway/store/sqlite"
)

// with returns the schema and one more migration.
func with(name, sql string) fstest.MapFS {
	more := maps.Clone(schema)
	more[name] = &fstest.MapFile{Data: []byte(sql)}
	return more
}

// populated returns the path of a closed database of version 1 with one note.
func populated(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, schema)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- db.Run(context.Background()) }()
	if err := db.Write(t.Context(), insert("old")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Close(), <-done); err != nil {
		t.Fatal(err)
	}
	return path
}

// version returns PRAGMA user_version of a database that is not open.
func version(t *testing.T, path string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("PRAGMA user_version").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMigrateKeepsACopy(t *testing.T) {
	path := populated(t)
	more := with("0002_author.sql", "ALTER TABLE note ADD COLUMN author TEXT; UPDATE note SET body = 'new'")
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, more)
	if err != nil {
		t.Fatal(err)
	}
	if got := bodies(t, db); !slices.Equal(got, []string{"new"}) {
		t.Errorf("found %q", got)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := version(t, path); got != 2 {
		t.Errorf("the version is %d", got)
	}

	copied := path + ".v1.bak"
	if info, err := os.Stat(copied); err != nil || info.Mode() != 0o600 {
		t.Errorf("the copy: %v, %v", info, err)
	}
	before, err := sqlite.Open(t.Context(), sqlite.Config{Path: copied}, schema)
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	if got := bodies(t, before); !slices.Equal(got, []string{"old"}) {
		t.Errorf("the copy holds %q", got)
	}
}

func TestNothingToMigrateMakesNoCopy(t *testing.T) {
	path := populated(t)
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if copies, _ := filepath.Glob(path + "*.bak"); len(copies) > 0 {
		t.Errorf("copies were made: %q", copies)
	}
}

// Of a new database that cannot be made nothing is left, so that the next start makes it.
func TestNewDatabaseIsMadeAsAWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	broken := with("0002_x.sql", "ALTER TABLE absent ADD COLUMN x")
	if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, broken); err == nil || !strings.Contains(err.Error(), "migration 0002_x.sql: no such table: absent") {
		t.Errorf("answered with %v", err)
	}
	if got := version(t, path); got != 0 {
		t.Errorf("the version is %d", got)
	}
	more := with("0002_author.sql", "ALTER TABLE note ADD COLUMN author TEXT")
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, more)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := version(t, path); got != 2 {
		t.Errorf("the version is %d", got)
	}
	if copies, _ := filepath.Glob(path + "*.bak"); len(copies) > 0 {
		t.Errorf("copies were made: %q", copies)
	}
}

// A table that others refer to can be rebuilt.
func TestMigrateRebuildsAParent(t *testing.T) {
	path := populated(t)
	addMark := with("0002_mark.sql", "INSERT INTO mark SELECT id FROM note")
	addMark["0003_rebuild.sql"] = &fstest.MapFile{Data: []byte(`
		CREATE TABLE note2 (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
		INSERT INTO note2 SELECT id, body FROM note;
		DROP TABLE note;
		ALTER TABLE note2 RENAME TO note;`)}
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, addMark)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(t.Context(), func(tx *sqlite.Tx) error {
		n, err := sqlite.Get(tx, scanInt, "SELECT count(*) FROM mark JOIN note ON note.id = mark.note")
		if n != 1 {
			t.Errorf("%d marks are left", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// What cannot be migrated is named and left as it was.
func TestMigrateRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		files fstest.MapFS
		says  string
	}{
		"broken SQL":          {with("0002_x.sql", "DELETE FROM note; ALTER TABLE absent ADD COLUMN x"), "migration 0002_x.sql: no such table: absent"},
		"dangling reference":  {with("0002_x.sql", "INSERT INTO mark (note) VALUES (4711)"), "migration 0002_x.sql: leaves 1 rows"},
		"gap in the numbers":  {with("0003_x.sql", "DELETE FROM note"), "migration 0003_x.sql: the number must be 0002"},
		"number taken twice":  {with("0001_x.sql", "DELETE FROM note"), "migration 0001_x.sql: the number must be 0002"},
		"name without number": {with("x.sql", "DELETE FROM note"), "migration x.sql: the name must be NNNN_name.sql"},
		"none at all":         {fstest.MapFS{}, "there are no migrations"},
	} {
		t.Run(name, func(t *testing.T) {
			path := populated(t)
			if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, test.files); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("answered with %v", err)
			}
			if got := version(t, path); got != 1 {
				t.Errorf("the version is %d", got)
			}
			if got := bodies(t, open(t, sqlite.Config{Path: path})); !slices.Equal(got, []string{"old"}) {
				t.Errorf("found %q", got)
			}
		})
	}
}

// An upgrade leaves a copy, which an older program names that finds the newer database.
func TestTheWayBackFromANewerDatabaseIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 2"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for copied, want := range map[string]string{"": "or restore a backup", path + ".v2.bak": "or restore a backup", path + ".v1.bak": "simgate restore " + path + ".v1.bak"} {
		if copied != "" {
			if err := os.WriteFile(copied, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, schema); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with %q: %v", copied, err)
		}
		if copied != "" {
			_ = os.Remove(copied)
		}
	}
}

func TestForeignDatabaseIsRefused(t *testing.T) {
	for name, test := range map[string]struct{ sql, says string }{
		"of a newer simgate":   {"PRAGMA user_version = 2", "written by a newer simgate: its version is 2, this one knows 1"},
		"of another program":   {"CREATE TABLE songs (title TEXT)", "the database of another program"},
		"of an absurd version": {"PRAGMA user_version = -1", "the database of another program"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "test.db")
			db, err := sql.Open("sqlite3", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(test.sql); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, schema); err == nil || !strings.Contains(err.Error(), path+": "+test.says) {
				t.Errorf("answered with %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
				t.Errorf("the file has changed (%v)", err)
			}
		})
	}
}
