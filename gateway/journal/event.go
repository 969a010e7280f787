package journal

import (
	"cmp"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Kind says what an [Event] is about, for programs.
type Kind string

// The kinds of events.
const (
	LineSwapped     Kind = "line.swapped"     // another SIM is in a modem
	LineBudget      Kind = "line.budget"      // a SIM has used up what it may send in a day or month
	LineQuarantined Kind = "line.quarantined" // a SIM seems to be blocked and sends no more
	LineReleased    Kind = "line.released"    // it sends again
	ModemBreaker    Kind = "modem.breaker"    // a modem left parts without an answer and pauses
	BalanceLow      Kind = "balance.low"      // the credit of a SIM runs out
	BatteryLow      Kind = "battery.low"      // the battery of a phone runs down
	StorageFull     Kind = "storage.full"     // a SIM has no room for what comes in
	GuardBlocked    Kind = "guard.blocked"    // codes to where hardly anybody answers are blocked
	GuardThrottled  Kind = "guard.throttled"  // codes to where hardly anybody answers go out one by one
	GuardWrong      Kind = "guard.wrong"      // a number has had too many wrong codes
	CodesUnchecked  Kind = "codes.unchecked"  // an app takes codes, and has none checked here
	WebhookFailed   Kind = "webhook.failed"   // a webhook could not be delivered for days, or its receiver refuses it

	ForwardFailed  Kind = "forward.failed"  // what came in could not be forwarded
	ForwardChanged Kind = "forward.changed" // a forward rule was made, changed or removed while the gateway runs

	CallbackWithheld Kind = "callback.withheld" // an app names a callback that nobody has allowed

	// Notices of modems.
	ModemPower    Kind = "modem.power"    // the supply of a modem breaks down
	ModemRecovery Kind = "modem.recovery" // what was done to recover a modem
	ModemFault    Kind = "modem.fault"    // a modem cannot be used, and it does not pass by itself
	ModemChanged  Kind = "modem.changed"  // another modem, or another port
	CallIncoming  Kind = "call.incoming"  // a SIM was called
	USSDReceived  Kind = "ussd"           // the network sent a text that was not asked for

	// What is wrong for a while, and that it is over.
	ModemAbsent    Kind = "modem.absent"    // a modem is not there
	ModemLocked    Kind = "modem.locked"    // a SIM wants its PIN or PUK
	ModemFaulted   Kind = "modem.faulted"   // a modem does not answer, or fails
	ModemSearching Kind = "modem.searching" // a modem finds no network
	ModemHung      Kind = "modem.hung"      // the driver of a modem is stuck
	LinesDown      Kind = "lines.down"      // no line can send
	WebhookDead    Kind = "webhook.dead"    // the receiver of a webhook does not take what is delivered
	QueueHeld      Kind = "queue.held"      // what waited in a restored backup waits for the word of the owner
	BackupFailed   Kind = "backup.failed"   // a backup could not be made
	ConfigRejected Kind = "config.rejected" // a configuration that was to be reloaded has mistakes
	ConfigReloaded Kind = "config.reloaded" // the configuration was reloaded
	DiskLow        Kind = "machine.disk"    // the disk is nearly full
	ClockWrong     Kind = "machine.clock"   // the time of day is wrong
	PowerLow       Kind = "machine.power"   // the machine has too little voltage
	CanaryLost     Kind = "canary.lost"     // messages from SIM to SIM do not arrive
	Certificate    Kind = "certificate"     // a certificate of HTTPS ends, or cannot be replaced

	// These are told, and are no events.
	DatabaseFault Kind = "machine.database" // the database fails: no event can be written
	Test          Kind = "test"
)

// Kinds lists all of them.
var Kinds = []Kind{LineSwapped, LineBudget, LineQuarantined, LineReleased, ModemBreaker, BalanceLow, StorageFull, GuardBlocked, GuardThrottled, GuardWrong, CodesUnchecked, WebhookFailed,
	ForwardFailed, ForwardChanged, CallbackWithheld, ModemPower, ModemRecovery, ModemFault, ModemChanged, CallIncoming, USSDReceived,
	ModemAbsent, ModemLocked, ModemFaulted, ModemSearching, ModemHung, LinesDown, WebhookDead, QueueHeld, BackupFailed, ConfigRejected, ConfigReloaded, DiskLow, ClockWrong, PowerLow, CanaryLost, Certificate}

// Event is something that the owner should know.
type Event struct {
	ID    int64 // grows with time
	At    time.Time
	Kind  Kind
	Line  int64  // the SIM, 0 for none
	Modem string // its name, "" for none
	Text  string // what happened and what to do, in words
}

// Filter selects events; zero fields select all.
type Filter struct {
	Kind   Kind
	Line   int64
	Before int64 // only ids below
	Limit  int   // 1 to 500, 0 means 50
}

// Journal writes down what the owner should know. It is safe for concurrent use.
type Journal struct {
	clock *clock.Clock
	log   *slog.Logger
	noted sync.Map // texts of kept events, for NoteOnce
	notes atomic.Int32
}

// New returns a journal that also logs what it is given.
func New(c *clock.Clock, log *slog.Logger) *Journal { return &Journal{clock: c, log: log} }

// Note logs an event and writes it down, in the transaction of what it is about: it
// is kept if and only if that is. Its ID and At are given here.
func (j *Journal) Note(tx *store.Tx, e Event) error {
	j.log.Warn(e.Text, "event", string(e.Kind), "line", e.Line, "modem", e.Modem)
	return j.Keep(tx, e)
}

// NoteOnce is Note for an event that is worth no second one while the first is kept.
func (j *Journal) NoteOnce(tx *store.Tx, e Event) error {
	if _, known := j.noted.Load(e.Text); known {
		return nil
	}
	kept, err := hasEvent(tx, e)
	if err != nil {
		return err
	}
	if kept {
		if j.notes.Add(1) <= maxNoted {
			j.noted.Store(e.Text, nil)
		}
		return nil
	}
	return j.Note(tx, e)
}

// maxNoted bounds the texts that are remembered to be kept, so that the table need not
// be searched for them.
const maxNoted = 1000

// Keep is Note for an event that has been logged already.
func (j *Journal) Keep(tx *store.Tx, e Event) error {
	tx.Ring(Noted)
	now := j.clock.Wall()
	id, err := insertEvent(tx, e, now)
	if err != nil {
		return err
	}
	return j.Append(tx, Change{Kind: EventKind, Subject: id, To: string(e.Kind), At: now})
}

// Noted is the bell that rings after each transaction with an [Event].
const Noted store.Topic = "event"

// EventByID returns an event.
func EventByID(tx *store.Tx, id int64) (Event, error) {
	list, err := selectEventsAfter(tx, id-1, 1)
	if err == nil && (len(list) == 0 || list[0].ID != id) {
		err = fault.NewNotFound("there is no event with this id")
	}
	if err != nil {
		return Event{}, err
	}
	return list[0], nil
}

// EventsAfter returns the events after the one with an id, the oldest first and at most
// limit.
func EventsAfter(tx *store.Tx, after int64, limit int) ([]Event, error) {
	return selectEventsAfter(tx, after, limit)
}

// checkLimit lets f select 50 events where it names no number.
func (f *Filter) checkLimit() error {
	f.Limit = cmp.Or(f.Limit, 50)
	if f.Limit < 1 || f.Limit > 500 {
		return fault.NewInvalid("limit", "at most 500 events at a time")
	}
	return nil
}

// Events returns what happened, newest first.
func Events(tx *store.Tx, f Filter) ([]Event, error) {
	if err := f.checkLimit(); err != nil {
		return nil, err
	}
	return selectEvents(tx, f)
}

// maxEvents bounds the log, whatever the age of what is in it: a SIM that is
// swapped all day must not fill the disk.
const maxEvents = 10_000
