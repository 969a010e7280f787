package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
)

// Backup writes a compact copy of the database, as it is at one moment, to
// path, readable for its owner only. A file that is there is replaced, but only
// by a copy that is complete and on the disk. Writes go on meanwhile.
func (db *DB) Backup(ctx context.Context, path string) (err error) {
	if db.isClosed() {
		return ErrClosed // and the path is no longer ours
	}
	if same, _ := filepath.Abs(path); same == db.path {
		return fmt.Errorf("%s is the database itself", path)
	}
	// A connection of its own: the readers may change nothing, not even
	// another file, and are not to be kept for longer than ReadLimit.
	source := pool(db.path, writer, 1)
	defer func() {
		err = errors.Join(err, source.Close())
		debug.FreeOSMemory() // a copy is seldom made, and takes more than anything else
	}()
	conn, err := source.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer conn.Close()
	return translate(copyTo(ctx, conn, path))
}

// copyTo makes the copy under another name and moves it to path when it is
// whole. SQLite itself does not flush what VACUUM INTO writes.
func copyTo(ctx context.Context, conn *sql.Conn, path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // finds nothing once the copy has its name
	defer file.Close()
	if _, err := conn.ExecContext(ctx, "VACUUM INTO ?", file.Name()); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// EmptyLog moves the write-ahead log into the database and empties it, so that nothing that
// was deleted stays in it. It waits for readers for some seconds.
func (db *DB) EmptyLog(ctx context.Context) (err error) {
	if db.isClosed() {
		return ErrClosed
	}
	own := pool(db.path, writer, 1)
	defer func() { err = errors.Join(err, own.Close()) }()
	var busy, frames, moved int
	if err := own.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved); err != nil {
		return translate(err)
	}
	if busy != 0 {
		return errors.New("readers kept the write-ahead log from being emptied")
	}
	return nil
}

// Inspect runs fn on the database at path, such as a backup, and changes nothing in it.
func Inspect(ctx context.Context, path string, fn func(*Tx) error) (err error) {
	db := pool(path, inspector, 1)
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer conn.Close()
	tx := &Tx{conn: conn, bound: ctx}
	defer func() { tx.err = errDone }()
	return fn(tx)
}
