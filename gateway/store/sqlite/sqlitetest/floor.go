// Package sqlitetest holds the floor that durable writing is measured against.
package sqlitetest

import (
	"context"
	"database/sql"
	"testing"

	_ "github.com/mattn/go-sqlite3" // the driver
)

// Floor is the least that durable group commit takes: one goroutine, one
// prepared insert, bare channels, the same settings of SQLite. It knows neither
// savepoints nor errors of a single write. What Write costs is measured against
// it.
type Floor struct {
	queue   chan write
	ended   chan struct{}
	commits int // to be read after Stop
}

// write is one row and the channel on which its commit is told.
type write struct {
	body string
	done chan error
}

// NewFloor starts a floor on a new database at path that commits at most limit
// inserts together.
func NewFloor(b *testing.B, path string, limit int) *Floor {
	b.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=FULL&_cache_size=-1024")
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := conn.ExecContext(ctx, "CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE) STRICT"); err != nil {
		b.Fatal(err)
	}
	insert, err := conn.PrepareContext(ctx, "INSERT INTO note (body) VALUES (?)")
	if err != nil {
		b.Fatal(err)
	}
	f := &Floor{queue: make(chan write), ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		defer db.Close()
		defer conn.Close()
		batch := make([]write, 0, limit)
		for one := range f.queue {
			_, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE")
			batch = batch[:0]
			for waiting := true; waiting && err == nil; {
				batch = append(batch, one)
				_, err = insert.Exec(one.body)
				if len(batch) == limit {
					break
				}
				select {
				case one, waiting = <-f.queue:
				default:
					waiting = false
				}
			}
			if err == nil {
				_, err = conn.ExecContext(ctx, "COMMIT")
			}
			f.commits++
			for _, one := range batch {
				one.done <- err
			}
		}
	}()
	return f
}

// Insert returns when the row is durable.
func (f *Floor) Insert(body string) error {
	done := make(chan error, 1)
	f.queue <- write{body, done}
	return <-done
}

// Stop ends the floor, and returns how many commits there were. All inserts must have returned.
func (f *Floor) Stop() int {
	close(f.queue)
	<-f.ended
	return f.commits
}
