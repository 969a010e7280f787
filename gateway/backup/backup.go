// Package backup makes copies of the database while everything goes on: on a schedule, of
// which the newest are kept, and when somebody asks.
package backup

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// Config says where backups are made, and when.
type Config struct {
	Folder string        // "": backups, beside the database
	Every  time.Duration // 0: when somebody asks
	Keep   int           // of those that were made, the newest; 0: 7
}

// Backup is a copy of the database. The key that seals codes is not in it.
type Backup struct {
	Path  string
	Bytes int64
	At    time.Time
}

// Maker makes backups.
type Maker struct {
	cfg      atomic.Pointer[Config]
	database string // its path
	db       *store.DB
	clock    *clock.Clock
	journal  *journal.Journal
	log      *slog.Logger
	beside   func(tx *store.Tx, folder string) error
	writing  sync.Mutex // one at a time writes beside backups
}

// New returns a maker of backups of the database at a path. What has to
// be read together with backups is written into their folder by beside.
func New(cfg Config, database string, db *store.DB, c *clock.Clock, j *journal.Journal, log *slog.Logger, beside func(tx *store.Tx, folder string) error) *Maker {
	m := &Maker{database: database, db: db, clock: c, journal: j, log: log, beside: beside}
	m.Configure(cfg)
	return m
}

// Configure changes where backups are made, and when.
func (m *Maker) Configure(cfg Config) { m.cfg.Store(&cfg) }

// layout is how backups are named: by when they were made, in UTC.
const layout = "simgate-20060102-150405.db"

var names = regexp.MustCompile(`^simgate-\d{8}-\d{6}\.db$`)

// folder returns the folder of backups, and makes it for its owner only.
func (m *Maker) folder() (string, error) {
	folder := cmp.Or(m.cfg.Load().Folder, filepath.Join(filepath.Dir(m.database), "backups"))
	return folder, os.MkdirAll(folder, 0o700)
}

// List returns what there is, newest first.
func (m *Maker) List() ([]Backup, error) {
	folder, err := m.folder()
	if err != nil {
		return nil, err
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var all []Backup
	for _, f := range files {
		at, bad := time.Parse(layout, f.Name())
		info, gone := f.Info()
		if names.MatchString(f.Name()) && bad == nil && gone == nil {
			all = append(all, Backup{filepath.Join(folder, f.Name()), info.Size(), at})
		}
	}
	slices.SortFunc(all, func(a, b Backup) int { return b.At.Compare(a.At) })
	return all, nil
}

// Make makes a backup, while everything goes on, and removes those that are too many.
func (m *Maker) Make(ctx context.Context) (Backup, error) {
	folder, err := m.folder()
	if err != nil {
		return Backup{}, err
	}
	b := Backup{At: m.clock.Wall().Time().Truncate(time.Second)}
	b.Path = filepath.Join(folder, b.At.Format(layout))
	if err := m.db.Backup(ctx, b.Path); err != nil {
		return Backup{}, store.Error(err)
	}
	info, err := os.Stat(b.Path)
	if err != nil {
		return Backup{}, err
	}
	b.Bytes = info.Size()
	if err := m.WriteBeside(ctx); err != nil {
		return b, err
	}
	all, err := m.List()
	if err != nil {
		return b, err
	}
	for _, old := range all[min(len(all), cmp.Or(m.cfg.Load().Keep, 7)):] {
		err = errors.Join(err, os.Remove(old.Path))
	}
	return b, err
}

// WriteBeside writes what has to be read together with backups into their folder.
func (m *Maker) WriteBeside(ctx context.Context) error {
	folder, err := m.folder()
	if err != nil {
		return err
	}
	m.writing.Lock()
	defer m.writing.Unlock()
	return m.db.Read(ctx, func(tx *store.Tx) error { return m.beside(tx, folder) })
}

// Write writes a backup to w. Nothing of it stays on the disk here.
func (m *Maker) Write(ctx context.Context, w io.Writer) error {
	folder, err := m.folder()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, "sending-*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := m.db.Backup(ctx, file.Name()); err != nil {
		return store.Error(err)
	}
	made, err := os.Open(file.Name()) // a backup is another file than the one that it replaces
	if err != nil {
		return err
	}
	defer made.Close()
	_, err = io.Copy(w, made)
	return err
}

const (
	look  = 10 * time.Minute
	retry = 6 * time.Hour
)

// Run makes a backup when one is due, until ctx ends.
func (m *Maker) Run(ctx context.Context) error {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	next := m.clock.Uptime()
	for {
		every := m.cfg.Load().Every
		if all, err := m.List(); every > 0 && m.clock.Uptime() >= next && (err != nil || len(all) == 0 || m.clock.Wall().Time().Sub(all[0].At).Abs() >= every) {
			if _, err := m.Make(ctx); err != nil && ctx.Err() == nil {
				next = m.clock.Uptime().Add(retry)
				m.noteFailure(ctx, err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// noteFailure tells the owner that a backup could not be made.
func (m *Maker) noteFailure(ctx context.Context, failure error) {
	err := m.db.Commit(ctx, func(tx *store.Tx) error {
		return m.journal.Note(tx, journal.Event{Kind: journal.BackupFailed, Text: "the backup could not be made: " + failure.Error() +
			"; make room on the disk, or set another folder, and try \"simgate backup\""})
	})
	if err != nil {
		m.log.Warn("the backup could not be made", "err", failure)
	}
}
