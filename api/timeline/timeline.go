// Package timeline tells what has become of a message, step by step: every decision that
// was made about it, with the cause. Whoever shows it puts the steps into words or JSON.
package timeline

import (
	"context"
	"slices"
	"strconv"
	"time"

	"simgate/gateway"
	"simgate/gateway/cause"
	"simgate/gateway/journal"
	"simgate/gateway/webhook"
)

// What has happened in a [Step].
type What string

// The kinds of steps. Those that are named as states are these, of a part or, without a
// part, of the message.
const (
	Accepted    What = "accepted"
	Edited      What = "edited"
	Scheduled   What = "scheduled"   // it does not go before Until
	Held        What = "held"        // it was put aside, for Cause: until Until, or until a SIM could take it
	Waiting     What = "waiting"     // it waits now, for Cause
	PassedOver  What = "passed_over" // not every SIM could take it: Cause says which and why
	Submitted   What = "submitted"   // it was given to a SIM
	Refused     What = "refused"     // it did not leave, and is tried again at Until
	Sent        What = "sent"
	Delivered   What = "delivered"
	Undelivered What = "undelivered"
	Failed      What = "failed"
	Unknown     What = "unknown"
	Expired     What = "expired"
	Cancelled   What = "cancelled"
	Notified    What = "webhook"   // Delivery was made, or tried
	Meanwhile   What = "meanwhile" // Cause happened to Line, by which it went
)

// Step is something that happened.
type Step struct {
	At        time.Time
	What      What
	Part      int    // of the message, from 1; 0 all of it
	Line      int64  // the SIM, 0 none
	Modem     string // its modem, "" none
	Reference int    // TP-MR, with Sent; -1 unknown
	Times     int    // how often it happened, the last time at At; 0 once
	Until     time.Time
	Cause     cause.Cause
	Delivery  *webhook.Delivery // to a webhook
}

// Gateway is what is asked for the steps.
type Gateway interface {
	Deliveries(ctx context.Context, noun, id string) ([]webhook.Delivery, error)
	Events(ctx context.Context, f journal.Filter) ([]journal.Event, error)
}

// OfMessage returns the steps of a message that was read with its parts, oldest first.
func OfMessage(ctx context.Context, g Gateway, m gateway.Message) ([]Step, error) {
	deliveries, err := g.Deliveries(ctx, "message", strconv.FormatInt(m.ID, 10))
	if err != nil {
		return nil, err
	}
	steps := way(m)
	for _, d := range deliveries {
		at := d.Ended
		if at.IsZero() {
			at = d.At
		}
		steps = append(steps, Step{At: at, What: Notified, Times: d.Tries, Cause: d.Cause, Delivery: &d})
	}
	over := m.State != gateway.Queued && m.State != gateway.Sending
	more, err := During(ctx, g, steps, over)
	steps = append(steps, more...)
	Sort(steps)
	return steps, err
}

// Sort puts steps into their order.
func Sort(steps []Step) {
	slices.SortStableFunc(steps, func(a, b Step) int { return a.At.Compare(b.At) })
}

// around is how long before its begin, and after its end, what happens to a line may have
// to do with a message.
const around = 30 * time.Second

// During returns what happened to the lines of steps while these went on; over tells that
// they do not go on any more.
func During(ctx context.Context, g Gateway, steps []Step, over bool) (during []Step, err error) {
	if len(steps) == 0 {
		return nil, nil
	}
	begin, end := steps[0].At, steps[0].At
	var lines []int64
	for _, s := range steps {
		begin, end = earlier(begin, s.At), later(end, s.At)
		if s.Line != 0 && !slices.Contains(lines, s.Line) {
			lines = append(lines, s.Line)
		}
	}
	begin, end = begin.Add(-around), end.Add(around)
	for _, line := range lines {
		events, err := g.Events(ctx, journal.Filter{Line: line, Limit: 100})
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if e.At.After(begin) && (!over || e.At.Before(end)) {
				during = append(during, Step{At: e.At, What: Meanwhile, Line: line, Modem: e.Modem, Cause: cause.LineEvent.With(e.Text)})
			}
		}
	}
	return during, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// way returns the steps of a message itself, those of each part in their order.
func way(m gateway.Message) []Step {
	steps := []Step{{At: m.Accepted, What: Accepted}}
	if !m.NotBefore.IsZero() {
		steps = append(steps, Step{At: m.Accepted, What: Scheduled, Until: m.NotBefore})
	}
	if !m.Edited.IsZero() {
		steps = append(steps, Step{At: m.Edited, What: Edited})
	}
	if h := m.Aside; !h.At.IsZero() {
		steps = append(steps, Step{At: h.At, What: Held, Until: h.Until, Cause: h.Cause})
	}
	for _, t := range m.Tried {
		steps = append(steps, given(t.Submitted, t.Seq, t.Line, t.Modem, t.Passed)...)
		steps = append(steps, Step{At: t.Ended, What: Refused, Part: t.Seq, Line: t.Line, Modem: t.Modem, Times: t.Times, Until: t.Again, Cause: t.Cause})
	}
	for _, p := range m.Parts {
		if p.State == gateway.Queued {
			continue // its try has been told
		}
		steps = append(steps, given(p.Submitted, p.Seq, p.Line, p.Modem, p.Passed)...)
		s := Step{At: p.Ended, What: What(p.State), Part: p.Seq, Line: p.Line, Modem: p.Modem, Reference: p.MR, Cause: p.Cause}
		if !p.Sent.IsZero() && p.State != gateway.Sent {
			steps = append(steps, Step{At: p.Sent, What: Sent, Part: p.Seq, Line: p.Line, Modem: p.Modem, Reference: p.MR})
		}
		switch p.State {
		case gateway.Sending: // it was given to a SIM, and that is all
		case gateway.ExpiredOut, gateway.Cancelled: // so is its message
		default:
			steps = append(steps, s)
		}
	}
	switch m.State {
	case gateway.Queued:
		steps = append(steps, Step{At: time.Now(), What: Waiting, Cause: m.Waiting})
	case gateway.ExpiredOut, gateway.Cancelled:
		steps = append(steps, Step{At: m.Ended, What: What(m.State), Cause: m.Cause})
	case gateway.Failed:
		if !slices.ContainsFunc(m.Parts, func(p gateway.Part) bool { return p.State == gateway.Failed }) {
			steps = append(steps, Step{At: m.Ended, What: Failed, Cause: m.Cause})
		}
	}
	return steps
}

// given returns the steps by which a part was given to a SIM.
func given(at time.Time, part int, line int64, modem, passed string) []Step {
	s := Step{At: at, What: Submitted, Part: part, Line: line, Modem: modem}
	if passed == "" {
		return []Step{s}
	}
	return []Step{{At: at, What: PassedOver, Part: part, Cause: cause.PassedOver.With(passed)}, s}
}
