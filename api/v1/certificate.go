package v1

import "time"

// Certificate is how a certificate of HTTPS stands.
type Certificate struct {
	Of        string    `json:"of"`              // what it is, in words
	Name      string    `json:"name,omitempty"`  // the name of tls.acme that it is for, "" for one that is shown for others
	Until     time.Time `json:"until,omitzero"`  // when it ends, or the authority that replaces it; zero if there is none yet
	Cause     string    `json:"cause,omitempty"` // why there is none, or it is not replaced
	CauseCode string    `json:"cause_code,omitempty"`
}
