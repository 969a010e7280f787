package api

import (
	"cmp"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/dialect"
	v1 "simgate/api/v1"
	"simgate/gateway/fault"
	"simgate/gateway/idempotency"
	"simgate/gateway/store"
)

// statuses are the HTTP statuses of the native API by error code.
var statuses = map[fault.Code]int{
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.RateLimited:     http.StatusTooManyRequests,
	fault.Expired:         http.StatusGone,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Internal:        http.StatusInternalServerError,
}

// newProblem returns what the native API answers to an error.
func newProblem(err error) *v1.Problem {
	p := &v1.Problem{Code: fault.CodeOf(err), Detail: fault.MessageOf(err)}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		p.Field, p.Reason = e.Field, e.Reason
		if e.Reason == fault.TooSoon {
			at := time.Now().Add(e.RetryAfter).UTC()
			p.NextResend = &at
		}
	}
	if b, ok := errors.AsType[*body.Error](err); ok {
		p.Code, p.Field, p.Detail = fault.Invalid, b.Field, b.Error()
	}
	p.Status = statuses[p.Code]
	if errors.Is(err, store.ErrFull) {
		p.Status = http.StatusInsufficientStorage
	}
	if errors.Is(err, idempotency.ErrOtherRequest) {
		p.Status = http.StatusUnprocessableEntity
	}
	if h, ok := errors.AsType[*echo.HTTPError](err); ok && h.Code < http.StatusInternalServerError {
		p.Status, p.Code, p.Detail = h.Code, fault.Invalid, routerErrors[h.Code]
		if h.Code == http.StatusNotFound {
			p.Code = fault.NotFound
		}
	}
	if errors.Is(err, body.ErrTooLarge) {
		p.Status, p.Code, p.Detail = http.StatusRequestEntityTooLarge, fault.Invalid, err.Error()
	}
	p.Title = http.StatusText(p.Status)
	p.Type = "/docs#" + cmp.Or(string(p.Reason), string(p.Code))
	return p
}

var routerErrors = map[int]string{
	http.StatusNotFound:             "there is nothing at this path",
	http.StatusMethodNotAllowed:     "this path does not support this method",
	http.StatusMisdirectedRequest:   "simgate does not answer under this host name: use its address, or have its operator add the name to hosts in the configuration",
	http.StatusUnsupportedMediaType: "send the request body as JSON, with Content-Type: application/json",
}

// handleError answers the errors of all handlers and of the router, in dialect d, or in
// the native API for nil. Internal errors are logged here and nowhere else.
func (s *Server) handleError(err error, c echo.Context, d *dialect.Dialect) {
	if c.Response().Committed || errors.Is(err, net.ErrClosed) { // nobody is there to be answered
		return
	}
	p := newProblem(err)
	if p.Code == fault.Internal {
		s.log.Error("a request failed", "path", c.Path(), "err", err)
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.RetryAfter > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second)))
	}
	if d != nil {
		err = d.Fail(c, dialect.Failure{Status: p.Status, Message: p.Detail, Err: err})
	} else {
		c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
		err = c.JSON(p.Status, p)
	}
	if err != nil {
		s.log.Debug("an answer did not reach its caller", slog.Any("err", err))
	}
}
