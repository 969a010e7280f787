package cause

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"simgate/gateway/fault"
)

// Code names a cause for programs, as in "expired" or "cms_38". It never changes its meaning.
type Code string

// Cause is why something is in its state. The zero Cause is none.
type Cause struct {
	Code Code
	Text string // a sentence for people
}

// String returns the sentence.
func (c Cause) String() string { return c.Text }

// Kind describes the causes with a code.
type Kind struct {
	Code Code
	// Text is the sentence of such causes; each %s in it stands for what differs.
	Text  string
	Means string // what Text does not say; "" nothing
	Do    string // what to do about it

	// Numbered says that there is a code for each number, as cms_38 of cms. Those that are
	// known have a kind of their own.
	Numbered bool
}

// With returns the cause with a code of this package, with values in the places of %s in its
// sentence.
func (c Code) With(values ...any) Cause {
	k, _ := Find(kinds, c) // a test makes all
	return k.With(values...)
}

// Number returns the cause with a number of a code of which there is one for each, with values
// in the places of %s in its sentence.
func (c Code) Number(number int, values ...any) Cause {
	numbered := c.With(values...)
	numbered.Code += Code("_" + strconv.Itoa(number))
	return numbered
}

// With returns a cause of a kind, with values in the places of %s in its sentence.
func (k Kind) With(values ...any) Cause {
	if len(values) == 0 {
		return Cause{k.Code, k.Text}
	}
	texts := make([]any, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
	}
	return Cause{k.Code, fmt.Sprintf(k.Text, texts...)}
}

// Error is an error that people may be shown as it is, and that has a cause.
type Error struct{ Cause Cause }

func (e *Error) Error() string { return e.Cause.Text }

// Of returns the cause that an error has: that of an [Error], or for one of package fault its
// reason, or its code where it has none.
func Of(err error) Cause {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Cause
	}
	c := Code(fault.CodeOf(err))
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Reason != "" {
		c = Code(e.Reason)
	}
	return Cause{c, fault.MessageOf(err)}
}

// Answered returns the cause that is an answer with a status of HTTP: of a receiver of webhooks,
// or of a server that passes on what the owner is told.
func Answered(status int) Cause {
	if status == http.StatusGone {
		return HTTPGone.With()
	}
	return HTTP.Number(status, status)
}

// NoAnswer returns the cause that is an error of a request that got no answer within a time, or
// was not made for an [Error]. It does not name the URL, which may hold secrets.
func NoAnswer(err error, within time.Duration) Cause {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Cause
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return Timeout.With(within)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return UnknownHost.With(dns.Err)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return Unreachable.With(op.Err)
	}
	return NoHTTP.With()
}

// Find returns the kind with a code, or that of its number; false where there is none.
func Find(kinds []Kind, c Code) (Kind, bool) {
	for _, k := range kinds {
		if k.Code == c {
			return k, true
		}
	}
	family, number, ok := strings.Cut(string(c), "_")
	if !ok || strings.Trim(number, "0123456789abcdef") != "" {
		return Kind{}, false
	}
	for _, k := range kinds {
		if k.Numbered && k.Code == Code(family) {
			return k, true
		}
	}
	return Kind{}, false
}
