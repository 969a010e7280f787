package v1

import "time"

// ConfigSetting is a key of the configuration, with its value.
type ConfigSetting struct {
	Key         string    `json:"key"`              // such as pace.day
	Value       string    `json:"value"`            // in force; a list has its entries on lines of their own
	Source      string    `json:"source"`           // default, file or page
	Line        int       `json:"line,omitempty"`   // of the file; absent: it is not there
	SetBy       string    `json:"set_by,omitempty"` // who has set it while the daemon ran
	SetAt       time.Time `json:"set_at,omitzero"`
	Under       *string   `json:"under,omitempty"`   // what there is under the value of a page, if that is another
	Problem     string    `json:"problem,omitempty"` // why what was set is not in force
	Waiting     bool      `json:"waiting"`           // the file has another value by now
	Restart     bool      `json:"restart"`           // a change takes effect with a restart
	Changeable  bool      `json:"changeable"`        // it can be set while the daemon runs
	Hidden      bool      `json:"hidden"`            // its value is not shown
	Type        string    `json:"type"`              // choice, number, text, list or entries
	Choices     []string  `json:"choices,omitempty"`
	Default     string    `json:"default"`
	Description string    `json:"description,omitempty"`
	Place       string    `json:"place"` // where it is in the file, or what is to be written there
}

// Where the value of a setting is from.
const (
	SettingDefault = "default"
	SettingFile    = "file"
	SettingPage    = "page"
)

// What the value of a setting is, for who writes one.
const (
	SettingChoice  = "choice"
	SettingNumber  = "number"
	SettingText    = "text"
	SettingList    = "list"    // entries on lines of their own
	SettingEntries = "entries" // with keys of their own, in YAML
)

// SettingsFile is the configuration file as it is by now.
type SettingsFile struct {
	Problem string `json:"problem,omitempty"` // why it cannot be read, or what is wrong with it; absent: nothing
}

// SettingsChange changes settings, all of them or none.
type SettingsChange struct {
	Set   map[string]string `json:"set,omitempty"`   // keys with their values
	Unset []string          `json:"unset,omitempty"` // keys that are again as the file has them
}
