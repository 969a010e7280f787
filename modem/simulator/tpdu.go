package simulator

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/warthog618/sms/encoding/pdumode"
	"github.com/warthog618/sms/encoding/tpdu"
)

// Values of TP-ST (23.040 9.2.3.15) that the simulated SMSC reports.
const (
	statusDelivered = 0x00
	statusRejected  = 0x42 // the destination rejected the connection; permanent
	statusExpired   = 0x46
)

var errTPDU = errors.New("not a valid SMS-SUBMIT")

// submit is a decoded SMS-SUBMIT (23.040 9.2.2.2).
type submit struct {
	tpdu.TPDU
	text             string
	ref, part, parts int
}

// parseSubmit decodes an SMS-SUBMIT strictly: some real network would refuse or garble
// what breaks the standard.
func parseSubmit(raw []byte) (submit, error) {
	if len(raw) < 4 || tpdu.FirstOctet(raw[0]).MTI() != tpdu.MtSubmit {
		return submit{}, errTPDU
	}
	// A destination has 1 to 20 digits and is never a name (9.1.2.5).
	digits, toa := raw[2], tpdu.Address{TOA: raw[3]}
	if digits == 0 || digits > 20 || toa.TypeOfNumber() == tpdu.TonAlphanumeric {
		return submit{}, errTPDU
	}
	t := tpdu.TPDU{Direction: tpdu.MO}
	if err := t.UnmarshalBinary(raw); err != nil {
		return submit{}, fmt.Errorf("%w: %w", errTPDU, err)
	}
	alphabet, err := t.Alphabet()
	if err != nil {
		return submit{}, fmt.Errorf("%w: %w", errTPDU, err)
	}
	if userDataOctets(t, alphabet) > tpdu.MaxUDL {
		return submit{}, errTPDU
	}
	s := submit{TPDU: t, part: 1, parts: 1}
	if parts, part, ref, ok := t.ConcatInfo(); ok && 1 <= part && part <= parts {
		s.ref, s.part, s.parts = ref, part, parts
	}
	switch alphabet {
	case tpdu.Alpha7Bit:
		s.text = decodeSeptets(t.UD)
	case tpdu.AlphaUCS2:
		s.text = decodeUCS2(t.UD)
	default:
		s.text = hex.EncodeToString(t.UD)
	}
	return s, nil
}

func userDataOctets(t tpdu.TPDU, alphabet tpdu.Alphabet) int {
	header := 0
	if len(t.UDH) > 0 {
		header = 1 + t.UDHL()
	}
	if alphabet != tpdu.Alpha7Bit {
		return header + len(t.UD)
	}
	septets := (header*8+6)/7 + len(t.UD)
	return (septets*7 + 7) / 8
}

// deliverTPDUs returns a text as SMS-DELIVER TPDUs (23.040 9.2.2.1): in parts with the
// concatenation reference ref if it does not fit into one.
func deliverTPDUs(from, text string, at time.Time, ref byte) [][]byte {
	t := tpdu.TPDU{Direction: tpdu.MT, FirstOctet: tpdu.FoMMS, SCTS: tpdu.Timestamp{Time: at}}
	ud, ok := encodeSeptets(text)
	if !ok {
		t.SetDCS(byte(tpdu.DcsUCS2Data))
		ud = encodeUCS2(text)
	}
	parts := []tpdu.TPDU{t}
	if len(ud) > 0 {
		parts = t.Segment(ud, tpdu.WithConcatRef(fixedRef(ref)))
	}
	raw := make([][]byte, len(parts))
	for i, part := range parts {
		raw[i] = marshalDeliver(from, part)
	}
	return raw
}

// relayTPDU returns the SMS-DELIVER by which an SMSC delivers an SMS-SUBMIT.
func relayTPDU(from string, s submit, at time.Time) []byte {
	t := tpdu.TPDU{
		Direction:  tpdu.MT,
		FirstOctet: tpdu.FoMMS,
		SCTS:       tpdu.Timestamp{Time: at},
		PID:        s.PID,
		DCS:        s.DCS,
		UD:         s.UD,
	}
	if s.UDHI() {
		t.SetUDH(s.UDH)
	}
	return marshalDeliver(from, t)
}

// marshalDeliver encodes TP-OA itself, because the encoder of names in the library fills a
// global table on first use without a lock. It replaces an empty address, which has two
// octets after the first.
func marshalDeliver(from string, t tpdu.TPDU) []byte {
	t.OA = tpdu.NewAddress()
	b := mustMarshal(t)
	return slices.Concat(b[:1], originator(from), b[3:])
}

// reportTPDU encodes the SMS-STATUS-REPORT (23.040 9.2.2.3) for a submission.
func reportTPDU(mr byte, s submit, sent, discharged time.Time, status byte) []byte {
	return mustMarshal(tpdu.TPDU{
		Direction:  tpdu.MT,
		FirstOctet: tpdu.FirstOctet(tpdu.FoMMS).WithMTI(tpdu.MtCommand),
		MR:         mr,
		RA:         s.DA,
		SCTS:       tpdu.Timestamp{Time: sent},
		DT:         tpdu.Timestamp{Time: discharged},
		ST:         status,
	})
}

// mustMarshal encodes a TPDU that is known to be valid.
func mustMarshal(t tpdu.TPDU) []byte {
	b, err := t.MarshalBinary()
	if err != nil {
		panic(fmt.Sprintf("simulator: TPDU of our own making: %v", err))
	}
	return b
}

// fixedRef is a concatenation reference for the library.
type fixedRef byte

func (r fixedRef) Count() int { return int(r) }

// numberAddress returns the address of a number: international with "+", else of unknown
// type.
func numberAddress(number string) tpdu.Address {
	digits, international := strings.CutPrefix(number, "+")
	a := tpdu.NewAddress()
	a.Addr = digits
	a.SetNumberingPlan(tpdu.NpISDN)
	if international {
		a.SetTypeOfNumber(tpdu.TonInternational)
	}
	return a
}

// pduLine returns a TPDU from the network as modems show it, in upper case hexadecimal
// after the address of the SMSC, which the length does not count.
func pduLine(smsc string, raw []byte) (length int, line string) {
	p := pdumode.PDU{TPDU: raw, SMSC: pdumode.SMSCAddress{Address: numberAddress(smsc)}}
	b, err := p.MarshalHexString()
	if err != nil {
		// The address of an SMSC that is no number is left out.
		b = "00" + hex.EncodeToString(raw)
	}
	return len(raw), strings.ToUpper(b)
}
