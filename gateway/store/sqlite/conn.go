package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"strconv"

	"github.com/mattn/go-sqlite3"
)

const (
	// cacheKiB is the page cache of one connection. The kernel caches the file
	// anyway; the daemon as a whole is to fit into 25 MB.
	cacheKiB = 1024
	// statements is how many prepared statements a connection keeps.
	statements = 64
)

// role says what a connection is for.
type role int

const (
	writer role = iota + 1
	reader
	inspector // looks at a file that may not be ours, and changes nothing
	migrator
)

// connector makes the connections of one role. It stands in for a driver
// registered by name, which would be global.
type connector struct {
	driver sqlite3.SQLiteDriver
	dsn    string
}

// pool returns up to size connections to the database at path.
func pool(path string, as role, size int) *sql.DB {
	settings := url.Values{
		"_busy_timeout":    {"5000"}, // milliseconds
		"_journal_mode":    {"WAL"},
		"_synchronous":     {"FULL"},
		"_foreign_keys":    {"1"},
		"_secure_delete":   {"FAST"}, // a wiped text is overwritten, not only unlinked
		"_cache_size":      {strconv.Itoa(-cacheKiB)},
		"_stmt_cache_size": {strconv.Itoa(statements)},
	}
	hook := prove
	switch as {
	case reader:
		settings.Set("_query_only", "1")
	case inspector:
		settings.Set("_query_only", "1")
		settings.Del("_journal_mode") // it is a property of the file
		hook = nil
	case migrator:
		// Rebuilding a table that others refer to is possible only so; the
		// references are checked as a whole before each migration commits.
		settings.Set("_foreign_keys", "0")
	}
	file := url.URL{Scheme: "file", Path: path, RawQuery: settings.Encode()}
	db := sql.OpenDB(&connector{
		driver: sqlite3.SQLiteDriver{ConnectHook: hook},
		dsn:    file.String(),
	})
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db
}

// Connect implements driver.Connector.
func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return &c.driver }

// prove is run on every new connection and turns it away unless its commits are
// durable.
func prove(conn *sqlite3.SQLiteConn) error {
	if _, err := conn.Exec(fmt.Sprintf("PRAGMA journal_size_limit = %d", walLimit), nil); err != nil {
		return err
	}
	for _, want := range []struct{ pragma, value string }{
		{"synchronous", "2"}, // FULL
		{"journal_mode", "wal"},
	} {
		got, err := pragma(conn, want.pragma)
		if err != nil {
			return err
		}
		if got != want.value {
			return fmt.Errorf("commits would not be durable: %s is %q, must be %q", want.pragma, got, want.value)
		}
	}
	return nil
}

// pragma reads the value of a pragma.
func pragma(conn *sqlite3.SQLiteConn, name string) (string, error) {
	rows, err := conn.Query("PRAGMA "+name, nil)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	value := make([]driver.Value, 1)
	if err := rows.Next(value); err != nil {
		return "", fmt.Errorf("read pragma %s: %w", name, err)
	}
	return fmt.Sprint(value[0]), nil
}
