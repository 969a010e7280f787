package pdu

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/tpdu"
)

// ErrOtherType is wrapped by the error for a PDU of the wrong type: a storage also holds
// status reports and drafts.
var ErrOtherType = errors.New("it is of another type")

// Deliver is an incoming short message or a part of one (TS 23.040 9.2.2.1).
type Deliver struct {
	SMSC   Address // empty if the modem does not tell it
	Sender Address
	Sent   time.Time // TP-SCTS, with the offset of the SMSC; zero if invalid

	PID   byte   // TP-PID: 40 hex is a silent message, 41 to 47 replace earlier ones (9.2.3.9)
	DCS   byte   // TP-DCS: C0 to EF hex are indications (TS 23.038 4)
	Class *uint8 // 0 to 3, where 0 is shown at once and not stored; nil for none

	Concat *Concat // the place of this part; nil: the message has one part
	Ports  *Ports  // of the application that the message is for; nil: it is for people

	Text string // valid UTF-8; empty if the message is data
	Data []byte // of a message that is data, or whose header is longer than the message

	UTF16 []byte // of a text in UCS-2: its octets, which may end within a character

	// Repair says what is wrong with the PDU and was corrected or ignored; "" if
	// nothing is.
	Repair string
}

// Concat is the place of a part in its message (TS 23.040 9.2.3.24.1 and 9.2.3.24.8):
// 1 <= Seq <= Total, and Total > 1.
type Concat struct {
	Ref        uint16
	Wide       bool // Ref has 16 bits; it is not the same as an equal one of 8 bits
	Seq, Total int
}

// Ports are the ports of the applications that exchange a message (TS 23.040 9.2.3.24.3
// and 9.2.3.24.4).
type Ports struct{ Destination, Source uint16 }

// ParseDeliver decodes the PDU of +CMT or of a stored message, in hexadecimal: the
// address of the SMSC, then the TPDU. What breaks the standard is decoded as far as
// possible, which Repair tells. It fails only if the PDU ends before its text or is no
// delivery ([ErrOtherType]); callers should keep such a PDU.
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
	if d.SMSC, b, err = readSMSC(b); err != nil {
		return d, err
	}
	if len(b) == 0 {
		return d, errShort
	}
	first := tpdu.FirstOctet(b[0])
	switch first.MTI() {
	case tpdu.MtDeliver:
	case tpdu.MtReserved: // counts as a delivery (9.2.3.1)
		d.repaired("its type is reserved")
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
		d.repaired("its time is invalid")
	}
	d.readUserData(b[beforeUserData:], first.UDHI())
	return d, nil
}

// repaired adds what is wrong with the PDU to Repair.
func (d *Deliver) repaired(what string) {
	if d.Repair != "" {
		d.Repair += "; "
	}
	d.Repair += what
}

// EncodeDeliver returns the PDU, in hexadecimal and without the address of an SMSC, of a
// message that a modem has told in text mode. The sender may be a name. It fails if the
// text does not fit into one message.
func EncodeDeliver(sender string, sent time.Time, text string) (string, error) {
	const (
		deliverMMS = 0x04 // an SMS-DELIVER, with no more messages waiting
		longest    = 255  // TP-UDL, in septets or octets
	)
	b := append([]byte{deliverMMS}, encodeOriginator(sender)...)
	dcs, ud, length := byte(0), []byte(nil), 0
	if alphabetOf(text) == ucs2 {
		dcs, ud = byte(codingUCS2), EncodeUCS2(text)
		length = len(ud)
	} else {
		septets := encodeGSM7(text)
		ud, length = gsm7.Pack7Bit(septets, 0), len(septets)
	}
	if length > longest {
		return "", ErrTooLong
	}
	b = append(append(b, 0, dcs), encodeTimestamp(sent)...)
	b = append(append(b, byte(length)), ud...)
	return "00" + strings.ToUpper(hex.EncodeToString(b)), nil
}
