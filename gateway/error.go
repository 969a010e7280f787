package gateway

import (
	"errors"
	"time"
)

// Code says what kind of thing went wrong, for programs.
type Code string

// The codes of an [Error].
const (
	Invalid         Code = "invalid"         // the request is wrong; repeating it will not help
	Unauthenticated Code = "unauthenticated" // no key, or not a key of ours
	Forbidden       Code = "forbidden"       // the key may not do this
	NotFound        Code = "not_found"
	Conflict        Code = "conflict"     // true of the request, not of the moment's state
	RateLimited     Code = "rate_limited" // too much too soon; RetryAfter says when
	Expired         Code = "expired"
	Unavailable     Code = "unavailable" // the gateway cannot now; the same request may work later
	Internal        Code = "internal"    // our fault; the text is not for callers
)

// Error is a failure that a caller is told about.
type Error struct {
	Code       Code
	Field      string        // the field of the request that is at fault, if one is
	Message    string        // for the person who called: what is wrong and what to do
	Err        error         // the cause, for the log
	RetryAfter time.Duration // with RateLimited and Unavailable, where it is known
	Reason     Reason        // of a refusal by a limit or by the guard
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// ErrorCode returns the code of err, [Internal] for a foreign error and "" for nil.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// ErrorMessage returns what may be shown of err to the person who called.
// Of a foreign error nothing is shown.
func ErrorMessage(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Code != Internal {
		return e.Message
	}
	return "something went wrong inside the gateway; its log tells what"
}

func invalid(field, message string) error {
	return &Error{Code: Invalid, Field: field, Message: message}
}

func notFound(message string) error {
	return &Error{Code: NotFound, Message: message}
}
