package v1

// Reloaded is the answer when the configuration was read again: the keys that have changed.
type Reloaded struct {
	Applied []string `json:"applied"` // they take effect
	Waiting []string `json:"waiting"` // for a restart
	Over    []string `json:"over"`    // they have another value in the file, and were set while the daemon ran
}
