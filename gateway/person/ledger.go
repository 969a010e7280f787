package person

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"simgate/gateway/clock"
	"simgate/gateway/store"
	"simgate/gateway/store/durable"
)

const (
	keyLength = 32
	// KeyName is the file of the key of the hashes, beside the database.
	KeyName = "forgotten.key"
)

// Ledger hashes numbers of people for the lists.
type Ledger struct {
	key []byte
}

// opening is held while a key is looked for and made: of two that were made at once, the
// hashes of one would mean nothing later.
var opening sync.Mutex

// OpenLedger reads the key in a folder, or makes one where there is none.
func OpenLedger(folder string) (*Ledger, error) {
	opening.Lock()
	defer opening.Unlock()
	path := filepath.Join(folder, KeyName)
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(key) != keyLength {
		key = make([]byte, keyLength)
		_, _ = rand.Read(key) // never fails: it ends the program first
		err = durable.WriteFile(path, key)
	}
	if err != nil {
		return nil, fmt.Errorf("the key for numbers that were forgotten: %w", err)
	}
	return &Ledger{key}, nil
}

// FindLedger is [OpenLedger], but where there is no key it returns nil.
func FindLedger(folder string) (*Ledger, error) {
	if _, err := os.Stat(filepath.Join(folder, KeyName)); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return OpenLedger(folder)
}

// Mark returns what stands in the place of a number that is forgotten, in rows that are kept
// (see [store.Personal]).
func (l *Ledger) Mark(number string) string { return store.Forgotten + l.hash(number) }

func (l *Ledger) hash(number string) string {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte(number))
	return hex.EncodeToString(h.Sum(nil))
}

// Hash returns the hash of a number, or the one that its mark holds.
func (l *Ledger) Hash(number string) string {
	if hash, marked := strings.CutPrefix(number, store.Forgotten); marked {
		return hash
	}
	return l.hash(number)
}

// Note writes down in the database that a number is forgotten.
func (l *Ledger) Note(tx *store.Tx, number string, at clock.Wall) error {
	return insertForgetting(tx, Note{Hash: l.hash(number), At: at})
}
