package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Restoration puts a backup in the place of a database that no process uses. Nothing is
// changed there until [Restoration.Place], which may be left out.
type Restoration struct {
	// Path is that of a copy of the backup, beside the database: open it, change what is
	// to be changed, and close it.
	Path   string
	target string
	held   *os.File
}

// NewRestoration copies the backup at from beside the database at target, and checks that
// it is whole. Call [Restoration.Close] in the end.
func NewRestoration(ctx context.Context, from, target string) (_ *Restoration, err error) {
	target, err = filepath.Abs(target)
	if err != nil {
		return nil, err
	}
	if err := prepareFolder(filepath.Dir(target)); err != nil {
		return nil, err
	}
	r := &Restoration{Path: target + ".restore", target: target}
	if r.held, err = lock(target); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	r.tidy() // what another restoration may have left
	if err := copyFile(from, r.Path); err != nil {
		return nil, err
	}
	db := pool(r.Path, inspector, 1)
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return nil, fmt.Errorf("%s is no backup of simgate: %w", from, err)
	}
	if verdict != "ok" {
		return nil, fmt.Errorf("the backup %s is damaged: %s", from, verdict)
	}
	if version, err := numberOf(ctx, db, "PRAGMA user_version"); err != nil || version == 0 {
		return nil, errors.Join(fmt.Errorf("%s is no backup of simgate", from), err)
	}
	return r, nil
}

// Place puts the copy in the place of the database, whose files it keeps under other
// names, and returns the name of the database among them, "" where there was none. The
// files belong to the owner of the folder.
func (r *Restoration) Place() (kept string, err error) {
	folder := filepath.Dir(r.target)
	if err := giveTo(r.Path, folder); err != nil {
		return "", err
	}
	if err := syncFile(r.Path); err != nil {
		return "", err
	}
	before := r.target + ".replaced-" + time.Now().Format("20060102-150405")
	// The database goes first: without it the log is no use to anybody, and with an
	// empty place a start says what has happened.
	for _, suffix := range []string{"", "-wal", "-shm"} {
		err := os.Rename(r.target+suffix, before+suffix)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", err
		case suffix == "":
			kept = before
		}
	}
	if err := os.Rename(r.Path, r.target); err != nil {
		return kept, err
	}
	return kept, syncFile(folder)
}

// Close removes the copy where it was not placed, and lets the database go.
func (r *Restoration) Close() error {
	r.tidy()
	return errors.Join(giveTo(r.target+".lock", filepath.Dir(r.target)), r.held.Close())
}

// tidy removes the copy and what was made beside it when it was opened.
func (r *Restoration) tidy() {
	made, _ := filepath.Glob(globEscape.Replace(r.Path) + "*")
	for _, path := range made {
		_ = os.Remove(path)
	}
}

// copyFile copies a file to path, for its owner only.
func copyFile(from, path string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// giveTo makes a file belong to whom a folder belongs to, which matters where root
// restores what the service owns.
func giveTo(path, folder string) error {
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(path, int(st.Uid), int(st.Gid))
}

// syncFile writes what is known of a file or folder to the disk.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
