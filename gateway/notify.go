package gateway

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"simgate/gateway/canary"
	"simgate/gateway/cause"
	"simgate/gateway/fault"
	"simgate/gateway/forward"
	"simgate/gateway/guard"
	"simgate/gateway/idempotency"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/notify"
	"simgate/gateway/store"
)

// OwnerApp is the app that messages to the owner belong to.
const OwnerApp = key.Ours + "owner"

const (
	// usualStart is how long a modem may take to start, or to come back by itself.
	usualStart = 2 * time.Minute
	// ownerLifetime is how long a message to the owner may wait.
	ownerLifetime = time.Hour
)

// whyNone says why no line can send, and nothing where one can.
func whyNone(lines []line.Info) (why []string) {
	for _, st := range lines {
		switch {
		case st.State == line.Ready && !st.Held():
			return nil
		case st.State == line.Ready:
			why = append(why, st.Hold.Text)
		default:
			why = append(why, st.Because())
		}
	}
	return why
}

// canaryApp is the app that messages of the canary belong to.
const canaryApp = key.Ours + "canary"

// forwardApp is the app that messages of forward rules belong to.
const forwardApp = key.Ours + "forward"

// ownApps are the gateway itself: no key has such a name.
var ownApps = []string{OwnerApp, canaryApp, forwardApp}

// own reports whether an app is the gateway itself, which takes no share from others.
func own(app string) bool { return slices.Contains(ownApps, app) }

// newForwarder returns what passes on what comes in.
func (g *Gateway) newForwarder(rules []forward.Rule) *forward.Forwarder {
	return forward.New(rules, forward.World{
		Own:   g.lines.Numbers,
		Read:  func(number string) (string, error) { return g.readFilter("", number) },
		Check: g.webhooks.CheckURL,
		Mails: func() bool { return g.cfg.Load().Notify.Email.Server != "" },
		Item: func(tx *store.Tx, id int64) (forward.Item, error) {
			m, err := inbox.Select(tx, id)
			if err != nil {
				return forward.Item{}, err
			}
			return itemOf(tx, m)
		},
		Send: func(ctx context.Context, to, body, key string) error {
			print := sha256.Sum256([]byte(to))
			_, err := g.Send(ctx, NewMessage{App: forwardApp, To: to, Reading: msisdn.International(), Text: body,
				Once: idempotency.Request{Key: key, Route: "forward", Fingerprint: print[:]}})
			return err
		},
		Say: func(text string) string { return g.notifier.Say(text) },
		Pass: func(ctx context.Context, r forward.Rule, w forward.Way, i forward.Item, key string) error {
			p := notify.Passed{Key: key, Title: g.notifier.Say(i.Title()), Text: i.Text, At: i.Received}
			var c *http.Client // a URL of the configuration is the word of the owner
			if r.ID != 0 {
				c = g.webhooks.Client()
				defer c.CloseIdleConnections()
			}
			switch w {
			case forward.ByEmail:
				return g.notifier.Mail(ctx, r.Email, p)
			case forward.ByNtfy:
				return g.notifier.Publish(ctx, c, notify.Server{URL: r.Ntfy, Token: r.Token}, p)
			default:
				return g.notifier.Post(ctx, c, r.Webhook, forwarded{ID: key, Rule: r.Name, Incoming: i.ID, App: i.App, Line: i.Line, From: i.Sender,
					To: i.Number, Call: i.Call, Text: i.Text, Received: i.Received.UTC(), Test: i.Test})
			}
		},
	}, g.db, g.clock, g.journal, g.log)
}

// forwarded is what a URL of a forward rule gets.
type forwarded struct {
	ID       string    `json:"id"` // the same in each try
	Rule     string    `json:"rule"`
	Incoming int64     `json:"incoming"` // its id in the inbox
	App      string    `json:"app,omitempty"`
	Line     int64     `json:"line"`
	From     string    `json:"from,omitempty"`
	To       string    `json:"to,omitempty"` // the number of the SIM, where that is known
	Call     bool      `json:"call,omitempty"`
	Text     string    `json:"text,omitempty"`
	Received time.Time `json:"received"`
	Test     bool      `json:"test,omitempty"` // the owner tests the rule
}

// itemOf returns what came in as forward rules see it.
func itemOf(tx *store.Tx, m inbox.Message) (forward.Item, error) {
	number, err := line.NumberOf(tx, m.Line)
	return forward.Item{ID: m.ID, App: m.App, Line: m.Line, Number: string(number), Sender: m.Sender, Call: m.Kind == inbox.Call, Text: m.Text, Received: m.Received}, err
}

// shown is called with each message that came in, when it is stored.
func (g *Gateway) shown(tx *store.Tx, m inbox.Message) error {
	if m.Kind == inbox.Data || m.Kind == inbox.Undecodable {
		return nil
	}
	i, err := itemOf(tx, m)
	if err != nil {
		return err
	}
	return g.forwarder.Take(tx, i)
}

// newCanary returns what sends messages from SIM to SIM.
func (g *Gateway) newCanary(cfg canary.Config) *canary.Canary {
	return canary.New(g.canonicalCanary(cfg), canary.World{
		Lines: g.canaryLines,
		Send: func(ctx context.Context, from int64, to, text string, within time.Duration) (int64, error) {
			m, err := g.Send(ctx, NewMessage{App: canaryApp, To: to, Reading: msisdn.International(), Text: text, Lifetime: within, Line: from})
			if err != nil {
				err = errors.New(fault.MessageOf(err))
			}
			return m.ID, err
		},
		Fate: g.canaryFate,
		Last: func(ctx context.Context) (time.Time, error) {
			last, err := g.Messages(ctx, MessageFilter{App: canaryApp, Limit: 1})
			if err != nil || len(last) == 0 {
				return time.Time{}, err
			}
			return last[0].Accepted, nil
		},
	}, g.clock, g.log)
}

// canonicalCanary returns a configuration with its number in the form that numbers are
// compared in.
func (g *Gateway) canonicalCanary(cfg canary.Config) canary.Config {
	if n, err := g.ReadNumber("", cfg.To, msisdn.Reading{}); err == nil {
		cfg.To = string(n)
	}
	return cfg
}

// canaryLines returns the SIMs that can send now.
func (g *Gateway) canaryLines(ctx context.Context) (all []canary.Line, err error) {
	lines, err := g.lines.List(ctx)
	for _, l := range lines {
		if l.State != line.Ready || l.Held() {
			continue
		}
		number, err := g.ReadNumber("", l.Number, msisdn.Reading{})
		if err != nil {
			number = "" // it cannot be sent to
		}
		all = append(all, canary.Line{ID: l.ID, Name: cmp.Or(l.Label, l.Name), Number: string(number)})
	}
	return all, err
}

// CanaryCost returns how many messages the canary sends in a month, and what they cost at
// most by the prices of the SIMs, 0 where that is not known.
func (g *Gateway) CanaryCost(ctx context.Context) (sends int, cost float64, err error) {
	cfg := g.canary.Config()
	if cfg.Every == 0 {
		return 0, 0, nil
	}
	sends = int(30 * 24 * time.Hour / cfg.Every)
	lines, err := g.lines.List(ctx)
	for _, l := range lines {
		number := l.Number
		if cfg.To != "" {
			number = cfg.To
		}
		for _, by := range lines {
			if micros, ok := g.lines.PriceBy(by.ID, msisdn.Number(number)); ok {
				cost = max(cost, float64(sends)*float64(micros)/1e6)
			}
		}
	}
	return sends, cost, err
}

// proveWithin is how long a message has that proves the number of a SIM.
const proveWithin = 90 * time.Second

// ProveLine sends a message from a SIM to the number that its card says, and counts that as
// certain once the message has come back. A number that is certain is not proved again.
func (g *Gateway) ProveLine(ctx context.Context, id int64) (line.Info, error) {
	lines, err := g.lines.List(ctx)
	if err != nil {
		return line.Info{}, err
	}
	i := slices.IndexFunc(lines, func(l line.Info) bool { return l.ID == id && id != 0 })
	if i < 0 {
		return line.Info{}, fault.NewNotFound("this SIM is in no modem now: see the list of modems")
	}
	l := lines[i]
	switch {
	case l.Certain:
		return l, nil
	case !strings.HasPrefix(l.Number, "+"):
		return l, &fault.Error{Code: fault.Conflict, Message: "the card does not say its number with its country code: set number for it under sims in the configuration"}
	case l.State != line.Ready || l.Held():
		return l, &fault.Error{Code: fault.Unavailable, Message: "this SIM cannot send now: it is " + cmp.Or(l.Hold.Text, string(l.State))}
	}
	if err := g.canary.Prove(ctx, canary.Line{ID: id, Name: cmp.Or(l.Label, l.Name), Number: l.Number}, proveWithin); err != nil {
		return l, &fault.Error{Code: fault.Conflict, Message: err.Error() + "; if the number is right all the same, set it for the SIM under sims in the configuration"}
	}
	l.Certain = true
	return l, g.lines.NoteProved(ctx, id, l.Number)
}

// canaryFate says what has become of a message of the canary.
func (g *Gateway) canaryFate(ctx context.Context, id int64) (fate string, ended bool, err error) {
	m, err := g.Message(ctx, id)
	if err != nil {
		return "", false, err
	}
	switch m.State {
	case Queued, Sending:
		return "it waits for " + cmp.Or(m.Waiting.Text, "its turn"), false, nil
	case Sent:
		return "the network has taken it", false, nil
	case Delivered:
		return "the network says that it was delivered", false, nil
	case Unknown:
		return "the modem gave no answer", false, nil
	}
	return cmp.Or(m.Cause.Text, string(m.State)), true, nil
}

// tookCanary takes a message of the canary that came in, and reports whether it is one.
func (g *Gateway) tookCanary(ctx context.Context, by int64, r line.Received) bool {
	if !canary.Marks(r.Text) {
		return false
	}
	lines, _ := g.lines.List(ctx) // without them it is known by its text alone
	own := slices.ContainsFunc(lines, func(l line.Info) bool { return l.Number != "" && tail(l.Number) == tail(r.Sender) })
	return g.canary.Took(by, r.Text, own)
}

// canaryCondition tells the owner that messages do not arrive.
func (g *Gateway) canaryCondition() (c notify.Condition, wrong bool) {
	r := g.canary.Last()
	c = notify.Condition{Name: "canary", Kind: journal.CanaryLost, Title: "messages do not arrive", Unsure: r.At.IsZero(),
		Text: "a message that simgate has sent from SIM " + r.From + " to " + r.To + " has not arrived, nor had the one before: " + r.Cause.Text +
			"; look at the credit of the SIM and whether it is blocked, and send a message to your phone",
		Over: "messages from SIM to SIM arrive again"}
	if r.From == "" {
		c.Title, c.Text = "the canary cannot be sent", r.Cause.Text
	}
	return c, g.canary.Config().Every > 0 && (c.Unsure || r.Wrong())
}

// linesUnready returns why no line can send a message now, the zero cause where one can.
func (g *Gateway) linesUnready(ctx context.Context) (why cause.Cause) {
	switch lines, err := g.lines.List(ctx); {
	case err != nil:
		return cause.Of(err)
	case len(lines) == 0:
		return cause.NoModem.With()
	default:
		if held := whyNone(lines); len(held) > 0 {
			why = cause.NotReady.With(strings.Join(held, "; "))
		}
		return why
	}
}

// textOwner sends a message to the owner, once for each key.
func (g *Gateway) textOwner(ctx context.Context, to, body, key string) error {
	print := sha256.Sum256([]byte(to))
	_, err := g.Send(ctx, NewMessage{App: OwnerApp, To: to, Reading: msisdn.International(), Text: body, Lifetime: ownerLifetime,
		Once: idempotency.Request{Key: key, Route: "notify", Fingerprint: print[:]}})
	return err
}

// conditions returns what is wrong now.
func (g *Gateway) conditions(ctx context.Context) ([]notify.Condition, error) {
	lines, err := g.lines.List(ctx)
	if err != nil {
		return nil, err
	}
	all := g.lineConditions(lines)
	for _, l := range lines {
		if c, ok, err := g.creditCondition(ctx, l); err != nil {
			return nil, err
		} else if ok {
			all = append(all, c)
		}
	}
	var rules []guard.Rule
	if g.cfg.Load().Guard.Conversion == guard.Enforce { // else the guard makes none
		if rules, err = g.guard.Rules(ctx); err != nil {
			return nil, err
		}
	}
	for _, r := range rules {
		if r.Kind == guard.Block && r.Origin != "operator" {
			to := fmt.Sprintf("codes of %s to %s %s", r.App, r.Scope, r.Key)
			all = append(all, notify.Condition{Name: fmt.Sprintf("pump %s %s %s", r.App, r.Scope, r.Key), Kind: journal.GuardBlocked, Noted: true,
				Title: to + " are blocked", Over: to + " go out again",
				Text: to + " are blocked for a day: " + r.Reason + "; protect the form of the app with a captcha, or end the block with \"simgate guard release\""})
		}
	}
	dead, err := g.webhookConditions(ctx)
	if err != nil {
		return nil, err
	}
	all = append(all, dead...)
	if c, wrong := g.canaryCondition(); wrong {
		all = append(all, c)
	}
	if g.holds.Load() {
		c, held, err := g.heldCondition(ctx)
		if err != nil {
			return nil, err
		}
		if held {
			all = append(all, c)
		}
	}
	if g.cfg.Load().Machine != nil {
		all = append(all, g.cfg.Load().Machine()...)
	}
	return all, nil
}

// lineConditions returns what is wrong with modems and their SIMs. Where there is only one
// modem its trouble says that nothing can be sent, and nothing else needs to.
func (g *Gateway) lineConditions(lines []line.Info) (all []notify.Condition) {
	only := len(lines) == 1
	for i, l := range lines {
		c := notify.Condition{Name: l.Device(), Line: l.ID, Modem: l.Name, After: usualStart, Urgent: only,
			Over: l.Device() + " is ready again"}
		if err := g.lines.All()[i].Alive(); err != nil {
			c.Kind, c.Title = journal.ModemHung, l.Device()+" is stuck"
			c.Text = fmt.Sprintf("the driver of %s is stuck: %v; the service restarts by itself, or restart it", l.Device(), err)
		} else {
			c.Kind, c.Title, c.Text, c.Unsure = describe(l.Status)
		}
		switch c.Kind {
		case journal.ModemSearching:
			c.After = 5 * time.Minute
		case journal.ModemLocked: // it waits for a human
			c.After = 0
		}
		if only {
			c.Title += ": nothing can be sent"
		}
		if c.Kind != "" || c.Unsure {
			all = append(all, c)
		}
		if s := l.Storage; s.Total > 0 && s.Used >= s.Total {
			all = append(all, notify.Condition{Name: "storage " + l.Name, Kind: journal.StorageFull, Line: l.ID, Modem: l.Name, After: usualStart,
				Title: "the storage of modem " + l.Name + " is full",
				Text:  fmt.Sprintf("the storage %s of modem %s is full (%d of %d), and no message can come in; delete messages from the SIM, for one in a phone", s.Name, l.Name, s.Used, s.Total),
				Over:  "messages can come in on modem " + l.Name + " again"})
		}
		if l.Battery.Low() {
			all = append(all, notify.Condition{Name: "battery " + l.Name, Kind: journal.BatteryLow, Line: l.ID, Modem: l.Name,
				Title: "the battery of " + l.Device() + " is nearly empty",
				Text:  fmt.Sprintf("the battery of %s is at %d %% and is not charged: plug its charger in", l.Device(), l.Battery.Percent),
				Over:  "the battery of " + l.Device() + " is charged again"})
		}
	}
	if why := whyNone(lines); len(why) > 0 && (!only || lines[0].State == line.Ready) {
		all = append(all, notify.Condition{Name: "lines", Kind: journal.LinesDown, Urgent: true, After: usualStart, Title: "nothing can be sent",
			Text: "no message or code can be sent: " + strings.Join(why, "; "), Over: "messages and codes are sent again"})
	}
	return all
}

// describe says what is wrong with a modem and what to do; kind is "" where nothing is, or
// nobody can say yet.
func describe(st line.Status) (kind journal.Kind, title, text string, unsure bool) {
	switch st.State {
	case line.Absent:
		kind = journal.ModemAbsent
	case line.Locked:
		kind = journal.ModemLocked
	case line.Faulted:
		kind = journal.ModemFaulted
	case line.Searching:
		kind = journal.ModemSearching
	case line.Opening, line.Starting:
		return "", "", "", true
	default:
		return "", "", "", false
	}
	return kind, st.Doing(), st.Because() + "; " + st.Remedy(), false
}

// creditCondition returns that the credit of a SIM runs out.
func (g *Gateway) creditCondition(ctx context.Context, l line.Info) (c notify.Condition, low bool, err error) {
	if l.ID == 0 || !g.lines.AsksBalance() {
		return c, false, nil
	}
	b, known, err := g.lines.Balance(ctx, l.ID)
	if err != nil || !known || !b.Low {
		return c, false, err
	}
	name := fmt.Sprint("SIM ", l.ID)
	if l.Label != "" {
		name += " (" + l.Label + ")"
	}
	return notify.Condition{Name: fmt.Sprint("credit ", l.ID), Kind: journal.BalanceLow, Line: l.ID, Modem: l.Name, Noted: true,
		Title: "the credit of " + name + " runs out",
		Text:  fmt.Sprintf("the credit of %s is %.2f: top it up", name, b.Amount), Over: "the credit of " + name + " is high enough again"}, true, nil
}

// webhookConditions returns the receivers that take nothing any more.
func (g *Gateway) webhookConditions(ctx context.Context) (all []notify.Condition, err error) {
	if !g.webhooks.Listening() {
		return nil, nil
	}
	hooks, err := g.webhooks.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range hooks {
		if w.Disabled != "" {
			what := fmt.Sprintf("webhook %d of %s", w.ID, w.App)
			all = append(all, notify.Condition{Name: "webhook " + fmt.Sprint(w.ID), Kind: journal.WebhookDead, Title: what + " is disabled",
				Text: fmt.Sprintf("%s is disabled: %s; enable it with \"simgate webhooks rotate %d\", or remove it", what, w.Disabled, w.ID),
				Over: what + " is enabled again, or removed"})
		}
	}
	failing, err := g.webhooks.Failing(ctx)
	for _, f := range failing {
		what := fmt.Sprintf("the receiver %s of %s", f.Origin, f.App)
		all = append(all, notify.Condition{Name: "receiver " + f.App + " " + f.Origin, Kind: journal.WebhookDead, Title: what + " takes no webhooks",
			Text: fmt.Sprintf("%s takes no webhooks: %s; check its server; what waits is delivered for three days", what, f.Cause),
			Over: what + " takes webhooks again"})
	}
	return all, err
}
