package notify

import (
	"cmp"
	"fmt"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// Condition is something that is wrong now, or may be.
type Condition struct {
	Name   string        // of the trouble, while it lasts: "modem stick"
	Kind   journal.Kind  // another kind under the same name is told as something new
	Line   int64         // the SIM, 0 for none
	Modem  string        // its name, "" for none
	Title  string        // what is wrong, in a few words
	Text   string        // what is wrong, and what to do
	Over   string        // what is said when it is over
	Urgent bool          // it is told in quiet hours, too
	After  time.Duration // it is a trouble once it has been seen for so long
	Noted  bool          // who has found it writes the event of its begin
	Unsure bool          // nobody can say now: it neither begins nor ends
}

// Trouble is something that is wrong, or was until lately.
type Trouble struct {
	Name   string
	Kind   journal.Kind
	Line   int64
	Modem  string
	Title  string
	Text   string
	Urgent bool
	Since  time.Time

	ending  string
	watched bool
	open    bool
	passes  clock.Tick // at which it is over by itself, 0 never
	told    clock.Tick // from which its last begin was told, 0 never
}

const (
	// seldom is how far apart the begins of one trouble are told.
	seldom = time.Hour
	// once is for how long something that happens is told once.
	once = 24 * time.Hour
	// keepTroubles is how long what is over is remembered.
	keepTroubles = 48 * time.Hour
)

// begin writes down that a trouble has begun, and tells it.
func (n *Notifier) begin(tx *store.Tx, t Trouble, noted bool, now clock.Moment) error {
	before, err := selectTrouble(tx, t.Name)
	if err != nil {
		return err
	}
	due := now.Tick
	switch {
	case before.Kind != t.Kind || before.told == 0:
	case before.told > due: // it was over before it was told
		due = before.told
	default:
		due = max(due, before.told.Add(seldom))
	}
	t.open, t.Since, t.told = true, now.Wall.Time(), due
	if len(n.set.Load().ways) == 0 {
		t.told = 0
	}
	if err := upsertTrouble(tx, t, now.Tick); err != nil {
		return err
	}
	if !noted {
		if err := n.journal.Note(tx, journal.Event{Kind: t.Kind, Line: t.Line, Modem: t.Modem, Text: t.Text}); err != nil {
			return err
		}
	}
	return n.tell(tx, t, t.Title, t.Text, due, now)
}

// end writes down that a trouble is over, and tells it where its begin was told, or is
// overdue. The event is written here but where noted.
func (n *Notifier) end(tx *store.Tx, t Trouble, noted bool, now clock.Moment) error {
	t.open = false
	if err := upsertTrouble(tx, t, now.Tick); err != nil {
		return err
	}
	text := fmt.Sprintf("%s (since %s)", t.ending, n.clockTime(t.Since))
	if !noted {
		if err := n.journal.Note(tx, journal.Event{Kind: t.Kind, Line: t.Line, Modem: t.Modem, Text: text}); err != nil {
			return err
		}
	}
	return n.tell(tx, t, "over: "+t.Title, text, now.Tick, now)
}

// clockTime shows a time in the zone of the machine.
func (n *Notifier) clockTime(t time.Time) string {
	return t.In(n.clock.Local().Location()).Format(clock.ToTheMinute)
}

// tell writes a notification of a trouble for each way, in the place of one that is
// pending. The end of what is not told yet, and not due either, is not told.
func (n *Notifier) tell(tx *store.Tx, t Trouble, title, text string, due clock.Tick, now clock.Moment) error {
	for _, w := range n.set.Load().ways {
		pending, err := selectPending(tx, w.name, t.Name)
		if err != nil {
			return err
		}
		if pending.ID != 0 {
			if err := settle(tx, pending, Withdrawn, cmp.Or(pending.Cause, cause.NewerTold.With()), now); err != nil {
				return err
			}
			if !t.open && !pending.Over && pending.Cause.Text == "" && pending.due > now.Tick {
				continue
			}
			if t.open {
				due = max(due, pending.due)
			}
		}
		if _, err := insertNotification(tx, Notification{Way: w.name, Trouble: t.Name, Kind: t.Kind, Over: !t.open, Urgent: t.Urgent,
			Title: title, Text: text, At: now.Wall.Time(), due: due}); err != nil {
			return err
		}
	}
	tx.Ring(made)
	return nil
}
