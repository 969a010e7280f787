package simulator

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/warthog618/sms/encoding/pdumode"
)

// longestTPDU is the greatest length of an SMS-SUBMIT in octets (23.040 9.2.2.2).
const longestTPDU = 164

// entry is a command that waits for its payload: +CMGS for its PDU, an upload for its
// file.
type entry struct {
	length int // octets that the command announced: of the TPDU, or of the file
	plan   *plan
	to     string // the recipient, in text mode
	asks   string // the prompt; "" is that of 27.005

	// Of a file only.
	taken  func([]byte) answer // stores the file; nil for a PDU
	got    []byte              // the octets so far
	lapse  time.Duration       // how long the modem waits for the next octet
	lapsed error               // the result after that
}

// submit is +CMGS in PDU mode (27.005 4.3).
func (m *Modem) submit(c command) answer {
	if c.form == test {
		return answer{}
	}
	length, ok := c.number(0, 0)
	switch {
	case m.textOnly && c.form == set && m.outOf(c.fields()[0]) == "":
		return fail(cmsBadText)
	case m.textMode() && c.form == set:
		return answer{entry: &entry{to: c.fields()[0]}}
	case c.form != set || !ok || length == 0 || length > longestTPDU:
		return fail(cmsBadPDU)
	}
	return answer{entry: &entry{length: length}}
}

// prompt asks for the payload.
func (m *Modem) prompt(e *entry) {
	m.wait(e.plan.latePrompt, func() {
		m.entry = e
		switch {
		case e.plan.noPrompt:
		case e.asks != "":
			m.write([]byte("\r\n" + e.asks))
		case e.plan.splitPrompt:
			m.write([]byte("\r\n>"))
			m.write([]byte(" "))
		default:
			m.write([]byte("\r\n> "))
		}
		if e.plan.unplugPrompt {
			m.unplug()
		} else if e.taken != nil {
			m.watchFile(e)
		}
	})
}

// readPDU processes a PDU up to Ctrl-Z, or ESC, which cancels it. It reports false if
// neither has come yet.
func (m *Modem) readPDU() bool {
	end := bytes.IndexAny(m.typed, string([]byte{ctrlZ, esc}))
	if end < 0 {
		return false
	}
	typed, terminator := m.typed[:end], m.typed[end]
	m.typed = m.typed[end+1:]
	p := m.entry.plan
	if p.echo || m.numbers["E"] == 1 {
		m.write(slices.Concat(typed, []byte{terminator}))
	}
	if terminator == esc {
		m.leaveEntry()
		m.conclude(noFaults(), answer{})
		return true
	}
	entry := m.entry
	m.leaveEntry()
	m.handOver(p, typed, entry)
	return true
}

// leaveEntry ends the wait for a payload, and sends the unsolicited results that waited.
func (m *Modem) leaveEntry() {
	m.entry = nil
	held := m.held
	m.held = nil
	for _, text := range held {
		m.urc(text)
	}
}

// handOver decodes a PDU and gives it to the network.
func (m *Modem) handOver(p *plan, typed []byte, e *entry) {
	if p.refusal != nil {
		m.conclude(p, fail(p.refusal))
		return
	}
	if m.dataAlone && !slices.Contains(m.bearers, m.numbers["+CGSMS"]) {
		m.conclude(p, fail(cmsNetworkOutOfOrder))
		return
	}
	if m.call != nil && m.inCalls != 0 {
		m.conclude(p, fail(m.inCalls))
		return
	}
	if p.cutSubmit {
		m.vanish(p)
		return
	}
	s, decoded, err := m.submission(typed, e.length)
	if e.to != "" {
		s, decoded, err = m.submitText(typed, e.to)
	}
	if err != nil {
		m.conclude(p, fail(err))
		return
	}
	if !p.loseSubmit {
		s.MR = m.mr
		if !m.hostile {
			m.mr++
		}
		m.onAir(p, s, decoded)
	}
	if p.unplugPDU {
		m.unplug()
	}
}

// onAir gives a submission to the network. The modem is busy until the network answers.
func (m *Modem) onAir(p *plan, s Submission, decoded submit) {
	life := m.life
	m.busy = true
	slow := time.Duration(0)
	if m.call != nil {
		slow = m.slowCalls
	}
	m.after(slow, func() {
		m.n.carry(s, decoded, m.hostile, func(verdict error) {
			if m.life != life {
				return
			}
			m.busy = false
			if verdict != nil {
				m.conclude(p, fail(cmsOf(verdict)))
			} else {
				m.conclude(p, reply("+CMGS: %d", s.MR))
			}
			m.work()
		})
	})
}

// submission decodes what was written at the prompt.
func (m *Modem) submission(typed []byte, length int) (Submission, submit, error) {
	if err := m.lacks(smsReady); err != nil {
		return Submission{}, submit{}, err // the SIM was removed meanwhile
	}
	line := strings.Map(func(r rune) rune {
		if r == cr || r == lf || r == ' ' {
			return -1
		}
		return r
	}, string(typed))
	pdu, err := pdumode.UnmarshalHexString(line)
	if err != nil || len(pdu.TPDU) != length {
		return Submission{}, submit{}, cmsBadPDU
	}
	decoded, err := parseSubmit(pdu.TPDU)
	if err != nil {
		return Submission{}, submit{}, cmsBadPDU
	}
	if pdu.SMSC.Addr == "" && m.card.SMSC == "" {
		return Submission{}, submit{}, cmsNoSMSC
	}
	if !m.registered() {
		return Submission{}, submit{}, cmsNoNetwork
	}
	return Submission{
		IMSI: m.card.IMSI, From: m.card.MSISDN, To: decoded.DA.Number(),
		TPDU: pdu.TPDU, Text: decoded.text,
		Ref: decoded.ref, Part: decoded.part, Parts: decoded.parts,
		Validity: decoded.VP.Duration, Report: decoded.FirstOctet.SRR(),
		At: time.Now(),
	}, decoded, nil
}

// cmsOf returns the code of a refusal of the network.
func cmsOf(err error) error {
	if cms, ok := errors.AsType[CMSError](err); ok {
		return cms
	}
	return cmsNetworkOutOfOrder
}
