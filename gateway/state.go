package gateway

import "slices"

// State is where a message, or a part of one, stands.
//
//	Queued --> Sending --> Sent --> Delivered | Undelivered
//	  |  ^        |  |
//	  |  '--------'  |--> Failed    the network or the modem said no
//	  |              '--> Unknown   the PDU was handed over and no answer came
//	  '--> Expired | Cancelled      it never left
//
// Sending is written, durably, before the first byte of the PDU. Unknown moves
// on when a late reference or a status report tells what became of it.
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
	Unknown: {Sent, Delivered, Undelivered},
}

// May reports whether a part in state s may go to state next.
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
