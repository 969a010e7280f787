package notify

import (
	"fmt"

	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// happened returns the trouble that an event of another room begins, or ends where ends;
// ok is false for all that is told as a [Condition], or not at all.
func happened(e journal.Event, tick clock.Tick) (t Trouble, ends, ok bool) {
	t = Trouble{Kind: e.Kind, Line: e.Line, Modem: e.Modem, Text: e.Text}
	switch e.Kind {
	case journal.LineQuarantined, journal.LineReleased:
		t.Name, t.Title = fmt.Sprint("quarantine ", e.Line), fmt.Sprintf("SIM %d seems to be blocked", e.Line)
		t.ending = fmt.Sprintf("SIM %d is out of quarantine", e.Line)
		return t, e.Kind == journal.LineReleased, true
	case journal.ModemPower:
		t.Name, t.Title = "power "+e.Modem, "modem "+e.Modem+" has too little power"
		t.Text = fmt.Sprintf("modem %s: %s; use the power supply made for this machine, and a powered hub for the modem", e.Modem, e.Text)
	case journal.ModemFault:
		t.Name, t.Title = "fault "+e.Modem, "modem "+e.Modem+" cannot be used"
		t.Text = "modem " + e.Modem + ": " + e.Text
	case journal.GuardThrottled:
		t.Name, t.Title = fmt.Sprint("pump ", e.ID), "codes that nobody answers are slowed down"
	case journal.BackupFailed:
		t.Name, t.Title = "backup", "the backup failed"
	default:
		return t, false, false
	}
	t.passes = tick.Add(once)
	return t, false, true
}

// eventsAtOnce bounds the events of one transaction.
const eventsAtOnce = 200

// readEvents begins and ends the troubles of the events that it has not seen yet. How far
// it has read is written down together with what it tells, and after many events without
// any.
func (n *Notifier) readEvents(tx *store.Tx, write bool) (more bool, err error) {
	written, err := selectCursor(tx)
	if err != nil {
		return false, err
	}
	last := max(n.seen, written)
	events, err := journal.EventsAfter(tx, last, eventsAtOnce)
	if err != nil || len(events) == 0 {
		return false, err
	}
	now := n.clock.Now()
	for _, e := range events {
		t, ends, ok := happened(e, now.Tick)
		if !ok {
			continue
		}
		if !write {
			return true, nil
		}
		before, err := selectTrouble(tx, t.Name)
		switch {
		case err != nil:
			return false, err
		case ends && before.open:
			err = n.end(tx, before, true, now)
		case !ends && !before.open:
			err = n.begin(tx, t, true, now)
		}
		if err != nil {
			return false, err
		}
	}
	last = events[len(events)-1].ID
	if write {
		return len(events) == eventsAtOnce, updateCursor(tx, last)
	}
	if len(events) == eventsAtOnce {
		return true, nil
	}
	n.seen = last
	return false, nil
}
