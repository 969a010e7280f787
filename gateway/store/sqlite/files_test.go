package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway/store/sqlite"
)

func TestDeletedOrReplacedFileIsNoticed(t *testing.T) {
	move := func(t *testing.T, from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		for name, replace := range map[string]bool{"deleted": false, "replaced": true} {
			t.Run("simgate.db"+suffix+" "+name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "simgate.db")
				db := open(t, sqlite.Config{Path: path})
				if err := db.Write(t.Context(), insert("before")); err != nil || db.Healthy() != nil {
					t.Fatal(err, db.Healthy())
				}
				aside := filepath.Join(filepath.Dir(path), "aside")
				move(t, path+suffix, aside)
				if replace {
					if err := os.WriteFile(path+suffix, []byte("SQLite format 3\x00"), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if err := db.Healthy(); !errors.Is(err, sqlite.ErrReplaced) || !strings.Contains(err.Error(), path+suffix) {
					t.Errorf("Healthy answers %v", err)
				}
				if err := db.Write(t.Context(), insert("lost")); !errors.Is(err, sqlite.ErrReplaced) {
					t.Errorf("a write answers %v", err)
				}
				move(t, aside, path+suffix)
				if err := db.Write(t.Context(), insert("after")); err != nil {
					t.Errorf("with the file back a write answers %v", err)
				}
				if err := db.Healthy(); err != nil {
					t.Errorf("with the file back Healthy answers %v", err)
				}
				if all := bodies(t, db); strings.Join(all, " ") != "before after" {
					t.Errorf("written: %q", all)
				}
			})
		}
	}
}

// The committer looks for itself, where nobody asks for its health.
func TestDeletedDatabaseRefusesWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "simgate.db")
	db := open(t, sqlite.Config{Path: path})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), insert("lost")); !errors.Is(err, sqlite.ErrReplaced) {
		t.Errorf("a write answers %v", err)
	}
}

func TestEmptyFileThatWasADatabaseIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		files  map[string]string
		refuse string // the file that gives it away, "" none
	}{
		{"an empty file alone is new", map[string]string{"": ""}, ""},
		{"no file is new", nil, ""},
		{"an empty log says nothing", map[string]string{"": "", "-wal": ""}, ""},
		{"an empty file beside a log", map[string]string{"": "", "-wal": "frames"}, "-wal"},
		{"no file beside a log", map[string]string{"-wal": "frames"}, "-wal"},
		{"an empty file beside a copy", map[string]string{"": "", ".v3.bak": "a copy"}, ".v3.bak"},
		{"no file beside a copy is new", map[string]string{".v3.bak": "a copy"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sim[1]*.db")
			for suffix, content := range tc.files {
				if err := os.WriteFile(path+suffix, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, schema)
			if err == nil {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			}
			if tc.refuse == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), path+tc.refuse+" shows") {
				t.Errorf("answered with %v", err)
			}
			for suffix, content := range tc.files {
				if now, err := os.ReadFile(path + suffix); err != nil || string(now) != content {
					t.Errorf("%q has changed: %q, %v", suffix, now, err)
				}
			}
			if _, had := tc.files[""]; !had {
				if _, err := os.Stat(path); err == nil {
					t.Error("a new database was made")
				}
			}
		})
	}
}

// A write that finds the database gone is not the only one that is refused until the next
// look.
func TestAllWritesAreRefusedWhileTheDatabaseIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "test.db")
		db := open(t, sqlite.Config{Path: path})
		if err := db.Write(t.Context(), insert("before")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path, path+".aside"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		for range 3 {
			if err := db.Write(t.Context(), insert("lost")); !errors.Is(err, sqlite.ErrReplaced) {
				t.Errorf("while it is gone: %v", err)
			}
		}
		if err := os.Rename(path+".aside", path); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), insert("after")); err != nil {
			t.Errorf("when it is back: %v", err)
		}
	})
}
