package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/gateway"
	"simgate/gateway/fault"
)

// authenticator returns the key that a request comes with.
type authenticator func(*http.Request) (gateway.Key, error)

// handlerFunc is a handler of the native API: it gets the key of its caller.
type handlerFunc func(c echo.Context, key gateway.Key) error

// guard lets a handler be called only with a key that has the scope.
func guard(authenticate authenticator, scope gateway.Scope, h handlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		key, err := authenticate(c.Request())
		if err != nil {
			return err
		}
		if !key.Allows(scope) {
			return &fault.Error{Code: fault.Forbidden,
				Message: "this API key does not have the scope " + string(scope) + ", which this call needs"}
		}
		return h(c, key)
	}
}
