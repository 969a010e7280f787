package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/gateway/fault"
	"simgate/gateway/key"
)

// postReload lets the daemon read its configuration again.
func (s *Server) postReload(c echo.Context, _ key.Key) error {
	if s.cfg.Reload == nil {
		return &fault.Error{Code: fault.Conflict, Message: "this daemon has no configuration file"}
	}
	done, err := s.cfg.Reload(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, done)
}
