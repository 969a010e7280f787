package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"simgate/api/web/snippet"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/user"
)

// AddApps adds the pages of the apps that use the gateway: their keys, and how each asks
// this gateway for codes.
func AddApps(p *Pages, g Gateway) {
	a := &appPages{p, g, &Page{Name: "apps", Template: "anapp", Path: "/{app}"}}
	a.page.Data = func(r *http.Request) (any, error) { return a.find(r, r.PathValue("app")) }
	p.Add(nil, &Page{Name: "apps", Title: "Apps", Wide: true, Data: a.all}, a.page)
	p.Dangerous(user.Owner, "POST "+Root+"apps", a.create)
	p.HandleFunc("POST "+Root+"apps/{app}/revoke", a.revoke)
}

type appPages struct {
	pages   *Pages
	gateway Gateway
	page    *Page // of one app
}

// appWithKeys is an app and its keys.
type appWithKeys struct {
	Name   string
	Keys   []key.Key // oldest first
	Works  int       // how many of them work
	Used   time.Time // when one was used last
	Scopes []string  // of those that work
}

// Path returns the path of the page of the app.
func (a appWithKeys) Path() string { return Root + "apps/" + url.PathEscape(a.Name) }

// allApps is what the page of all apps shows.
type allApps struct {
	Apps    []appWithKeys
	Scopes  []scope
	Problem string
}

// scope is something that a key may be given, in words.
type scope struct {
	Name  key.Scope
	Title string
	Usual bool
}

// scopes are those that a page gives: admin is for programs of the owner alone.
var scopes = []scope{
	{key.SendCodes, "send codes", true}, {key.CheckCodes, "check codes", true}, {key.SendMessages, "send messages", true},
	{key.Read, "read messages, codes and SIMs", false}, {key.ReadInbox, "read what comes in for it", false}, {key.AllInbox, "read all that comes in", false}, {key.PlaceCalls, "place calls", false},
	{key.CustomCodes, "choose its codes itself", false}, {key.Elsewhere, "check its codes itself", false}, {key.Anywhere, "send messages to all countries and kinds of numbers", false},
	{key.Admin, "everything else too, keys included", false},
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
		one.Keys = append(one.Keys, k)
		if k.LastUsed.After(one.Used) {
			one.Used = k.LastUsed
		}
		if !k.Revoked.IsZero() {
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

func (a *appPages) all(r *http.Request) (any, error) {
	apps, err := a.list(r.Context())
	return allApps{Apps: apps, Scopes: scopes}, err
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
	d = anApp{appWithKeys: all[i], Dialects: snippet.Dialects, Languages: snippet.Languages}
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

// create makes a key, and shows it this once.
func (a *appPages) create(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSpace(r.FormValue("app"))
	Note(r, name)
	var wanted []key.Scope
	for _, s := range r.Form["scope"] {
		wanted = append(wanted, key.Scope(s))
	}
	k, token, err := key.Key{}, "", error(nil)
	if len(wanted) == 0 {
		err = fault.NewInvalid("scopes", Printer(r).Sprintf("Choose what the key may do."))
	} else {
		k, token, err = a.gateway.Keys().Create(r.Context(), name, wanted)
	}
	if err != nil {
		a.pages.Refuse(w, r, statusOf(err), sayError(r, err))
		return
	}
	d, err := a.find(r, k.App)
	if err != nil {
		a.pages.Refuse(w, r, statusOf(err), sayError(r, err))
		return
	}
	d.Token = token
	d.snippets(a.pages.address(r), r, token)
	a.pages.Show(w, r, a.page, d)
}

func (a *appPages) revoke(w http.ResponseWriter, r *http.Request) {
	Note(r, r.FormValue("key"))
	_, err := a.gateway.Keys().Revoke(r.Context(), r.FormValue("key"))
	a.pages.Done(w, r, appWithKeys{Name: r.PathValue("app")}.Path(), err)
}
