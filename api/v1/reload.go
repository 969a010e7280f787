package v1

// Reloaded is the answer when the configuration was read again: the keys that have changed.
type Reloaded struct {
	Applied []string       `json:"applied"` // they take effect
	Waiting []string       `json:"waiting"` // for a restart
	Over    []string       `json:"over"`    // they have another value in the file, and were set while the daemon ran
	Unfit   []UnfitSetting `json:"unfit"`   // they were set while the daemon ran, and are not in force
}

// UnfitSetting was set while the daemon ran and is not in force, as the configuration would have
// a mistake with it.
type UnfitSetting struct {
	Key     string `json:"key"`
	SetBy   string `json:"set_by"`
	Problem string `json:"problem"` // why it is not in force
}
