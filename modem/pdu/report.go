package pdu

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/warthog618/sms/encoding/tpdu"
)

var errShort = errors.New("it ends too early")

// StatusReport is what the SMSC reports on a part (TS 23.040 9.2.2.3).
type StatusReport struct {
	MR         uint8 // the reference of the part, as the modem returned it
	Recipient  Address
	Submitted  time.Time // TP-SCTS; zero if invalid
	Discharged time.Time // TP-DT; zero if invalid
	Status     Status
}

// ParseStatusReport decodes the PDU of +CDS or of a stored status report, in hexadecimal:
// the address of the SMSC, then the TPDU. What follows the status is optional and
// ignored. A PDU of another type is an [ErrOtherType].
func ParseStatusReport(s string) (StatusReport, error) {
	r, err := parseStatusReport(s)
	if err != nil {
		return StatusReport{}, fmt.Errorf("status report: %w", err)
	}
	return r, nil
}

func parseStatusReport(s string) (StatusReport, error) {
	b, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil {
		return StatusReport{}, err
	}
	if _, b, err = readSMSC(b); err != nil {
		return StatusReport{}, err
	}
	if len(b) < 2 {
		return StatusReport{}, errShort
	}
	if mti := tpdu.FirstOctet(b[0]).MTI(); mti != tpdu.MtCommand { // a report, if it comes from the SMSC (9.2.3.1)
		return StatusReport{}, fmt.Errorf("%w: %d", ErrOtherType, mti)
	}
	r := StatusReport{MR: b[1]}
	address, n, err := readAddress(b[2:])
	if err != nil {
		return StatusReport{}, err
	}
	r.Recipient, b = address, b[2+n:]
	if len(b) < 2*timestampLength+1 {
		return StatusReport{}, errShort
	}
	r.Submitted, _ = readTimestamp(b)
	r.Discharged, _ = readTimestamp(b[timestampLength:])
	r.Status = Status(b[2*timestampLength])
	return r, nil
}
