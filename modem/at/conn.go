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

// Config tells a Conn what to do with what it reads.
type Config struct {
	// URC is called with each unsolicited result, in the order of their coming,
	// on the goroutine of Run. It must neither block nor issue commands.
	URC func(URC)
	// Log gets a trace at debug level, in which numbers, PINs and PDUs are
	// masked; nil for none.
	Log *slog.Logger
}

// Conn is the conversation with one modem over one port. Commands go one at a
// time, in the order in which they were asked for; it is safe for concurrent
// use.
type Conn struct {
	port   io.ReadWriteCloser
	cfg    Config
	turn   chan struct{}            // holds one; who has put it there may have a command in flight
	flight atomic.Pointer[exchange] // that command

	distrusted atomic.Bool // see Distrust

	// Of the holder of turn.
	dialogue *dialogue // nil: out of step
	missed   []string  // names of commands whose answers may still come
	prompts  bool      // one of them asks for a payload: the modem may sit at its prompt

	dying  sync.Once
	closed chan struct{} // closed when the port is dead
	cause  error         // why it is; set before closed is closed
}

// New returns a conversation over port that begins with [Conn.Run].
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
	emptyRead  = 10 * time.Millisecond // pause after a read that brought nothing
)

// Run reads from the port until it dies or ctx ends, and closes it. It returns
// why; from then on every command fails with [ErrClosed], wrapping the same.
func (c *Conn) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { c.die(context.Cause(ctx)) })
	defer stop()
	s := &sorter{c: c}
	defer s.release()
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

// die closes the port, for the first reason that is given. It returns when that
// is done, whoever does it.
func (c *Conn) die(why error) {
	c.dying.Do(func() {
		c.cause = why
		close(c.closed)    // which ends the dialogue as well
		_ = c.port.Close() // it is dead: there is nothing more to know
	})
}

// Fail ends the conversation and closes the port: what was heard makes it
// useless to wait for the command in flight.
func (c *Conn) Fail(why error) { c.die(why) }

// closedError is what every command gets on a dead port.
func (c *Conn) closedError() error {
	<-c.closed
	return fmt.Errorf("%w: %w", ErrClosed, c.cause)
}

// take waits for the turn to have a command in flight.
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

func (c *Conn) leave() { <-c.turn }

// controls are the characters that end a command, hand a payload over, or cancel
// it.
const controls = "\r\n\x1a\x1b"

var errControl = errors.New("a command or its payload holds control characters")

// Command runs one command, given without its AT, and returns the lines of its
// reply without the final result. A final result that says no is a [CMSError],
// [CMEError] or [ResultError]; anything else that goes wrong leaves the
// conversation out of step. The next command mends that before it is run, which
// takes ten seconds at the most. The timeout begins when the command is written,
// and covers the writing.
func (c *Conn) Command(ctx context.Context, cmd string, timeout time.Duration) ([]string, error) {
	if strings.ContainsAny(cmd, controls) {
		return nil, errControl
	}
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	defer c.leave()
	if err := c.inStep(ctx); err != nil {
		return nil, err
	}
	return c.run(ctx, newExchange(c.dialogue, cmd, ""), timeout)
}

// run has one plain command in flight. The caller holds the turn.
func (c *Conn) run(ctx context.Context, e *exchange, timeout time.Duration) ([]string, error) {
	defer c.limit(ctx, e, timeout)()
	return c.exchange(e, func(a *library.AT) ([]string, error) { return a.Command(e.cmd, library.WithTimeout(-1)) })
}

// limit gives e up when its time is over or ctx ends, until it is released.
func (c *Conn) limit(ctx context.Context, e *exchange, timeout time.Duration) (release func()) {
	timer := time.AfterFunc(timeout, func() { c.giveUp(e, ErrTimeout) })
	stop := context.AfterFunc(ctx, func() { c.giveUp(e, ctx.Err()) })
	return func() {
		timer.Stop()
		stop()
	}
}

// exchange lets the library run a command, and reads what came of it. What has
// come of the reply is returned with an error too: nobody else will tell it.
func (c *Conn) exchange(e *exchange, run func(*library.AT) ([]string, error)) ([]string, error) {
	c.flight.Store(e)
	info, err := run(e.dialogue.at)
	c.flight.Store(nil)
	for i := range info {
		info[i] = strings.TrimPrefix(info[i], mark)
	}
	result, why := e.outcome()
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

// giveUp ends the wait for e.
func (c *Conn) giveUp(e *exchange, why error) { c.rescue(e.giveUp(why), why) }

// rescue frees an exchange that is stuck in a write: only closing the port can.
func (c *Conn) rescue(stuck bool, why error) {
	if stuck {
		c.die(fmt.Errorf("the port takes no more bytes: %w", why))
	}
}

// write puts text on the line for e, unless e is over.
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
