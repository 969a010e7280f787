package guard

import (
	"fmt"
	"strconv"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Sent counts a code or a call, in the transaction that sends it. Of r it needs App,
// To, Region, Channel and Client.
func (g *Guard) Sent(tx *store.Tx, r Request, now clock.Tick) error {
	if r.Channel == Code {
		if err := upsertNumber(tx, r.App, r.To, now); err != nil {
			return err
		}
	}
	return addCounts(tx, r.keys(), now, count{sends: 1})
}

// Answered hears that the code of a verification came back, which was sent so often:
// its wrong codes are forgotten, and none of these sends is unanswered.
func (g *Guard) Answered(tx *store.Tx, s Subject, sends int, now clock.Tick) error {
	if err := deleteFailure(tx, s); err != nil {
		return err
	}
	if err := answerNumber(tx, s.App, s.To, now); err != nil {
		return err
	}
	return addCounts(tx, map[Scope]string{ByPrefix: prefixOf(s.To), ByCountry: s.To.Region()}, now, count{answered: sends})
}

// runReach is how far to both sides of a number its neighbours are looked for.
const runReach = 50

// refuseRun refuses numbers whose neighbours were sent codes in the last day and did
// not answer: people do not come in the order of their numbers.
func (g *Guard) refuseRun(tx *store.Tx, r Request, now clock.Tick) (*fault.Error, error) {
	if g.cfg.Limits.Run < 0 {
		return nil, nil
	}
	n, err := strconv.ParseInt(string(r.To[1:]), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("a number that is not digits: %w", err)
	}
	near, err := countUnanswered(tx, r.App, r.To, n-runReach, n+runReach, now.Add(-day))
	if err != nil || near < g.cfg.Limits.Run {
		return nil, err
	}
	return fault.NewLimited(fault.LimitRun, day, "%d numbers next to this one were asked for today and did not answer", near), nil
}
