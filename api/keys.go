package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/gateway/fault"
	"simgate/gateway/key"
)

// ShowKey returns a key as the native API shows it, without its token.
func ShowKey(k key.Key) v1.Key {
	out := v1.Key{ID: k.ID, App: k.App, Scopes: make([]string, len(k.Scopes)), Created: k.Created, LastUsed: k.LastUsed, Revoked: k.Revoked}
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
	names, err := o.Strings("scopes")
	if err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	scopes := make([]key.Scope, len(names))
	for i, n := range names {
		scopes[i] = key.Scope(n)
	}
	k, token, err := s.gateway.Keys().Create(c.Request().Context(), app, scopes)
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
