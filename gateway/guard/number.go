package guard

import (
	"fmt"
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
		if err := upsertNumber(tx, r.App, r.To, !r.Again, now); err != nil {
			return err
		}
		if err := upsertSend(tx, r, c); err != nil {
			return err
		}
	}
	return addCounts(tx, r.App, r.keys(), c)
}

// Answered hears that a code came back, from a client address if that is known: none of
// the codes that were sent to the number is unanswered. Each is credited to the slot in
// which it was sent.
func (g *Guard) Answered(tx *store.Tx, s Subject, client string, now clock.Tick) error {
	if err := answerNumber(tx, s.App, s.To, now); err != nil {
		return err
	}
	if client != "" {
		if err := upsertClient(tx, s, client, now); err != nil {
			return err
		}
	}
	sends, err := takeSends(tx, s)
	for _, c := range sends {
		if err != nil {
			break
		}
		err = addCounts(tx, s.App, map[Scope]string{ByPrefix: prefixOf(s.To), ByCountry: s.To.Region()},
			count{slot: c.slot, answered: c.sends, strange: -c.strange, slow: -c.slow})
	}
	return err
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
}

func personOf(tx *store.Tx, r Request, now clock.Tick) (p person, err error) {
	answered, unanswered, err := selectNumber(tx, r.App, r.To)
	if err != nil || answered == 0 || answered < now.Add(-keepKnown) {
		return p, err
	}
	p.once, p.known = true, unanswered < maxUnanswered
	if r.Client != "" {
		p.trusted, err = hasClient(tx, r, now.Add(-keepKnown))
		p.known = p.known || p.trusted
	}
	return p, err
}

// Known reports whether a number is known to the app. It is asked about a code that has
// been counted by [Guard.Sent], which therefore is not among those that are not answered.
func (g *Guard) Known(tx *store.Tx, s Subject, now clock.Tick) (bool, error) {
	answered, unanswered, err := selectNumber(tx, s.App, s.To)
	return answered > 0 && answered >= now.Add(-keepKnown) && unanswered <= maxUnanswered, err
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
