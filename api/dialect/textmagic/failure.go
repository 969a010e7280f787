package textmagic

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/dialect"
	"simgate/gateway/fault"
)

// blank is what the service says of a field that is missing or empty.
const blank = "This value should not be blank."

// failure is the answer to a request that fails.
type failure struct {
	Code    int       `json:"code"`
	Message string    `json:"message"`
	Errors  *failures `json:"errors,omitempty"`
}

type failures struct {
	Common []string            `json:"common"`
	Fields map[string][]string `json:"fields"`
}

func (e *failure) Error() string { return e.Message }

func fail(status int, message string) *failure { return &failure{Code: status, Message: message} }

// invalid returns the failed validation of a field, "" for the whole request.
func invalid(field, message string) *failure {
	e := &failure{Code: http.StatusBadRequest, Message: "Validation Failed", Errors: &failures{Common: []string{}, Fields: map[string][]string{}}}
	if field == "" {
		e.Errors.Common = append(e.Errors.Common, message)
	} else {
		e.Errors.Fields[field] = []string{message}
	}
	return e
}

// validation collects what is wrong with a request, so that the answer names every
// wrong field.
type validation struct{ found *failure }

// add takes the failed validation of a field; nil is none. It returns other errors.
func (v *validation) add(err error) error {
	e, ok := errors.AsType[*failure](err)
	if !ok || e.Errors == nil {
		return err
	}
	if v.found == nil {
		v.found = e
		return nil
	}
	v.found.Errors.Common = append(v.found.Errors.Common, e.Errors.Common...)
	for field, messages := range e.Errors.Fields {
		v.found.Errors.Fields[field] = append(v.found.Errors.Fields[field], messages...)
	}
	return nil
}

// err returns the failure of all fields that were wrong, nil if there was none.
func (v *validation) err() error {
	if v.found == nil {
		return nil
	}
	return v.found
}

func answerFailure(c echo.Context, f dialect.Failure) error {
	return c.JSON(f.Status, fail(f.Status, f.Message))
}

// fieldNames are the names that the service has for fields of the gateway.
var fieldNames = map[string]string{"to": "phone", "brand": "brand", "length": "codeLength", "workflow": "workflowId", "locale": "language",
	"country": "country", "text": "text", "code": "code"}

// translate returns the failure for an error of the gateway, and other errors as they
// are.
func translate(err error) error {
	if b, ok := errors.AsType[*body.Error](err); ok {
		return invalid(b.Field, b.Error())
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	switch e.Code {
	case fault.Invalid:
		return invalid(cmp.Or(fieldNames[e.Field], e.Field), e.Message)
	case fault.Forbidden:
		return invalid("phone", e.Message)
	case fault.Conflict:
		return fail(http.StatusConflict, e.Message)
	case fault.NotFound:
		return fail(http.StatusNotFound, e.Message)
	case fault.RateLimited:
		return fail(http.StatusTooManyRequests, e.Message)
	case fault.Unavailable:
		return fail(http.StatusServiceUnavailable, e.Message)
	}
	return err
}
