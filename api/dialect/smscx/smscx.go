// Package smscx is the dialect of sms.cx for one-time passwords and for plain
// messages, as its own clients and their documentation have it.
//
// Where nothing public pins a behaviour, the choice is ours: the settings of the
// application are numbers of 5 characters, 300 seconds, 5 tries and "Your
// verification code is {{pin}}"; a start while one is pending is a new one, which
// cancels the old; letters are compared whatever their case; errors that the tables
// do not number are 1001 (key), 1002 (body), 1003 (method), 1004 (too many) and 1005
// (server).
package smscx

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/dialect"
	"simgate/gateway"
	"simgate/gateway/code"
	"simgate/gateway/fault"
)

type server struct{ dialect.Env }

// New returns the dialect. Clients accept no empty country, so numbers of none are
// shown with that of the configuration, or US.
func New(env dialect.Env) dialect.Dialect {
	env.Country = cmp.Or(env.Country, "US")
	t := server{env}
	return dialect.Dialect{Name: "smscx", Bases: []string{""}, Root: []string{""},
		Owns: []string{"/otp", "/otp/", "/sms", "/reports", "/reports/", "/oauth", "/oauth/"},
		Routes: []dialect.Route{
			{Method: http.MethodPost, Path: "/otp", Handler: t.handle(gateway.ScopeCodesSend, t.start)},
			{Method: http.MethodPost, Path: "/otp/:id", Handler: t.handle(gateway.ScopeCodesCheck, t.check)},
			{Method: http.MethodGet, Path: "/otp/:id", Handler: t.handle(gateway.ScopeCodesSend, t.show)},
			{Method: http.MethodDelete, Path: "/otp/:id", Handler: t.handle(gateway.ScopeCodesSend, t.cancel)},
			{Method: http.MethodPost, Path: "/sms", Handler: t.handle(gateway.ScopeMessagesSend, t.send)},
			{Method: http.MethodGet, Path: "/reports/single/:id", Handler: t.handle(gateway.ScopeMessagesSend, t.report)},
			{Method: http.MethodPost, Path: "/oauth/token", Handler: t.token},
		}, Fail: answerFailure, News: t.news()}
}

const purpose = "smscx"

// failure is the envelope of every answer that is no success.
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

// Numbers of our own, for what the tables do not number.
const (
	codeKey    = 1001
	codeBody   = 1002
	codeMethod = 1003
	codeRate   = 1004
	codeServer = 1005
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

// request is a request of a key.
type request struct {
	echo.Context
	key gateway.Key
}

func (t server) handle(scope gateway.Scope, do func(request) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		c.Response().Header().Set("X-Request-Id", uuid.NewString())
		c.Response().Before(func() {
			c.Response().Header().Set("X-Response-Time", strconv.FormatFloat(time.Since(began).Seconds(), 'f', 3, 64))
		})
		key, err := t.authenticate(c.Request())
		if err == nil {
			err = t.tellAllowance(c, key)
		}
		if err != nil {
			if fault.CodeOf(err) != fault.Unauthenticated {
				return err
			}
			return refuse(c, fail(http.StatusUnauthorized, "invalid_api_key", codeKey, fault.MessageOf(err)))
		}
		if !key.Allows(scope) {
			return refuse(c, fail(http.StatusForbidden, "insufficient_scope", codeKey, "this API key does not have the scope "+string(scope)))
		}
		if err := do(request{c, key}); err != nil {
			return refuse(c, translate(c, err))
		}
		return nil
	}
}

// tellAllowance puts into the header of the answer how much may still be asked for
// in this hour.
func (t server) tellAllowance(c echo.Context, key gateway.Key) error {
	limit, left, err := t.Gateway.Allowance(c.Request().Context(), key.App)
	if err == nil && limit > 0 {
		c.Response().Header().Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
		c.Response().Header().Set("X-Rate-Limit-Remaining", strconv.Itoa(left))
	}
	return err
}

// authenticate takes the key of X-API-KEY, or that of Authorization: clients
// send whichever is configured, or both.
func (t server) authenticate(r *http.Request) (gateway.Key, error) {
	if token := strings.TrimSpace(r.Header.Get("X-API-KEY")); token != "" {
		return t.Authenticate(r.Context(), token)
	}
	return t.Bearer(r)
}

// translate tells errors of the gateway in the words of the dialect.
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

var lowerUUID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// readFrom reads a sender, which a SIM cannot change.
func readFrom(o *body.Object, empty int, needed bool) (string, error) {
	from, err := readText(o, "from", empty, needed)
	const least, most = 3, 15
	if l := len([]rune(from)); err == nil && from != "" && (l < least || l > most) {
		err = invalid(empty+1, fmt.Sprintf("from must have %d to %d characters", least, most))
	}
	return from, err
}

var placeholder = regexp.MustCompile(`\{\{(today|numbers|letters|alphanumeric)(?::([^{}]*))?\}\}`)

// fill fills the places that any text of the service may have.
func fill(text string) (string, error) {
	const usual, longest = 4, 20
	var wrong error
	text = placeholder.ReplaceAllStringFunc(text, func(p string) string {
		m := placeholder.FindStringSubmatch(p)
		if m[1] == "today" {
			return time.Now().UTC().Format("2 Jan 2006")
		}
		size := usual
		if m[2] != "" {
			var err error
			if size, err = strconv.Atoi(m[2]); err != nil {
				wrong = invalid(1136, p+" has no number of characters")
				return p
			}
		}
		if size < 1 || size > longest {
			wrong = invalid(1137, fmt.Sprintf("%s must have 1 to %d characters", p, longest))
			return p
		}
		return code.New(alphabets[m[1]], size)
	})
	return text, wrong
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && len(s) <= 500
}

func read(r request) (*body.Object, error) {
	if !body.IsJSON(r.Request().Header.Get(echo.HeaderContentType)) {
		return nil, &body.Error{Message: "send the request body as JSON"}
	}
	return body.Read(r.Request().Body)
}

// readText reads a text. One that is there and empty, or is missing though it is
// needed, has a number of its own.
func readText(o *body.Object, name string, empty int, needed bool) (string, error) {
	s, err := o.String(name)
	if err != nil {
		return "", invalid(empty, err.Error())
	}
	if s == "" && (needed || o.Has(name)) {
		return "", invalid(empty, name+" is empty")
	}
	return s, nil
}

// readNumber reads a number, whose three errors are numbered one after the other:
// no number, too small, too large.
func readNumber(o *body.Object, name string, otherwise, least, most, code int) (int, error) {
	n, ok, err := o.Int(name)
	switch {
	case err != nil:
		return 0, invalid(code, err.Error())
	case !ok && o.Has(name):
		return 0, invalid(code, name+" must be a number")
	case !ok:
		return otherwise, nil
	case n < int64(least):
		return 0, invalid(code+1, fmt.Sprintf("%s must be at least %d", name, least))
	case n > int64(most):
		return 0, invalid(code+2, fmt.Sprintf("%s must be at most %d", name, most))
	}
	return int(n), nil
}
