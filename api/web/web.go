package web

import (
	"bytes"
	"cmp"
	"context"
	"html/template"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Root is the path that all pages are below.
const Root = "/ui/"

// Pages are the pages of a server.
type Pages struct {
	done    context.Context // over when the server stops
	log     *slog.Logger
	mux     *http.ServeMux
	handler http.Handler // of mux, for forms of these pages alone
	files   []fs.FS      // with templates
	band    string
	pages   []*Page
	first   string
	once    sync.Once
	sets    map[string]*template.Template // by language
	streams streams
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
	Regions func(data any) []Region
	// Path ends the path of the page, as a pattern of a mux; "" for nothing.
	Path string
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
	p := &Pages{done: ctx, log: log, mux: http.NewServeMux(), band: band, files: []fs.FS{templates}}
	p.handler = http.NewCrossOriginProtection().Handler(p.mux)
	p.mux.HandleFunc("GET "+Root+"static/{name}", serveStatic)
	p.mux.HandleFunc("POST "+Root+"theme", setTheme)
	p.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, p.first, http.StatusSeeOther) })
	p.mux.Handle("GET "+Root+"{$}", http.RedirectHandler("/", http.StatusSeeOther))
	p.mux.HandleFunc(Root, func(w http.ResponseWriter, r *http.Request) {
		p.fail(w, r, http.StatusNotFound, "There is no such page.")
	})
	return p
}

// Add adds pages, whose templates are in files with the names *.html. The first of all
// pages is the one that the bare address leads to. Nothing may be added once a request was
// answered.
func (p *Pages) Add(files fs.FS, pages ...*Page) {
	if files != nil {
		p.files = append(p.files, files)
	}
	for _, page := range pages {
		if p.first == "" {
			p.first = Root + page.Name
		}
		p.pages = append(p.pages, page)
		p.mux.HandleFunc("GET "+Root+page.Name+page.Path, func(w http.ResponseWriter, r *http.Request) {
			data, err := page.Data(r)
			if err != nil {
				p.fail(w, r, statusOf(err), sayError(err))
				return
			}
			p.Show(w, r, page, data)
		})
		if page.Regions != nil {
			p.mux.HandleFunc("GET "+Root+"live/"+page.Name+page.Path, func(w http.ResponseWriter, r *http.Request) { p.stream(w, r, page) })
		}
	}
}

// HandleFunc adds a handler of a form or of what a page loads, by a pattern of a mux.
func (p *Pages) HandleFunc(pattern string, h http.HandlerFunc) { p.mux.HandleFunc(pattern, h) }

// The policy allows pages what this server serves, and neither scripts nor styles within
// them.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// ServeHTTP answers a request for a page.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), serial=(), usb=()")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	p.handler.ServeHTTP(w, r)
}

// maxForm is how many octets a form may have.
const maxForm = 64 << 10

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
	Band, Title, Live, Path     string
	Name, Template              string // of the page
	Pages                       []*Page
	Data                        any
}

// Show answers with a page that shows data.
func (p *Pages) Show(w http.ResponseWriter, r *http.Request, page *Page, data any) {
	theme, next := themeOf(r)
	v := view{Lang: languageOf(r).String(), Dir: "ltr", Theme: theme, NextTheme: next, Band: p.band, Title: page.Title, Path: Root + page.Name,
		Name: page.Name, Template: page.template(), Data: data}
	for _, one := range p.pages {
		if one.Title != "" {
			v.Pages = append(v.Pages, one)
		}
		if one.Name == page.Name && v.Title == "" {
			v.Title = one.Title
		}
	}
	if page.Regions != nil {
		v.Live = Root + "live/" + strings.TrimPrefix(r.URL.EscapedPath(), Root)
		if r.Method != http.MethodGet { // the answer to a form is the page that has it
			v.Live = Root + "live/" + page.Name
		} else {
			v.Path = r.URL.RequestURI()
		}
		if r.URL.RawQuery != "" {
			v.Live += "?" + r.URL.RawQuery
		}
	}
	p.write(w, r, http.StatusOK, "layout", v)
}

// Fragment answers with one template, for the element that htmx replaces.
func (p *Pages) Fragment(w http.ResponseWriter, r *http.Request, name string, data any) {
	p.write(w, r, http.StatusOK, name, data)
}

// Swaps reports whether htmx has sent the request, which then takes a fragment.
func Swaps(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// Refuse answers that something cannot be done, and why.
func (p *Pages) Refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	if Swaps(r) {
		http.Error(w, why, status)
		return
	}
	p.fail(w, r, status, why)
}

func (p *Pages) fail(w http.ResponseWriter, r *http.Request, status int, why string) {
	theme, next := themeOf(r)
	v := view{Lang: languageOf(r).String(), Dir: "ltr", Theme: theme, NextTheme: next, Band: p.band, Title: http.StatusText(status), Path: p.first,
		Template: "failure", Data: why}
	for _, one := range p.pages {
		if one.Title != "" {
			v.Pages = append(v.Pages, one)
		}
	}
	p.write(w, r, status, "layout", v)
}

func (p *Pages) write(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var b bytes.Buffer
	if err := p.set(languageOf(r).String()).ExecuteTemplate(&b, name, data); err != nil {
		p.log.Error("a page cannot be shown", "path", r.URL.Path, "err", err)
		http.Error(w, "This page cannot be shown; the log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

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
func setTheme(w http.ResponseWriter, r *http.Request) {
	if theme := r.FormValue("theme"); slices.Contains(themes, theme) {
		http.SetCookie(w, &http.Cookie{Name: "theme", Value: theme, Path: Root, MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteStrictMode}) //nolint:gosec // it is no secret, and http has no Secure
	}
	back := r.FormValue("back")
	if u, err := url.Parse(back); err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, Root) {
		back = "/"
	}
	http.Redirect(w, r, back, http.StatusSeeOther) //nolint:gosec // it is a path here
}
