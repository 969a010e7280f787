package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"simgate/api/web/door"
	"simgate/gateway/fault"
	"simgate/gateway/user"
)

// Pages that lead in.
var (
	pageClear   = &Page{Template: "clear", Title: "HTTPS is needed"}
	pageUnset   = &Page{Template: "unset", Title: "Not set up"}
	pageLogin   = &Page{Name: "login", Title: "Log in"}
	pageWelcome = &Page{Name: "welcome", Title: "Welcome"}
	pageProve   = &Page{Template: "prove", Title: "Your password again"}
)

// barred says why pages are not served here, and where they are.
type barred struct {
	Why, Secure string
}

// Lock lets only those in who have logged in, and adds the pages to do so, and those of
// users, sessions, and what was done. It is called before anything else is added.
func (p *Pages) Lock(d *door.Door) {
	p.door = d
	p.HandleFor(Anybody, "GET "+Root+"login", p.askLogin)
	p.HandleFor(Anybody, "POST "+Root+"login", p.login)
	p.route(Route{Pattern: "POST " + Root + "logout", Role: user.Viewer}, p.logout)
	p.HandleFor(Anybody, "GET "+Root+"welcome", func(w http.ResponseWriter, r *http.Request) { p.Show(w, r, pageWelcome, welcome{}) })
	p.HandleFor(Anybody, "POST "+Root+"welcome", p.welcome)
	p.addAccounts()
}

// attempt is what somebody has typed to log in, and why that was in vain.
type attempt struct {
	Name, Back, Problem string
	Stay                bool
}

func (p *Pages) askLogin(w http.ResponseWriter, r *http.Request) {
	begun, err := p.door.Users.Begun(r.Context())
	switch {
	case err != nil || !begun:
		p.strange(w, r)
	case Who(r).Name != "":
		http.Redirect(w, r, backTo(r), http.StatusSeeOther) //nolint:gosec // it is a path here
	default:
		p.Show(w, r, pageLogin, attempt{Back: r.FormValue("back")})
	}
}

func (p *Pages) login(w http.ResponseWriter, r *http.Request) {
	a := attempt{Name: r.FormValue("name"), Back: r.FormValue("back"), Stay: r.FormValue("stay") != ""}
	secret, err := p.door.Users.Login(r.Context(), p.door.Client(r), a.Name, r.FormValue("password"), a.Stay)
	if err != nil {
		a.Problem = sayError(r, err)
		if wait := retryAfter(err); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		}
		p.ShowAs(w, r, statusOf(err), pageLogin, a)
		return
	}
	p.endOld(r)
	p.remember(w, r, secret, a.Stay)
	http.Redirect(w, r, backTo(r), http.StatusSeeOther) //nolint:gosec // it is a path here
}

// endOld ends the session that a browser had before it got another.
func (p *Pages) endOld(r *http.Request) {
	if who := Who(r); who.session.ID != 0 {
		if err := p.door.Users.End(r.Context(), who.By(), who.session.User.ID, who.session.ID); err != nil {
			p.log.Warn("could not end a session", "user", who.Name, "err", err)
		}
	}
}

func (p *Pages) logout(w http.ResponseWriter, r *http.Request) {
	p.endOld(r)
	p.forget(w, r)
	http.Redirect(w, r, Root+"login", http.StatusSeeOther)
}

// welcome is how far somebody is who has come by a link.
type welcome struct {
	Token    string // of the link
	Known    bool   // it works
	First    bool   // for the first owner, who chooses a name
	Name     string
	Proposed string // password
	Problem  string
	Phone    *phone // for the link; nil for none
}

// welcome lets somebody choose a password who has a link.
func (p *Pages) welcome(w http.ResponseWriter, r *http.Request) {
	v := welcome{Token: r.FormValue("token"), Proposed: user.ProposePassword()}
	name, err := p.door.Users.Invited(v.Token)
	if err != nil {
		p.ShowAs(w, r, statusOf(err), pageWelcome, welcome{Problem: sayError(r, err)})
		return
	}
	v.Known, v.First, v.Name = true, name == "", name
	v.Phone = p.forPhone(r, WelcomePath(user.Link{Token: v.Token}))
	if v.First {
		v.Name = r.FormValue("name")
	}
	if !r.Form.Has("password") {
		p.Show(w, r, pageWelcome, v)
		return
	}
	secret, err := p.door.Users.Accept(r.Context(), p.door.Client(r), v.Token, v.Name, r.FormValue("password"))
	if err != nil {
		v.Problem = sayError(r, err)
		p.ShowAs(w, r, statusOf(err), pageWelcome, v)
		return
	}
	p.endOld(r)
	p.remember(w, r, secret, false)
	http.Redirect(w, r, p.after(v.First), http.StatusSeeOther)
}

// after returns where somebody goes who has chosen a password.
func (p *Pages) after(first bool) string {
	if first && slices.ContainsFunc(p.pages, func(one *Page) bool { return one.Name == setupName }) {
		return Root + setupName
	}
	return "/"
}

// setupName is the name of the page with the steps after the first login.
const setupName = "setup"

// proof asks for the password again, and keeps what the form had.
type proof struct {
	Path    string
	Name    string // of the user
	Remote  bool   // a proxy says who it is
	Fields  []field
	Problem string
}

type field struct{ Name, Value string }

// prove lets a form through that has the password again; otherwise it asks for it, with all
// that was typed.
func (p *Pages) prove(w http.ResponseWriter, r *http.Request) (*http.Request, bool) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		p.ShowAs(w, r, http.StatusForbidden, pageProve, proof{Path: r.URL.RequestURI(), Name: Who(r).Name, Remote: Who(r).session.ID == 0})
		return r, false
	}
	if err := r.ParseForm(); err != nil {
		p.fail(w, r, http.StatusBadRequest, sayError(r, fault.NewInvalid("", err.Error())))
		return r, false
	}
	who := Who(r)
	v := proof{Path: r.URL.RequestURI(), Name: who.Name, Remote: who.session.ID == 0}
	password, given := r.PostForm[provePassword]
	r.PostForm.Del(provePassword)
	r.Form.Del(provePassword)
	for name, values := range r.PostForm {
		for _, value := range values {
			v.Fields = append(v.Fields, field{name, value})
		}
	}
	if !given || len(password) == 0 {
		p.ShowAs(w, r, http.StatusForbidden, pageProve, v)
		return r, false
	}
	var secret string
	var err error
	if v.Remote {
		secret, err = p.door.Users.Login(r.Context(), who.client, who.Name, password[0], false) // a session keeps that it was given
	} else {
		secret, err = p.door.Users.Prove(r.Context(), who.session, who.client, password[0])
	}
	if err != nil {
		v.Problem = sayError(r, err)
		p.ShowAs(w, r, statusOf(err), pageProve, v)
		return r, false
	}
	p.remember(w, r, secret, who.session.Stay)
	who.session.Proved = true
	return with(r, who), true
}

// provePassword is the name of the field with the password that is asked for again.
const provePassword = "password_again"

// retryAfter returns how long somebody has to wait after an error.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
