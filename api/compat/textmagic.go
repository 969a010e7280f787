package compat

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
	"simgate/gateway"
	"simgate/gateway/code"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/text"
)

// Textmagic is the dialect of Textmagic's two-factor verification, and of the
// messages of the same product.
//
// Where nothing public pins a behaviour, it is that of the service underneath,
// or ours: three wrong codes end a request; a wrong code, and an id that is
// unknown or over, are a failed validation; a code never begins with 0, since
// clients send it as a number; a request cannot be cancelled in its first 30
// seconds (400), nor once it is over (404).
type Textmagic struct {
	Gateway *gateway.Gateway
}

const purposeTextmagic = "textmagic"

// What the contract fixes.
const (
	lifetimeTextmagic = 5 * time.Minute
	triesTextmagic    = 3
	cancelTextmagic   = 30 * time.Second
	brandTextmagic    = 18
)

// Mount adds the routes to e: the documented base ends in /api/v2, which some
// apps keep in theirs.
func (t Textmagic) Mount(e *echo.Echo) {
	for _, prefix := range []string{"/api/v2", "/textmagic/api/v2", "/textmagic"} {
		e.POST(prefix+"/verify", t.handle(gateway.ScopeCodesSend, t.start))
		e.PUT(prefix+"/verify", t.handle(gateway.ScopeCodesCheck, t.check))
		e.DELETE(prefix+"/verify/:id", t.handle(gateway.ScopeCodesSend, t.cancel))
		e.POST(prefix+"/messages", t.handle(gateway.ScopeMessagesSend, t.send))
		e.GET(prefix+"/messages/:id", t.handle(gateway.ScopeMessagesSend, t.message))
		e.GET(prefix+"/replies", t.handle(gateway.ScopeInbox, t.replies))
		e.GET(prefix+"/ping", t.handle("", t.ping))
		e.GET(prefix+"/user", t.handle("", t.user))
	}
}

// Owns reports whether a path belongs to the dialect.
func (Textmagic) Owns(path string) bool {
	return strings.HasPrefix(path, "/api/v2/") || path == "/textmagic" || strings.HasPrefix(path, "/textmagic/")
}

// errorTM is the envelope of errors.
type errorTM struct {
	Code    int       `json:"code"`
	Message string    `json:"message"`
	Errors  *errorsTM `json:"errors,omitempty"`
}

type errorsTM struct {
	Common []string            `json:"common"`
	Fields map[string][]string `json:"fields"`
}

func (e *errorTM) Error() string { return e.Message }

func failTM(status int, message string) *errorTM { return &errorTM{Code: status, Message: message} }

// fieldTM is a failed validation of one field.
func fieldTM(field, message string) *errorTM {
	e := &errorTM{Code: http.StatusBadRequest, Message: "Validation Failed", Errors: &errorsTM{Common: []string{}, Fields: map[string][]string{}}}
	if field == "" {
		e.Errors.Common = append(e.Errors.Common, message)
	} else {
		e.Errors.Fields[field] = []string{message}
	}
	return e
}

// Error answers in the dialect to what no handler got.
func (Textmagic) Error(c echo.Context, status int, message string) error {
	return c.JSON(status, failTM(status, message))
}

func (t Textmagic) handle(scope gateway.Scope, do func(requestTM) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		user, token := credentialsTM(c.Request())
		key, err := t.Gateway.Authenticate(c.Request().Context(), token)
		if err != nil {
			if fault.CodeOf(err) != fault.Unauthenticated {
				return err
			}
			return c.JSON(http.StatusUnauthorized, failTM(http.StatusUnauthorized, "Wrong username and token combination."))
		}
		if scope != "" && !key.Allows(scope) {
			return c.JSON(http.StatusForbidden, failTM(http.StatusForbidden, "this API key does not have the scope "+string(scope)))
		}
		err = do(requestTM{Context: c, key: key, user: user})
		if e, ok := errors.AsType[*errorTM](translateTM(err)); ok {
			return c.JSON(e.Code, e)
		}
		return err
	}
}

// credentialsTM are those of HTTP Basic, or of the service's own headers. Who the
// user is makes no difference here: the key is the secret.
func credentialsTM(r *http.Request) (user, key string) {
	if user, key, ok := r.BasicAuth(); ok {
		return user, strings.TrimSpace(key)
	}
	return r.Header.Get("X-TM-Username"), strings.TrimSpace(r.Header.Get("X-TM-Key"))
}

// namesTM are the service's names of our fields.
var namesTM = map[string]string{"to": "phone", "brand": "brand", "length": "codeLength", "workflow": "workflowId", "locale": "language",
	"country": "country", "text": "text", "code": "code"}

// translateTM tells errors of the gateway in the words of the dialect.
func translateTM(err error) error {
	if b, ok := errors.AsType[*body.Error](err); ok {
		return fieldTM(b.Field, b.Error())
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	switch e.Code {
	case fault.Invalid:
		return fieldTM(cmp.Or(namesTM[e.Field], e.Field), e.Message)
	case fault.Forbidden:
		return fieldTM("phone", e.Message)
	case fault.Conflict:
		return failTM(http.StatusConflict, e.Message)
	case fault.NotFound:
		return failTM(http.StatusNotFound, e.Message)
	case fault.RateLimited:
		return failTM(http.StatusTooManyRequests, e.Message)
	case fault.Unavailable:
		return failTM(http.StatusServiceUnavailable, e.Message)
	}
	return err
}

// requestTM is a request of a key.
type requestTM struct {
	echo.Context
	key    gateway.Key
	user   string
	fields map[string]string
}

// read reads the fields: SDKs send JSON, the older client a form.
func (r *requestTM) read() (err error) {
	r.fields, err = readFields(r.Request())
	return err
}

// number reads a whole number.
func (r *requestTM) number(name string, otherwise int) (int, error) {
	s := strings.TrimSpace(r.fields[name])
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fieldTM(name, "must be a whole number")
	}
	return n, nil
}

var alphanumericBrand = regexp.MustCompile(`^[\p{L}\p{N} ]+$`)

func (t Textmagic) start(r requestTM) error {
	if err := r.read(); err != nil {
		return err
	}
	n := gateway.NewVerification{App: r.key.App, Purpose: purposeTextmagic, Lifetime: lifetimeTextmagic, MaxTries: triesTextmagic,
		Alphabet: code.Numbers, Exclusive: true}
	var err error
	if n.To, n.Country, err = phoneTM(r.fields["phone"], r.fields["country"]); err != nil {
		return err
	}
	n.Brand = strings.TrimSpace(r.fields["brand"])
	switch {
	case n.Brand == "":
		return fieldTM("brand", "This value should not be blank.")
	case len([]rune(n.Brand)) > brandTextmagic || !alphanumericBrand.MatchString(n.Brand):
		return fieldTM("brand", fmt.Sprintf("must be letters and digits, at most %d", brandTextmagic))
	}
	if n.Length, err = r.number("codeLength", 0); err != nil {
		return err
	}
	if n.Length != 4 && n.Length != 6 {
		return fieldTM("codeLength", "must be 4 or 6")
	}
	workflow, err := r.number("workflowId", 1)
	if err != nil {
		return err
	}
	if n.Workflow = gateway.Workflows[workflow]; n.Workflow == nil {
		return fieldTM("workflowId", "must be 1 to 7")
	}
	language := strings.ToLower(r.fields["language"])
	if language != "" && !slices.Contains(text.Locales(), language) {
		return fieldTM("language", "must be one of "+strings.Join(text.Locales(), ", "))
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

// phoneTM reads a number: in international form without +, or as people write it
// in the country beside it.
func phoneTM(phone, country string) (to, region string, err error) {
	phone, country = strings.TrimSpace(phone), strings.ToUpper(strings.TrimSpace(country))
	switch {
	case phone == "":
		return "", "", fieldTM("phone", "This value should not be blank.")
	case country != "" && !msisdn.KnownCountry(country):
		return "", "", fieldTM("country", "must be a country in two letters")
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
func (t Textmagic) find(r requestTM, id string) (gateway.Verification, bool, error) {
	v, err := t.Gateway.Verification(r.Request().Context(), strings.ToLower(strings.TrimSpace(id)))
	if fault.CodeOf(err) == fault.NotFound || err == nil && (v.App != r.key.App || v.Purpose != purposeTextmagic) {
		return gateway.Verification{}, false, nil
	}
	return v, err == nil, err
}

func (t Textmagic) check(r requestTM) error {
	if err := r.read(); err != nil {
		return err
	}
	if r.fields["verifyId"] == "" {
		return fieldTM("verifyId", "This value should not be blank.")
	}
	if strings.TrimSpace(r.fields["code"]) == "" {
		return fieldTM("code", "This value should not be blank.")
	}
	v, found, err := t.find(r, r.fields["verifyId"])
	if err != nil {
		return err
	}
	if !found || v.State != gateway.Pending {
		return fieldTM("verifyId", "there is no such verification, or it is over")
	}
	_, verdict, err := t.Gateway.CheckVerification(r.Request().Context(),
		gateway.Check{App: r.key.App, Purpose: purposeTextmagic, ID: v.ID, Code: r.fields["code"]})
	if err != nil {
		return err
	}
	switch verdict {
	case gateway.Right:
		return r.NoContent(http.StatusNoContent) // without a body: SDKs take it for null
	case gateway.Wrong:
		return fieldTM("code", "the code is wrong")
	case gateway.Spent:
		return fieldTM("code", "the code is wrong, and all tries are used")
	case gateway.Locked:
		return fieldTM("code", "too many wrong codes for this number: try again later")
	}
	return fieldTM("verifyId", "there is no such verification, or it is over")
}

func (t Textmagic) cancel(r requestTM) error {
	v, found, err := t.find(r, r.Param("id"))
	if err != nil {
		return err
	}
	if !found || v.State != gateway.Pending {
		return failTM(http.StatusNotFound, "there is no such verification, or it is over")
	}
	if v.Age < cancelTextmagic {
		return failTM(http.StatusBadRequest, "a verification can be cancelled 30 seconds after its start at the soonest")
	}
	if _, err := t.Gateway.CancelVerification(r.Request().Context(), r.key.App, v.ID); err != nil {
		if fault.CodeOf(err) == fault.Conflict {
			return failTM(http.StatusNotFound, "the verification is over")
		}
		return err
	}
	return r.NoContent(http.StatusNoContent)
}
