package contact

import (
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Contact is what an app knows of a number beside messages.
type Contact struct {
	Number  msisdn.Number
	Tag     string
	Changed time.Time
}

// MaxTag is the longest tag, in characters.
const MaxTag = 100

// ChangeKind is the kind of changes of contacts in the journal, and Tagged what they
// change to.
const (
	ChangeKind = "contact"
	Tagged     = "tagged"
)

// SetTag gives a contact of an app another tag, "" for none, and says so in the
// journal. A number that is not known yet becomes a contact.
func SetTag(tx *store.Tx, j *journal.Journal, app string, to msisdn.Number, tag string, now clock.Wall) error {
	id, changed, err := upsertTag(tx, app, to, tag, now)
	if err != nil || !changed {
		return err
	}
	return j.Append(tx, journal.Change{Kind: ChangeKind, Subject: id, App: app, To: Tagged, At: now})
}
