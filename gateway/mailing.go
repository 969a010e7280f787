package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/idempotency"
	"simgate/gateway/key"
	"simgate/gateway/msisdn"
	"simgate/gateway/schedule"
	"simgate/gateway/store"
	"simgate/gateway/text"
)

// Mailing asks for one text to be sent to many numbers, or for a text to each: a message for
// each.
type Mailing struct {
	NewMessage          // To is not read
	Numbers    []string // as people write numbers, at most [MaxMailing]
	Texts      []string // one for each number in the place of Text; nil: Text goes to all
	Together   bool     // all are accepted or none; at most [MaxTogether]
}

// How many numbers a [Mailing] may have.
const (
	MaxMailing  = 10_000
	MaxTogether = 500
)

// Recipient is what came of one number of a [Mailing].
type Recipient struct {
	Number    string    // as the mailing has it
	Message   int64     // its message, which a number that is named twice has once; 0 with Err
	State     State     // of the message; "" where it is gone
	Rehearsal Rehearsal // of [Gateway.RehearseMailing] alone
	Err       error     // why it was not accepted, nil if it was
}

// SendMailing accepts a message to each number of a mailing that is in order and may be
// written to, and returns what came of the numbers, in their order; replayed tells that
// the same request was answered before. An error is about the mailing as a whole, of
// which nothing was accepted then.
//
// The messages are accepted in batches, one transaction each, so that nobody else waits
// for long. Each batch is remembered with its messages: a request that was cut off, by a
// full disk or the end of the process, goes on from there when it comes again with the
// same Once. Until then the numbers that were not reached have the error.
func (g *Gateway) SendMailing(ctx context.Context, m Mailing) (recipients []Recipient, replayed bool, err error) {
	p, err := g.planMailing(ctx, m)
	if err != nil {
		return nil, false, err
	}
	replayed = true
	for at := 0; at < len(p.rows); {
		b, err := g.sendBatch(ctx, p, at)
		if at == 0 && err != nil && !errors.Is(err, errTogether) {
			return nil, false, err
		}
		if err != nil {
			if at > 0 {
				g.log.Warn("a request for many messages was cut off", "accepted", at, "err", err)
			}
			p.fail(at, err)
			return p.recipients, false, nil
		}
		replayed = replayed && b.before
		p.note(b, at)
		at += len(b.Sent)
		g.dispatcher.poke()
	}
	return p.recipients, replayed, nil
}

// mailingPlan is a mailing that has been found to be in order, as far as that can be seen
// without the database, and what has come of it.
type mailingPlan struct {
	Mailing
	row        newRow       // without a number
	rows       []mailingRow // one for each number
	recipients []Recipient

	sent   map[msisdn.Number]int64 // messages so far
	states map[int64]State
	last   int64  // id of the newest of them
	by     string // id of the key that asks, "" none
}

// mailingRow is one number of a mailing; to is "" where it cannot be read.
type mailingRow struct {
	to      msisdn.Number
	body    string // of its own, with Texts
	parts   int
	quiet   schedule.Quiet
	request guard.Request
	err     error
}

// planMailing reads a mailing. Its errors are about what all messages have in common.
func (g *Gateway) planMailing(ctx context.Context, m Mailing) (*mailingPlan, error) {
	most := MaxMailing
	if m.Together {
		most = MaxTogether
	}
	if len(m.Numbers) == 0 || len(m.Numbers) > most {
		return nil, fault.NewInvalid("to", fmt.Sprintf("a request takes 1 to %d numbers: divide them into several requests", most))
	}
	p := &mailingPlan{Mailing: m, rows: make([]mailingRow, len(m.Numbers)), recipients: make([]Recipient, len(m.Numbers)),
		sent: map[msisdn.Number]int64{}, states: map[int64]State{}, by: key.Of(ctx)}
	var err error
	switch {
	case m.Texts == nil:
		p.row, err = g.checkText(m.NewMessage)
	case len(m.Texts) != len(m.Numbers):
		err = fault.NewInvalid("text", fmt.Sprintf("there are %d texts for %d numbers", len(m.Texts), len(m.Numbers)))
	default:
		p.row, err = g.checkRest(m.NewMessage, "", 0)
	}
	if err != nil {
		return nil, err
	}
	reading := m.Reading.Or(g.reading(m.App, m.Line, guard.Text))
	homes := g.homes()
	places := g.places(homes)
	for i, number := range m.Numbers {
		p.recipients[i].Number = number
		r := &p.rows[i]
		if r.to, r.err = msisdn.Read(number, reading); r.err == nil {
			r.request = guard.NewRequest(m.App, r.to, guard.Text, places...).From(homes)
			r.request.Anywhere = m.Anywhere
			r.quiet, r.err = g.quietFor(m.NewMessage, r.to)
		}
		if r.err == nil && m.Texts != nil {
			r.body, r.parts, r.err = text.Check(m.Texts[i], g.cfg.Load().MaxParts)
		}
	}
	return p, nil
}

// message returns the plan of the message to one number.
func (p *mailingPlan) message(r mailingRow) messagePlan {
	m := messagePlan{p.NewMessage, p.row, r.request, p.by}
	m.row.to, m.row.quiet = r.to, r.quiet
	if p.Texts != nil {
		m.row.body, m.row.parts = r.body, r.parts
	}
	return m
}

// made takes note of a message.
func (p *mailingPlan) made(to msisdn.Number, id int64, s State) {
	p.sent[to], p.states[id], p.last = id, s, id
}

// note writes what came of a batch into the recipients from at on.
func (p *mailingPlan) note(b batch, at int) {
	for i, id := range b.Sent {
		o := &p.recipients[at+i]
		o.Message, o.State = id, p.states[id]
		if r := b.Refused[i]; r != nil {
			o.Err = r.fault()
		}
	}
}

// fail gives the numbers from at on an error: their own, where they have one.
func (p *mailingPlan) fail(at int, err error) {
	for i := at; i < len(p.recipients); i++ {
		if r := &p.recipients[i]; r.Err == nil {
			r.Err = cmp.Or(p.rows[i].err, err)
		}
	}
}

const (
	// batchTime is how long one transaction of a mailing goes on: others wait for it, and
	// for the disk.
	batchTime = 10 * time.Millisecond
	maxBatch  = 500 // numbers of one transaction at most
)

// within reports whether a batch that began at one number goes on with another.
func (g *Gateway) within(p *mailingPlan, at, i int, began clock.Uptime) bool {
	return i < len(p.rows) && i-at < maxBatch && (p.Together || g.clock.Uptime().Sub(began) < batchTime || i == at)
}

// batch is what came of numbers of a mailing that follow each other, as it is remembered.
type batch struct {
	Sent    []int64          // messages, 0 for a number without one
	Refused map[int]*refused `json:",omitempty"` // by the place in Sent

	before bool // an earlier request has carried it out
}

// refused is a [fault.Error] as it is remembered.
type refused struct {
	Code       fault.Code
	Message    string
	Field      string        `json:",omitempty"`
	Reason     fault.Reason  `json:",omitempty"`
	RetryAfter time.Duration `json:",omitempty"`
}

func (r *refused) fault() error {
	return &fault.Error{Code: r.Code, Field: r.Field, Message: r.Message, Reason: r.Reason, RetryAfter: r.RetryAfter}
}

// errTogether is about a number of a mailing of which all or none are accepted.
var errTogether = &fault.Error{Code: fault.Conflict, Message: "it was not accepted since another number of the request was not: mend or omit that one"}

// sendBatch accepts messages to the numbers from at on, in one transaction, or returns
// what an earlier request has made of them.
func (g *Gateway) sendBatch(ctx context.Context, p *mailingPlan, at int) (batch, error) {
	once := p.Once
	if at > 0 {
		once.Route += fmt.Sprint(" from ", at)
	}
	if err := g.checkRoom(ctx); err != nil {
		return batch{}, err
	}
	return store.Write(ctx, g.db, func(tx *store.Tx) (batch, error) {
		if kept, done, err := idempotency.Replay(tx, p.App, once); err != nil || done {
			return batchBefore(tx, kept, p, err)
		}
		now := g.clock.Now()
		var err error
		if p.row.callback, err = g.checkTerms(tx, p.NewMessage); err != nil {
			return batch{}, err
		}
		b := batch{Refused: map[int]*refused{}}
		for i := at; g.within(p, at, i, now.Up); i++ {
			id, err := g.sendOne(tx, p, p.rows[i], now)
			if e, ok := errors.AsType[*fault.Error](err); ok {
				b.Refused[len(b.Sent)] = &refused{e.Code, e.Message, e.Field, e.Reason, e.RetryAfter}
			} else if err != nil {
				return batch{}, err
			}
			b.Sent = append(b.Sent, id)
		}
		if p.Together && len(b.Refused) > 0 {
			p.note(batch{Sent: make([]int64, len(b.Sent)), Refused: b.Refused}, at)
			return batch{}, errTogether
		}
		kept, err := json.Marshal(b)
		if err != nil {
			return batch{}, err
		}
		return b, idempotency.Remember(tx, p.App, once, string(kept), now.Tick)
	})
}

// sendOne accepts the message to one number and returns its id. A [fault.Error] is why
// the number is refused, for which nothing was written.
func (g *Gateway) sendOne(tx *store.Tx, p *mailingPlan, r mailingRow, now clock.Moment) (int64, error) {
	if r.err != nil {
		return 0, r.err
	}
	if id, twice := p.sent[r.to]; twice {
		return id, nil
	}
	m, err := g.admit(tx, p.message(r), now)
	if err != nil {
		return 0, err
	}
	p.made(r.to, m.ID, m.State)
	return m.ID, nil
}

// RehearseMailing says what [Gateway.SendMailing] would answer, whatever its Once.
func (g *Gateway) RehearseMailing(ctx context.Context, m Mailing) ([]Recipient, error) {
	p, err := g.planMailing(ctx, m)
	if err != nil {
		return nil, err
	}
	var size text.Size
	if p.Texts == nil {
		if size, err = text.Measure(p.row.body); err != nil {
			return nil, err
		}
	}
	wide := text.Wide(p.row.body)
	for at := 0; at < len(p.rows); {
		if err := g.checkRoom(ctx); err != nil {
			return nil, err
		}
		began := at
		err := store.Rehearse(ctx, g.db, func(tx *store.Tx) (err error) {
			now := g.clock.Now()
			if p.row.callback, err = g.checkTerms(tx, p.NewMessage); err != nil {
				return err
			}
			for ; g.within(p, began, at, now.Up); at++ {
				r, o := p.rows[at], &p.recipients[at]
				r.request.Dry = true
				_, err := g.sendOne(tx, p, r, now)
				if r.err != nil {
					o.Err = r.err
					continue
				}
				o.Rehearsal = rehearsalOf(r.request, err)
				o.Rehearsal.Text, o.Rehearsal.Wide = size, wide
				if p.Texts != nil {
					if o.Rehearsal.Text, o.Err = text.Measure(r.body); o.Err != nil {
						continue
					}
					o.Rehearsal.Wide = text.Wide(r.body)
				}
				if err != nil && o.Rehearsal.Refusal == nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return p.recipients, nil
}
