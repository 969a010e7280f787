package web

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"simgate/api/web/prefix"
	"simgate/api/web/press"
	"simgate/gateway/fault"
	"simgate/gateway/user"
)

// Anybody is who may use a route without a login.
const Anybody user.Role = "anybody"

// Route is something that can be asked for, and by whom.
type Route struct {
	Pattern string    // of the mux
	Role    user.Role // the weakest that may; [user.Owner] for ""
	Again   bool      // the password is asked for again, unless it was just given
	noted   bool      // the room that does it writes down who did
}

// Routes returns all routes: those that a role may not use answer so.
func (p *Pages) Routes() []Route { return slices.Clone(p.routes) }

// HandleFunc adds a handler of a form, or of what a page loads, by a pattern of a mux, for
// owners. That somebody has sent a form is written down; see [Note].
func (p *Pages) HandleFunc(pattern string, h http.HandlerFunc) {
	p.route(Route{Pattern: pattern, Role: user.Owner}, h)
}

// HandleFor is HandleFunc for those who have a role, or one that may more.
func (p *Pages) HandleFor(role user.Role, pattern string, h http.HandlerFunc) {
	p.route(Route{Pattern: pattern, Role: role}, h)
}

// Dangerous is HandleFor for a form that asks for the password again: what it does cannot be
// undone, costs money, or shows a secret. It must not be sent by htmx.
func (p *Pages) Dangerous(role user.Role, pattern string, h http.HandlerFunc) {
	p.route(Route{Pattern: pattern, Role: role, Again: true}, h)
}

// Reader is who looks at a page.
type Reader struct {
	Name    string // "" where nobody logs in
	Role    user.Role
	Numbers bool // numbers of people are shown in full
	session user.Session
	client  user.Client
	noted   *string // what is written down of a form
}

// May reports whether the reader may do what needs a role.
func (r Reader) May(role user.Role) bool { return r.Role.May(role) }

// By returns who does something, as it is written down.
func (r Reader) By() user.By { return user.By{Name: r.Name, Address: r.client.Address} }

// level returns what the reader sees of people.
func (r Reader) level() level {
	switch {
	case !r.May(user.Operator):
		return outline
	case !r.Numbers:
		return masked
	}
	return full
}

type readerKey struct{}

// Who returns who looks at a page.
func Who(r *http.Request) Reader {
	who, _ := r.Context().Value(readerKey{}).(Reader)
	return who
}

// Note sets what is written down of a form: what was done to what, without secrets and
// texts of people; "" for a form that has changed nothing. Without it that is the path.
func Note(r *http.Request, what string) {
	if who := Who(r); who.noted != nil {
		*who.noted = what
	}
}

// route adds a route.
func (p *Pages) route(route Route, h http.HandlerFunc) {
	if route.Role == "" {
		route.Role = user.Owner
	}
	p.routes = append(p.routes, route)
	noted := func(w http.ResponseWriter, r *http.Request) {
		who := Who(r)
		if who.Name == "" || r.Method == http.MethodGet || r.Method == http.MethodHead || route.Role == Anybody || route.noted {
			h(w, r)
			return
		}
		answer := &watched{ResponseWriter: w}
		h(answer, r)
		if answer.status < http.StatusBadRequest && *who.noted != "" {
			p.note(r, route)
		}
	}
	p.mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
		// A session has another secret once the password was given again, and who was admitted
		// before that is answered as then.
		if again := p.pressedWith(r); again != "" && p.presses.Again(again, w) {
			return
		}
		r, admitted := p.admit(w, r, route)
		if !admitted || p.tooLarge(w, r, route) {
			return
		}
		token := r.PostForm.Get(press.Field)
		if token == "" {
			noted(w, r)
			return
		}
		forms := []string{form(Who(r).Name, r, token)}
		if again := p.pressedWith(r); again != "" {
			forms = append(forms, again)
		}
		p.presses.Once(w, r, noted, forms...)
	})
}

// form names a form that makes something once, by who sends it, where, and its token.
func form(by string, r *http.Request, token string) string {
	return strings.Join([]string{by, r.URL.Path, token}, " ")
}

// pressedWith names such a form by the secret of the session that it was sent with: it can be told
// before the session is looked for. It is "" for all others, and for one that is too large to be
// read so early.
func (p *Pages) pressedWith(r *http.Request) string {
	if p.door == nil || !isSmall(r) || r.ParseForm() != nil || r.PostForm.Get(press.Field) == "" {
		return ""
	}
	c, err := r.Cookie(p.door.Cookie(r))
	if err != nil || c.Value == "" {
		return ""
	}
	return form(fmt.Sprintf("%x", sha256.Sum256([]byte(c.Value))), r, r.PostForm.Get(press.Field))
}

// note writes down that somebody has sent a form.
func (p *Pages) note(r *http.Request, route Route) {
	who, ctx := Who(r), context.WithoutCancel(r.Context())
	if err := p.door.Users.Note(ctx, who.By(), user.Action(route.Pattern), *who.noted); err != nil {
		p.log.Warn("could not note what was done on a page", "user", who.Name, "path", r.URL.Path, "err", err)
	}
}

// watched is an answer whose status is known.
type watched struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap returns what the controller of an answer needs.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// admit returns the request with who sends it. To others than may it answers, and reports
// false.
func (p *Pages) admit(w http.ResponseWriter, r *http.Request, route Route) (*http.Request, bool) {
	if p.door == nil {
		return with(r, Reader{Role: user.Owner, Numbers: true}), true
	}
	who, err := p.enter(r)
	r = with(r, who)
	if route.Role == Anybody {
		return r, true
	}
	if err != nil && fault.CodeOf(err) != fault.Unauthenticated {
		p.fail(w, r, statusOf(err), sayError(r, err))
		return r, false
	}
	if err != nil { // the browser may have another secret by now, and keeps it
		p.strange(w, r)
		return r, false
	}
	if !who.May(route.Role) {
		p.Refuse(w, r, http.StatusForbidden, Printer(r).Sprintf("Your role does not allow this: ask an owner."))
		return r, false
	}
	if route.Again && !who.session.Proved {
		return p.prove(w, r)
	}
	return r, true
}

func with(r *http.Request, who Reader) *http.Request {
	noted := r.URL.Path
	who.noted = &noted
	return r.WithContext(context.WithValue(r.Context(), readerKey{}, who))
}

// enter returns who sends a request.
func (p *Pages) enter(r *http.Request) (Reader, error) {
	who := Reader{client: p.door.Client(r)}
	s, err := p.session(r)
	if err != nil && fault.CodeOf(err) != fault.Unauthenticated {
		return who, err
	}
	name, told := p.door.Named(r)
	if told {
		s, err = p.remote(r, who.client, name, s)
	}
	if err != nil {
		return who, err
	}
	who.Name, who.Role, who.session = s.User.Name, s.User.Role, s
	if c, err := r.Cookie(numbersCookie); err == nil {
		who.Numbers = c.Value == shown && who.May(user.Operator)
	}
	p.door.NoteKnown(r)
	return who, nil
}

// session returns the session of a request.
func (p *Pages) session(r *http.Request) (user.Session, error) {
	c, err := r.Cookie(p.door.Cookie(r))
	if err != nil {
		return user.Session{}, &fault.Error{Code: fault.Unauthenticated}
	}
	return p.door.Users.Session(r.Context(), c.Value)
}

// remote returns the session of the user whom a proxy names: that of the browser if it is of
// the same user, or else one without an end, which nothing was proved in.
func (p *Pages) remote(r *http.Request, from user.Client, name string, s user.Session) (user.Session, error) {
	one, err := p.door.Users.Named(r.Context(), name)
	switch code := fault.CodeOf(err); {
	case err != nil && (code == fault.NotFound || code == fault.Invalid):
		return user.Session{}, &fault.Error{Code: fault.Forbidden, Message: Printer(r).Sprintf("The proxy names a user that simgate does not have: an owner can add one with this name.")}
	case err != nil:
		return user.Session{}, err
	case s.User.ID == one.ID:
		return s, nil
	}
	if p.door.Arrives(one.Name + " " + from.Address) {
		if err := p.door.Users.Note(r.Context(), user.By{Name: one.Name, Address: from.Address}, user.ActProxy, from.Agent); err != nil {
			p.log.Warn("could not note who came in by the proxy", "user", one.Name, "err", err)
		}
	}
	return user.Session{User: one}, nil
}

// strange answers who is not logged in.
func (p *Pages) strange(w http.ResponseWriter, r *http.Request) {
	begun, err := p.door.Users.Begun(r.Context())
	switch {
	case err != nil:
		p.fail(w, r, statusOf(err), sayError(r, err))
	case !begun:
		p.ShowAs(w, r, http.StatusServiceUnavailable, pageUnset, nil)
	case Swaps(r) || r.Method != http.MethodGet || strings.HasPrefix(r.URL.Path, Root+"live/"):
		p.Refuse(w, r, http.StatusUnauthorized, Printer(r).Sprintf("You are not logged in any more: open the page again."))
	default:
		http.Redirect(w, r, Root+"login?back="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
	}
}

// setCookie gives the browser a cookie for the pages below a path, for as many seconds as age
// says: 0 until it is closed, and less to take it away.
func (p *Pages) setCookie(w http.ResponseWriter, r *http.Request, path, name, value string, age int) {
	c := &http.Cookie{Name: name, Value: value, Path: prefix.Of(r) + path, MaxAge: age, HttpOnly: true, SameSite: http.SameSiteStrictMode} //nolint:gosec // plain http has no Secure
	if p.door != nil {
		if c.Secure = p.door.Encrypted(r); p.door.Framed(r) {
			c.SameSite, c.Partitioned = http.SameSiteNoneMode, true // the origin of each form is looked at nevertheless
		}
	}
	http.SetCookie(w, c)
}

// remember gives the browser the secret of a session. It keeps it until it is closed, or for
// who asked to stay until the session ends.
func (p *Pages) remember(w http.ResponseWriter, r *http.Request, secret string, stay bool) {
	life := time.Duration(0)
	if stay {
		life = user.StayLife
	}
	p.setCookie(w, r, "/", p.door.Cookie(r), secret, int(life.Seconds()))
}

// forget takes the secret from the browser, if it has one.
func (p *Pages) forget(w http.ResponseWriter, r *http.Request) {
	if _, err := r.Cookie(p.door.Cookie(r)); err != nil {
		return
	}
	p.setCookie(w, r, "/", p.door.Cookie(r), "", -1)
}

// The cookie that says whether numbers are shown in full.
const (
	numbersCookie = "numbers"
	shown         = "shown"
)

// setNumbers shows numbers in full, or no more, until the browser is closed.
func (p *Pages) setNumbers(w http.ResponseWriter, r *http.Request) {
	value := r.FormValue("numbers")
	if value != shown {
		value = ""
	}
	Note(r, value)
	p.setCookie(w, r, Root, numbersCookie, value, 0)
	http.Redirect(w, r, backTo(r), http.StatusSeeOther) //nolint:gosec // it is a path here
}

// backTo returns the page that a form names to go back to, if it is one of these.
func backTo(r *http.Request) string {
	back := r.FormValue("back")
	if u, err := url.Parse(back); err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, Root) || strings.Contains(back, `\`) {
		return "/"
	}
	return back
}
