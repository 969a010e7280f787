package gateway

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// Webhooks is how webhooks are told.
type Webhooks struct {
	Formats map[string]Format
	// Allow are special networks in which receivers may be: "192.168.1.0/24" for an
	// app in the local network. All that is not of the public internet is refused
	// otherwise, this machine first of all.
	Allow []netip.Prefix
	// AnyCallback lets apps name callbacks at addresses that nobody has registered,
	// in formats that are not signed. Allow bounds these, too.
	AnyCallback bool
	// Dial opens the connection in place of the network, nil: the network, as far
	// as Allow lets it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Delivery is one thing that a webhook is told.
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
}

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
	DeliveryFailed  DeliveryState = "failed" // it is not tried again by itself
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
	tellWithin    = 15 * time.Second
	longestPause  = 24 * time.Hour
	atOnce        = 8        // receivers that are told at the same time
	maxAnswer     = 64 << 10 // octets of an answer that are read, and thrown away
	keepDelivered = 7 * 24 * time.Hour
	maxDeliveries = 50_000
)

// deliver tells webhooks until ctx ends, each receiver one thing after the other.
// It sleeps for good while there is none.
func (g *Gateway) deliver(ctx context.Context) error {
	client := g.cfg.Webhooks.client()
	defer client.CloseIdleConnections()
	busy := map[string]bool{}
	free := make(chan string)
	for {
		news := g.db.Bell(topicNews)
		due, next, err := g.nextDeliveries(ctx)
		if err != nil && ctx.Err() == nil {
			g.log.Error("could not read what webhooks are to be told", "err", err)
			next = time.Minute
		}
		for _, d := range due {
			where := fmt.Sprint(d.Webhook, d.callback)
			if busy[where] || len(busy) >= atOnce || ctx.Err() != nil {
				continue
			}
			busy[where] = true
			go func() {
				g.tell(ctx, client, d)
				free <- where
			}()
		}
		timer := time.NewTimer(next)
		select {
		case <-news:
		case where := <-free:
			delete(busy, where)
		case <-timer.C:
		case <-ctx.Done():
			for range busy {
				<-free
			}
			return nil
		}
		timer.Stop()
	}
}

// nextDeliveries returns the oldest that is due of each receiver, and how long it
// is until another may be.
func (g *Gateway) nextDeliveries(ctx context.Context) (due []Delivery, next time.Duration, err error) {
	const never = 24 * time.Hour
	if !g.listens.Load() {
		return nil, never, nil
	}
	tick := int64(g.clock.Tick())
	type found struct {
		due  []Delivery
		next int64
	}
	f, err := store.Read(ctx, g.db, func(tx *store.Tx) (f found, err error) {
		if f.due, err = dueDeliveries(tx, tick); err == nil {
			f.next, err = nextDue(tx, tick)
		}
		return f, err
	})
	if next = never; f.next > 0 {
		next = max(time.Millisecond, time.Duration(f.next-tick)*time.Millisecond)
	}
	return f.due, next, err
}

// tell tries a delivery once, and notes what came of it.
func (g *Gateway) tell(ctx context.Context, client *http.Client, d Delivery) {
	p, err := g.post(ctx, d)
	var a answer
	if err == nil {
		a = p.send(ctx, client)
	}
	if ctx.Err() != nil {
		return // it is told again after the next start, with the same id
	}
	outcome := "failed"
	if err == nil && a.ok {
		outcome = "delivered"
	}
	g.metrics.deliveries.WithLabelValues(outcome).Inc()
	err = g.commit(context.WithoutCancel(ctx), func(tx *store.Tx) error { return g.settleDelivery(tx, d, p, a, err) })
	if err != nil {
		g.log.Error("could not note what became of a delivery", "delivery", d.ID, "err", err)
	}
}

// settleDelivery notes what came of a try.
func (g *Gateway) settleDelivery(tx *store.Tx, d Delivery, p post, a answer, failure error) error {
	wall := int64(g.clock.Wall())
	d.Tries++
	pauses := retries
	if p.format.Retries != nil {
		pauses = p.format.Retries
	}
	switch {
	case failure != nil:
		d.State, d.Cause = DeliveryFailed, fault.MessageOf(failure)
	case a.ok:
		d.State, d.Cause = DeliveryDone, ""
	case a.status == http.StatusGone:
		d.State, d.Cause = DeliveryFailed, "the receiver wants to be told no more (410)"
		if err := disableWebhook(tx, d.Webhook, d.Cause); err != nil {
			return err
		}
	case d.Tries > len(pauses):
		d.State, d.Cause = DeliveryFailed, a.cause
	default:
		pause := max(jitter(pauses[d.Tries-1]), min(a.after, longestPause))
		d.Cause = a.cause
		return postponeDelivery(tx, d, int64(g.clock.Tick())+pause.Milliseconds())
	}
	if err := endDelivery(tx, d, wall); err != nil || d.State != DeliveryFailed {
		return err
	}
	return g.journal.Note(tx, journal.Event{Kind: journal.WebhookFailed, Text: fmt.Sprintf(
		"%s of %s was not told to its webhook after %d tries: %s. See simgate webhooks deliveries, and tell it again with simgate webhooks replay %d",
		d.Kind, d.App, d.Tries, d.Cause, d.ID)})
}

// jitter spreads what failed at the same time.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration(rand.Int64N(int64(d)/10+1)) //nolint:gosec // nobody gains by guessing it
}

// post is a request that is ready to be sent.
type post struct {
	request *Request // nil: there is nothing to tell
	format  Format
	at      time.Time
}

// post writes what a delivery tells.
func (g *Gateway) post(ctx context.Context, d Delivery) (post, error) {
	type told struct {
		w Webhook
		n News
	}
	t, err := store.Read(ctx, g.db, func(tx *store.Tx) (t told, err error) {
		if d.Webhook != 0 {
			t.w, err = selectWebhook(tx, d.Webhook)
		} else {
			t.w, err = g.webhookAt(tx, d.App, callbackOf(d.callback))
		}
		if err == nil {
			t.n, err = selectNews(tx, d)
		}
		return t, err
	})
	if err != nil {
		return post{}, err
	}
	return g.compose(t.w, t.n)
}

// compose writes the request for a webhook.
func (g *Gateway) compose(w Webhook, n News) (post, error) {
	format, known := g.cfg.Webhooks.Formats[w.Format]
	if !known {
		return post{}, fault.NewInvalid("format", "there is no format "+fault.Quote(w.Format)+" any more")
	}
	p := post{format: format, at: g.clock.Local()}
	n.URL, n.Secret, n.Sent = w.URL, w.Secret, p.at
	if w.former != "" && int64(g.clock.Tick()) < w.formerUntil {
		n.Former = w.former
	}
	request, err := format.Request(n)
	if err != nil || request == nil {
		return p, err
	}
	p.request = &Request{Method: cmp.Or(request.Method, http.MethodPost), URL: cmp.Or(request.URL, w.URL), Header: request.Header, Body: request.Body}
	return p, nil
}

// answer is what a receiver says.
type answer struct {
	ok     bool
	status int           // 0: there was no answer
	after  time.Duration // that it asks to wait
	cause  string
}

// send sends the request once. Of the answer it keeps the status and the header
// Retry-After.
func (p post) send(ctx context.Context, client *http.Client) answer {
	if p.request == nil {
		return answer{ok: true}
	}
	ctx, cancel := context.WithTimeout(ctx, tellWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, p.request.Method, p.request.URL, bytes.NewReader(p.request.Body))
	if err != nil {
		return answer{cause: "the URL is none"}
	}
	maps.Copy(r.Header, p.request.Header)
	r.Header.Set("User-Agent", "simgate")
	response, err := client.Do(r)
	if err != nil {
		return answer{cause: whyNot(err)}
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, maxAnswer) // for the connection to be used again
	a := answer{status: response.StatusCode, after: retryAfter(response.Header.Get("Retry-After"), p.at),
		cause: fmt.Sprintf("the receiver answered %d", response.StatusCode)}
	a.ok = a.status == http.StatusOK || !p.format.Strict && a.status/100 == 2
	return a
}

// whyNot says why nobody answered, without the URL, which may hold secrets.
func whyNot(err error) string {
	if refused, ok := errors.AsType[*refusedAddress](err); ok {
		return refused.Error()
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fmt.Sprintf("the receiver did not answer within %v", tellWithin)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return "the receiver could not be reached: " + op.Err.Error()
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name of the receiver could not be looked up: " + dns.Err
	}
	return "the receiver could not be reached, or did not speak HTTP"
}

// retryAfter reads the header of that name (RFC 9110 10.2.3).
func retryAfter(s string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(s); err == nil && seconds > 0 {
		return min(time.Duration(min(seconds, 1<<20))*time.Second, longestPause)
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
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

// Replay tells something again, with the same id, whatever came of it before.
func (g *Gateway) Replay(ctx context.Context, id int64) (Delivery, error) {
	return write(ctx, g, func(tx *store.Tx) (Delivery, error) { return replayDelivery(tx, id) })
}

// Tried is what came of trying a webhook.
type Tried struct {
	OK     bool
	Status int // of HTTP, 0: there was no answer
	Cause  string
	Took   time.Duration
}

// TestWebhook tells a webhook now that it is being tried.
func (g *Gateway) TestWebhook(ctx context.Context, id int64) (Tried, error) {
	w, err := store.Read(ctx, g.db, func(tx *store.Tx) (Webhook, error) { return selectWebhook(tx, id) })
	if err != nil {
		return Tried{}, err
	}
	now := g.clock.Local()
	p, err := g.compose(w, News{ID: fmt.Sprintf("test_%d", now.UnixMilli()), Kind: NewsTest, App: w.App, At: now})
	if err != nil {
		return Tried{}, err
	}
	client := g.cfg.Webhooks.client()
	defer client.CloseIdleConnections()
	began := time.Now()
	a := p.send(ctx, client)
	t := Tried{OK: a.ok, Status: a.status, Took: time.Since(began)}
	if !a.ok {
		t.Cause = a.cause
	}
	return t, nil
}
