// Package ninetynine is the dialect of 99digital's "Verify SMS": forms, one address
// for sending and for checking, and the key in a field.
//
// Where nothing public pins a behaviour, the choice is ours: every answer has the
// status 200; a check that is not right is 2 where the code is wrong and 3 where
// there is nothing to check, a bad key with reason 6 beside it; what has no reason of
// its own is 5, with the cause in an extra field; the same send less than 28 seconds
// after the first is answered like that, and nothing is sent; messages whose state is not final
// are not listed in a delivery status.
package ninetynine

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/dialect"
	"simgate/gateway/fault"
	"simgate/gateway/key"
)

type server struct{ dialect.Env }

// New returns the dialect. The service knows the numbers of Israel alone, so local
// numbers are Israeli whatever the home country is, unless the configuration names
// another country for this dialect.
func New(env dialect.Env) dialect.Dialect {
	const name = "99digital"
	env.Country = cmp.Or(env.Countries[name], "IL")
	t := server{env}
	return dialect.Dialect{Name: name, Bases: []string{""}, Root: []string{""},
		Owns: []string{"/sms/verifySMS", "/sms/sendMessage", "/sms/deliveryStatus"},
		Routes: []dialect.Route{
			{Method: http.MethodPost, Path: "/sms/verifySMS", Handler: t.handle(t.verify)},
			{Method: http.MethodPost, Path: "/sms/sendMessage", Handler: t.handle(t.send)},
			{Method: http.MethodPost, Path: "/sms/deliveryStatus", Handler: t.handle(t.delivery)},
		}, Fail: fail, News: t.news()}
}

// sent is the answer to a send.
type sent struct {
	Status    string `json:"status"`
	Unique    string `json:"unique"`
	Timestamp int64  `json:"timestamp"`
	From      string `json:"from"`
	Text      string `json:"text,omitempty"`
	Reason    int    `json:"reason"`
	Message   string `json:"message,omitempty"` // ours: what is wrong, in words
}

// form is a request with its key.
type form struct {
	context.Context
	url.Values
	key key.Key
}

func (t server) handle(do func(form) (any, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		fields, err := body.ReadForm(c.Request())
		if err != nil {
			return c.JSON(http.StatusOK, failed("", err))
		}
		from := fields.Get("from")
		k, err := t.Authenticate(ctx, fields.Get("apiKey"))
		if dialect.IsFault(err) {
			return err
		}
		if err != nil {
			if isCheck(fields) && strings.HasSuffix(c.Path(), "/verifySMS") {
				return c.JSON(http.StatusOK, checked{checkNothing, shorten(fields.Get("to")), reasonKey})
			}
			return c.JSON(http.StatusOK, failed(from, &failure{reasonKey, fault.MessageOf(err)}))
		}
		answer, err := do(form{ctx, fields, k})
		if _, refused := errors.AsType[*failure](err); !refused && dialect.IsFault(err) {
			return err
		}
		if err != nil {
			return c.JSON(http.StatusOK, failed(from, err))
		}
		return c.JSON(http.StatusOK, answer)
	}
}

// addressed checks the sender, which has no effect on a SIM, and the recipient.
func (f form) addressed() error {
	from, to := f.Get("from"), trimList(f.Get("to"))
	const longest, shortest = 11, 3
	digits := strings.Trim(from, "0123456789") == ""
	switch {
	case from == "":
		return &failure{reasonNoFrom, "from is missing"}
	case to == "":
		return &failure{reasonNoTo, "to is missing"}
	case len([]rune(from)) > longest, digits && len(from) < shortest:
		return &failure{reasonFrom, "from is too long or too short"}
	case strings.ContainsFunc(from, func(r rune) bool { return r < ' ' }):
		return &body.Error{Field: "from", Message: "contains control characters"}
	}
	return nil
}
