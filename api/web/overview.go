package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/cause"
	"simgate/gateway/guard"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/user"
)

// Overview is what the owner of a gateway sees first.
type Overview struct {
	Lines  []Line
	Items  []Item // what was sent lately, newest first
	Inbox  []inbox.Message
	Events []journal.Event
}

// Line is a SIM in its modem.
type Line struct {
	line.Info
	Tone string // good, bad, odd or busy
	Why  string // why it sends nothing now; "" where it does
	Next string // what to do
}

// Title returns how people call the line.
func (l Line) Title() string { return cmp.Or(l.Label, l.Name) }

// Today returns how many parts the SIM has sent today, 0 where nobody counts.
func (l Line) Today() int {
	for _, u := range l.Usage {
		if u.Period == "day" {
			return u.Parts
		}
	}
	return 0
}

// Item is a code, message or call that was asked for, or what the guard has refused of them.
type Item struct {
	Kind  string // code, message, call or refusal
	ID    string // in the path of its page; of a refusal, which has none, in the list
	Link  string // of a refusal: path of what the guard says of it, "" for none
	To    string
	App   string
	State string
	By    string // how a code goes out: sms or voice
	Way   string // what became of that
	Why   string // why it waits or was not sent; "" where there is nothing to say
	At    time.Time
	Text  string        // of a message or call; "" for codes, which are not shown
	Line  int64         // that it took, 0 while it may be any
	Took  time.Duration // until it was delivered or verified, and of a call how long it was heard; 0: it was not
}

// passing is how long a state may last that passes by itself.
const passing = time.Minute

// shownItems is how many of each list an overview has.
const shownItems = 6

// Look returns the overview of a gateway.
func Look(ctx context.Context, g Gateway) (o Overview, err error) {
	if o.Lines, err = lookLines(ctx, g); err != nil {
		return o, err
	}
	if o.Items, err = items(ctx, g, "", shownItems); err != nil {
		return o, err
	}
	if o.Inbox, err = g.Inbox().List(ctx, inbox.Filter{Limit: shownItems}); err != nil {
		return o, err
	}
	o.Events, err = g.Events(ctx, journal.Filter{Limit: shownItems})
	return o, err
}

func lookLines(ctx context.Context, g Gateway) ([]Line, error) {
	all, err := g.Lines().List(ctx)
	lines := make([]Line, len(all))
	for i, l := range all {
		one := Line{Info: l, Tone: tone(l.State)}
		switch {
		case l.State == line.Ready && l.Held():
			one.Tone, one.Why = "odd", l.Hold.Text
			switch l.Hold.Code {
			case cause.Quarantine:
				one.Why = reasonOf(l.Hold.Text)
				one.Next = "Check its credit, and ask its operator whether it is blocked. Now and then it tries one message by itself."
			case cause.Credit:
				one.Next = "Top it up."
			default:
				one.Next = "It goes on by itself."
			}
		case l.State != line.Ready:
			one.Why = l.Detail
			if l.Detail != "" || time.Since(l.Since) > passing { // it is known what is wrong, or it lasts
				one.Next = l.Remedy()
			}
		}
		lines[i] = one
	}
	return lines, err
}

// reasonOf returns why a SIM is in quarantine, without what else is said of that.
func reasonOf(hold string) string {
	_, reason, _ := strings.Cut(hold, ": ")
	reason, _, _ = strings.Cut(reason, "; ")
	return cmp.Or(reason, hold)
}

// items returns what was asked for lately, newest first: to a number, or to all for "".
func items(ctx context.Context, g Gateway, to string, limit int) ([]Item, error) {
	codes, err := g.Verifications(ctx, gateway.VerificationFilter{To: to, Limit: limit})
	if err != nil {
		return nil, err
	}
	// One page, in which a bounded number was looked at: those that are older are no news.
	messages, err := g.MessagePage(ctx, gateway.MessageFilter{To: to, NoCodes: true, Limit: limit})
	if err != nil {
		return nil, err
	}
	calls, err := g.Calls().List(ctx, call.Filter{To: to, Limit: limit})
	if err != nil {
		return nil, err
	}
	all, err := codeItems(ctx, g, codes)
	if err != nil {
		return nil, err
	}
	for _, m := range messages.Messages {
		all = append(all, messageItem(m))
	}
	for _, c := range calls {
		if c.Ref == "" { // else it is shown with its code
			all = append(all, callItem(c))
		}
	}
	slices.SortStableFunc(all, func(a, b Item) int { return b.At.Compare(a.At) })
	return all[:min(limit, len(all))], nil
}

// codeItems returns verifications as items, each with its last attempt.
func codeItems(ctx context.Context, g Gateway, codes []gateway.Verification) ([]Item, error) {
	all := make([]Item, len(codes))
	for i, v := range codes {
		v, err := g.Verification(ctx, v.ID)
		if err != nil {
			return nil, err
		}
		one := Item{Kind: "code", ID: v.ID, To: string(v.To), App: v.App, State: string(v.State), At: v.Created}
		if n := len(v.Attempts); n > 0 {
			a := v.Attempts[n-1]
			one.By, one.Way, one.Why = string(a.Channel), string(a.State), cmp.Or(a.Cause.Text, a.Waiting)
		}
		if v.State == gateway.Verified {
			one.Took = max(0, v.Ended.Sub(v.Created))
		}
		all[i] = one
	}
	return all, nil
}

// refusalItem returns a refusal, whose story is that alone. known tells that the reader knows the
// number: it is in the path that leads to the guard.
func refusalItem(i int, r guard.Refusal, who Reader, known bool) Item {
	one := Item{Kind: "refusal", ID: strconv.Itoa(i), To: string(r.To), App: r.App, State: "refused", Why: r.Text, At: r.At}
	if r.Shadow {
		one.State = "shadow"
	}
	if who.May(user.Owner) && (known || who.level() == full) {
		one.Link = pathOf("guard", url.Values{"to": {one.To}, "app": {r.App}})
	}
	return one
}

func messageItem(m gateway.Message) Item {
	one := Item{Kind: "message", ID: strconv.FormatInt(m.ID, 10), To: string(m.To), App: m.App, State: string(m.State),
		Why: cmp.Or(m.Cause, m.Waiting).Text, At: m.Accepted, Text: m.Text, Line: m.Line}
	if m.State == gateway.Delivered {
		one.Took = max(0, m.Ended.Sub(m.Accepted))
	}
	return one
}

func callItem(c call.Call) Item {
	return Item{Kind: "call", ID: strconv.FormatInt(c.ID, 10), To: string(c.To), App: c.App, State: string(c.State),
		Why: cmp.Or(c.Cause.Text, c.Waiting), At: c.Accepted, Text: cmp.Or(c.Text, c.File), Line: c.Line, Took: c.Duration}
}
