package sqlite_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"simgate/gateway/store/sqlite"
)

func TestBackup(t *testing.T) {
	db := open(t, sqlite.Config{})
	if err := db.Write(t.Context(), insert("kept")); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "copy.db")
	if err := os.WriteFile(path, []byte("the copy of yesterday"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), insert("later")); err != nil {
		t.Fatal(err)
	}

	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the copy there is %v (%v)", entries, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the copy: %v, %v", info, err)
	}
	if got := bodies(t, open(t, sqlite.Config{Path: path})); !slices.Equal(got, []string{"kept"}) {
		t.Errorf("the copy holds %q", got)
	}
}

func TestBackupOntoItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	if err := open(t, sqlite.Config{Path: path}).Backup(t.Context(), path); err == nil {
		t.Error("the database was replaced under its own feet")
	}
}

func TestBackupThatFailsLeavesNothing(t *testing.T) {
	db := open(t, sqlite.Config{})
	folder := t.TempDir()
	path := filepath.Join(folder, "taken")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), path); err == nil {
		t.Error("a folder was replaced by a copy")
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}
