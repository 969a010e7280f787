// Package smscx is the dialect of sms.cx for one-time passwords and for plain
// messages, as its own clients and their documentation have it.
//
// Where nothing public pins a behaviour, the choice is ours: the settings of the
// application are numbers of 5 characters, 300 seconds, 5 tries and "Your
// verification code is {{pin}}"; a start while one is pending is a new one beside it,
// but the same start less than 28 seconds later is answered like the first; letters
// are compared whatever their case; a callback URL that nobody has allowed is withheld,
// and null in the answer; errors that the tables do not number are 1001 (key), 1002
// (body), 1003 (method), 1004 (too many) and 1005 (server).
package smscx

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"simgate/api/dialect"
	"simgate/gateway/fault"
	"simgate/gateway/key"
)

type server struct{ dialect.Env }

// New returns the dialect. Clients accept no empty country, so numbers of none are
// shown with that of the configuration, or US.
func New(env dialect.Env) dialect.Dialect {
	env.Country = cmp.Or(env.Country, "US")
	t := server{env}
	return dialect.Dialect{Name: "smscx", Bases: []string{""}, Root: []string{""},
		Owns: []string{"/otp", "/otp/", "/sms", "/sms/estimate", "/sms/scheduled/", "/reports", "/reports/", "/account", "/account/", "/oauth", "/oauth/"},
		Routes: []dialect.Route{
			{Method: http.MethodPost, Path: "/otp", Handler: t.handle(key.SendCodes, t.start)},
			{Method: http.MethodPost, Path: "/otp/:id", Handler: t.handle(key.CheckCodes, t.check)},
			{Method: http.MethodGet, Path: "/otp/:id", Handler: t.handle(key.SendCodes, t.show)},
			{Method: http.MethodDelete, Path: "/otp/:id", Handler: t.handle(key.SendCodes, t.cancel)},
			{Method: http.MethodPost, Path: "/sms", Handler: t.handle(key.SendMessages, t.send)},
			{Method: http.MethodPost, Path: "/sms/estimate", Handler: t.handle(key.SendMessages, t.estimate)},
			{Method: http.MethodDelete, Path: "/sms/scheduled/:id", Handler: t.handle(key.SendMessages, t.deleteScheduled)},
			{Method: http.MethodDelete, Path: "/sms/scheduled/campaign/:id", Handler: t.handle(key.SendMessages, t.deleteCampaign)},
			{Method: http.MethodGet, Path: "/account/balance", Handler: t.handle("", t.balance)},
			{Method: http.MethodGet, Path: "/reports/single/:id", Handler: t.handle(key.SendMessages, t.report)},
			{Method: http.MethodPost, Path: "/oauth/token", Handler: t.token},
		}, Fail: answerFailure, News: t.news()}
}

const purpose = "smscx"

// balance answers with the credit of all SIMs. Operators do not report the currency, and
// clients accept eur and usd alone.
func (t server) balance(r request) error {
	credit, err := t.Credit(r.Request().Context())
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, map[string]any{"balance": credit, "currency": "eur", "billing": "prepaid"})
}

// request is a request with its key.
type request struct {
	echo.Context
	key key.Key
}

func (t server) handle(scope key.Scope, do func(request) error) echo.HandlerFunc {
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
		if scope != "" && !key.Allows(scope) {
			return refuse(c, fail(http.StatusForbidden, "insufficient_scope", codeKey, "this API key does not have the scope "+string(scope)))
		}
		if err := do(request{c, key}); err != nil {
			return refuse(c, translate(c, err))
		}
		return nil
	}
}

// tellAllowance sets the headers that say how many codes the app can still send in
// this hour.
func (t server) tellAllowance(c echo.Context, k key.Key) error {
	limit, left, err := t.Gateway.Guard().Allowance(c.Request().Context(), k.App)
	if err == nil && limit > 0 {
		c.Response().Header().Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
		c.Response().Header().Set("X-Rate-Limit-Remaining", strconv.Itoa(left))
	}
	return err
}

// authenticate reads the key from X-API-KEY or else from Authorization: clients send
// either, or both.
func (t server) authenticate(r *http.Request) (key.Key, error) {
	if token := strings.TrimSpace(r.Header.Get("X-API-KEY")); token != "" {
		return t.Authenticate(r.Context(), token)
	}
	return t.Bearer(r)
}
