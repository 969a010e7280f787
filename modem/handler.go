package modem

import (
	"context"

	"simgate/modem/pdu"
)

// Handler receives what a modem reports, and stores for it what must outlive a
// restart. The methods return when that is on the disk, which may take time;
// Changed must not block. Report, Received and Late are called one after the other.
type Handler interface {
	// Changed is called after each change of the state or its reason.
	Changed()
	// Identified is called with the SIM before the modem becomes Ready with it.
	Identified(context.Context, SIM) error
	// Report is called with each status report.
	Report(context.Context, pdu.StatusReport) error
	// Received is called with the PDU of each incoming message, in hexadecimal with
	// the address of the SMSC first, also if it cannot be decoded. When it returns
	// nil the message is deleted from the SIM.
	Received(ctx context.Context, pdu string) error
	// Late is called when the outcome of a part becomes known that had been
	// [Unknown]. Token is that of its [Submission]. If refused is nil, the part was
	// sent with the reference mr.
	Late(ctx context.Context, token any, mr int, refused error) error
	// Notice is called with what the owner of the modem should know.
	Notice(context.Context, Notice)

	// RecoveryHistory returns the records of NoteRecovery for a modem, which is named
	// by its IMEI, or by its port where that is not known.
	RecoveryHistory(ctx context.Context, modem string) ([]StepRecord, error)
	// NoteRecovery records that a recovery step is being taken, or, if worked, that
	// it has brought the modem back.
	NoteRecovery(ctx context.Context, modem string, step Step, worked bool) error

	// SMSC returns the address of the SMSC that a SIM had when it was last used, ""
	// if it is not known.
	SMSC(ctx context.Context, iccid string) (string, error)
	// NoteSMSC records the address of the SMSC of a SIM.
	NoteSMSC(ctx context.Context, iccid, smsc string) error

	// Bearer returns what is configured for the bearer of a SIM's messages, and what
	// NoteBearer has recorded of it.
	Bearer(context.Context, SIM) (Bearer, error)
	// NoteBearer records the mode of +CGSMS in which a message of a SIM was carried where
	// it had data alone.
	NoteBearer(ctx context.Context, iccid string, mode int) error

	// PIN returns the configured PIN of a SIM, whichever modem it is in; "" for none.
	PIN(ctx context.Context, iccid string) (string, error)
	// PINTried reports whether this PIN was sent to this SIM and has not been
	// accepted, and how many tries were left before it was sent.
	PINTried(ctx context.Context, iccid, pin string) (tries int, tried bool, err error)
	// TryPIN records that this PIN is about to be sent, with so many tries left.
	TryPIN(ctx context.Context, iccid, pin string, tries int) error
	// PINAccepted deletes what TryPIN recorded.
	PINAccepted(ctx context.Context, iccid string) error
}

// Notice is something that the owner of a modem should know.
type Notice struct {
	Kind NoticeKind
	Text string // a sentence without telephone numbers
	From string // who called, as the network tells; "" for no call or a withheld number
}

// NoticeKind says what a notice is about.
type NoticeKind string

// The kinds of notices.
const (
	NoticeStorageFull NoticeKind = "storage.full"   // there is no room for incoming messages
	NoticePower       NoticeKind = "modem.power"    // the power supply of the modem is too weak
	NoticeRecovery    NoticeKind = "modem.recovery" // a recovery step, or its result
	NoticeFault       NoticeKind = "modem.fault"    // a fault that does not pass by itself
	NoticeUSSD        NoticeKind = "ussd"           // the network sent a USSD text unasked
	NoticeModem       NoticeKind = "modem.changed"  // another modem, or another port
	NoticeCall        NoticeKind = "call.incoming"  // somebody called
)

// notice logs a notice and gives it to the handler.
func (m *Modem) notice(ctx context.Context, n Notice) {
	m.log.Warn(n.Text, "kind", string(n.Kind))
	m.handler.Notice(ctx, n)
}
