package sqlite

import (
	"context"
	"io"
	"time"
)

// walLimit is the size in bytes from which the write-ahead log is emptied by
// force. SQLite does so by itself at 4 MB whenever no reader is in the way, so
// this is reached only under readers that overlap without a gap.
const walLimit = 8 << 20

// trim makes the write-ahead log start anew when it has outgrown its limit. The
// committer calls it between two commits and so holds up all writes until the
// snapshots of the moment have gone, ReadLimit at most. If they have not gone by
// then, the log may grow by another limit before the next try: to hold up every
// commit would be worse.
func (db *DB) trim() {
	size := db.walSize()
	if size <= db.walMark {
		return
	}
	// SQLite's own wait for readers does not end while they overlap: it waits
	// for a slot of the log's index to be free, and new readers share the slot
	// that old ones had. A passive try looks at every slot afresh. Once all is
	// moved new readers do without the log, and the wait to start it anew ends.
	moved, err := db.checkpoint("PASSIVE")
	for begun := time.Now(); err == nil && !moved && time.Since(begun) < ReadLimit; {
		time.Sleep(time.Millisecond)
		moved, err = db.checkpoint("PASSIVE")
	}
	if moved {
		moved, err = db.checkpoint("RESTART")
	}
	if !moved {
		db.walMark = size + walLimit
		db.log.Warn("the write-ahead log cannot be emptied", "bytes", size, "error", err)
		return
	}
	db.walMark = walLimit
}

// checkpoint moves the log into the database and reports whether that has been
// possible in full.
func (db *DB) checkpoint(mode string) (bool, error) {
	var busy, frames, moved int
	row := db.writer.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint("+mode+")")
	if err := row.Scan(&busy, &frames, &moved); err != nil {
		return false, err
	}
	return busy == 0 && moved == frames, nil
}

// walSize returns the size of the write-ahead log in bytes, 0 after Close. It is
// asked for after every commit and so must not be a stat(2): that makes the
// kernel give the next write a new time stamp, which the next flush would have to
// write as well.
func (db *DB) walSize() int64 {
	size, err := db.wal.Seek(0, io.SeekEnd)
	if err != nil {
		return 0
	}
	return size
}
