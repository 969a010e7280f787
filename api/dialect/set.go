package dialect

import (
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"
)

// Set is what a listener serves in dialects.
type Set struct {
	Dialects []Dialect
	// Rooted serves all bases at the root, not only those that a dialect asks for.
	Rooted bool
	// Others answers for the paths of no dialect, nil where the native API does.
	Others *Dialect
}

// mounted is the key of a request's dialect.
const mounted = "simgate.dialect"

// Mount adds the routes to e.
func (s Set) Mount(e *echo.Echo) {
	for i := range s.Dialects {
		d := &s.Dialects[i]
		mark := func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				c.Set(mounted, d)
				return next(c)
			}
		}
		for _, r := range d.Routes {
			for _, path := range s.paths(d, r) {
				e.Add(r.Method, path, r.Handler, mark)
			}
		}
	}
}

// Clean gives a path of a dialect the form that routes have: apps put a base that ends
// in a slash, and paths that begin or end with one, together.
func (s Set) Clean(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		path := u.Path
		for strings.Contains(path, "//") {
			path = strings.ReplaceAll(path, "//", "/")
		}
		if len(path) > 1 {
			path = strings.TrimSuffix(path, "/")
		}
		if path != u.Path && (s.Others != nil || s.Owner(path) != nil) {
			u.Path, u.RawPath = path, ""
		}
		return next(c)
	}
}

// paths returns where a route is served.
func (s Set) paths(d *Dialect, r Route) []string {
	bases := d.Root
	if s.Rooted {
		bases = d.Bases
	}
	var paths []string
	for _, base := range bases {
		paths = append(paths, base+r.Path)
	}
	for _, base := range d.Bases {
		paths = append(paths, "/"+d.Name+base+r.Path)
	}
	return paths
}

// Of returns the dialect that answers a request which failed: that of its handler,
// or else the owner of its path. It returns nil for the native API.
func (s Set) Of(c echo.Context) *Dialect {
	if d, ok := c.Get(mounted).(*Dialect); ok {
		return d
	}
	if d := s.Owner(c.Request().URL.Path); d != nil {
		return d
	}
	return s.Others
}

// Owner returns the dialect that a path belongs to: of all whose patterns match, the
// one with the longest. It returns nil for a path of none.
func (s Set) Owner(path string) *Dialect {
	var owner *Dialect
	longest := 0
	for i := range s.Dialects {
		d := &s.Dialects[i]
		for _, pattern := range append([]string{"/" + d.Name, "/" + d.Name + "/"}, d.Owns...) {
			if len(pattern) > longest && (path == pattern || strings.HasSuffix(pattern, "/") && strings.HasPrefix(path, pattern)) {
				owner, longest = d, len(pattern)
			}
		}
	}
	return owner
}

// Check returns an error where two dialects serve the same method and path.
func (s Set) Check() error {
	first := map[string]string{}
	for i := range s.Dialects {
		d := &s.Dialects[i]
		for _, r := range d.Routes {
			for _, path := range s.paths(d, r) {
				call := r.Method + " " + path
				if other, taken := first[call]; taken {
					return fmt.Errorf("%s and %s both serve %s: give each an address of its own", other, d.Name, call)
				}
				first[call] = d.Name
			}
		}
	}
	return nil
}
