package person

import (
	"sync"
	"testing"
)

// Whoever opens the ledger of a new box at the same moment gets the same key: what one has
// written down is known to the other, and after a restart.
func TestOpenersShareOneKey(t *testing.T) {
	folder := t.TempDir()
	hashes := make([]string, 32)
	var all sync.WaitGroup
	for i := range hashes {
		all.Go(func() {
			l, err := OpenLedger(folder)
			if err != nil {
				t.Error(err)
				return
			}
			hashes[i] = l.Hash("+4915112345678")
		})
	}
	all.Wait()
	l, err := OpenLedger(folder)
	if err != nil {
		t.Fatal(err)
	}
	for i, hash := range hashes {
		if hash != l.Hash("+4915112345678") {
			t.Errorf("opener %d has another key", i)
		}
	}
}
