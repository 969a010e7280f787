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
	"simgate/gateway/journal"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
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

// Part is a message that came in, or a part of one, as its line has decoded it. Where
// Invalid is set there is nothing but Raw.
type Part struct {
	Sender string // MSISDN, short code or name
	Named  bool   // Sender is a name, to which nobody can answer
	Sent   time.Time

	Text  string
	UTF16 []byte // of a part with a text in UTF-16: its octets, which may end within a character
	Data  []byte // of a message that is data
	Class *uint8 // 0 to 3, nil: none

	// The place of a part in its message.
	Reference  uint16
	Wide       bool // the reference has 16 bits
	Seq, Total int  // Total 0: the message is whole

	Port int // the application that it is for, -1: for people
	PID  int // TP-PID
	DCS  int // TP-DCS

	SMSC string // that it came by, "" where that is not told

	Raw     string // as it came
	Repair  string // what was wrong with it and repaired, "" nothing
	Invalid error  // why it could not be decoded
}

// Take stores what a line has received. It returns when that is on the disk; only then
// is it deleted from the SIM. What comes again with the same Raw is stored once.
func (b *Inbox) Take(ctx context.Context, line int64, p Part) error {
	from := originOf(p, b.world.Country(line))
	return b.db.Commit(ctx, func(tx *store.Tx) error { return b.take(tx, line, p, from, b.clock.Now()) })
}

// origin is what is known of where a part came from. It is looked up outside of
// transactions.
type origin struct {
	sender string
	facts  msisdn.Facts
	abroad bool
}

// originOf returns the origin of a part that came to a SIM of a country, "" not known.
func originOf(p Part, country string) origin {
	o := origin{sender: canonical(p.Sender, p.Named, country)}
	if from := msisdn.Number(o.sender); !p.Named && !from.Short() {
		o.facts, o.abroad = from.Facts(), from.Abroad(msisdn.Number(p.SMSC))
	}
	return o
}

// take is Take in a transaction.
func (b *Inbox) take(tx *store.Tx, line int64, p Part, from origin, now clock.Moment) error {
	// With a time of the SMSC in it, one that was seen "later" was seen before the
	// clock was set back.
	since, until := now.Wall.Add(-seenFor), clock.Wall(math.MaxInt64)
	if p.Invalid == nil && p.Sent.IsZero() {
		since, until = now.Wall.Add(-seenForUntimed), now.Wall.Add(seenForUntimed)
	}
	known, err := markSeen(tx, fingerprint(line, p.Raw), now.Wall, since, until)
	if err != nil || known {
		return err
	}
	if p.Invalid != nil {
		m := row{Message: Message{Line: line, Kind: Undecodable, Unread: true, Class: -1, Total: 1, PDU: p.Raw, Repair: p.Invalid.Error()}, have: 1, received: now.Wall}
		return b.show(tx, insert, &m)
	}
	if p.PID == pidSilent {
		b.log.Info("a silent message came in, and is not shown", "line", line)
		return nil
	}
	m := newRow(line, from.sender, p, now.Wall)
	m.Facts, m.Abroad = from.facts, from.abroad
	if p.Total == 0 {
		if p.PID >= pidReplace1 && p.PID <= pidReplace7 {
			if m.Replaces, err = replacedBy(tx, line, m.Sender, p.PID); err != nil {
				return err
			}
		}
		return b.show(tx, insert, &m)
	}
	return b.takePart(tx, m, p, now.Up)
}

// takePart puts a part into its message: into one that lacks it, the nearest in
// time where several do, or else into a new one.
func (b *Inbox) takePart(tx *store.Tx, m row, p Part, up clock.Uptime) error {
	m.reference, m.wide, m.Total = int(p.Reference), p.Wide, p.Total
	if m.PDU = ""; p.Repair != "" {
		m.PDU = p.Raw
	}
	open, err := openFor(tx, m, p.Seq)
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
		into.Facts, into.Abroad = m.Facts, into.Abroad || m.Abroad
	}
	if err := insertPiece(tx, into.ID, p); err != nil {
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
	m.Abroad = m.Abroad || other.Abroad
	return true, moveParts(tx, other.ID, m.ID)
}

// joinAndShow puts the parts of a message together that have come, and shows it.
func (b *Inbox) joinAndShow(tx *store.Tx, m row) error {
	pieces, err := b.pieces(tx, m)
	if err != nil {
		return err
	}
	if m.Kind == Text || m.Kind == Indication {
		m.Text = join(pieces, gapMark)
	} else {
		m.Data = nil
		for _, p := range pieces {
			if p != nil {
				m.Data = append(m.Data, p.octets()...)
			}
		}
	}
	if m.have == m.Total {
		if err := emptyParts(tx, m.ID); err != nil {
			return err
		}
	}
	return b.show(tx, update, &m)
}

// show stores a message as one that everybody may see, the last of all. Where its text is
// not what came, that is kept nowhere.
func (b *Inbox) show(tx *store.Tx, store func(*store.Tx, *row) error, m *row) (err error) {
	c := journal.Change{Kind: Incoming, To: Received}
	switch {
	case m.Kind == Call:
		c.To = Missed
	case m.Change > 0:
		c.From, c.To = Received, Amended
	}
	came := m.Text
	if err := b.world.Arrive(tx, &m.Message); err != nil {
		return err
	}
	if m.Change, err = nextChange(tx); err != nil {
		return err
	}
	m.gapDue = 0
	tx.Ring(topicShown)
	if m.Text != came {
		m.PDU = ""
		if err := forgetRaw(tx, m.ID); err != nil {
			return err
		}
	}
	if err := store(tx, m); err != nil {
		return err
	}
	c.Subject, c.App, c.At = m.ID, m.App, m.last
	if err := b.journal.Append(tx, c); err != nil {
		return err
	}
	return b.world.Shown(tx, m.Message)
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
