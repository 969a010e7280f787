package fault

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

// Error is a failure that the caller sees.
type Error struct {
	Code       Code
	Field      string        // the invalid field of the request, "" for none
	Message    string        // for the caller: what is wrong and what to do
	Err        error         // the cause, for the log only
	RetryAfter time.Duration // with RateLimited and Unavailable, where it is known
	Reason     Reason        // the limit or rule that refused, "" for none
}

// Error returns the message and the cause, for the log.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of err, [Internal] for an error of another type and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// MessageOf returns the text of err that the caller may see. Of an internal error
// and of an error of another type it shows nothing.
func MessageOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Code != Internal {
		return e.Message
	}
	return "something went wrong inside the gateway; its log tells what"
}

// NewInvalid returns an [Invalid] error about a field of the request.
func NewInvalid(field, message string) error {
	return &Error{Code: Invalid, Field: field, Message: message}
}

// NewNotFound returns a [NotFound] error.
func NewNotFound(message string) error {
	return &Error{Code: NotFound, Message: message}
}
