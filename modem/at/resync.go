package at

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// probe is a query whose reply has a name that no other reply has.
type probe struct {
	cmd     string
	timeout time.Duration
}

// probes are queries that every modem knows (TS 27.005 and 27.007), in the order in which
// they are tried.
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

// outOfStep discards the dialogue: an answer to e may still come, and must not be taken
// for that of a later command.
func (c *Conn) outOfStep(e *exchange) {
	if c.dialogue != nil {
		c.dialogue.discard()
		c.dialogue = nil
	}
	c.missed = append(c.missed, e.names...)
	c.prompts = c.prompts || e.payload != ""
}

// inStep returns when the next answer will be that to the next command. Modems answer in
// order: when a probe is answered, no older answer can come any more. A probe that was
// not answered is not used again until another is: its own late answer could be taken
// for the next. A modem that knows or allows none of them, as one that wants its PIN
// first, is in step when it has given as many results as it was asked, and exactly one
// while the last was in flight: after all probes, or after two if no older answer can
// come. If no probe is answered, the error wraps [ErrSilent].
func (c *Conn) inStep(ctx context.Context) error {
	if c.distrusted.Swap(false) && c.dialogue != nil {
		c.dialogue.discard()
		c.dialogue = nil
	}
	if c.dialogue != nil {
		return nil
	}
	err, bare, asked := ErrTimeout, 0, len(probes)
	if len(c.missed) == 0 {
		asked = 2
	}
	for i, p := range probes {
		if slices.Contains(c.missed, name(p.cmd)) {
			continue
		}
		var results int
		if results, err = c.try(ctx, p); err == nil {
			c.missed, c.prompts = nil, false
			c.resyncs.Add(1)
			return nil
		}
		bare += results
		if results == 1 && bare > i && i+1 >= asked {
			c.dialogue, c.missed, c.prompts = newDialogue(c), nil, false
			c.resyncs.Add(1)
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

// anyStep is the step of commands that may run whatever the modem has forgotten.
const anyStep = 0

// inStepOf is inStep for a command that may run in one step alone, unless that is anyStep.
func (c *Conn) inStepOf(ctx context.Context, step int64) error {
	if err := c.inStep(ctx); err != nil {
		return err
	}
	if step != anyStep && step != c.resyncs.Load() {
		return ErrResynced
	}
	return nil
}

// try runs a probe in a new dialogue. With an error it returns how many final results
// have come without the line of the probe.
func (c *Conn) try(ctx context.Context, p probe) (bare int, err error) {
	c.dialogue = newDialogue(c)
	e := newExchange(c.dialogue, p.cmd, "")
	e.probe = true
	if c.prompts {
		e.prelude = "\x1b" // ESC: at a late prompt the modem would take the probe for a payload
	}
	if _, err = c.run(ctx, e, p.timeout); err != nil {
		c.outOfStep(e)
	}
	return e.bareResults(), err
}

const (
	afterEscape = 100 * time.Millisecond
	afterReturn = 300 * time.Millisecond
	clearWithin = 5 * time.Second // limit of Clear, whose writes may block
)

// Clear ends whatever an earlier process has left the modem in: a prompt, an incomplete
// command, results switched off. It is called before the first command. What the modem
// says meanwhile counts as unsolicited, and the next command begins with a probe.
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

// Resyncs returns how often the connection was brought into step: the modem may have
// restarted each time, and forgotten what was set. It is 0 until the first command.
func (c *Conn) Resyncs() int64 { return c.resyncs.Load() }

// Distrust makes the next command begin with a probe: the modem is known to give more than
// one final result to the last one.
func (c *Conn) Distrust() { c.distrusted.Store(true) }

// Shout runs a command without bringing the connection into step, as a reset of a modem
// that does not answer. It waits for a final result, which may be that of an earlier
// command.
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
