package gateway

import (
	"cmp"
	"context"
	"slices"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/schedule"
	"simgate/gateway/store"
)

// dispatcher gives what is due to the lines that may send it. One goroutine does so in
// rounds, and a round is one durable transaction: it settles the outcomes of the
// senders, ends what is too late, and claims the next part for each free line. So one
// sync of the disk serves all lines, and a line that has just finished has its next
// part a single sync later.
type dispatcher struct {
	g       *Gateway
	senders []*sender
	results chan result              // from the senders
	wake    chan struct{}            // something was queued, or a line changed; holds one
	release *place                   // up to where messages that were put aside have been brought back, nil: all; of the dispatcher alone
	turns   appTurn                  // of codes
	served  [line.Lanes]clock.Uptime // when each lane had its last turn
}

// sender is the goroutine that waits on one line.
type sender struct {
	*line.Line
	jobs chan job
}

// job is one part on its way to one line.
type job struct {
	message int64
	seq     int
	line    int64
	to      msisdn.Number
	submit  line.Submission
}

func (j job) part() line.Token { return line.Token{Message: j.message, Seq: j.seq} }

// result is what became of a job.
type result struct {
	job
	sender *sender
	ref    int
	err    error
}

func (r result) outcome() line.Outcome {
	return line.Outcome{By: r.sender.Line, Line: r.line, Of: r.part(), To: r.to, Err: r.err}
}

// storeRetry is the pause after the database refused a round, as it does when
// the disk is full. Meanwhile nothing is claimed and results wait in memory.
const storeRetry = time.Second

// busyRound is how long a round may wait, while no line is free, for what was
// queued meanwhile.
const busyRound = time.Second

func newDispatcher(g *Gateway) *dispatcher {
	// What the last run put aside is looked at again.
	d := &dispatcher{g: g, results: make(chan result), wake: make(chan struct{}, 1), release: &place{}, turns: appTurn{}}
	for _, l := range g.lines.All() {
		d.senders = append(d.senders, &sender{Line: l, jobs: make(chan job)})
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

// run dispatches until ctx ends; then it calls withdraw, which withdraws what has not
// been handed over, waits for the parts that are under way, and settles them.
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
	steps := d.g.db.Bell(topicSteps)
	for {
		select {
		case <-ctx.Done():
			withdraw()
			return d.drain(settled)
		case r := <-d.results:
			settled = append(settled, r)
		case <-d.wake:
			if !d.g.lines.AnyFree() {
				// Nothing can be claimed. What was queued may have a deadline
				// before the time that we would look again, though.
				next(min(max(time.Until(due), 0), busyRound))
				continue
			}
		case <-steps:
			steps = d.g.db.Bell(topicSteps)
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
			d.g.lines.Begin(a.sender.Line)
			a.sender.jobs <- a.job
		}
		next(wait)
	}
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

// drain waits for the parts under way. Drivers end them within a bounded time.
func (d *dispatcher) drain(settled []result) error {
	open := -len(settled)
	for _, s := range d.senders {
		if s.Busy() {
			open++
		}
	}
	for range open {
		settled = append(settled, <-d.results)
	}
	if len(settled) == 0 {
		return nil
	}
	return d.g.db.Commit(context.Background(), func(tx *store.Tx) error { return d.g.settleAll(tx, settled) })
}

// settled notes what a committed round says about the lines.
func (d *dispatcher) settled(results []result) {
	for _, r := range results {
		d.g.lines.End(r.sender.Line, r.line, r.err)
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
	ended := make([]*line.Line, len(settled))
	for i, r := range settled {
		ended[i] = r.sender.Line
	}
	lines := d.g.lines.Candidates(ended...)
	var claimed []assignment
	var wait time.Duration
	var release *place
	err := d.g.db.Commit(context.Background(), func(tx *store.Tx) (err error) {
		claimed = claimed[:0]
		if err := d.g.settleAll(tx, settled); err != nil {
			return err
		}
		now := d.g.clock.Now()
		if err := d.g.expire(tx, now); err != nil {
			return err
		}
		opened, err := d.g.lines.Prepare(tx, lines, now)
		if err != nil {
			return err
		}
		if release, err = d.bringBack(tx, opened); err != nil {
			return err
		}
		waiting, err := waitingQueues(tx)
		if err != nil {
			return err
		}
		crowded := false
		claim := func(lane line.Lane, most int) error {
			jobs, more, err := d.claimLane(tx, waiting, lane, now, lines, most)
			claimed, crowded = append(claimed, jobs...), crowded || more
			return err
		}
		if err := claim(line.Codes, len(lines)); err != nil {
			return err
		}
		for lane := line.Lane(line.Lanes - 1); lane > line.Urgent; lane-- {
			if over, err := d.overdue(tx, waiting, lane, now.Up, lines); err != nil {
				return err
			} else if over {
				if err := claim(lane, 1); err != nil {
					return err
				}
			}
		}
		for lane := line.Urgent; lane < line.Lanes; lane++ {
			if err := claim(lane, len(lines)); err != nil {
				return err
			}
		}
		if wait, err = untilDue(tx, waiting, now.Up, lines); crowded || release != nil {
			wait = 0
		}
		return err
	})
	if err == nil {
		d.g.lines.Committed(lines)
		d.release = release
	}
	return claimed, wait, err
}

// bringBack brings messages that were put aside back into the queue, a bounded number
// in each round, where a line may take now what it could not. It returns up to where,
// nil where none is left.
func (d *dispatcher) bringBack(tx *store.Tx, opened bool) (*place, error) {
	release := d.release
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

// heldAtOnce bounds how many messages a round puts aside, so that codes do not
// wait behind a long one.
const heldAtOnce = 100

// overdue reports whether a lane has waited for lower ones as long as it has patience.
func (d *dispatcher) overdue(tx *store.Tx, waiting queues, lane line.Lane, now clock.Uptime, lines []line.Candidate) (bool, error) {
	if now.Sub(d.served[lane]) < lane.Patience() {
		return false, nil
	}
	due, err := dueMessages(tx, waiting, lane, now, lines, nil)
	return len(due) > 0 && now.Sub(due[0].due) >= lane.Patience(), err
}

// claimLane claims for every free line what is due in one lane, at most so many parts.
// What no line has budget for is put aside, and what comes behind it looked at; more
// reports that there is too much of it for one round.
func (d *dispatcher) claimLane(tx *store.Tx, waiting queues, lane line.Lane, now clock.Moment, lines []line.Candidate, most int) (jobs []assignment, more bool, err error) {
	for aside := 0; aside < heldAtOnce; {
		before := aside
		due, err := dueMessages(tx, waiting, lane, now.Up, lines, d.turns)
		if err != nil {
			return jobs, false, err
		}
		for _, m := range due {
			if len(jobs) == most {
				return jobs, false, nil
			}
			if until, quiet := quietUntil(m, now); quiet {
				aside++
				if err := postpone(tx, m.id, until, now); err != nil {
					return jobs, false, err
				}
				continue
			}
			n, err := d.g.need(tx, m, lines)
			if err != nil {
				return jobs, false, err
			}
			i, passed := line.Choose(n, lines)
			if i < 0 {
				if h := line.WaitsFor(n, lines); h.Until > now.Up {
					aside++
					d.g.lines.Wants(n.App, n.Line)
					err = holdMessage(tx, m.id, h, now)
				}
				if err != nil {
					return jobs, false, err
				}
				continue
			}
			j, ok, err := d.g.claim(tx, m, n, lines[i], passed, now)
			if err != nil {
				return jobs, false, err
			}
			if ok {
				lines[i].Busy = true
				d.turns.took(m.app)
				d.served[lane] = now.Up
				jobs = append(jobs, assignment{j, d.senders[i]})
			}
		}
		if aside == before {
			return jobs, false, nil
		}
	}
	return jobs, true, nil
}

// quietUntil returns when the quiet hours of a message end, if it is in them.
func quietUntil(m dueMessage, now clock.Moment) (until clock.Wall, quiet bool) {
	if m.quiet == "" {
		return 0, false
	}
	q, err := schedule.ParseQuiet(m.quiet)
	if err != nil {
		return 0, false // it was one when it was accepted
	}
	until = clock.WallOf(q.After(now.Wall.Time()))
	return until, until > now.Wall
}

// run hands each job to the line and its outcome back.
func (s *sender) run(ctx context.Context, results chan<- result) {
	for j := range s.jobs {
		ref, err := s.Send(ctx, j.submit)
		results <- result{job: j, sender: s, ref: ref, err: err}
	}
}

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

// byTime compares messages by when they were due.
func byTime(a, b dueMessage) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.id, b.id)) }
