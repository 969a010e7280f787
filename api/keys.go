package api

import (
	"encoding/json"
	"math"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/schedule"
)

// ShowKey returns a key as the native API shows it, without its token.
func ShowKey(k key.Key) v1.Key {
	out := v1.Key{ID: k.ID, App: k.App, Scopes: make([]string, len(k.Scopes)), Created: k.Created, LastUsed: k.LastUsed, Revoked: k.Revoked,
		KeySettings: v1.KeySettings{Expires: k.Expires, PerMinute: k.Limits.Minute, PerDay: k.Limits.Day, PerMonth: k.Limits.Month,
			CostDay: float64(k.Limits.CostDay) / 1e6, CostMonth: float64(k.Limits.CostMonth) / 1e6}}
	for _, n := range k.Networks {
		out.Networks = append(out.Networks, n.String())
	}
	for i, scope := range k.Scopes {
		out.Scopes[i] = string(scope)
	}
	return out
}

// ShowKeys returns keys as the native API shows them, without their tokens.
func ShowKeys(keys []key.Key) []v1.Key {
	out := make([]v1.Key, len(keys))
	for i, k := range keys {
		out[i] = ShowKey(k)
		if s := k.Spent; !k.Limits.None() {
			out[i].Spent = &v1.Spent{PerMinute: s.Minute, PerDay: s.Day, PerMonth: s.Month, CostDay: float64(s.CostDay) / 1e6, CostMonth: float64(s.CostMonth) / 1e6}
		}
	}
	return out
}

func (s *Server) getKeys(c echo.Context, _ key.Key) error {
	keys, err := s.gateway.Keys().List(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, ShowKeys(keys))
}

// Elsewhere reads who compares the codes of a key: checked-here or checked-elsewhere.
func Elsewhere(codes string) (bool, error) {
	switch codes {
	case "checked-here":
		return false, nil
	case "checked-elsewhere":
		return true, nil
	}
	return false, fault.NewInvalid("codes", "codes are checked-here or checked-elsewhere")
}

// patchKeys sets who compares the codes of the keys of an app, or of one key.
func (s *Server) patchKeys(c echo.Context, _ key.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	var name, codes string
	if err := read(o, field{"name", &name}, field{"codes", &codes}); err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	elsewhere, err := Elsewhere(codes)
	if err != nil {
		return err
	}
	keys, err := s.gateway.Keys().Set(c.Request().Context(), name, key.Elsewhere, elsewhere)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, ShowKeys(keys))
}

func (s *Server) postKey(c echo.Context, _ key.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	app, err := o.String("app")
	if err != nil {
		return err
	}
	change, err := readChange(o)
	if err != nil {
		return err
	}
	k, token, err := s.gateway.Keys().CreateWith(c.Request().Context(), app, change.Scopes, change.Settings())
	if err != nil {
		return err
	}
	out := ShowKey(k)
	out.Token = token
	return c.JSON(http.StatusCreated, out)
}

// readChange reads what is said of a key.
func readChange(o *body.Object) (key.Change, error) {
	var c v1.KeyChange
	var err error
	if c.Scopes, err = o.Strings("scopes"); err != nil {
		return key.Change{}, err
	}
	if o.Has("networks") {
		names, err := o.Strings("networks")
		if err != nil {
			return key.Change{}, err
		}
		c.Networks = &names
	}
	if o.Has("expires") {
		at, err := o.String("expires")
		if err != nil {
			return key.Change{}, err
		}
		c.Expires = &at
	}
	for name, into := range map[string]**int{"per_minute": &c.PerMinute, "per_day": &c.PerDay, "per_month": &c.PerMonth} {
		n, ok, err := o.Int(name)
		if err != nil {
			return key.Change{}, err
		}
		if ok {
			*into = new(int(min(max(n, -1), math.MaxInt32)))
		}
	}
	for name, into := range map[string]**float64{"cost_day": &c.CostDay, "cost_month": &c.CostMonth} {
		if !o.Has(name) {
			continue
		}
		*into = new(float64)
		if json.Unmarshal(o.Raw(name), *into) != nil {
			return key.Change{}, &body.Error{Field: name, Message: "must be a number, such as 2.5"}
		}
	}
	if err := o.Unknown(); err != nil {
		return key.Change{}, err
	}
	return ReadKeyChange(c)
}

// ReadKeyChange reads what is said of a key, as the native API has it.
func ReadKeyChange(c v1.KeyChange) (out key.Change, err error) {
	for _, n := range c.Scopes {
		out.Scopes = append(out.Scopes, key.Scope(n))
	}
	if c.Networks != nil {
		all := make([]netip.Prefix, len(*c.Networks))
		for i, n := range *c.Networks {
			if all[i], err = key.ParseNetwork(n); err != nil {
				return out, err
			}
		}
		out.Networks = &all
	}
	if c.Expires != nil {
		out.Expires = &time.Time{}
		if *c.Expires != "" {
			if *out.Expires, err = schedule.Time("expires", *c.Expires, ""); err != nil {
				return out, err
			}
		}
	}
	out.Minute, out.Day, out.Month = c.PerMinute, c.PerDay, c.PerMonth
	for from, into := range map[*float64]**int64{c.CostDay: &out.CostDay, c.CostMonth: &out.CostMonth} {
		if from != nil {
			*into = new(int64(math.Round(min(max(*from, -1), 1e10) * 1e6)))
		}
	}
	return out, nil
}

// patchKey changes one key.
func (s *Server) patchKey(c echo.Context, _ key.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	change, err := readChange(o)
	if err != nil {
		return err
	}
	k, err := s.gateway.Keys().Change(c.Request().Context(), c.Param("id"), change)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, ShowKey(k))
}

// rotateKey makes a key in the place of another, which works for an overlap more.
func (s *Server) rotateKey(c echo.Context, _ key.Key) error {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	overlap := v1.KeyOverlap
	if n, ok, err := o.Int("overlap"); err != nil {
		return err
	} else if ok {
		overlap = time.Duration(min(max(n, -1), 1<<30)) * time.Second
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	k, token, err := s.gateway.Keys().Rotate(c.Request().Context(), c.Param("id"), overlap)
	if err != nil {
		return err
	}
	out := ShowKey(k)
	out.Token = token
	return c.JSON(http.StatusCreated, out)
}

func (s *Server) deleteKey(c echo.Context, _ key.Key) error {
	k, err := s.gateway.Keys().Revoke(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, ShowKey(k))
}
