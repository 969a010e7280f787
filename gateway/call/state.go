package call

import (
	"slices"

	"simgate/gateway/store"
)

// State is the state of a call.
//
//	Queued --> Calling --> Completed | HungUp | Busy | NoAnswer | Refused | NoKey
//	  |  ^        |  |
//	  |  '--------'  |--> Failed    the line could not: nobody was rung
//	  |              '--> Unknown   the link was lost after dialling
//	  |              '--> Cancelled it was not wanted any more before it was answered
//	  '--> Expired | Cancelled      it was never dialled
//
// Calling is on the disk before the line is asked to dial.
type State string

// The states of a call.
const (
	Queued    State = "queued"
	Calling   State = "calling"
	Completed State = "completed" // answered, and all was said
	HungUp    State = "hung_up"   // answered, and over before all was said
	Busy      State = "busy"
	NoAnswer  State = "no_answer"
	Refused   State = "refused" // by the network or the far end
	NoKey     State = "no_key"  // answered, and no key was pressed: a voicemail
	Failed    State = "failed"
	Unknown   State = "unknown"
	Expired   State = "expired"
	Cancelled State = "cancelled"
)

// States lists all states; the schema checks for the same.
var States = []State{Queued, Calling, Completed, HungUp, Busy, NoAnswer, Refused, NoKey, Failed, Unknown, Expired, Cancelled}

var transitions = map[State][]State{
	Queued:  {Calling, Expired, Cancelled},
	Calling: {Queued, Completed, HungUp, Busy, NoAnswer, Refused, NoKey, Failed, Unknown, Cancelled},
}

// May reports whether a call in state s may change to state next.
func (s State) May(next State) bool { return slices.Contains(transitions[s], next) }

// Ended reports whether a call in state s is over.
func (s State) Ended() bool { return len(transitions[s]) == 0 }

// Unheard reports whether nobody has heard what a call in state s was to say. Who hung
// up may have heard it.
func (s State) Unheard() bool {
	switch s {
	case Busy, NoAnswer, Refused, NoKey, Failed, Expired:
		return true
	}
	return false
}

// noun is the table whose states change; nothing else changes them.
var noun = store.NewNoun("call", States, State.May)
