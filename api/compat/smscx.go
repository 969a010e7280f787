package compat

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
	"simgate/gateway"
)

// SMSCX is the dialect of sms.cx for one-time passwords, as its own clients and
// their documentation have it.
//
// Where nothing public pins a behaviour, the choice is ours: the settings of the
// application are numbers of 5 characters, 300 seconds, 5 tries and "Your
// verification code is {{pin}}"; a start while one is pending is a new one, which
// cancels the old; letters are compared whatever their case; errors that the
// tables do not number are 1001 (key), 1002 (body), 1003 (method), 1004 (too
// many) and 1005 (server).
type SMSCX struct {
	Gateway *gateway.Gateway
	// Key authenticates the request by its Authorization header.
	Key func(*http.Request) (gateway.Key, error)
	// Country is told where a number belongs to none: clients take no empty one.
	Country string
}

const purposeSMSCX = "smscx"

// Mount adds the routes to e, at the root and under /smscx.
func (t SMSCX) Mount(e *echo.Echo) {
	for _, prefix := range []string{"", "/smscx"} {
		e.POST(prefix+"/otp", t.handle(gateway.ScopeCodesSend, t.start))
		e.POST(prefix+"/otp/:id", t.handle(gateway.ScopeCodesCheck, t.check))
		e.GET(prefix+"/otp/:id", t.handle(gateway.ScopeCodesSend, t.show))
		e.DELETE(prefix+"/otp/:id", t.handle(gateway.ScopeCodesSend, t.cancel))
	}
}

// Owns reports whether a path belongs to the dialect.
func (SMSCX) Owns(path string) bool {
	return path == "/otp" || strings.HasPrefix(path, "/otp/") || path == "/smscx" || strings.HasPrefix(path, "/smscx/")
}

// errorCX is the envelope of every answer that is no success.
type errorCX struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	URI     string `json:"uri"`
	Code    int    `json:"code"`
	status  int
}

func (e *errorCX) Error() string { return e.Message }

func failCX(status int, kind string, code int, message string) *errorCX {
	return &errorCX{Type: kind, Message: message, Code: code, status: status}
}

func paramCX(code int, message string) *errorCX {
	return failCX(http.StatusBadRequest, "invalid_param", code, message)
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

// Error answers in the dialect to what no handler got.
func (t SMSCX) Error(c echo.Context, status int, message string) error {
	kinds := map[int]*errorCX{
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
		e, status = &errorCX{Type: "server_error", Code: codeServer}, http.StatusInternalServerError
	}
	if status == http.StatusRequestEntityTooLarge {
		status = http.StatusBadRequest
	}
	e.Message, e.status = message, status
	return t.refuse(c, e)
}

func (t SMSCX) refuse(c echo.Context, err error) error {
	e, ok := errors.AsType[*errorCX](err)
	if !ok {
		return err // the server's handler of errors logs it, and calls Error
	}
	e.URI = c.Request().URL.Path
	return c.JSON(e.status, map[string]*errorCX{"error": e})
}

// requestCX is a request of a key.
type requestCX struct {
	echo.Context
	key gateway.Key
}

func (t SMSCX) handle(scope gateway.Scope, do func(requestCX) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		c.Response().Header().Set("X-Request-Id", uuid.NewString())
		c.Response().Before(func() {
			c.Response().Header().Set("X-Response-Time", strconv.FormatFloat(time.Since(began).Seconds(), 'f', 3, 64))
		})
		key, err := t.authenticate(c.Request())
		if err != nil {
			if gateway.ErrorCode(err) != gateway.Unauthenticated {
				return err
			}
			return t.refuse(c, failCX(http.StatusUnauthorized, "invalid_api_key", codeKey, gateway.ErrorMessage(err)))
		}
		if !key.Allows(scope) {
			return t.refuse(c, failCX(http.StatusForbidden, "insufficient_scope", codeKey, "this API key does not have the scope "+string(scope)))
		}
		if err := do(requestCX{c, key}); err != nil {
			return t.refuse(c, translateCX(c, err))
		}
		return nil
	}
}

// authenticate takes the key of X-API-KEY, or that of Authorization: clients
// send whichever is configured, or both.
func (t SMSCX) authenticate(r *http.Request) (gateway.Key, error) {
	if token := strings.TrimSpace(r.Header.Get("X-API-KEY")); token != "" {
		return t.Gateway.Authenticate(r.Context(), token)
	}
	return t.Key(r)
}

// translateCX tells errors of the gateway in the words of the dialect.
func translateCX(c echo.Context, err error) error {
	if b, ok := errors.AsType[*body.Error](err); ok {
		return failCX(http.StatusBadRequest, "invalid_body", codeBody, b.Error())
	}
	e, ok := errors.AsType[*gateway.Error](err)
	if !ok {
		return err
	}
	switch e.Code {
	case gateway.Invalid:
		codes := map[string]int{"to": 2020, "country": 2003, "template": 2006, "length": 2015, "max_tries": 2010, "custom_id": 2018}
		if code, ok := codes[e.Field]; ok {
			return paramCX(code, e.Message)
		}
		return failCX(http.StatusBadRequest, "invalid_param", codeBody, e.Message)
	case gateway.Forbidden:
		return failCX(http.StatusForbidden, "no_coverage", codeClosed, e.Message)
	case gateway.NotFound:
		return failCX(http.StatusNotFound, "not_found", codeNoOTP, e.Message)
	case gateway.RateLimited:
		c.Response().Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(time.Now().Add(e.RetryAfter).Unix(), 10))
		return failCX(http.StatusTooManyRequests, "rate_limit", codeRate, e.Message)
	}
	return err
}

// otpCX is a verification as the service shows it. All thirteen keys are there,
// always: its clients insist.
type otpCX struct {
	OTP         string  `json:"otpId"`
	Track       *string `json:"trackId"`
	Phone       string  `json:"phoneNumber"`
	Country     string  `json:"countryIso"`
	Status      string  `json:"status"`
	Cost        int     `json:"cost"`
	Parts       int     `json:"parts"`
	MaxAttempts int     `json:"maxAttempts"`
	Attempts    int     `json:"attempts"`
	TTL         int     `json:"ttl"`
	Callback    *string `json:"otpCallbackUrl"`
	Created     string  `json:"dateCreated"`
	Expires     string  `json:"dateExpires"`
}

var statesCX = map[gateway.VerificationState]string{gateway.Pending: "PENDING", gateway.Verified: "VERIFIED",
	gateway.VerificationExpired: "EXPIRED", gateway.Exhausted: "FAILED", gateway.VerificationCanceled: "CANCELLED"}

func (t SMSCX) otp(v gateway.Verification) otpCX {
	o := otpCX{OTP: v.ID, Phone: string(v.To), Country: v.To.Region(), Status: statesCX[v.State], Parts: max(1, v.Parts),
		MaxAttempts: v.MaxTries, Attempts: v.Tries, TTL: max(minTTL, int(v.Lifetime/time.Second)),
		Created: v.Created.UTC().Format(time.DateTime), Expires: v.Expires.UTC().Format(time.DateTime)}
	if v.State == gateway.Pending && !v.Expires.After(time.Now()) {
		o.Status = "EXPIRED"
	}
	if v.State == gateway.Verified {
		o.Attempts-- // they count what was wrong
	}
	if o.Country == "" {
		o.Country = t.Country
	}
	if v.CustomID != "" {
		o.Track = &v.CustomID
	}
	if v.Callback != "" {
		o.Callback = &v.Callback
	}
	return o
}

// The bounds and defaults of a start.
const (
	minTTL, maxTTL, defaultTTL       = 60, 1800, 300
	minTries, maxTries, defaultTries = 1, 10, 5
	minPIN, maxPIN, defaultPIN       = 4, 10, 5
	defaultTemplateCX                = "Your verification code is {{pin}}"
	minFrom, maxFrom                 = 3, 15
)

var (
	lowerUUID     = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	alphabetsCX   = map[string]gateway.Alphabet{"numbers": gateway.Numbers, "letters": gateway.Letters, "alphanumeric": gateway.Alphanumeric}
	placeholderCX = regexp.MustCompile(`\{\{(today|numbers|letters|alphanumeric)(?::(\d{1,2}))?\}\}`)
)

func (t SMSCX) start(r requestCX) error {
	o, err := readCX(r)
	if err != nil {
		return err
	}
	n := gateway.NewVerification{App: r.key.App, Purpose: purposeSMSCX, Fresh: true}
	if n.To, err = textCX(o, "phoneNumber", 2001, true); err != nil {
		return err
	}
	if n.Country, err = textCX(o, "countryIso", 2002, false); err != nil {
		return err
	}
	if n.Country != "" && (!gateway.KnownCountry(n.Country)) {
		return paramCX(2003, "countryIso is no country in two capital letters")
	}
	from, err := textCX(o, "from", 2004, false)
	if err != nil {
		return err
	}
	if l := len([]rune(from)); from != "" && (l < minFrom || l > maxFrom) {
		return paramCX(2005, "from must have 3 to 15 characters")
	}
	ttl, err := numberCX(o, "ttl", defaultTTL, minTTL, maxTTL, 2007)
	if err != nil {
		return err
	}
	if n.MaxTries, err = numberCX(o, "maxAttempts", defaultTries, minTries, maxTries, 2010); err != nil {
		return err
	}
	kind, err := textCX(o, "pinType", 2013, false)
	if err != nil {
		return err
	}
	if kind == "" {
		kind = "numbers"
	}
	var known bool
	if n.Alphabet, known = alphabetsCX[kind]; !known {
		return paramCX(2014, "pinType must be letters, numbers or alphanumeric")
	}
	if n.Length, err = numberCX(o, "pinLength", defaultPIN, minPIN, maxPIN, 2015); err != nil {
		return err
	}
	if n.CustomID, err = o.String("trackId"); err != nil || n.CustomID != "" && !lowerUUID.MatchString(n.CustomID) {
		return paramCX(2018, "trackId must be a UUID in small letters")
	}
	if n.Callback, err = o.String("otpCallbackUrl"); err != nil || n.Callback != "" && !isURL(n.Callback) {
		return paramCX(2019, "otpCallbackUrl must be a URL, http or https")
	}
	if n.Template, err = t.template(o, n); err != nil {
		return err
	}
	n.Lifetime = time.Duration(ttl) * time.Second
	started, err := t.Gateway.StartVerification(r.Request().Context(), n)
	if err != nil {
		return err
	}
	v := started.Verification
	v.Parts = started.Parts
	return r.JSON(http.StatusCreated, t.otp(v))
}

// template returns the text for the language of the number's country, if there
// is one for it, else the general one.
func (t SMSCX) template(o *body.Object, n gateway.NewVerification) (string, error) {
	text, err := textCX(o, "template", 2006, false)
	if err != nil {
		return "", err
	}
	if to, err := gateway.ParseMSISDN(n.To, cmp.Or(n.Country, t.Country)); err == nil {
		language, _, _ := strings.Cut(gateway.LocaleOf(to.Region()), "-")
		own, err := textCX(o, "template_"+language, 2006, false)
		if err != nil {
			return "", err
		}
		text = cmp.Or(own, text)
	}
	text = cmp.Or(text, defaultTemplateCX)
	if !strings.Contains(text, "{{pin}}") {
		return "", paramCX(2006, "the template must contain {{pin}}")
	}
	text = placeholderCX.ReplaceAllStringFunc(text, func(p string) string {
		m := placeholderCX.FindStringSubmatch(p)
		if m[1] == "today" {
			return time.Now().UTC().Format(time.DateOnly)
		}
		size, err := strconv.Atoi(m[2])
		if err != nil || size < 1 || size > 20 {
			size = 4
		}
		return gateway.RandomText(alphabetsCX[m[1]], size)
	})
	return strings.ReplaceAll(text, "{{pin}}", "{code}"), nil
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && len(s) <= 500
}

func readCX(r requestCX) (*body.Object, error) {
	if !isJSON(r.Request().Header.Get(echo.HeaderContentType)) {
		return nil, &body.Error{Message: "send the request body as JSON"}
	}
	return body.Read(r.Request().Body)
}

// textCX reads a text. One that is there and empty, or is missing though it is
// needed, has a number of its own.
func textCX(o *body.Object, name string, empty int, needed bool) (string, error) {
	s, err := o.String(name)
	if err != nil {
		return "", paramCX(empty, err.Error())
	}
	if s == "" && (needed || o.Has(name)) {
		return "", paramCX(empty, name+" is empty")
	}
	return s, nil
}

// numberCX reads a number, whose three errors are numbered one after the other:
// no number, too small, too large.
func numberCX(o *body.Object, name string, otherwise, least, most, code int) (int, error) {
	n, ok, err := o.Int(name)
	switch {
	case err != nil:
		return 0, paramCX(code, err.Error())
	case !ok && o.Has(name):
		return 0, paramCX(code, name+" must be a number")
	case !ok:
		return otherwise, nil
	case n < int64(least):
		return 0, paramCX(code+1, fmt.Sprintf("%s must be at least %d", name, least))
	case n > int64(most):
		return 0, paramCX(code+2, fmt.Sprintf("%s must be at most %d", name, most))
	}
	return int(n), nil
}

// find returns a verification of the caller.
func (t SMSCX) find(r requestCX) (gateway.Verification, error) {
	missing := failCX(http.StatusNotFound, "not_found", codeNoOTP, "there is no OTP with this id")
	id := r.Param("id")
	if !lowerUUID.MatchString(id) {
		return gateway.Verification{}, missing
	}
	v, err := t.Gateway.Verification(r.Request().Context(), id)
	if gateway.ErrorCode(err) == gateway.NotFound || err == nil && (v.App != r.key.App || v.Purpose != purposeSMSCX) {
		return gateway.Verification{}, missing
	}
	return v, err
}

func (t SMSCX) show(r requestCX) error {
	v, err := t.find(r)
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, t.otp(v))
}

func (t SMSCX) check(r requestCX) error {
	o, err := readCX(r)
	if err != nil {
		return err
	}
	v, err := t.find(r)
	if err != nil {
		return err
	}
	pin, err := o.Digits("pin", 0)
	if err != nil {
		return paramCX(2022, err.Error())
	}
	if strings.TrimSpace(pin) == "" {
		return paramCX(2022, "pin is empty")
	}
	bad := func(kind string, code int, message string) error {
		return failCX(http.StatusBadRequest, kind, code, message)
	}
	switch v.State {
	case gateway.Verified:
		return bad("otp_verified", 2023, "the OTP has been verified")
	case gateway.VerificationCanceled:
		return bad("otp_cancelled", 2024, "the OTP was cancelled")
	case gateway.VerificationExpired:
		return bad("otp_expired", 2025, "the OTP has expired")
	case gateway.Exhausted:
		return bad("otp_failed", 2026, "the OTP has failed: all tries are used")
	}
	_, verdict, err := t.Gateway.CheckVerification(r.Request().Context(),
		gateway.Check{App: r.key.App, Purpose: purposeSMSCX, ID: v.ID, Code: pin})
	if err != nil {
		return err
	}
	switch verdict {
	case gateway.Right:
		return r.JSON(http.StatusOK, map[string]string{"status": "VERIFIED"})
	case gateway.Spent:
		return bad("otp_failed", 2027, "the PIN is wrong, and all tries are used")
	case gateway.Lapsed:
		return bad("otp_expired", 2028, "the PIN has expired")
	case gateway.Used:
		return bad("otp_verified", 2023, "the OTP has been verified")
	case gateway.Stopped:
		return bad("otp_cancelled", 2024, "the OTP was cancelled")
	case gateway.Locked:
		return failCX(http.StatusTooManyRequests, "rate_limit", codeRate, "too many wrong PINs for this number: try again later")
	}
	return bad("invalid_pin", 2029, "the PIN is wrong")
}

func (t SMSCX) cancel(r requestCX) error {
	v, err := t.find(r)
	if err != nil {
		return err
	}
	denied := func(code int, message string) error {
		return failCX(http.StatusForbidden, "access_denied", code, message)
	}
	if v.State == gateway.VerificationCanceled {
		return denied(2030, "the OTP was cancelled before")
	}
	_, err = t.Gateway.CancelVerification(r.Request().Context(), r.key.App, v.ID)
	if gateway.ErrorCode(err) == gateway.Conflict {
		return denied(2031, "the OTP is not pending")
	}
	if err != nil {
		return err
	}
	return r.JSON(http.StatusOK, map[string]any{"info": map[string]string{"id": v.ID}})
}
