package gateway

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// caller brings together calls and the lines that can speak. One goroutine claims,
// and each call that is up has its own; a modem has one at a time, and so has a
// number.
type caller struct {
	g    *Gateway
	done chan called
	up   map[int64]callRow // by the id of the call
}

// called is what became of a call that was claimed.
type called struct {
	callRow
	result line.CallResult
	err    error
}

const (
	callLook      = time.Second // between looks while calls wait for a line
	longestIdling = time.Hour
)

// callOut places calls until ctx ends; those that are up are hung up then.
func (g *Gateway) callOut(ctx context.Context) error {
	if g.cfg.Voice.Engine == nil {
		<-ctx.Done()
		return nil
	}
	c := &caller{g: g, done: make(chan called), up: map[int64]callRow{}}
	for {
		rung := g.db.Bell(topicCalls)
		wait, err := c.round(ctx)
		if err != nil && ctx.Err() == nil {
			g.log.Error("calls cannot be read or written; trying again", "err", err)
			wait = storeRetry
		}
		timer := time.NewTimer(wait)
		select {
		case <-rung:
		case <-timer.C:
		case r := <-c.done:
			c.settle(ctx, r)
		case <-ctx.Done():
			for len(c.up) > 0 {
				c.settle(ctx, <-c.done)
			}
			return nil
		}
		timer.Stop()
	}
}

// claim is a call with the line that is to place it.
type claim struct {
	callRow
	line *line.Line
}

// round claims what can be placed now, and returns when to look again. It writes
// nothing where there is nothing to be done.
func (c *caller) round(ctx context.Context) (time.Duration, error) {
	if wait, err := store.Read(ctx, c.g.db, callsWait); err != nil || !wait {
		return longestIdling, err
	}
	lines, err := store.Read(ctx, c.g.db, c.g.lines.Look)
	if err != nil {
		return longestIdling, err
	}
	up := int64(c.g.clock.Uptime())
	queue, err := store.Read(ctx, c.g.db, func(tx *store.Tx) (waitingCalls, error) { return queuedCalls(tx, known(lines), up) })
	if err != nil {
		return longestIdling, err
	}
	claims := c.choose(queue.due, lines)
	if len(claims) == 0 && !queue.late {
		return callLook, nil
	}
	claims, err = write(ctx, c.g, func(tx *store.Tx) ([]claim, error) {
		wall := int64(c.g.clock.Wall())
		if err := expireCalls(tx, up, wall); err != nil {
			return nil, err
		}
		var begun []claim
		for _, k := range claims {
			ok, err := beginCall(tx, k.callRow, wall)
			if err != nil {
				return nil, err
			}
			if ok { // it has not been cancelled meanwhile
				begun = append(begun, k)
			}
		}
		return begun, nil
	})
	for _, k := range claims {
		c.up[k.ID] = k.callRow
		go func() {
			r := called{callRow: k.callRow}
			r.result, r.err = c.g.place(ctx, k.line, k.callRow)
			c.done <- r
		}()
	}
	return callLook, err
}

// choose gives what is due to the lines that can say it.
func (c *caller) choose(due []callRow, lines []line.Candidate) []claim {
	var claims []claim
	for _, row := range due {
		taken := func(k claim) bool { return k.To == row.To }
		if c.isCalled(row.To) || slices.ContainsFunc(claims, taken) {
			continue
		}
		if i, passed := routeCall(row.pinned, c.g.speakers(row, lines)); i >= 0 {
			row.Line, row.Passed, lines[i].Busy = lines[i].ID, passed, true
			claims = append(claims, claim{row, lines[i].Line})
		}
	}
	return claims
}

// isCalled reports whether a number has a call that is up.
func (c *caller) isCalled(to msisdn.Number) bool {
	for _, row := range c.up {
		if row.To == to {
			return true
		}
	}
	return false
}

// place makes the sound and has the line dial.
func (g *Gateway) place(ctx context.Context, l *line.Line, row callRow) (line.CallResult, error) {
	caller, ok := l.Driver.(line.Caller)
	if !ok {
		return line.CallResult{}, &line.Error{Class: line.OtherLine, Code: -1, Cause: "this line cannot call"}
	}
	u := utterance{text: row.Text, file: row.File, locale: row.Locale, brand: row.brand}
	if row.verification != 0 {
		if row.sealed == nil {
			return line.CallResult{}, fault.NewInvalid("", "the verification is over")
		}
		var err error
		if u.code, err = g.codes.Open(row.Verification, row.sealed); err != nil {
			return line.CallResult{}, err
		}
	}
	s, err := g.sounds(ctx, u)
	if err != nil {
		return line.CallResult{}, err
	}
	return caller.Call(ctx, line.Call{To: string(row.To), Speech: s.speech, Prompt: s.prompt, Again: true, Text: s.text, Locale: row.Locale,
		Ring: g.cfg.Voice.Ring, Limit: g.cfg.Voice.Limit})
}

// settle notes what became of a call, until that is on the disk; once ctx has ended
// it tries once, since the next start makes of it what nobody knows.
func (c *caller) settle(ctx context.Context, r called) {
	for {
		err := c.g.commit(context.Background(), func(tx *store.Tx) error { return c.g.unlessRefused(c.g.settleCall(tx, r), "call", r.ID) })
		if err == nil {
			break
		}
		c.g.log.Error("what became of a call cannot be written", "call", r.ID, "err", err)
		select {
		case <-time.After(storeRetry):
			continue
		case <-ctx.Done():
		}
		break
	}
	delete(c.up, r.ID)
	if r.err == nil {
		c.g.metrics.calls.WithLabelValues(string(r.result.Outcome)).Inc()
	} else {
		c.g.metrics.calls.WithLabelValues("not_dialled").Inc()
	}
	c.g.dispatcher.poke() // a verification may go on to its next step
}

// settleCall writes down the outcome. What was not dialled is tried again where
// that makes sense, by another line if there is one.
func (g *Gateway) settleCall(tx *store.Tx, r called) error {
	wall, up := int64(g.clock.Wall()), int64(g.clock.Uptime())
	if r.err != nil {
		class := line.ClassOf(r.err)
		own := fault.CodeOf(r.err) != fault.Internal
		cause := cmp.Or(line.Cause(r.err), fault.MessageOf(r.err))
		if own {
			cause = fault.MessageOf(r.err)
		}
		if !own && class != line.GiveUp && r.tries+1 < maxCallTries && up+callPause.Milliseconds() < r.deadline {
			return requeueCall(tx, r.ID, up+callPause.Milliseconds(), r.tries+1, cause)
		}
		r.State, r.Cause, r.Ended = CallFailed, cause, clock.Wall(wall).Time()
		return endCall(tx, r.callRow)
	}
	r.State, r.Cause, r.Answered, r.Duration = CallState(r.result.Outcome), r.result.Cause, r.result.Answered, r.result.Duration
	r.Keys, r.Voice, r.Ended = r.result.Keys, r.result.Strategy, clock.Wall(wall).Time()
	if err := endCall(tx, r.callRow); err != nil {
		return err
	}
	g.log.Info("a call is over", "call", r.ID, "outcome", string(r.State), "cause", r.Cause, "answered", r.Answered,
		"duration", r.Duration.Round(time.Second).String(), "voice", r.Voice)
	return nil
}

// lineVoice is a line with why it cannot speak what is to be said, "" where it can.
type lineVoice struct {
	line.Candidate
	why string
}

// speakers looks at which lines can say what a call has to.
func (g *Gateway) speakers(row callRow, lines []line.Candidate) []lineVoice {
	out := make([]lineVoice, len(lines))
	for i, l := range lines {
		out[i].Candidate = l
		why := g.cannotSay(content{row.Locale, row.File != "", row.verification != 0}, l.Line.Status().Voices)
		switch {
		case why != "":
			out[i].why = why
		case l.ID == 0 || l.State != line.Ready:
			out[i].why = "is " + string(l.State)
		case l.Busy:
			out[i].why = "has a call"
		case l.Hold.Until != 0:
			out[i].why = cmp.Or(l.Hold.Why, "rests")
		}
	}
	return out
}

// routeCall chooses the line for a call: of those that can speak it now, that with
// the fewest unknown outcomes in a row, and of these the one that has rested
// longest. It returns its index, or -1, and why the others cannot.
func routeCall(pinned int64, lines []lineVoice) (best int, passed string) {
	best = -1
	var why []string
	for i, l := range lines {
		switch {
		case pinned != 0 && l.ID != pinned:
		case l.why != "":
			why = append(why, l.Name+" "+l.why)
		case best < 0 || l.Unknowns < lines[best].Unknowns || l.Unknowns == lines[best].Unknowns && l.LastUsed < lines[best].LastUsed:
			best = i
		}
	}
	if best < 0 && len(why) == 0 {
		return -1, "there is no line for it"
	}
	return best, strings.Join(why, "; ")
}
