package compat

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
	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
)

// NinetyNine is the dialect of 99digital's "Verify SMS": forms, one address for
// sending and for checking, and the key in a field.
//
// Where nothing public pins a behaviour, the choice is ours: every answer has
// the status 200; a check that is not right is 2 where the code is wrong and 3
// where there is nothing to check, a bad key with reason 6 beside it; what has
// no reason of its own is 5, with the cause in an extra field; a delivery status
// that is not final yet is not listed.
type NinetyNine struct {
	Gateway *gateway.Gateway
	// Country is that of local numbers: 0501234567.
	Country string
}

const purposeNinetyNine = "99digital"

// mark99 stands for the code in the text of a caller.
const mark99 = "##code##"

// lifetimeNinetyNine is fixed by the service.
const lifetimeNinetyNine = 10 * time.Minute

// Mount adds the routes to e, at the root and under /99digital.
func (t NinetyNine) Mount(e *echo.Echo) {
	for _, prefix := range []string{"", "/99digital"} {
		e.POST(prefix+"/sms/verifySMS", t.handle(t.verify))
		e.POST(prefix+"/sms/sendMessage", t.handle(t.send))
		e.POST(prefix+"/sms/deliveryStatus", t.handle(t.delivery))
	}
}

// Owns reports whether a path belongs to the dialect.
func (NinetyNine) Owns(path string) bool {
	switch strings.TrimPrefix(path, "/99digital") {
	case "/sms/verifySMS", "/sms/sendMessage", "/sms/deliveryStatus":
		return true
	}
	return path == "/99digital" || strings.HasPrefix(path, "/99digital/")
}

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

// sent99 is the answer to a send.
type sent99 struct {
	Status    string `json:"status"`
	Unique    string `json:"unique"`
	Timestamp int64  `json:"timestamp"`
	From      string `json:"from"`
	Text      string `json:"text,omitempty"`
	Reason    int    `json:"reason"`
	Message   string `json:"message,omitempty"` // ours: what is wrong, in words
}

// checked99 is the answer to a check.
type checked99 struct {
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

// Error answers in the dialect to what no handler got.
func (NinetyNine) Error(c echo.Context, _ int, message string) error {
	return c.JSON(http.StatusOK, failed99(c.Request().PostForm.Get("from"), &failure{reasonOther, message}))
}

// echo99 is what is handed back of a field: enough for any that was meant well.
func echo99(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

func failed99(from string, err error) sent99 {
	a := sent99{Status: "FAIL", Timestamp: time.Now().Unix(), From: echo99(from), Reason: reasonOther, Message: explain(err)}
	if f, ok := errors.AsType[*failure](err); ok {
		a.Reason, a.Message = f.reason, f.text
	}
	return a
}

// form99 is a request.
type form99 struct {
	context.Context
	url.Values
	key gateway.Key
}

func (t NinetyNine) handle(do func(form99) (any, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		fields, err := readForm(c.Request())
		if err != nil {
			return c.JSON(http.StatusOK, failed99("", err))
		}
		from := fields.Get("from")
		key, err := t.Gateway.Authenticate(ctx, strings.TrimSpace(fields.Get("apiKey")))
		if isFault(err) {
			return err
		}
		if err != nil {
			if isCheck(fields) && strings.HasSuffix(c.Path(), "/verifySMS") {
				return c.JSON(http.StatusOK, checked99{checkNothing, echo99(fields.Get("to")), reasonKey})
			}
			return c.JSON(http.StatusOK, failed99(from, &failure{reasonKey, fault.MessageOf(err)}))
		}
		answer, err := do(form99{ctx, fields, key})
		if _, refused := errors.AsType[*failure](err); !refused && isFault(err) {
			return err
		}
		if err != nil {
			return c.JSON(http.StatusOK, failed99(from, err))
		}
		return c.JSON(http.StatusOK, answer)
	}
}

// isCheck tells the two calls of one address apart: a check has a code and no
// sender.
func isCheck(fields url.Values) bool { return fields.Has("code") && fields.Get("from") == "" }

func (t NinetyNine) verify(f form99) (any, error) {
	if isCheck(f.Values) {
		return t.check(f)
	}
	if err := f.need(gateway.ScopeCodesSend); err != nil {
		return nil, err
	}
	if err := f.addressed(); err != nil {
		return nil, err
	}
	template := cmp.Or(f.Get("message"), "Your verification code is: "+mark99)
	if !strings.Contains(template, mark99) {
		return nil, &failure{reasonNoMarkers, "the message does not contain " + mark99}
	}
	unique := newUnique()
	started, err := t.Gateway.StartVerification(f, gateway.NewVerification{App: f.key.App, To: f.Get("to"), Country: t.Country,
		Purpose: purposeNinetyNine, Template: template, Mark: mark99, Lifetime: lifetimeNinetyNine, CustomID: customUnique(unique)})
	if err != nil {
		return nil, err
	}
	if id := started.Verification.CustomID; started.Resent && id != "" {
		unique = strings.TrimPrefix(id, uniquePrefix) // its messages are known by the first
	}
	return sent99{Status: "OK", Unique: unique, Timestamp: time.Now().Unix(), From: f.Get("from"), Reason: reasonNone}, nil
}

func (t NinetyNine) check(f form99) (any, error) {
	a := checked99{Status: checkNothing, Phone: echo99(f.Get("to"))}
	if err := f.need(gateway.ScopeCodesCheck); err != nil {
		a.Reason = reasonKey
		return a, nil //nolint:nilerr // told in the answer
	}
	_, verdict, err := t.Gateway.CheckVerification(f, gateway.Check{App: f.key.App, To: f.Get("to"), Country: t.Country,
		Purpose: purposeNinetyNine, Code: f.Get("code")})
	switch {
	case isFault(err):
		return nil, err
	case err == nil && verdict == gateway.Right:
		a.Status = checkRight
	case err == nil && verdict == gateway.Wrong:
		a.Status = checkWrong
	}
	return a, nil
}

// maxText99 bounds the text of the plain send, in characters.
const maxText99 = 1000

func (t NinetyNine) send(f form99) (any, error) {
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
	case len([]rune(text)) > maxText99:
		return nil, &failure{reasonTooLong, fmt.Sprintf("the text is longer than %d characters", maxText99)}
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
	return sent99{Status: "OK", Unique: unique, Timestamp: time.Now().Unix(), From: f.Get("from"), Text: text, Reason: reasonNone}, nil
}

// delivered99 is one line of a delivery status.
type delivered99 struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Code     int    `json:"code"`
	HeText   string `json:"he_message"`
	EnText   string `json:"en_message"`
	Date     string `json:"date"`
	Operator string `json:"operator"`
}

// outcomes99 are the codes for what became of a message; what is not here has
// not ended.
var outcomes99 = map[gateway.State]struct {
	code   int
	he, en string
}{
	gateway.Delivered:   {0, "נמסר", "delivered"},
	gateway.Undelivered: {14, "לא נמסר על ידי המפעיל", "not delivered by the operator"},
	gateway.Failed:      {1, "נכשל", "failed"},
	gateway.ExpiredOut:  {103, "פג תוקף", "gave up after retries"},
	gateway.Cancelled:   {1, "בוטל", "cancelled"},
}

func (t NinetyNine) delivery(f form99) (any, error) {
	// Who may send may know what became of it.
	if !f.key.Allows(gateway.ScopeMessagesSend) && !f.key.Allows(gateway.ScopeCodesSend) {
		if err := f.need(gateway.ScopeRead); err != nil {
			return nil, err
		}
	}
	list := []delivered99{}
	unique := f.Get("unique")
	if unique == "" {
		return list, nil
	}
	messages, err := t.Gateway.Messages(f, gateway.MessageFilter{App: f.key.App, CustomID: customUnique(unique), Limit: 500})
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		if o, ended := outcomes99[m.State]; ended {
			list = append(list, delivered99{To: string(m.To), Code: o.code, HeText: o.he, EnText: o.en, Date: m.Ended.Local().Format("02/01/06 15:04")})
		}
	}
	return list, nil
}

// need refuses a key without the scope.
func (f form99) need(scope gateway.Scope) error {
	if f.key.Allows(scope) {
		return nil
	}
	return &failure{reasonKey, "this API key does not have the scope " + string(scope) + ", which this call needs"}
}

// addressed checks who sends, which a SIM cannot change, and to whom.
func (f form99) addressed() error {
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
