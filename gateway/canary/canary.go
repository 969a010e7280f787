// Package canary measures whether messages arrive: on schedule one SIM sends a message to
// another, or to itself, and it is seen whether that comes in.
//
// It is the one check from end to end: of the modem, the SIM, the network, its message
// centre, and the way back. Each message costs what any other does and counts in the
// budgets of its SIM. One that is lost is sent again soon; the owner is told of two in a
// row, since networks lose one now and then.
//
// [Canary.Prove] sends one when the owner asks for it, to see whether a number is that of
// the SIM.
package canary

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
)

// Config says when messages are sent. The zero value sends none.
type Config struct {
	Every  time.Duration // 0: never
	To     string        // number of the SIM that they go to; "": by turns from each SIM to the next
	Within time.Duration // in which one has to arrive
}

// Line is a SIM that can send now.
type Line struct {
	ID     int64
	Name   string
	Number string // its own, "" where nobody knows it
}

// World is what the canary sees of the gateway.
type World struct {
	// Lines returns the SIMs that can send now.
	Lines func(ctx context.Context) ([]Line, error)
	// Send sends a message by a SIM, within a time, and returns its id.
	Send func(ctx context.Context, from int64, to, text string, within time.Duration) (int64, error)
	// Fate says what has become of a message, in words; ended that it can no longer arrive.
	Fate func(ctx context.Context, id int64) (fate string, ended bool, err error)
	// Last returns when the last message was sent, the zero time for never.
	Last func(ctx context.Context) (time.Time, error)
}

// Result is what came of one message.
type Result struct {
	At       time.Time // when it was sent; zero: none was, since the start
	From, To string    // names of the SIMs
	Arrived  bool
	Took     time.Duration // until it arrived
	Cause    cause.Cause   // why it did not
	By       int64         // the SIM that it came in by
	Lost     int           // that did not arrive in a row, with this one
}

// Canary sends messages and sees whether they arrive. It is safe for concurrent use.
type Canary struct {
	cfg     atomic.Pointer[Config]
	world   World
	clock   *clock.Clock
	log     *slog.Logger
	metrics metrics

	mu    sync.Mutex
	last  Result
	await map[string]chan int64 // by the text of a message that is under way: the SIM that it comes in by
	turn  int
}

// New returns a canary. Nothing is sent before [Canary.Run].
func New(cfg Config, w World, c *clock.Clock, log *slog.Logger) *Canary {
	n := &Canary{world: w, clock: c, log: log, metrics: newMetrics(), await: map[string]chan int64{}}
	n.Configure(cfg)
	return n
}

// Configure changes when messages are sent.
func (n *Canary) Configure(cfg Config) { n.cfg.Store(&cfg) }

// Config returns when messages are sent.
func (n *Canary) Config() Config { return *n.cfg.Load() }

// Last returns what came of the last message.
func (n *Canary) Last() Result {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last
}

// mark begins all texts of the canary.
const mark = "simgate canary "

// Marks reports whether a text is like those of the canary.
func Marks(text string) bool { return strings.HasPrefix(text, mark) }

// Took takes a message that came in by a SIM, and reports whether it is of the canary:
// nobody else is to see it. Own says that its sender is one of the SIMs.
func (n *Canary) Took(by int64, text string, own bool) bool {
	if !Marks(text) {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if arrived, ok := n.await[text]; ok { // which nobody else knows
		arrived <- by
		delete(n.await, text)
		return true
	}
	return own // also one of an earlier run, or that comes late or twice
}

const (
	lookEvery = time.Minute
	// again is after how long a message is sent again that was lost.
	again = 10 * time.Minute
	// fateEvery is how often it is looked what has become of one.
	fateEvery = 10 * time.Second
)

// Run sends messages when they are due, until ctx ends.
func (n *Canary) Run(ctx context.Context) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := n.look(ctx); err != nil && ctx.Err() == nil {
			n.log.Warn("the canary could not look after its messages", "err", err)
		}
	}
}

// look sends a message if one is due, and sees what comes of it.
func (n *Canary) look(ctx context.Context) error {
	cfg := n.Config()
	if cfg.Every == 0 {
		return nil
	}
	last, err := n.world.Last(ctx)
	if err != nil {
		return err
	}
	due := cfg.Every
	if n.Last().Lost == 1 {
		due = min(due, again)
	}
	// The clock may have been set back.
	if now := n.clock.Wall().Time(); !last.IsZero() && now.Sub(last).Abs() < due {
		return nil
	}
	lines, err := n.world.Lines(ctx)
	if err != nil || len(lines) == 0 {
		return err // of which the owner is told anyway
	}
	from, to, ok := n.pair(lines, cfg.To)
	if !ok {
		n.miss(cfg.To)
		return nil
	}
	n.note(n.try(ctx, from, to, cfg.Within))
	return nil
}

// pair returns the SIM that is to send next, and the one that it sends to.
func (n *Canary) pair(lines []Line, number string) (from, to Line, ok bool) {
	n.turn++
	for i := range lines {
		from, to = lines[(n.turn+i)%len(lines)], lines[(n.turn+i+1)%len(lines)]
		if number != "" {
			for _, l := range lines {
				if l.Number == number {
					to = l
				}
			}
		}
		if to.Number != "" && (number == "" || to.Number == number) {
			return from, to, true
		}
	}
	return from, to, false
}

// try sends a message and waits for it.
func (n *Canary) try(ctx context.Context, from, to Line, within time.Duration) Result {
	token := make([]byte, 6)
	_, _ = rand.Read(token) // never fails: it ends the program first
	text, arrived := mark+hex.EncodeToString(token), make(chan int64, 1)
	n.mu.Lock()
	n.await[text] = arrived
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		delete(n.await, text)
		n.mu.Unlock()
	}()
	r := Result{At: n.clock.Wall().Time(), From: from.Name, To: to.Name}
	began := n.clock.Uptime()
	id, err := n.world.Send(ctx, from.ID, to.Number, text, within)
	if err != nil {
		r.Cause = cause.CanaryRefused.With(err)
		return r
	}
	deadline, ticker := time.NewTimer(within), time.NewTicker(fateEvery)
	defer deadline.Stop()
	defer ticker.Stop()
	fate := ""
	for {
		over := false
		select {
		case r.By = <-arrived:
			r.Arrived, r.Took = true, n.clock.Uptime().Sub(began)
			return r
		case <-ctx.Done():
			r.At = time.Time{} // nobody knows
			return r
		case <-deadline.C:
			over = true
		case <-ticker.C:
		}
		now, ended, err := n.world.Fate(ctx, id)
		if err == nil {
			fate = now
		}
		if over || ended {
			r.Cause = cause.CanaryLost.With(n.clock.Uptime().Sub(began).Round(time.Second), fate)
			return r
		}
	}
}

// Prove sends a message from a SIM to its number, once, and returns nil if it comes in by
// that SIM within the time, or else why the number does not count as its own.
func (n *Canary) Prove(ctx context.Context, l Line, within time.Duration) error {
	switch r := n.try(ctx, l, l, within); {
	case !r.Arrived && r.Cause.Text == "":
		return ctx.Err()
	case !r.Arrived:
		return fmt.Errorf("a message to %s has not come back, so it may be the number of somebody else: %s", l.Number, r.Cause)
	case r.By != l.ID:
		return fmt.Errorf("a message to %s came in by another SIM, line %d, whose number it is", l.Number, r.By)
	}
	return nil
}

// miss notes that there is no SIM to send to.
func (n *Canary) miss(number string) {
	r := Result{At: n.clock.Wall().Time(), Cause: cause.CanaryNoNumber.With(), Lost: lostTold}
	if number != "" {
		r.Cause = cause.CanaryNoSIM.With(number)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.last.Cause != r.Cause {
		n.last = r
		n.log.Warn("the canary cannot be sent", "cause", r.Cause.Text)
	}
}

// lostTold is how many messages that are lost in a row the owner is told of.
const lostTold = 2

// Wrong reports whether the owner should know of a result.
func (r Result) Wrong() bool { return r.Lost >= lostTold }

// note keeps what came of a message.
func (n *Canary) note(r Result) {
	if r.At.IsZero() {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !r.Arrived && r.Lost == 0 {
		r.Lost = n.last.Lost + 1
	}
	n.last = r
	n.metrics.note(r)
	n.log.Info("the canary", "from", r.From, "to", r.To, "arrived", r.Arrived, "took", r.Took.Round(time.Millisecond).String(), "cause", r.Cause.Text)
}
