package at

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	library "github.com/warthog618/modem/at"
)

// Config is the configuration of a [Conn].
type Config struct {
	// URC is called with each unsolicited result, in order and never twice at a time. It
	// must not block and must not run commands. Nil drops them.
	URC func(URC)
	// Log gets a trace at debug level, in which numbers, PINs and PDUs are masked;
	// nil for none.
	Log *slog.Logger
}

// Conn runs AT commands on one port, one at a time and in the order in which they were
// called. It is safe for concurrent use.
type Conn struct {
	port   io.ReadWriteCloser
	cfg    Config
	turn   chan struct{}            // holds one while a command runs
	flight atomic.Pointer[exchange] // the exchange in flight; nil for none

	distrusted atomic.Bool  // see Distrust
	resyncs    atomic.Int64 // see Resyncs

	// Used by the holder of turn only.
	dialogue *dialogue // nil: out of step
	missed   []string  // names of commands whose answers may still come
	prompts  bool      // one of them takes a payload: the modem may wait at its prompt

	dying  sync.Once
	closed chan struct{} // closed when the port is closed or has failed
	cause  error         // why; set before closed is closed
}

// New returns a connection over port. Its commands wait until [Conn.Run] is called.
func New(port io.ReadWriteCloser, cfg Config) *Conn {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.URC == nil {
		cfg.URC = func(URC) {}
	}
	return &Conn{port: port, cfg: cfg, turn: make(chan struct{}, 1), closed: make(chan struct{})}
}

const (
	readBuffer = 4096
	emptyRead  = 10 * time.Millisecond // pause after a read of no bytes
)

// Run reads from the port until it fails or ctx ends, closes it, and returns the reason.
// After that every command fails with [ErrClosed], which wraps the reason.
func (c *Conn) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { c.die(context.Cause(ctx)) })
	defer stop()
	s := &sorter{c: c}
	defer s.end(nil)
	buffer := make([]byte, readBuffer)
	for {
		n, err := c.port.Read(buffer)
		s.feed(buffer[:n])
		if err != nil {
			c.die(err)
			return c.cause
		}
		if n == 0 {
			select {
			case <-time.After(emptyRead):
			case <-c.closed:
				return c.cause
			}
		}
	}
}

// die closes the port. The first reason counts. It returns when the port is closed.
func (c *Conn) die(why error) {
	c.dying.Do(func() {
		c.cause = why
		close(c.closed)    // which ends the dialogue as well
		_ = c.port.Close() // the reason is known already
	})
}

// Fail closes the port for the given reason. It is for an unsolicited result that means
// that the command in flight will not be answered.
func (c *Conn) Fail(why error) { c.die(why) }

// closedError returns the error of a command on a closed port.
func (c *Conn) closedError() error {
	<-c.closed
	return fmt.Errorf("%w: %w", ErrClosed, c.cause)
}

// take waits for the turn to run a command.
func (c *Conn) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case c.turn <- struct{}{}:
	case <-c.closed:
		return c.closedError()
	case <-ctx.Done():
		return ctx.Err()
	}
	var err error
	switch {
	case done(c.closed):
		err = c.closedError()
	case ctx.Err() != nil:
		err = ctx.Err()
	default:
		return nil
	}
	c.leave()
	return err
}

// leave gives the turn back.
func (c *Conn) leave() { <-c.turn }

// controls are the characters that end a command, and that end or cancel a payload.
const controls = "\r\n\x1a\x1b"

var errControl = errors.New("a command or its payload holds control characters")

// Command runs a command, which is given without AT, and returns the lines of its reply
// without the final result. If the final result is an error, it returns a [CMSError],
// [CMEError] or [ResultError]. After any other error the connection is out of step; the
// next command first brings it into step again, which takes up to ten seconds. The
// timeout is counted from before the command is written.
func (c *Conn) Command(ctx context.Context, cmd string, timeout time.Duration) ([]string, error) {
	return c.CommandIn(ctx, anyStep, cmd, timeout)
}

// CommandIn is Command for one that must run before the modem can have restarted: if the
// connection has been brought into step since [Conn.Resyncs] returned step, the command
// is not written, and the error is [ErrResynced].
func (c *Conn) CommandIn(ctx context.Context, step int64, cmd string, timeout time.Duration) ([]string, error) {
	if strings.ContainsAny(cmd, controls) {
		return nil, errControl
	}
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	defer c.leave()
	if err := c.inStepOf(ctx, step); err != nil {
		return nil, err
	}
	return c.run(ctx, newExchange(c.dialogue, cmd, ""), timeout)
}

// run runs a command without a payload. The caller holds the turn.
func (c *Conn) run(ctx context.Context, e *exchange, timeout time.Duration) ([]string, error) {
	defer c.limit(ctx, e, timeout)()
	return c.exchange(e, func(a *library.AT) ([]string, error) { return a.Command(e.cmd, library.WithTimeout(-1)) })
}

// limit gives e up at the timeout or when ctx ends, until release is called.
func (c *Conn) limit(ctx context.Context, e *exchange, timeout time.Duration) (release func()) {
	e.timer = time.AfterFunc(timeout, func() { c.giveUp(e, ErrTimeout) })
	stop := context.AfterFunc(ctx, func() { c.giveUp(e, ctx.Err()) })
	return func() {
		e.timer.Stop()
		stop()
	}
}

// exchange has the library run a command, and returns its reply. With an error it returns
// the lines that have come.
func (c *Conn) exchange(e *exchange, run func(*library.AT) ([]string, error)) ([]string, error) {
	c.flight.Store(e)
	info, err := run(e.dialogue.at)
	c.flight.Store(nil)
	for i := range info {
		info[i] = strings.TrimPrefix(info[i], mark)
	}
	lines, result, why := e.outcome()
	if len(info) == 0 {
		info = lines // the library keeps none if it did not see the end
	}
	switch {
	case result == "OK" && err == nil:
		return info, nil
	case result != "" && result != "OK":
		if !errors.Is(err, library.ErrError) {
			c.outOfStep(e) // the library has not seen the result yet
		}
		return info, resultError(result)
	}
	c.outOfStep(e)
	switch {
	case done(c.closed):
		return info, c.closedError()
	case why != nil:
		return info, why
	}
	return info, err
}

// giveUp ends the wait for the result of e.
func (c *Conn) giveUp(e *exchange, why error) { c.rescue(e.giveUp(why), why) }

// rescue closes the port if an exchange is stuck in a write, which nothing else ends.
func (c *Conn) rescue(stuck bool, why error) {
	if stuck {
		c.die(fmt.Errorf("the port takes no more bytes: %w", why))
	}
}

// write writes text to the port for e, unless e is over.
func (c *Conn) write(e *exchange, text string) error {
	payload := e.payload != "" && strings.HasPrefix(text, e.payload)
	if err := e.beginWrite(payload); err != nil {
		return err
	}
	if payload && e.upload {
		c.trace(">", fmt.Sprintf("(%d octets)", len(text)))
	} else {
		c.trace(">", text)
	}
	n, err := io.WriteString(c.port, text)
	e.endWrite(payload && err != nil && n == 0)
	if err != nil {
		c.die(err)
		return c.closedError()
	}
	return nil
}

func (c *Conn) trace(direction, text string) {
	if c.cfg.Log.Enabled(context.Background(), slog.LevelDebug) {
		c.cfg.Log.Debug("at "+direction, "line", masked(text))
	}
}

// done reports whether a channel has been closed.
func done(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}
