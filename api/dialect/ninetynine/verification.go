package ninetynine

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"simgate/api/dialect"
	"simgate/gateway"
	"simgate/gateway/key"
	"simgate/gateway/msisdn"
)

const purpose = "99digital"

// mark is the place of the code in the text of a caller.
const mark = "##code##"

// lifetime is fixed by the service.
const lifetime = 10 * time.Minute

// The states of a check.
const (
	checkRight   = 1
	checkWrong   = 2
	checkNothing = 3
)

// checked is the answer to a check.
type checked struct {
	Status int    `json:"status"`
	Phone  string `json:"phone"`
	Reason int    `json:"reason,omitempty"` // ours: 6, for a bad key
}

// isCheck reports whether a request is a check and not a send, which have the same
// path: a check has a code, and apps may send the sender with it.
func isCheck(fields url.Values) bool {
	return fields.Get("code") != "" || fields.Has("code") && fields.Get("from") == ""
}

func (t server) verify(f form) (any, error) {
	if isCheck(f.Values) {
		return t.check(f)
	}
	if err := f.need(key.SendCodes); err != nil {
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
	started, err := t.Gateway.StartVerification(f, gateway.NewVerification{App: f.key.App, To: trimList(f.Get("to")), Reading: msisdn.NationalFirst(t.Country),
		Purpose: purpose, Template: template, Mark: mark, Lifetime: lifetime, Origin: f.origin(unique, trimList(f.Get("to"))), Patient: true})
	if err != nil {
		return nil, err
	}
	if id := started.Verification.Origin.Request; started.Resent && id != "" {
		unique = id // the messages have that of the first request
	}
	return sent{Status: "OK", Unique: unique, Timestamp: time.Now().Unix(), From: f.Get("from"), Reason: reasonNone}, nil
}

func (t server) check(f form) (any, error) {
	a := checked{Status: checkNothing, Phone: shorten(f.Get("to"))}
	if err := f.need(key.CheckCodes); err != nil {
		a.Reason = reasonKey
		return a, nil //nolint:nilerr // it is in the answer
	}
	_, verdict, err := t.Gateway.CheckVerification(f, gateway.Check{App: f.key.App, To: trimList(f.Get("to")), Reading: msisdn.NationalFirst(t.Country),
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
