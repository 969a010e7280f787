package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/key"
)

// postBackup makes a backup in the folder of the configuration.
func (s *Server) postBackup(c echo.Context, _ key.Key) error {
	b, err := s.gateway.Backups().Make(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, v1.Backup{Path: b.Path, Bytes: b.Bytes, At: b.At})
}

// getBackup answers with a backup.
func (s *Server) getBackup(c echo.Context, _ key.Key) error {
	h := c.Response().Header()
	h.Set("Content-Type", "application/vnd.sqlite3")
	h.Set("Cache-Control", "no-store")
	return s.gateway.Backups().Write(c.Request().Context(), c.Response())
}

func (s *Server) getQueue(c echo.Context, _ key.Key) error {
	q, err := s.gateway.Held(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showQueue(q))
}

func (s *Server) releaseQueue(c echo.Context, _ key.Key) error {
	return endHold(c, s.gateway.ReleaseQueue)
}

func (s *Server) dropQueue(c echo.Context, _ key.Key) error { return endHold(c, s.gateway.DropQueue) }

func endHold(c echo.Context, end func(context.Context) (gateway.HeldQueue, error)) error {
	q, err := end(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, showQueue(q))
}

func showQueue(q gateway.HeldQueue) v1.HeldQueue {
	return v1.HeldQueue{Since: q.Since, Messages: q.Messages, Calls: q.Calls, Deliveries: q.Deliveries}
}

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

// getCertificates answers with how the certificates of HTTPS stand.
func (s *Server) getCertificates(c echo.Context, _ key.Key) error {
	all := []v1.Certificate{}
	if s.cfg.Certificates != nil {
		all = s.cfg.Certificates()
	}
	return c.JSON(http.StatusOK, all)
}
