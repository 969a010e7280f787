package pdu

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/warthog618/sms/encoding/tpdu"
)

// ErrOtherType is wrapped by the error for a PDU of another type than was asked
// for: a storage also holds status reports, and drafts, which are their owner's
// and not to be taken for damaged messages.
var ErrOtherType = errors.New("it is of another type")

// Deliver is a short message that came in (TS 23.040 9.2.2.1).
type Deliver struct {
	SMSC   Address // empty where the modem does not tell it
	Sender Address
	Sent   time.Time // TP-SCTS, with the centre's offset; zero where it is unusable

	PID   byte   // TP-PID: 40 hex is a silent message, 41 to 47 replace earlier ones (9.2.3.9)
	DCS   byte   // TP-DCS: C0 to CF hex are indications whose text is not meant to be kept (TS 23.038 4)
	Class *uint8 // 0 to 3, 0 being shown at once and not stored; nil: none

	Concat *Concat // nil: the message is whole
	Ports  *Ports  // nil: it is for people; otherwise for an application

	Text string // valid UTF-8; empty where the message is data
	Data []byte // of a message that is data, or whose text cannot be told from its header

	wide []byte // of a text in UCS-2: its octets, of which a part may end in half a character

	// Repair says what was wrong with the PDU and was mended or passed over.
	// Empty: nothing.
	Repair string
}

// Concat is the place of a part in its message (TS 23.040 9.2.3.24.1 and
// 9.2.3.24.8). 1 <= Seq <= Total, and Total > 1.
type Concat struct {
	Ref        uint16
	Wide       bool // the reference has 16 bits, and is another than the same number in 8
	Seq, Total int
}

// Ports are the applications between which a message goes (TS 23.040 9.2.3.24.3
// and 9.2.3.24.4).
type Ports struct{ Destination, Source uint16 }

// ParseDeliver reads the PDU of +CMT or of a stored message: the centre's
// address, then the TPDU. It is read as the standard says as far as that goes,
// and then as well as can be, which Repair tells. Only what ends before the
// place of its text is an error, and what is no delivery ([ErrOtherType]);
// whoever gets one does well to keep the PDU.
func ParseDeliver(s string) (Deliver, error) {
	d, err := parseDeliver(s)
	if err != nil {
		return Deliver{}, fmt.Errorf("delivery: %w", err)
	}
	return d, nil
}

func parseDeliver(s string) (d Deliver, err error) {
	b, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil {
		return d, err
	}
	if d.SMSC, b, err = readCentre(b); err != nil {
		return d, err
	}
	if len(b) == 0 {
		return d, errShort
	}
	first := tpdu.FirstOctet(b[0])
	switch first.MTI() {
	case tpdu.MtDeliver:
	case tpdu.MtReserved: // to be taken for a delivery (9.2.3.1)
		d.mend("its type is reserved")
	default:
		return d, fmt.Errorf("%w: %d", ErrOtherType, first.MTI())
	}
	sender, n, err := readAddress(b[1:])
	if err != nil {
		return d, err
	}
	d.Sender, b = sender, b[1+n:]
	const beforeUserData = 2 + timestampLength // TP-PID, TP-DCS
	if len(b) < beforeUserData {
		return d, errShort
	}
	d.PID, d.DCS, d.Class = b[0], b[1], coding(b[1]).class()
	var ok bool
	if d.Sent, ok = readTimestamp(b[2:]); !ok {
		d.mend("its time is none")
	}
	d.readUserData(b[beforeUserData:], first.UDHI())
	return d, nil
}

// mend notes what was wrong.
func (d *Deliver) mend(what string) {
	if d.Repair != "" {
		d.Repair += "; "
	}
	d.Repair += what
}
