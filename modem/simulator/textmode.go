package simulator

import (
	"fmt"
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

// showText returns the lines of a stored message in text mode.
func (m *Modem) showText(prefix string, s *stored) []string {
	stat := s.stat
	if stat == statUnread {
		s.stat = statRead
	}
	fields, text := textOf(s.tpdu)
	header := fmt.Sprintf("%s%q,%s", prefix, statusWords[stat], fields)
	if text == nil {
		return []string{header}
	}
	return []string{header, *text}
}

// textOf returns the fields of a TPDU in text mode, and its text, nil for a report.
func textOf(raw []byte) (fields string, text *string) {
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
		return fmt.Sprintf("%d,%d,%q,145,%q,%q,%d", byte(t.FirstOctet), t.MR, t.RA.Number(),
			t.SCTS.Format(layout), t.DT.Format(layout), t.ST), nil
	}
	body := decodeSeptets(t.UD)
	if alphabet, err := t.Alphabet(); err == nil && alphabet == tpdu.AlphaUCS2 {
		body = decodeUCS2(t.UD)
	}
	if t.Direction == tpdu.MO {
		return fmt.Sprintf("%q,,", t.DA.Number()), &body
	}
	return fmt.Sprintf("%q,,%q", t.OA.Number(), t.SCTS.Format(layout)), &body
}

// presentText shows a TPDU as an unsolicited result of text mode.
func (m *Modem) presentText(in inbound) {
	fields, text := textOf(in.tpdu)
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
	text := strings.TrimRight(string(typed), "\r\n")
	return Submission{IMSI: m.card.IMSI, From: m.card.MSISDN, To: to, Text: text, Part: 1, Parts: 1, At: time.Now()},
		submit{text: text, part: 1, parts: 1}, nil
}
