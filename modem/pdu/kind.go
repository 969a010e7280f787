package pdu

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/warthog618/sms/encoding/tpdu"
)

// Kind is the type of a PDU in the storage of a modem (TS 23.040 9.2.3.1).
type Kind int

// The kinds of a PDU.
const (
	KindDeliver Kind = iota // an incoming message, or a PDU of unknown type
	KindReport              // a status report
	KindSubmit              // a draft, or a copy of a message that was sent
	KindErased              // no message: the record of the SIM was erased (TS 31.102 4.2.25)
)

// KindOf returns the kind of a PDU in hexadecimal: the address of the SMSC, then the
// TPDU. It decodes only the type, so that a damaged message still has its kind.
func KindOf(s string) Kind {
	b, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil {
		return KindDeliver
	}
	if _, b, err = readSMSC(b); err != nil || len(b) == 0 {
		return KindDeliver
	}
	const erased = 0xff
	if !slices.ContainsFunc(b, func(octet byte) bool { return octet != erased }) {
		return KindErased
	}
	switch tpdu.FirstOctet(b[0]).MTI() {
	case tpdu.MtCommand: // a report, if it comes from the SMSC
		return KindReport
	case tpdu.MtSubmit:
		return KindSubmit
	}
	return KindDeliver
}

// Fits reports whether a PDU is complete: in hexadecimal the address of the SMSC, and a
// TPDU of so many octets (TS 27.005 3.1).
func Fits(s string, octets int) bool {
	b, err := hex.DecodeString(strings.TrimSpace(s))
	return err == nil && len(b) > 0 && len(b) == 1+int(b[0])+octets
}
