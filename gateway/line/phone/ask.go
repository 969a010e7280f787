package phone

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"simgate/gateway/line"
	"simgate/gateway/line/phone/smsgate"
)

const (
	firstAsk    = 5 * time.Second  // the pause before the phone is asked about a message again
	lastAsk     = time.Hour        // the longest
	asksAtOnce  = 20               // messages that are asked about in one visit
	heardBy     = 2 * time.Minute  // after this the phone has a message that it was given, or never takes it
	tellsWithin = 10 * time.Minute // for the phone to tell of all parts one by one

	inboxPage  = 25             // messages that came in of one request
	inboxPages = 80             // requests in one visit
	inboxBack  = 48 * time.Hour // how far back it is looked
)

// news is what the phone says of a message.
type news struct {
	state  smsgate.State
	reason string
	parts  int    // 0 not known
	event  string // the id of the webhook, "": it was asked
}

// tell does what follows from what the phone says of a message. It returns when that is on
// the disk; what is known already changes nothing.
func (d *Driver) tell(ctx context.Context, id string, n news) error {
	d.telling.Lock()
	defer d.telling.Unlock()
	d.mu.Lock()
	g, e := d.given[id], d.sending[id]
	if g == nil {
		d.mu.Unlock()
		return nil // it is of somebody else, or all is said
	}
	g.parts = max(g.parts, n.parts)
	sent, token := g.sent, g.token
	d.mu.Unlock()
	// What is refused after it was sent has not been delivered.
	late := strings.HasPrefix(n.reason, "Delivery result")
	switch {
	case n.state == smsgate.Sent || n.state == smsgate.Delivered || n.state == smsgate.Failed && late:
		if err := d.tellSent(ctx, g, e, sent); err != nil || n.state == smsgate.Sent {
			return err
		}
		if n.state == smsgate.Delivered && !d.allDelivered(g, n) {
			return nil
		}
		return d.report(ctx, g, n)
	case n.state != smsgate.Failed && n.state != smsgate.Cancelled:
		return nil
	case e != nil && !sent:
		offer(e, verdict{reason: cmp.Or(n.reason, cancelledThere)})
		return nil // who waits for it decides
	case sent: // a part of it, after another was sent
		return d.report(ctx, g, n)
	}
	refused := failure(cmp.Or(n.reason, cancelledThere), 1)
	if err := d.host.Late(ctx, token, 0, refused); err != nil {
		return err
	}
	// After a restart it may count as sent already.
	return d.report(ctx, g, n)
}

// tellSent says that a message was sent: to who waits for it, or to the host, unless that
// knows.
func (d *Driver) tellSent(ctx context.Context, g *given, e *errand, known bool) error {
	switch {
	case known:
		return nil
	case e != nil:
		offer(e, verdict{sent: true})
		return nil
	}
	err := d.host.Late(ctx, g.token, reference(g.token), nil)
	if err == nil {
		d.mu.Lock()
		g.sent = true
		d.mu.Unlock()
	}
	return err
}

// offer gives who waits for a message the first word of what became of it.
func offer(e *errand, v verdict) {
	select {
	case e.ended <- v:
	default:
	}
}

// allDelivered reports whether all parts of a message were delivered. The app tells of each,
// and takes a message for delivered after the first.
func (d *Driver) allDelivered(g *given, n news) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n.event == "" {
		return g.parts <= 1 || d.host.Clock.Tick().Sub(g.at) >= tellsWithin
	}
	if g.delivered == nil {
		g.delivered = map[string]bool{}
	}
	g.delivered[n.event] = true
	return len(g.delivered) >= g.parts
}

// report says what became of a message for good.
func (d *Driver) report(ctx context.Context, g *given, n news) error {
	r := line.Report{Of: g.token, Ref: reference(g.token), Delivered: n.state == smsgate.Delivered}
	if !r.Delivered {
		r.Cause = of(undelivered, n.reason)
		if n.reason == "" {
			r.Cause = of(notWhole)
		}
	}
	if err := d.host.Report(ctx, r); err != nil {
		return err
	}
	return d.forget(ctx, g.id)
}

// due returns the messages of which it is time to ask, those that have waited longest
// first.
func (d *Driver) due() []given {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	var due []given
	for id, g := range d.given {
		if d.sending[id] == nil && g.device == d.device && !g.next.After(now) {
			due = append(due, *g)
		}
	}
	slices.SortFunc(due, func(a, b given) int { return cmp.Or(a.next.Compare(b.next), cmp.Compare(a.at, b.at)) })
	due = due[:min(len(due), asksAtOnce)]
	for _, one := range due {
		g := d.given[one.id]
		g.pause = min(max(2*g.pause, firstAsk), lastAsk)
		g.next = now.Add(g.pause)
	}
	return due
}

// askAbout asks the phone what became of messages that it was given.
func (d *Driver) askAbout(ctx context.Context) error {
	for _, g := range d.due() {
		d.turn()
		m, err := d.app.message(ctx, g.id)
		age := d.host.Clock.Tick().Sub(g.at)
		switch {
		case err == nil:
			if (m.State == smsgate.Sent || m.State == smsgate.Delivered) && age > heardBy && !g.sent {
				d.noteAsked()
			}
			err = d.tell(ctx, g.id, news{state: m.State, reason: m.Reason()})
		case statusOf(err) == http.StatusNotFound && age > heardBy:
			err = d.tellLost(ctx, g)
		case statusOf(err) == http.StatusNotFound:
			err = nil // it may be on its way
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tellLost says that the phone has not got a message, and never will, unless it is another
// by now.
func (d *Driver) tellLost(ctx context.Context, g given) error {
	device, err := d.app.device(ctx)
	if err != nil {
		return err
	}
	if device.ID != g.device {
		d.identified = time.Time{}
		d.poke()
		return nil
	}
	d.telling.Lock()
	defer d.telling.Unlock()
	if !g.sent { // else it has deleted it since
		if err := d.host.Late(ctx, g.token, 0, refusal(line.GiveUp, neverGot)); err != nil {
			return err
		}
	}
	return d.forget(ctx, g.id)
}

// noteAsked notes that something was learned by asking that a webhook should have told.
func (d *Driver) noteAsked() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.status.State == line.Ready && time.Since(d.status.Since) > tellsWithin {
		d.asked = time.Now()
	}
}

// askInbox asks the phone what came in.
func (d *Driver) askInbox(ctx context.Context) error {
	d.mu.Lock()
	since, now, unable := d.from, d.app.now(), d.inboxless
	d.mu.Unlock()
	if unable {
		return nil
	}
	if back := now.Add(-inboxBack); back.After(since) {
		since = back
	}
	seen, fresh := map[string]bool{}, []smsgate.Incoming{} // newest first
	for page := range inboxPages {
		d.turn()
		all, err := d.app.inbox(ctx, since, page*inboxPage, inboxPage)
		if statusOf(err) == http.StatusNotFound {
			d.mu.Lock()
			d.inboxless = true // what comes in is told by webhooks
			d.mu.Unlock()
			return nil
		}
		if err != nil {
			return err
		}
		before := len(fresh)
		for _, m := range all {
			if !d.seen[m.ID] && !seen[m.ID] {
				fresh = append(fresh, m)
			}
			seen[m.ID] = true
		}
		if len(fresh) == before || len(all) < inboxPage {
			break
		}
	}
	for _, m := range slices.Backward(fresh) {
		if !d.mine(m.SIMNumber) {
			continue
		}
		told, err := d.received(ctx, line.Received{Sender: m.Sender, Text: m.Text, Sent: m.At, Port: -1})
		if err != nil {
			return err
		}
		if !told && now.Sub(m.At) > heardBy {
			d.noteAsked()
		}
	}
	d.seen = seen
	return nil
}

// mine reports whether a message came in on the SIM of the line. Android may not tell on
// which it did; then it is of the first.
func (d *Driver) mine(slot *int) bool {
	if d.cfg.SIM == 0 {
		return true
	}
	if slot == nil {
		return d.cfg.SIM == 1
	}
	return *slot == d.cfg.SIM
}

// received hands on what came in. It reports whether that was heard of before, since the
// start.
func (d *Driver) received(ctx context.Context, r line.Received) (before bool, err error) {
	r.Named = strings.ContainsFunc(r.Sender, func(c rune) bool { return c != '+' && c != '*' && c != '#' && (c < '0' || c > '9') })
	raw, err := json.Marshal(struct {
		Sender string    `json:"sender"`
		At     time.Time `json:"receivedAt"`
		Text   string    `json:"message,omitempty"`
		Data   []byte    `json:"data,omitempty"`
	}{r.Sender, r.Sent.UTC(), r.Text, r.Data})
	if err != nil {
		return false, err
	}
	r.Raw, r.Sent = string(raw), r.Sent.UTC()
	d.telling.Lock()
	defer d.telling.Unlock()
	key := sha256.Sum256(raw)
	d.mu.Lock()
	before = d.taken[key]
	d.mu.Unlock()
	if before {
		return true, nil
	}
	if err := d.host.Received(ctx, r); err != nil {
		return false, err
	}
	d.mu.Lock()
	if len(d.taken) >= inboxPage*inboxPages {
		clear(d.taken) // the inbox knows what it has
	}
	d.taken[key] = true
	d.mu.Unlock()
	return false, nil
}
