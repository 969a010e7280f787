package at

import (
	"context"
	"errors"
	"time"

	library "github.com/warthog618/modem/at"
)

// SubmitTimes are the time limits of a submission (TS 27.005 3.5.1).
type SubmitTimes struct {
	Prompt time.Duration // from the command to the prompt
	Pause  time.Duration // from the prompt to the payload; 0 for none
	Result time.Duration // from the payload to the final result
	Grace  time.Duration // of Result, after ctx has ended; 0: all of it
	// HandOverBy is when it is too late to begin with the payload; the zero
	// time is never.
	HandOverBy time.Time
}

// Submit runs a command that asks for a payload with a prompt, as +CMGS does,
// and hands the payload over with Ctrl-Z. Its errors are [SubmitError]s.
//
// When ctx ends before the payload is handed over, the submission is withdrawn.
// After that the final result is waited for all the same, for Grace at the most.
func (c *Conn) Submit(ctx context.Context, cmd, payload string, times SubmitTimes) ([]string, error) {
	if err := c.take(ctx); err != nil {
		return nil, &SubmitError{Err: err}
	}
	defer c.leave()
	if err := c.inStep(ctx); err != nil {
		return nil, &SubmitError{Err: err}
	}
	if !times.HandOverBy.IsZero() {
		if left := time.Until(times.HandOverBy); left <= 0 {
			return nil, &SubmitError{Err: errLate}
		} else if left < times.Prompt {
			times.Prompt = left
		}
	}
	e := newExchange(cmd, payload)
	c.mu.Lock()
	c.times = times
	c.mu.Unlock()

	finished := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		c.watch(ctx, e, times, finished)
	}()
	info, err := c.exchange(e, func(a *library.AT) ([]string, error) {
		return a.SMSCommand(cmd, payload, library.WithTimeout(-1))
	})
	close(finished)
	<-watched
	if err == nil {
		return info, nil
	}
	if !e.wasHandedOver() && !answered(e) && !errors.Is(err, ErrClosed) {
		c.escape()
	}
	return nil, &SubmitError{HandedOver: e.wasHandedOver(), Err: err}
}

// watch gives the submission up when one of its times is over.
func (c *Conn) watch(ctx context.Context, e *exchange, times SubmitTimes, finished <-chan struct{}) {
	prompt := time.NewTimer(times.Prompt)
	defer prompt.Stop()
	select {
	case <-finished:
		return
	case <-ctx.Done():
		c.withdraw(e, ctx.Err())
	case <-prompt.C:
		c.withdraw(e, ErrTimeout)
	case <-e.prompted:
	}
	result := time.NewTimer(times.Pause + times.Result)
	defer result.Stop()
	ended := ctx.Done()
	for {
		select {
		case <-finished:
			return
		case <-result.C:
			c.abort(e, ErrTimeout)
			return
		case <-ended:
			ended = nil
			c.withdraw(e, ctx.Err())
			if times.Grace > 0 {
				result.Reset(times.Grace)
			}
		}
	}
}

// withdraw gives the submission up unless it has been handed over.
func (c *Conn) withdraw(e *exchange, why error) {
	if !e.wasHandedOver() {
		c.abort(e, why)
	}
}

func answered(e *exchange) bool {
	select {
	case <-e.final:
		return true
	default:
		return false
	}
}

// pause waits between prompt and payload, and looks at the clock once more.
func (c *Conn) pause(e *exchange) error {
	c.mu.Lock()
	times := c.times
	c.mu.Unlock()
	if times.Pause > 0 {
		select {
		case <-time.After(times.Pause):
		case <-c.closed:
			return c.closedError()
		}
	}
	if !times.HandOverBy.IsZero() && !time.Now().Before(times.HandOverBy) {
		e.abort(errLate)
	}
	return nil
}

// escapeWait is how long a modem may take to confirm that it left the prompt.
const escapeWait = time.Second

// escape takes the modem out of a prompt.
func (c *Conn) escape() {
	e := newExchange("", "")
	c.mu.Lock()
	c.flight, c.fed = e, newSink()
	c.mu.Unlock()
	defer c.begin(nil, nil)
	timer := time.AfterFunc(escapeWait, func() { c.abort(e, ErrTimeout) })
	defer timer.Stop()
	if _, err := c.write(e, "\x1b"); err != nil {
		return
	}
	select {
	case <-e.final:
	case <-time.After(escapeWait):
	case <-c.closed:
	}
}

// newSink is a dialogue that nobody reads.
func newSink() *dialogue {
	return &dialogue{more: make(chan struct{}, 1), closed: make(chan struct{})}
}
