package simulator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ackTime is how long the network waits for +CNMA when +CSMS=1 asks for it.
const ackTime = 15 * time.Second

// cnmi is +CNMI (27.005 3.4.1).
type cnmi struct{ mode, mt, bm, ds, bfr int }

// indications is +CNMI.
func (m *Modem) indications(c command) answer {
	switch c.form {
	case read:
		now := m.cnmi
		if m.keeps != "" {
			return reply("+CNMI: %s", m.keeps)
		}
		return reply("+CNMI: %d,%d,%d,%d,%d", now.mode, now.mt, now.bm, now.ds, now.bfr)
	case test:
		if m.sets[0] != nil {
			return reply("+CNMI: (%s),(%s),(%s),(%s),(%s)", list(m.sets[0]), list(m.sets[1]), list(m.sets[2]), list(m.sets[3]), list(m.sets[4]))
		}
		claimed := m.claimedRoutes
		if claimed == nil {
			claimed = m.reportRoutes
		}
		modes := "0-2"
		if len(m.modes) < 3 {
			modes = list(m.modes)
		}
		return reply("+CNMI: (%s),(0-3),(0,2),(%s),(0,1)", modes, list(claimed))
	}
	wanted := m.cnmi
	for i, to := range []*int{&wanted.mode, &wanted.mt, &wanted.bm, &wanted.ds, &wanted.bfr} {
		v, ok := c.number(i, *to)
		if !ok {
			return fail(cmsNotSupported)
		}
		*to = v
	}
	if m.sets[0] != nil {
		for i, v := range []int{wanted.mode, wanted.mt, wanted.bm, wanted.ds, wanted.bfr} {
			if !slices.Contains(m.sets[i], v) {
				return fail(cmsNotSupported)
			}
		}
	} else if !slices.Contains(m.modes, wanted.mode) || wanted.mt > 3 || wanted.bm != 0 && wanted.bm != 2 ||
		!slices.Contains(m.reportRoutes, wanted.ds) || wanted.bfr > 1 {
		return fail(cmsNotSupported)
	}
	m.cnmi = wanted
	return answer{then: m.collect}
}

// list returns values as the answer to a test command has them.
func list(values []int) string {
	s := fmt.Sprint(values[0])
	for _, v := range values[1:] {
		s += fmt.Sprintf(",%d", v)
	}
	return s
}

// service is +CSMS (27.005 3.2.1): with 1 the host must acknowledge +CMT and +CDS with
// +CNMA.
func (m *Modem) service(c command) answer {
	switch c.form {
	case test:
		return reply("+CSMS: (%s)", list(m.csms))
	case read:
		return reply("+CSMS: %d,1,1,1", m.numbers["+CSMS"])
	}
	v, ok := c.number(0, 0)
	if !ok || c.form != set || !slices.Contains(m.csms, v) {
		return fail(cmeBadParameter)
	}
	m.numbers["+CSMS"] = v
	return reply("+CSMS: 1,1,1")
}

// acknowledge is +CNMA (27.005 4.7): 0 and 1 accept the message; 2 refuses it, and the
// network sends it again later.
func (m *Modem) acknowledge(c command) answer {
	if c.form == test {
		return reply("+CNMA: (0-2)")
	}
	n, ok := c.number(0, 0)
	if !ok || n > 2 {
		return fail(cmsBadPDU)
	}
	if m.unacked == nil {
		return fail(cmsNoAckExpected)
	}
	if n == 2 {
		m.returnUnacked()
		return answer{}
	}
	m.unacked = nil
	return answer{then: m.collect}
}

// returnUnacked returns to the network what was not acknowledged.
func (m *Modem) returnUnacked() {
	if m.unacked == nil {
		return
	}
	m.card.mailbox = append([]inbound{*m.unacked}, m.card.mailbox...)
	m.unacked = nil
}

// collect takes from the mailbox of the SIM what the modem can take.
func (m *Modem) collect() {
	if m.card == nil || m.hung != 0 {
		return
	}
	for i := 0; m.registered() && m.smsReady && m.unacked == nil && i < len(m.card.mailbox); {
		in := m.card.mailbox[i]
		if !m.take(in) {
			i++ // the next may be for another storage
			continue
		}
		m.card.mailbox = slices.Delete(m.card.mailbox, i, i+1)
	}
}

// take shows or stores what has come, by +CNMI. It reports false if the storage is full,
// so that the network keeps it.
func (m *Modem) take(in inbound) bool {
	mt, ds := m.cnmi.mt, m.cnmi.ds
	if m.cnmi.mode == 0 {
		mt, ds = 0, 0
	}
	switch {
	case in.report && ds == 0:
		return true // dropped (27.005 3.4.1)
	case in.report && ds == 1:
		m.present("+CDS: ", in)
		return true
	case in.report:
		return m.keep("+CDSI", in, true)
	case mt >= 2:
		m.present("+CMT: ,", in)
		return true
	}
	return m.keep("+CMTI", in, mt == 1)
}

// present shows a TPDU as an unsolicited result of two lines. With +CSMS=1 nothing else is
// shown until it is acknowledged. If that takes too long, nothing is shown any more.
func (m *Modem) present(prefix string, in inbound) {
	if m.textMode() {
		m.presentText(in)
	} else {
		length, line := pduLine(cmp.Or(in.smsc, m.card.SMSC), in.tpdu)
		m.urc(fmt.Sprintf("%s%d\r\n%s", prefix, length, line))
	}
	if m.numbers["+CSMS"] != 1 {
		return
	}
	waiting := &in
	m.unacked = waiting
	m.after(ackTime, func() {
		if m.unacked != waiting {
			return
		}
		m.returnUnacked()
		m.cnmi.mt, m.cnmi.ds = 0, 0
		m.collect()
	})
}

// keep stores a TPDU, and reports where if tell. It reports false if there is no room.
func (m *Modem) keep(urc string, in inbound, tell bool) bool {
	name := m.mem[memReceive]
	if in.report && m.reportsIn != "" {
		name = m.reportsIn
	}
	index := m.put(name, &stored{tpdu: in.tpdu, smsc: in.smsc})
	if index == 0 {
		m.sayFull(name)
		return false
	}
	place := fmt.Sprintf("%q,%d", name, index)
	switch {
	case in.report && m.reportsAre != "":
		place = m.reportsAre
	case m.nameless:
		place = fmt.Sprintf("%q,-1", name)
	}
	if tell {
		m.urc(urc + ": " + place)
	}
	return true
}

// sayFull reports that a storage is full, once until something is deleted.
func (m *Modem) sayFull(name string) {
	if m.full == "" || m.toldFull {
		return
	}
	m.toldFull = true
	if strings.Contains(m.full, "%q") {
		m.urc(fmt.Sprintf(m.full, name))
		return
	}
	m.urc(m.full)
}

// deliverTo delivers TPDUs by an SMSC, "" for that of the SIM, to the SIM with the number to.
func (n *Network) deliverTo(to, smsc string, tpdus ...[]byte) error {
	c := n.cardWith(func(c *card) bool { return c.MSISDN == to })
	if c == nil {
		return fmt.Errorf("no SIM has the number %s", to)
	}
	for _, raw := range tpdus {
		n.deliver(c, inbound{tpdu: raw, smsc: smsc})
	}
	return nil
}

// Deliver delivers an SMS-DELIVER TPDU, without the address of the SMSC, to the SIM with
// the number to. It is for TPDUs that [Subscriber.Send] cannot make. It fails only if
// there is no such SIM.
func (n *Network) Deliver(to string, tpdu []byte) error { return n.DeliverBy("", to, tpdu) }

// DeliverBy is Deliver by an SMSC; "" is that of the SIM.
func (n *Network) DeliverBy(smsc, to string, tpdu []byte) error {
	n.mu.Lock()
	defer n.unlock()
	return n.deliverTo(to, smsc, slices.Clone(tpdu))
}
