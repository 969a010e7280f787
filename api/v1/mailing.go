package v1

// Mailing is the answer to a request for messages to many numbers.
type Mailing struct {
	DryRun   bool        `json:"dry_run,omitempty"`
	Messages []Recipient `json:"messages"` // one for each number, in the order of the request
}

// Recipient is what came of one number of a [Mailing].
type Recipient struct {
	To        string     `json:"to"`              // as the request has it
	ID        int64      `json:"id,omitempty"`    // of its message; one that is named twice has one message
	State     string     `json:"state,omitempty"` // of the message
	Error     *Problem   `json:"error,omitempty"` // why it was not accepted: what the number alone would have been answered
	Rehearsal *Rehearsal `json:"rehearsal,omitempty"`
}
