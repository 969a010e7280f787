package guard

import (
	"fmt"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// Checked says who compares a code with what the person typed.
type Checked string

// Who does. Whether codes come back is not known of those that are compared elsewhere:
// they are counted apart, and held to plain bounds.
const (
	Here      Checked = "here"
	Elsewhere Checked = "elsewhere" // the app does, as the owner has said of its key
	Unproven  Checked = "unproven"  // the app is handed its codes, and has not had one checked yet
)

// apart reports whether what c says is left out of all that counts answers.
func (c Checked) apart() bool { return c == Elsewhere || c == Unproven }

const (
	unprovenDay  = 100 // codes of an unproven app
	unprovenTold = 5   // after so many in a day the owner is told
)

// apartKeys returns what a request counts for apart from codes that are checked here.
func (r Request) apartKeys() map[Scope]string {
	keys := map[Scope]string{}
	for scope, key := range r.keys() {
		keys[apartScope(scope)] = key
	}
	return keys
}

func apartScope(s Scope) Scope { return s + ", checked elsewhere" }

// apartBounds are those of codes that are not checked here.
func (l Limits) apartBounds(c Checked) []bound {
	list := []bound{
		{ByNumber, l.NumberHour, time.Hour, sendsOf, fault.LimitNumber, "this number has been sent as many codes as an hour allows"},
		{ByNumber, l.NumberDay, day, sendsOf, fault.LimitNumber, "this number has been sent as many codes as a day allows"},
		{ByPrefix, l.ElsewherePrefixDay, day, sendsOf, fault.LimitPrefix, "numbers like this one have been sent as many codes as a day allows"},
		{ByClient, l.ClientHour, time.Hour, sendsOf, fault.LimitClient, "this client address has caused as many codes as an hour allows"},
		{ByCountry, l.ElsewhereCountryDay, day, sendsOf, fault.LimitCountry, "this country has been sent as many codes as a day allows"},
		{ByApp, l.AppHour, time.Hour, sendsOf, fault.LimitKey, "this app has sent as many codes as an hour allows"},
	}
	if c == Unproven {
		list = append(list, bound{ByApp, unprovenDay, day, sendsOf, fault.LimitKey,
			"this app has had no code checked, and sent as many as a day allows then: check one, or have the owner say that they are checked elsewhere"})
	}
	return list
}

// judgeApart decides on a code that is not checked here, and whose number fits.
func (g *Guard) judgeApart(f *finding, tx *store.Tx, r Request, now clock.Moment) error {
	counts := newWindows(tx, r, now.Tick)
	counts.keys = r.apartKeys()
	for _, b := range g.cfg.Load().Limits.apartBounds(r.Checked) {
		w, err := counts.of(apartScope(b.scope))
		if err != nil {
			return err
		}
		if counts.keys[apartScope(b.scope)] != "" && b.over(w) {
			f.Refusal = b.refuse(w)
			return nil
		}
	}
	if r.Checked != Unproven {
		return nil
	}
	w, err := counts.of(apartScope(ByApp))
	if err != nil || w.sum(day, sendsOf) < unprovenTold {
		return err
	}
	told, err := wasTold(tx, r.App)
	if err != nil || told {
		return err
	}
	f.Event = &journal.Event{Kind: journal.CodesUnchecked, Text: fmt.Sprintf("the app %s takes codes and has had none checked here, so at most %d a day are sent; "+
		"if it compares them itself, say so with: simgate keys set %s --codes checked-elsewhere", r.App, unprovenDay, r.App)}
	f.told = true
	return nil
}

// HasChecked reports whether an app has ever had a code checked here, wrong ones included.
func (g *Guard) HasChecked(tx *store.Tx, app string) (bool, error) {
	if _, ok := g.checkers.Load(app); ok {
		return true, nil
	}
	checked, err := hasChecked(tx, app)
	if checked {
		g.checkers.Store(app, true)
	}
	return checked, err
}

// Checks hears that an app has a code checked.
func (g *Guard) Checks(tx *store.Tx, app string) error {
	if checked, err := g.HasChecked(tx, app); err != nil || checked {
		return err
	}
	return upsertChecker(tx, app, true, false)
}

// AnsweredApart hears that a code came back that is not counted with those that are
// checked here: its number is known from now on.
func (g *Guard) AnsweredApart(tx *store.Tx, s Subject, client string, now clock.Tick) error {
	if err := upsertAnswer(tx, s, now); err != nil || client == "" {
		return err
	}
	return upsertClient(tx, s, client, now)
}
