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

// StatusReport is what the centre says became of a part (TS 23.040 9.2.2.3).
type StatusReport struct {
	MR         uint8 // of the part, as the modem told it
	Recipient  Address
	Submitted  time.Time // TP-SCTS; zero where it is unusable
	Discharged time.Time // TP-DT; likewise
	Status     Status
}

// ParseStatusReport reads the PDU of +CDS or of a stored status report: the
// centre's address, then the TPDU. What follows the status is optional and is
// not looked at.
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
	if _, b, err = readCentre(b); err != nil {
		return StatusReport{}, err
	}
	if len(b) < 2 {
		return StatusReport{}, errShort
	}
	if mti := tpdu.FirstOctet(b[0]).MTI(); mti != tpdu.MtCommand { // from a centre this is a report (9.2.3.1)
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
