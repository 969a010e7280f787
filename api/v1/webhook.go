package v1

import "time"

// Webhook is an address that news is delivered to. Its secret is shown only in the
// answer to its creation and to a rotation.
type Webhook struct {
	ID     int64    `json:"id"`
	App    string   `json:"app"`
	URL    string   `json:"url"`
	Format string   `json:"format"`
	Kinds  []string `json:"kinds"`
	// AllIncoming: it gets what comes in for no app, or another than its own, too.
	AllIncoming bool      `json:"all_incoming,omitempty"`
	Disabled    string    `json:"disabled,omitempty"` // why nothing is delivered any more
	Made        time.Time `json:"made"`
	Secret      string    `json:"secret,omitempty"`
}

// NewWebhook asks for a webhook. Empty fields are left to the gateway.
type NewWebhook struct {
	App         string   `json:"app"`
	URL         string   `json:"url"`
	Format      string   `json:"format,omitempty"`
	Kinds       []string `json:"kinds,omitempty"` // those of the news that it gets; the only kind none: it allows callbacks alone
	AllIncoming bool     `json:"all_incoming,omitempty"`
	Secret      string   `json:"secret,omitempty"`
}

// Delivery is one piece of news on its way to a webhook.
type Delivery struct {
	ID        int64     `json:"id"`
	Webhook   int64     `json:"webhook,omitempty"` // absent: it goes to the callback of a request
	App       string    `json:"app"`
	Kind      string    `json:"kind"`
	Subject   int64     `json:"subject"` // the id of what the kind names
	State     string    `json:"state"`
	Tries     int       `json:"tries"`
	Cause     string    `json:"cause,omitempty"`
	CauseCode string    `json:"cause_code,omitempty"` // of Cause, for programs: it never changes its meaning
	At        time.Time `json:"at"`
	Ended     time.Time `json:"ended,omitzero"`
}

// Tried is the outcome of a test of a webhook.
type Tried struct {
	OK           bool   `json:"ok"`
	Status       int    `json:"status,omitempty"` // of HTTP; absent: there was no answer
	Cause        string `json:"cause,omitempty"`
	CauseCode    string `json:"cause_code,omitempty"`
	Milliseconds int64  `json:"milliseconds"`
}

// Removed is the answer to the removal of a webhook or of a rule.
type Removed struct {
	ID int64 `json:"id"`
}

// News is the body of a delivery in the standard format. Data is the object that
// the type names: a [Message], [Incoming], [Verification], [Call] or [Tagged].
type News struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}
