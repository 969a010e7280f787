package v1

import "time"

// Change is something that happened: an event of the stream. One of the objects is the one
// that the kind names, as it is now, in the state that it has changed to; none is there
// once it is deleted.
type Change struct {
	ID           int64         `json:"id"`
	Kind         string        `json:"kind"` // such as message.sent
	App          string        `json:"app,omitempty"`
	At           time.Time     `json:"at"`
	From         string        `json:"from,omitempty"` // the state before; absent for what is new
	Message      *Message      `json:"message,omitempty"`
	Incoming     *Incoming     `json:"incoming,omitempty"`
	Verification *Verification `json:"verification,omitempty"`
	Call         *Call         `json:"call,omitempty"`
	Contact      *Tagged       `json:"contact,omitempty"`
	OptOut       *OptOut       `json:"optout,omitempty"`
	Event        *Event        `json:"event,omitempty"`
}
