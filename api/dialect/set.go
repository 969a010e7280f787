package dialect

import (
	"strings"

	"github.com/labstack/echo/v4"
)

// Mount adds the routes to e: under the name of the dialect, and at the root below
// the bases that are served there, all of them where the dialect is alone.
func (d Dialect) Mount(e *echo.Echo, alone bool) {
	root := d.Root
	if alone {
		root = d.Bases
	}
	for _, r := range d.Routes {
		for _, base := range root {
			e.Add(r.Method, base+r.Path, r.Handler)
		}
		for _, base := range d.Bases {
			e.Add(r.Method, "/"+d.Name+base+r.Path, r.Handler)
		}
	}
}

// Owner returns the dialect that answers for a path: of all that own it, the one
// with the longest pattern. It returns nil for a path of none.
func Owner(all []Dialect, path string) *Dialect {
	var owner *Dialect
	longest := 0
	for i, d := range all {
		for _, pattern := range append([]string{"/" + d.Name, "/" + d.Name + "/"}, d.Owns...) {
			if len(pattern) > longest && (path == pattern || strings.HasSuffix(pattern, "/") && strings.HasPrefix(path, pattern)) {
				owner, longest = &all[i], len(pattern)
			}
		}
	}
	return owner
}
