package line

import (
	"slices"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/store"
)

// Candidate is a line at one moment, as far as it matters whether it takes a message
// or a call.
type Candidate struct {
	Line     *Line
	Name     string
	ID       int64 // 0: no SIM known yet
	State    State
	Busy     bool // a part is under way
	Unknowns int  // outcomes in a row that stayed unknown
	LastUsed clock.Uptime
	Hold     Hold // it sends nothing before this ends

	own      Hold // of the driver alone, whatever SIM is in it
	probing  bool // it is in quarantine, and may be tried with one message
	noCredit bool // as far as its operator has said
	budgets  []budget
	credit   credit
	settings *Settings
}

// Free reports whether a line could take a part now, if its budgets allow it.
func (c Candidate) Free() bool {
	return c.ID != 0 && c.State == Ready && !c.Busy && c.Hold.Until == 0
}

// Takes reports whether the budgets of a line allow anything of a lane.
func (c Candidate) Takes(lane Lane) bool {
	for _, b := range c.budgets {
		if !b.open(lane) {
			return false
		}
	}
	return true
}

// inService reports whether a line sends, if it is not resting for a moment.
func (c Candidate) inService() bool {
	return c.ID != 0 && c.State == Ready && (c.Hold.Until == 0 || c.Hold.Brief)
}

// refuses returns why a line does not take a message now though it is free: its
// budgets. A message that has been counted in them goes to its end.
func (c Candidate) refuses(n Need) (h Hold) {
	if n.Charged != 0 && n.Charged == c.ID {
		return Hold{}
	}
	for _, b := range c.budgets {
		h = later(h, b.refuses(n, c.ID))
	}
	return later(h, c.credit.refuses(n, c.ID))
}

// why says why a line sends nothing, or no messages; zero where it does.
func (c Candidate) why() cause.Cause {
	if c.Hold.Until != 0 && !c.Hold.Brief {
		return c.Hold.Cause
	}
	for _, lane := range []Lane{Codes, Normal} {
		if !c.Takes(lane) {
			return c.refuses(Need{Lane: lane, Known: true, Parts: 1}).Cause
		}
	}
	return cause.Cause{}
}

// Begin notes that a line is given a part. It is the dispatcher's.
func (p *Pool) Begin(l *Line) { l.busy, l.lastUsed = true, p.clock.Uptime() }

// End notes that the part of a line has ended like this, once that is on the disk. It
// is the dispatcher's.
func (p *Pool) End(l *Line, id int64, err error) {
	l.busy = false
	now := p.clock.Uptime()
	l.rests = now.Add(p.settingsOf(id).Pace.Pause)
	l.breaker.note(ClassOf(err), now)
	p.metrics.parts.WithLabelValues(l.Name(), outcomeLabel(err)).Inc()
}

// Busy reports whether a line has been given a part that has not ended. It is the
// dispatcher's.
func (l *Line) Busy() bool { return l.busy }

// Candidates returns the lines without what the database says of them. Those of ended
// count as free. It is the dispatcher's.
func (p *Pool) Candidates(ended ...*Line) []Candidate {
	now := p.clock.Uptime()
	all := make([]Candidate, len(p.lines))
	for i, l := range p.lines {
		id := l.ID()
		own := later(restingUntil(id, l.rests, now), l.breaker.hold(l.Name(), p.clock, now))
		all[i] = Candidate{Line: l, Name: l.Name(), ID: id, State: l.State(), Busy: l.busy && !slices.Contains(ended, l),
			Unknowns: l.breaker.unknowns, LastUsed: l.lastUsed, Hold: own, own: own}
	}
	return all
}

// AnyFree reports whether any line could take a part, as far as is known without the
// database. It is the dispatcher's.
func (p *Pool) AnyFree() bool {
	all, now := p.Candidates(), p.clock.Uptime()
	for i, l := range p.lines {
		if l.held.Until > now {
			all[i].Hold = later(all[i].Hold, l.held)
		}
	}
	return slices.ContainsFunc(all, Candidate.Free)
}

// Prepare completes candidates with what the database says of them. It writes down
// which days and months are being counted, and quarantines lines whose messages are
// not delivered. It reports whether a line may take now what it could not in the last
// round. It is the dispatcher's.
func (p *Pool) Prepare(tx *store.Tx, all []Candidate, now clock.Moment) (opened bool, err error) {
	if p.cfg.Load().BlockSilent > 0 && p.silence.due(now.Up, p.cfg.Load().BlockWindow) {
		if err := p.checkSilence(tx, now.Tick); err != nil {
			return false, err
		}
	}
	if opened, err = p.complete(tx, all, now, true); err != nil {
		return false, err
	}
	if p.counts() {
		if err := p.senders.save(tx, now.Tick); err != nil {
			return false, err
		}
	}
	for _, c := range all {
		opened = opened || c.inService() && !p.serving[c.ID]
	}
	if p.suspected = p.suspicion.Load(); p.suspected {
		p.suspected, err = suspected(tx)
	}
	return opened, err
}

// Committed keeps what a round that is on the disk found. It is the dispatcher's.
func (p *Pool) Committed(all []Candidate) {
	clear(p.serving)
	for i, c := range all {
		p.lines[i].held = c.Hold
		if c.inService() {
			p.serving[c.ID] = true
		}
	}
	p.seen.Store(&all)
	p.suspicion.Store(p.suspected)
	p.senders.committed(p.clock.Tick())
}

// Look returns the lines as the next round would find them, but for which of them are
// busy.
func (p *Pool) Look(tx *store.Tx) ([]Candidate, error) {
	now := p.clock.Now()
	all := make([]Candidate, len(p.lines))
	for i, l := range p.lines {
		all[i] = Candidate{Line: l, Name: l.Name(), ID: l.ID(), State: l.State()}
		if seen := p.seen.Load(); seen != nil && (*seen)[i].own.Until > now.Up {
			all[i].Hold = (*seen)[i].own
		}
	}
	_, err := p.complete(tx, all, now, false)
	return all, err
}

// longestWait is returned by [UntilOpen] where nothing is to be waited for.
const longestWait = time.Hour

// UntilOpen returns how long it takes until the first line can take something that it
// cannot now, at most an hour.
func UntilOpen(all []Candidate, now clock.Uptime) time.Duration {
	wait := longestWait
	note := func(until clock.Uptime) {
		if until > now {
			wait = min(wait, until.Sub(now))
		}
	}
	for _, c := range all {
		if c.ID == 0 || c.State != Ready || c.Busy {
			continue
		}
		note(c.Hold.Until)
		for _, b := range c.budgets {
			if !b.open(Normal) || !b.open(Codes) {
				note(b.until)
			}
		}
	}
	return wait
}

// complete fills in why each line does not send now, and what its budgets have left.
// With write it stores which days and months are being counted; it reports whether one
// has begun.
func (p *Pool) complete(tx *store.Tx, all []Candidate, now clock.Moment, write bool) (begun bool, err error) {
	var quarantined map[int64]quarantine
	if p.suspicion.Load() {
		if quarantined, err = selectQuarantines(tx); err != nil {
			return false, err
		}
	}
	for i := range all {
		c := &all[i]
		if c.ID == 0 {
			continue
		}
		c.settings, c.budgets, c.credit, c.probing = p.settingsOf(c.ID), nil, credit{}, false
		if q, ok := quarantined[c.ID]; ok {
			if c.probing = q.probeDue <= now.Up; !c.probing {
				c.Hold = later(c.Hold, Hold{Until: q.probeDue, Cause: q.describe(p.clock, now.Up)})
			}
		}
		if c.settings.Balance != nil {
			if err := p.look(tx, c, now); err != nil {
				return begun, err
			}
		}
		pace := c.settings.Pace
		if pace.Rate > 0 || pace.Pause > 0 {
			next, err := selectRest(tx, c.ID, p.clock.Boot())
			if err != nil {
				return begun, err
			}
			c.Hold = later(c.Hold, restingUntil(c.ID, next, now.Up))
		}
		if pace.budgets() {
			fresh, err := p.count(tx, c, now, write)
			if err != nil {
				return begun, err
			}
			begun = begun || fresh
		}
	}
	return begun, nil
}
