package gateway

// Reason says for programs why a verification was refused. It is for the owner
// of the key, not for the person whose number it is.
type Reason string

// The reasons of refusals.
const (
	TooSoon        Reason = "too_soon"        // RateLimited: wait before the code is sent again
	TooManySends   Reason = "too_many_sends"  // RateLimited: this verification has had all its sends
	LimitNumber    Reason = "limit_number"    // RateLimited: too many codes to this number
	LimitPrefix    Reason = "limit_prefix"    // RateLimited: too many unanswered codes to the numbers around it
	LimitCountry   Reason = "limit_country"   // RateLimited: too many unanswered codes to its country
	LimitKey       Reason = "limit_key"       // RateLimited: too many codes, or wrong codes, of this app
	LimitClient    Reason = "limit_client"    // RateLimited: too many codes, or wrong codes, of this client address
	LockedNumber   Reason = "locked"          // RateLimited: too many wrong codes for this number
	CountryClosed  Reason = "country"         // Forbidden: not a country that codes go to
	KindRefused    Reason = "number_kind"     // Forbidden: premium rate, shared cost and the like
	BlockedNumber  Reason = "blocked"         // Forbidden: blocked by the operator or by the guard
	AlreadyPending Reason = "already_pending" // Conflict, with Exclusive
	NotPending     Reason = "not_pending"     // Conflict: it has ended
)
