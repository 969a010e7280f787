package v1

import "time"

// Export is all that is stored about a number. Codes in it are shown as dots.
type Export struct {
	Number  string                      `json:"number"`
	At      time.Time                   `json:"at"`
	Records map[string][]map[string]any `json:"records"` // by what they are, such as messages
}

// Forgotten is the answer when a number was forgotten.
type Forgotten struct {
	Number        string        `json:"number"`
	Removed       []RemovedRows `json:"removed"`
	Messages      int64         `json:"messages"`      // that waited, and do not go out
	Calls         int64         `json:"calls"`         // likewise
	Verifications int64         `json:"verifications"` // that were pending, and have ended
	Backups       []string      `json:"backups"`       // the copies of the database that hold the number still
}

// RemovedRows are rows that were removed.
type RemovedRows struct {
	Of   string `json:"of"`
	Rows int64  `json:"rows"`
}
