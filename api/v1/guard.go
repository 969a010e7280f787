package v1

import (
	"time"

	"simgate/gateway/fault"
)

// Rule is a rule of the guard: it blocks numbers, networks or countries, or exempts
// them from every limit.
type Rule struct {
	ID     int64     `json:"id"`
	Kind   string    `json:"kind"`
	Scope  string    `json:"scope"`
	Key    string    `json:"key"` // what it is about
	Reason string    `json:"reason"`
	Origin string    `json:"origin"` // who made it
	Made   time.Time `json:"made"`
	Until  time.Time `json:"until,omitzero"` // absent: for ever
}

// Standing is what the guard knows of a number, for the owner of the gateway.
type Standing struct {
	To       string       `json:"to"`
	Country  string       `json:"country"`
	Kind     string       `json:"kind"`
	Allowed  bool         `json:"allowed"`
	Verdict  string       `json:"verdict,omitempty"` // why a send would be refused now
	Reason   fault.Reason `json:"reason,omitempty"`
	Wait     int          `json:"wait,omitempty"` // seconds until it would be accepted
	Rules    []Rule       `json:"rules"`          // that apply to the number
	Locks    []Lock       `json:"locks"`
	Refusals []Refusal    `json:"refusals"` // the latest
}

// Lock is a number that an app can check no codes for, after too many wrong ones.
type Lock struct {
	App     string    `json:"app"`
	Purpose string    `json:"purpose"`
	Failed  int       `json:"failed"` // wrong codes in a row
	Until   time.Time `json:"until"`
}

// Unlocked is the answer to the removal of the locks of a number.
type Unlocked struct {
	Locks int `json:"locks"` // the number of locks that were in force
}

// Refusal is a code that was not sent.
type Refusal struct {
	App    string       `json:"app"`
	Reason fault.Reason `json:"reason"`
	Text   string       `json:"text"`
	Shadow bool         `json:"shadow,omitempty"` // the rule only logs: the code was sent
	At     time.Time    `json:"at"`
}
