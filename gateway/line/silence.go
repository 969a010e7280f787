package line

import (
	"fmt"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// route is the beginning of a number, by which country and operator are told.
func (p sentPart) route() string { return string(p.to[:max(0, len(p.to)-7)]) }

// silentRecipients is the least number of different recipients whose reports
// are missing: one who has switched his phone off proves nothing.
const silentRecipients = 3

// silentLines returns the lines whose messages probably arrive nowhere: the last
// n parts, all older than the window, have no report, though reports normally
// come: on the same line before, or on the same route (the beginning of the
// number) by other lines. Parts come newest first.
func silentLines(parts []sentPart, n int, before clock.Tick) map[int64]string {
	type place struct {
		line  int64
		route string
	}
	type tally struct {
		run, total, reported int
		ended                bool // the run
		to                   map[msisdn.Number]bool
	}
	tallies := map[place]*tally{}
	routes := map[string]*tally{} // of all lines
	at := func(k place) *tally {
		if tallies[k] == nil {
			tallies[k] = &tally{to: map[msisdn.Number]bool{}}
		}
		return tallies[k]
	}
	for _, p := range parts {
		r := routes[p.route()]
		if r == nil {
			r = &tally{}
			routes[p.route()] = r
		}
		for _, t := range []*tally{at(place{p.line, ""}), at(place{p.line, p.route()})} {
			switch {
			case p.reported, p.forgiven:
				t.ended = true
			case p.at > before:
				continue // a report may come yet
			case !t.ended:
				t.run++
				t.to[p.to] = true
				continue
			}
			t.total++
			if p.reported {
				t.reported++
			}
		}
		if p.reported || p.at <= before {
			r.total++
			if p.reported {
				r.reported++
			}
		}
	}
	found := map[int64]string{}
	for k, t := range tallies {
		if t.run < n || len(t.to) < silentRecipients {
			continue
		}
		total, reported, where := t.total, t.reported, ""
		if k.route != "" {
			total, reported = routes[k.route].total-t.run, routes[k.route].reported
			where = " to numbers that begin with " + k.route
		}
		if total >= n && 2*reported >= total {
			found[k.line] = fmt.Sprintf("none of its last %d messages%s was reported as delivered, where reports normally come: "+
				"the operator probably drops them; send one to your own phone, and ask the operator", t.run, where)
		}
	}
	return found
}

// silence remembers when missing reports were last looked for.
type silence struct {
	started clock.Uptime // of the first look
	checked clock.Uptime
}

// silenceEvery is how often missing reports are looked for.
const silenceEvery = 5 * time.Minute

// due reports whether it is time to look. After a start a window passes first: the
// reports of the parts before it may still come.
func (s *silence) due(now clock.Uptime, window time.Duration) bool {
	if s.checked == 0 {
		s.started = now
	} else if now.Sub(s.checked) < silenceEvery {
		return false
	}
	s.checked = now
	return now.Sub(s.started) >= window
}

// checkSilence quarantines lines whose messages are not delivered.
func (p *Pool) checkSilence(tx *store.Tx, now clock.Tick) error {
	parts, err := recentParts(tx)
	if err != nil {
		return err
	}
	for id, text := range silentLines(parts, p.cfg.Load().BlockSilent, now.Add(-p.cfg.Load().BlockWindow)) {
		if err := p.quarantine(tx, id, forSilence, text); err != nil {
			return err
		}
	}
	return nil
}
