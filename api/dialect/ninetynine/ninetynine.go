// Package ninetynine is the dialect of 99digital's "Verify SMS": forms, one address
// for sending and for checking, and the key in a field.
//
// Where nothing public pins a behaviour, the choice is ours: every answer has the
// status 200; a check that is not right is 2 where the code is wrong and 3 where
// there is nothing to check, a bad key with reason 6 beside it; what has no reason of
// its own is 5, with the cause in an extra field; messages whose state is not final
// are not listed in a delivery status.
package ninetynine

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"simgate/api/body"
	"simgate/api/dialect"
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
)

type server struct{ dialect.Env }

// New returns the dialect. Local numbers are those of Israel, where the service is,
// unless the configuration names a country.
func New(env dialect.Env) dialect.Dialect {
	env.Country = cmp.Or(env.Country, "IL")
	t := server{env}
	return dialect.Dialect{Name: "99digital", Bases: []string{""}, Root: []string{""},
		Owns: []string{"/sms/verifySMS", "/sms/sendMessage", "/sms/deliveryStatus"},
		Routes: []dialect.Route{
			{Method: http.MethodPost, Path: "/sms/verifySMS", Handler: t.handle(t.verify)},
			{Method: http.MethodPost, Path: "/sms/sendMessage", Handler: t.handle(t.send)},
			{Method: http.MethodPost, Path: "/sms/deliveryStatus", Handler: t.handle(t.delivery)},
		}, Fail: fail, News: t.news()}
}

const purpose = "99digital"

// mark stands for the code in the text of a caller.
const mark = "##code##"

// lifetime is fixed by the service.
const lifetime = 10 * time.Minute

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

// The states of a check.
const (
	checkRight   = 1
	checkWrong   = 2
	checkNothing = 3
)

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

// checked is the answer to a check.
type checked struct {
	Status int    `json:"status"`
	Phone  string `json:"phone"`
	Reason int    `json:"reason,omitempty"` // ours: 6, for a bad key
}

// failure is a reason with its cause in words.
type failure struct {
	reason int
	text   string
}

func (f *failure) Error() string { return f.text }

func fail(c echo.Context, f dialect.Failure) error {
	return c.JSON(http.StatusOK, failed(c.Request().PostForm.Get("from"), &failure{reasonOther, f.Message}))
}

// shorten is what is handed back of a field: enough for any that was meant well.
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

// form is a request.
type form struct {
	context.Context
	url.Values
	key gateway.Key
}

func (t server) handle(do func(form) (any, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		fields, err := body.ReadForm(c.Request())
		if err != nil {
			return c.JSON(http.StatusOK, failed("", err))
		}
		from := fields.Get("from")
		key, err := t.Authenticate(ctx, fields.Get("apiKey"))
		if dialect.IsFault(err) {
			return err
		}
		if err != nil {
			if isCheck(fields) && strings.HasSuffix(c.Path(), "/verifySMS") {
				return c.JSON(http.StatusOK, checked{checkNothing, shorten(fields.Get("to")), reasonKey})
			}
			return c.JSON(http.StatusOK, failed(from, &failure{reasonKey, fault.MessageOf(err)}))
		}
		answer, err := do(form{ctx, fields, key})
		if _, refused := errors.AsType[*failure](err); !refused && dialect.IsFault(err) {
			return err
		}
		if err != nil {
			return c.JSON(http.StatusOK, failed(from, err))
		}
		return c.JSON(http.StatusOK, answer)
	}
}

// isCheck tells the two calls of one address apart: a check has a code and no
// sender.
func isCheck(fields url.Values) bool { return fields.Has("code") && fields.Get("from") == "" }

func (t server) verify(f form) (any, error) {
	if isCheck(f.Values) {
		return t.check(f)
	}
	if err := f.need(gateway.ScopeCodesSend); err != nil {
		return nil, err
	}
	if err := f.addressed(); err != nil {
		return nil, err
	}
	template := cmp.Or(f.Get("message"), "Your verification code is: "+mark)
	if !strings.Contains(template, mark) {
		return nil, &failure{reasonNoMarkers, "the message does not contain " + mark}
	}
	unique := newUnique()
	started, err := t.Gateway.StartVerification(f, gateway.NewVerification{App: f.key.App, To: f.Get("to"), Country: t.Country,
		Purpose: purpose, Template: template, Mark: mark, Lifetime: lifetime, CustomID: customUnique(unique)})
	if err != nil {
		return nil, err
	}
	if id := started.Verification.CustomID; started.Resent && id != "" {
		unique = strings.TrimPrefix(id, uniquePrefix) // its messages are known by the first
	}
	return sent{Status: "OK", Unique: unique, Timestamp: time.Now().Unix(), From: f.Get("from"), Reason: reasonNone}, nil
}

func (t server) check(f form) (any, error) {
	a := checked{Status: checkNothing, Phone: shorten(f.Get("to"))}
	if err := f.need(gateway.ScopeCodesCheck); err != nil {
		a.Reason = reasonKey
		return a, nil //nolint:nilerr // told in the answer
	}
	_, verdict, err := t.Gateway.CheckVerification(f, gateway.Check{App: f.key.App, To: f.Get("to"), Country: t.Country,
		Purpose: purpose, Code: f.Get("code")})
	switch {
	case dialect.IsFault(err):
		return nil, err
	case err == nil && verdict == gateway.Right:
		a.Status = checkRight
	case err == nil && verdict == gateway.Wrong:
		a.Status = checkWrong
	}
	return a, nil
}

// maxText bounds the text of the plain send, in characters.
const maxText = 1000

func (t server) send(f form) (any, error) {
	if err := f.need(gateway.ScopeMessagesSend); err != nil {
		return nil, err
	}
	if err := f.addressed(); err != nil {
		return nil, err
	}
	text := strings.ReplaceAll(f.Get("text"), `\n`, "\n")
	switch {
	case strings.TrimSpace(text) == "":
		return nil, &failure{reasonNoText, "the text is missing"}
	case len([]rune(text)) > maxText:
		return nil, &failure{reasonTooLong, fmt.Sprintf("the text is longer than %d characters", maxText)}
	}
	var all []gateway.NewMessage
	unique := newUnique()
	for to := range strings.SplitSeq(f.Get("to"), ",") {
		number, err := msisdn.Parse(strings.TrimSpace(to), t.Country)
		if err != nil {
			return nil, err
		}
		all = append(all, gateway.NewMessage{App: f.key.App, To: string(number), Text: text, CustomID: customUnique(unique)})
	}
	if _, err := t.Gateway.SendAll(f, all); err != nil {
		return nil, err
	}
	return sent{Status: "OK", Unique: unique, Timestamp: time.Now().Unix(), From: f.Get("from"), Text: text, Reason: reasonNone}, nil
}

// delivered is one line of a delivery status.
type delivered struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Code     int    `json:"code"`
	HeText   string `json:"he_message"`
	EnText   string `json:"en_message"`
	Date     string `json:"date"`
	Operator string `json:"operator"`
}

// outcomes are the codes for what became of a message; what is not here has
// not ended.
var outcomes = map[gateway.State]struct {
	code   int
	he, en string
}{
	gateway.Delivered:   {0, "נמסר", "delivered"},
	gateway.Undelivered: {14, "לא נמסר על ידי המפעיל", "not delivered by the operator"},
	gateway.Failed:      {1, "נכשל", "failed"},
	gateway.ExpiredOut:  {103, "פג תוקף", "gave up after retries"},
	gateway.Cancelled:   {1, "בוטל", "cancelled"},
}

func (t server) delivery(f form) (any, error) {
	// Who may send may know what became of it.
	if !f.key.Allows(gateway.ScopeMessagesSend) && !f.key.Allows(gateway.ScopeCodesSend) {
		if err := f.need(gateway.ScopeRead); err != nil {
			return nil, err
		}
	}
	list := []delivered{}
	unique := f.Get("unique")
	if unique == "" {
		return list, nil
	}
	messages, err := t.Gateway.Messages(f, gateway.MessageFilter{App: f.key.App, CustomID: customUnique(unique), Limit: 500})
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		if o, ended := outcomes[m.State]; ended {
			list = append(list, delivered{To: string(m.To), Code: o.code, HeText: o.he, EnText: o.en, Date: m.Ended.Local().Format("02/01/06 15:04")})
		}
	}
	return list, nil
}

// need refuses a key without the scope.
func (f form) need(scope gateway.Scope) error {
	if f.key.Allows(scope) {
		return nil
	}
	return &failure{reasonKey, "this API key does not have the scope " + string(scope) + ", which this call needs"}
}

// addressed checks who sends, which a SIM cannot change, and to whom.
func (f form) addressed() error {
	from, to := f.Get("from"), strings.TrimSpace(f.Get("to"))
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

// uniquePrefix keeps the numbers of this dialect apart from others' own ids.
const uniquePrefix = "99digital:"

func customUnique(unique string) string { return uniquePrefix + unique }

// newUnique returns the digits by which a caller asks for delivery later on.
func newUnique() string {
	n, err := rand.Int(rand.Reader, big.NewInt(9_000_000_000_000))
	if err != nil {
		panic(err) // crypto/rand ends the program itself before it returns one
	}
	return n.Add(n, big.NewInt(1_000_000_000_000)).String()
}
