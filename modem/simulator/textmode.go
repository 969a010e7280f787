package simulator

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/warthog618/sms/encoding/tpdu"
)

// Text mode (27.005 3) is what a modem is in after power-up or because another program
// has set it: a host that wants PDU mode must notice. +CMGL and +CMGR show messages in
// the forms of text mode, +CMT and +CDS too, and +CMGS takes its argument for a number.

// Elsewhere runs a command as another program does on another port of the modem. Its
// answer goes there.
func (m *Modem) Elsewhere(text string) {
	m.n.mu.Lock()
	defer m.n.unlock()
	commands, _ := parseCommands(text)
	for _, c := range commands {
		if a := m.run(c); a.then != nil {
			a.then()
		}
	}
}

func (m *Modem) textMode() bool { return m.numbers["+CMGF"] != 0 }

// statusWords are <stat> in text mode.
var statusWords = [...]string{"REC UNREAD", "REC READ", "STO UNSENT", "STO SENT"}

// textParameters are how a text is sent: +CSMP (27.005 3.5).
type textParameters struct{ first, validity, pid, dcs int }

// freshText are those after power-up.
var freshText = textParameters{17, 167, 0, 0}

// textParameters is +CSMP.
func (m *Modem) textParameters(c command) answer {
	switch c.form {
	case read:
		return reply("+CSMP: %d,%d,%d,%d", m.text.first, m.text.validity, m.text.pid, m.text.dcs)
	case test:
		return answer{}
	}
	p := freshText
	for i, into := range []*int{&p.first, &p.validity, &p.pid, &p.dcs} {
		n, ok := c.number(i, *into)
		if !ok || n > 0xff {
			return fail(cmsBadText)
		}
		*into = n
	}
	const submitMTI, header = 0x01, 0x40
	if p.first&0x03 != submitMTI || p.first&header != 0 { // it makes no user data header of a text
		return fail(cmsBadText)
	}
	m.text = p
	return answer{}
}

// outOf returns a string that came in the character set of +CSCS, "" if it is none.
func (m *Modem) outOf(s string) string {
	if m.charset == "UCS2" {
		raw, err := hex.DecodeString(s)
		if err != nil || len(raw)%2 != 0 {
			return ""
		}
		return decodeUCS2(raw)
	}
	for _, r := range s {
		if r < ' ' && r != '\n' || r > '~' || strings.ContainsRune("@$_[]{}\\^~|`", r) {
			return "" // it is another character in the alphabet of GSM, or none
		}
	}
	return s
}

// compose returns the SMS-SUBMIT that the modem makes of a text, to a number, both in the
// character set of +CSCS.
func (m *Modem) compose(typed []byte, to string) (Submission, submit, error) {
	number, text := m.outOf(to), m.outOf(strings.TrimRight(string(typed), "\r\n"))
	if number == "" || text == "" || strings.Trim(number, "+0123456789") != "" {
		return Submission{}, submit{}, cmsBadText
	}
	t, err := tpdu.NewSubmit()
	if err != nil {
		return Submission{}, submit{}, err
	}
	t.DA = tpdu.NewAddress(tpdu.FromNumber(number))
	t.SetDCS(byte(m.text.dcs))
	const longest, wide, alphabet, report, vpf = 160, 70, 0x0c, 0x20, 0x18
	if m.text.dcs&alphabet == 0x08 {
		if t.SetUD(encodeUCS2(text)); len(t.UD) > 2*wide {
			return Submission{}, submit{}, cmsBadText
		}
	} else {
		septets, ok := encodeSeptets(text)
		if !ok || len(septets) > longest {
			return Submission{}, submit{}, cmsBadText
		}
		t.SetUD(septets)
	}
	if m.text.first&report != 0 {
		t.FirstOctet |= tpdu.FoSRR
	}
	raw, err := t.MarshalBinary()
	if err != nil {
		return Submission{}, submit{}, cmsBadText
	}
	decoded, err := parseSubmit(raw)
	if err != nil {
		return Submission{}, submit{}, cmsBadText
	}
	validity := time.Duration(0)
	if m.text.first&vpf == 0x10 && m.text.validity < 144 {
		validity = time.Duration(m.text.validity+1) * 5 * time.Minute // 23.040 9.2.3.12
	}
	return Submission{IMSI: m.card.IMSI, From: m.card.MSISDN, To: number, TPDU: raw, Text: decoded.text, Part: 1, Parts: 1,
		Validity: validity, Report: m.text.first&report != 0, At: time.Now()}, decoded, nil
}

// showText returns the lines of a stored message in text mode.
func (m *Modem) showText(prefix string, s *stored) []string {
	stat := s.stat
	if stat == statUnread {
		s.stat = statRead
	}
	fields, text := m.textOf(s.tpdu)
	header := fmt.Sprintf("%s%q,%s", prefix, statusWords[stat], fields)
	if text == nil {
		return []string{header}
	}
	return []string{header, *text}
}

// textOf returns the fields of a TPDU in text mode, and its text, nil for a report.
func (m *Modem) textOf(raw []byte) (fields string, text *string) {
	quote := strconv.Quote
	if m.textOnly {
		quote = m.quote
	}
	t := tpdu.TPDU{Direction: tpdu.MT}
	if tpdu.FirstOctet(raw[0]).MTI() == tpdu.MtSubmit {
		t.Direction = tpdu.MO
	}
	if err := t.UnmarshalBinary(raw); err != nil {
		empty := ""
		return `"",,""`, &empty
	}
	const layout = "06/01/02,15:04:05+00"
	if t.SmsType() == tpdu.SmsStatusReport {
		return fmt.Sprintf("%d,%d,%s,145,%q,%q,%d", byte(t.FirstOctet), t.MR, quote(t.RA.Number()),
			t.SCTS.Format(layout), t.DT.Format(layout), t.ST), nil
	}
	body := decodeSeptets(t.UD)
	if alphabet, err := t.Alphabet(); err == nil && alphabet == tpdu.AlphaUCS2 {
		body = decodeUCS2(t.UD)
	}
	if m.textOnly {
		body = m.inCharset(body)
	}
	if t.Direction == tpdu.MO {
		return fmt.Sprintf("%s,,", quote(t.DA.Number())), &body
	}
	return fmt.Sprintf("%s,,%q", quote(t.OA.Number()), t.SCTS.Format(layout)), &body
}

// presentText shows a TPDU as an unsolicited result of text mode.
func (m *Modem) presentText(in inbound) {
	fields, text := m.textOf(in.tpdu)
	if text == nil {
		m.urc("+CDS: " + fields)
		return
	}
	m.urc("+CMT: " + fields + "\r\n" + *text)
}

// submitText is +CMGS in text mode: to the number that is its argument.
func (m *Modem) submitText(typed []byte, to string) (Submission, submit, error) {
	if err := m.lacks(smsReady); err != nil {
		return Submission{}, submit{}, err
	}
	if m.textOnly {
		return m.compose(typed, to)
	}
	text := strings.TrimRight(string(typed), "\r\n")
	return Submission{IMSI: m.card.IMSI, From: m.card.MSISDN, To: to, Text: text, Part: 1, Parts: 1, At: time.Now()},
		submit{text: text, part: 1, parts: 1}, nil
}
