package v1

// Reloaded is the answer when the configuration was read again: the keys that have changed.
type Reloaded struct {
	Applied []string `json:"applied"` // they take effect
	Waiting []string `json:"waiting"` // for a restart
}
