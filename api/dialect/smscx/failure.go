package smscx

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/dialect"
	"simgate/gateway/fault"
)

// failure is the answer to a request that fails.
type failure struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	URI     string `json:"uri"`
	Code    int    `json:"code"`
	status  int
	Invalid []string `json:"invalid,omitempty"` // of the numbers of a message
}

func (e *failure) Error() string { return e.Message }

func fail(status int, kind string, code int, message string) *failure {
	return &failure{Type: kind, Message: message, Code: code, status: status}
}

func invalid(code int, message string) *failure {
	return fail(http.StatusBadRequest, "invalid_param", code, message)
}

// The numbers of errors. The first six are ours, for what the service does not number.
const (
	codeKey    = 1001
	codeBody   = 1002
	codeMethod = 1003
	codeRate   = 1004
	codeServer = 1005
	codeOptOut = 1006
	codeClosed = 1119
	codeNoOTP  = 2021
)

func answerFailure(c echo.Context, f dialect.Failure) error {
	status := f.Status
	kinds := map[int]*failure{
		http.StatusNotFound:              {Type: "not_found", Code: codeNoOTP},
		http.StatusMethodNotAllowed:      {Type: "invalid_method", Code: codeMethod},
		http.StatusTooManyRequests:       {Type: "rate_limit", Code: codeRate},
		http.StatusUnauthorized:          {Type: "invalid_api_key", Code: codeKey},
		http.StatusForbidden:             {Type: "insufficient_scope", Code: codeKey},
		http.StatusRequestEntityTooLarge: {Type: "invalid_body", Code: codeBody},
		http.StatusBadRequest:            {Type: "invalid_body", Code: codeBody},
	}
	e, ok := kinds[status]
	if !ok {
		e, status = &failure{Type: "server_error", Code: codeServer}, http.StatusInternalServerError
	}
	if status == http.StatusRequestEntityTooLarge {
		status = http.StatusBadRequest
	}
	e.Message, e.status = f.Message, status
	return refuse(c, e)
}

func refuse(c echo.Context, err error) error {
	e, ok := errors.AsType[*failure](err)
	if !ok {
		return err
	}
	e.URI = c.Request().URL.Path
	return c.JSON(e.status, map[string]*failure{"error": e})
}

// translate returns the failure for an error of the gateway, and other errors as they
// are.
func translate(c echo.Context, err error) error {
	if b, ok := errors.AsType[*body.Error](err); ok {
		return fail(http.StatusBadRequest, "invalid_body", codeBody, b.Error())
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	switch e.Code {
	case fault.Invalid:
		codes := map[string]int{"to": 2020, "country": 2003, "template": 2006, "length": 2015, "max_tries": 2010, "custom_id": 2018, "callback": 2019, "text": 1107}
		if code, ok := codes[e.Field]; ok {
			return invalid(code, e.Message)
		}
		return fail(http.StatusBadRequest, "invalid_param", codeBody, e.Message)
	case fault.Forbidden:
		if e.Reason == fault.OptedOut {
			return fail(http.StatusForbidden, "access_denied", codeOptOut, e.Message)
		}
		return fail(http.StatusForbidden, "no_coverage", codeClosed, e.Message)
	case fault.NotFound:
		return fail(http.StatusNotFound, "not_found", codeNoOTP, e.Message)
	case fault.Conflict:
		return fail(http.StatusBadRequest, "duplicate_id", 1111, "idempotencyId was used before, for a request with another body")
	case fault.RateLimited:
		c.Response().Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(time.Now().Add(e.RetryAfter).Unix(), 10))
		return fail(http.StatusTooManyRequests, "rate_limit", codeRate, e.Message)
	}
	return err
}
