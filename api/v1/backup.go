package v1

import "time"

// Backup is a copy of the database on the machine of the gateway.
type Backup struct {
	Path  string    `json:"path"`
	Bytes int64     `json:"bytes"`
	At    time.Time `json:"at"`
}

// HeldQueue is what waited in a backup that was restored, and does not go out by itself.
type HeldQueue struct {
	Since      time.Time `json:"since,omitzero"` // of the restore; absent: nothing is held
	Messages   int64     `json:"messages"`
	Calls      int64     `json:"calls"`
	Deliveries int64     `json:"deliveries"` // to webhooks
}
