package at

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	library "github.com/warthog618/modem/at"
)

// SubmitTimes are the time limits of a submission (TS 27.005 3.5.1).
type SubmitTimes struct {
	Prompt time.Duration // limit from the command to the prompt
	Pause  time.Duration // from the prompt to the payload; 0 for none
	Result time.Duration // limit from the payload to the final result
	Grace  time.Duration // limit from the end of ctx to the final result; 0: that of Result
	// HandOverBy is when the payload must not be handed over any more; the zero time
	// for no limit.
	HandOverBy time.Time
	// Step is that of [Conn.Resyncs] in which alone the command may run, see
	// [Conn.CommandIn]; 0 for any.
	Step int64
}

var (
	errNoPayload = errors.New("there is no payload to submit")
	errNoPrompt  = errors.New("the modem answered OK and never asked for the payload")
)

// Submit runs a command that asks for a payload with a prompt, as +CMGS does, and hands
// the payload over with Ctrl-Z. Its errors are [SubmitError]s. With an error it returns
// the lines of the reply that have come: a reference counts even if the OK got lost.
//
// When ctx ends before the payload is handed over, the submission is withdrawn. When it
// ends later, Submit waits for the final result for up to Grace.
func (c *Conn) Submit(ctx context.Context, cmd, payload string, times SubmitTimes) ([]string, error) {
	switch {
	case payload == "":
		return nil, &SubmitError{Err: errNoPayload}
	case strings.ContainsAny(cmd+payload, controls):
		return nil, &SubmitError{Err: errControl}
	}
	waiting := ctx
	if !times.HandOverBy.IsZero() {
		var cancel context.CancelFunc
		waiting, cancel = context.WithDeadline(ctx, times.HandOverBy)
		defer cancel()
	}
	if err := c.take(waiting); err != nil {
		return nil, &SubmitError{Err: err}
	}
	defer c.leave()
	if err := c.inStepOf(waiting, times.Step); err != nil {
		return nil, &SubmitError{Err: err}
	}
	if !times.HandOverBy.IsZero() {
		left := time.Until(times.HandOverBy)
		if left <= 0 {
			return nil, &SubmitError{Err: errLate}
		}
		times.Prompt = min(times.Prompt, left)
	}
	e := newExchange(c.dialogue, cmd, payload)
	e.times = times
	info, err := c.submit(ctx, e)
	handedOver := e.wasHandedOver()
	switch {
	case err == nil && handedOver:
		return info, nil
	case err == nil:
		err = errNoPrompt
	case !handedOver && !done(e.final) && !done(c.closed):
		c.escape()
	}
	return info, &SubmitError{HandedOver: handedOver, Err: err}
}

// submit runs a submission within its times.
func (c *Conn) submit(ctx context.Context, e *exchange) ([]string, error) {
	over := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() { c.watch(ctx, e, over) })
	defer watcher.Wait()
	defer close(over)
	return c.exchange(e, func(a *library.AT) ([]string, error) {
		return a.SMSCommand(e.cmd, e.payload, library.WithTimeout(-1))
	})
}

// watch gives the submission up when one of its times is over, until over is closed.
func (c *Conn) watch(ctx context.Context, e *exchange, over <-chan struct{}) {
	timer := time.NewTimer(e.times.Prompt)
	defer timer.Stop()
	select {
	case <-over:
		return
	case <-timer.C:
		c.withdraw(e, ErrTimeout)
	case <-ctx.Done():
		c.withdraw(e, ctx.Err())
	case <-e.prompted:
	}
	limit := e.times.Pause + e.times.Result
	until := time.Now().Add(limit)
	timer.Reset(limit)
	ended := ctx.Done()
	for {
		select {
		case <-over:
			return
		case <-timer.C:
			c.giveUp(e, ErrTimeout)
			return
		case <-ended:
			ended = nil
			c.withdraw(e, ctx.Err())
			if e.times.Grace > 0 {
				timer.Reset(min(e.times.Grace, time.Until(until)))
			}
		}
	}
}

// withdraw gives the submission up unless it was handed over.
func (c *Conn) withdraw(e *exchange, why error) { c.rescue(e.withdraw(why), why) }

// pause waits between the prompt and the payload, and withdraws e after HandOverBy.
func (c *Conn) pause(e *exchange) error {
	if e.times.Pause > 0 {
		select {
		case <-time.After(e.times.Pause):
		case <-c.closed:
			return c.closedError()
		}
	}
	if by := e.times.HandOverBy; !by.IsZero() && !time.Now().Before(by) {
		c.withdraw(e, errLate)
	}
	return nil
}

// escapeWait is how long a modem may take to confirm that it has left the prompt.
const escapeWait = time.Second

// escape makes the modem leave its prompt.
func (c *Conn) escape() {
	e := newExchange(nil, "", "")
	c.flight.Store(e)
	defer c.flight.Store(nil)
	defer c.limit(context.Background(), e, escapeWait)()
	if c.write(e, "\x1b") != nil {
		return // the port has failed, as the next command will report
	}
	select {
	case <-e.final:
	case <-time.After(escapeWait):
	case <-c.closed:
	}
}
