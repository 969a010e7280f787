package pdu

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
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

// Status is TP-ST (TS 23.040 9.2.3.15).
type Status uint8

// Delivered reports whether the recipient's phone has the part, or the centre
// has passed it on for good.
func (s Status) Delivered() bool { return s < 0x20 }

// Final reports whether the centre has ended its attempts.
func (s Status) Final() bool { return s&0x20 == 0 || s&0x40 != 0 }

func (s Status) String() string {
	switch s {
	case 0x00:
		return "delivered"
	case 0x01:
		return "passed on; whether it arrived is not confirmed"
	case 0x02:
		return "replaced by the centre"
	case 0x40, 0x60:
		return "the recipient's phone is incompatible or congested"
	case 0x41, 0x61:
		return "the recipient's phone is busy or incompatible"
	case 0x46:
		return "its validity ended before it could be delivered"
	case 0x47:
		return "deleted by its sender"
	case 0x48:
		return "deleted by the centre's operator"
	case 0x49:
		return "the centre does not know it any more"
	}
	switch {
	case s < 0x20:
		return fmt.Sprintf("completed (status %02X)", uint8(s))
	case s < 0x40:
		return fmt.Sprintf("the centre is still trying (status %02X)", uint8(s))
	case s < 0x60:
		return fmt.Sprintf("not deliverable (status %02X)", uint8(s))
	}
	return fmt.Sprintf("the centre gave up (status %02X)", uint8(s))
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
	if b, err = afterCentre(b); err != nil {
		return StatusReport{}, err
	}
	if len(b) < 2 {
		return StatusReport{}, errShort
	}
	if mti := b[0] & 3; mti != 2 { // TS 23.040 9.2.3.1
		return StatusReport{}, fmt.Errorf("its type is %d, not that of a status report", mti)
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

// afterCentre takes the centre's address off a PDU (TS 27.005 3.1).
func afterCentre(b []byte) ([]byte, error) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return nil, errShort
	}
	return b[1+int(b[0]):], nil
}

const timestampLength = 7

// readTimestamp reads a time of the centre with its offset (TS 23.040 9.2.3.11).
// It reports false for what is none: centres without a clock send zeros or FF.
func readTimestamp(b []byte) (time.Time, bool) {
	var v [timestampLength]int
	for i := range v {
		low, high := int(b[i]&0xf), int(b[i]>>4)
		if i == 6 {
			low &= 7 // the sign of the offset
		}
		if low > 9 || high > 9 {
			return time.Time{}, false
		}
		v[i] = low*10 + high
	}
	offset := v[6] * 15 * 60
	if b[6]&0x08 != 0 {
		offset = -offset
	}
	t := time.Date(2000+v[0], time.Month(v[1]), v[2], v[3], v[4], v[5], 0, time.FixedZone("", offset))
	valid := t.Month() == time.Month(v[1]) && t.Day() == v[2] && t.Hour() == v[3] && t.Minute() == v[4] && v[1] > 0
	if !valid {
		return time.Time{}, false
	}
	return t, true
}
