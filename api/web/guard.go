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
}

// AddGuard adds the pages of the guard: what it has refused and would have, what it would
// answer, its rules, and what a country costs before it is opened.
func AddGuard(p *Pages, g Warden) {
	w := &warden{p, g}
	p.Add(nil, &Page{Name: "guard", Title: "Guard", Wide: true, Data: w.look,
		Regions: func(data any) []Region {
			return []Region{{ID: "refusals", Template: "refusals", Data: data}, {ID: "rules", Template: "rules", Data: data}}
		}, Every: 2 * time.Second},
		&Page{Name: "guard", Template: "opening", Path: "/open", Data: w.opening})
	p.Dangerous(user.Owner, "POST "+Root+"guard/rule", w.rule)
	p.Dangerous(user.Owner, "POST "+Root+"guard/release", w.release)
	p.Dangerous(user.Owner, "POST "+Root+"guard/unlock", w.unlock)
}

type warden struct {
	pages   *Pages
	gateway Warden
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
	Kinds            []guard.Kind
	Lifetimes        []span
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

func (w *warden) look(r *http.Request) (any, error) {
	ctx := r.Context()
	d := guarded{To: strings.TrimSpace(r.FormValue("to")), Channel: cmp.Or(r.FormValue("channel"), string(guard.Code)), App: strings.TrimSpace(r.FormValue("app")),
		Channels: guard.Channels, Kinds: []guard.Kind{guard.Block, guard.Opens, guard.Safe}, Lifetimes: lifetimes}
	var err error
	if d.Apps, err = apps(ctx, w.gateway); err != nil {
		return nil, err
	}
	d.Refusals = w.gateway.Guard().Refusals(shownRefusals)
	if d.Rules, err = w.gateway.Guard().Rules(ctx); err != nil {
		return nil, err
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
		return nil, err
	default:
		d.Answer, d.Problem = nil, sayError(r, err)
	}
	return d, nil
}

// opening is what a country costs, before it is opened.
type opening struct {
	Country string
	Each    string // what a message to it costs, "" nobody knows
	Hour    string // what codes that nobody answers may cost in an hour, for each app; "" likewise
	Codes   int    // that go to it in an hour though nobody answers, for each app; 0: without a limit
	Back    string
}

func (w *warden) opening(r *http.Request) (any, error) {
	o := opening{Country: strings.ToUpper(strings.TrimSpace(r.FormValue("country"))), Back: r.FormValue("to"), Codes: max(0, w.gateway.Guard().Limits().CountryHour)}
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

func (w *warden) rule(rw http.ResponseWriter, r *http.Request) {
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
	w.pages.Done(rw, r, w.back(r), err)
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
