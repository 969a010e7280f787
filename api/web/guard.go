package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/msisdn"
	"simgate/gateway/user"
)

// Warden is a gateway whose guard people look after.
type Warden interface {
	Gateway
	Guard() *guard.Guard
	Why(ctx context.Context, c guard.Channel, n gateway.NewVerification) (gateway.Rehearsal, guard.Standing, error)
	Unlock(ctx context.Context, to string) (int, error)
	Countries(ctx context.Context) ([]guard.Country, error)
}

// AddGuard adds the pages of the guard: what it has refused and would have, what it would
// answer, its rules, and what a country costs before it is opened.
func AddGuard(p *Pages, g Warden) {
	w := &warden{pages: p, gateway: g}
	main := &Page{Name: "guard", Title: "Guard", Wide: true, Data: func(r *http.Request) (any, error) { return w.look(r, Form{}) },
		Regions: func(data any) []Region {
			return []Region{{ID: "refusals", Template: "refusals", Data: data}, {ID: "countries", Template: "countries", Data: data}, {ID: "rules", Template: "rules", Data: data}}
		}, Every: 2 * time.Second}
	risk := &Page{Name: "guard", Template: "opening"}
	w.ruling = Letter{Page: main, Fields: map[string]string{"kind": "kind", "key": "key", "scope": "key", "to": "key", "reason": "reason", "lifetime": "for", "for": "for"},
		Data: func(r *http.Request, f Form) (any, error) { return w.look(r, f) }}
	w.opening = Letter{Page: risk, Fields: map[string]string{"reason": "reason", "lifetime": "for", "for": "for"},
		Data: func(r *http.Request, f Form) (any, error) { return w.risk(r, r.FormValue("key"), f) }}
	w.choosing = Letter{Page: main, Fields: map[string]string{"country": "country"}, Data: func(r *http.Request, f Form) (any, error) {
		d, err := w.look(r, Form{})
		d.Opens = f
		return d, err
	}}
	p.Add(nil, main)
	p.HandleFunc("GET "+Root+"guard/open", w.open)
	p.Dangerous(user.Owner, "POST "+Root+"guard/rule", w.rule)
	p.Dangerous(user.Owner, "POST "+Root+"guard/release", w.release)
	p.Dangerous(user.Owner, "POST "+Root+"guard/unlock", w.unlock)
}

type warden struct {
	pages   *Pages
	gateway Warden

	ruling   Letter
	choosing Letter // of a country to be opened
	opening  Letter // of a country, where what that may cost is said
}

// guarded is what the page shows.
type guarded struct {
	To, Channel, App string // that were asked about
	Channels         []guard.Channel
	Apps             []string
	Problem          string
	Answer           *judged // nil: nobody has asked
	Refusals         []guard.Refusal
	Rules            []guard.Rule
	Countries        []guard.Country
	Opens            Form // in which a country is chosen
	Kinds            []guard.Kind
	newRule
}

// Path returns the path of the page.
func (guarded) Path() string { return Root + "guard" }

// newRule is the end of a form for a rule.
type newRule struct {
	Form        Form
	Reason, For string
	Lifetimes   []span
}

// judged is what would be answered to a send.
type judged struct {
	gateway.Rehearsal
	guard.Standing
	Closed bool // it is refused as its country is not open
	Number string
}

// shownRefusals is how many refusals the page shows.
const shownRefusals = 100

var lifetimes = []span{{"", "until it is removed"}, {"1h", "for an hour"}, {"24h", "for a day"}, {"720h", "for 30 days"}}

func (w *warden) look(r *http.Request, f Form) (guarded, error) {
	ctx := r.Context()
	d := guarded{To: strings.TrimSpace(r.FormValue("to")), Channel: cmp.Or(r.FormValue("channel"), string(guard.Code)), App: strings.TrimSpace(r.FormValue("app")),
		Channels: guard.Channels, Kinds: []guard.Kind{guard.Block, guard.Opens, guard.Safe}, newRule: newRule{Form: f, Lifetimes: lifetimes}}
	var err error
	if d.Apps, err = apps(ctx, w.gateway); err != nil {
		return d, err
	}
	if d.Countries, err = w.gateway.Countries(ctx); err != nil {
		return d, err
	}
	d.Refusals = w.gateway.Guard().Refusals(shownRefusals)
	if d.Rules, err = w.gateway.Guard().Rules(ctx); err != nil {
		return d, err
	}
	if d.To == "" {
		return d, nil
	}
	channel, err := guard.ParseChannel(d.Channel)
	if err == nil {
		a := judged{}
		a.Rehearsal, a.Standing, err = w.gateway.Why(ctx, channel, gateway.NewVerification{App: cmp.Or(d.App, App), To: d.To})
		a.Number, a.Closed = string(a.To), a.Refusal != nil && a.Refusal.Reason == fault.CountryClosed
		d.Answer = &a
	}
	switch fault.CodeOf(err) {
	case "":
	case fault.Internal:
		return d, err
	default:
		d.Answer, d.Problem = nil, sayError(r, err)
	}
	return d, nil
}

// risk is what a country costs, before it is opened.
type risk struct {
	newRule
	Country string
	Each    string // what a message to it costs, "" nobody knows
	Hour    string // what codes that nobody answers may cost in an hour, for each app; "" likewise
	Codes   int    // that go to it in an hour though nobody answers, for each app; 0: without a limit
	Back    string
}

// open shows what opening a country may cost.
func (w *warden) open(rw http.ResponseWriter, r *http.Request) {
	d, err := w.risk(r, r.FormValue("country"), Form{})
	if err != nil {
		w.pages.Again(rw, r, w.choosing, err)
		return
	}
	w.pages.Show(rw, r, w.opening.Page, d)
}

func (w *warden) risk(r *http.Request, country string, f Form) (any, error) {
	o := risk{newRule: newRule{f, r.FormValue("reason"), r.FormValue("for"), lifetimes},
		Country: strings.ToUpper(strings.TrimSpace(country)), Back: r.FormValue("to"), Codes: max(0, w.gateway.Guard().Limits().CountryHour)}
	if !msisdn.KnownCountry(o.Country) {
		return nil, fault.NewInvalid("country", Printer(r).Sprintf("This is not a country in two letters, such as DE."))
	}
	if micros, ok := w.gateway.Lines().Price(msisdn.Example(o.Country)); ok {
		o.Each, o.Hour = money(r, micros), money(r, micros*int64(o.Codes))
	}
	return o, nil
}

// back is the page with the answer about a number.
func (w *warden) back(r *http.Request) string {
	v := url.Values{}
	for _, name := range []string{"to", "channel", "app"} {
		if s := r.FormValue(name); s != "" {
			v.Set(name, s)
		}
	}
	return pathOf("guard", v)
}

// rule makes a rule. One that opens a country is made where what that may cost is said.
func (w *warden) rule(rw http.ResponseWriter, r *http.Request) {
	country := strings.ToUpper(strings.TrimSpace(r.FormValue("key")))
	if r.FormValue("kind") == string(guard.Opens) && r.FormValue("risk") == "" && msisdn.KnownCountry(country) {
		Note(r, "")
		http.Redirect(rw, r, pathOf("guard/open", url.Values{"country": {country}, "reason": {r.FormValue("reason")}, "for": {r.FormValue("for")}, "to": {r.FormValue("to")}}), http.StatusSeeOther)
		return
	}
	Note(r, r.FormValue("kind")+" "+maskLine(r.FormValue("key")))
	n := guard.NewRule{Kind: guard.Kind(r.FormValue("kind")), Key: r.FormValue("key"), Reason: r.FormValue("reason")}
	var err error
	if s := r.FormValue("for"); s != "" {
		if n.Lifetime, err = time.ParseDuration(s); err != nil || !slices.ContainsFunc(lifetimes, func(l span) bool { return l.Value == s }) {
			err = fault.NewInvalid("for", Printer(r).Sprintf("Choose how long the rule is to last from the list."))
		}
	}
	if err == nil {
		_, err = w.gateway.Guard().SetRule(r.Context(), n)
	}
	form := w.ruling
	if r.FormValue("risk") != "" {
		form = w.opening
	}
	w.pages.Answer(rw, r, w.back(r), form, err)
}

func (w *warden) release(rw http.ResponseWriter, r *http.Request) {
	Note(r, r.FormValue("rule"))
	id, _ := strconv.ParseInt(r.FormValue("rule"), 10, 64) // there is none with the id 0
	w.pages.Done(rw, r, w.back(r), w.gateway.Guard().ReleaseRule(r.Context(), id))
}

func (w *warden) unlock(rw http.ResponseWriter, r *http.Request) {
	Note(r, maskLine(r.FormValue("to")))
	_, err := w.gateway.Unlock(r.Context(), r.FormValue("to"))
	w.pages.Done(rw, r, w.back(r), err)
}
