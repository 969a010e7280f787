package pdu

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/warthog618/sms/encoding/tpdu"
)

// Submit is a short message to be sent (TS 23.040 9.2.2.2).
type Submit struct {
	To       string        // as [ParseAddress] takes it
	Text     string        // as [Clean] returns it
	Ref      uint8         // reference of the concatenation, the same for all parts
	Validity time.Duration // how long the centre may hold it, rounded up; 0: as it likes
	Report   bool          // a status report is wanted
}

// Part is one SMS-SUBMIT.
type Part struct {
	Seq, Total int // from 1
	Text       string
	TPDU       []byte
}

// Length returns the octets of the TPDU, which is the argument of AT+CMGS.
func (p Part) Length() int { return len(p.TPDU) }

// Hex returns the payload of AT+CMGS (TS 27.005 3.1): no centre, so that the
// SIM's is used, then the TPDU. Upper case, as the standard's examples.
func (p Part) Hex() string { return "00" + strings.ToUpper(hex.EncodeToString(p.TPDU)) }

const (
	dcsUCS2      = 0x08 // TS 23.038 4
	ieConcat8Bit = 0x00 // TS 23.040 9.2.3.24.1
)

// Encode returns the parts of a message, in order.
func Encode(s Submit) ([]Part, error) {
	to, err := ParseAddress(s.To)
	if err != nil {
		return nil, err
	}
	if clean, err := Clean(s.Text); err != nil {
		return nil, err
	} else if clean != s.Text {
		return nil, fmt.Errorf("the text has line ends that are not LF")
	}
	texts, err := split(s.Text)
	if err != nil {
		return nil, err
	}
	parts := make([]Part, len(texts))
	wide := !isGSM7(s.Text) // all parts alike, or phones show some in another font
	for i, text := range texts {
		parts[i] = Part{Seq: i + 1, Total: len(texts), Text: text}
		if parts[i].TPDU, err = s.encode(to, parts[i], wide); err != nil {
			return nil, fmt.Errorf("part %d of %d: %w", i+1, len(texts), err)
		}
	}
	return parts, nil
}

func (s Submit) encode(to Address, p Part, wide bool) ([]byte, error) {
	t, err := tpdu.NewSubmit()
	if err != nil {
		return nil, err
	}
	t.DA = to.library()
	ud := tpdu.UserData(encodeUCS2(p.Text))
	if wide {
		t.SetDCS(dcsUCS2)
	} else if ud, err = encodeGSM7(p.Text); err != nil {
		return nil, err
	}
	t.SetUD(ud)
	if p.Total > 1 {
		t.SetUDH(tpdu.UserDataHeader{{ID: ieConcat8Bit, Data: []byte{s.Ref, byte(p.Total), byte(p.Seq)}}})
	}
	if s.Report {
		t.FirstOctet |= tpdu.FoSRR
	}
	if s.Validity > 0 {
		t.SetVP(tpdu.ValidityPeriod{Format: tpdu.VpfRelative, Duration: s.Validity})
	}
	b, err := t.MarshalBinary()
	if err == nil && s.Validity > 0 {
		const beforeAddress, betweenAddressAndVP = 2, 2 // first octet, TP-MR; TP-PID, TP-DCS
		address := 2 + (len(t.DA.Addr)+1)/2
		b[beforeAddress+address+betweenAddressAndVP] = validityOctet(s.Validity)
	}
	return b, err
}

// validityOctet returns the relative TP-VP that is no shorter than d, at the
// most 63 weeks (TS 23.040 9.2.3.12.1).
func validityOctet(d time.Duration) byte {
	const (
		minute = time.Minute
		day    = 24 * time.Hour
		week   = 7 * day
	)
	up := func(d, step time.Duration) int { return int((d + step - 1) / step) }
	switch {
	case d <= 12*time.Hour:
		return byte(max(up(d, 5*minute)-1, 0))
	case d <= day:
		return byte(143 + up(d-12*time.Hour, 30*minute))
	case d <= 30*day:
		return byte(166 + up(d, day))
	}
	return byte(min(192+up(d, week), 255))
}
