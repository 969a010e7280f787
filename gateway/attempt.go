package gateway

import "time"

// Attempt is one try to bring a code to a person: one send, one call.
type Attempt struct {
	N       int // from 1
	Step    int // of the workflow, from 0
	Channel Channel
	Message int64  // with sms: its message, 0 where none could be made
	State   State  // of the message
	Reason  string // why this attempt was made
	Cause   string // of its failure
	At      time.Time
}

// The reasons of attempts.
const (
	reasonAsked   = "asked for"
	reasonAgain   = "asked for again"
	reasonUnknown = "the outcome of the one before is unknown"
	reasonTime    = "no answer in the time of the step before"
	reasonFailed  = "the step before failed"
)
