package guard

import (
	"fmt"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
)

// While too many codes do not come back, codes to unknown numbers go out one by one: to
// a country one each six minutes, or one each hour once thirty have gone out so in a day
// in vain, which keeps a day below 120; and to one block of numbers, or for one client
// address, one an hour.
const (
	countryPause = 6 * time.Minute
	countryTurns = 30
	blockPause   = time.Hour
)

// slow bounds the codes of an app to unknown numbers where hardly any come back: they go
// on one by one, so that nobody is refused for long because of what others do, and the
// first who answer make room for more. What goes out so is counted apart.
func (g *Guard) slow(f *finding, counts windows, r Request, now clock.Tick) error {
	block := &turn{scope: ByPrefix, key: counts.keys[ByPrefix], every: blockPause, burst: 1}
	country := &turn{scope: ByCountry, key: r.Region, every: countryPause, burst: 1}
	client := &turn{scope: ByClient, key: r.Client, every: blockPause, burst: 1}
	why, text, turns, err := fault.Reason(""), "", []*turn(nil), error(nil)
	var judged window
	switch judged, err = g.pumped(counts, r, country); {
	case err != nil:
		return err
	case country.every > 0:
		why, text, turns = fault.LimitCountry, textCountry, []*turn{country, block}
		if r.Client != "" {
			turns = append(turns, client)
		}
	default:
		if why, text, err = g.crowded(counts, r, now); err != nil || why == "" {
			return err
		}
		turns = []*turn{block}
		judged, err = counts.of(ByPrefix)
	}
	if err != nil {
		return err
	}
	wait, err := readTurns(counts.tx, counts.app, now, turns...)
	if err != nil {
		return err
	}
	if wait > 0 {
		f.Refusal = fault.NewLimited(why, wait, text)
	} else {
		f.Slow = true
		for _, t := range turns {
			*t = t.taken(now)
		}
		f.turns = append(f.turns, turns...)
	}
	if first := turns[0]; first.told == 0 || now.Sub(first.told) >= day {
		first.told = now
		f.Event = g.throttled(r, *first, judged)
		if wait > 0 {
			f.turns = append(f.turns, first)
		}
	}
	return nil
}

// pumped looks whether too many codes of an app to a country do not come back, and sets
// how often one more may go out, 0 for no bound.
func (g *Guard) pumped(counts windows, r Request, country *turn) (w window, err error) {
	limits := g.cfg.Load().Limits
	country.every = 0
	if w, err = counts.of(ByCountry); err != nil {
		return w, err
	}
	over := func(limit int, d time.Duration, of func(count) int) bool { return limit >= 0 && w.sum(d, of) >= limit }
	if over(limits.CountryHour, time.Hour, surplusOf) {
		country.every = countryPause
	}
	if !r.Channel.ofCode() || limits.Unanswered < 0 {
		return w, nil
	}
	if over(limits.Unanswered, time.Hour, strangeSurplusOf) || over(limits.Unanswered, day, strangeSurplusOf) {
		country.every = countryPause
		if over(limits.Unanswered+countryTurns, day, func(c count) int { return c.strange + c.slow - c.answered }) {
			country.every = blockPause
		}
	}
	return w, nil
}

// crowded says that too many codes to the numbers around one do not come back, "" where
// enough do.
func (g *Guard) crowded(counts windows, r Request, now clock.Tick) (fault.Reason, string, error) {
	if limit := g.cfg.Load().Limits.Run; limit >= 0 {
		if n, err := g.neighbours(counts.tx, r, now); err != nil || n >= limit {
			return fault.LimitRun, fmt.Sprintf("%d numbers next to this one were asked for today and did not answer", n), err
		}
	}
	w, err := counts.of(ByPrefix)
	if limit := g.cfg.Load().Limits.PrefixDay; err != nil || limit < 0 || w.sum(day, surplusOf) < limit {
		return "", "", err
	}
	return fault.LimitPrefix, textPrefix, nil
}

// throttled tells the owner what goes on, and what it has cost.
func (g *Guard) throttled(r Request, t turn, w window) *journal.Event {
	lost := w.sum(day, func(c count) int { return c.sends - c.answered })
	where := "numbers that begin with " + t.key
	if t.scope == ByCountry {
		where = "the country " + t.key
	}
	text := fmt.Sprintf("%d codes of the app %s to %s were not answered in a day", lost, r.App, where)
	if cost := g.cfg.Load().Cost(r.To, lost); cost != "" {
		text += ", which cost about " + cost
	}
	return &journal.Event{Kind: journal.GuardThrottled, Text: text +
		": until more are, unknown numbers there get one now and then; see simgate guard why, and protect the form of the app with a captcha"}
}
