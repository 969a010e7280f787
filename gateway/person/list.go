package person

import (
	"bufio"
	"crypto/sha256"
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

// List is the name of a file in a folder of backups, which says what has come of numbers
// since: each as its hash, in the order in which it became known.
type List string

// The lists.
const (
	ForgottenList List = "forgotten.list" // numbers that were forgotten
	OptOutList    List = "optouts.list"   // numbers that want no messages, or want them again
)

// lists are all of them.
var lists = []List{ForgottenList, OptOutList}

// of says what numbers a list holds.
func (l List) of() string {
	if l == OptOutList {
		return "numbers that want no messages"
	}
	return "numbers that were forgotten and must not come back"
}

// Note is a line of a list.
type Note struct {
	Hash string // of the number, in hexadecimal
	At   clock.Wall
	What string // of the room whose list it is: one line, or nothing
}

// Add writes the notes into the list in a folder that are not in it already.
func (l List) Add(folder string, notes []Note) error {
	listed, err := l.read(folder)
	if err != nil {
		return err
	}
	known := map[Note]bool{}
	for _, n := range listed {
		known[n] = true
	}
	all := listed
	for _, n := range notes {
		if !known[n] {
			all = append(all, n)
		}
	}
	if len(all) == len(listed) {
		return nil
	}
	var out strings.Builder
	for _, n := range all {
		fmt.Fprintln(&out, strings.TrimSpace(fmt.Sprintf("%s %d %s", n.Hash, n.At, n.What)))
	}
	return durable.WriteFile(filepath.Join(folder, string(l)), []byte(out.String()))
}

// read reads the list in a folder; there need not be one.
func (l List) read(folder string) (all []Note, err error) {
	file, err := os.Open(filepath.Join(folder, string(l)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		hash, rest, _ := strings.Cut(lines.Text(), " ")
		at, what, _ := strings.Cut(rest, " ")
		ms, err := strconv.ParseInt(at, 10, 64)
		if err != nil || len(hash) != 2*sha256.Size {
			return nil, fmt.Errorf("%s is damaged: remove the line %q", file.Name(), lines.Text())
		}
		all = append(all, Note{hash, clock.Wall(ms), what})
	}
	return all, lines.Err()
}

// WriteForgotten writes all numbers into the list in a folder that the database knows to be
// forgotten.
func WriteForgotten(tx *store.Tx, folder string) error {
	known, err := selectForgettings(tx)
	if err != nil {
		return err
	}
	return ForgottenList.Add(folder, known)
}

// NoKeyError says that there is a list of numbers, and no key to it.
type NoKeyError struct{ List, Key, Of string }

func (e *NoKeyError) Error() string {
	return fmt.Sprintf("%s lists %s, but its key %s is missing: copy the key there from the old disk, or restore with --keep-forgotten", e.List, e.Of, e.Key)
}

// Again is what a restore does again: what the lists in folders say, and the backup does
// not know of. The zero value does nothing.
type Again struct {
	ledger *Ledger
	listed map[List][]Note
}

// ReadLists reads the lists in folders, with the key in state. Its error is a *[NoKeyError]
// where that is missing.
func ReadLists(state string, folders ...string) (a Again, err error) {
	a.listed = map[List][]Note{}
	for _, folder := range folders {
		for _, l := range lists {
			notes, err := l.read(folder)
			if err != nil {
				return a, err
			}
			if len(notes) == 0 {
				continue
			}
			a.listed[l] = append(a.listed[l], notes...)
			path := filepath.Join(state, KeyName)
			if key, err := os.ReadFile(path); err != nil || len(key) != keyLength {
				return a, &NoKeyError{filepath.Join(folder, string(l)), path, l.of()}
			}
		}
	}
	if len(a.listed) > 0 {
		a.ledger, err = OpenLedger(state)
	}
	return a, err
}

// Remove removes the numbers that were forgotten from a database, and returns how many there
// were.
func (a Again) Remove(tx *store.Tx, tables []store.Personal) (removed int, err error) {
	known, err := selectForgettings(tx)
	if err != nil || len(a.listed[ForgottenList]) == 0 {
		return 0, err
	}
	again := map[string]bool{}
	for _, n := range a.listed[ForgottenList] {
		if !slices.Contains(known, n) {
			again[n.Hash] = true
			if err := insertForgetting(tx, n); err != nil {
				return 0, err
			}
		}
	}
	if len(again) == 0 {
		return 0, nil
	}
	found, err := a.named(tx, tables)
	if err != nil {
		return 0, err
	}
	for hash := range again {
		n, there := found[hash]
		if !there {
			continue
		}
		if _, err := Delete(tx, tables, n, a.ledger.Mark(n)); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// Named is a note, and how its number is found.
type Named struct {
	Note
	Number string // "" where nothing in the database has it
	Mark   string
}

// OptOuts returns what the list of those says who want no messages.
func (a Again) OptOuts(tx *store.Tx, tables []store.Personal) (all []Named, err error) {
	if len(a.listed[OptOutList]) == 0 {
		return nil, nil
	}
	found, err := a.named(tx, tables)
	for _, n := range a.listed[OptOutList] {
		all = append(all, Named{n, found[n.Hash], store.Forgotten + n.Hash})
	}
	return all, err
}

// named returns the numbers in a database by their hashes.
func (a Again) named(tx *store.Tx, tables []store.Personal) (map[string]string, error) {
	found, err := numbers(tx, tables)
	by := make(map[string]string, len(found))
	for n := range found {
		by[a.ledger.hash(n)] = n
	}
	return by, err
}
