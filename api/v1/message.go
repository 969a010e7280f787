package v1

import "time"

// Message is a message that goes out.
type Message struct {
	ID           int64     `json:"id"`
	App          string    `json:"app"`
	To           string    `json:"to"`
	Text         string    `json:"text"` // a code in it is shown as dots
	CustomID     string    `json:"custom_id,omitempty"`
	Verification string    `json:"verification,omitempty"` // the id of the verification whose code it carries
	Line         int64     `json:"line,omitempty"`
	Priority     string    `json:"priority"` // code, urgent, normal or bulk
	State        string    `json:"state"`
	Cause        string    `json:"cause,omitempty"`
	CauseCode    string    `json:"cause_code,omitempty"` // of Cause, for programs, such as expired or cms_38: it never changes its meaning
	Waiting      string    `json:"waiting,omitempty"`    // what it waits for, in words; absent: it goes as soon as a SIM is free
	Tries        int       `json:"tries,omitempty"`
	PartsTotal   int       `json:"parts_total"`
	Parts        []Part    `json:"parts,omitempty"`     // those that a modem has been given
	Timeline     []Step    `json:"timeline,omitempty"`  // of one message alone: all that happened to it, oldest first
	NotBefore    time.Time `json:"not_before,omitzero"` // it does not go earlier
	QuietHours   string    `json:"quiet_hours,omitempty"`
	Class        *int      `json:"class,omitempty"` // 0: a phone shows it at once
	Accepted     time.Time `json:"accepted"`
	Expires      time.Time `json:"expires"`
	Ended        time.Time `json:"ended,omitzero"`
}

// NewMessage asks for a message. Empty fields are left to the gateway.
type NewMessage struct {
	To       string `json:"to"`
	Text     string `json:"text"`
	CustomID string `json:"custom_id,omitempty"`
	Callback string `json:"callback,omitempty"`
	Line     int64  `json:"line,omitempty"`
	Priority string `json:"priority,omitempty"` // urgent, normal or bulk
	Lifetime int64  `json:"lifetime,omitempty"` // seconds
	DryRun   bool   `json:"dry_run,omitempty"`

	NotBefore  string `json:"not_before,omitempty"` // as RFC 3339, or 2026-01-31T18:00 in TimeZone
	ExpiresAt  string `json:"expires_at,omitempty"` // in the place of Lifetime
	TimeZone   string `json:"time_zone,omitempty"`
	QuietHours string `json:"quiet_hours,omitempty"` // such as 21:00-08:00

	Transliterate bool   `json:"transliterate,omitempty"` // into the alphabet of GSM, as far as it goes
	Strip         string `json:"strip,omitempty"`         // emoji: they are left out
	Class         *int   `json:"class,omitempty"`         // 0: a phone shows it at once
}

// Edit changes a message that waits. Empty fields leave it as it is.
type Edit struct {
	Text      string `json:"text,omitempty"`
	Priority  string `json:"priority,omitempty"`
	NotBefore string `json:"not_before,omitempty"`
	ExpiresAt string `json:"expires_at,omitempty"`
	TimeZone  string `json:"time_zone,omitempty"`
}

// Part is one short message of the network.
type Part struct {
	Seq       int       `json:"seq"` // from 1
	State     string    `json:"state"`
	Line      int64     `json:"line"`
	Modem     string    `json:"modem"`
	Reference *int      `json:"reference,omitempty"` // TP-MR
	Cause     string    `json:"cause,omitempty"`
	CauseCode string    `json:"cause_code,omitempty"`
	Passed    string    `json:"passed,omitempty"` // the lines that could not send it, and why
	Submitted time.Time `json:"submitted"`
	Sent      time.Time `json:"sent,omitzero"` // the network took it
	Ended     time.Time `json:"ended,omitzero"`
}

// Step is something that happened to a message.
type Step struct {
	At        time.Time    `json:"at"`
	What      string       `json:"what"` // such as accepted, held, submitted, refused, sent, delivered
	Part      int          `json:"part,omitempty"`
	Line      int64        `json:"line,omitempty"`
	Modem     string       `json:"modem,omitempty"`
	Reference *int         `json:"reference,omitempty"` // TP-MR
	Times     int          `json:"times,omitempty"`     // how often, where it was more than once
	Until     time.Time    `json:"until,omitzero"`
	Cause     string       `json:"cause,omitempty"`
	CauseCode string       `json:"cause_code,omitempty"`
	Webhook   *StepWebhook `json:"webhook,omitempty"`
}

// StepWebhook is a delivery to a webhook.
type StepWebhook struct {
	Delivery int64  `json:"delivery"`
	ID       int64  `json:"id,omitempty"` // absent: it goes to the callback of the request
	Kind     string `json:"kind"`
	State    string `json:"state"`
}

// LongestWait is how long a request for incoming messages may wait for one.
const LongestWait = 30 * time.Second

// Incoming is a message that came in.
type Incoming struct {
	ID            int64     `json:"id"`
	Change        int64     `json:"change"`        // the number to follow from: ?after=
	App           string    `json:"app,omitempty"` // that it belongs to; absent: keys see it that may read all
	Line          int64     `json:"line"`
	Sender        string    `json:"sender,omitempty"`         // with + and country code, where it is a number
	SenderWritten string    `json:"sender_written,omitempty"` // as the network wrote it, where that differs
	NoReply       bool      `json:"no_reply,omitempty"`       // the sender is a name, not a number
	Kind          string    `json:"kind"`                     // text, data, mms, indication, undecodable or call
	Unread        bool      `json:"unread,omitempty"`
	Text          string    `json:"text,omitempty"`
	Data          string    `json:"data,omitempty"` // in hexadecimal
	Class         *int      `json:"class,omitempty"`
	Replaces      int64     `json:"replaces,omitempty"` // the id of an earlier message
	Parts         int       `json:"parts"`
	Missing       []int     `json:"missing,omitempty"` // the parts that have not come
	Sent          time.Time `json:"sent,omitzero"`     // by the clock of the SMSC, with its offset
	Received      time.Time `json:"received"`
	PDU           string    `json:"pdu,omitempty"` // where it could not be decoded, or only after a repair
	Repair        string    `json:"repair,omitempty"`
	Raw           []RawPart `json:"raw,omitempty"` // what came, as it came; only where one message is asked for
}

// RawPart is a part of a message as it came.
type RawPart struct {
	Seq int    `json:"seq"` // from 1
	PDU string `json:"pdu"`
}

// Conversation is what went to a number and came from it.
type Conversation struct {
	Number  string  `json:"number"`
	Unread  int     `json:"unread"`  // of what came in, up to 1000
	Entries []Entry `json:"entries"` // the newest first; in a list the last alone
}

// Entry is a message that went out, or something that came in: one of both is there.
type Entry struct {
	Message  *Message  `json:"message,omitempty"`
	Incoming *Incoming `json:"incoming,omitempty"`
}

// Unread is how much of a conversation is unread.
type Unread struct {
	Number string `json:"number"`
	Unread int    `json:"unread"`
}

// Tagged is a contact whose tag was changed, as the news contact.tagged has it.
type Tagged struct {
	App    string `json:"app"`
	Number string `json:"number"`
	Tag    string `json:"tag"`
}
