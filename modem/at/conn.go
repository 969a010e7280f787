package at

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
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
	turn   chan struct{} // holds one; who has taken it may have a command in flight
	closed chan struct{} // closed when the port is dead

	// Of the holder of turn.
	dialogue *dialogue // nil: out of step
	missed   []string  // names of commands whose answers may still come

	mu     sync.Mutex // guards what follows
	flight *exchange  // the command in flight
	fed    *dialogue  // and the dialogue that its reply goes to
	times  SubmitTimes
	cause  error // why the port is dead
}

// New returns a conversation over port that begins with [Conn.Run].
func New(port io.ReadWriteCloser, cfg Config) *Conn {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.URC == nil {
		cfg.URC = func(URC) {}
	}
	c := &Conn{port: port, cfg: cfg, turn: make(chan struct{}, 1), closed: make(chan struct{})}
	return c
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

// die closes the port, for the first reason that is given.
func (c *Conn) die(why error) {
	c.mu.Lock()
	first := c.cause == nil
	if first {
		c.cause = why
	}
	c.mu.Unlock()
	if !first {
		return
	}
	close(c.closed)    // which ends the dialogue as well
	_ = c.port.Close() // it is dead: there is nothing more to know
}

// closedError is what every command gets on a dead port.
func (c *Conn) closedError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
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
	select {
	case <-c.closed:
		c.leave()
		return c.closedError()
	default:
		return nil
	}
}

func (c *Conn) leave() { <-c.turn }

// Command runs one command, given without its AT, and returns the lines of its
// reply without the final result. A final result that says no is a [CMSError],
// [CMEError] or [ResultError]; anything else that goes wrong leaves the
// conversation out of step, which the next command mends.
func (c *Conn) Command(ctx context.Context, cmd string, timeout time.Duration) ([]string, error) {
	if strings.ContainsAny(cmd, "\r\n\x1a\x1b") {
		return nil, fmt.Errorf("a command cannot contain control characters")
	}
	if err := c.take(ctx); err != nil {
		return nil, err
	}
	defer c.leave()
	if err := c.inStep(ctx); err != nil {
		return nil, err
	}
	return c.run(ctx, newExchange(cmd, ""), timeout)
}

// run has one plain command in flight. The caller holds the turn.
func (c *Conn) run(ctx context.Context, e *exchange, timeout time.Duration) ([]string, error) {
	timer := time.AfterFunc(timeout, func() { c.abort(e, ErrTimeout) })
	defer timer.Stop()
	stop := context.AfterFunc(ctx, func() { c.abort(e, ctx.Err()) })
	defer stop()
	return c.exchange(e, func(a *library.AT) ([]string, error) { return a.Command(e.cmd, library.WithTimeout(-1)) })
}

// exchange lets the library run a command, and reads what came of it.
func (c *Conn) exchange(e *exchange, run func(*library.AT) ([]string, error)) ([]string, error) {
	d := c.dialogue
	c.begin(e, d)
	info, err := run(d.at)
	c.begin(nil, nil)
	select {
	case <-e.final:
		// It came, whatever else happened at the same moment.
		for i := range info {
			info[i] = strings.TrimPrefix(info[i], mark)
		}
		if e.result == "OK" && err == nil {
			return info, nil
		}
		if e.result != "OK" {
			return info, resultError(e.result)
		}
	default:
	}
	c.outOfStep(e)
	select {
	case <-c.closed:
		return nil, c.closedError()
	default:
	}
	if why := e.abortedWith(); why != nil {
		return nil, why
	}
	return nil, err
}

// begin makes e the command in flight, and d the dialogue that is fed.
func (c *Conn) begin(e *exchange, d *dialogue) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flight, c.fed = e, d
}

func (c *Conn) inFlight() *exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flight
}

// abort gives up an exchange. If it is stuck in writing, only closing the port
// can free it.
func (c *Conn) abort(e *exchange, why error) {
	e.abort(why)
	e.mu.Lock()
	stuck := e.writing
	e.mu.Unlock()
	if stuck {
		c.die(fmt.Errorf("the port takes no more bytes: %w", why))
		return
	}
	c.mu.Lock()
	var d *dialogue
	if c.flight == e {
		d = c.fed
	}
	c.mu.Unlock()
	if d != nil {
		d.discard()
	}
}

// reply gives a line to the library.
func (c *Conn) reply(e *exchange, line string, final bool) {
	c.mu.Lock()
	d := c.fed
	if c.flight != e {
		d = nil
	}
	c.mu.Unlock()
	if d == nil {
		return
	}
	if !final {
		d.feed(mark + line + "\n")
		return
	}
	c.mu.Lock()
	c.flight = nil // what follows belongs to nobody
	c.mu.Unlock()
	e.result = line
	close(e.final)
	if line == "OK" {
		d.feed("OK\n")
	} else {
		d.feed("ERROR\n")
	}
}

// prompted reports whether a prompt is awaited, and passes it on if so.
func (c *Conn) prompted() bool {
	c.mu.Lock()
	e, d := c.flight, c.fed
	c.mu.Unlock()
	if e == nil || e.payload == "" {
		return false
	}
	select {
	case <-e.prompted:
		return false
	default:
		close(e.prompted)
		d.feed(">")
		return true
	}
}

// write puts text on the line, and returns how much of it went. An abort
// meanwhile closes the port.
func (c *Conn) write(e *exchange, text string) (int, error) {
	c.trace(">", text)
	e.mu.Lock()
	e.writing = true
	e.mu.Unlock()
	n, err := io.WriteString(c.port, text)
	e.mu.Lock()
	e.writing = false
	e.mu.Unlock()
	if err != nil {
		c.die(err)
	}
	return n, err
}

func (c *Conn) trace(direction, text string) {
	if c.cfg.Log.Enabled(context.Background(), slog.LevelDebug) {
		c.cfg.Log.Debug("at "+direction, "line", masked(text))
	}
}
