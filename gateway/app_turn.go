package gateway

import (
	"cmp"
	"slices"
)

// appTurn says for each app when it was given its last turn to send a code, counted in
// turns: whoever has many codes waiting does not keep those of others waiting.
type appTurn map[string]int64

// took notes that an app was given a turn.
func (t appTurn) took(app string) {
	last := int64(0)
	for _, n := range t {
		last = max(last, n)
	}
	t[app] = last + 1
}

// order sorts messages, which are sorted by due and id for each app, into turns: first the
// first of each app, of these that of the app which has waited longest.
func (t appTurn) order(due []dueMessage) {
	byTime := func(a, b dueMessage) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.id, b.id)) }
	slices.SortFunc(due, byTime)
	rank, seen := map[int64]int{}, map[string]int{}
	for _, m := range due {
		rank[m.id] = seen[m.app]
		seen[m.app]++
	}
	slices.SortFunc(due, func(a, b dueMessage) int {
		return cmp.Or(cmp.Compare(rank[a.id], rank[b.id]), cmp.Compare(t[a.app], t[b.app]), byTime(a, b))
	})
}
