package v1

import "time"

// Forward is a rule that passes on what comes in. Of its URLs there is the host alone, and
// its token is masked.
type Forward struct {
	Name   string `json:"name"`
	Origin string `json:"origin"` // configuration, or api: then it can be changed and removed
	ForwardRule
	Made time.Time `json:"made,omitzero"` // absent: it is in the configuration
}

// The origins of forward rules.
const (
	ForwardConfigured = "configuration"
	ForwardKept       = "api"
)

// ForwardRule is what a forward rule is about, and where it passes that on to.
type ForwardRule struct {
	From  string `json:"from,omitempty"` // number or name of the sender; absent: any, here and below
	Line  int64  `json:"line,omitempty"` // id of the SIM that it comes to
	App   string `json:"app,omitempty"`  // that it belongs to
	Text  string `json:"text,omitempty"` // that is in it; case does not count
	Calls bool   `json:"calls,omitempty"`

	Number    string `json:"number,omitempty"`
	Limit     int    `json:"limit,omitempty"` // messages to Number in 24 hours
	Email     string `json:"email,omitempty"`
	Webhook   string `json:"webhook,omitempty"`    // URL that gets JSON
	Ntfy      string `json:"ntfy,omitempty"`       // URL of a topic
	NtfyToken string `json:"ntfy_token,omitempty"` // of Ntfy
}

// NewForward asks for a forward rule. It goes at least one way: to Number, Email, Webhook or
// Ntfy.
type NewForward struct {
	Name string `json:"name"` // 1 to 32 letters, digits, dashes and underscores
	ForwardRule
}

// ForwardChange changes a forward rule; nil fields leave it as it is, and empty ones mean
// any, or nowhere.
type ForwardChange struct {
	Name  *string `json:"name,omitempty"`
	From  *string `json:"from,omitempty"`
	Line  *int64  `json:"line,omitempty"`
	App   *string `json:"app,omitempty"`
	Text  *string `json:"text,omitempty"`
	Calls *bool   `json:"calls,omitempty"`

	Number    *string `json:"number,omitempty"`
	Limit     *int    `json:"limit,omitempty"` // 0: the usual one
	Email     *string `json:"email,omitempty"`
	Webhook   *string `json:"webhook,omitempty"`
	Ntfy      *string `json:"ntfy,omitempty"`
	NtfyToken *string `json:"ntfy_token,omitempty"`
}
