package person

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
	"simgate/gateway/text"
)

// Record is a row about a number: what an export shows of it, by name.
type Record map[string]any

// Export returns what the tables hold about a number, by the names of the tables: also by
// its mark, "" for none, where rows were kept that it was in.
func Export(tx *store.Tx, tables []store.Personal, number, mark string) (map[string][]Record, error) {
	all := map[string][]Record{}
	for _, t := range tables {
		by := []string{number}
		if t.Keep != nil && mark != "" {
			by = append(by, mark)
		}
		for _, name := range by {
			args, ok := arguments(t, name)
			if !ok {
				continue
			}
			columns, names := columnsOf(t)
			rows, err := store.All(tx, scanRecord(t, columns, names), asked+`SELECT `+strings.Join(columns, ", ")+` FROM `+t.Table+` WHERE `+t.Which, args...)
			if err != nil {
				return nil, err
			}
			if len(rows) > 0 {
				all[t.Name] = append(all[t.Name], rows...)
			}
		}
	}
	return all, nil
}

// asked stands before statements that may read a whole table: their owner has asked for
// them, and they are rare.
const asked = "-- asked by the owner\n"

// Told returns the ids of the rows of a number of which webhooks are told, by the table.
func Told(tx *store.Tx, tables []store.Personal, number string) (map[string]map[int64]bool, error) {
	told := map[string]map[int64]bool{}
	for _, t := range tables {
		if !t.Told {
			continue
		}
		args, _ := arguments(t, number)
		ids, err := store.All(tx, store.Int, asked+`SELECT id FROM `+t.Table+` WHERE `+t.Which, args...)
		if err != nil {
			return nil, err
		}
		told[t.Table] = map[int64]bool{}
		for _, id := range ids {
			told[t.Table][id] = true
		}
	}
	return told, nil
}

// Delete removes what the tables hold about a number, so that nothing of it stays in the
// file, and returns how many rows that were, by the names of the tables. Rows that are kept
// have a mark in its place then.
func Delete(tx *store.Tx, tables []store.Personal, number, mark string) (map[string]int64, error) {
	gone := map[string]int64{}
	err := tx.Erase(func() error {
		for _, t := range tables {
			args, ok := arguments(t, number)
			if !ok {
				continue
			}
			if t.Keep != nil {
				n, err := t.Keep(tx, number, mark)
				if err != nil {
					return err
				}
				if n > 0 {
					gone[t.Name] += n
				}
				continue
			}
			res, err := tx.Exec(asked+`DELETE FROM `+t.Table+` WHERE `+t.Which, args...)
			if err != nil {
				return err
			}
			if res.RowsAffected > 0 {
				gone[t.Name] += res.RowsAffected
			}
		}
		return nil
	})
	return gone, err
}

// Holds reports whether a table holds a number. The database may be an older one.
func Holds(tx *store.Tx, tables []store.Personal, number string) (bool, error) {
	for _, t := range tables {
		args, ok := arguments(t, number)
		if !ok || t.Numbers == "" {
			continue
		}
		if there, err := tx.HasTable(t.Table); err != nil {
			return false, err
		} else if !there {
			continue
		}
		if there, err := store.Any(tx, asked+`SELECT 1 FROM `+t.Table+` WHERE `+t.Which, args...); err != nil || there {
			return there, err
		}
	}
	return false, nil
}

var inText = regexp.MustCompile(`\+[0-9]{7,15}`)

// numbers returns all numbers of people in the tables.
func numbers(tx *store.Tx, tables []store.Personal) (map[string]bool, error) {
	found := map[string]bool{}
	for _, t := range tables {
		if t.Numbers == "" {
			continue
		}
		values, err := store.All(tx, store.Text, asked+`SELECT DISTINCT `+t.Numbers+` FROM `+t.Table+` WHERE `+t.Numbers+` IS NOT NULL`)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			if t.Text {
				for _, n := range inText.FindAllString(v, -1) {
					found[n] = true
				}
			} else {
				found[v] = true
			}
		}
	}
	return found, nil
}

// arguments returns those of the condition of a table; ok is false where the number cannot
// be told from others in it: a short one in a text.
func arguments(t store.Personal, number string) (args []any, ok bool) {
	return slices.Repeat([]any{number}, strings.Count(t.Which, "?")), !t.Text || strings.HasPrefix(number, "+")
}

func columnsOf(t store.Personal) (columns, names []string) {
	for c := range strings.SplitSeq(t.Columns, ", ") {
		column, name, renamed := strings.Cut(c, " ")
		if !renamed {
			name = strings.TrimSuffix(column, "_at")
		}
		columns, names = append(columns, column), append(names, name)
	}
	return columns, names
}

// scanRecord reads a row. What is empty is left out.
func scanRecord(t store.Personal, columns, names []string) func(store.Scanner) (Record, error) {
	return func(row store.Scanner) (Record, error) {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := row.Scan(into...); err != nil {
			return nil, err
		}
		r := Record{}
		for i, v := range values {
			switch v := v.(type) {
			case nil:
			case int64:
				switch at := slices.Contains(t.Times, columns[i]); {
				case at && v != 0:
					r[names[i]] = clock.Wall(v).Time().UTC().Format(time.RFC3339)
				case !at:
					r[names[i]] = v
				}
			case []byte:
				r[names[i]] = text.Masked(string(v), codeDots)
			case string:
				if v != "" {
					r[names[i]] = text.Masked(v, codeDots)
				}
			default:
				r[names[i]] = v
			}
		}
		return r, nil
	}
}

// codeDots is how long a code is shown, whatever its length.
const codeDots = 6

func insertForgetting(tx *store.Tx, n Note) error {
	_, err := tx.Exec(`INSERT INTO forgotten (hash, at) VALUES (?, ?) ON CONFLICT DO NOTHING`, n.Hash, n.At)
	return err
}

func selectForgettings(tx *store.Tx) ([]Note, error) {
	return store.All(tx, func(row store.Scanner) (n Note, err error) { return n, row.Scan(&n.Hash, &n.At) },
		`SELECT hash, at FROM forgotten ORDER BY at, hash`)
}
