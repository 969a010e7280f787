package v1

import "time"

// OptOut is a number that gets no messages and calls, but for codes.
type OptOut struct {
	ID     int64     `json:"id"`
	App    string    `json:"app,omitempty"`    // whose messages it does not get; absent: of all apps
	Number string    `json:"number,omitempty"` // absent where it was forgotten: it is known again when it is written to
	Origin string    `json:"origin"`           // message, owner or app
	Word   string    `json:"word,omitempty"`   // that was written
	Line   int64     `json:"line,omitempty"`   // the SIM that it came to
	Made   time.Time `json:"made"`
	Undone time.Time `json:"undone,omitzero"` // absent while it holds
}

// NewOptOut asks for a number to get no more messages and calls, but for codes.
type NewOptOut struct {
	App    string `json:"app,omitempty"` // of this app alone; absent: of that of the key, or with an operator's of all
	Number string `json:"number"`
}
