package certificate

import (
	"os"
	"slices"
	"sync"
	"time"
)

// watched is what is read from files, and read again when they have changed: at the
// next handshake, so that no watcher is needed.
type watched[T any] struct {
	paths []string
	read  func() (T, error)
	fail  func(error) // called where the changed files cannot be read; the old value stays

	mu      sync.Mutex
	value   T
	err     error         // why the changed files cannot be read
	seen    []os.FileInfo // nil for a file that is not there
	checked time.Time
}

// checkEvery is how long a look at the files is good for.
const checkEvery = time.Second

// get returns the value.
func (w *watched[T]) get() T {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.checked.IsZero() && time.Since(w.checked) < checkEvery { // a monotonic time
		return w.value
	}
	w.checked = time.Now()
	if now := w.look(); !slices.EqualFunc(now, w.seen, same) {
		w.seen = now
		value, err := w.read()
		if w.err = err; err == nil {
			w.value = value
		} else {
			w.fail(err)
		}
	}
	return w.value
}

// fault returns why the changed files could not be read when [watched.get] looked last, nil
// if they could.
func (w *watched[T]) fault() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// set notes a value that was read.
func (w *watched[T]) set(value T) {
	w.value, w.seen = value, w.look()
}

func (w *watched[T]) look() []os.FileInfo {
	found := make([]os.FileInfo, len(w.paths))
	for i, path := range w.paths {
		if info, err := os.Stat(path); err == nil {
			found[i] = info
		}
	}
	return found
}

func same(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == b
	}
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
