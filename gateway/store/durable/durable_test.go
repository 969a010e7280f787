package durable

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Of writers of one file at once, one wins whole, none fails, and nothing else is left.
func TestWritersAtOnce(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "key")
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			if err := WriteFile(path, bytes.Repeat([]byte{byte(i)}, 1+1000*i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	data, err := os.ReadFile(path)
	if err != nil || len(data) != 1+1000*int(data[0]) {
		t.Errorf("%d octets, %v", len(data), err)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}
