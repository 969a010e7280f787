package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"strconv"
)

// migration is one step from version-1 to version.
type migration struct {
	version int
	name    string
	sql     string
}

var migrationName = regexp.MustCompile(`^(\d{4})_[a-z0-9_]+\.sql$`)

// readMigrations returns the migrations in the root of files, in order.
func readMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "*.sql") // in lexical order
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("there are no migrations (NNNN_name.sql)")
	}
	var all []migration
	for i, name := range names {
		match := migrationName.FindStringSubmatch(name)
		if match == nil {
			return nil, fmt.Errorf("migration %s: the name must be NNNN_name.sql", name)
		}
		version, _ := strconv.Atoi(match[1]) // four digits
		if version != i+1 {
			return nil, fmt.Errorf("migration %s: the number must be %04d", name, i+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		all = append(all, migration{version: version, name: name, sql: string(text)})
	}
	return all, nil
}

// migrate brings the database at path to the newest version. Before it changes
// one that is in use it keeps a copy in PATH.vN.bak, N being the version found.
func migrate(ctx context.Context, path string, files fs.FS, log *slog.Logger) (err error) {
	all, err := readMigrations(files)
	if err != nil {
		return err
	}
	version, err := inspect(ctx, path, len(all))
	if err != nil || version == len(all) {
		return err
	}

	db := pool(path, migrator, 1)
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if version > 0 {
		copied := fmt.Sprintf("%s.v%d.bak", path, version)
		if err := copyTo(ctx, conn, copied); err != nil {
			return fmt.Errorf("copy before migration: %w", err)
		}
		log.Info("database copied before migration", "path", copied)
	}
	if version == 0 {
		if err := apply(ctx, conn, all); err != nil {
			return err
		}
		log.Info("database created", "path", path, "version", len(all))
		return nil
	}
	for _, step := range all[version:] {
		if err := apply(ctx, conn, []migration{step}); err != nil {
			return err
		}
		log.Debug("database migrated", "version", step.version, "file", step.name)
	}
	log.Info("database migrated", "from", version, "to", len(all))
	return nil
}

// inspect returns the version of the database at path, 0 for a new one, or an
// error if it is not one that can be brought to newest.
func inspect(ctx context.Context, path string, newest int) (version int, err error) {
	db := pool(path, inspector, 1)
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if version, err = number(ctx, conn, "PRAGMA user_version"); err != nil {
		return 0, err
	}
	objects, err := number(ctx, conn, "SELECT count(*) FROM sqlite_schema")
	switch {
	case err != nil:
		return 0, err
	case version > newest:
		return 0, fmt.Errorf("written by a newer simgate: its version is %d, this one knows %d; %s", version, newest, wayBack(path, newest))
	case version < 0 || version == 0 && objects > 0:
		return 0, errors.New("the database of another program")
	}
	return version, nil
}

// wayBack says what to do about a database of a newer program: the copy that an upgrade
// has left is older.
func wayBack(path string, newest int) string {
	for version := newest; version > 0; version-- {
		copied := fmt.Sprintf("%s.v%d.bak", path, version)
		if info, err := os.Stat(copied); err == nil {
			return fmt.Sprintf("install the newer simgate again, or go back to the copy of %s and lose what came since: simgate restore %s",
				info.ModTime().Format("2006-01-02 15:04"), copied)
		}
	}
	return "install the newer simgate again, or restore a backup"
}

// apply runs migrations, and the changes of version with them, in one transaction: each of
// those of a database in use, which may write much, in one of its own, and all of a new one
// together. That is flushed to the disk once, and a start that is cut off leaves nothing.
func apply(ctx context.Context, conn *sql.Conn, steps []migration) (err error) {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// Without a transaction there is nothing to undo.
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	for _, step := range steps {
		if err := step.run(ctx, conn); err != nil {
			return fmt.Errorf("migration %s: %w", step.name, err)
		}
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}

// run runs one migration in the transaction that is open.
func (m migration) run(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, m.sql); err != nil {
		return err
	}
	dangling, err := number(ctx, conn, "SELECT count(*) FROM pragma_foreign_key_check")
	if err != nil {
		return err
	}
	if dangling > 0 {
		return fmt.Errorf("leaves %d rows that refer to a row that is not there", dangling)
	}
	_, err = conn.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", m.version))
	return err
}

// number returns the one value of a query.
func number(ctx context.Context, conn *sql.Conn, query string) (n int, err error) {
	err = conn.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}

// numberOf is number on any connection.
func numberOf(ctx context.Context, db *sql.DB, query string) (n int, err error) {
	err = db.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}
