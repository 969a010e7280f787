package v1

import "time"

// User is somebody who may open the pages.
type User struct {
	Name    string    `json:"name"`
	Role    string    `json:"role"` // owner, operator or viewer
	Ready   bool      `json:"ready"`
	Created time.Time `json:"created"`
}

// UserLink is where a user chooses a password, once.
type UserLink struct {
	Name  string    `json:"name,omitempty"` // "" for the first owner, who chooses one
	Path  string    `json:"path"`           // with the secret behind the #
	Until time.Time `json:"until"`
}
