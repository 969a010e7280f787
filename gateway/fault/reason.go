package fault

import (
	"fmt"
	"time"
)

// Reason says which rule refused a verification, for programs. It is for the
// owner of the key, not for the person whose number it is.
type Reason string

// The reasons of refusals, with the code of their error.
const (
	TooSoon        Reason = "too_soon"        // RateLimited: wait before the code is sent again
	TooManySends   Reason = "too_many_sends"  // RateLimited: this verification has had all its sends
	LimitNumber    Reason = "limit_number"    // RateLimited: too many codes to this number
	LimitPrefix    Reason = "limit_prefix"    // RateLimited: too many unanswered codes to the numbers around it
	LimitRun       Reason = "limit_run"       // RateLimited: one number after the other is asked for
	LimitCountry   Reason = "limit_country"   // RateLimited: too many unanswered codes to its country
	LimitKey       Reason = "limit_key"       // RateLimited: too many codes, or wrong codes, of this app
	LimitClient    Reason = "limit_client"    // RateLimited: too many codes, or wrong codes, of this client address
	LockedNumber   Reason = "locked"          // RateLimited: too many wrong codes for this number
	CountryClosed  Reason = "country"         // Forbidden: not a country that codes go to
	KindRefused    Reason = "number_kind"     // Forbidden: premium rate, shared cost and the like; Invalid: in no range that is in use
	FixedLine      Reason = "fixed_line"      // Forbidden: codes by SMS do not go there, a call does
	BlockedNumber  Reason = "blocked"         // Forbidden: blocked by the operator or by the guard
	BudgetKey      Reason = "budget_key"      // RateLimited: what the API key may send, or spend, is used up
	OptedOut       Reason = "opted_out"       // Forbidden: the number wants no messages
	AlreadyPending Reason = "already_pending" // Conflict, with Exclusive
	NotPending     Reason = "not_pending"     // Conflict: it has ended
)

// NewLimited returns a [RateLimited] error whose text is a message and how long to wait,
// at least a second.
func NewLimited(r Reason, wait time.Duration, message string) *Error {
	wait = max(wait, time.Second)
	return &Error{Code: RateLimited, Reason: r, RetryAfter: wait, Message: message + ": try again in " + Wait(wait)}
}

// Wait returns a duration in words, rounded up: "1 second", "90 seconds", "3 minutes".
func Wait(d time.Duration) string {
	if d > 2*time.Hour {
		return fmt.Sprintf("%d hours", int((d+time.Hour-1)/time.Hour))
	}
	if d > 2*time.Minute {
		return fmt.Sprintf("%d minutes", int((d+time.Minute-1)/time.Minute))
	}
	if d <= time.Second {
		return "1 second"
	}
	return fmt.Sprintf("%d seconds", int((d+time.Second-1)/time.Second))
}
