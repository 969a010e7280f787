package v1

import "time"

// Call is a call that speaks a text or a code, or plays a file.
type Call struct {
	ID           int64     `json:"id"`
	App          string    `json:"app"`
	To           string    `json:"to"`
	Text         string    `json:"text,omitempty"` // absent where it holds a code
	File         string    `json:"file,omitempty"`
	Language     string    `json:"language"`
	CustomID     string    `json:"custom_id,omitempty"`
	Verification string    `json:"verification,omitempty"` // the id of the verification whose code it speaks
	Line         int64     `json:"line,omitempty"`
	Voice        string    `json:"voice,omitempty"` // the way in which the modem was given the sound
	State        string    `json:"state"`
	Cause        string    `json:"cause,omitempty"`
	CauseCode    string    `json:"cause_code,omitempty"` // of Cause, for programs: it never changes its meaning
	Passed       string    `json:"passed,omitempty"`     // the lines that could not place it, and why
	Waiting      string    `json:"waiting,omitempty"`    // what it waits for, in words
	Answered     bool      `json:"answered"`
	Seconds      float64   `json:"seconds,omitempty"` // from the answer to the end
	Keys         string    `json:"keys,omitempty"`    // the keys that were pressed
	Accepted     time.Time `json:"accepted"`
	Dialled      time.Time `json:"dialled,omitzero"`
	Ended        time.Time `json:"ended,omitzero"`
}
