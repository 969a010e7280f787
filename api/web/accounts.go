package web

import (
	"html/template"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"

	"simgate/api/qr"
	"simgate/api/web/prefix"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/user"
)

// accounts are the pages of users, of their sessions, and of what they did.
type accounts struct {
	*Pages
	users                 *user.Users
	people, mine, history *Page
}

// addAccounts adds these pages.
func (p *Pages) addAccounts() {
	a := &accounts{Pages: p, users: p.door.Users}
	a.people = &Page{Name: "users", Title: "Users", Minor: true, Role: user.Owner, Data: func(r *http.Request) (any, error) { return a.look(r) }}
	a.mine = &Page{Name: "account", Title: "Your sessions", Minor: true, Role: user.Viewer, Data: func(r *http.Request) (any, error) { return a.lookSessions(r) }}
	a.history = &Page{Name: "audit", Title: "Who did what", Minor: true, Role: user.Owner, Data: a.lookAudit}
	p.Add(nil, a.people, a.mine, a.history)
	change := func(path string, do http.HandlerFunc) {
		p.route(Route{Pattern: "POST " + Root + "users/" + path, Role: user.Owner, Again: true, noted: true}, do)
	}
	change("add", a.add)
	change("link", a.link)
	change("role", a.setRole)
	change("remove", a.remove)
	own := func(path string, do http.HandlerFunc) {
		p.route(Route{Pattern: "POST " + Root + "account/" + path, Role: user.Viewer, noted: true}, do)
	}
	own("end", a.end)
	own("others", a.endOthers)
	own("password", a.setPassword)
}

// people is what the page of users shows.
type people struct {
	Users   []user.User
	Roles   []user.Role
	Name    string // that was typed for a new one
	Problem string
	Invited string // for whom the link is
	Link    string
}

func (a *accounts) look(r *http.Request) (people, error) {
	all, err := a.users.List(r.Context())
	return people{Users: all, Roles: user.Roles}, err
}

// answer shows the page of users again, with a link or why something was not done.
func (a *accounts) answer(w http.ResponseWriter, r *http.Request, change func(*people), failure error) {
	v, err := a.look(r)
	if err != nil {
		a.fail(w, r, statusOf(err), sayError(r, err))
		return
	}
	status := http.StatusOK
	if change(&v); failure != nil {
		v.Problem, status = sayError(r, failure), statusOf(failure)
	}
	a.ShowAs(w, r, status, a.people, v)
}

// back shows the page that a form was on, unless something went wrong.
func (a *accounts) back(w http.ResponseWriter, r *http.Request, page *Page, err error) {
	if err == nil {
		http.Redirect(w, r, Root+page.Name, http.StatusSeeOther)
		return
	}
	if page == a.people {
		a.answer(w, r, func(*people) {}, err)
		return
	}
	a.Refuse(w, r, statusOf(err), sayError(r, err))
}

func (a *accounts) add(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("name")
	added, err := a.users.Add(r.Context(), Who(r).By(), name, user.Role(r.FormValue("role")))
	if err != nil {
		a.answer(w, r, func(v *people) { v.Name = name }, err)
		return
	}
	a.invite(w, r, added.Name)
}

func (a *accounts) link(w http.ResponseWriter, r *http.Request) { a.invite(w, r, r.FormValue("name")) }

// address returns the address of the gateway as the page was reached, or where programs do
// not reach it there, another.
func (p *Pages) address(r *http.Request) string {
	if p.door != nil && p.door.Secure != nil && prefix.Ingress(r) {
		if own := p.door.Secure(); own != "" {
			return own
		}
	}
	address := "http://" + r.Host
	if r.TLS != nil || p.door != nil && p.door.Encrypted(r) {
		address = "https://" + r.Host
	}
	return address + prefix.Of(r)
}

// phone is an address that a phone can open, and its QR code.
type phone struct {
	Address string
	Code    template.HTML
}

// forPhone returns the address at which a phone in this network reaches a path of the pages;
// nil where it reaches none.
func (p *Pages) forPhone(r *http.Request, path string) *phone {
	address := p.address(r)
	if u, err := url.Parse(address); err != nil || prefix.Ingress(r) || here(u.Hostname()) {
		if address = ""; p.door != nil && p.door.Secure != nil {
			address = p.door.Secure()
		}
	}
	if address == "" {
		return nil
	}
	svg, err := qr.SVG(address + path)
	if err != nil { // it is too long for a code
		return nil
	}
	return &phone{address, template.HTML(svg)} //nolint:gosec // it has numbers alone
}

// here reports whether a host names the machine that somebody is at.
func here(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// invite shows a link for a user, on the address under which this page was asked for.
func (a *accounts) invite(w http.ResponseWriter, r *http.Request, name string) {
	l, err := a.users.Invite(r.Context(), Who(r).By(), name)
	a.answer(w, r, func(v *people) {
		if err == nil {
			v.Invited, v.Link = l.Name, a.address(r)+WelcomePath(l)
		}
	}, err)
}

// WelcomePath returns the path of the page that a link leads to. The token is behind the #:
// browsers send that to nobody.
func WelcomePath(l user.Link) string { return Root + "welcome#" + l.Token }

func (a *accounts) setRole(w http.ResponseWriter, r *http.Request) {
	_, err := a.users.SetRole(r.Context(), Who(r).By(), r.FormValue("name"), user.Role(r.FormValue("role")))
	a.back(w, r, a.people, err)
}

func (a *accounts) remove(w http.ResponseWriter, r *http.Request) {
	_, err := a.users.Remove(r.Context(), Who(r).By(), r.FormValue("name"))
	a.back(w, r, a.people, err)
}

// opened is what the page of sessions shows.
type opened struct {
	Sessions []user.Session
	This     int64 // the one that is looked from; 0: by a proxy
	All      bool  // they are those of all users
	Name     string
	Proposed string // password
	Problem  string
}

func (a *accounts) lookSessions(r *http.Request) (opened, error) {
	who := Who(r)
	v := opened{This: who.session.ID, All: who.May(user.Owner), Name: who.Name, Proposed: user.ProposePassword()}
	of := who.session.User.ID
	if v.All {
		of = 0
	}
	var err error
	v.Sessions, err = a.users.Sessions(r.Context(), of)
	return v, err
}

// end ends a session of the reader, or for owners of anybody.
func (a *accounts) end(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.FormValue("id"), 10, 64)
	if err != nil {
		a.back(w, r, a.mine, fault.NewInvalid("id", "there is no such session"))
		return
	}
	who := Who(r)
	of := who.session.User.ID
	if who.May(user.Owner) {
		of = 0
	}
	a.back(w, r, a.mine, a.users.End(r.Context(), who.By(), of, id))
}

func (a *accounts) endOthers(w http.ResponseWriter, r *http.Request) {
	a.back(w, r, a.mine, a.users.EndOthers(r.Context(), Who(r).By(), Who(r).session))
}

func (a *accounts) setPassword(w http.ResponseWriter, r *http.Request) {
	who := Who(r)
	secret, err := a.users.ChangePassword(r.Context(), who.session, who.client, r.FormValue("old"), r.FormValue("password"))
	if err != nil {
		v, failed := a.lookSessions(r)
		if failed != nil {
			a.fail(w, r, statusOf(failed), sayError(r, failed))
			return
		}
		v.Problem = sayError(r, err)
		a.ShowAs(w, r, statusOf(err), a.mine, v)
		return
	}
	a.remember(w, r, secret, false)
	a.back(w, r, a.mine, nil)
}

// history is what the page of what was done shows.
type history struct {
	Entries []user.Entry
	Older   int64 // the page goes on before this one; 0 for its end
}

// historyPage is how many entries a page has.
const historyPage = 100

func (a *accounts) lookAudit(r *http.Request) (any, error) {
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64) // from the newest on
	all, err := a.users.Audit(r.Context(), max(0, before), historyPage)
	v := history{Entries: all}
	if len(all) == historyPage {
		v.Older = all[len(all)-1].ID
	}
	return v, err
}

// acts are the sentences for what this package and the users note. What else was done is
// named by the form.
var acts = map[user.Action]string{
	user.ActLogin:        "logged in",
	user.ActProxy:        "came in by the proxy",
	user.ActWait:         "has to wait after wrong passwords",
	user.ActLink:         "made a link to choose a password",
	user.ActPassword:     "chose a password",
	user.ActUserAdded:    "added a user",
	user.ActUserRole:     "changed a role",
	user.ActUserRemoved:  "removed a user",
	user.ActSessionEnded: "ended sessions",
	"POST /ui/numbers":   "showed numbers in full, or hid them",
	"POST /ui/logout":    "logged out",

	"POST /ui/send":                     "sent a message",
	"POST /ui/talk/{number}":            "answered somebody",
	"POST /ui/send/many":                "sent a message to many",
	"POST /ui/why/message/{id}/cancel":  "took a message out of the queue",
	"POST /ui/log.csv":                  "exported the log",
	"POST /ui/log/save":                 "kept a search",
	"POST /ui/log/remove":               "removed a search",
	"POST /ui/lines/{name}/release":     "released a SIM",
	"POST /ui/lines/{name}/restart":     "restarted a modem",
	"POST /ui/lines/{name}/pin":         "gave a SIM its PIN",
	"POST /ui/lines/{name}/balance":     "asked for the credit of a SIM",
	"POST /ui/lines/{name}/ussd":        "asked the network with a SIM",
	"POST /ui/guard/rule":               "made a rule of the guard",
	"POST /ui/guard/release":            "removed a rule of the guard",
	"POST /ui/guard/unlock":             "forgot the wrong codes of a number",
	"POST /ui/apps":                     "made a key",
	"POST /ui/apps/{app}/change":        "changed a key",
	"POST /ui/apps/{app}/rotate":        "made a key in the place of another",
	"POST /ui/apps/{app}/revoke":        "revoked a key",
	"POST /ui/webhooks":                 "added a webhook",
	"POST /ui/webhooks/{id}/test":       "tested a webhook",
	"POST /ui/webhooks/{id}/rotate":     "made a new secret for a webhook",
	"POST /ui/webhooks/{id}/remove":     "removed a webhook",
	"POST /ui/webhooks/{id}/replay":     "delivered something to a webhook again",
	"POST /ui/webhooks/forwards/add":    "made a forward rule",
	"POST /ui/webhooks/forwards/change": "changed a forward rule",
	"POST /ui/webhooks/forwards/test":   "tested a forward rule",
	"POST /ui/webhooks/forwards/remove": "removed a forward rule",
	"POST /ui/today/mend":               "dealt with what was wrong",
	"POST /ui/today/backup":             "made a backup",
	"POST /ui/machine/backup":           "made a backup",
	"POST /ui/machine/download":         "downloaded a backup",
	"POST /ui/machine/notify":           "sent a test notification",
	gateway.ActSetting:                  "changed a setting",
	"POST /ui/settings/set":             "changed a setting",
	"POST /ui/settings/unset":           "changed a setting",
	"POST /ui/settings/reload":          "had the configuration read again",
	"POST /ui/setup/send":               "sent a test message",
	"POST /ui/setup/key":                "made a key",
}

// act returns what somebody did, in words; "" where only the form says it.
func act(a user.Action) string { return acts[a] }
