package guard

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Subject is who an app has to do with.
type Subject struct {
	App     string
	To      msisdn.Number
	Purpose string
	Region  string // country of To; needed by [Guard.Answered] alone
}

// Sent counts a code or a call, in the transaction that sends it. Of r it needs App,
// To, Region, Channel, Checked, Client, Again and Slow.
func (g *Guard) Sent(tx *store.Tx, r Request, now clock.Tick) error {
	c := count{slot: slotOf(now), sends: 1}
	if r.Checked.apart() {
		return addCounts(tx, r.App, r.apartKeys(), c)
	}
	if r.Channel.ofCode() {
		p, err := personOf(tx, r, now)
		if err != nil {
			return err
		}
		switch {
		case r.Slow:
			c.slow = 1
		case !p.known:
			c.strange = 1
		}
		if err := upsertNumber(tx, r.App, r.To, !r.Again, p.open.with(c), now); err != nil {
			return err
		}
	}
	return addCounts(tx, r.App, r.keys(), c)
}

// Answered hears that a code came back, from a client address if that is known: none of
// the codes that were sent to the number is unanswered. Each is credited to the slot in
// which it was sent.
func (g *Guard) Answered(tx *store.Tx, s Subject, client string, now clock.Tick) error {
	n, err := selectNumber(tx, s.App, s.To)
	if err != nil {
		return err
	}
	if err := answerNumber(tx, s.App, s.To, now); err != nil {
		return err
	}
	if client != "" {
		if err := upsertClient(tx, s, client, now); err != nil {
			return err
		}
	}
	for _, c := range n.open {
		if err := creditCount(tx, s.App, ByPrefix, prefixOf(s.To), c); err != nil {
			return err
		}
		if err := creditCount(tx, s.App, ByCountry, s.Region, c); err != nil {
			return err
		}
	}
	return nil
}

// NeverSent takes back that a code is unanswered: it was counted by [Guard.Sent], and its
// time ran out before it could leave. Of s it needs App and To.
func (g *Guard) NeverSent(tx *store.Tx, s Subject) error { return forgiveNumber(tx, s.App, s.To) }

// numberRow is what is stored of a number.
type numberRow struct {
	answered   clock.Tick // last, 0 never
	unanswered int        // codes since
	open       openSends
}

// openSends are the codes to a number that have not come back, by slots. They are stored
// with the number, in one row that is read and written as a whole.
type openSends []count

// with returns the codes and one more; those that no limit looks at any more are left out.
func (o openSends) with(c count) openSends {
	oldest := c.slot - int64(keepCounters/slot)
	all := slices.DeleteFunc(slices.Clone(o), func(old count) bool { return old.slot < oldest })
	i := slices.IndexFunc(all, func(old count) bool { return old.slot == c.slot })
	if i < 0 {
		return append(all, c)
	}
	all[i].sends, all[i].strange, all[i].slow = all[i].sends+c.sends, all[i].strange+c.strange, all[i].slow+c.slow
	return all
}

// column returns the codes as they are stored: a JSON array with slot, sends, strange and
// slow for each slot.
func (o openSends) column() string {
	rows := make([][4]int64, len(o))
	for i, c := range o {
		rows[i] = [...]int64{c.slot, int64(c.sends), int64(c.strange), int64(c.slow)}
	}
	text, _ := json.Marshal(rows) // never fails for numbers
	return string(text)
}

func openSendsOf(column string) (o openSends, err error) {
	var rows [][4]int64
	err = json.Unmarshal([]byte(column), &rows)
	for _, r := range rows {
		o = append(o, count{slot: r[0], sends: int(r[1]), strange: int(r[2]), slow: int(r[3])})
	}
	return o, err
}

// Somebody is known who has answered a code of this app in the last half year, and not
// left so many in a row unanswered since.
const (
	keepKnown     = 180 * day
	maxUnanswered = 3
)

// person is what is known of a number, or of who asks for it.
type person struct {
	once    bool // it has answered a code of this app in the last half year
	known   bool // and is held to nothing that others have used up
	trusted bool // who asks does so from where a code to this number came back before
	open    openSends
}

func personOf(tx *store.Tx, r Request, now clock.Tick) (p person, err error) {
	n, err := selectNumber(tx, r.App, r.To)
	p.open = n.open
	if err != nil || n.answered == 0 || n.answered < now.Add(-keepKnown) {
		return p, err
	}
	p.once, p.known = true, n.unanswered < maxUnanswered
	if r.Client != "" {
		p.trusted, err = hasClient(tx, r, now.Add(-keepKnown))
		p.known = p.known || p.trusted
	}
	return p, err
}

// Known reports whether a number is known to the app. It is asked about a code that has
// been counted by [Guard.Sent], which therefore is not among those that are not answered.
func (g *Guard) Known(tx *store.Tx, s Subject, now clock.Tick) (bool, error) {
	n, err := selectNumber(tx, s.App, s.To)
	return n.answered > 0 && n.answered >= now.Add(-keepKnown) && n.unanswered <= maxUnanswered, err
}

// runReach is how far to both sides of a number its neighbours are looked for.
const runReach = 50

// neighbours counts the numbers next to that of a request that were sent codes in the
// last day and did not answer: people do not come in the order of their numbers.
func (g *Guard) neighbours(tx *store.Tx, r Request, now clock.Tick) (int, error) {
	n, err := strconv.ParseInt(string(r.To[1:]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("a number that is not digits: %w", err)
	}
	return countUnanswered(tx, r.App, r.To, n-runReach, n+runReach, now.Add(-day))
}

const day = 24 * time.Hour

// Standing is what the guard knows of a number.
type Standing struct {
	Rules    []Rule    // that match it
	Locks    []Lock    // after too many wrong codes
	Refusals []Refusal // of the number, newest first
}

// Standing returns what the guard knows of the number of a request.
func (g *Guard) Standing(ctx context.Context, r Request) (Standing, error) {
	return store.Read(ctx, g.db, func(tx *store.Tx) (s Standing, err error) {
		now := g.clock.Now()
		s.Refusals = g.refusals.of(r.To)
		if s.Rules, err = g.rulesFor(tx, r.App, r.keys(), now); err != nil {
			return s, err
		}
		s.Locks, err = selectLocks(tx, r.To, g.wrongLimit(), now)
		return s, err
	})
}
