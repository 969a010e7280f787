package sqlite_test

import (
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"simgate/gateway/store/sqlite"
	"simgate/gateway/store/sqlite/sqlitetest"
)

// callers are the numbers of goroutines that write at the same time.
var callers = []int{1, 64}

// share runs do b.N times in all, spread over n goroutines, each time with
// another number.
func share(b *testing.B, n int, do func(i int) error) {
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range n {
		all.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := do(int(i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
}

// BenchmarkRawGroupCommit is what the disk and SQLite allow.
func BenchmarkRawGroupCommit(b *testing.B) {
	for _, n := range callers {
		b.Run(fmt.Sprintf("callers=%d", n), func(b *testing.B) {
			f := sqlitetest.NewFloor(b, filepath.Join(b.TempDir(), "floor.db"), 256)
			share(b, n, func(i int) error { return f.Insert(strconv.Itoa(i)) })
			b.ReportMetric(float64(f.Stop())/float64(b.N), "commits/op")
		})
	}
}

// BenchmarkWrite is the same work through Write.
func BenchmarkWrite(b *testing.B) {
	for _, n := range callers {
		b.Run(fmt.Sprintf("callers=%d", n), func(b *testing.B) {
			db := open(b, sqlite.Config{})
			share(b, n, func(i int) error { return db.Write(b.Context(), insert(strconv.Itoa(i))) })
			b.ReportMetric(float64(db.Stats().Commits)/float64(b.N), "commits/op")
		})
	}
}

// BenchmarkRead is one row by its key, beside nobody.
func BenchmarkRead(b *testing.B) {
	db := open(b, sqlite.Config{})
	if err := db.Write(b.Context(), insert("x")); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		err := db.Read(b.Context(), func(tx *sqlite.Tx) error {
			_, err := sqlite.Get(tx, scanText, "SELECT body FROM note WHERE id = ?", 1)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
