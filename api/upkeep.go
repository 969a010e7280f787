package api

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/key"
	"simgate/gateway/user"
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

// getSettings answers with the configuration in force, and where each value is from.
func (s *Server) getSettings(c echo.Context, _ key.Key) error {
	if s.cfg.Settings == nil {
		return &fault.Error{Code: fault.Conflict, Message: "this daemon has no configuration"}
	}
	all, err := s.cfg.Settings(c.Request().Context())
	if len(all) == 0 {
		return err
	}
	return c.JSON(http.StatusOK, all) // an error is of the file, and what is in force is known
}

// getSettingsFile answers with what is wrong with the configuration file by now.
func (s *Server) getSettingsFile(c echo.Context, _ key.Key) error {
	if s.cfg.Settings == nil {
		return &fault.Error{Code: fault.Conflict, Message: "this daemon has no configuration"}
	}
	all, err := s.cfg.Settings(c.Request().Context())
	if len(all) == 0 {
		return err
	}
	var file v1.SettingsFile
	if said, ok := errors.AsType[*fault.Error](err); ok {
		file.Problem = said.Message
	} else if err != nil {
		file.Problem = "the configuration file has mistakes by now, and what was read before stays in force:\n" + err.Error()
	}
	return c.JSON(http.StatusOK, file)
}

// patchSettings changes what lies over the file of the configuration.
func (s *Server) patchSettings(c echo.Context, k key.Key) error {
	if s.cfg.Change == nil {
		return &fault.Error{Code: fault.Conflict, Message: "this daemon has no configuration"}
	}
	o, err := body.Read(c.Request().Body)
	if err != nil {
		return err
	}
	change := v1.SettingsChange{Set: map[string]string{}}
	if o.Has("set") {
		set, err := o.Object("set")
		if err != nil {
			return err
		}
		for _, name := range set.Names() {
			if change.Set[name], err = settingText(set, name); err != nil {
				return err
			}
		}
	}
	if change.Unset, err = o.Strings("unset"); err != nil {
		return err
	}
	if err := o.Unknown(); err != nil {
		return err
	}
	by := user.Socket
	if k.ID != "" {
		from, _, _ := net.SplitHostPort(c.Request().RemoteAddr)
		by = user.By{Name: "key of " + k.App, Address: from}
	}
	if err := s.cfg.Change(c.Request().Context(), by, change); err != nil {
		return err
	}
	return s.getSettings(c, k)
}

// settingText returns a value as people write it: a string, or other JSON, which is YAML too.
func settingText(set *body.Object, name string) (string, error) {
	switch raw := string(set.Raw(name)); {
	case raw == "null":
		return "", &body.Error{Field: name, Message: "must be a value: keys that are to be as in the file are named in unset"}
	case raw[0] == '"' || raw[0] == '{':
		return set.String(name)
	default:
		return raw, nil
	}
}

// getCertificates answers with how the certificates of HTTPS stand.
func (s *Server) getCertificates(c echo.Context, _ key.Key) error {
	all := []v1.Certificate{}
	if s.cfg.Certificates != nil {
		all = s.cfg.Certificates()
	}
	return c.JSON(http.StatusOK, all)
}
