// Package textmagic is the dialect of Textmagic's two-factor verification, and of
// the messages of the same product.
//
// Where nothing public pins a behaviour, it is that of the service underneath, or
// ours: three wrong codes end a request; a wrong code, and an id that is unknown or
// over, are a failed validation; a code never begins with 0, since clients send it as
// a number; a request cannot be cancelled in its first 30 seconds (400), nor once it
// is over (404).
package textmagic

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/dialect"
	"simgate/gateway"
	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/text"
)

type server struct{ dialect.Env }

// New returns the dialect. The documented base URL ends in /api/v2, which some apps
// keep in theirs.
func New(env dialect.Env) dialect.Dialect {
	t := server{env}
	return dialect.Dialect{Name: "textmagic", Bases: []string{"", "/api/v2"}, Root: []string{"/api/v2"}, Owns: []string{"/api/v2/"},
		Routes: []dialect.Route{
			{Method: http.MethodPost, Path: "/verify", Handler: t.handle(gateway.ScopeCodesSend, t.start)},
			{Method: http.MethodPut, Path: "/verify", Handler: t.handle(gateway.ScopeCodesCheck, t.check)},
			{Method: http.MethodDelete, Path: "/verify/:id", Handler: t.handle(gateway.ScopeCodesSend, t.cancel)},
			{Method: http.MethodPost, Path: "/messages", Handler: t.handle(gateway.ScopeMessagesSend, t.send)},
			{Method: http.MethodGet, Path: "/messages/:id", Handler: t.handle(gateway.ScopeMessagesSend, t.message)},
			{Method: http.MethodGet, Path: "/replies", Handler: t.handle(gateway.ScopeInbox, t.replies)},
			{Method: http.MethodGet, Path: "/ping", Handler: t.handle("", t.ping)},
			{Method: http.MethodGet, Path: "/user", Handler: t.handle("", t.user)},
		}, Fail: answerFailure, News: news()}
}

const purpose = "textmagic"

// What the contract fixes.
const (
	lifetime    = 5 * time.Minute
	maxTries    = 3
	cancelAfter = 30 * time.Second
	maxBrand    = 18
)

// failure is the envelope of errors.
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

// invalid is a failed validation of one field.
func invalid(field, message string) *failure {
	e := &failure{Code: http.StatusBadRequest, Message: "Validation Failed", Errors: &failures{Common: []string{}, Fields: map[string][]string{}}}
	if field == "" {
		e.Errors.Common = append(e.Errors.Common, message)
	} else {
		e.Errors.Fields[field] = []string{message}
	}
	return e
}

func answerFailure(c echo.Context, f dialect.Failure) error {
	return c.JSON(f.Status, fail(f.Status, f.Message))
}

func (t server) handle(scope gateway.Scope, do func(request) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		user, token := credentials(c.Request())
		key, err := t.Authenticate(c.Request().Context(), token)
		if err != nil {
			if fault.CodeOf(err) != fault.Unauthenticated {
				return err
			}
			return c.JSON(http.StatusUnauthorized, fail(http.StatusUnauthorized, "Wrong username and token combination."))
		}
		if scope != "" && !key.Allows(scope) {
			return c.JSON(http.StatusForbidden, fail(http.StatusForbidden, "this API key does not have the scope "+string(scope)))
		}
		err = do(request{Context: c, key: key, user: user})
		if e, ok := errors.AsType[*failure](translate(err)); ok {
			return c.JSON(e.Code, e)
		}
		return err
	}
}

// credentials are those of HTTP Basic, or of the service's own headers. Who the
// user is makes no difference here: the key is the secret.
func credentials(r *http.Request) (user, key string) {
	if user, key, ok := r.BasicAuth(); ok {
		return user, strings.TrimSpace(key)
	}
	return r.Header.Get("X-TM-Username"), strings.TrimSpace(r.Header.Get("X-TM-Key"))
}

// fieldNames are the service's names of our fields.
var fieldNames = map[string]string{"to": "phone", "brand": "brand", "length": "codeLength", "workflow": "workflowId", "locale": "language",
	"country": "country", "text": "text", "code": "code"}

// translate tells errors of the gateway in the words of the dialect.
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

// request is a request of a key.
type request struct {
	echo.Context
	key    gateway.Key
	user   string
	fields map[string]string
}

// read reads the fields: SDKs send JSON, the older client a form.
func (r *request) read() (err error) {
	r.fields, err = body.ReadFields(r.Request())
	return err
}

// number reads a whole number.
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

var alphanumericBrand = regexp.MustCompile(`^[\p{L}\p{N} ]+$`)

func (t server) start(r request) error {
	if err := r.read(); err != nil {
		return err
	}
	n := gateway.NewVerification{App: r.key.App, Purpose: purpose, Lifetime: lifetime, MaxTries: maxTries,
		Alphabet: code.Numbers, Exclusive: true}
	var err error
	if n.To, n.Country, err = readPhone(r.fields["phone"], r.fields["country"]); err != nil {
		return err
	}
	n.Brand = strings.TrimSpace(r.fields["brand"])
	switch {
	case n.Brand == "":
		return invalid("brand", "This value should not be blank.")
	case len([]rune(n.Brand)) > maxBrand || !alphanumericBrand.MatchString(n.Brand):
		return invalid("brand", fmt.Sprintf("must be letters and digits, at most %d", maxBrand))
	}
	if n.Length, err = r.number("codeLength", 0); err != nil {
		return err
	}
	if n.Length != 4 && n.Length != 6 {
		return invalid("codeLength", "must be 4 or 6")
	}
	workflow, err := r.number("workflowId", 1)
	if err != nil {
		return err
	}
	if n.Workflow = gateway.Workflows[workflow]; n.Workflow == nil {
		return invalid("workflowId", "must be 1 to 7")
	}
	language := strings.ToLower(r.fields["language"])
	if language != "" && !slices.Contains(text.Locales(), language) {
		return invalid("language", "must be one of "+strings.Join(text.Locales(), ", "))
	}
	if language == "" {
		to, err := msisdn.Parse(n.To, n.Country)
		if err != nil {
			return err
		}
		language = text.LocaleOf(to.Region())
	}
	n.Locale = language
	if n.Template, err = text.PINFor(language); err != nil {
		return err
	}
	started, err := t.Gateway.StartVerification(r.Request().Context(), n)
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, map[string]any{"verifyId": started.Verification.ID, "price": 0})
}

// readPhone reads a number: in international form without +, or as people write it
// in the country beside it.
func readPhone(phone, country string) (to, region string, err error) {
	phone, country = strings.TrimSpace(phone), strings.ToUpper(strings.TrimSpace(country))
	switch {
	case phone == "":
		return "", "", invalid("phone", "This value should not be blank.")
	case country != "" && !msisdn.KnownCountry(country):
		return "", "", invalid("country", "must be a country in two letters")
	case strings.HasPrefix(phone, "+"):
		return phone, country, nil
	}
	if country != "" && strings.HasPrefix(phone, "0") {
		return phone, country, nil
	}
	if _, err := msisdn.Parse("+"+phone, ""); err != nil && country != "" {
		return phone, country, nil
	}
	return "+" + phone, country, nil
}

// find returns a verification of the caller.
func (t server) find(r request, id string) (gateway.Verification, bool, error) {
	v, err := t.Gateway.Verification(r.Request().Context(), strings.ToLower(strings.TrimSpace(id)))
	if fault.CodeOf(err) == fault.NotFound || err == nil && (v.App != r.key.App || v.Purpose != purpose) {
		return gateway.Verification{}, false, nil
	}
	return v, err == nil, err
}

func (t server) check(r request) error {
	if err := r.read(); err != nil {
		return err
	}
	if r.fields["verifyId"] == "" {
		return invalid("verifyId", "This value should not be blank.")
	}
	if strings.TrimSpace(r.fields["code"]) == "" {
		return invalid("code", "This value should not be blank.")
	}
	v, found, err := t.find(r, r.fields["verifyId"])
	if err != nil {
		return err
	}
	if !found || v.State != gateway.Pending {
		return invalid("verifyId", "there is no such verification, or it is over")
	}
	_, verdict, err := t.Gateway.CheckVerification(r.Request().Context(),
		gateway.Check{App: r.key.App, Purpose: purpose, ID: v.ID, Code: r.fields["code"]})
	if err != nil {
		return err
	}
	switch verdict {
	case gateway.Right:
		return r.NoContent(http.StatusNoContent) // without a body: SDKs take it for null
	case gateway.Wrong:
		return invalid("code", "the code is wrong")
	case gateway.Spent:
		return invalid("code", "the code is wrong, and all tries are used")
	case gateway.Locked:
		return invalid("code", "too many wrong codes for this number: try again later")
	}
	return invalid("verifyId", "there is no such verification, or it is over")
}

func (t server) cancel(r request) error {
	v, found, err := t.find(r, r.Param("id"))
	if err != nil {
		return err
	}
	if !found || v.State != gateway.Pending {
		return fail(http.StatusNotFound, "there is no such verification, or it is over")
	}
	if v.Age < cancelAfter {
		return fail(http.StatusBadRequest, "a verification can be cancelled 30 seconds after its start at the soonest")
	}
	if _, err := t.Gateway.CancelVerification(r.Request().Context(), r.key.App, v.ID); err != nil {
		if fault.CodeOf(err) == fault.Conflict {
			return fail(http.StatusNotFound, "the verification is over")
		}
		return err
	}
	return r.NoContent(http.StatusNoContent)
}
