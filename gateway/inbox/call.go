package inbox

import (
	"context"
	"time"

	"simgate/gateway/store"
)

// Called is a call that came in and that nobody took.
type Called struct {
	From string    // as the network writes the number, "" where that is withheld
	At   time.Time // when that was, zero: now
	Raw  string    // what tells the call from all others, "" nothing
}

// TakeCall stores a call that came in, and does what also does in the same transaction. One
// that comes again with the same Raw is stored once.
func (b *Inbox) TakeCall(ctx context.Context, line int64, c Called, also func(*store.Tx) error) error {
	sender := canonical(c.From, false, b.world.Country(line))
	return b.db.Commit(ctx, func(tx *store.Tx) error {
		now := b.clock.Wall()
		if c.Raw != "" {
			if known, err := markSeen(tx, fingerprint(line, c.Raw), now, now.Add(-seenFor), now.Add(seenFor)); err != nil || known {
				return err
			}
		}
		m := row{Message: Message{Line: line, Sender: sender, Written: c.From, Kind: Call, Unread: true, Class: -1, Total: 1, Sent: c.At}, have: 1, received: now}
		if err := b.show(tx, insert, &m); err != nil {
			return err
		}
		return also(tx)
	})
}
