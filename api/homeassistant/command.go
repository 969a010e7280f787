package homeassistant

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/idempotency"
	"simgate/gateway/msisdn"
)

// carryOut does what somebody has published.
func (l *link) carryOut(ctx context.Context, c command) {
	name, notify := strings.CutPrefix(c.topic, "notify/")
	switch {
	case notify:
		for _, to := range l.cfg.Contacts {
			if slug(to.Name) == name {
				l.report(ctx, l.send(ctx, request{To: numbers{to.Number}, Text: string(c.payload)}))
				return
			}
		}
		l.log.Warn("MQTT: there is no contact for a text", "topic", c.topic)
	case c.topic == "test" && len(l.cfg.Contacts) > 0:
		l.report(ctx, l.send(ctx, request{To: numbers{l.cfg.Contacts[0].Number}, Text: "This is a test of simgate."}))
	case strings.HasPrefix(c.topic, "restart/"):
		l.restart(strings.TrimPrefix(c.topic, "restart/"))
	case c.topic == "send":
		var r request
		d := json.NewDecoder(bytes.NewReader(c.payload))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			l.report(ctx, result{Error: `it must be JSON like {"to": "+4915112345678", "text": "hello", "id": "1"}; id may be left out: ` + err.Error()})
			return
		}
		l.report(ctx, l.send(ctx, r))
	}
}

// restart restarts the modem with a name in topics.
func (l *link) restart(name string) {
	for _, m := range l.gateway.Lines().All() {
		if slug(m.Name()) == name {
			if err := l.gateway.Lines().Restart(m.Name()); err != nil {
				l.log.Warn("MQTT: a modem was not restarted", "modem", m.Name(), "why", fault.MessageOf(err))
			}
			return
		}
	}
	l.log.Warn("MQTT: there is no modem to restart", "name", name)
}

// request is a message that is asked for.
type request struct {
	To   numbers `json:"to"`
	Text string  `json:"text"`
	ID   string  `json:"id"` // the same request with the same id is carried out once
}

// numbers is a number, or a list.
type numbers []string

// UnmarshalJSON reads either.
func (n *numbers) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*n = numbers{one}
		return nil
	}
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return errors.New("to must be a number in quotes, or a list of such")
	}
	*n = list
	return nil
}

// result is what came of a request.
type result struct {
	ID       string    `json:"id,omitempty"`
	OK       bool      `json:"ok"` // all were accepted
	Error    string    `json:"error,omitempty"`
	Messages []outcome `json:"messages,omitempty"`
}

// outcome is what came of one message.
type outcome struct {
	To      string `json:"to"`
	Message int64  `json:"message,omitempty"`
	Error   string `json:"error,omitempty"`
}

// most is how many numbers one request may name.
const most = 100

// send sends what is asked for.
func (l *link) send(ctx context.Context, r request) result {
	out := result{ID: r.ID, OK: true}
	switch {
	case len(r.To) == 0:
		return result{ID: r.ID, Error: "to is missing: a number, or a list of numbers"}
	case len(r.To) > most:
		return result{ID: r.ID, Error: "too many numbers: send them in several requests"}
	}
	for _, to := range r.To {
		m := gateway.NewMessage{App: App, To: to, Reading: msisdn.Reading{}, Text: r.Text}
		if r.ID != "" {
			// Neither numbers nor texts are kept of it.
			key, print := sha256.Sum256([]byte(r.ID+"\x00"+to)), sha256.Sum256([]byte(r.Text))
			m.Once = idempotency.Request{Key: hex.EncodeToString(key[:]), Route: "mqtt", Fingerprint: print[:]}
		}
		o := outcome{To: to}
		sent, err := l.gateway.Send(ctx, m)
		if o.Message = sent.ID; err != nil {
			o.Message, o.Error, out.OK = 0, fault.MessageOf(err), false
		}
		out.Messages = append(out.Messages, o)
	}
	return out
}

// report publishes what came of a request.
func (l *link) report(ctx context.Context, r result) {
	if !r.OK {
		why := r.Error
		for _, m := range r.Messages {
			if m.Error != "" {
				why = m.Error
			}
		}
		l.log.Warn("MQTT: a message was not accepted", "why", why)
	}
	payload, err := json.Marshal(r)
	if err == nil && l.client.IsConnectionOpen() {
		err = l.publish(ctx, l.base()+"/result", string(payload), false)
	}
	if err != nil {
		l.log.Warn("MQTT: the result of a message was not published", "err", err)
	}
}
