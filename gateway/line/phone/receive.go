package phone

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"strconv"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/line"
	"simgate/gateway/line/phone/smsgate"
)

// clocksApart is by how much the clocks of the phone and of this machine may differ. A
// webhook that is repeated by somebody who has heard it changes nothing.
const clocksApart = 15 * time.Minute

// forgedQuiet is for how long nothing more is logged of webhooks that the phone has not signed.
const forgedQuiet = time.Minute

// Receive implements [line.Receiver].
func (d *Driver) Receive(ctx context.Context, w line.Webhook) error {
	signature := smsgate.Sign(d.key(), w.Body, w.Timestamp)
	if subtle.ConstantTimeCompare([]byte(signature), []byte(w.Signature)) != 1 {
		d.mu.Lock()
		quiet := time.Since(d.forged) < forgedQuiet
		if !quiet {
			d.forged = time.Now()
		}
		d.mu.Unlock()
		if !quiet {
			d.log.Warn("a webhook came that the phone has not signed", "from", w.From)
		}
		return &fault.Error{Code: fault.Unauthenticated, Message: "the signature of this webhook is wrong"}
	}
	seconds, err := strconv.ParseInt(w.Timestamp, 10, 64)
	apart := d.host.Clock.Wall().Time().Sub(time.Unix(seconds, 0)).Abs()
	if apart < clocksApart {
		apart = 0
	}
	d.mu.Lock()
	d.apart = apart
	d.mu.Unlock()
	if err != nil || apart != 0 {
		return &fault.Error{Code: fault.Unauthenticated, Message: "the time of this webhook is wrong"}
	}
	d.mu.Lock()
	d.heard, d.calledBy = time.Now(), w.From
	running, usable := d.running, d.status.State == line.Ready
	d.mu.Unlock()
	if !running {
		return later("the line is not running")
	}
	if !usable {
		d.poke() // it is there
	}
	var e smsgate.Event
	if err := json.Unmarshal(w.Body, &e); err != nil {
		return fault.NewInvalid("", "the webhook cannot be read")
	}
	return d.take(ctx, e)
}

// later has a webhook delivered again.
func later(why string) error {
	return &fault.Error{Code: fault.Unavailable, Message: why, RetryAfter: 10 * time.Second}
}

// take does what follows from an event.
func (d *Driver) take(ctx context.Context, e smsgate.Event) error {
	p := e.Payload
	states := map[smsgate.EventKind]smsgate.State{smsgate.SMSSent: smsgate.Sent, smsgate.SMSDelivered: smsgate.Delivered,
		smsgate.SMSFailed: smsgate.Failed, smsgate.SMSCancelled: smsgate.Cancelled}
	switch {
	case states[e.Kind] != "":
		return d.tell(ctx, p.MessageID, news{state: states[e.Kind], reason: p.Reason, parts: p.PartsCount, event: e.ID})
	case e.Kind == smsgate.SystemPing && p.Health != nil:
		d.noteHealth(*p.Health)
		return nil
	case e.Kind != smsgate.SMSReceived && e.Kind != smsgate.SMSDataReceived, !d.mine(p.SIMNumber):
		return nil
	}
	d.mu.Lock()
	known, asked := d.device == e.DeviceID, d.status.State == line.Ready || d.inboxless
	d.mu.Unlock()
	switch {
	case !known:
		return later("this phone is not known yet")
	case !asked: // what came before it comes first
		return later("it is asked for")
	}
	r := line.Received{Sender: cmp.Or(p.Sender, p.PhoneNumber), Text: p.Message, Data: p.Data, Sent: p.ReceivedAt, Port: -1}
	if e.Kind == smsgate.SMSDataReceived {
		r.Port = smsgate.DataPort
	}
	_, err := d.received(ctx, r)
	return err
}
