package web

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"simgate/api/web/door"
	"simgate/api/web/prefix"
	"simgate/api/web/press"
	"simgate/api/web/static"
	"simgate/api/web/translation"
	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/line/signal"
	"simgate/gateway/notify"
	"simgate/gateway/user"
	"simgate/gateway/webhook"
)

// Root is the path that all pages are below.
const Root = "/ui/"

// Pages are the pages of a server.
type Pages struct {
	done    context.Context // over when the server stops
	log     *slog.Logger
	mux     *http.ServeMux
	handler http.Handler // of mux, for forms of these pages alone
	routes  []Route      // of mux
	door    *door.Door   // who may come in; nil: whoever reaches the pages
	files   []fs.FS      // with templates
	band    string
	pages   []*Page
	first   string
	making  sync.Mutex // of sets
	sets    map[reading]*template.Template
	streams streams
	presses press.Answers
}

// Page is a page, at the path [Root] and its name.
type Page struct {
	Name  string // in its path
	Title string // in the navigation; "" for none
	// Template is the name of the template; "" for that of the page.
	Template string
	// Data returns what the template shows.
	Data func(r *http.Request) (any, error)
	// Regions are the parts of the page that are shown again as they change; nil for none.
	// Data with a method Path says which page it is where a form is answered with it.
	Regions func(data any) []Region
	// Every is how often a live page is made again at most; 0: as often as readers can tell.
	Every time.Duration
	// Path ends the path of the page, as a pattern of a mux; "" for nothing.
	Path string
	// Role is the weakest that may see the page; [user.Owner] for "". What is shown may depend
	// on the role of its reader and on whether numbers are shown, see [Who], and with Regions
	// on nothing else of who reads it.
	Role user.Role
	// Minor pages are behind another, "More", in the navigation, and Wide ones on small screens.
	Minor, Wide bool
	// Mark returns what the live page is to know of what was shown first, as the value
	// "mark" of its form; nil for nothing.
	Mark func(data any) string
}

func (p Page) template() string { return cmp.Or(p.Template, p.Name) }

// Region is a part of a page: the element with the id, and the template of its content.
type Region struct {
	ID, Template string
	Data         any
}

// New returns pages whose streams end with ctx. The band is said on top of each page; ""
// for nothing.
func New(ctx context.Context, band string, log *slog.Logger) *Pages {
	p := &Pages{done: ctx, log: log, mux: http.NewServeMux(), band: band, files: []fs.FS{templates}, sets: map[reading]*template.Template{}}
	p.handler = http.NewCrossOriginProtection().Handler(p.mux)
	p.HandleFor(Anybody, "GET "+Root+"static/{name}", static.Serve)
	p.HandleFor(Anybody, "POST "+Root+"theme", p.setTheme)
	p.HandleFor(Anybody, "POST "+Root+"language", p.setLanguage)
	p.HandleFor(Anybody, "POST "+Root+"keys", p.setKeys)
	p.HandleFor(user.Operator, "POST "+Root+"numbers", p.setNumbers)
	p.HandleFor(Anybody, "GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, p.first, http.StatusSeeOther) })
	p.HandleFor(Anybody, "GET "+Root+"{$}", http.RedirectHandler("/", http.StatusSeeOther).ServeHTTP)
	p.HandleFor(user.Viewer, "GET "+Root+"more", func(w http.ResponseWriter, r *http.Request) { p.Show(w, r, pageMore, p.Behind(r)) })
	p.HandleFor(user.Viewer, Root, func(w http.ResponseWriter, r *http.Request) {
		p.fail(w, r, http.StatusNotFound, Printer(r).Sprintf("There is no such page."))
	})
	return p
}

//go:embed templates
var templateFiles embed.FS

var templates, _ = fs.Sub(templateFiles, "templates")

// Add adds pages, whose templates are in files with the names *.html. The first of all
// pages is the one that the bare address leads to. Nothing may be added once a request was
// answered.
func (p *Pages) Add(files fs.FS, pages ...*Page) {
	if files != nil {
		p.files = append(p.files, files)
	}
	for _, page := range pages {
		if p.first == "" && !page.Minor {
			p.first = Root + page.Name
		}
		p.pages = append(p.pages, page)
		p.HandleFor(page.Role, "GET "+Root+page.Name+page.Path, func(w http.ResponseWriter, r *http.Request) {
			data, err := page.Data(r)
			if err != nil {
				p.fail(w, r, statusOf(err), sayError(r, err))
				return
			}
			p.Show(w, r, page, data)
		})
		if page.Regions != nil {
			p.HandleFor(page.Role, "GET "+Root+"live/"+page.Name+page.Path, func(w http.ResponseWriter, r *http.Request) { p.stream(w, r, page) })
		}
	}
}

// The policy allows pages what this server serves, and neither scripts nor styles within
// them.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "

// ServeHTTP answers a request for a page.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	Headers(h, policy+p.door.Ancestors())
	h.Set("Content-Type", "text/plain; charset=utf-8")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if p.door != nil && p.door.Encrypted(r) && named(r.Host) {
		h.Set("Strict-Transport-Security", "max-age=86400") // a day: who has lost the root shall not be locked out for long
	}
	if r.URL.Path == statusPath {
		r.Header.Del("Cookie") // it is the same for everybody
	} else if p.door != nil && !strings.HasPrefix(r.URL.Path, Root+"static/") {
		if why := p.door.Why(r); why != "" {
			p.ShowAs(w, r, http.StatusForbidden, pageClear, barred{Printer(r).Sprintf(why), p.door.Secure()})
			return
		}
	}
	p.handler.ServeHTTP(w, r)
}

// named reports whether a host is known by a name, and not by an address or as this machine.
func named(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err != nil && host != "localhost"
}

// maxForm is how many octets a form may have: a table of ten thousand people.
const maxForm = 4 << 20

// mostOfStrangers is how many octets of a form are read before it is known who sends it: many may
// send some at once.
const mostOfStrangers = 64 << 10

// isSmall reports whether a form may be read before it is known who sends it.
func isSmall(r *http.Request) bool {
	return r.ContentLength >= 0 && r.ContentLength <= mostOfStrangers
}

// tooLarge reads a form, and answers one that is too large for its route; then it is true.
func (p *Pages) tooLarge(w http.ResponseWriter, r *http.Request, route Route) bool {
	if r.Method != http.MethodPost {
		return false
	}
	if route.Role == Anybody && !isSmall(r) {
		p.Refuse(w, r, http.StatusRequestEntityTooLarge, Printer(r).Sprintf("That is too large."))
		return true
	}
	err := r.ParseForm()
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		err = r.ParseMultipartForm(maxForm)
	}
	_, large := errors.AsType[*http.MaxBytesError](err)
	if large {
		p.Refuse(w, r, http.StatusRequestEntityTooLarge, Printer(r).Sprintf("That is too large: a form, or a table, may have %d MB.", maxForm>>20))
	}
	return large
}

// Local lets only requests through that come from this machine, and that name it: a page
// of the internet whose name resolves to this machine (DNS rebinding) names another.
func Local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		named, notAddress := netip.ParseAddr(strings.Trim(host, "[]"))
		if err != nil || !from.Addr().Unmap().IsLoopback() || host != "localhost" && (notAddress != nil || !named.IsLoopback()) {
			http.Error(w, "This page is for the machine that the demo runs on: open it as http://localhost with the port of the demo.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// view is what the layout shows.
type view struct {
	Lang, Dir, Theme, NextTheme string
	Language                    string   // its name
	Others                      []choice // languages
	Band, Title, Live, Path     string
	Name, Template              string // of the page
	Pages                       []*Page
	Goes                        []*Page // where the palette leads; none for strangers
	NoKeys                      bool    // the reader wants no single keys
	More                        string  // "" where no pages are behind these, folded where they are so on small screens alone, else always
	Who                         Reader
	Data                        any
}

// visible returns the pages in the navigation for the reader, or those that are behind it.
func (p *Pages) visible(r *http.Request, minor bool) (all []*Page) {
	for _, one := range p.pages {
		if one.Title != "" && one.Minor == minor && Who(r).May(one.Role) {
			all = append(all, one)
		}
	}
	return all
}

// Behind returns the pages that the navigation of a phone has no room for.
func (p *Pages) Behind(r *http.Request) []*Page {
	wide := slices.DeleteFunc(p.visible(r, false), func(one *Page) bool { return !one.Wide })
	return append(wide, p.visible(r, true)...)
}

// moreFor says when there are pages behind those of the navigation.
func (p *Pages) moreFor(r *http.Request) string {
	switch {
	case len(p.visible(r, true)) > 0:
		return "always"
	case len(p.Behind(r)) > 0:
		return "folded"
	}
	return ""
}

// Show answers with a page that shows data.
func (p *Pages) Show(w http.ResponseWriter, r *http.Request, page *Page, data any) {
	p.ShowAs(w, r, http.StatusOK, page, data)
}

// ShowAs is [Pages.Show] with another status.
func (p *Pages) ShowAs(w http.ResponseWriter, r *http.Request, status int, page *Page, data any) {
	theme, next := themeOf(r)
	lang := languageOf(r)
	v := view{Lang: lang.String(), Language: translation.Name(lang), Dir: translation.Direction(lang), Others: others(lang), Theme: theme, NextTheme: next, Band: p.band, Title: page.Title, Path: Root + page.Name,
		Name: page.Name, Template: page.template(), Who: Who(r), Data: data, Pages: p.visible(r, false), More: p.moreFor(r)}
	v.Goes, v.NoKeys = slices.Concat(v.Pages, p.visible(r, true)), noKeys(r)
	for _, one := range p.pages {
		if one.Name == page.Name && v.Title == "" {
			v.Title = one.Title
		}
	}
	if r.Method == http.MethodGet {
		v.Path = r.URL.RequestURI()
	}
	if page.Regions != nil {
		path, query := r.URL.EscapedPath(), r.URL.Query()
		if of, ok := data.(interface{ Path() string }); ok { // the answer to a form is the page that has it
			path = of.Path()
		} else if r.Method != http.MethodGet {
			path = Root + page.Name
		}
		v.Live = Root + "live/" + strings.TrimPrefix(path, Root)
		if page.Mark != nil {
			query.Set("mark", page.Mark(data))
		}
		if len(query) > 0 {
			v.Live += "?" + query.Encode()
		}
	}
	p.write(w, r, status, "layout", v)
}

// Fragment answers with one template, for the element that htmx replaces.
func (p *Pages) Fragment(w http.ResponseWriter, r *http.Request, name string, data any) {
	p.write(w, r, http.StatusOK, name, data)
}

// Swaps reports whether htmx has sent the request, which then takes a fragment.
func Swaps(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// Done answers a form: with the reason where what was asked for could not be done, else by
// going back to a page. Where htmx has sent the form that page is live, and shows by itself
// what was done.
func (p *Pages) Done(w http.ResponseWriter, r *http.Request, back string, err error) {
	switch {
	case err != nil:
		p.Refuse(w, r, statusOf(err), sayError(r, err))
	case Swaps(r):
		w.WriteHeader(http.StatusNoContent)
	default:
		http.Redirect(w, r, back, http.StatusSeeOther)
	}
}

// Refuse answers that something cannot be done, and why.
func (p *Pages) Refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	if Swaps(r) {
		http.Error(w, why, status)
		return
	}
	p.fail(w, r, status, why)
}

func (p *Pages) fail(w http.ResponseWriter, r *http.Request, status int, why string) {
	p.ShowAs(w, r, status, pageFailure, why)
}

// Pages that are in no navigation.
var (
	pageFailure = &Page{Template: "failure"}
	pageMore    = &Page{Name: "more", Title: "More"}
)

func (p *Pages) write(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var b bytes.Buffer
	if err := p.set(r).ExecuteTemplate(&b, name, data); err != nil {
		p.log.Error("a page cannot be shown", "path", r.URL.Path, "err", err)
		http.Error(w, "This page cannot be shown; the log says why.", http.StatusInternalServerError)
		return
	}
	page := prefix.Links(b.Bytes(), prefix.Of(r))
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Add("Vary", "Accept-Encoding")
	if len(page) < leastPacked || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, _ = w.Write(page) //nolint:gosec // the templates escape what is in it
		return
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := gzip.NewWriter(w)
	_, _ = z.Write(page) // who has gone gets nothing
	_ = z.Close()
}

// leastPacked is how many octets a page has that is worth to be packed.
const leastPacked = 1400

// The themes: that of the system, and those that a reader has chosen.
var themes = []string{"", "dark", "light"}

// themeOf returns the theme of the reader, and the one that a click changes it to.
func themeOf(r *http.Request) (now, next string) {
	if c, err := r.Cookie("theme"); err == nil && slices.Contains(themes, c.Value) {
		now = c.Value
	}
	return now, themes[(slices.Index(themes, now)+1)%len(themes)]
}

// setTheme keeps the theme of the reader for a year.
func (p *Pages) setTheme(w http.ResponseWriter, r *http.Request) {
	p.keep(w, r, "theme", r.FormValue("theme"), themes)
}

// keysCookie is the cookie of who wants no single keys.
const keysCookie, keysOff = "keys", "off"

func noKeys(r *http.Request) bool {
	c, err := r.Cookie(keysCookie)
	return err == nil && c.Value == keysOff
}

// setKeys turns single keys off for a year, or on.
func (p *Pages) setKeys(w http.ResponseWriter, r *http.Request) {
	p.keep(w, r, keysCookie, r.FormValue("keys"), []string{"", keysOff})
}

// keep keeps what a reader has chosen for a year, if it is one of the choices, and goes back.
func (p *Pages) keep(w http.ResponseWriter, r *http.Request, name, value string, choices []string) {
	if slices.Contains(choices, value) {
		for _, path := range []string{Root, documentPath} {
			p.setCookie(w, r, path, name, value, 365*24*3600)
		}
	}
	http.Redirect(w, r, backTo(r), http.StatusSeeOther) //nolint:gosec // it is a path here
}

// Gateway is what the pages show: a [gateway.Gateway], which they only read.
type Gateway interface {
	Message(ctx context.Context, id int64) (gateway.Message, error)
	MessagePage(ctx context.Context, f gateway.MessageFilter) (gateway.MessagePage, error)
	Verification(ctx context.Context, id string) (gateway.Verification, error)
	Verifications(ctx context.Context, f gateway.VerificationFilter) ([]gateway.Verification, error)
	Refusals(to string) ([]guard.Refusal, error)
	Events(ctx context.Context, f journal.Filter) ([]journal.Event, error)
	Deliveries(ctx context.Context, noun, id string) ([]webhook.Delivery, error)
	Lines() *line.Pool
	Signals() *signal.History
	Calls() *call.Calls
	Inbox() *inbox.Inbox
	Keys() *key.Ring
	Notifier() *notify.Notifier
}

// statusOf returns the status of a page that cannot be shown, or of a form that is refused.
func statusOf(err error) int {
	switch fault.CodeOf(err) {
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated, fault.Forbidden:
		return http.StatusForbidden
	case fault.Conflict:
		return http.StatusConflict
	case fault.Expired:
		return http.StatusGone
	case fault.RateLimited:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// sayError says why a page cannot be shown, or what was asked for cannot be done.
func sayError(r *http.Request, err error) string {
	if statusOf(err) == http.StatusInternalServerError {
		return Printer(r).Sprintf("Something is wrong here, and the log says what.")
	}
	return Say(r, fault.MessageOf(err))
}
