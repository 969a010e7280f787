package v1

import "time"

// Verification is the verification of a number by a code, which is not shown.
type Verification struct {
	ID         string    `json:"id"`
	App        string    `json:"app"`
	To         string    `json:"to"` // empty until a text has come, where the number was left open
	Purpose    string    `json:"purpose"`
	State      string    `json:"state"`
	Tries      int       `json:"tries"`
	MaxTries   int       `json:"max_tries"`
	Sends      int       `json:"sends"`
	Checked    string    `json:"checked,omitempty"` // elsewhere: by the app; absent: here
	CustomID   string    `json:"custom_id,omitempty"`
	Created    time.Time `json:"created"`
	Expires    time.Time `json:"expires"`
	Ended      time.Time `json:"ended,omitzero"`
	NextResend time.Time `json:"next_resend_at,omitzero"` // absent: the code is not sent again
	Resent     bool      `json:"resent,omitempty"`        // one was pending, and its code is sent again
	Attempts   []Attempt `json:"attempts,omitempty"`
	MO         *MO       `json:"mo,omitempty"` // what the person is to send; absent: nothing
}

// MO is a text that a person is to send, by which a verification ends. Whoever has it can
// try to send it: show it to that person alone.
type MO struct {
	Number string `json:"number"` // to which it is sent
	Text   string `json:"text"`
	Link   string `json:"link"` // opens it on a phone: sms:+49…?&body=…
	QR     string `json:"qr"`   // path of the link as a QR code, .svg and .png
	HTML   string `json:"html"` // path of a piece of a page that shows all of this
}

// Attempt is one try to get the code to its recipient.
type Attempt struct {
	N         int       `json:"n"`    // from 1
	Step      int       `json:"step"` // of the workflow, from 0
	Channel   string    `json:"channel"`
	Message   int64     `json:"message,omitempty"` // the id of the message
	Call      int64     `json:"call,omitempty"`    // the id of the call
	State     string    `json:"state"`
	Reason    string    `json:"reason"` // why it was made
	Cause     string    `json:"cause,omitempty"`
	CauseCode string    `json:"cause_code,omitempty"` // of Cause, for programs: it never changes its meaning
	Passed    string    `json:"passed,omitempty"`     // the lines that could not send it, and why
	Waiting   string    `json:"waiting,omitempty"`    // what its message waits for
	At        time.Time `json:"at"`
}

// Checked is the answer to a check. It does not say why a check failed, since that
// would help whoever guesses codes.
type Checked struct {
	Verified bool `json:"verified"`
}
