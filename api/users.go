package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/api/web"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/user"
)

// onSocket returns a handler that is for the Unix socket alone: whoever has a key of an app
// shall not let people in.
func onSocket(h handlerFunc) handlerFunc {
	return func(c echo.Context, k key.Key) error {
		if k.ID != "" {
			return &fault.Error{Code: fault.Forbidden, Message: "users of the pages are managed on the Unix socket of the machine, or by an owner on the pages"}
		}
		return h(c, k)
	}
}

func showUser(u user.User) v1.User {
	return v1.User{Name: u.Name, Role: string(u.Role), Ready: u.Ready, Created: u.Created}
}

func (s *Server) getUsers(c echo.Context, _ key.Key) error {
	all, err := s.gateway.Users().List(c.Request().Context())
	if err != nil {
		return err
	}
	out := make([]v1.User, len(all))
	for i, u := range all {
		out[i] = showUser(u)
	}
	return c.JSON(http.StatusOK, out)
}

// readUser reads the name of a user, and what else the request must have.
func readUser(c echo.Context, others ...field) (name string, err error) {
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return "", err
	}
	if err := read(o, append(others, field{"name", &name})...); err != nil {
		return "", err
	}
	return name, o.Unknown()
}

func (s *Server) postUser(c echo.Context, _ key.Key) error {
	var role string
	name, err := readUser(c, field{"role", &role})
	if err != nil {
		return err
	}
	u, err := s.gateway.Users().Add(c.Request().Context(), user.Socket, name, user.Role(role))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, showUser(u))
}

func (s *Server) patchUser(c echo.Context, _ key.Key) error {
	var role string
	name, err := readUser(c, field{"role", &role})
	if err != nil {
		return err
	}
	u, err := s.gateway.Users().SetRole(c.Request().Context(), user.Socket, name, user.Role(role))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showUser(u))
}

func (s *Server) removeUser(c echo.Context, _ key.Key) error {
	name, err := readUser(c)
	if err != nil {
		return err
	}
	u, err := s.gateway.Users().Remove(c.Request().Context(), user.Socket, name)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showUser(u))
}

// postLink makes a link with which a user chooses a password.
func (s *Server) postLink(c echo.Context, _ key.Key) error {
	name, err := readUser(c)
	if err != nil {
		return err
	}
	l, err := s.gateway.Users().Invite(c.Request().Context(), user.Socket, name)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, v1.UserLink{Name: l.Name, Path: web.WelcomePath(l), Until: l.Until})
}
