package optout

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Listed is what a list outside of the database says of a number.
type Listed struct {
	Number string // as far as it is known
	Mark   string // that stands in its place where it was forgotten
	At     clock.Wall
	What   string // has come of it, on one line
}

// Standing returns what there is to be said of all numbers, which have either Number or Mark.
func Standing(tx *store.Tx) (all []Listed, err error) {
	rows, err := selectStored(tx)
	for _, r := range rows {
		l := Listed{Number: r.number, At: clock.WallOf(r.Made), What: strings.TrimSpace(Added + " " + string(r.Origin) + " " + r.App)}
		if strings.HasPrefix(r.number, store.Forgotten) {
			l.Number, l.Mark = "", r.number
		}
		all = append(all, l)
		if !r.Undone.IsZero() {
			l.At, l.What = clock.WallOf(r.Undone), strings.TrimSpace(Removed+" "+r.App)
			all = append(all, l)
		}
	}
	return all, err
}

// entry returns what a list says of an app: that a number has opted out, or that it has not.
func (l Listed) entry() (e Entry, err error) {
	what, rest, _ := strings.Cut(l.What, " ")
	e = Entry{Number: msisdn.Number(cmp.Or(l.Number, l.Mark)), App: rest}
	switch what {
	case Added:
		origin, app, _ := strings.Cut(rest, " ")
		e.Origin, e.App, e.Made = Origin(origin), app, l.At.Time()
		if slices.Contains([]Origin{ByMessage, ByOwner, ByApp}, e.Origin) {
			return e, nil
		}
	case Removed:
		e.Undone = l.At.Time()
		return e, nil
	}
	return e, fmt.Errorf("the list of who wants no messages is damaged: remove the lines with %q", l.What)
}

// PutBack changes entries as a list says that is newer than the database, and returns them.
func PutBack(tx *store.Tx, list []Listed) (changed []Entry, err error) {
	type subject struct{ mark, app string }
	last := map[subject]Listed{}
	for _, l := range list {
		e, err := l.entry()
		if err != nil {
			return nil, err
		}
		if s := (subject{l.Mark, e.App}); l.At >= last[s].At {
			last[s] = l
		}
	}
	for _, l := range slices.SortedFunc(maps.Values(last), func(a, b Listed) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Mark, b.Mark), cmp.Compare(a.What, b.What))
	}) {
		e, err := l.entry()
		if err != nil {
			return nil, err
		}
		before, known, err := selectFor(tx, [2]string{l.Number, l.Mark}, e.App)
		if err != nil {
			return nil, err
		}
		holds := known && before.Undone.IsZero()
		if e.Undone.IsZero() == holds || l.At <= max(clock.WallOf(before.Made), clock.WallOf(before.Undone)) {
			continue // it is so already, or has changed since
		}
		if holds {
			e.ID, err = before.ID, updateUndone(tx, before.ID, l.At)
		} else if e.Undone.IsZero() {
			e.ID, err = upsert(tx, e, before.ID)
		}
		if err != nil {
			return nil, err
		}
		changed = append(changed, e)
	}
	return changed, nil
}
