package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/api/web/snippet"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/user"
)

// AppGateway is what the pages of apps use of a [gateway.Gateway].
type AppGateway interface {
	Gateway
	App(name string) gateway.App
}

// AddApps adds the pages of the apps that use the gateway: their keys, and how each asks
// this gateway for codes.
func AddApps(p *Pages, g AppGateway) {
	a := &appPages{pages: p, gateway: g, page: &Page{Name: "apps", Template: "anapp", Path: "/{app}"}}
	a.page.Data = func(r *http.Request) (any, error) { return a.find(r, r.PathValue("app")) }
	all := &Page{Name: "apps", Title: "Apps", Wide: true, Data: func(r *http.Request) (any, error) { return a.all(r, Form{}) }}
	one := &Page{Name: "apps", Template: "akey", Path: "/{app}/{key}", Data: func(r *http.Request) (any, error) { return a.key(r, r.PathValue("key")) }}
	a.creating = Letter{Page: all, Fields: keyFields, Data: a.all}
	a.changing = Letter{Page: one, Fields: keyFields, Data: func(r *http.Request, f Form) (any, error) {
		d, err := a.key(r, r.FormValue("key"))
		d.Form.Form = f
		return d, err
	}}
	a.rotating = Letter{Page: one, Fields: map[string]string{"overlap": "overlap"}, Data: func(r *http.Request, f Form) (any, error) {
		d, err := a.key(r, r.FormValue("key"))
		d.Rotating = f
		return d, err
	}}
	p.Add(nil, all, a.page, one)
	p.Dangerous(user.Owner, "POST "+Root+"apps", a.create)
	p.Dangerous(user.Owner, "POST "+Root+"apps/{app}/change", a.change)
	p.Dangerous(user.Owner, "POST "+Root+"apps/{app}/rotate", a.rotate)
	p.Dangerous(user.Owner, "POST "+Root+"apps/{app}/revoke", a.revoke)
}

type appPages struct {
	pages   *Pages
	gateway AppGateway
	page    *Page // of one app

	creating, changing, rotating Letter
}

// keyFields are the fields of a form with all that can be said of a key.
var keyFields = map[string]string{"name": "app", "scopes": "scope", "networks": "networks", "expires": "expires", "per_minute": "per_minute", "per_day": "per_day",
	"per_month": "per_month", "cost_day": "cost_day", "cost_month": "cost_month"}

// appWithKeys is an app and its keys.
type appWithKeys struct {
	Name   string
	Keys   []keyOf   // oldest first
	Works  int       // how many of them work
	Used   time.Time // when one was used last
	Scopes []string  // of those that work
}

// Path returns the path of the page of the app.
func (a appWithKeys) Path() string { return Root + "apps/" + url.PathEscape(a.Name) }

// keyOf is a key of an app.
type keyOf struct{ key.Key }

// Path returns the path of the page of the key.
func (k keyOf) Path() string { return k.Of() + "/" + url.PathEscape(k.ID) }

// Of returns the path of the page of its app.
func (k keyOf) Of() string { return appWithKeys{Name: k.App}.Path() }

// Expired reports whether the time of the key is over.
func (k keyOf) Expired() bool { return !k.Expires.IsZero() && !time.Now().Before(k.Expires) }

// Works reports whether the key has neither been revoked nor expired.
func (k keyOf) Works() bool { return k.Revoked.IsZero() && !k.Expired() }

// allApps is what the page of all apps shows.
type allApps struct {
	Apps []appWithKeys
	Form keyForm // of a new key
}

// scope is something that a key may be given, in words.
type scope struct {
	Name  key.Scope
	Title string
}

// scopes are those that a page gives: admin is for programs of the owner alone.
var scopes = []scope{
	{key.SendCodes, "send codes"}, {key.CheckCodes, "check codes"}, {key.SendMessages, "send messages"},
	{key.Read, "read messages, codes and SIMs"}, {key.ReadInbox, "read what comes in for it"}, {key.AllInbox, "read all that comes in"}, {key.PlaceCalls, "place calls"},
	{key.CustomCodes, "choose its codes itself"}, {key.Elsewhere, "check its codes itself"}, {key.Anywhere, "send messages to all countries and kinds of numbers"},
	{key.Admin, "everything else too, keys included"},
}

// keyForm is all that can be said of a key.
type keyForm struct {
	Form
	Scopes   []scope
	has      map[key.Scope]bool
	Networks string // one on each line
	Expires  string // as of a field datetime-local, "" never
	Here     string // the zone of that
	Limits   []keyLimit
	Mark     string // stands for all of it, to tell whether it has changed meanwhile
}

// May reports whether the key may do something, or is to.
func (f keyForm) May(s key.Scope) bool { return f.Has("scope", s, f.has[s]) }

// Limited reports whether more is said than what the key may do.
func (f keyForm) Limited() bool {
	return f.Fills("networks", "expires", "per_minute", "per_day", "per_month", "cost_day", "cost_month")
}

// keyLimit is how much may be sent with a key.
type keyLimit struct {
	Name, Title string
	Most, Spent string // "" no limit
	Step        string // of what the field takes
}

// localTime is a time as of a field datetime-local.
const localTime = "2006-01-02T15:04"

// formOf returns what is said of a key.
func formOf(r *http.Request, k key.Key) keyForm {
	f := keyForm{Scopes: scopes, has: map[key.Scope]bool{}, Here: time.Now().Format("MST")}
	for _, s := range k.Scopes {
		f.has[s] = true
	}
	var networks []string
	for _, n := range k.Networks {
		networks = append(networks, n.String())
	}
	f.Networks = strings.Join(networks, "\n")
	if !k.Expires.IsZero() {
		f.Expires = k.Expires.Local().Format(localTime)
	}
	l, spent := k.Limits, k.Spent
	f.Limits = []keyLimit{
		{Name: "per_minute", Title: "Messages, codes and calls a minute", Step: "1", Most: count(l.Minute), Spent: strconv.Itoa(spent.Minute)},
		{Name: "per_day", Title: "Messages, codes and calls a day", Step: "1", Most: count(l.Day), Spent: strconv.Itoa(spent.Day)},
		{Name: "per_month", Title: "Messages, codes and calls a month", Step: "1", Most: count(l.Month), Spent: strconv.Itoa(spent.Month)},
		{Name: "cost_day", Title: "Money a day, by the prices of the SIMs", Step: "any", Most: amount(l.CostDay), Spent: money(r, spent.CostDay)},
		{Name: "cost_month", Title: "Money a month, by the prices of the SIMs", Step: "any", Most: amount(l.CostMonth), Spent: money(r, spent.CostMonth)},
	}
	sum := sha256.Sum256(fmt.Append(nil, k.Scopes, networks, f.Expires, l))
	f.Mark = hex.EncodeToString(sum[:8])
	return f
}

// count writes a limit, "" for none.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// amount writes a limit of money, "" for none.
func amount(micros int64) string {
	if micros == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(micros)/1e6, 'f', -1, 64)
}

// read returns what a form says of a key, which is as it was before, the zero key for a new
// one.
func (f keyForm) read(r *http.Request) (c key.Change, err error) {
	for _, s := range r.Form["scope"] {
		c.Scopes = append(c.Scopes, key.Scope(s))
	}
	if len(c.Scopes) == 0 {
		return c, fault.NewInvalid("scopes", Printer(r).Sprintf("Choose what the key may do."))
	}
	networks := []netip.Prefix{}
	for _, s := range strings.FieldsFunc(r.FormValue("networks"), func(c rune) bool { return strings.ContainsRune(" ,;\r\n\t", c) }) {
		n, err := key.ParseNetwork(s)
		if err != nil {
			return c, err
		}
		networks = append(networks, n)
	}
	c.Networks = &networks
	if s := strings.TrimSpace(r.FormValue("expires")); s == "" {
		c.Expires = &time.Time{}
	} else if s != f.Expires { // else it is as it was, to the second
		at, err := time.ParseInLocation(localTime, s, time.Local)
		if err != nil {
			return c, fault.NewInvalid("expires", Printer(r).Sprintf("A time is written as 2026-11-29T18:30."))
		}
		c.Expires = &at
	}
	for name, into := range map[string]**int{"per_minute": &c.Minute, "per_day": &c.Day, "per_month": &c.Month} {
		n, err := readLimit(r, name)
		if err != nil {
			return c, err
		}
		*into = new(int(n))
	}
	for name, into := range map[string]**int64{"cost_day": &c.CostDay, "cost_month": &c.CostMonth} {
		n, err := readLimit(r, name)
		if err != nil {
			return c, err
		}
		*into = new(int64(math.Round(n * 1e6)))
	}
	return c, nil
}

// readLimit reads a limit, 0 for none. What is too much is left to who checks it.
func readLimit(r *http.Request, name string) (float64, error) {
	s := strings.TrimSpace(r.FormValue(name))
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || math.IsNaN(n) {
		return 0, fault.NewInvalid(name, Printer(r).Sprintf("A limit is a number, such as 50."))
	}
	return min(max(n, -1), 1e10), nil
}

func (a *appPages) list(ctx context.Context) (all []appWithKeys, err error) {
	keys, err := a.gateway.Keys().List(ctx)
	for _, k := range keys {
		i := slices.IndexFunc(all, func(one appWithKeys) bool { return one.Name == k.App })
		if i < 0 {
			i = len(all)
			all = append(all, appWithKeys{Name: k.App})
		}
		one := &all[i]
		one.Keys = append(one.Keys, keyOf{k})
		if k.LastUsed.After(one.Used) {
			one.Used = k.LastUsed
		}
		if !(keyOf{k}).Works() {
			continue
		}
		one.Works++
		for _, s := range k.Scopes {
			if !slices.Contains(one.Scopes, string(s)) {
				one.Scopes = append(one.Scopes, string(s))
			}
		}
	}
	slices.SortFunc(all, func(a, b appWithKeys) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

func (a *appPages) all(r *http.Request, f Form) (any, error) {
	apps, err := a.list(r.Context())
	d := allApps{apps, formOf(r, key.Key{Scopes: []key.Scope{key.SendCodes, key.CheckCodes, key.SendMessages}})}
	d.Form.Form = f
	return d, err
}

// anApp is what the page of one app shows.
type anApp struct {
	appWithKeys
	Token             string // of a key that was just made; it is shown this once
	Dialects          []snippet.Dialect
	Languages         []snippet.Language
	Dialect, Language string
	ID                string // field of the answer that names the code, "" for none
	Ask, Check, Base  string
	Log               string // path of the log of the app
	Settings          gateway.App
}

// The key and the number in snippets where none is known.
const (
	yourKey    = "YOUR-KEY"
	yourNumber = "+4915112345678"
)

func (a *appPages) find(r *http.Request, name string) (d anApp, err error) {
	all, err := a.list(r.Context())
	if err != nil {
		return d, err
	}
	i := slices.IndexFunc(all, func(one appWithKeys) bool { return one.Name == name })
	if i < 0 {
		return d, fault.NewNotFound("there is no app with this name: make a key for it")
	}
	d = anApp{appWithKeys: all[i], Dialects: snippet.Dialects, Languages: snippet.Languages, Settings: a.gateway.App(name)}
	d.snippets(a.pages.address(r), r, yourKey)
	return d, nil
}

// snippets writes the requests for this gateway, as the reader has reached it.
func (d *anApp) snippets(address string, r *http.Request, token string) {
	by := snippet.Named(r.FormValue("dialect"))
	d.Dialect, d.ID = by.Name, by.ID
	d.Language = snippet.Languages[max(0, slices.IndexFunc(snippet.Languages, func(l snippet.Language) bool { return l.Name == r.FormValue("language") }))].Name
	d.Base = address
	d.Ask = snippet.Write(d.Language, d.Base, token, by.Ask(yourNumber))
	d.Check = snippet.Write(d.Language, d.Base, token, by.Check(yourNumber, cmp.Or(strings.ToUpper(by.ID), "ID"), "471902"))
	d.Log = pathOf("log", url.Values{"app": {d.Name}})
}

// With returns the path with another dialect or language.
func (d anApp) With(dialect, language string) string {
	return d.Path() + "?" + url.Values{"dialect": {dialect}, "language": {language}}.Encode() + "#snippets"
}

// aKey is what the page of one key shows.
type aKey struct {
	keyOf
	Form     keyForm
	Overlaps []overlap
	Rotating Form // in which another key is made in its place
}

// overlap is how long a key works after it was rotated.
type overlap struct {
	Value time.Duration
	Title string
	Usual bool
}

var overlaps = []overlap{{Title: "no longer"}, {Value: time.Hour, Title: "for an hour"}, {Value: 24 * time.Hour, Title: "for a day", Usual: true},
	{Value: 7 * 24 * time.Hour, Title: "for 7 days"}, {Value: 30 * 24 * time.Hour, Title: "for 30 days"}}

func (a *appPages) key(r *http.Request, id string) (aKey, error) {
	k, err := a.findKey(r, id)
	return aKey{keyOf: k, Form: formOf(r, k.Key), Overlaps: overlaps}, err
}

// findKey returns a key of the app of the path.
func (a *appPages) findKey(r *http.Request, id string) (keyOf, error) {
	keys, err := a.gateway.Keys().List(r.Context())
	if err != nil {
		return keyOf{}, err
	}
	for _, k := range keys {
		if k.ID == id && k.App == r.PathValue("app") {
			return keyOf{k}, nil
		}
	}
	return keyOf{}, fault.NewNotFound("there is no key with this id")
}

// create makes a key, and shows it this once.
func (a *appPages) create(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSpace(r.FormValue("app"))
	Note(r, name)
	c, err := keyForm{}.read(r)
	var k key.Key
	token := ""
	if err == nil {
		k, token, err = a.gateway.Keys().CreateWith(r.Context(), name, c.Scopes, c.Settings())
	}
	a.show(w, r, a.creating, k.App, token, err)
}

// show answers a form with the page of an app and the key that was just made for it.
func (a *appPages) show(w http.ResponseWriter, r *http.Request, l Letter, app, token string, err error) {
	var d anApp
	if err == nil {
		d, err = a.find(r, app)
	}
	if err != nil {
		a.pages.Again(w, r, l, err)
		return
	}
	d.Token = token
	d.snippets(a.pages.address(r), r, token)
	a.pages.Show(w, r, a.page, d)
}

// change says of a key all that the form says.
func (a *appPages) change(w http.ResponseWriter, r *http.Request) {
	Note(r, r.FormValue("key"))
	k, err := a.findKey(r, r.FormValue("key"))
	var c key.Change
	if err == nil {
		f := formOf(r, k.Key)
		if c, err = f.read(r); err == nil && r.FormValue("mark") != "" && r.FormValue("mark") != f.Mark {
			err = &fault.Error{Code: fault.Conflict, Message: Printer(r).Sprintf("Somebody else has changed this key meanwhile. What you have chosen is saved when you save it again.")}
		}
	}
	if err == nil {
		_, err = a.gateway.Keys().Change(r.Context(), k.ID, c)
	}
	a.pages.Answer(w, r, k.Path(), a.changing, err)
}

// rotate makes a key in the place of another, and shows it this once.
func (a *appPages) rotate(w http.ResponseWriter, r *http.Request) {
	Note(r, r.FormValue("key"))
	k, err := a.findKey(r, r.FormValue("key"))
	i := slices.IndexFunc(overlaps, func(o overlap) bool { return o.Value.String() == r.FormValue("overlap") })
	token := ""
	switch {
	case err != nil:
	case i < 0:
		err = fault.NewInvalid("overlap", Printer(r).Sprintf("Choose from the list how long the old key works."))
	default:
		_, token, err = a.gateway.Keys().Rotate(r.Context(), k.ID, overlaps[i].Value)
	}
	a.show(w, r, a.rotating, k.App, token, err)
}

func (a *appPages) revoke(w http.ResponseWriter, r *http.Request) {
	Note(r, r.FormValue("key"))
	_, err := a.gateway.Keys().Revoke(r.Context(), r.FormValue("key"))
	a.pages.Done(w, r, appWithKeys{Name: r.PathValue("app")}.Path(), err)
}
