package phone

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/line"
	"simgate/gateway/line/phone/smsgate"
	"simgate/gateway/text"
)

const (
	handWithin   = 30 * time.Second // to get an answer to what may have been handed over
	sendWithin   = time.Minute      // for the phone to say that it was sent, after it has taken it
	stopWithin   = 10 * time.Second // either while the gateway stops
	leastTTL     = 5 * time.Second  // that it may wait on the phone: its clock is known to a second
	longestPause = 8 * time.Second  // between two questions about a message under way
)

// unit is a text for a phone.
type unit struct {
	to, text string
	parts    int // that Android makes of it, as far as we know
}

// Units implements [line.Driver]: a phone is given a text whole.
func (d *Driver) Units(t line.Text) ([]line.Unit, error) {
	size, err := text.Measure(t.Body)
	return []line.Unit{unit{string(t.To), t.Body, size.Parts}}, err
}

// errand is a message that the phone is being given.
type errand struct {
	ended chan verdict // what the phone says of it; holds one
}

// verdict is what has become of a message on the phone.
type verdict struct {
	sent   bool
	reason string // why not
}

// Send implements [line.Driver]. The reference is the number of the message.
func (d *Driver) Send(ctx context.Context, s line.Submission) (int, error) {
	u, ok := s.Unit.(unit)
	if !ok {
		return 0, &line.Error{Class: line.GiveUp, Code: -1, Cause: cause.Device.With(fmt.Sprintf("a phone cannot send a %T", s.Unit))}
	}
	st := d.Status()
	if st.State != line.Ready {
		return 0, refusal(line.Device, notReady, strings.TrimSuffix(string(st.State)+": "+st.Detail, ": "))
	}
	g, e := d.begin(s.Token)
	defer d.end(g.id)
	if err := d.note(ctx, g); err != nil {
		return 0, err
	}
	err := d.deliver(ctx, g, e, u, s.Within)
	switch line.ClassOf(err) {
	case line.None:
		d.mu.Lock()
		g.sent = true
		d.mu.Unlock()
		return reference(s.Token), nil
	case line.Unknown: // the phone may tell yet
		d.poke()
	default:
		if err := d.forget(context.WithoutCancel(ctx), g.id); err != nil {
			d.log.Error("that the phone was not given a message could not be noted", "err", err)
		}
	}
	return 0, err
}

// reference returns the reference of a unit: the message is one.
func reference(t line.Token) int { return int(t.Message) }

// begin makes an errand of a message, under an id that nobody else can have.
func (d *Driver) begin(t line.Token) (*given, *errand) {
	e := &errand{ended: make(chan verdict, 1)}
	d.mu.Lock()
	defer d.mu.Unlock()
	g := &given{id: "sg-" + rand.Text(), device: d.device, token: t, at: d.host.Clock.Tick()}
	d.given[g.id], d.sending[g.id] = g, e
	return g, e
}

// end notes that nobody waits for a message any more.
func (d *Driver) end(id string) {
	d.mu.Lock()
	delete(d.sending, id)
	d.mu.Unlock()
}

// deliver gives the phone a message and waits for what becomes of it.
func (d *Driver) deliver(ctx context.Context, g *given, e *errand, u unit, within time.Duration) error {
	wait := sendWithin
	if within > 0 {
		wait = min(wait, within)
	}
	m := smsgate.NewMessage{ID: g.id, TextMessage: smsgate.Text{Text: u.text}, PhoneNumbers: []string{u.to}, SIMNumber: d.cfg.SIM, WithDeliveryReport: true,
		Priority: smsgate.PriorityExpedited, ValidUntil: smsgate.Time(d.app.now().Add(max(wait, leastTTL)))}
	if err := d.hand(ctx, e, m); err != nil {
		return err
	}
	v, ok := d.await(ctx, e, g.id, wait)
	switch {
	case ok && v.sent:
		return nil
	case ok:
		return failure(v.reason, u.parts)
	case d.app.cancel(context.WithoutCancel(ctx), g.id):
		return refusal(line.Retry, late)
	}
	select {
	case v := <-e.ended:
		if v.sent {
			return nil
		}
		return failure(v.reason, u.parts)
	default:
	}
	return refusal(line.Unknown, noWord)
}

// hand gives the phone a message, if it is there. Once it may have reached the phone it is
// repeated until there is an answer, since the phone takes an id only once.
func (d *Driver) hand(ctx context.Context, e *errand, m smsgate.NewMessage) error {
	if _, err := d.app.health(ctx); err != nil {
		d.poke()
		return refusal(line.Device, unreachable, inWords(err))
	}
	begun, handed, open := time.Now(), false, false
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		if !handed && ctx.Err() != nil {
			return refusal(line.Device, withdrew)
		}
		// An answer is waited for even if the gateway stops.
		err := d.app.post(context.WithoutCancel(ctx), m)
		if err == nil {
			return nil
		}
		d.poke()
		switch status := statusOf(err); {
		case handed:
		case !reached(err):
			return refusal(line.Device, unreachable, inWords(err))
		case status == http.StatusUnauthorized, status == http.StatusForbidden:
			return refusal(line.Device, badPassword)
		case status == http.StatusServiceUnavailable, status == http.StatusTooManyRequests:
			return refusal(line.Retry, overloaded)
		case status == http.StatusBadRequest:
			return refusal(line.OtherLine, refuses, err)
		case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
			return refusal(line.Device, isForeign)
		}
		handed, open = true, open || statusOf(err) == 0
		select {
		case v := <-e.ended: // it was told before it was answered
			e.ended <- v
			return nil
		case <-time.After(pause):
		}
		if passed := time.Since(begun); passed < stopWithin || passed < handWithin && ctx.Err() == nil {
			continue
		}
		// Where each request was answered none is on its way.
		if _, lost := d.app.message(context.WithoutCancel(ctx), m.ID); !open && statusOf(lost) == http.StatusNotFound {
			return refusal(line.Retry, appFailed, err)
		}
		return refusal(line.Unknown, noAnswer, inWords(err))
	}
}

// await waits for what becomes of a message that the phone has taken: it is told, or asks.
// After the time is over it reports false.
func (d *Driver) await(ctx context.Context, e *errand, id string, wait time.Duration) (verdict, bool) {
	over := time.NewTimer(wait)
	defer over.Stop()
	stop := ctx.Done()
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		ask := time.NewTimer(pause)
		select {
		case v := <-e.ended:
			ask.Stop()
			return v, true
		case <-over.C:
			ask.Stop()
			return verdict{}, false
		case <-stop:
			ask.Stop()
			stop = nil
			if d.app.cancel(context.WithoutCancel(ctx), id) {
				return verdict{reason: withdrawn}, true
			}
			over.Reset(min(wait, stopWithin))
		case <-ask.C:
			m, err := d.app.message(context.WithoutCancel(ctx), id)
			if err == nil {
				err = d.tell(context.WithoutCancel(ctx), id, news{state: m.State, reason: m.Reason()})
			}
			if err != nil { // it is asked again
				d.log.Debug("a message that is under way could not be asked about", "err", err)
			}
		}
	}
}
