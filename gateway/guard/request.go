package guard

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Channel is what is to go out.
type Channel string

// The channels.
const (
	Code Channel = "code" // of a verification, by whatever means
	Call Channel = "call" // that says something else
)

// Request is a code or a call as the guard sees it. It is made by [NewRequest].
type Request struct {
	App     string
	To      msisdn.Number
	Region  string // country of To, "" for none
	Channel Channel
	Client  string   // address of the person, from [ParseClient]; "" unknown
	Homes   []string // countries of the SIMs
	Dry     bool     // it is only asked about: nothing is written down

	costly string // what To is that nothing goes to, "" for a number of a person
}

// NewRequest returns a request of an app, without client and homes. It reads what the
// number is, which takes a while: call it outside of transactions.
func NewRequest(app string, to msisdn.Number, c Channel) Request {
	return Request{App: app, To: to, Region: to.Region(), Channel: c, costly: to.Costly()}
}

// keys returns what a request counts for in each scope.
func (r Request) keys() map[Scope]string {
	return map[Scope]string{ByNumber: string(r.To), ByPrefix: prefixOf(r.To), ByCountry: r.Region, ByApp: r.App, ByClient: r.Client}
}

// prefixOf is a number without its last four digits: the block that operators hand
// out, and that pumps rent.
func prefixOf(to msisdn.Number) string { return string(to[:max(0, len(to)-4)]) }

// Verdict is what the guard says of a request.
type Verdict struct {
	Refusal *fault.Error   // with a Reason; nil: it may go out
	Event   *journal.Event // for the owner, to be written in the same transaction; nil for none
}

// Inspect decides whether a request may go out now. What follows from a refusal is
// written in the transaction, which must be committed then too, unless r is Dry.
func (g *Guard) Inspect(tx *store.Tx, r Request, now clock.Moment) (v Verdict, err error) {
	f, err := g.judge(tx, r, now)
	v.Refusal = f.refusal
	if err != nil || r.Dry {
		return v, err
	}
	for _, text := range f.logged {
		g.note(r, fault.BlockedNumber, text, true, now)
	}
	if f.refusal != nil {
		g.note(r, f.refusal.Reason, f.refusal.Message, false, now)
	}
	if f.rule != nil {
		_, err = upsertRule(tx, *f.rule, now.Tick.Add(conversionBlock), now.Wall)
		v.Event = &journal.Event{Kind: journal.GuardBlocked, Text: "codes to " + string(f.rule.Scope) + " " + f.rule.Key +
			" are blocked for a day: " + f.rule.Reason + "; simgate guard release ends it"}
	}
	return v, err
}

// finding is what came of judging a request.
type finding struct {
	refusal *fault.Error // nil: it may go out
	rule    *Rule        // that the refusal makes, for a day
	logged  []string     // why it would have been refused, were it not for LogOnly
}

// judge decides on a request, and writes nothing.
func (g *Guard) judge(tx *store.Tx, r Request, now clock.Moment) (f finding, err error) {
	rules, err := rulesFor(tx, r.keys(), now)
	if err != nil || len(rules) > 0 && rules[0].Kind == Safe {
		return f, err
	}
	if len(rules) > 0 {
		f.refusal = blocked(rules[0])
		return f, nil
	}
	if f.refusal = g.refuseKind(r); f.refusal != nil {
		return f, nil
	}
	if f.refusal, err = g.refuseRun(tx, r, now.Tick); err != nil || f.refusal != nil {
		return f, err
	}
	for _, b := range g.cfg.Limits.bounds() {
		key := r.keys()[b.scope]
		if b.limit < 0 || key == "" {
			continue
		}
		w, err := selectWindow(tx, b.scope, key, now.Tick, day)
		if err != nil {
			return f, err
		}
		if w.sum(b.within, b.of) >= b.limit {
			f.refusal = fault.NewLimited(b.reason, w.wait(b.within, b.limit, b.of), "%s", b.text)
			return f, nil
		}
		if b.scope != ByPrefix && b.scope != ByCountry {
			continue
		}
		switch text := g.unconverted(b.scope, key, w); {
		case text == "":
		case g.cfg.Conversion == LogOnly:
			f.logged = append(f.logged, text)
		default:
			f.rule = &Rule{Kind: Block, Scope: b.scope, Key: key, Reason: text, Origin: "guard"}
			f.refusal = blocked(*f.rule)
			return f, nil
		}
	}
	return f, nil
}

const day = 24 * time.Hour

func blocked(r Rule) *fault.Error {
	return &fault.Error{Code: fault.Forbidden, Field: "to", Reason: fault.BlockedNumber,
		Message: fmt.Sprintf("%s %s is blocked: %s", r.Scope, r.Key, r.Reason)}
}

// refuseKind refuses numbers that cost more than others, and closed countries.
func (g *Guard) refuseKind(r Request) *fault.Error {
	if r.costly != "" {
		return &fault.Error{Code: fault.Forbidden, Field: "to", Reason: fault.KindRefused, Message: "no codes go to " + r.costly}
	}
	open, list := g.open(r.Channel, r.Region, r.Homes)
	if open {
		return nil
	}
	where, among, key := r.Region, strings.Join(list, ", "), "guard.countries"
	if r.Channel == Call {
		key = "guard.voice_countries"
	}
	if where == "" {
		where = "numbers that belong to no country"
	}
	if len(list) == 0 {
		return &fault.Error{Code: fault.Forbidden, Field: "to", Reason: fault.CountryClosed, Message: fmt.Sprintf(
			"no %ss go to %s: the country of no SIM is known; set country in the configuration, or list countries in %s", r.Channel, where, key)}
	}
	return &fault.Error{Code: fault.Forbidden, Field: "to", Reason: fault.CountryClosed, Message: fmt.Sprintf(
		"no %ss go to %s: it is not among the countries of the configuration (%s); to allow it, list it in %s", r.Channel, where, among, key)}
}

// Open reports whether what goes by a channel may go to a country; homes are those of
// the SIMs.
func (g *Guard) Open(c Channel, region string, homes []string) bool {
	open, _ := g.open(c, region, homes)
	return open
}

// open also returns the list of countries that says so.
func (g *Guard) open(c Channel, region string, homes []string) (bool, []string) {
	list := g.cfg.Countries
	if c == Call {
		list = g.cfg.VoiceCountries
	}
	if len(list) == 0 {
		list = homes
	}
	return slices.Contains(list, AllCountries) || region != "" && slices.Contains(list, region), list
}
