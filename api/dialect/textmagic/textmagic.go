// Package textmagic is the dialect of Textmagic's two-factor verification, and of
// the messages of the same product.
//
// Where nothing public pins a behaviour, it is that of the service underneath, or
// ours: three wrong codes end a request; a wrong code, and an id that is unknown or
// over, are a failed validation; a code never begins with 0, since clients send it as
// a number; a request cannot be cancelled in its first 30 seconds (400), nor once it
// is over (404); deleting a message is answered and deletes nothing; what the gateway does
// not have, such as contacts and templates, is an empty list.
package textmagic

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/dialect"
	"simgate/gateway/fault"
	"simgate/gateway/key"
)

type server struct{ dialect.Env }

// New returns the dialect. The documented base URL ends in /api/v2, which some apps
// keep in theirs.
func New(env dialect.Env) dialect.Dialect {
	t := server{env}
	d := dialect.Dialect{Name: "textmagic", Bases: []string{"", "/api/v2"}, Root: []string{"/api/v2"}, Owns: []string{"/api/v2/"},
		Routes: []dialect.Route{
			{Method: http.MethodPost, Path: "/verify", Handler: t.handle(key.SendCodes, t.start)},
			{Method: http.MethodPut, Path: "/verify", Handler: t.handle(key.CheckCodes, t.check)},
			{Method: http.MethodDelete, Path: "/verify/:id", Handler: t.handle(key.SendCodes, t.cancel)},
			{Method: http.MethodPost, Path: "/messages", Handler: t.handle(key.SendMessages, t.send)},
			{Method: http.MethodGet, Path: "/messages", Handler: t.handle(key.SendMessages, t.messages)},
			{Method: http.MethodGet, Path: "/messages/search", Handler: t.handle(key.SendMessages, t.messages)},
			{Method: http.MethodGet, Path: "/messages/price", Handler: t.handle(key.SendMessages, t.price)},
			{Method: http.MethodGet, Path: "/messages/price/normalized", Handler: t.handle(key.SendMessages, t.price)},
			{Method: http.MethodGet, Path: "/messages/:id", Handler: t.handle(key.SendMessages, t.message)},
			{Method: http.MethodDelete, Path: "/messages/:id", Handler: t.handle(key.SendMessages, t.remove)},
			{Method: http.MethodDelete, Path: "/schedules/:id", Handler: t.handle(key.SendMessages, t.unschedule)},
			{Method: http.MethodGet, Path: "/sessions", Handler: t.handle(key.SendMessages, t.sessions)},
			{Method: http.MethodGet, Path: "/replies", Handler: t.handle("", t.replies)},
			{Method: http.MethodGet, Path: "/replies/search", Handler: t.handle("", t.replies)},
			{Method: http.MethodGet, Path: "/unsubscribers", Handler: t.handle("", t.unsubscribers)},
			{Method: http.MethodPost, Path: "/unsubscribers", Handler: t.handle(key.SendMessages, t.unsubscribe)},
			{Method: http.MethodGet, Path: "/unsubscribers/:id", Handler: t.handle("", t.unsubscriber)},
			{Method: http.MethodGet, Path: "/ping", Handler: t.handle("", t.ping)},
			{Method: http.MethodGet, Path: "/user", Handler: t.handle("", t.user)},
			{Method: http.MethodGet, Path: "/user/balance", Handler: t.handle("", t.balance)},
		}, Fail: answerFailure, News: news()}
	for _, path := range []string{"/contacts", "/contacts/search", "/templates", "/templates/search", "/lists", "/lists/search",
		"/schedules", "/bulks", "/chats"} {
		d.Routes = append(d.Routes, dialect.Route{Method: http.MethodGet, Path: path, Handler: t.handle("", t.nothing)})
	}
	return d
}

func (t server) handle(scope key.Scope, do func(request) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		user, token := credentials(c.Request())
		k, err := t.Authenticate(c.Request().Context(), token)
		if err != nil {
			if fault.CodeOf(err) != fault.Unauthenticated {
				return err
			}
			return c.JSON(http.StatusUnauthorized, fail(http.StatusUnauthorized, "Wrong username and token combination."))
		}
		if scope != "" && !k.Allows(scope) {
			return c.JSON(http.StatusForbidden, fail(http.StatusForbidden, "this API key does not have the scope "+string(scope)))
		}
		err = do(request{Context: c, key: k, user: user})
		if e, ok := errors.AsType[*failure](translate(err)); ok {
			return c.JSON(e.Code, e)
		}
		return err
	}
}

// credentials returns those of HTTP Basic, or of the headers of the service. The user
// has no effect.
func credentials(r *http.Request) (user, key string) {
	if user, key, ok := r.BasicAuth(); ok {
		return user, strings.TrimSpace(key)
	}
	return r.Header.Get("X-TM-Username"), strings.TrimSpace(r.Header.Get("X-TM-Key"))
}

// request is a request with its key.
type request struct {
	echo.Context
	key    key.Key
	user   string
	fields map[string]string
}

// read reads the fields. SDKs send JSON, the older client a form.
func (r *request) read() (err error) {
	r.fields, err = body.ReadFields(r.Request(), "phones", "contacts", "lists")
	return err
}

// number reads a whole number, otherwise where there is none.
func (r *request) number(name string, otherwise int) (int, error) {
	s := strings.TrimSpace(r.fields[name])
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, invalid(name, "must be a whole number")
	}
	return n, nil
}
