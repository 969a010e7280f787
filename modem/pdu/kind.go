package pdu

import (
	"encoding/hex"
	"strings"

	"github.com/warthog618/sms/encoding/tpdu"
)

// Kind is what a PDU out of a modem's storage is (TS 23.040 9.2.3.1).
type Kind int

// The kinds of a PDU.
const (
	KindDeliver Kind = iota // a message that came in; what cannot be told is taken for one
	KindReport              // a status report
	KindSubmit              // a draft of the SIM's owner, or a copy of what he sent
)

// KindOf returns what a PDU is: the centre's address first, then the TPDU. It
// looks at no more than the type, so that a damaged message is still one.
func KindOf(s string) Kind {
	b, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil {
		return KindDeliver
	}
	if _, b, err = readCentre(b); err != nil || len(b) == 0 {
		return KindDeliver
	}
	switch tpdu.FirstOctet(b[0]).MTI() {
	case tpdu.MtCommand: // from a centre this is a report
		return KindReport
	case tpdu.MtSubmit:
		return KindSubmit
	}
	return KindDeliver
}

// Fits reports whether a PDU is whole: hexadecimal, and after the centre's
// address a TPDU of so many octets (TS 27.005 3.1).
func Fits(s string, octets int) bool {
	b, err := hex.DecodeString(strings.TrimSpace(s))
	return err == nil && len(b) > 0 && len(b) == 1+int(b[0])+octets
}
