package gateway

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"simgate/gateway/line"
	"simgate/gateway/store"
)

// dispatcher brings together what is due and the modems that are free. One
// goroutine does it in rounds, and a round is one durable transaction: it
// settles what the senders brought back, ends what is too late, and claims the
// next part for each free line. So one sync of the disk serves all modems, and
// a modem that has just finished has its next part a single sync later.
type dispatcher struct {
	g       *Gateway
	senders []*sender
	results chan result                  // from the senders
	wake    chan struct{}                // something was queued, or a modem changed; holds one
	seen    atomic.Pointer[[]lineStatus] // the lines as the last round left them

	// Of the dispatcher alone.
	open    map[int64]bool // the lines that were in service in the last round
	release *place         // up to where messages that were put aside have been brought back, nil: all
	silence silence
}

// sender is the goroutine that waits on one driver.
type sender struct {
	driver line.Driver
	jobs   chan job
	line   lineRef

	// Of the dispatcher alone.
	busy     bool
	lastUsed int64
	breaker  breaker
	rests    int64 // uptime in milliseconds until which it pauses after a part
	held     hold  // what the last round found in the database
}

// job is one part on its way to one modem.
type job struct {
	message int64
	seq     int
	line    int64
	submit  line.Submission
}

func (j job) part() line.Token { return line.Token{Message: j.message, Seq: j.seq} }

// result is what became of a job.
type result struct {
	job
	sender *sender
	mr     int
	err    error
}

// storeRetry is the pause after the database refused a round, as it does when
// the disk is full. Meanwhile nothing is claimed and results wait in memory.
const storeRetry = time.Second

// busyRound is how long a round may wait, while no line is free, for what was
// queued meanwhile.
const busyRound = time.Second

func newDispatcher(g *Gateway, drivers []line.Driver) *dispatcher {
	// What the last run put aside is looked at again.
	d := &dispatcher{g: g, results: make(chan result), wake: make(chan struct{}, 1), open: map[int64]bool{}, release: &place{}}
	for _, driver := range drivers {
		d.senders = append(d.senders, &sender{driver: driver, jobs: make(chan job)})
	}
	return d
}

// poke makes the dispatcher look again. It never blocks.
func (d *dispatcher) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// run dispatches until ctx ends; then it calls withdraw, which makes the modems
// hurry, waits for the parts that are under way, and settles them.
func (d *dispatcher) run(ctx context.Context, withdraw func()) error {
	defer func() {
		for _, s := range d.senders {
			close(s.jobs)
		}
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	due := time.Now()
	next := func(wait time.Duration) {
		due = time.Now().Add(wait)
		timer.Reset(wait)
	}
	var settled []result
	for {
		select {
		case <-ctx.Done():
			withdraw()
			return d.drain(settled)
		case r := <-d.results:
			settled = append(settled, r)
		case <-d.wake:
			if !d.anyFree() {
				// Nothing can be claimed. What was queued may have a deadline
				// before the time that we would look again, though.
				next(min(max(time.Until(due), 0), busyRound))
				continue
			}
		case <-timer.C:
		}
		settled = d.gather(settled)
		jobs, wait, err := d.round(settled)
		if err != nil {
			d.g.log.Error("the queue cannot be written; trying again", "err", err)
			next(storeRetry)
			continue
		}
		d.settled(settled)
		settled = settled[:0]
		for _, a := range jobs {
			a.sender.busy, a.sender.lastUsed = true, int64(d.g.clock.Uptime())
			a.sender.jobs <- a.job
		}
		next(wait)
	}
}

// anyFree reports whether any line could take a part.
func (d *dispatcher) anyFree() bool {
	lines, up := d.status(nil), int64(d.g.clock.Uptime())
	for i, s := range d.senders {
		if s.held.until > up {
			lines[i].hold = later(lines[i].hold, s.held)
		}
	}
	return slices.ContainsFunc(lines, lineStatus.free)
}

// gather takes what other senders are holding out at this moment.
func (d *dispatcher) gather(settled []result) []result {
	for {
		select {
		case r := <-d.results:
			settled = append(settled, r)
		default:
			return settled
		}
	}
}

// drain waits for the parts under way. Modems end them within a bounded time.
func (d *dispatcher) drain(settled []result) error {
	open := -len(settled)
	for _, s := range d.senders {
		if s.busy {
			open++
		}
	}
	for range open {
		settled = append(settled, <-d.results)
	}
	if len(settled) == 0 {
		return nil
	}
	return d.g.commit(context.Background(), func(tx *store.Tx) error { return d.g.settleAll(tx, settled) })
}

// settled notes what a committed round says about the senders.
func (d *dispatcher) settled(results []result) {
	for _, r := range results {
		r.sender.busy = false
		d.g.metrics.parts.WithLabelValues(r.sender.driver.Name(), outcomeOf(r.err)).Inc()
		up := int64(d.g.clock.Uptime())
		r.sender.rests = up + d.g.settings(r.line).Pace.Pause.Milliseconds()
		r.sender.breaker.note(line.ClassOf(r.err), up)
		d.g.report(r)
	}
}

// assignment is a claimed job with the sender it is for.
type assignment struct {
	job
	sender *sender
}

// round runs one transaction. It returns the claimed jobs and the time until
// something more will be due.
func (d *dispatcher) round(settled []result) ([]assignment, time.Duration, error) {
	lines := d.status(settled)
	var claimed []assignment
	var wait time.Duration
	var suspicion bool // a refusal is held against a line until it has sent
	var release *place
	err := d.g.commit(context.Background(), func(tx *store.Tx) (err error) {
		claimed = claimed[:0]
		if err := d.g.settleAll(tx, settled); err != nil {
			return err
		}
		up := int64(d.g.clock.Uptime())
		if err := d.g.expire(tx, up); err != nil {
			return err
		}
		if release, err = d.prepare(tx, up, lines); err != nil {
			return err
		}
		if suspicion = d.g.suspicion.Load(); suspicion {
			if suspicion, err = suspected(tx); err != nil {
				return err
			}
		}
		crowded := false
		for lane := range lanes {
			jobs, more, err := d.claimLane(tx, lane, up, lines)
			if err != nil {
				return err
			}
			claimed, crowded = append(claimed, jobs...), crowded || more
		}
		if wait, err = untilDue(tx, up, lines); crowded || release != nil {
			wait = 0
		}
		return err
	})
	if err == nil {
		d.remember(lines)
		d.release = release
		d.g.suspicion.Store(suspicion)
	}
	return claimed, wait, err
}

// prepare finds what holds the lines back. Where a line has come into service,
// messages that were put aside are brought back, a bounded number in each round;
// it returns up to where, nil where none is left.
func (d *dispatcher) prepare(tx *store.Tx, up int64, lines []lineStatus) (release *place, err error) {
	if d.g.cfg.BlockSilent > 0 && d.silence.due(up, int64(d.g.clock.Wall()), d.g.cfg.BlockWindow) {
		if err := d.g.checkSilence(tx); err != nil {
			return nil, err
		}
	}
	opened, err := d.g.holds(tx, lines, up, true)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		opened = opened || l.inService() && !d.open[l.line]
	}
	release = d.release
	if opened {
		release = &place{}
	}
	if release == nil {
		return nil, nil
	}
	last, more, err := releaseMessages(tx, *release)
	if err != nil || !more {
		return nil, err
	}
	return &last, nil
}

// remember keeps what a committed round found of the lines.
func (d *dispatcher) remember(lines []lineStatus) {
	clear(d.open)
	for i, l := range lines {
		d.senders[i].held = l.hold
		if l.inService() {
			d.open[l.line] = true
		}
	}
	d.seen.Store(&lines)
}

// status looks at every line. A sender whose result is being settled is free.
func (d *dispatcher) status(settled []result) []lineStatus {
	up := int64(d.g.clock.Uptime())
	lines := make([]lineStatus, len(d.senders))
	for i, s := range d.senders {
		line := s.line.Load()
		lines[i] = lineStatus{name: s.driver.Name(), line: line, state: s.driver.State(), busy: s.busy, unknowns: s.breaker.unknowns, lastUsed: s.lastUsed,
			hold: later(restingUntil(line, s.rests, up), s.breaker.hold(s.driver.Name(), d.g.clock, up))}
		lines[i].own = lines[i].hold
		for _, r := range settled {
			if r.sender == s {
				lines[i].busy = false
			}
		}
	}
	return lines
}

// heldAtOnce bounds how many messages a round puts aside, so that codes do not
// wait behind a long one.
const heldAtOnce = 100

// claimLane claims for every free line what is due in one lane. What no line has
// budget for is put aside, and what comes behind it looked at; more reports that
// there is too much of it for one round.
func (d *dispatcher) claimLane(tx *store.Tx, lane int, up int64, lines []lineStatus) (jobs []assignment, more bool, err error) {
	for aside := 0; aside < heldAtOnce; {
		before := aside
		due, err := dueMessages(tx, lane, up, lines)
		if err != nil {
			return jobs, false, err
		}
		for _, m := range due {
			n, err := m.need(tx, lines)
			if err != nil {
				return jobs, false, err
			}
			i := route(n, lines)
			if i < 0 {
				if h := waitsFor(n, lines); h.until > up {
					aside++
					err = holdMessage(tx, m.id, h.until)
				}
				if err != nil {
					return jobs, false, err
				}
				continue
			}
			j, ok, err := d.g.claim(tx, m, d.senders[i].driver, lines[i], passedOver(n, i, lines), up)
			if err != nil {
				return jobs, false, err
			}
			if ok {
				lines[i].busy = true
				jobs = append(jobs, assignment{j, d.senders[i]})
			}
		}
		if aside == before {
			return jobs, false, nil
		}
	}
	return jobs, true, nil
}

// run hands each job to the modem and its outcome back.
func (s *sender) run(ctx context.Context, results chan<- result) {
	for j := range s.jobs {
		ref, err := s.driver.Send(ctx, j.submit)
		results <- result{job: j, sender: s, mr: ref, err: err}
	}
}
