package webhook

import (
	"slices"

	"simgate/gateway/store"
)

// State is the state of a delivery.
//
//	Pending <--> Delivered | Failed
//
// It goes back to Pending only where somebody asks for a replay.
type State string

// The states of a delivery.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Failed    State = "failed" // it is tried again by Replay alone
)

// States lists all of them; the schema checks for the same.
var States = []State{Pending, Delivered, Failed}

var transitions = map[State][]State{
	Pending:   {Delivered, Failed},
	Delivered: {Pending},
	Failed:    {Pending},
}

// May reports whether a delivery in state s may change to state next.
func (s State) May(next State) bool {
	return slices.Contains(transitions[s], next)
}

// deliveries are the noun whose states change; nothing else changes them. Nobody hears of
// the deliveries themselves.
var deliveries = store.NewNoun("delivery", States, State.May).Silent()
