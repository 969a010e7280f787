package gateway

import (
	"errors"
	"slices"

	"simgate/gateway/store"
)

// State is the state of a message or of one of its parts.
//
//	Queued --> Sending --> Sent -------> Delivered | Undelivered
//	  |  ^      |  |        ^               ^            ^
//	  |  '------'  |        |               |            |
//	  |            '----> Unknown ----------'------------'
//	  |            |        |
//	  '------------'--------'--> Failed
//	  |
//	  '--> ExpiredOut | Cancelled
//
// Sending is written, durably, before the first octet of the PDU. It goes back to
// Queued where the part was not sent for certain, or where the message has another
// part. Unknown means that the PDU was handed over and no answer came; it ends
// when a late answer or a status report says what became of it. A message whose
// last answer comes after the status reports goes from Sending to Delivered or
// Undelivered at once. Failed means that the modem or the network refused it, or
// that it cannot be encoded. What is ExpiredOut or Cancelled never left.
type State string

// The states of a message and of a part.
const (
	Queued      State = "queued"
	Sending     State = "sending"
	Sent        State = "sent"
	Delivered   State = "delivered"
	Undelivered State = "undelivered"
	Failed      State = "failed"
	Unknown     State = "unknown"
	ExpiredOut  State = "expired"
	Cancelled   State = "cancelled"
)

// States lists all states; the schema checks for the same.
var States = []State{Queued, Sending, Sent, Delivered, Undelivered, Failed, Unknown, ExpiredOut, Cancelled}

var transitions = map[State][]State{
	Queued:  {Sending, Failed, ExpiredOut, Cancelled},
	Sending: {Queued, Sent, Failed, Unknown, Delivered, Undelivered},
	Sent:    {Delivered, Undelivered},
	Unknown: {Sent, Failed, Delivered, Undelivered},
}

// May reports whether a message or a part in state s may change to state next.
func (s State) May(next State) bool { return slices.Contains(transitions[s], next) }

// worst is the order in which the state of a part decides that of its message.
var worst = []State{Failed, Undelivered, Unknown, Sending, Sent, Delivered}

// summary returns the state of a message all of whose parts have been handed
// to a modem.
func summary(parts []State) State {
	for _, s := range worst {
		if slices.Contains(parts, s) {
			return s
		}
	}
	return Queued
}

// Valid reports whether s is one of the states.
func (s State) Valid() bool { return slices.Contains(States, s) }

// hopeless reports whether a code that went out like this will not arrive.
func (s State) hopeless() bool {
	return s == Failed || s == Undelivered || s == ExpiredOut
}

// The nouns that have states. Their states are changed here and nowhere else.
var (
	messages      = store.NewNoun("message", States, State.May)
	parts         = store.NewNoun("part", States, State.May).Part() // their message says what matters
	verifications = store.NewNoun("verification", VerificationStates, VerificationState.May)
)

// unlessRefused logs a change of state that was refused, and returns every other
// error. Nothing was written of a refused change; to try it again would be in vain.
func (g *Gateway) unlessRefused(err error, of ...any) error {
	if _, refused := errors.AsType[*store.StateError](err); refused {
		g.log.Error("a change of state was refused; it is left as it was", append(of, "err", err)...)
		return nil
	}
	return err
}
