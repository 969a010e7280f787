package v1

import "simgate/gateway/fault"

// Rehearsal is the answer to a request with dry_run: what the same request without it
// would be answered now. Nothing is sent or written for it, and it uses up no limit.
type Rehearsal struct {
	DryRun  bool         `json:"dry_run"` // true
	To      string       `json:"to"`      // as it was read, in E.164
	Country string       `json:"country"`
	Kind    string       `json:"kind"` // of number
	Allowed bool         `json:"allowed"`
	Verdict string       `json:"verdict,omitempty"` // why it would be refused
	Reason  fault.Reason `json:"reason,omitempty"`  // the limit or rule that would refuse
	Wait    int          `json:"wait,omitempty"`    // seconds until it would be accepted

	// These are of messages alone.
	PartsTotal int    `json:"parts_total,omitempty"`
	Alphabet   string `json:"alphabet,omitempty"` // gsm7 or ucs2
	UCS2For    string `json:"ucs2_for,omitempty"` // the characters for which the text is sent in UCS-2
	// Replacements are what transliterate writes instead of these characters, by character;
	// those for which it knows nothing are not among them.
	Replacements map[string]string `json:"replacements,omitempty"`
	Price        float64           `json:"price,omitempty"` // of all parts, by the prices of the SIMs; absent where they have none
}
