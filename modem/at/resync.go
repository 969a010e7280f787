package at

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// probe is a query whose reply carries a name that no other command's does.
type probe struct {
	cmd     string
	timeout time.Duration
}

// probes are queries that every modem knows (TS 27.005 and 27.007), each with
// more patience than the one before.
var probes = []probe{
	{"+CMEE?", time.Second},
	{"+CMGF?", 2 * time.Second},
	{"+CSCS?", 3 * time.Second},
	{"+CSMS?", 4 * time.Second},
}

// isProbe reports whether a line answers a probe.
func isProbe(line string) bool {
	return named(line) && slices.ContainsFunc(probes, func(p probe) bool { return name(p.cmd) == name(line) })
}

// outOfStep throws the dialogue away: an answer to e may still come, and must
// not be taken for that of a later command.
func (c *Conn) outOfStep(e *exchange) {
	if c.dialogue != nil {
		c.dialogue.discard()
		c.dialogue = nil
	}
	c.missed = append(c.missed, e.names...)
	c.prompts = c.prompts || e.payload != ""
}

// inStep returns when the next answer that comes is that of the next command.
// Modems answer in order: once a probe is answered whose answer can be nobody
// else's, no older one is outstanding. A probe that has gone unanswered is not
// used again before that.
func (c *Conn) inStep(ctx context.Context) error {
	if c.distrusted.Swap(false) && c.dialogue != nil {
		c.dialogue.discard()
		c.dialogue = nil
	}
	if c.dialogue != nil {
		return nil
	}
	err := ErrTimeout
	for _, p := range probes {
		if slices.Contains(c.missed, name(p.cmd)) {
			continue
		}
		if err = c.try(ctx, p); err == nil {
			c.missed, c.prompts = nil, false
			return nil
		}
		switch {
		case done(c.closed):
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
	return fmt.Errorf("%w: %w", ErrSilent, err)
}

// try runs one probe in a new dialogue.
func (c *Conn) try(ctx context.Context, p probe) error {
	c.dialogue = newDialogue(c)
	e := newExchange(c.dialogue, p.cmd, "")
	e.probe = true
	if c.prompts {
		e.prelude = "\x1b" // a modem that came to its prompt late would take the probe for text
	}
	_, err := c.run(ctx, e, p.timeout)
	if err != nil {
		c.outOfStep(e)
	}
	return err
}

// The times that a modem gets to come to itself.
const (
	afterEscape = 100 * time.Millisecond
	afterReturn = 300 * time.Millisecond
	clearWithin = 5 * time.Second // with the writing, which may block
)

// Clear takes the modem out of whatever an earlier conversation left it in: a
// prompt, half a command, results switched off. It is for the beginning of a
// conversation: what is outstanding is forgotten, what the modem says meanwhile
// is told as unsolicited, and the next command begins with a probe.
func (c *Conn) Clear(ctx context.Context) error {
	if err := c.take(ctx); err != nil {
		return err
	}
	defer c.leave()
	e := newExchange(nil, "", "")
	c.outOfStep(e)
	c.missed, c.prompts = nil, false
	defer c.limit(ctx, e, clearWithin)()
	for _, step := range []struct {
		text string
		wait time.Duration
	}{{"\x1b", afterEscape}, {"\r", afterReturn}, {"ATE0Q0V1\r", afterEscape}} {
		if err := c.write(e, step.text); err != nil {
			return err
		}
		select {
		case <-time.After(step.wait):
		case <-ctx.Done():
			return ctx.Err()
		case <-c.closed:
			return c.closedError()
		}
	}
	return nil
}

// Distrust makes the next command begin with a probe: the modem is known to say
// more than one final result to what it was asked last.
func (c *Conn) Distrust() { c.distrusted.Store(true) }

// Shout runs a command though nobody knows whether the modem is in step: for one
// that has gone silent, and is told to start anew. Its final result is waited
// for, and may be that of something else.
func (c *Conn) Shout(ctx context.Context, cmd string, timeout time.Duration) error {
	if err := c.take(ctx); err != nil {
		return err
	}
	defer c.leave()
	if c.dialogue == nil {
		c.dialogue = newDialogue(c)
	}
	e := newExchange(c.dialogue, cmd, "")
	_, err := c.run(ctx, e, timeout)
	c.outOfStep(e)
	return err
}
