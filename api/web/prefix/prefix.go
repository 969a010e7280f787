// Package prefix puts a server below a path of a reverse proxy, such as
// https://home.example/simgate/.
//
// Within, paths are as if there were no prefix: it is taken off what is asked for, whether
// the proxy has left it there or not, and put before what is answered: the links of pages
// ([Links]), redirects, and the paths of cookies, which whoever sets them limits to [Of].
package prefix

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Config says which prefix there is.
type Config struct {
	// Path returns the prefix that is configured, "" for none; nil for none.
	Path func() string
	// Trusts reports whether a request comes from a proxy that is believed what it says of
	// the prefix: Home Assistant's has one for each add-on, and tells it; nil: none is.
	Trusts func(r *http.Request) bool
}

// The headers in which proxies say which prefix they have taken off.
var headers = []string{"X-Ingress-Path", "X-Forwarded-Prefix"}

var form = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)

// Valid reports whether a path can be a prefix: it begins with a slash, does not end with
// one, and has nothing that would have to be escaped.
func Valid(path string) bool { return len(path) <= 200 && form.MatchString(path) }

type key struct{}

// Of returns the prefix of a request, "" for none.
func Of(r *http.Request) string {
	path, _ := r.Context().Value(key{}).(string)
	return path
}

// Told returns the prefix that a proxy says it has taken off, "" for none.
func Told(r *http.Request) string {
	for _, name := range headers {
		if path := strings.TrimSuffix(r.Header.Get(name), "/"); Valid(path) {
			return path
		}
	}
	return ""
}

// Ingress reports whether the prefix is of Home Assistant's Ingress, which only browsers pass
// that are logged in there.
func Ingress(r *http.Request) bool { return Of(r) != "" && r.Header.Get(headers[0]) == Of(r) }

// Handler returns next below the prefix.
func (c Config) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := ""
		if c.Path != nil {
			path = c.Path()
		}
		r = strip(r, path)
		if c.Trusts != nil && c.Trusts(r) {
			if told := Told(r); told != "" {
				path = told
			}
		}
		if path == "" {
			next.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(&below{ResponseWriter: w, prefix: path}, r.WithContext(context.WithValue(r.Context(), key{}, path)))
	})
}

// strip takes the prefix off the path of a request, if it is there.
func strip(r *http.Request, prefix string) *http.Request {
	rest, found := strings.CutPrefix(r.URL.Path, prefix)
	if prefix == "" || !found || rest != "" && rest[0] != '/' {
		return r
	}
	inner := *r
	inner.URL = &url.URL{}
	*inner.URL = *r.URL
	inner.URL.Path = "/" + strings.TrimPrefix(rest, "/")
	inner.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, prefix)
	return &inner
}

// below is an answer whose redirects stay below the prefix.
type below struct {
	http.ResponseWriter
	prefix string
}

// WriteHeader puts the prefix before the path that a redirect leads to.
func (b *below) WriteHeader(status int) {
	if to := b.Header().Get("Location"); strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") {
		b.Header().Set("Location", b.prefix+to)
	}
	b.ResponseWriter.WriteHeader(status)
}

// Unwrap returns what the controller of an answer needs.
func (b *below) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// The attributes of pages that have a path in them.
var attributes = [][]byte{[]byte("href"), []byte("src"), []byte("action"), []byte("formaction"), []byte("hx-get"), []byte("hx-post"),
	[]byte("hx-sse:connect"), []byte("data-live")}

var begin = []byte(`="/`)

// Links returns a page, or a part of one, whose links begin with the prefix. A quote in what
// a template shows is escaped, so that nothing of it can be taken for an attribute.
func Links(page []byte, prefix string) []byte {
	if prefix == "" {
		return page
	}
	out := make([]byte, 0, len(page)+len(page)/16)
	for {
		i := bytes.Index(page, begin)
		if i < 0 {
			return append(out, page...)
		}
		name := page[bytes.LastIndexAny(page[:i], " \t\n")+1 : i]
		i += len(`="`)
		out = append(out, page[:i]...)
		for _, a := range attributes {
			if bytes.Equal(name, a) {
				out = append(out, prefix...)
			}
		}
		page = page[i:]
	}
}
