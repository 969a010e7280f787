package at

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
	return prefixed(line) && slices.ContainsFunc(probes, func(p probe) bool { return name(p.cmd) == name(line) })
}

// outOfStep throws the dialogue away: an answer to e may still come, and must
// not be taken for that of a later command.
func (c *Conn) outOfStep(e *exchange) {
	if c.dialogue != nil {
		c.dialogue.discard()
		c.dialogue = nil
	}
	c.missed = append(c.missed, e.names...)
}

// inStep returns when the next answer that comes is that of the next command.
// Modems answer in order: once a probe is answered whose answer can be nobody
// else's, no older one is outstanding. A probe that has gone unanswered is not
// used again before that.
func (c *Conn) inStep(ctx context.Context) error {
	if c.dialogue != nil {
		return nil
	}
	err := ErrTimeout
	for _, p := range probes {
		if slices.Contains(c.missed, name(p.cmd)) {
			continue
		}
		if err = c.try(ctx, p); err == nil {
			c.missed = nil
			return nil
		}
		select {
		case <-c.closed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
	}
	return fmt.Errorf("%w: %w", ErrSilent, err)
}

// try runs one probe in a new dialogue.
func (c *Conn) try(ctx context.Context, p probe) error {
	c.dialogue = newDialogue(c)
	e := newExchange(p.cmd, "")
	e.needsLine = true
	if slices.Contains(c.missed, "+CMGS") {
		// The modem may have come to its prompt late, and take the probe for text.
		if _, err := c.write(e, "\x1b"); err != nil {
			c.outOfStep(e)
			return c.closedError()
		}
	}
	info, err := c.run(ctx, e, p.timeout)
	if err == nil && !slices.ContainsFunc(info, func(line string) bool { return strings.HasPrefix(line, name(p.cmd)+":") }) {
		err = ErrTimeout
	}
	if err != nil && c.dialogue != nil {
		c.outOfStep(e)
	}
	return err
}

// The times that a modem gets to come to itself.
const (
	afterEscape = 100 * time.Millisecond
	afterReturn = 300 * time.Millisecond
)

// Clear takes the modem out of whatever an earlier conversation left it in: a
// prompt, half a command, results switched off. What it says meanwhile is
// passed over, and the next command begins with a probe.
func (c *Conn) Clear(ctx context.Context) error {
	if err := c.take(ctx); err != nil {
		return err
	}
	defer c.leave()
	e := newExchange("E0Q0V1", "")
	c.outOfStep(e)
	c.missed = nil
	for _, step := range []struct {
		text string
		wait time.Duration
	}{{"\x1b", afterEscape}, {"\r", afterReturn}, {"ATE0Q0V1\r", afterEscape}} {
		if _, err := c.write(e, step.text); err != nil {
			return c.closedError()
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
