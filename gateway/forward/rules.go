package forward

import (
	"cmp"
	"context"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"simgate/gateway/cause"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// The limits of rules.
const (
	MaxRules   = 20   // of the configuration, and as many that are kept
	UsualLimit = 50   // messages to a number in 24 hours, of a rule that has no limit
	MaxLimit   = 1000 // of them
	maxWord    = 200  // characters of a text that is looked for
	maxURL     = 500  // octets
	maxToken   = 200
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// List returns all rules: those of the configuration in its order, and those that are kept
// as they were made.
func (f *Forwarder) List(ctx context.Context) ([]Rule, error) {
	return store.Read(ctx, f.db, f.all)
}

// Add keeps a rule. It holds at once for what comes in from then on. The error is
// [fault.Invalid] for a rule that could do nothing, or would go round in circles, and
// [fault.Conflict] where another has its name.
func (f *Forwarder) Add(ctx context.Context, r Rule) (Rule, error) {
	r.ID, r.Made = 0, f.clock.Wall().Time()
	r, err := f.read(ctx, r)
	if err != nil {
		return Rule{}, err
	}
	return store.Write(ctx, f.db, func(tx *store.Tx) (Rule, error) {
		rules, err := f.all(tx)
		if err != nil {
			return Rule{}, err
		}
		if len(rules)-len(*f.rules.Load()) >= MaxRules {
			return Rule{}, &fault.Error{Code: fault.Conflict, Message: fmt.Sprintf("there are %d forward rules already: remove one first", MaxRules)}
		}
		if err := free(rules, r); err != nil {
			return Rule{}, err
		}
		if r.ID, err = insertRule(tx, r); err != nil {
			return Rule{}, err
		}
		return r, f.changed(tx, "the forward rule "+r.Name+" was made; "+r.where())
	})
}

// Change changes a rule that is kept, by its name. It holds at once: also what waits goes by
// the rule as it is then, and what waits for a way that it has no more fails.
func (f *Forwarder) Change(ctx context.Context, name string, change func(*Rule)) (Rule, error) {
	before, err := store.Read(ctx, f.db, func(tx *store.Tx) (Rule, error) { return f.kept(tx, name) })
	if err != nil {
		return Rule{}, err
	}
	r := before
	change(&r)
	r.ID, r.Made = before.ID, before.Made
	if r, err = f.read(ctx, r); err != nil {
		return Rule{}, err
	}
	return store.Write(ctx, f.db, func(tx *store.Tx) (Rule, error) {
		if now, err := f.kept(tx, name); err != nil {
			return Rule{}, err
		} else if now != before {
			return Rule{}, &fault.Error{Code: fault.Conflict, Message: "the forward rule has just been changed by somebody else: look at it again"}
		}
		rules, err := f.all(tx)
		if err != nil {
			return Rule{}, err
		}
		if err := free(rules, r); err != nil {
			return Rule{}, err
		}
		if err := updateRule(tx, r); err != nil {
			return Rule{}, err
		}
		if err := f.Recover(tx); err != nil {
			return Rule{}, err
		}
		return r, f.changed(tx, "the forward rule "+r.Name+" was changed; "+r.where())
	})
}

// Remove removes a rule that is kept, by its name. What waits for it fails.
func (f *Forwarder) Remove(ctx context.Context, name string) (Rule, error) {
	return store.Write(ctx, f.db, func(tx *store.Tx) (Rule, error) {
		r, err := f.kept(tx, name)
		if err != nil {
			return r, err
		}
		if err := deleteRule(tx, r.ID); err != nil {
			return r, err
		}
		if err := f.Recover(tx); err != nil {
			return r, err
		}
		return r, f.changed(tx, "the forward rule "+r.Name+" was removed")
	})
}

// Outcome is what came of a test of one way of a rule.
type Outcome struct {
	Way   Way
	Cause cause.Cause // why it failed, zero where it has not
}

// Test passes a text of simgate's own on by every way of a rule at once, outside the queue,
// and returns what came of it. A message to a number counts for the limit of the rule. Where
// the configuration has a rule of the same name as one that is kept, the latter is tested.
func (f *Forwarder) Test(ctx context.Context, name string) ([]Outcome, error) {
	rules, err := f.List(ctx)
	if err != nil {
		return nil, err
	}
	i := lastNamed(rules, name)
	if i < 0 {
		return nil, errNone
	}
	r, now := rules[i], f.clock.Now()
	item := Item{Sender: "simgate", Text: "this is a test of the forward rule " + r.Name, Received: now.Wall.Time(), Test: true}
	var all []Outcome
	for _, w := range r.Ways() {
		trying, cancel := context.WithTimeout(ctx, testWithin)
		err := f.try(trying, r, w, item, fmt.Sprintf("fwd_test_%x_%s", int64(now.Wall), r.key()))
		cancel()
		o := Outcome{Way: w}
		if err != nil {
			o.Cause = cause.Of(err)
		} else if w == ByNumber {
			if err := f.db.Commit(context.WithoutCancel(ctx), func(tx *store.Tx) error { return insertDelivered(tx, path{r.key(), w}, f.clock.Now()) }); err != nil {
				return nil, store.Error(err)
			}
		}
		all = append(all, o)
	}
	return all, nil
}

// lastNamed returns the place of the last rule with a name, -1 for none: those that are kept
// come last.
func lastNamed(rules []Rule, name string) int {
	for i, r := range slices.Backward(rules) {
		if r.Name == name {
			return i
		}
	}
	return -1
}

var errNone = fault.NewNotFound("there is no forward rule with this name: see the list of forward rules")

// kept returns the rule with a name, if it is not one of the configuration.
func (f *Forwarder) kept(tx *store.Tx, name string) (Rule, error) {
	rules, err := f.all(tx)
	if err != nil {
		return Rule{}, err
	}
	i := lastNamed(rules, name)
	switch {
	case i < 0:
		return Rule{}, errNone
	case rules[i].ID == 0:
		return Rule{}, &fault.Error{Code: fault.Conflict, Message: "the forward rule " + fault.Quote(name) + " is in the configuration: change it there, and reload"}
	}
	return rules[i], nil
}

// changed heeds that a rule has changed, and notes it for the owner: whoever makes a rule
// reads what comes in.
func (f *Forwarder) changed(tx *store.Tx, what string) error {
	tx.Ring(configured)
	return f.journal.Note(tx, journal.Event{Kind: journal.ForwardChanged, Text: what})
}

// where says where a rule passes things on to, without numbers and addresses.
func (r Rule) where() string {
	var all []string
	for _, w := range r.Ways() {
		all = append(all, w.where())
	}
	return strings.Join(all, "; ")
}

func (w Way) where() string {
	return map[Way]string{ByNumber: "it passes on to a number", ByEmail: "it passes on to a mailbox",
		ByWebhook: "it passes on to a URL", ByNtfy: "it passes on to a topic of ntfy"}[w]
}

// free refuses a rule whose name another has.
func free(rules []Rule, r Rule) error {
	if slices.ContainsFunc(rules, func(o Rule) bool { return o.Name == r.Name && (o.ID != r.ID || o.ID == 0) }) {
		return &fault.Error{Code: fault.Conflict, Field: "name", Message: "another forward rule has the name " + fault.Quote(r.Name)}
	}
	return nil
}

// read reads a rule that somebody has asked for: numbers as they are compared.
func (f *Forwarder) read(ctx context.Context, r Rule) (Rule, error) {
	var err error
	if !nameForm.MatchString(r.Name) {
		return r, fault.NewInvalid("name", "a forward rule has a name of 1 to 32 letters, digits, dashes and underscores")
	}
	if r.From = strings.TrimSpace(r.From); r.From != "" {
		if n, err := f.world.Read(r.From); err == nil {
			r.From = n
		} else if err := fault.CheckName("from", r.From, 40); err != nil {
			return r, err
		}
	}
	if r.Line < 0 {
		return r, fault.NewInvalid("line", "a SIM has an id above 0: see the list of modems")
	}
	if r.App != "" {
		if err := fault.CheckName("app", r.App, 64); err != nil {
			return r, err
		}
	}
	if utf8.RuneCountInString(r.Text) > maxWord || strings.ContainsFunc(r.Text, unicode.IsControl) {
		return r, fault.NewInvalid("text", fmt.Sprintf("a text that is looked for has up to %d characters, on one line", maxWord))
	}
	if r.Number != "" {
		if r.Number, err = f.world.Read(r.Number); err != nil {
			return r, fault.NewInvalid("number", fault.MessageOf(err))
		}
		switch {
		case r.Number == r.From:
			return r, fault.NewInvalid("number", "the messages come from this number")
		case slices.Contains(f.world.Own(), r.Number):
			return r, fault.NewInvalid("number", "this is the number of a SIM of this gateway: messages would go round in circles")
		}
	}
	if r.Limit = cmp.Or(r.Limit, UsualLimit); r.Limit < 1 || r.Limit > MaxLimit {
		return r, fault.NewInvalid("limit", fmt.Sprintf("a rule sends from 1 to %d messages to a number in 24 hours", MaxLimit))
	}
	if r.Email != "" {
		a, err := mail.ParseAddress(r.Email)
		switch {
		case err != nil || a.Address != r.Email:
			return r, fault.NewInvalid("email", "an address is written as me@example.com")
		case !f.world.Mails():
			return r, fault.NewInvalid("email", "no mail server is configured: set notify.email in the configuration")
		}
	}
	for _, u := range []struct{ field, value string }{{"webhook", r.Webhook}, {"ntfy", r.Ntfy}} {
		if err := f.checkURL(ctx, u.field, u.value); err != nil {
			return r, err
		}
	}
	switch {
	case r.Token != "" && r.Ntfy == "":
		return r, fault.NewInvalid("ntfy", "a token is for a topic of ntfy: give its address, such as https://ntfy.sh/TOPIC")
	case len(r.Token) > maxToken || strings.ContainsFunc(r.Token, func(c rune) bool { return c <= ' ' || c > '~' }):
		return r, fault.NewInvalid("ntfy_token", "this is no token of ntfy: it has neither blanks nor letters outside of ASCII")
	case len(r.Ways()) == 0:
		return r, fault.NewInvalid("", "the rule says not where to: give a number, an e-mail address, a webhook or a topic of ntfy")
	}
	return r, nil
}

// checkURL refuses a URL that nothing can be posted to, or may be.
func (f *Forwarder) checkURL(ctx context.Context, field, s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || len(s) > maxURL {
		return fault.NewInvalid(field, fmt.Sprintf("a URL begins with http:// or https:// and a host, and has up to %d characters", maxURL))
	}
	if err := f.world.Check(ctx, s); err != nil {
		return fault.NewInvalid(field, fault.MessageOf(err))
	}
	return nil
}
