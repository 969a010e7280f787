package v1

import "time"

// Notify is what is wrong, and what the owner was told of it, newest first.
type Notify struct {
	Ways          []string       `json:"ways"` // that are configured
	Troubles      []Trouble      `json:"troubles"`
	Notifications []Notification `json:"notifications"`
	Canary        *Canary        `json:"canary,omitempty"` // absent: it is off
}

// Canary is what came of the messages that are sent from SIM to SIM to see whether they
// arrive.
type Canary struct {
	EverySeconds int       `json:"every_seconds"`
	MonthlySends int       `json:"monthly_sends"`
	MonthlyCost  float64   `json:"monthly_cost,omitempty"` // at most, by the prices of the SIMs; absent: not known
	At           time.Time `json:"at,omitzero"`            // of the last one; absent: none since the start
	From         string    `json:"from,omitempty"`         // the SIM
	To           string    `json:"to,omitempty"`
	Arrived      bool      `json:"arrived"`
	Seconds      float64   `json:"seconds,omitempty"` // until it arrived
	Cause        string    `json:"cause,omitempty"`   // why it did not
	CauseCode    string    `json:"cause_code,omitempty"`
}

// Trouble is something that is wrong now.
type Trouble struct {
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
	Line   int64     `json:"line,omitempty"`
	Modem  string    `json:"modem,omitempty"`
	Title  string    `json:"title"`
	Text   string    `json:"text"` // with what to do
	Urgent bool      `json:"urgent"`
	Since  time.Time `json:"since"`
}

// Notification is what the owner is told by one way.
type Notification struct {
	ID        int64     `json:"id"`
	Way       string    `json:"way"`
	Trouble   string    `json:"trouble"` // its name
	Kind      string    `json:"kind"`
	Over      bool      `json:"over"`
	Title     string    `json:"title"`
	Text      string    `json:"text"`
	At        time.Time `json:"at"`
	State     string    `json:"state"`
	Tries     int       `json:"tries"`
	Cause     string    `json:"cause,omitempty"`
	CauseCode string    `json:"cause_code,omitempty"`
	Ended     time.Time `json:"ended,omitzero"`
}

// Told is the outcome of a test of a way.
type Told struct {
	Way       string `json:"way"`
	OK        bool   `json:"ok"`
	Cause     string `json:"cause,omitempty"`
	CauseCode string `json:"cause_code,omitempty"`
}
