package pdu

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/warthog618/sms/encoding/tpdu"
)

// Submit is a short message to be sent (TS 23.040 9.2.2.2).
type Submit struct {
	To       string        // see [ParseAddress]
	Text     string        // sent as [Clean] returns it
	Ref      uint8         // reference of the concatenation
	Validity time.Duration // how long the SMSC may try, rounded up, at most 63 weeks; 0: the SMSC decides
	Report   bool          // request a status report
	Flash    bool          // class 0: it is shown at once, and need not be kept
}

// Part is an SMS-SUBMIT.
type Part struct {
	Seq, Total int // from 1
	Text       string
	TPDU       []byte
}

// Length returns the length of the TPDU in octets, which is the argument of AT+CMGS.
func (p Part) Length() int { return len(p.TPDU) }

// Hex returns the payload of AT+CMGS in hexadecimal, upper case (TS 27.005 3.1): no
// address of an SMSC, so that the one of the SIM is used, then the TPDU.
func (p Part) Hex() string { return "00" + strings.ToUpper(hex.EncodeToString(p.TPDU)) }

// Encode returns the parts of a message, in order. It fails if the recipient is no number
// ([ParseAddress]), if [Clean] refuses the text or it needs more than [MaxParts] parts,
// and if the validity is negative.
func Encode(s Submit) ([]Part, error) {
	to, err := ParseAddress(s.To)
	if err != nil {
		return nil, err
	}
	if s.Validity < 0 {
		return nil, errors.New("the validity has run out")
	}
	text, err := Clean(s.Text)
	if err != nil {
		return nil, err
	}
	in := alphabetOf(text) // the same for all parts, or phones show them in different fonts
	texts, err := split(text, in)
	if err != nil {
		return nil, err
	}
	parts := make([]Part, len(texts))
	for i, text := range texts {
		parts[i] = Part{Seq: i + 1, Total: len(texts), Text: text}
		if parts[i].TPDU, err = s.encode(to, parts[i], in); err != nil {
			return nil, fmt.Errorf("part %d of %d: %w", i+1, len(texts), err)
		}
	}
	return parts, nil
}

func (s Submit) encode(to Address, p Part, in alphabet) ([]byte, error) {
	t, err := tpdu.NewSubmit()
	if err != nil {
		return nil, err
	}
	t.DA = to.library()
	coded, data := codingGSM7, encodeGSM7
	if in == ucs2 {
		coded, data = codingUCS2, EncodeUCS2
	}
	if s.Flash {
		coded |= codingClass0
	}
	t.SetDCS(byte(coded))
	t.SetUD(data(p.Text))
	if p.Total > 1 {
		t.SetUDH(tpdu.UserDataHeader{{ID: ieConcat8Bit, Data: []byte{s.Ref, byte(p.Total), byte(p.Seq)}}})
	}
	if s.Report {
		t.FirstOctet |= tpdu.FoSRR
	}
	if s.Validity > 0 {
		t.FirstOctet = t.FirstOctet.WithVPF(tpdu.VpfRelative)
	}
	b, err := t.MarshalBinary()
	if err != nil || s.Validity == 0 {
		return b, err
	}
	// TP-VP follows TP-DCS. The library does not write it, so it is inserted here.
	const first, mr, pid, dcs = 1, 1, 1, 1
	address := 2 + (len(t.DA.Addr)+1)/2
	return slices.Insert(b, first+mr+address+pid+dcs, validityOctet(s.Validity)), nil
}

// validityOctet returns the shortest relative TP-VP of at least d, at most 63 weeks
// (TS 23.040 9.2.3.12.1). d must be positive.
func validityOctet(d time.Duration) byte {
	const (
		day  = 24 * time.Hour
		week = 7 * day
	)
	steps := func(d, step time.Duration) int { return int((d-1)/step) + 1 }
	switch {
	case d <= 12*time.Hour:
		return byte(steps(d, 5*time.Minute) - 1)
	case d <= day:
		return byte(143 + steps(d-12*time.Hour, 30*time.Minute))
	case d <= 30*day:
		return byte(166 + steps(d, day))
	}
	return byte(min(192+steps(d, week), 255))
}

// TextMode is how a message is sent in text mode (TS 27.005 3.5.3): to whom, and what +CSMP
// says of it.
type TextMode struct {
	To                   string
	First, Validity, DCS int // first octet, TP-VP, TP-DCS
}

// errSeveral means that a part is one of several, which text mode cannot join.
var errSeveral = errors.New("this text needs several")

// TextMode returns how the part is sent in text mode. It fails for one of several.
func (p Part) TextMode() (TextMode, error) {
	const vpf, relative, none = 0x18, 0x10, 167 // a day: what a modem has after power-up
	if p.Total > 1 {
		return TextMode{}, errSeveral
	}
	b := p.TPDU
	digits := int(b[2])
	dcs := 4 + (digits+1)/2 + 1
	t := TextMode{First: int(b[0]), Validity: none, DCS: int(b[dcs])}
	if t.First&vpf == relative {
		t.Validity = int(b[dcs+1])
	}
	const international = 0x91
	if b[3] == international {
		t.To = "+"
	}
	for i := range digits {
		t.To += string("0123456789*#abc"[b[4+i/2]>>(4*(i%2))&0x0f])
	}
	return t, nil
}
