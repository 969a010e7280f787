package guard

import (
	"context"
	"slices"
	"sync"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Refusal is a code that was refused, or that would have been.
type Refusal struct {
	App    string
	To     msisdn.Number
	Reason fault.Reason
	Text   string
	Shadow bool // it was let through: the rule only logs
	At     time.Time

	region string // country of To
	placed bool   // it is known: of those that come from the disk nobody has asked yet
}

const (
	keepRefusals  = 500
	showRefusals  = 20          // of one number
	refusalGrain  = time.Minute // what is refused again within it is the same refusal
	flushRefusals = time.Minute
)

// note counts a refusal, and keeps it as an example.
func (g *Guard) note(r Request, why fault.Reason, text string, shadow bool, now clock.Moment) {
	g.metrics.refused.WithLabelValues(string(why)).Inc()
	g.refusals.note(Refusal{App: r.App, To: r.To, Reason: why, Text: text, Shadow: shadow, At: now.Wall.Time(), region: r.Region, placed: true})
}

// refusals are the last refused codes, as examples for the owner who asks why.
// They are kept in memory and written once a minute, at most keepRefusals rows:
// whoever sends codes that are refused must not wear out the disk. A crash loses
// those of the last minute. It is safe for concurrent use.
type refusals struct {
	mu      sync.Mutex
	last    []Refusal // oldest first, at most keepRefusals
	next    int64     // number of the next one; numbers grow, and are not used again
	written int64     // number of the first that is not on the disk
}

// note adds a refusal, unless the same one has just been noted.
func (r *refusals) note(n Refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range slices.Backward(r.last) {
		if age := n.At.Sub(o.At); age >= refusalGrain {
			break
		} else if age >= 0 && o.App == n.App && o.To == n.To && o.Reason == n.Reason {
			return
		}
	}
	if len(r.last) == keepRefusals {
		r.last = append(r.last[:0], r.last[1:]...)
	}
	r.last = append(r.last, n)
	r.next++
}

// of returns the last refusals of a number, newest first.
func (r *refusals) of(to msisdn.Number) (list []Refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range slices.Backward(r.last) {
		if n.To == to && len(list) < showRefusals {
			list = append(list, n)
		}
	}
	return list
}

// newest returns the last refusals, newest first and at most limit.
func (r *refusals) newest(limit int) (list []Refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range slices.Backward(r.last) {
		if n.To != "" && len(list) < limit { // else it was forgotten
			list = append(list, n)
		}
	}
	return list
}

// countries counts by country what was refused since a time, and not let through.
func (r *refusals) countries(since time.Time) map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := map[string]int{}
	for i := range r.last {
		n := &r.last[i]
		if n.Shadow || n.To == "" || n.At.Before(since) {
			continue
		}
		if !n.placed {
			n.region, n.placed = n.To.Region(), true
		}
		if n.region != "" {
			counts[n.region]++
		}
	}
	return counts
}

// Refusals returns what was refused last, or would have been, newest first and at most
// limit; 500 are kept.
func (g *Guard) Refusals(limit int) []Refusal { return g.refusals.newest(limit) }

// RefusalsOf returns what was refused last to a number, or would have been, newest first.
func (g *Guard) RefusalsOf(to msisdn.Number) []Refusal { return g.refusals.of(to) }

// forget forgets the refusals of a number, and keeps the places of all others.
func (r *refusals) forget(to msisdn.Number) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, n := range r.last {
		if n.To == to {
			r.last[i] = Refusal{At: n.At}
		}
	}
}

// Forget forgets what is in memory of a number. What is stored of it has been deleted.
func (g *Guard) Forget(to msisdn.Number) { g.refusals.forget(to) }

// unwritten returns the refusals that are not on the disk, and the number of the
// first of them.
func (r *refusals) unwritten() (list []Refusal, first int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first = max(r.written, r.next-int64(len(r.last)))
	return slices.Clone(r.last[len(r.last)-int(r.next-first):]), first
}

// load reads the refusals that are on the disk.
func (r *refusals) load(tx *store.Tx) error {
	list, last, err := selectRefusals(tx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last, r.next = list, last+1
	r.written = r.next
	return err
}

// flush writes the refusals that are not on the disk.
func (r *refusals) flush(ctx context.Context, db *store.DB) error {
	list, first := r.unwritten()
	if len(list) == 0 {
		return nil
	}
	err := db.Commit(ctx, func(tx *store.Tx) error { return upsertRefusals(tx, list, first) })
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.written = first + int64(len(list))
	}
	return err
}

// run flushes once a minute until ctx ends, and then once more.
func (r *refusals) run(ctx context.Context, db *store.DB, report func(error)) {
	ticker := time.NewTicker(flushRefusals)
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
		if err := r.flush(context.WithoutCancel(ctx), db); err != nil {
			report(err)
		}
	}
}
