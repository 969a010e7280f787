package v1

import "time"

// Key is an API key. Its token is shown only in the answer to its creation.
type Key struct {
	ID     string   `json:"id"`
	App    string   `json:"app"`
	Scopes []string `json:"scopes"`
	KeySettings
	Spent    *Spent    `json:"spent,omitempty"` // of a list alone, with limits
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"last_used,omitzero"`
	Revoked  time.Time `json:"revoked,omitzero"`
	Token    string    `json:"token,omitempty"`
}

// KeySettings are what the owner says of a key beside its scopes.
type KeySettings struct {
	Networks  []string  `json:"networks,omitempty"`   // from which it works, such as 192.168.1.0/24; absent: from anywhere
	Expires   time.Time `json:"expires,omitzero"`     // it works until then; absent: until it is revoked
	PerMinute int       `json:"per_minute,omitempty"` // messages, codes and calls; a long message counts once per part
	PerDay    int       `json:"per_day,omitempty"`
	PerMonth  int       `json:"per_month,omitempty"`
	CostDay   float64   `json:"cost_day,omitempty"` // by the prices of the SIMs
	CostMonth float64   `json:"cost_month,omitempty"`
}

// NewKey asks for a key.
type NewKey struct {
	App string `json:"app"`
	KeyChange
}

// KeyChange changes a key; nil fields leave it as it is.
type KeyChange struct {
	Scopes    []string  `json:"scopes,omitempty"`
	Networks  *[]string `json:"networks,omitempty"`
	Expires   *string   `json:"expires,omitempty"`    // as RFC 3339; empty: never
	PerMinute *int      `json:"per_minute,omitempty"` // 0: no limit, here and below
	PerDay    *int      `json:"per_day,omitempty"`
	PerMonth  *int      `json:"per_month,omitempty"`
	CostDay   *float64  `json:"cost_day,omitempty"`
	CostMonth *float64  `json:"cost_month,omitempty"`
}

// KeyOverlap is how long a key works after it was rotated, where nothing else is said.
const KeyOverlap = 24 * time.Hour

// Spent is what was sent with a key that has limits, in the present minute, day and month.
type Spent struct {
	PerMinute int     `json:"per_minute"`
	PerDay    int     `json:"per_day"`
	PerMonth  int     `json:"per_month"`
	CostDay   float64 `json:"cost_day"`
	CostMonth float64 `json:"cost_month"`
}
