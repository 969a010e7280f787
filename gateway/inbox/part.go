package inbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
	"simgate/modem/pdu"
)

const (
	// The times of the SMSC within which parts belong together for certain, and
	// may belong together: references repeat, and the parts of one message leave
	// their phone one right after the other, mostly. Where a time is unusable, the
	// arrival has to do.
	sentTogether  = 5 * time.Minute
	sentWindow    = time.Hour
	arrivalWindow = 24 * time.Hour
	// matchAfter is how long a message waits for parts that are certain before it
	// takes those that may be its own.
	matchAfter = 15 * time.Minute
	// seenFor is how long a PDU that comes again is known; without a usable time
	// of the SMSC two equal ones may be two messages, and are soon.
	seenFor        = 7 * 24 * time.Hour
	seenForUntimed = 10 * time.Minute

	mmsPort     = 2948 // WAP push, by which MMS are announced (OMA MMS encapsulation)
	pidSilent   = 0x40 // TS 23.040 9.2.3.9
	pidReplace1 = 0x41
	pidReplace7 = 0x47
)

// Take stores a message that a modem has read from its SIM, as its PDU in hexadecimal
// (SMSC address first). It returns when that is on the disk; only then is it deleted
// there. A PDU that comes again is stored once.
func (b *Inbox) Take(ctx context.Context, line int64, raw string) error {
	return b.db.Commit(ctx, func(tx *store.Tx) error { return b.take(tx, line, raw, b.clock.Now()) })
}

// take is Take in a transaction.
func (b *Inbox) take(tx *store.Tx, line int64, raw string, now clock.Moment) error {
	d, damage := pdu.ParseDeliver(raw)
	// With a time of the SMSC in it, one that was seen "later" was seen before the
	// clock was set back.
	since, until := now.Wall.Add(-seenFor), clock.Wall(math.MaxInt64)
	if damage == nil && d.Sent.IsZero() {
		since, until = now.Wall.Add(-seenForUntimed), now.Wall.Add(seenForUntimed)
	}
	known, err := markSeen(tx, fingerprint(line, raw), now.Wall, since, until)
	if err != nil || known {
		return err
	}
	if damage != nil {
		m := row{Message: Message{Line: line, Kind: Undecodable, Class: -1, Total: 1, PDU: raw, Repair: damage.Error()}, have: 1, received: now.Wall}
		return b.show(tx, insert, &m)
	}
	if d.PID == pidSilent {
		b.log.Info("a silent message came in, and is not shown", "line", line)
		return nil
	}
	m := newRow(line, d, raw, now.Wall)
	if d.Concat == nil {
		if d.PID >= pidReplace1 && d.PID <= pidReplace7 {
			if m.Replaces, err = replacedBy(tx, line, m.Sender, int(d.PID)); err != nil {
				return err
			}
		}
		return b.show(tx, insert, &m)
	}
	return b.takePart(tx, m, *d.Concat, raw, now.Up)
}

// takePart puts a part into its message: into one that lacks it, the nearest in
// time where several do, or else into a new one.
func (b *Inbox) takePart(tx *store.Tx, m row, c pdu.Concat, raw string, up clock.Uptime) error {
	m.reference, m.wide, m.Total = int(c.Ref), c.Wide, c.Total
	open, err := openFor(tx, m, c.Seq)
	if err != nil {
		return err
	}
	into, found := nearest(open, m, sentTogether)
	if !found {
		m.gapDue = up.Add(min(matchAfter, b.gapTimeout))
		m.gapEnd = up.Add(b.gapTimeout)
		if err := insert(tx, &m); err != nil {
			return err
		}
		into = m
	} else {
		into.have++
		into.last = m.received
	}
	if err := insertPart(tx, into.ID, c.Seq, raw); err != nil {
		return err
	}
	switch {
	case into.have == into.Total, into.Change > 0: // whole, or shown before with one gap more
		return b.joinAndShow(tx, into)
	case found:
		return update(tx, &into)
	}
	tx.Ring(topicGaps)
	return nil
}

// nearest returns the message that a part most likely belongs to, of those whose
// time is no further from its own than the window.
func nearest(open []row, part row, window time.Duration) (best row, found bool) {
	least := time.Duration(0)
	for _, m := range open {
		distance, limit := part.Sent.Sub(m.Sent).Abs(), window
		if m.Sent.IsZero() || part.Sent.IsZero() {
			distance, limit = part.received.Sub(m.last), arrivalWindow
		}
		if distance <= limit && (!found || distance < least) {
			best, found, least = m, true, distance
		}
	}
	return best, found
}

// match puts two messages together that lack parts, where each has what the
// other lacks and the times allow that they are one. It reports whether it did.
func (b *Inbox) match(tx *store.Tx, m *row) (bool, error) {
	others, err := complements(tx, *m)
	if err != nil {
		return false, err
	}
	other, found := nearest(others, *m, sentWindow)
	if !found {
		return false, nil
	}
	m.have += other.have
	m.last = max(m.last, other.last)
	return true, moveParts(tx, other.ID, m.ID)
}

// joinAndShow puts the parts of a message together that have come, and shows it.
func (b *Inbox) joinAndShow(tx *store.Tx, m row) error {
	raw, err := partsOf(tx, m.ID)
	if err != nil {
		return err
	}
	parts := make([]*pdu.Deliver, m.Total)
	m.Data = nil
	for seq, p := range raw {
		d, err := pdu.ParseDeliver(p)
		if err != nil {
			return err // it could be read when it came
		}
		parts[seq-1] = &d
	}
	if m.Kind == Text || m.Kind == Indication {
		m.Text = pdu.Join(parts, gapMark)
	} else {
		for _, d := range parts {
			if d != nil {
				m.Data = append(m.Data, payload(*d)...)
			}
		}
	}
	if m.have == m.Total {
		if err := deleteParts(tx, m.ID); err != nil {
			return err
		}
	}
	return b.show(tx, update, &m)
}

// show stores a message as one that everybody may see, the last of all.
func (b *Inbox) show(tx *store.Tx, store func(*store.Tx, *row) error, m *row) (err error) {
	if m.Change, err = nextChange(tx); err != nil {
		return err
	}
	m.gapDue = 0
	tx.Ring(topicShown)
	return store(tx, m)
}

// fingerprint tells a PDU on a line from all others. Its first octet is left
// out: it says whether more messages follow, which differs when it comes again.
func fingerprint(line int64, raw string) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%d\x00", line)
	b, err := hex.DecodeString(strings.TrimSpace(raw))
	if err == nil && len(b) > 0 && len(b) > 2+int(b[0]) {
		h.Write(b[2+int(b[0]):])
	} else {
		fmt.Fprint(h, raw)
	}
	return h.Sum(nil)
}
