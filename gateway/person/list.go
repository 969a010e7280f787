package person

import (
	"bufio"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"simgate/gateway/clock"
	"simgate/gateway/store"
	"simgate/gateway/store/durable"
)

const (
	keyLength = 32
	// ListName is the file of the hashes in a folder of backups.
	ListName = "forgotten.list"
	// KeyName is the file of their key, beside the database.
	KeyName = "forgotten.key"
)

// Ledger hashes numbers that are forgotten, and writes the hashes down.
type Ledger struct {
	key []byte
}

// OpenLedger reads the key in a folder, or makes one where there is none.
func OpenLedger(folder string) (*Ledger, error) {
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

// Note writes down in the database that a number is forgotten.
func (l *Ledger) Note(tx *store.Tx, number string, at clock.Wall) error {
	return insertForgetting(tx, Forgetting{l.hash(number), at})
}

// WriteList writes all that the database knows into the list in a folder, with what is in
// that already.
func WriteList(tx *store.Tx, folder string) error {
	known, err := selectForgettings(tx)
	if err != nil {
		return err
	}
	listed, err := readList(folder)
	if err != nil {
		return err
	}
	all := slices.Clone(listed)
	for _, f := range known {
		if !slices.Contains(listed, f) {
			all = append(all, f)
		}
	}
	if len(all) == len(listed) {
		return nil
	}
	var out strings.Builder
	for _, f := range all {
		fmt.Fprintln(&out, f.Hash, int64(f.At))
	}
	return durable.WriteFile(filepath.Join(folder, ListName), []byte(out.String()))
}

// readList reads the list in a folder; there need not be one.
func readList(folder string) (all []Forgetting, err error) {
	file, err := os.Open(filepath.Join(folder, ListName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		hash, at, _ := strings.Cut(lines.Text(), " ")
		ms, err := strconv.ParseInt(at, 10, 64)
		if err != nil || len(hash) != 2*sha256.Size {
			return nil, fmt.Errorf("%s is damaged: remove the line %q", file.Name(), lines.Text())
		}
		all = append(all, Forgetting{hash, clock.Wall(ms)})
	}
	return all, lines.Err()
}

// NoKeyError says that there is a list of numbers that were forgotten, and no key to it.
type NoKeyError struct{ List, Key string }

func (e *NoKeyError) Error() string {
	return fmt.Sprintf("%s lists numbers that were forgotten and must not come back, but its key %s is missing: copy the key there from the old disk, or restore with --keep-forgotten", e.List, e.Key)
}

// Again are the numbers that a restore removes again: those of the lists in folders that
// the backup does not know of. The zero value removes none.
type Again struct {
	ledger *Ledger
	listed []Forgetting
}

// ReadLists reads the lists in folders, with the key in state. Its error is a *[NoKeyError]
// where that is missing.
func ReadLists(state string, folders ...string) (a Again, err error) {
	for _, folder := range folders {
		list, err := readList(folder)
		if err != nil {
			return a, err
		}
		if len(list) == 0 {
			continue
		}
		a.listed = append(a.listed, list...)
		path := filepath.Join(state, KeyName)
		if key, err := os.ReadFile(path); err != nil || len(key) != keyLength {
			return a, &NoKeyError{filepath.Join(folder, ListName), path}
		}
	}
	if len(a.listed) > 0 {
		a.ledger, err = OpenLedger(state)
	}
	return a, err
}

// Remove removes these numbers from a database, and returns how many there were.
func (a Again) Remove(tx *store.Tx, tables []store.Personal) (removed int, err error) {
	known, err := selectForgettings(tx)
	if err != nil || a.ledger == nil {
		return 0, err
	}
	again := map[string]bool{}
	for _, f := range a.listed {
		if !slices.Contains(known, f) {
			again[f.Hash] = true
			if err := insertForgetting(tx, f); err != nil {
				return 0, err
			}
		}
	}
	if len(again) == 0 {
		return 0, nil
	}
	found, err := numbers(tx, tables)
	if err != nil {
		return 0, err
	}
	for n := range found {
		if !again[a.ledger.hash(n)] {
			continue
		}
		if _, err := Delete(tx, tables, n, a.ledger.Mark(n)); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
