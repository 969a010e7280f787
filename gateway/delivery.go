package gateway

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// Webhooks is how news is delivered to webhooks.
type Webhooks struct {
	Formats map[string]Format
	// Allow are networks outside the public internet in which receivers may be, such
	// as 192.168.1.0/24 for an app in the local network. All other private addresses
	// are refused, those of this machine included.
	Allow []netip.Prefix
	// AnyCallback lets apps name callbacks at addresses that nobody has registered,
	// in formats that are not signed. Allow bounds these, too.
	AnyCallback bool
	// Dial opens connections in place of the network; nil: the network, where Allow
	// holds.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Delivery is one piece of news for one receiver.
type Delivery struct {
	ID      int64
	Webhook int64 // 0: it goes to the callback of its subject
	App     string
	Kind    string
	Subject int64 // id of the message, or whatever Kind says
	At      time.Time
	State   DeliveryState
	Tries   int
	Cause   string // of the last failure
	Ended   time.Time

	callback string
	origin   string // that it goes to, "" not known yet
	due      int64  // tick
}

func (d Delivery) receiver() receiver { return receiver{d.App, d.origin} }

// DeliveryState is the state of a delivery.
//
//	DeliveryPending <--> DeliveryDone | DeliveryFailed
//
// It goes back to DeliveryPending only where somebody asks for a replay.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryPending DeliveryState = "pending"
	DeliveryDone    DeliveryState = "delivered"
	DeliveryFailed  DeliveryState = "failed" // it is tried again by Replay alone
)

// DeliveryStates lists all of them; the schema checks for the same.
var DeliveryStates = []DeliveryState{DeliveryPending, DeliveryDone, DeliveryFailed}

var deliveryTransitions = map[DeliveryState][]DeliveryState{
	DeliveryPending: {DeliveryDone, DeliveryFailed},
	DeliveryDone:    {DeliveryPending},
	DeliveryFailed:  {DeliveryPending},
}

// May reports whether a delivery in state s may change to state next.
func (s DeliveryState) May(next DeliveryState) bool {
	return slices.Contains(deliveryTransitions[s], next)
}

// retries are the pauses of Standard Webhooks ("Deliverability and reliability").
var retries = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
	14 * time.Hour, 20 * time.Hour, 24 * time.Hour}

const (
	longestPause = 24 * time.Hour
	atOnce       = 32 // deliveries under way
	// giveUpAfter is the age from which deliveries fail together with the first
	// one that has had all its tries without an answer. It is less than retries
	// take, so that they are all tried by then, or known to be hopeless.
	giveUpAfter   = 72 * time.Hour
	maxPending    = 10_000 // for one webhook, or for all callbacks of an app
	keepEnded     = 50_000
	keepDelivered = 7 * 24 * time.Hour
	boundEvery    = time.Minute
	addressBatch  = 500
	failBatch     = 1000
)

// deliver makes deliveries until ctx ends: one at a time to each receiver, in the
// order of [turns]. It sleeps while nothing is due.
func (g *Gateway) deliver(ctx context.Context) error {
	client := g.cfg.Webhooks.client()
	defer client.CloseIdleConnections()
	type ended struct {
		receiver
		answered bool
	}
	free := make(chan ended)
	turns := newTurns(atOnce)
	var bounded time.Time
	for {
		news := g.db.Bell(topicNews)
		due, next, err := g.nextDeliveries(ctx, turns, &bounded)
		if err != nil && ctx.Err() == nil {
			g.log.Error("could not read what is to be delivered to webhooks", "err", err)
			next = time.Minute
		}
		for _, d := range due {
			go func() { free <- ended{d.receiver(), g.try(ctx, client, d)} }()
		}
		timer := time.NewTimer(next)
		select {
		case <-news:
		case e := <-free:
			turns.end(e.receiver, e.answered, int64(g.clock.Tick()))
		case <-timer.C:
		case <-ctx.Done():
			for range turns.busy {
				<-free
			}
			return nil
		}
		timer.Stop()
	}
}

// nextDeliveries returns the deliveries whose turn it is, and how long it is until
// another may be due.
func (g *Gateway) nextDeliveries(ctx context.Context, turns *turns, bounded *time.Time) (due []Delivery, next time.Duration, err error) {
	const never = 24 * time.Hour
	if !g.listens.Load() || turns.full() || ctx.Err() != nil {
		return nil, never, nil
	}
	for g.unaddressed.Load() {
		if err := g.commit(ctx, func(*store.Tx) error { return nil }); err != nil {
			return nil, never, err
		}
	}
	heads, err := store.Read(ctx, g.db, headDeliveries)
	if err != nil {
		return nil, never, err
	}
	if time.Since(*bounded) >= boundEvery {
		*bounded = time.Now()
		if err := g.boundPending(ctx, heads); err != nil {
			return nil, never, err
		}
	}
	tick := int64(g.clock.Tick())
	due, at := turns.take(heads, tick)
	if next = never; at > 0 {
		next = max(time.Millisecond, time.Duration(at-tick)*time.Millisecond)
	}
	return due, next, nil
}

// address notes where the deliveries go that a transaction has made. It is the
// last thing in each transaction, and reads an empty index in most.
func (g *Gateway) address(tx *store.Tx) error {
	if !g.listens.Load() {
		return nil
	}
	n, err := addressDeliveries(tx, int64(g.clock.Tick()))
	g.unaddressed.Store(n == addressBatch)
	if n > 0 {
		tx.Ring(topicNews)
	}
	return err
}

// boundPending fails the oldest deliveries of each webhook for which too many are
// pending, down to nine tenths of the bound, and writes an event for its owner.
func (g *Gateway) boundPending(ctx context.Context, heads []Delivery) error {
	for i, d := range heads {
		if i > 0 && heads[i-1].App == d.App {
			continue // they are in the order of their apps
		}
		long, err := store.Read(ctx, g.db, func(tx *store.Tx) ([]backlog, error) { return backlogs(tx, d.App, maxPending) })
		if err != nil {
			return err
		}
		for _, b := range long {
			if err := g.shorten(ctx, b, b.pending-maxPending*9/10); err != nil {
				return err
			}
		}
	}
	return nil
}

// shorten fails the n oldest deliveries of a backlog, in steps.
func (g *Gateway) shorten(ctx context.Context, b backlog, n int64) error {
	cause := fmt.Sprintf("too many deliveries were pending: more than %d", maxPending)
	what := fmt.Sprintf("webhook %d of %s", b.webhook, b.app)
	if b.webhook == 0 {
		what = "the callbacks of " + b.app
	}
	for left := n; left > 0; left -= failBatch {
		err := g.commit(ctx, func(tx *store.Tx) error {
			if err := failOldest(tx, b, min(left, failBatch), cause, int64(g.clock.Wall())); err != nil || left > failBatch {
				return err
			}
			return g.journal.Note(tx, journal.Event{Kind: journal.WebhookFailed, Text: fmt.Sprintf(
				"more than %d deliveries were pending for %s: the %d oldest have failed. Check whether the receiver answers: simgate webhooks deliveries",
				maxPending, what, n)})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// try makes a delivery once, and notes the outcome. It reports whether the
// receiver is to be asked again soon: it is not where it did not answer.
func (g *Gateway) try(ctx context.Context, client *http.Client, d Delivery) bool {
	p, failure := g.post(ctx, d)
	var a answer
	if failure == nil {
		a = p.send(ctx, client)
	}
	if ctx.Err() != nil && !a.answered() {
		return true // it is made again after the next start, with the same id
	}
	outcome := "failed"
	if failure == nil && a.ok {
		outcome = "delivered"
	}
	g.metrics.deliveries.WithLabelValues(outcome).Inc()
	err := g.commit(context.WithoutCancel(ctx), func(tx *store.Tx) error { return g.settleDelivery(tx, d, p, a, failure) })
	if err != nil {
		g.log.Error("could not note what became of a delivery", "delivery", d.ID, "err", err)
	}
	return failure != nil || a.answered()
}

// settleDelivery notes the outcome of a try.
func (g *Gateway) settleDelivery(tx *store.Tx, d Delivery, p post, a answer, failure error) error {
	wall := int64(g.clock.Wall())
	d.Tries++
	pauses := retries
	if p.format.Retries != nil {
		pauses = p.format.Retries
	}
	others := ""
	switch {
	case failure != nil:
		d.State, d.Cause = DeliveryFailed, fault.MessageOf(failure)
	case a.ok:
		d.State, d.Cause = DeliveryDone, ""
	case a.status == http.StatusGone:
		d.State, d.Cause = DeliveryFailed, "the receiver wants to be told no more (410)"
		if err := g.gone(tx, d, wall); err != nil {
			return err
		}
	case d.Tries > len(pauses):
		d.State, d.Cause = DeliveryFailed, a.cause
		if !a.answered() {
			n, err := failOld(tx, d.receiver(), int64(g.clock.Tick())-giveUpAfter.Milliseconds(), "the receiver has not answered for days", wall)
			if err != nil {
				return err
			}
			if n > 1 {
				others = fmt.Sprintf(", nor were %d others", n-1)
			}
		}
	default:
		pause := max(jitter(pauses[d.Tries-1]), min(a.after, longestPause))
		d.Cause = a.cause
		return postponeDelivery(tx, d, int64(g.clock.Tick())+pause.Milliseconds())
	}
	if err := endDelivery(tx, d, wall); err != nil || d.State != DeliveryFailed || fault.CodeOf(failure) == fault.Conflict {
		return err
	}
	return g.journal.Note(tx, journal.Event{Kind: journal.WebhookFailed, Text: fmt.Sprintf(
		"%s of %s was not told to its webhook after %d tries%s: %s. See simgate webhooks deliveries, and tell it again with simgate webhooks replay %d",
		d.Kind, d.App, d.Tries, others, d.Cause, d.ID)})
}

// gone fails what is pending for a receiver that has answered 410. A webhook is
// disabled, which ends the callbacks that its registration allows; a callback
// ends alone.
func (g *Gateway) gone(tx *store.Tx, d Delivery, wall int64) error {
	if d.Webhook == 0 {
		return failCallback(tx, d.receiver(), d.callback, d.Cause, wall)
	}
	if err := disableWebhook(tx, d.Webhook, d.Cause); err != nil {
		return err
	}
	if err := failPending(tx, d.receiver(), d.Webhook, d.Cause, wall); err != nil {
		return err
	}
	enabled, err := g.enabledAt(tx, d.receiver())
	if err != nil || enabled {
		return err
	}
	return failPending(tx, d.receiver(), 0, d.Cause, wall)
}

// jitter spreads what failed at the same time.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration(rand.Int64N(int64(d)/10+1)) //nolint:gosec // nobody gains by guessing it
}

// DeliveryFilter selects deliveries; zero fields select all.
type DeliveryFilter struct {
	Webhook int64
	State   DeliveryState
	Before  int64 // only ids below
	Limit   int   // 1 to 500, 0 means 50
}

// Deliveries returns them, newest first.
func (g *Gateway) Deliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error) {
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Limit < 1 || f.Limit > 500 {
		return nil, fault.NewInvalid("limit", "at most 500 deliveries at a time")
	}
	if f.State != "" && !slices.Contains(DeliveryStates, f.State) {
		return nil, fault.NewInvalid("state", "there is no state "+fault.Quote(string(f.State))+": use pending, delivered or failed")
	}
	return store.Read(ctx, g.db, func(tx *store.Tx) ([]Delivery, error) { return selectDeliveries(tx, f) })
}

// Replay makes a delivery again, with the same id, whatever its outcome was. It
// is [Conflict] where its webhook is disabled.
func (g *Gateway) Replay(ctx context.Context, id int64) (Delivery, error) {
	return write(ctx, g, func(tx *store.Tx) (Delivery, error) {
		d, err := selectDelivery(tx, id)
		if err != nil {
			return d, err
		}
		if _, err := g.addressee(tx, d); fault.CodeOf(err) == fault.Conflict {
			return d, err
		}
		if err := replayDelivery(tx, id); err != nil {
			return d, err
		}
		d.State, d.Tries, d.Ended = DeliveryPending, 0, time.Time{}
		return d, nil
	})
}
