package gateway

import (
	"context"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/store"
	"simgate/modem"
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
	StorageFull     Kind = "storage.full"     // a SIM has no room for what comes in
	GuardBlocked    Kind = "guard.blocked"    // codes to where hardly anybody answers are blocked
	WebhookFailed   Kind = "webhook.failed"   // somebody could not be told in days, or wants to be told no more

	// What modems tell of themselves.
	ModemPower    = Kind(modem.NoticePower)    // the supply of a modem breaks down
	ModemRecovery = Kind(modem.NoticeRecovery) // what was done to bring a modem back
	ModemChanged  = Kind(modem.NoticeModem)    // another modem, or another port
	CallIncoming  = Kind(modem.NoticeCall)     // somebody has called a SIM
	USSDReceived  = Kind(modem.NoticeUSSD)     // the network sent a text that nobody asked for
)

// Kinds lists all of them.
var Kinds = []Kind{LineSwapped, LineBudget, LineQuarantined, LineReleased, ModemBreaker, BalanceLow, StorageFull, GuardBlocked, WebhookFailed,
	ModemPower, ModemRecovery, ModemChanged, CallIncoming, USSDReceived}

// Event is something that the owner should know.
type Event struct {
	ID    int64 // grows with time
	At    time.Time
	Kind  Kind
	Line  int64  // the SIM, 0 for none
	Modem string // its name, "" for none
	Text  string // what happened and what to do, in words
}

// EventFilter selects events; zero fields select all.
type EventFilter struct {
	Kind   Kind
	Line   int64
	Before int64 // only ids below
	Limit  int   // 1 to 500, 0 means 50
}

// Events returns what happened, newest first.
func (g *Gateway) Events(ctx context.Context, f EventFilter) ([]Event, error) {
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Limit < 1 || f.Limit > 500 {
		return nil, fault.NewInvalid("limit", "at most 500 events at a time")
	}
	return store.Read(ctx, g.db, func(tx *store.Tx) ([]Event, error) { return selectEvents(tx, f) })
}

// event writes one down, in the transaction of what it tells of: it is kept if
// and only if that is. Its ID and At are given here.
func (g *Gateway) event(tx *store.Tx, e Event) error {
	g.log.Warn(e.Text, "event", string(e.Kind), "line", e.Line, "modem", e.Modem)
	return insertEvent(tx, e, int64(g.clock.Wall()))
}

// maxEvents bounds the log, whatever the age of what is in it: a SIM that is
// swapped all day must not fill the disk.
const maxEvents = 10_000
