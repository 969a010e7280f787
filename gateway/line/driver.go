package line

import (
	"context"
	"log/slog"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Driver carries texts from one SIM to phones. It is safe for concurrent use. A driver
// that can place calls is also a [Caller], one that can send USSD codes an [Asker].
type Driver interface {
	// Name returns the configured name, which is unique.
	Name() string
	// Attach gives the driver its host. It is called once, before Run.
	Attach(Host)
	// Run keeps the driver working until ctx ends.
	Run(ctx context.Context) error
	// Alive returns an error if Run is stuck in a step that should have ended.
	Alive() error
	// State returns the state.
	State() State
	// Status returns what is known of the driver and its SIM.
	Status() Status
	// Reports reports whether it is told, as a rule, what became of what it has sent.
	Reports() bool

	// Units returns what is sent for a text, in order, or why it cannot be sent.
	Units(Text) ([]Unit, error)
	// Send sends one unit and returns its reference, -1 where it was sent and has
	// none. An [Error] says what to do next. Cancelling ctx withdraws the unit while
	// that is possible; once it is handed over its outcome is waited for, for a
	// bounded time.
	Send(context.Context, Submission) (ref int, err error)
}

// Text is a text to be sent.
type Text struct {
	To        msisdn.Number
	Body      string
	Reference uint8         // the same for all units of one message, another for the next to this number
	Validity  time.Duration // how long the network may try to deliver it
	Flash     bool          // it is shown at once, and need not be kept
}

// Unit is what a driver sends at once, and what is reported on. Only the driver that
// made it knows what it is.
type Unit any

// Token names a unit: the message and the place of the unit in it, from 1.
type Token struct {
	Message int64
	Seq     int
}

// Submission is a unit on its way out.
type Submission struct {
	Unit   Unit
	Token  Token
	Within time.Duration // it is not handed over later than this from now
}

// Host is what a driver works for: who hears of it, and where it keeps what must
// outlive a restart.
type Host struct {
	Handler
	DB    *store.DB
	Clock *clock.Clock
	Log   *slog.Logger
	// PIN returns the PIN of the SIM that is in the device, "" for none.
	PIN func(iccid string) string
	// SMSOverData returns what is configured for a SIM that has data alone, as in Settings.
	SMSOverData func(SIM) string
}

// Handler hears what a driver reports. Its methods return when that is on the disk,
// which may take time; Changed does not block. Report, Received and Late are called
// one after the other.
type Handler interface {
	// Changed is called after each change of the state or its reason.
	Changed()
	// Identified is called with the SIM before the driver becomes Ready with it.
	Identified(context.Context, SIM) error
	// Report is called with what became of a unit for good.
	Report(context.Context, Report) error
	// Received is called with each message that came in, or part of one. It may be
	// called again with the same after an error, or a restart.
	Received(context.Context, Received) error
	// Late is called when the outcome of a unit becomes known that had been [Unknown]:
	// its reference, or, as an [Error], why it was refused.
	Late(ctx context.Context, of Token, ref int, refused error) error
	// Called is called with each call that came in and that nobody took. It may be called
	// again with the same after an error, where that has a Raw.
	Called(context.Context, Called) error
	// Notice is called with what the owner should know. The driver has logged it.
	Notice(context.Context, Notice)
}

// Report says what became of a unit for good.
type Report struct {
	Of        Token       // the unit, where the driver knows it; else zero: it is found by Ref and Recipient
	Ref       int         // of the unit, which may repeat
	Recipient string      // as the network writes the number, which may differ from how it was given
	Delivered bool        // or the network has given up
	Cause     cause.Cause // the same in words, with a code where it was not delivered
}

// Received is a message that came in, or a part of one. Where Invalid is set, the
// message could not be decoded and there is nothing but Raw.
type Received struct {
	Sender string // MSISDN, short code or name
	Named  bool   // Sender is a name, to which nobody can answer
	Sent   time.Time

	Text  string
	UTF16 []byte // of a part with a text in UTF-16: its octets, which may end within a character
	Data  []byte // of a message that is data
	Class *uint8 // 0 to 3, 0 being meant to be shown at once; nil: none

	// The place of a part in its message.
	Reference  uint16
	Wide       bool // the reference has 16 bits, and is another than the same number in 8
	Seq, Total int  // 1 <= Seq <= Total; Total 0: the message is whole

	Port int // the application that it is for, -1: for people
	PID  int // TP-PID, 0 where there is none
	DCS  int // TP-DCS, 0 where there is none

	SMSC string // that it came by, "" where that is not told

	Raw     string // as it came
	Repair  string // what was wrong with it and repaired, "" nothing
	Invalid error  // why it could not be decoded
}

// Called is a call that came in and that nobody took.
type Called struct {
	From string    // as the network writes the number, "" where that is withheld
	At   time.Time // when that was, zero: now
	Raw  string    // what tells the call from all others, "" nothing
	Text string    // what became of it, in words: "incoming call refused"
}

// Decoder is a driver that can decode the Raw of what it has received once more.
type Decoder interface {
	Decode(raw string) Received
}

// Receiver is a driver whose device delivers webhooks.
type Receiver interface {
	// Receive takes a webhook. It returns nil when what it says is on the disk, or is of
	// no use; a fault that says why otherwise.
	Receive(context.Context, Webhook) error
}

// Webhook is an HTTP request of a device to the gateway.
type Webhook struct {
	From      string // address of the device
	Body      []byte
	Signature string // of Body and Timestamp
	Timestamp string
}

// Notice is something that the owner should know.
type Notice struct {
	Kind journal.Kind
	Text string
}

// Restarter is a driver whose device can be restarted.
type Restarter interface {
	// Restart restarts the device when what is being sent has ended, and returns before.
	Restart() error
}

// Asker is a driver that can send USSD codes.
type Asker interface {
	// USSD sends a code such as *100#, or the answer to a menu, and returns what the
	// network says. It takes up to a minute and a half.
	USSD(ctx context.Context, code string) (USSDAnswer, error)
	// EndUSSD ends a menu that waits for an answer.
	EndUSSD(context.Context) error
}

// USSDAnswer is what the network says to a USSD code.
type USSDAnswer struct {
	Text string
	More bool // it is a menu, and waits for an answer
}
