package gateway

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// BackupConfig says where backups are made, and when.
type BackupConfig struct {
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

// backupName is how backups are named: by when they were made, in UTC.
const backupName = "simgate-20060102-150405.db"

var backupNames = regexp.MustCompile(`^simgate-\d{8}-\d{6}\.db$`)

// backupFolder returns the folder of backups, and makes it for its owner only.
func (g *Gateway) backupFolder() (string, error) {
	folder := cmp.Or(g.cfg.Backup.Folder, filepath.Join(filepath.Dir(g.cfg.Database), "backups"))
	return folder, os.MkdirAll(folder, 0o700)
}

// Backups returns what there is, newest first.
func (g *Gateway) Backups() ([]Backup, error) {
	folder, err := g.backupFolder()
	if err != nil {
		return nil, err
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var all []Backup
	for _, f := range files {
		at, bad := time.Parse(backupName, f.Name())
		info, gone := f.Info()
		if backupNames.MatchString(f.Name()) && bad == nil && gone == nil {
			all = append(all, Backup{filepath.Join(folder, f.Name()), info.Size(), at})
		}
	}
	slices.SortFunc(all, func(a, b Backup) int { return b.At.Compare(a.At) })
	return all, nil
}

// Backup makes a backup, while everything goes on, and removes those that are too many.
func (g *Gateway) Backup(ctx context.Context) (Backup, error) {
	folder, err := g.backupFolder()
	if err != nil {
		return Backup{}, err
	}
	b := Backup{At: g.clock.Wall().Time().Truncate(time.Second)}
	b.Path = filepath.Join(folder, b.At.Format(backupName))
	if err := g.db.Backup(ctx, b.Path); err != nil {
		return Backup{}, store.Error(err)
	}
	info, err := os.Stat(b.Path)
	if err != nil {
		return Backup{}, err
	}
	b.Bytes = info.Size()
	all, err := g.Backups()
	if err != nil {
		return b, err
	}
	for _, old := range all[min(len(all), cmp.Or(g.cfg.Backup.Keep, 7)):] {
		err = errors.Join(err, os.Remove(old.Path))
	}
	return b, err
}

// WriteBackup writes a backup to w. Nothing of it stays on the disk here.
func (g *Gateway) WriteBackup(ctx context.Context, w io.Writer) error {
	folder, err := g.backupFolder()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, "sending-*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if err := g.db.Backup(ctx, file.Name()); err != nil {
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
	backupLook  = 10 * time.Minute
	backupRetry = 6 * time.Hour
)

// makeBackups makes a backup when one is due, until ctx ends.
func (g *Gateway) makeBackups(ctx context.Context) error {
	if g.cfg.Backup.Every == 0 {
		return nil
	}
	look := time.NewTicker(backupLook)
	defer look.Stop()
	retry := g.clock.Uptime()
	for {
		if all, err := g.Backups(); g.clock.Uptime() >= retry && (err != nil || len(all) == 0 || g.clock.Wall().Time().Sub(all[0].At).Abs() >= g.cfg.Backup.Every) {
			if _, err := g.Backup(ctx); err != nil && ctx.Err() == nil {
				retry = g.clock.Uptime().Add(backupRetry)
				g.noteBackupFailed(ctx, err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

// noteBackupFailed tells the owner that a backup could not be made.
func (g *Gateway) noteBackupFailed(ctx context.Context, failure error) {
	err := g.db.Commit(ctx, func(tx *store.Tx) error {
		return g.journal.Note(tx, journal.Event{Kind: journal.BackupFailed, Text: "the backup could not be made: " + failure.Error() +
			"; make room on the disk, or set another folder, and try \"simgate backup\""})
	})
	if err != nil {
		g.log.Warn("the backup could not be made", "err", failure)
	}
}
