package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/idempotency"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/schedule"
	"simgate/gateway/store"
	"simgate/gateway/text"
	"simgate/gateway/webhook"
)

// State is the state of a message or of one of its parts.
//
//	Queued --> Sending --> Sent -------> Delivered | Undelivered
//	  |  ^      |  |        ^               ^            ^
//	  |  '------'  |        |               |            |
//	  |            '----> Unknown ----------'------------'
//	  |            |        |
//	  '------------'--------'--> Failed
//	  |
//	  '--> ExpiredOut | Cancelled
//
// Sending is written, durably, before the first octet of the PDU. It goes back to
// Queued where the part was not sent for certain, or where the message has another
// part. Unknown means that the PDU was handed over and no answer came; it ends
// when a late answer or a status report says what became of it. A message whose
// last answer comes after the status reports goes from Sending to Delivered or
// Undelivered at once. Failed means that the modem or the network refused it, or
// that it cannot be encoded. What is ExpiredOut or Cancelled never left.
type State string

// The states of a message and of a part.
const (
	Queued      State = "queued"
	Sending     State = "sending"
	Sent        State = "sent"
	Delivered   State = "delivered"
	Undelivered State = "undelivered"
	Failed      State = "failed"
	Unknown     State = "unknown"
	ExpiredOut  State = "expired"
	Cancelled   State = "cancelled"
)

// States lists all states; the schema checks for the same.
var States = []State{Queued, Sending, Sent, Delivered, Undelivered, Failed, Unknown, ExpiredOut, Cancelled}

var transitions = map[State][]State{
	Queued:  {Sending, Failed, ExpiredOut, Cancelled},
	Sending: {Queued, Sent, Failed, Unknown, Delivered, Undelivered},
	Sent:    {Delivered, Undelivered},
	Unknown: {Sent, Failed, Delivered, Undelivered},
}

// May reports whether a message or a part in state s may change to state next.
func (s State) May(next State) bool { return slices.Contains(transitions[s], next) }

// worst is the order in which the state of a part decides that of its message.
var worst = []State{Failed, Undelivered, Unknown, Sending, Sent, Delivered}

// summary returns the state of a message all of whose parts have been handed
// to a modem.
func summary(parts []State) State {
	for _, s := range worst {
		if slices.Contains(parts, s) {
			return s
		}
	}
	return Queued
}

// Valid reports whether s is one of the states.
func (s State) Valid() bool { return slices.Contains(States, s) }

// hopeless reports whether a code that went out like this will not arrive.
func (s State) hopeless() bool {
	return s == Failed || s == Undelivered || s == ExpiredOut
}

// The nouns that have states. Their states are changed here and nowhere else.
var (
	messages      = store.NewNoun("message", States, State.May)
	parts         = store.NewNoun("part", States, State.May).Part() // their message says what matters
	verifications = store.NewNoun("verification", VerificationStates, VerificationState.May)
)

// unlessRefused logs a change of state that was refused, and returns every other
// error. Nothing was written of a refused change; to try it again would be in vain.
func (g *Gateway) unlessRefused(err error, of ...any) error {
	if _, refused := errors.AsType[*store.StateError](err); refused {
		g.log.Error("a change of state was refused; it is left as it was", append(of, "err", err)...)
		return nil
	}
	return err
}

// Message is a short message on its way out, in one or more parts.
type Message struct {
	ID           int64
	App          string
	To           msisdn.Number
	Text         string // a code in it is shown as dots
	CustomID     string
	Origin       Origin
	Callback     webhook.Callback
	Verification string // uuid of the verification whose code it carries
	Line         int64  // that it took or must take, 0 while any will do
	Pinned       int64  // the line that was asked for, 0 any
	Priority     line.Lane
	NotBefore    time.Time      // it does not go earlier; zero: at once
	Quiet        schedule.Quiet // nor in these hours
	Flash        bool           // it is shown at once, and need not be kept
	State        State
	Total        int         // parts
	Parts        []Part      // those that a modem has been given
	Tried        []Try       // of [Gateway.Message] alone: those that did not send a part, and after which it was tried again
	Aside        Aside       // the last time that no SIM could take it for long
	Tries        int         // times that the next part was refused and is to be tried again
	Cause        cause.Cause // of the last refusal
	Replayed     bool        // of [Gateway.Send] alone: the same request was answered before
	Waiting      cause.Cause // what a queued message waits for; zero: it goes as soon as a line is free
	Accepted     time.Time
	Edited       time.Time // the last time, zero for never
	Expires      time.Time // it is not sent after this
	Ended        time.Time // when State last changed for good or for now
}

// Origin is what a dialect keeps with what it was asked for. Nobody else is shown it.
type Origin struct {
	Request string // id of the request, which its messages share
	Note    string // what the dialect gives back to the caller, such as a sender that has no effect here
}

// Part is one short message of the network (TS 23.040), with its own reference
// and its own status report.
type Part struct {
	Seq       int // from 1
	State     State
	Line      int64
	Modem     string
	MR        int // TP-MR that the modem gave it, -1 while unknown
	Cause     cause.Cause
	Passed    string // the lines that could not take it, and why
	Submitted time.Time
	Sent      time.Time // the network took it; zero where it has not, or nobody knows
	Ended     time.Time
}

// Try is a try of a part that did not send it.
type Try struct {
	Seq       int
	Line      int64
	Modem     string
	Cause     cause.Cause
	Passed    string    // the lines that could not take it, and why
	Times     int       // how often the same line has had the same cause in a row
	Submitted time.Time // the first time
	Ended     time.Time // the last time
	Again     time.Time // it was tried again then at the earliest
}

// Aside is when and why a message was put aside; its At is zero where it never was.
type Aside struct {
	At, Until time.Time
	Cause     cause.Cause
}

// NewMessage asks for a message to be sent.
type NewMessage struct {
	App      string
	To       string         // as people write numbers
	Reading  msisdn.Reading // what To means without a plus; zero: as [Gateway.ReadNumber] says
	Text     string
	CustomID string              // the caller's own id
	Origin   Origin              // of a dialect
	Lifetime time.Duration       // from NotBefore on; 0: as configured; 1 minute to 7 days
	Once     idempotency.Request // zero: each request is its own
	Callback webhook.Callback    // gets each change of its state
	Anywhere bool                // the key may send to all countries and kinds of numbers

	Priority      line.Lane      // 0: line.Normal
	NotBefore     time.Time      // zero: at once; at most a year ahead
	Expires       time.Time      // in the place of Lifetime; zero: by that
	Quiet         schedule.Quiet // without a zone: in that of To
	Flash         bool           // it is shown at once, and need not be kept
	Line          int64          // send by this SIM only
	SourceCountry string         // or by SIMs of this country, if there are any
}

// MessageFilter selects messages; zero fields select all.
type MessageFilter struct {
	App   string
	State State
	To    string
	Line  int64     // that a message took or must take
	Text  string    // that is in theirs; the case of the letters A to Z does not count
	Since time.Time // accepted then or later
	Until time.Time // accepted before

	CustomID string // the caller's own id
	Request  string // of Origin
	NoCodes  bool   // no message that carries the code of a verification
	Before   int64  // only ids below
	Limit    int    // 0 means 50; of a page at most 500
}

// MessagePage is a page of a list of messages.
type MessagePage struct {
	Messages []Message
	Next     int64 // the Before of the next page; 0: there is none
}

const (
	minMessageLifetime = time.Minute
	maxMessageLifetime = 7 * 24 * time.Hour
	maxCustomID        = 255
	maxSearch          = 1000 // octets of a text that is looked for
	maxPage            = 500
)

// Send accepts a message. When it returns without an error the message is on
// the disk, and will be sent, or its state says why not. What may not go to its number by
// a message is refused ([guard.Guard.Fit]).
func (g *Gateway) Send(ctx context.Context, m NewMessage) (Message, error) {
	all, err := g.SendAll(ctx, []NewMessage{m})
	if err != nil {
		return Message{}, err
	}
	return all[0], nil
}

// maxTogether bounds what [Gateway.SendAll] takes at once.
const maxTogether = 1000

// SendAll is Send for several messages of one request: all of them are accepted, or none;
// but those to recipients who have opted out are [Cancelled] at once, unless all have. The
// request is named by the Once of the first.
func (g *Gateway) SendAll(ctx context.Context, all []NewMessage) ([]Message, error) {
	planned, err := g.planMessages(ctx, all)
	if err != nil {
		return nil, err
	}
	if err := g.checkRoom(ctx); err != nil {
		return nil, err
	}
	app, once := all[0].App, all[0].Once
	accepted, err := store.Write(ctx, g.db, func(tx *store.Tx) ([]Message, error) {
		now := g.clock.Now()
		if first, done, err := idempotency.Replay(tx, app, once); err != nil || done {
			return sentBefore(tx, first, len(all), err)
		}
		accepted, unwanted := make([]Message, len(planned)), 0
		for i, m := range planned {
			var err error
			accepted[i], err = g.accept(tx, m, now)
			if e := refusalOf(err); e != nil && e.Reason == fault.OptedOut {
				if unwanted++; unwanted < len(planned) {
					accepted[i], err = g.leaveUnsent(tx, m, now)
				}
			}
			if err != nil {
				return nil, err
			}
		}
		return accepted, idempotency.Remember(tx, app, once, strconv.FormatInt(accepted[0].ID, 10), now.Tick)
	})
	if err == nil {
		g.dispatcher.poke()
	}
	return accepted, err
}

// messagePlan is a message that has been found to be in order, as far as that can be seen
// without the database.
type messagePlan struct {
	NewMessage
	row     newRow
	request guard.Request
	by      string // id of the key that asks, "" none
}

// planMessages reads what a caller wants to be sent together.
func (g *Gateway) planMessages(ctx context.Context, all []NewMessage) ([]messagePlan, error) {
	if len(all) == 0 || len(all) > maxTogether {
		return nil, fault.NewInvalid("to", fmt.Sprintf("1 to %d messages are taken at once", maxTogether))
	}
	planned := make([]messagePlan, len(all))
	for i, m := range all {
		row, err := g.checkMessage(m)
		if err != nil {
			return nil, err
		}
		planned[i] = messagePlan{m, row, g.request(m.App, row.to, guard.Text), key.Of(ctx)}
		planned[i].request.Anywhere = m.Anywhere
	}
	return planned, nil
}

// accept lets a message pass that may be sent, and queues it.
func (g *Gateway) accept(tx *store.Tx, m messagePlan, now clock.Moment) (_ Message, err error) {
	if m.row.callback, err = g.checkTerms(tx, m.NewMessage); err != nil {
		return Message{}, err
	}
	return g.admit(tx, m, now)
}

// checkTerms checks what messages to all numbers have in common, and returns the callback as
// it is stored. A request that is repeated is not checked again: its time may be over.
func (g *Gateway) checkTerms(tx *store.Tx, m NewMessage) (callback string, err error) {
	if err := line.Check(tx, m.Line); err != nil {
		return "", err
	}
	if err := g.checkTimes(clock.WallOf(m.NotBefore), clock.WallOf(m.Expires)); err != nil {
		return "", err
	}
	allowed, err := g.webhooks.AllowCallback(tx, m.App, m.Callback)
	return allowed.Column(), err
}

// admit looks whether the recipient wants messages, asks the guard about one, and queues it.
func (g *Gateway) admit(tx *store.Tx, m messagePlan, now clock.Moment) (Message, error) {
	if err := g.wanted(tx, m.App, m.row.to); err != nil {
		return Message{}, err
	}
	return g.pass(tx, m, now)
}

// wanted returns a refusal where a number wants no messages of an app. What the gateway has
// to say to its owner goes out.
func (g *Gateway) wanted(tx *store.Tx, app string, to msisdn.Number) error {
	if own(app) {
		return nil
	}
	refusal, err := g.optOuts.Refuse(tx, app, to)
	if err == nil && refusal != nil {
		err = refusal
	}
	return err
}

// pass asks the guard about a message, and queues it.
func (g *Gateway) pass(tx *store.Tx, m messagePlan, now clock.Moment) (Message, error) {
	test := g.isTest(m.row.to)
	if !test {
		verdict, err := g.guard.Inspect(tx, m.request, now)
		if err != nil {
			return Message{}, err
		}
		if verdict.Refusal != nil {
			return Message{}, verdict.Refusal
		}
		if err := g.keys.Spend(tx, m.by, m.row.parts, g.priceOf(m.row.to, m.row.line)*int64(m.row.parts)); err != nil {
			return Message{}, err
		}
	}
	accepted, err := g.enqueue(tx, m.row, now)
	if err == nil && test {
		err = deliverUnsent(tx, &accepted, now.Wall)
	}
	return accepted, err
}

// priceOf returns what a part to a number costs at least, in millionths: by a line, or with 0
// by the cheapest. It is 0 where that is not known.
func (g *Gateway) priceOf(to msisdn.Number, line int64) (micros int64) {
	if line != 0 {
		micros, _ = g.lines.PriceBy(line, to)
		return micros
	}
	micros, _ = g.lines.Price(to)
	return micros
}

// checkMessage reads what a caller wants to be sent.
func (g *Gateway) checkMessage(m NewMessage) (newRow, error) {
	to, err := msisdn.Read(m.To, m.Reading.Or(g.reading(m.App, m.Line, guard.Text)))
	if err != nil {
		return newRow{}, err
	}
	row, err := g.checkText(m)
	if err == nil {
		row.to = to
		row.quiet, err = g.quietFor(m, to)
	}
	return row, err
}

// quietFor returns the hours in which a message does not go to a number.
func (g *Gateway) quietFor(m NewMessage, to msisdn.Number) (schedule.Quiet, error) {
	q := m.Quiet
	if q.None() && m.Priority != line.Urgent {
		if q = g.cfg.Load().Apps[m.App].Quiet; !q.None() {
			for _, zone := range to.Timezones() {
				q = q.In(zone)
			}
			return q, nil
		}
	}
	if q.None() || q.Zone != "" {
		return q, nil
	}
	zone := to.Timezone()
	if _, err := schedule.Zone(zone); err != nil {
		return q, fault.NewInvalid("time_zone", "the number does not tell in which time zone its quiet hours are: set time_zone")
	}
	return q.In(zone), nil
}

// checkText is checkMessage without the number.
func (g *Gateway) checkText(m NewMessage) (newRow, error) {
	body, parts, err := text.Check(m.Text, g.cfg.Load().MaxParts)
	if err != nil {
		return newRow{}, err
	}
	return g.checkRest(m, body, parts)
}

// checkRest is checkText for a text that has been checked.
func (g *Gateway) checkRest(m NewMessage, body string, parts int) (newRow, error) {
	if m.CustomID != "" {
		if err := fault.CheckName("custom_id", m.CustomID, maxCustomID); err != nil {
			return newRow{}, err
		}
	}
	if m.Lifetime == 0 {
		m.Lifetime = g.cfg.Load().MessageLifetime
	}
	if m.Lifetime < minMessageLifetime || m.Lifetime > maxMessageLifetime {
		return newRow{}, fault.NewInvalid("lifetime", "a message lives between 1 minute and 7 days")
	}
	row := newRow{app: m.App, body: body, parts: parts, customID: m.CustomID, origin: m.Origin,
		lane: cmp.Or(m.Priority, line.Normal), line: cmp.Or(m.Line, g.lines.InCountry(m.SourceCountry)), lifetime: m.Lifetime,
		notBefore: clock.WallOf(m.NotBefore), expires: clock.WallOf(m.Expires), flash: m.Flash}
	return row, nil
}

const (
	// maxAhead bounds how far ahead a message is scheduled.
	maxAhead = 366 * 24 * time.Hour
	// slack is by how much a time may be past: requests take time, and are repeated.
	slack = 5 * time.Minute
)

// checkTimes checks when a message is to go, 0 for what was not said.
func (g *Gateway) checkTimes(notBefore, expires clock.Wall) error {
	now := g.clock.Wall()
	begin := max(now, notBefore)
	switch {
	case notBefore != 0 && notBefore.Add(slack) < now:
		return fault.NewInvalid("not_before", "this time is over: leave it out to send at once")
	case notBefore > now.Add(maxAhead):
		return fault.NewInvalid("not_before", "messages are scheduled for a year ahead at most")
	case expires == 0:
	case expires < begin.Add(minMessageLifetime):
		return fault.NewInvalid("expires_at", "nothing could be sent by then: it must be a minute after not_before, and after now, at least")
	case expires > begin.Add(maxMessageLifetime):
		return fault.NewInvalid("expires_at", "it must be at most 7 days after not_before, or after now")
	}
	return nil
}

// Message returns one message with its parts.
func (g *Gateway) Message(ctx context.Context, id int64) (Message, error) {
	return store.Read(ctx, g.db, func(tx *store.Tx) (Message, error) {
		m, err := selectMessage(tx, id)
		if err != nil {
			return m, err
		}
		if m.Parts, err = selectParts(tx, id); err != nil {
			return m, err
		}
		if m.Tried, err = selectTries(tx, id); err != nil {
			return m, err
		}
		one := []Message{m}
		err = g.sayWaiting(tx, one)
		return one[0], err
	})
}

// Messages returns messages without their parts, newest first.
func (g *Gateway) Messages(ctx context.Context, f MessageFilter) ([]Message, error) {
	var all []Message
	for more := cmp.Or(f.Limit, 50); ; {
		f.Limit = min(more, maxPage)
		p, err := g.MessagePage(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, p.Messages...)
		more -= len(p.Messages)
		if f.Before = p.Next; p.Next == 0 || more == 0 {
			return all, nil
		}
	}
}

// MessagePage returns a page of messages without their parts, newest first. It looks at a
// bounded number of messages, so that a page takes no time whatever is looked for: it may
// have fewer messages than the limit, even none, though there is a next one.
func (g *Gateway) MessagePage(ctx context.Context, f MessageFilter) (MessagePage, error) {
	f.Limit = cmp.Or(f.Limit, 50)
	if f.Limit < 1 || f.Limit > maxPage {
		return MessagePage{}, fault.NewInvalid("limit", fmt.Sprintf("at most %d messages at a time", maxPage))
	}
	if len(f.Text) > maxSearch || !utf8.ValidString(f.Text) {
		return MessagePage{}, fault.NewInvalid("text", fmt.Sprintf("it must be UTF-8 of at most %d octets", maxSearch))
	}
	var err error
	if f.To, err = g.readFilter(f.App, f.To); err != nil {
		return MessagePage{}, err
	}
	return store.Read(ctx, g.db, func(tx *store.Tx) (MessagePage, error) {
		p, err := selectPage(tx, f)
		if err != nil {
			return p, err
		}
		return p, g.sayWaiting(tx, p.Messages)
	})
}
