package gateway

import (
	"context"
	"strings"
	"time"

	"simgate/gateway/call"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/idempotency"
	"simgate/gateway/key"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
	"simgate/gateway/text"
	"simgate/gateway/workflow"
)

// Rehearsal is what would come of a send now. It is the send itself,
// all of which is undone, so that the two cannot differ.
type Rehearsal struct {
	To      msisdn.Number
	Country string // ISO 3166-1 alpha-2 of To, "" for none
	Kind    msisdn.Kind
	Refusal *fault.Error // with a Reason; nil: it would be accepted

	// These are of [Gateway.RehearseMessage] alone.
	Text text.Size
	Wide string // the characters for which its text needs Unicode
}

// rehearse runs a send and undoes it. What would be refused for another reason than a rule
// or a limit is an error, as it is of the send.
func (g *Gateway) rehearse(ctx context.Context, r guard.Request, send func(*store.Tx) error) (Rehearsal, error) {
	err := g.checkRoom(ctx)
	if err == nil {
		err = store.Rehearse(ctx, g.db, send)
	}
	v := rehearsalOf(r, err)
	if v.Refusal != nil {
		err = nil
	}
	return v, err
}

// rehearsalOf returns what came of rehearsing a send that ended with err.
func rehearsalOf(r guard.Request, err error) Rehearsal {
	return Rehearsal{To: r.To, Country: r.Region, Kind: r.Kind(), Refusal: refusalOf(err)}
}

// RehearseMessage says what [Gateway.Send] would answer, whatever its Once.
func (g *Gateway) RehearseMessage(ctx context.Context, m NewMessage) (Rehearsal, error) {
	planned, err := g.planMessages(ctx, []NewMessage{m})
	if err != nil {
		return Rehearsal{}, err
	}
	return g.rehearseMessage(ctx, planned[0])
}

func (g *Gateway) rehearseMessage(ctx context.Context, p messagePlan) (Rehearsal, error) {
	p.request.Dry = true
	v, err := g.rehearse(ctx, p.request, func(tx *store.Tx) error {
		_, err := g.accept(tx, p, g.clock.Now())
		return err
	})
	if err != nil {
		return v, err
	}
	v.Wide = text.Wide(p.row.body)
	v.Text, err = text.Measure(p.row.body)
	return v, err
}

// RehearseVerification says what [Gateway.StartVerification] would answer, whatever its
// Once.
func (g *Gateway) RehearseVerification(ctx context.Context, n NewVerification) (Rehearsal, error) {
	p, err := g.plan(ctx, n)
	if err != nil {
		return Rehearsal{}, err
	}
	return g.rehearsePlan(ctx, p)
}

func (g *Gateway) rehearsePlan(ctx context.Context, p *plan) (Rehearsal, error) {
	p.Once, p.request.Dry = idempotency.Request{}, true
	return g.rehearse(ctx, p.request, func(tx *store.Tx) error {
		_, err := g.start(tx, p)
		return err
	})
}

// RehearseCall says what [Gateway.PlaceCall] would answer, whatever its Once.
func (g *Gateway) RehearseCall(ctx context.Context, n NewCall) (Rehearsal, error) {
	p, err := g.planCall(ctx, n)
	if err != nil {
		return Rehearsal{}, err
	}
	return g.rehearseCall(ctx, p)
}

func (g *Gateway) rehearseCall(ctx context.Context, p callPlan) (Rehearsal, error) {
	p.Once, p.request.Dry = idempotency.Request{}, true
	return g.rehearse(ctx, p.request, func(tx *store.Tx) error {
		_, err := g.place(tx, p)
		return err
	})
}

// sample is a text that nobody reads.
const sample = "?"

// Why says what a send by a channel would be answered now, or with [guard.Heard] and
// [guard.Replied] a request for a text of the person, and what the guard knows of its
// number. Of n count App, To and ClientIP, which may be a network, and for codes all. An
// app is taken to send what its keys allow: messages anywhere, and codes that are checked
// elsewhere.
func (g *Gateway) Why(ctx context.Context, c guard.Channel, n NewVerification) (v Rehearsal, s guard.Standing, err error) {
	if n.ClientIP != "" {
		if n.ClientIP, err = guard.ParseClientRule(n.ClientIP, "client_ip"); err != nil {
			return v, s, err
		}
		n.ClientIP, _, _ = strings.Cut(n.ClientIP, "/")
	}
	var r guard.Request
	switch c {
	case guard.Text:
		v, r, err = g.whyMessage(ctx, n)
	case guard.Call:
		v, r, err = g.whyCall(ctx, n)
	case guard.Heard, guard.Replied:
		v, r, err = g.whyAsked(ctx, c, n)
	default:
		v, r, err = g.whyCode(ctx, c, n)
	}
	if err == nil {
		s, err = g.guard.Standing(ctx, r)
	}
	return v, s, err
}

func (g *Gateway) whyMessage(ctx context.Context, n NewVerification) (v Rehearsal, r guard.Request, err error) {
	m := NewMessage{App: n.App, To: n.To, Text: sample}
	if m.Anywhere, err = g.keys.Allows(ctx, n.App, key.Anywhere); err != nil {
		return v, r, err
	}
	planned, err := g.planMessages(ctx, []NewMessage{m})
	if err != nil {
		return v, r, err
	}
	v, err = g.rehearseMessage(ctx, planned[0])
	return v, planned[0].request, err
}

// whyCall leaves out whether the call could be spoken.
func (g *Gateway) whyCall(ctx context.Context, n NewVerification) (v Rehearsal, r guard.Request, err error) {
	p := callPlan{NewCall: NewCall{App: n.App, To: n.To, ClientIP: n.ClientIP}}
	if p.request, err = g.requestCall(p.NewCall); err != nil {
		return v, r, err
	}
	p.call = call.Request{App: n.App, To: p.request.To, Text: sample, Lifetime: time.Minute}
	v, err = g.rehearseCall(ctx, p)
	return v, p.request, err
}

// whyAsked asks for a text of the person, which is never checked elsewhere.
func (g *Gateway) whyAsked(ctx context.Context, c guard.Channel, n NewVerification) (v Rehearsal, r guard.Request, err error) {
	if _, err = g.readPerson(n.To, g.reading(n.App, 0, guard.Code)); err != nil {
		return v, r, err
	}
	n.Workflow = workflow.Steps{{Channel: workflow.MO, Reply: c == guard.Replied}}
	p, err := g.plan(ctx, n)
	if err != nil {
		return v, r, err
	}
	v, err = g.rehearsePlan(ctx, p)
	return v, p.request, err
}

// whyCode does not let a message take the place of a call.
func (g *Gateway) whyCode(ctx context.Context, c guard.Channel, n NewVerification) (v Rehearsal, r guard.Request, err error) {
	if n.Elsewhere, err = g.keys.Allows(ctx, n.App, key.Elsewhere); err != nil {
		return v, r, err
	}
	if n.Elsewhere {
		n.Fresh, n.Patient, n.MaxAge = true, true, 0
	}
	p, err := g.plan(ctx, n)
	if err != nil {
		return v, r, err
	}
	if p.request.Ways = []guard.Channel{c}; c == guard.Spoken {
		p.Workflow = workflow.Steps{{Channel: workflow.Voice}}
	}
	v, err = g.rehearsePlan(ctx, p)
	return v, p.request, err
}
