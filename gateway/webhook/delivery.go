package webhook

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// Delivery is one change for one receiver.
type Delivery struct {
	ID      int64
	Webhook int64 // 0: it goes to the callback of its subject
	App     string
	Kind    string
	Subject int64 // id of the message, or whatever Kind says
	At      time.Time
	State   State
	Tries   int
	Cause   cause.Cause // of the last failure
	Ended   time.Time
	Next    time.Time // of a pending one, when it is tried next, at the earliest; zero while it is held

	callback Callback // it goes to, zero with Webhook
	sender   string   // whose news are delivered in their order, "" nobody
	origin   string   // of the URL that it goes to
	due      clock.Tick
	content  string // what Render has returned before the first try, "" before that
}

// plan says when a delivery is tried next.
func (d *Delivery) plan(now clock.Moment) {
	if d.State == Pending && d.due < clock.Tick(store.Held) {
		d.Next = now.AtTick(max(d.due, now.Tick)).Time()
	}
}

func (d Delivery) receiver() receiver { return receiver{d.App, d.origin} }

// retries are the pauses of Standard Webhooks ("Deliverability and reliability").
var retries = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
	14 * time.Hour, 20 * time.Hour, 24 * time.Hour}

const (
	longestPause = 24 * time.Hour
	atOnce       = 32 // deliveries under way
	// giveUpAfter is the age from which deliveries fail together with the first
	// one that has had all its tries without an answer. It is less than retries
	// take, so that they are all tried by then, or known to be hopeless.
	giveUpAfter = 72 * time.Hour
	// inOrder are the tries of a delivery, which take more than a day, in which what came in
	// later from the same sender waits for it.
	inOrder    = 7
	keepEnded  = 50_000
	boundEvery = time.Minute
	failBatch  = 1000
)

// try makes a delivery once, and notes the outcome. It reports whether the receiver may
// be asked again soon, which it may not where it did not answer.
func (h *Webhooks) try(ctx context.Context, client *http.Client, d Delivery) bool {
	p, failure := h.post(ctx, &d)
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
	h.metrics.tries.WithLabelValues(outcome).Inc()
	err := h.db.Commit(context.WithoutCancel(ctx), func(tx *store.Tx) error { return h.settleDelivery(tx, d, p, a, failure) })
	if err != nil {
		h.log.Error("could not note what became of a delivery", "delivery", d.ID, "err", err)
	}
	return failure != nil || a.answered()
}

// settleDelivery notes the outcome of a try, and with the first what was delivered, for
// the tries that follow.
func (h *Webhooks) settleDelivery(tx *store.Tx, d Delivery, p post, a answer, failure error) error {
	wall := h.clock.Wall()
	d.Tries++
	pauses := retries
	if p.format.Retries != nil {
		pauses = p.format.Retries
	}
	others := ""
	switch {
	case failure != nil:
		d.State = Failed
		d.Cause = causeOf(failure)
	case a.ok:
		d.State = Delivered
		d.Cause = cause.Cause{}
	case a.status == http.StatusGone:
		d.State = Failed
		d.Cause = cause.HTTPGone.With()
		if err := h.gone(tx, d, wall); err != nil {
			return err
		}
	case d.Tries > len(pauses):
		d.State = Failed
		d.Cause = a.cause
		if !a.answered() {
			n, err := failOld(tx, d.receiver(), h.clock.Tick().Add(-giveUpAfter), cause.Silent.With(), wall)
			if err != nil {
				return err
			}
			if n > 1 {
				others = fmt.Sprintf(", nor could %d others", n-1)
			}
		}
	default:
		pause := max(jitter(pauses[d.Tries-1]), min(a.after, longestPause))
		d.Cause = a.cause
		due := h.clock.Tick().Add(pause)
		if err := postponeDelivery(tx, d, due); err != nil || d.sender == "" || d.Tries > inOrder {
			return err
		}
		return postponeLater(tx, d, due)
	}
	if err := endDelivery(tx, d, wall); err != nil || d.State != Failed || fault.CodeOf(failure) == fault.Conflict || fault.CodeOf(failure) == fault.NotFound {
		return err // the subject that is gone was forgotten on purpose
	}
	return h.journal.Note(tx, journal.Event{Kind: journal.WebhookFailed, Text: fmt.Sprintf(
		"%s of %s could not be delivered to its webhook after %d tries%s: %s. See simgate webhooks deliveries, and deliver it again with simgate webhooks replay %d",
		d.Kind, d.App, d.Tries, others, d.Cause, d.ID)})
}

// causeOf returns why a delivery cannot be made at all.
func causeOf(failure error) cause.Cause {
	c := cause.Of(failure)
	if fault.CodeOf(failure) == fault.Conflict { // of nothing else
		c.Code = cause.WebhookDisabled
	}
	return c
}

// gone fails what is pending for a receiver that has answered 410. A webhook is
// disabled, which ends the callbacks that its registration allows; a callback
// ends alone.
func (h *Webhooks) gone(tx *store.Tx, d Delivery, wall clock.Wall) error {
	if d.Webhook == 0 {
		return failCallback(tx, d.receiver(), d.callback, cause.HTTPGone.With(), wall)
	}
	if err := disableWebhook(tx, d.Webhook, d.Cause.Text); err != nil {
		return err
	}
	if err := failPending(tx, d.receiver(), d.Webhook, cause.HTTPGone.With(), wall); err != nil {
		return err
	}
	enabled, err := enabledAt(tx, d.receiver())
	if err != nil || enabled {
		return err
	}
	return failPending(tx, d.receiver(), 0, cause.HTTPGone.With(), wall)
}

// Failing is a receiver that does not take what is delivered.
type Failing struct {
	App, Origin string
	Tries       int         // of the delivery that has had most
	Cause       cause.Cause // of its last failure
}

// failingTries are the tries after which a receiver counts as failing: it has not taken a
// delivery for half an hour.
const failingTries = 4

// Failing returns the receivers that do not take what is delivered.
func (h *Webhooks) Failing(ctx context.Context) ([]Failing, error) {
	if !h.listens.Load() {
		return nil, nil
	}
	return store.Read(ctx, h.db, func(tx *store.Tx) (found []Failing, err error) {
		heads, err := headDeliveries(tx)
		if err != nil {
			return nil, err
		}
		for _, d := range heads {
			last, err := lastDue(tx, d.receiver())
			if err != nil {
				return nil, err
			}
			if last.Tries >= failingTries {
				found = append(found, Failing{App: d.App, Origin: d.origin, Tries: last.Tries, Cause: last.Cause})
			}
		}
		return found, nil
	})
}

// jitter spreads what failed at the same time.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration(rand.Int64N(int64(d)/10+1)) //nolint:gosec // nobody gains by guessing it
}

// Filter selects deliveries; zero fields select all.
type Filter struct {
	Webhook int64
	Subject int64 // of whatever kind
	State   State
	Since   time.Time // that happened then or later
	Until   time.Time // that happened before
	Before  int64     // only ids below
	Limit   int       // 1 to 500, 0 means 50
}

// Deliveries returns them, newest first.
func (h *Webhooks) Deliveries(ctx context.Context, f Filter) ([]Delivery, error) {
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Limit < 1 || f.Limit > 500 {
		return nil, fault.NewInvalid("limit", "at most 500 deliveries at a time")
	}
	if f.State != "" && !slices.Contains(States, f.State) {
		return nil, fault.NewInvalid("state", "there is no state "+fault.Quote(string(f.State))+": use pending, delivered or failed")
	}
	list, err := store.Read(ctx, h.db, func(tx *store.Tx) ([]Delivery, error) { return selectDeliveries(tx, f) })
	now := h.clock.Now()
	for i := range list {
		list[i].plan(now)
	}
	return list, err
}

// Replay makes a delivery again, with the same id and content, whatever its outcome was.
// The error is [fault.Conflict] where its webhook is disabled.
func (h *Webhooks) Replay(ctx context.Context, id int64) (Delivery, error) {
	return store.Write(ctx, h.db, func(tx *store.Tx) (Delivery, error) {
		d, err := selectDelivery(tx, id)
		if err != nil {
			return d, err
		}
		w, err := h.addressee(tx, d)
		if fault.CodeOf(err) == fault.Conflict {
			return d, err
		}
		if err == nil { // else the try says why
			d.origin = originOf(w.URL)
		}
		d.State, d.Tries, d.Ended, d.due, d.origin = Pending, 0, time.Time{}, h.clock.Tick(), cmp.Or(d.origin, "invalid")
		if err := replayDelivery(tx, d); err != nil {
			return d, err
		}
		tx.Ring(replayed)
		return d, nil
	})
}
