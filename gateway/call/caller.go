package call

import (
	"context"
	"errors"
	"slices"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

const (
	// topicQueue is the bell of what a caller looks at.
	topicQueue store.Topic = "calls"

	lookEvery  = time.Second // while calls wait for a line
	idle       = time.Hour
	storeRetry = time.Second      // after the database refused
	retryPause = 10 * time.Second // before a call that was not dialled is tried again
	busyPause  = 5 * time.Second  // before a line that had another call is tried again
	maxTries   = 5

	codesFirst = time.Minute // for how long codes that are sent by a line may delay its next call
)

// caller brings together calls and the lines that can speak. One goroutine claims, and
// each call that is up has its own.
type caller struct {
	*Calls
	done chan placed
	up   map[int64]context.CancelFunc // by call: hangs it up
	last map[int64]clock.Uptime       // by line: when its last call ended
	rest map[int64]clock.Uptime       // by line: until when it is left alone
	sent map[int64]clock.Uptime       // by line: since when it sends codes and places no call
}

// placed is what became of a call that was claimed.
type placed struct {
	row
	result Result
	err    error
}

// Wake makes the caller look whether a line can take a call now.
func (c *Calls) Wake() { c.db.Ring(topicQueue) }

// Run places calls until ctx ends; those that are up are hung up then.
func (c *Calls) Run(ctx context.Context) error {
	if c.cfg.Engine == nil {
		<-ctx.Done()
		return nil
	}
	k := &caller{Calls: c, done: make(chan placed), up: map[int64]context.CancelFunc{}, last: map[int64]clock.Uptime{}, rest: map[int64]clock.Uptime{},
		sent: map[int64]clock.Uptime{}}
	for {
		bell := c.db.Bell(topicQueue)
		wait, err := k.round(ctx)
		if err != nil && ctx.Err() == nil {
			c.log.Error("calls cannot be read or written; trying again", "err", err)
			wait = storeRetry
		}
		timer := time.NewTimer(wait)
		select {
		case <-bell:
		case <-timer.C:
		case p := <-k.done:
			k.settle(ctx, p)
		case <-ctx.Done():
			for len(k.up) > 0 {
				k.settle(ctx, <-k.done)
			}
			return nil
		}
		timer.Stop()
	}
}

// claim is a call with the line that is to place it.
type claim struct {
	row
	by Speaker
}

// round claims what can be placed now, and returns when to look again. It writes
// nothing where there is nothing to be done.
func (k *caller) round(ctx context.Context) (time.Duration, error) {
	type look struct {
		queued, late bool
		claims       []claim
		withdrawn    []int64
	}
	now := k.clock.Now()
	found, err := store.Read(ctx, k.db, func(tx *store.Tx) (l look, err error) {
		if len(k.up) > 0 {
			if l.withdrawn, err = withdrawn(tx); err != nil {
				return l, err
			}
		}
		if l.queued, err = anyQueued(tx); err != nil || !l.queued {
			return l, err
		}
		late, err := tooLate(tx, now.Up)
		if err != nil {
			return l, err
		}
		l.late = len(late) > 0
		l.claims, err = k.assign(tx, now)
		return l, err
	})
	for _, id := range found.withdrawn {
		if hangUp := k.up[id]; hangUp != nil {
			hangUp()
		}
	}
	switch {
	case err != nil || !found.queued:
		return idle, err
	case len(found.claims) == 0 && !found.late:
		return lookEvery, nil
	}
	begun, err := store.Write(ctx, k.db, func(tx *store.Tx) (begun []claim, err error) {
		late, err := tooLate(tx, now.Up)
		if err != nil {
			return nil, err
		}
		if err := k.endAll(tx, late, Expired, cause.CallExpired.With(), now.Wall); err != nil {
			return nil, err
		}
		for _, c := range found.claims {
			ok, err := begin(tx, c.Call)
			if err != nil {
				return nil, err
			}
			if ok { // it has not been cancelled meanwhile
				begun = append(begun, c)
			}
		}
		return begun, nil
	})
	for _, c := range begun {
		wanted, hangUp := context.WithCancel(ctx)
		k.up[c.ID] = hangUp
		go func() {
			p := placed{row: c.row}
			p.result, p.err = k.place(wanted, c.by, c.Call)
			k.done <- p
		}()
	}
	return lookEvery, err
}

// assign gives what is due to the lines that can say it: one call to a line, and one
// to a number.
func (k *caller) assign(tx *store.Tx, now clock.Moment) (claims []claim, err error) {
	all, up, err := k.candidates(tx)
	if err != nil {
		return nil, err
	}
	var lines []int64
	for i, l := range all {
		all[i].last = k.last[l.line]
		all[i].why = k.afterCodes(l, now.Up)
		if all[i].why == "" && k.rest[l.line] > now.Up {
			all[i].why = "has a call"
		}
		if l.line != 0 {
			lines = append(lines, l.line)
		}
	}
	var called []msisdn.Number
	for _, r := range up {
		called = append(called, r.To)
	}
	due, err := dueFor(tx, lines, now.Up)
	for _, r := range due {
		if slices.Contains(called, r.To) {
			continue
		}
		i, passed := k.choose(r, all)
		if i < 0 {
			continue
		}
		r.Line, r.Passed, r.Dialled = all[i].line, passed, now.Wall.Time()
		all[i].why = "has a call"
		delete(k.sent, r.Line)
		called = append(called, r.To)
		claims = append(claims, claim{r, all[i].Speaker})
	}
	return claims, err
}

// afterCodes returns why a line places no call now. Codes go first, but no longer than
// [codesFirst] at a stretch, so that many of them do not keep calls waiting for ever.
func (k *caller) afterCodes(l candidate, now clock.Uptime) string {
	switch since, ok := k.sent[l.line]; {
	case l.why != sendsCodes:
		if l.why == "" {
			delete(k.sent, l.line)
		}
	case !ok:
		k.sent[l.line] = now
	case now.Sub(since) >= codesFirst:
		return ""
	}
	return l.why
}

// place makes the sound and has the line dial.
func (c *Calls) place(ctx context.Context, by Speaker, call Call) (Result, error) {
	words := Words{Text: call.Text, File: call.File}
	if call.Ref != "" {
		var err error
		if words, err = c.cfg.Say(ctx, call.Ref); err != nil {
			return Result{}, err
		}
	}
	spoken, err := c.sound(ctx, words, call.Locale)
	if err != nil {
		return Result{}, err
	}
	spoken.To, spoken.Played = call.To, words.Code != "" && c.cfg.Engine.Recorded(call.Locale)
	return by.Place(ctx, spoken)
}

// settle notes what became of a call, until that is on the disk; once ctx has ended it
// tries once, since the next start makes of it what nobody knows.
func (k *caller) settle(ctx context.Context, p placed) {
	k.up[p.ID]() // it is over
	delete(k.up, p.ID)
	now := k.clock.Uptime()
	k.last[p.Line] = now
	if busy(p.err) {
		k.rest[p.Line] = now.Add(busyPause)
	}
	for {
		err := k.db.Commit(context.Background(), func(tx *store.Tx) error { return k.write(tx, p) })
		if err == nil {
			break
		}
		k.log.Error("what became of a call cannot be written", "call", p.ID, "err", err)
		if _, refused := errors.AsType[*store.StateError](err); refused {
			break // it would be refused again
		}
		select {
		case <-time.After(storeRetry):
			continue
		case <-ctx.Done():
		}
		break
	}
	if p.err != nil {
		k.metrics.ended.WithLabelValues("not_dialled").Inc()
		return
	}
	r := p.result
	k.metrics.ended.WithLabelValues(string(r.State)).Inc()
	k.log.Info("a call is over", "call", p.ID, "outcome", string(r.State), "cause", r.Cause.Text, "answered", r.Answered,
		"duration", r.Duration.Round(time.Second).String(), "voice", r.Voice)
}

// busy reports whether a call was not dialled because its line had another.
func busy(err error) bool {
	e, ok := errors.AsType[*NotDialled](err)
	return ok && e.Busy
}

// write writes down what became of a call. One that was not dialled is tried again
// where that makes sense, by another line if there is one.
func (c *Calls) write(tx *store.Tx, p placed) error {
	now := c.clock.Now()
	withdrawn, err := whyWithdrawn(tx, p.ID)
	if err != nil {
		return err
	}
	if p.err == nil {
		r := p.result
		switch {
		case withdrawn.Text == "":
		case r.State == HungUp:
			r.Cause = withdrawn
		case r.State == NoAnswer:
			r.State, r.Cause = Cancelled, withdrawn
		}
		p.Answered, p.Duration, p.Keys, p.Voice = r.Answered, r.Duration, r.Keys, r.Voice
		_, err := c.end(tx, p.Call, r.State, r.Cause, now.Wall)
		return err
	}
	if withdrawn.Text != "" {
		_, err := c.end(tx, p.Call, Cancelled, withdrawn, now.Wall)
		return err
	}
	if busy(p.err) {
		return requeue(tx, p.row)
	}
	why, final := cause.Device.With(p.err), false
	if e, ok := errors.AsType[*NotDialled](p.err); ok {
		why, final = e.Cause, e.Final
	} else if fault.CodeOf(p.err) != fault.Internal { // it cannot be said
		why, final = cause.Of(p.err), true
	}
	p.tries++
	p.due = now.Up.Add(retryPause)
	if final || p.tries >= maxTries || p.due >= p.deadline {
		_, err := c.end(tx, p.Call, Failed, why, now.Wall)
		return err
	}
	p.Cause = why
	return requeue(tx, p.row)
}
