package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// files are the files of an open database, by what follows its path in their names,
// as they were when it was opened. A name that leads elsewhere later, or nowhere,
// was deleted or replaced: SQLite does not notice, and goes on writing to a file
// that nobody will find again.
type files struct {
	path string
	info map[string]fs.FileInfo
}

// findFiles returns the files of the database at path, which is open.
func findFiles(path string) (files, error) {
	f := files{path: path, info: map[string]fs.FileInfo{}}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			return f, err
		}
		f.info[suffix] = info
	}
	return f, nil
}

// check returns ErrReplaced if one of the files is not what it was.
func (f files) check(suffixes ...string) error {
	for _, suffix := range suffixes {
		now, err := os.Stat(f.path + suffix)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%w: %s is gone", ErrReplaced, f.path+suffix)
		case err != nil:
			return err
		case !os.SameFile(f.info[suffix], now):
			return fmt.Errorf("%w: %s is another file", ErrReplaced, f.path+suffix)
		}
	}
	return nil
}

// lookEvery is how often the committer checks that the database is still there.
const lookEvery = time.Second

// inPlace returns ErrReplaced if the database is known to be deleted or replaced.
// It looks at the database alone, not at the log, and not before every commit; see
// walSize.
func (db *DB) inPlace() error {
	if !db.replaced.Load() && time.Since(db.looked) < lookEvery {
		return nil
	}
	db.looked = time.Now()
	if err := db.files.check(""); err != nil {
		db.replaced.Store(true) // and every write looks until it is back
		return err
	}
	if !db.replaced.Load() {
		return nil
	}
	return db.Healthy()
}

var globEscape = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// checkEmpty returns an error if the file at path is missing or empty and held a
// database before: a new one would hide that its content is gone, and SQLite would
// delete the log that may hold the rest of it. A missing file beside an old copy is
// new: who wants to begin anew removes the database and keeps the copies.
func checkEmpty(path string) error {
	info, err := os.Stat(path)
	exists := err == nil
	if exists && info.Size() > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil // opening it shows what it is
	}
	trace := ""
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		trace = path + "-wal"
	} else if exists {
		copies, err := filepath.Glob(globEscape.Replace(path) + ".v*.bak")
		if err != nil {
			return err
		}
		if len(copies) > 0 {
			trace = copies[len(copies)-1]
		}
	}
	if trace == "" {
		return nil
	}
	what := "is missing"
	if exists {
		what = "is empty"
	}
	return fmt.Errorf("%s %s, but %s shows that it held data; nothing was changed: restore a backup, or move the files away to begin with a new database", path, what, trace)
}
