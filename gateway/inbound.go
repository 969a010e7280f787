package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"

	"simgate/gateway/store"
	"simgate/modem/pdu"
)

// IncomingKind says what a message that came in is.
type IncomingKind string

// The kinds of incoming messages.
const (
	IncomingText        IncomingKind = "text"
	IncomingData        IncomingKind = "data"        // for an application; the octets are kept
	IncomingMMS         IncomingKind = "mms"         // the centre says that an MMS waits, which this gateway cannot fetch
	IncomingIndication  IncomingKind = "indication"  // that something waits, such as voice mail
	IncomingUndecodable IncomingKind = "undecodable" // the PDU is kept as it came
)

// IncomingKinds lists all kinds; the schema checks for the same.
var IncomingKinds = []IncomingKind{IncomingText, IncomingData, IncomingMMS, IncomingIndication, IncomingUndecodable}

// Incoming is a message that came in.
type Incoming struct {
	ID       int64
	Line     int64
	Sender   string // MSISDN, short code or name; "" where it cannot be told
	Named    bool   // Sender is a name, to which nobody can answer
	Kind     IncomingKind
	Text     string
	Data     []byte
	Class    int   // 0 to 3, 0 being meant to be shown at once; -1 none
	Replaces int64 // the message that the sender meant to replace with this one, 0 none
	Total    int   // parts
	Missing  []int // parts that have not come, by their place from 1
	PDU      string
	Repair   string // what was wrong with the PDU, "" nothing
	Sent     time.Time
	Received time.Time
	Change   int64 // grows with each message that is shown and each that is amended
}

// gapMark stands in a text in the place of a part that has not come.
const gapMark = "[…]"

const (
	// The times of the centre within which parts belong together for certain, and
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
	// of the centre two equal ones may be two messages, and are soon.
	seenFor     = 7 * 24 * time.Hour
	seenForVain = 10 * time.Minute

	mmsPort     = 2948 // WAP push, by which MMS are announced (OMA MMS encapsulation)
	pidSilent   = 0x40 // TS 23.040 9.2.3.9
	pidReplace1 = 0x41
	pidReplace7 = 0x47
)

// receive stores a message that came in, or a part of one. It returns when that is on
// the disk.
func (g *Gateway) receive(ctx context.Context, line int64, raw string) error {
	wall := int64(g.clock.Wall())
	_, err := write(ctx, g, func(tx *store.Tx) (bool, error) {
		shown, err := g.takeIncoming(tx, line, raw, wall)
		if shown {
			tx.Ring(topicInbox)
		}
		tx.Ring(topicGaps)
		return shown, err
	})
	return err
}

// takeIncoming stores one PDU, and reports whether a message is shown by it.
func (g *Gateway) takeIncoming(tx *store.Tx, line int64, raw string, wall int64) (shown bool, err error) {
	d, fault := pdu.ParseDeliver(raw)
	// With a time of the centre in it, one that was seen "later" was seen before the
	// clock was set back.
	since, until := wall-seenFor.Milliseconds(), int64(math.MaxInt64)
	if fault == nil && d.Sent.IsZero() {
		since, until = wall-seenForVain.Milliseconds(), wall+seenForVain.Milliseconds()
	}
	known, err := markSeen(tx, fingerprint(line, raw), wall, since, until)
	if err != nil || known {
		return false, err
	}
	if fault != nil {
		m := incomingRow{Incoming: Incoming{Line: line, Kind: IncomingUndecodable, Class: -1, Total: 1, PDU: raw, Repair: fault.Error()}, have: 1, received: wall}
		return true, g.show(tx, insertIncoming, &m)
	}
	if d.PID == pidSilent {
		g.log.Info("a silent message came in, and is not shown", "line", line)
		return false, nil
	}
	m := newIncoming(line, d, raw, wall)
	if d.Concat == nil {
		if d.PID >= pidReplace1 && d.PID <= pidReplace7 {
			if m.Replaces, err = replacedBy(tx, line, m.Sender, int(d.PID)); err != nil {
				return false, err
			}
		}
		return true, g.show(tx, insertIncoming, &m)
	}
	return g.takePart(tx, m, *d.Concat, raw)
}

// newIncoming is the message of which a PDU is all, or a part.
func newIncoming(line int64, d pdu.Deliver, raw string, wall int64) incomingRow {
	m := incomingRow{Incoming: Incoming{Line: line, Sender: d.Sender.Number, Named: d.Sender.Alphanumeric,
		Kind: IncomingText, Text: d.Text, Class: -1, Total: 1, Repair: d.Repair, Sent: d.Sent},
		pid: int(d.PID), have: 1, received: wall}
	if d.Class != nil {
		m.Class = int(*d.Class)
	}
	if d.Repair != "" {
		m.PDU = raw
	}
	const (
		indications = 0xc0 // TP-DCS from here on tell that something waits (TS 23.038 4) …
		discard     = 0xd0 // … and up to here their text is not to be kept
		ofClass     = 0xf0
		toSIM       = 2 // class: meant for the card
	)
	switch {
	case d.Ports != nil && d.Ports.Destination == mmsPort:
		m.Kind, m.Data, m.Text = IncomingMMS, payload(d), mmsText
	case d.Ports != nil, d.Data != nil, m.Class == toSIM:
		m.Kind, m.Data, m.Text = IncomingData, payload(d), ""
	case d.DCS >= indications && d.DCS < ofClass:
		m.Kind = IncomingIndication
		if d.DCS < discard {
			m.Text = ""
		}
	}
	return m
}

// payload are the octets of a message that is no text.
func payload(d pdu.Deliver) []byte {
	if d.Data != nil {
		return d.Data
	}
	return []byte(d.Text)
}

// takePart puts a part into its message: into one that lacks it, the nearest in
// time where several do, or else into a new one.
func (g *Gateway) takePart(tx *store.Tx, m incomingRow, c pdu.Concat, raw string) (shown bool, err error) {
	m.reference, m.wide, m.Total = int(c.Ref), c.Wide, c.Total
	open, err := openIncoming(tx, m, c.Seq)
	if err != nil {
		return false, err
	}
	into, found := nearest(open, m, sentTogether)
	if !found {
		up := int64(g.clock.Uptime())
		m.gapDue = up + min(matchAfter, g.cfg.GapTimeout).Milliseconds()
		m.gapEnd = up + g.cfg.GapTimeout.Milliseconds()
		if err := insertIncoming(tx, &m); err != nil {
			return false, err
		}
		into = m
	} else {
		into.have++
		into.last = m.received
	}
	if err := insertIncomingPart(tx, into.ID, c.Seq, raw); err != nil {
		return false, err
	}
	switch {
	case into.have == into.Total:
		return true, g.joinAndShow(tx, into)
	case into.Change > 0: // it was shown with gaps, of which there is one less
		return true, g.joinAndShow(tx, into)
	case found:
		return false, updateIncoming(tx, &into)
	}
	return false, nil
}

// nearest returns the message that a part most likely belongs to, of those whose
// time is no further from its own than the window.
func nearest(open []incomingRow, part incomingRow, window time.Duration) (best incomingRow, found bool) {
	least := time.Duration(0)
	for _, m := range open {
		distance, limit := part.Sent.Sub(m.Sent).Abs(), window
		if m.Sent.IsZero() || part.Sent.IsZero() {
			distance, limit = time.Duration(part.received-m.last)*time.Millisecond, arrivalWindow
		}
		if distance <= limit && (!found || distance < least) {
			best, found, least = m, true, distance
		}
	}
	return best, found
}

// match puts two messages together that lack parts, where each has what the
// other lacks and the times allow that they are one. It reports whether it did.
func (g *Gateway) match(tx *store.Tx, m *incomingRow) (bool, error) {
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
func (g *Gateway) joinAndShow(tx *store.Tx, m incomingRow) error {
	raw, err := incomingParts(tx, m.ID)
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
	if m.Kind == IncomingText || m.Kind == IncomingIndication {
		m.Text = pdu.Join(parts, gapMark)
	} else {
		for _, d := range parts {
			if d != nil {
				m.Data = append(m.Data, payload(*d)...)
			}
		}
	}
	if m.have == m.Total {
		if err := deleteIncomingParts(tx, m.ID); err != nil {
			return err
		}
	}
	return g.show(tx, updateIncoming, &m)
}

// show stores a message as one that everybody may see, the last of all.
func (g *Gateway) show(tx *store.Tx, store func(*store.Tx, *incomingRow) error, m *incomingRow) (err error) {
	if m.Change, err = nextChange(tx); err != nil {
		return err
	}
	m.gapDue = 0
	return store(tx, m)
}

// settleGap looks at a message that lacks parts: it takes those that may be its
// own, and in the end is shown without them.
func (g *Gateway) settleGap(tx *store.Tx, m incomingRow, up int64) (shown bool, err error) {
	// Another may have taken its parts in this very transaction.
	if m.have, err = countParts(tx, m.ID); err != nil || m.have == 0 {
		return false, err
	}
	for matched := true; matched && m.have < m.Total; {
		if matched, err = g.match(tx, &m); err != nil {
			return false, err
		}
	}
	if m.have == m.Total || up >= m.gapEnd {
		return true, g.joinAndShow(tx, m)
	}
	m.gapDue = m.gapEnd
	return false, updateIncoming(tx, &m)
}

// showGaps shows what has waited long enough for its missing parts, and returns
// how long it is until the next one has.
func (g *Gateway) showGaps(ctx context.Context) (time.Duration, error) {
	up := int64(g.clock.Uptime())
	next, err := write(ctx, g, func(tx *store.Tx) (int64, error) {
		due, err := incompleteIncoming(tx, up)
		if err != nil {
			return 0, err
		}
		for _, m := range due {
			did, err := g.settleGap(tx, m, up)
			if err != nil {
				return 0, err
			}
			if did {
				tx.Ring(topicInbox)
			}
		}
		return nextGap(tx)
	})
	// The timers of a machine stand still while it sleeps, and its uptime does not.
	wait := time.Hour
	if next > 0 {
		wait = min(wait, max(0, time.Duration(next-up)*time.Millisecond))
	}
	return wait, err
}

// recoverGaps has the waits for missing parts count from this boot. What has waited
// long enough waits a little longer: the network may be about to bring what it
// could not while the machine was off.
func (g *Gateway) recoverGaps(tx *store.Tx, up, wall int64) error {
	timeout := g.cfg.GapTimeout.Milliseconds()
	return renewGaps(tx, up, wall, min(matchAfter.Milliseconds(), timeout), timeout)
}

// watchGaps shows messages with gaps when it is time, until ctx ends.
func (g *Gateway) watchGaps(ctx context.Context) error {
	for {
		news := g.db.Bell(topicGaps)
		wait, err := g.showGaps(ctx)
		if err != nil {
			wait = storeRetry
			g.log.Warn("messages with missing parts could not be shown", "err", err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-news:
			timer.Stop()
		case <-timer.C:
		}
	}
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
