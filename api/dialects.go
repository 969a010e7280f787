package api

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"simgate/api/dialect"
	"simgate/api/dialect/ninetynine"
	"simgate/api/dialect/smscx"
	"simgate/api/dialect/textflow"
	"simgate/api/dialect/textlink"
	"simgate/api/dialect/textmagic"
	"simgate/api/web"
	"simgate/api/web/prefix"
	"simgate/gateway/webhook"
)

// dialects is the table of the dialects: one line adds one. It is here and not in
// package dialect because the dialects import that package.
var dialects = []func(dialect.Env) dialect.Dialect{
	textlink.New,
	textflow.New,
	textmagic.New,
	smscx.New,
	ninetynine.New,
}

func newDialects(env dialect.Env) []dialect.Dialect {
	all := make([]dialect.Dialect, len(dialects))
	for i, create := range dialects {
		all[i] = create(env)
	}
	return all
}

// Formats returns the webhook formats by name: those of the dialects, and
// [FormatStandard]. Country and countries are as in [Config].
func Formats(country string, countries map[string]string) map[string]webhook.Format {
	formats := map[string]webhook.Format{FormatStandard: standard}
	for _, d := range newDialects(dialect.Env{Country: country, Countries: countries}) {
		maps.Copy(formats, d.News)
	}
	return formats
}

// Native is the name of the native API in the dialects of a listener. It includes
// health, metrics and documentation.
const Native = "native"

// Listener is a listener of the network, and what is served there.
type Listener struct {
	net.Listener
	// Dialects are the names of the dialects that are served, with their paths at the
	// root; nothing else is. nil stands for the native API and all dialects.
	Dialects []string
	// TLS are the settings for HTTPS, nil for plain HTTP.
	TLS *tls.Config
}

// CheckDialects returns an error if a listener cannot serve the dialects with these
// names.
func CheckDialects(names []string) error {
	all := newDialects(dialect.Env{})
	for i, name := range names {
		if name != Native && !slices.ContainsFunc(all, func(d dialect.Dialect) bool { return d.Name == name }) {
			var known []string
			for _, d := range all {
				known = append(known, d.Name)
			}
			slices.Sort(known)
			return fmt.Errorf("there is no dialect %q: use %s, %s", name, Native, strings.Join(known, ", "))
		}
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("%s appears twice", name)
		}
	}
	set, _ := choose(all, names)
	return set.Check()
}

// CheckPrefix returns an error if a proxy cannot have a path for this server: one that begins
// as a path of the server does would be taken off what is for that.
func CheckPrefix(path string) error {
	if !prefix.Valid(path) {
		return errors.New("must be a path such as /simgate, without a slash at its end")
	}
	e := echo.New()
	(&Server{}).mount(e, nil)
	dialect.Set{Dialects: newDialects(dialect.Env{})}.Mount(e)
	first := func(path string) string {
		name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		return name
	}
	own := []string{first(web.Root)}
	for _, r := range e.Routes() {
		own = append(own, first(r.Path))
	}
	if name := first(path); slices.Contains(own, name) {
		return fmt.Errorf("must not begin with /%s, where simgate has paths of its own", name)
	}
	return nil
}

// choose returns the dialects with these names, all of them for no names, and whether
// the native API is served too.
func choose(all []dialect.Dialect, names []string) (set dialect.Set, native bool) {
	if len(names) == 0 {
		return dialect.Set{Dialects: all}, true
	}
	set.Rooted = true
	for _, name := range names {
		if i := slices.IndexFunc(all, func(d dialect.Dialect) bool { return d.Name == name }); i >= 0 {
			set.Dialects = append(set.Dialects, all[i])
		}
	}
	native = slices.Contains(names, Native)
	if !native && len(set.Dialects) > 0 {
		set.Others = &set.Dialects[0]
	}
	return set, native
}
