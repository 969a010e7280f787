package ninetynine

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/dialect"
	"simgate/gateway/key"
)

// The reasons of a failure.
const (
	reasonNone      = 1
	reasonFrom      = 2
	reasonTooLong   = 4
	reasonOther     = 5
	reasonKey       = 6
	reasonNoTo      = 7
	reasonNoText    = 8
	reasonNoFrom    = 9
	reasonNoMarkers = 10
)

// failure is a reason and its description.
type failure struct {
	reason int
	text   string
}

func (f *failure) Error() string { return f.text }

func fail(c echo.Context, f dialect.Failure) error {
	return c.JSON(http.StatusOK, failed(c.Request().PostForm.Get("from"), &failure{reasonOther, f.Message}))
}

// shorten returns what is returned of a field: enough for every valid one.
func shorten(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

func failed(from string, err error) sent {
	a := sent{Status: "FAIL", Timestamp: time.Now().Unix(), From: shorten(from), Reason: reasonOther, Message: dialect.Explain(err)}
	if f, ok := errors.AsType[*failure](err); ok {
		a.Reason, a.Message = f.reason, f.text
	}
	return a
}

// need returns an error if the key lacks the scope.
func (f form) need(scope key.Scope) error {
	if f.key.Allows(scope) {
		return nil
	}
	return &failure{reasonKey, "this API key does not have the scope " + string(scope) + ", which this call needs"}
}
