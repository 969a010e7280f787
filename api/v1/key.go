package v1

import "time"

// Key is an API key. Its token is shown only in the answer to its creation.
type Key struct {
	ID       string    `json:"id"`
	App      string    `json:"app"`
	Scopes   []string  `json:"scopes"`
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"last_used,omitzero"`
	Revoked  time.Time `json:"revoked,omitzero"`
	Token    string    `json:"token,omitempty"`
}
