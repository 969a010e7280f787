package store

import (
	"cmp"
	"math"
	"sort"
	"strings"
	"time"

	"simgate/gateway/clock"
)

// Listing asks for rows of a table whose ids grow with a time of day, the newest first.
type Listing struct {
	Columns string // that are read
	Table   string // with a name of one letter or none, such as "message m"
	Joins   string // to other tables, "" none
	ID, At  string // the columns of the id and the time

	By   []Clause // conditions of which one index finds the rows, in the order of their ids
	Most []Clause // conditions that hardly any row fails
	Rest []Clause // all other conditions

	Since, Until clock.Wall // the time is from the one on, and before the other; 0: any
	Before       int64      // only ids below; 0: any
	Limit        int
}

// Mark is where a row about a number stands in a list of rows.
type Mark struct {
	ID     int64
	Number string // "": none
	At     time.Time
}

// ScanMark reads a row of an id, a number and a time.
func ScanMark(row Scanner) (m Mark, err error) {
	var at clock.Wall
	err = row.Scan(&m.ID, &m.Number, &at)
	m.At = at.Time()
	return m, err
}

// maxLooked is how many rows a page looks at.
const maxLooked = 10_000

// Ask adds a condition: indexed, where it is the first and there is an index for it, or
// else plain, which uses none.
func (l *Listing) Ask(indexed, plain string, arg any) {
	if len(l.By) == 0 && indexed != "" {
		l.By = append(l.By, Where(indexed, arg))
		return
	}
	l.Rest = append(l.Rest, Where(plain, arg))
}

// Contains returns the condition that a column holds a text, whatever the case of the
// letters A to Z.
func Contains(column, text string) Clause {
	return Where(column+` LIKE ? ESCAPE '!'`, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text)+"%")
}

// Page returns the first rows that l asks for, and the Before of the next page, 0 where
// there is none. It looks at a bounded number of rows, so that a page takes no time
// whatever is looked for: it may have fewer rows than the limit, even none, though there is
// a next one.
func Page[T any](tx *Tx, l Listing, scan func(Scanner) (T, error), id func(T) int64) (list []T, next int64, err error) {
	from, below := int64(1), cmp.Or(l.Before, math.MaxInt64) // one bound each way: an index takes no more
	if l.Until != 0 {
		l.Rest = append(l.Rest, Where(l.At+" < ?", l.Until))
		end, err := l.firstAt(tx, l.Until.Add(LeastStep))
		if err != nil {
			return nil, 0, err
		}
		below = min(below, end)
	}
	if l.Since != 0 {
		l.Rest = append(l.Rest, Where(l.At+" >= ?", l.Since))
		if from, err = l.firstAt(tx, l.Since.Add(-LeastStep)); err != nil {
			return nil, 0, err
		}
	}
	within := func() (string, []any) {
		return Matching(append(l.By[:len(l.By):len(l.By)], Where(l.ID+" >= ? AND "+l.ID+" < ?", from, below))...)
	}
	if len(l.Rest) > 0 {
		where, args := within()
		last, err := All(tx, Int, `SELECT `+l.ID+` FROM `+l.Table+` WHERE `+where+` ORDER BY `+l.ID+` DESC LIMIT 1 OFFSET ?`, append(args, maxLooked-1)...)
		if err != nil {
			return nil, 0, err
		}
		if len(last) > 0 {
			next, from = last[0], last[0]
		}
	}
	where, args := within()
	if others := append(l.Most[:len(l.Most):len(l.Most)], l.Rest...); len(others) > 0 {
		also, more := Matching(others...)
		where, args = where+" AND "+also, append(args, more...)
	}
	list, err = All(tx, scan, `SELECT `+l.Columns+` FROM `+l.Table+l.Joins+` WHERE `+where+` ORDER BY `+l.ID+` DESC LIMIT ?`, append(args, l.Limit+1)...)
	if len(list) > l.Limit {
		list = list[:l.Limit]
		next = id(list[l.Limit-1])
	}
	return list, next, err
}

// Given returns a condition on a value, and for its zero value one that every row fulfils.
func Given[T comparable](sql string, value T) Clause {
	if value == *new(T) {
		return Clause{}
	}
	return Where(sql, value)
}

// Matching joins conditions, of which a row is to fulfil all.
func Matching(all ...Clause) (sql string, args []any) {
	var parts []string
	for _, c := range all {
		if c.SQL != "" {
			parts, args = append(parts, c.SQL), append(args, c.Args...)
		}
	}
	return cmp.Or(strings.Join(parts, " AND "), "1 = 1"), args
}

// firstAt returns the first id from which on rows are of a time or later. Times of day grow
// with the ids, but for steps of the clock that are too small to be corrected
// ([LeastStep]).
func (l Listing) firstAt(tx *Tx, at clock.Wall) (int64, error) {
	last, err := Get(tx, Int, `SELECT COALESCE(MAX(`+l.ID+`), 0) FROM `+l.Table)
	if err != nil {
		return 0, err
	}
	type row struct {
		id int64
		at clock.Wall
	}
	n := sort.Search(int(last)+1, func(i int) bool {
		if err != nil {
			return true
		}
		var next []row
		next, err = All(tx, func(s Scanner) (r row, err error) { return r, s.Scan(&r.id, &r.at) },
			`SELECT `+l.ID+`, `+l.At+` FROM `+l.Table+` WHERE `+l.ID+` >= ? ORDER BY `+l.ID+` LIMIT 1`, i)
		return len(next) == 0 || next[0].at >= at
	})
	return int64(n), err
}
