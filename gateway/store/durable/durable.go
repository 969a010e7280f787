// Package durable writes files that are on the disk, whole, or not at all.
package durable

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
)

// writing is held by each write, since two of one file would share the file that is renamed.
var writing sync.Mutex

// WriteFile writes a file for its owner only. It is on the disk, whole, when WriteFile
// returns; a crash or power cut before that leaves the old file or none.
func WriteFile(path string, data []byte) (err error) {
	writing.Lock()
	defer writing.Unlock()
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	next := path + ".new"
	file, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync() // before the rename: else the name may be on the disk and the content not
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return folder.Sync()
}
