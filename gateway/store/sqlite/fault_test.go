package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"

	"golang.org/x/sys/unix"

	"simgate/gateway/store/sqlite"
)

func TestDiskFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, sqlite.Config{})
		limit := func(pages int) {
			err := db.Write(t.Context(), func(tx *sqlite.Tx) error {
				_, err := tx.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		big := insert(string(make([]byte, 1<<20)))

		limit(20)
		for i, err := range batch(t, db, insert("first"), big) {
			if !errors.Is(err, sqlite.ErrFull) {
				t.Errorf("write %d got %v", i, err)
			}
		}
		if !errors.Is(db.Healthy(), sqlite.ErrFull) {
			t.Errorf("Healthy: %v", db.Healthy())
		}
		if err := db.Write(t.Context(), func(*sqlite.Tx) error { return nil }); err != nil || !errors.Is(db.Healthy(), sqlite.ErrFull) {
			t.Errorf("a write that changes nothing: %v, Healthy: %v", err, db.Healthy())
		}
		if err := db.Write(t.Context(), insert("small")); err != nil {
			t.Errorf("what still fits got %v", err)
		}
		if err := db.Healthy(); err != nil {
			t.Errorf("after what fits, Healthy: %v", err)
		}
		limit(1 << 20)
		if err := db.Write(t.Context(), big); err != nil {
			t.Errorf("with space again: %v", err)
		}
		if err := db.Healthy(); err != nil {
			t.Errorf("Healthy: %v", err)
		}
		if got := len(bodies(t, db)); got != 2 {
			t.Errorf("found %d notes", got)
		}
	})
}

// The log is made unwritable under the running database, as a disk does that
// the kernel has remounted read-only, and mended again.
func TestWriteErrorOfTheDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, sqlite.Config{Path: path})
	if err := db.Write(t.Context(), insert("before")); err != nil {
		t.Fatal(err)
	}

	mend := breakFile(t, path+"-wal")
	if err := db.Write(t.Context(), insert("during")); err == nil {
		t.Error("written to a broken disk")
	}
	if db.Healthy() == nil {
		t.Error("the database feels well on a broken disk")
	}
	errOwn := errors.New("own")
	if err := db.Write(t.Context(), func(*sqlite.Tx) error { return errOwn }); err != errOwn || db.Healthy() == nil {
		t.Errorf("after a write that changed nothing (%v): %v", err, db.Healthy())
	}
	if got := bodies(t, db); !slices.Equal(got, []string{"before"}) {
		t.Errorf("a read on a broken disk found %q", got)
	}
	mend()

	if err := db.Write(t.Context(), insert("after")); err != nil {
		t.Errorf("on the mended disk: %v", err)
	}
	if err := db.Healthy(); err != nil {
		t.Errorf("Healthy: %v", err)
	}
	if got := bodies(t, db); !slices.Equal(got, []string{"before", "after"}) {
		t.Errorf("found %q", got)
	}
}

// breakFile makes every descriptor that this process has on the file read-only
// until the function returned is called.
func breakFile(t *testing.T, path string) (mend func()) {
	t.Helper()
	broken, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var open []int // complete before the first is copied, which makes more
	for _, entry := range entries {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		if target, _ := os.Readlink("/proc/self/fd/" + entry.Name()); target == path && fd != int(broken.Fd()) {
			open = append(open, fd)
		}
	}
	if len(open) == 0 {
		t.Fatalf("nobody has %s open", path)
	}
	saved := map[int]int{}
	for _, fd := range open {
		if saved[fd], err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0); err != nil {
			t.Fatal(err)
		}
		if err := unix.Dup3(int(broken.Fd()), fd, unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for fd, keep := range saved {
			if err := errors.Join(unix.Dup3(keep, fd, unix.O_CLOEXEC), unix.Close(keep)); err != nil {
				t.Error(err)
			}
		}
	}
}
