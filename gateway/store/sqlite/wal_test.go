package sqlite_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway/store/sqlite"
)

// Readers that overlap without a gap keep SQLite from ever starting its log
// anew by itself.
func TestLogStaysBoundedUnderReaders(t *testing.T) {
	const slow = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT count(*) FROM n`
	db := open(t, sqlite.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	turn := make(chan struct{}, 1) // a reader ends only when the next has its snapshot
	turn <- struct{}{}
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for ctx.Err() == nil {
				err := db.Read(context.Background(), func(tx *sqlite.Tx) error {
					if _, err := sqlite.Get(tx, scanInt, "SELECT count(*) FROM note"); err != nil {
						return err
					}
					<-turn
					defer func() { turn <- struct{}{} }()
					_, err := sqlite.Get(tx, scanInt, slow)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	largest := int64(0)
	for i := range 200 {
		if err := db.Write(t.Context(), insert(fmt.Sprintf("%d %0100000d", i, 0))); err != nil {
			t.Error(err)
		}
		largest = max(largest, db.Stats().WALBytes)
	}
	cancel()
	readers.Wait()
	if largest > 16<<20 {
		t.Errorf("the log grew to %d bytes", largest)
	}
}

// A reader that even the limit cannot move, for it does not come back to SQLite,
// holds up the writes for as long as a read may take; then they go on and the
// log grows.
func TestLogUnderAReaderThatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		db := open(t, sqlite.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
		leave := make(chan struct{})
		var reader sync.WaitGroup
		reader.Go(func() {
			err := db.Read(t.Context(), func(tx *sqlite.Tx) error {
				_, err := sqlite.Get(tx, scanInt, "SELECT count(*) FROM note")
				<-leave
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		begun := time.Now()
		write := func(from, to int) {
			for i := range to - from {
				if err := db.Write(t.Context(), insert(fmt.Sprintf("%d %0100000d", from+i, 0))); err != nil {
					t.Error(err)
				}
			}
		}
		write(0, 60)
		if held := time.Since(begun); held != sqlite.ReadLimit {
			t.Errorf("the writes were held up for %v", held)
		}
		if !strings.Contains(log.String(), "the write-ahead log cannot be emptied") {
			t.Errorf("the log says %q", log.String())
		}
		close(leave)
		reader.Wait()
		write(60, 120)
		if size := db.Stats().WALBytes; size > 16<<20 {
			t.Errorf("with the reader gone the log is %d bytes long", size)
		}
	})
}
