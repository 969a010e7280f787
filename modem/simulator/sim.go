package simulator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// SIM describes a SIM. Empty fields get values of the test network (MCC 001, MNC 01),
// different for each SIM; an empty PIN means that the SIM needs none.
type SIM struct {
	ICCID  string
	IMSI   string
	MSISDN string // with "+"
	PIN    string
	PUK    string
	Says   string // the number that +CNUM says; "" for MSISDN
	SMSC   string // with "+"; NoSMSC for none
	Tries  int    // PIN tries that are left; 0 is 3
}

// NoSMSC as [SIM].SMSC is a SIM without the address of an SMSC: until +CSCA sets it,
// nothing can be sent (+CMS ERROR: 330).
const NoSMSC = "none"

const (
	pinTries = 3  // of the PIN (31.101)
	pukTries = 10 // of the PUK
)

// card is a SIM with its state. The network keeps the mailbox.
type card struct {
	SIM
	pinTries, pukTries int
	store              *store
	mailbox            []inbound
}

// inbound is a TPDU on its way to a SIM: SMS-DELIVER, or SMS-STATUS-REPORT.
type inbound struct {
	report bool
	tpdu   []byte
	smsc   string // that of its sender; "" that of the SIM
}

// insert returns the card of a SIM: the same, with its tries and messages, if a SIM with
// this IMSI was in a modem before.
func (n *Network) insert(sim SIM, slots int) *card {
	serial := len(n.cards) + 1
	for _, field := range []struct {
		value *string
		unset string
	}{
		{&sim.IMSI, fmt.Sprintf("00101%010d", serial)},
		{&sim.MSISDN, fmt.Sprintf("+88210%07d", serial)},
		{&sim.PUK, "12345678"},
		{&sim.SMSC, "+882109999999"},
	} {
		if *field.value == "" {
			*field.value = field.unset
		}
	}
	if sim.ICCID == "" { // one for each IMSI, also where several processes simulate
		digits := "000000000000" + sim.IMSI
		sim.ICCID = luhn("898800" + digits[len(digits)-12:])
	}
	if sim.SMSC == NoSMSC {
		sim.SMSC = ""
	}
	if sim.Tries == 0 {
		sim.Tries = pinTries
	}
	if c := n.cardWith(func(c *card) bool { return c.IMSI == sim.IMSI }); c != nil {
		return c
	}
	c := &card{SIM: sim, pinTries: sim.Tries, pukTries: pukTries, store: newStore(slots)}
	n.cards = append(n.cards, c)
	return c
}

// enterPIN reports whether pin is right, and counts a try.
func (c *card) enterPIN(pin string) bool {
	if c.pinTries == 0 {
		return false
	}
	c.pinTries--
	if pin != c.PIN {
		return false
	}
	c.pinTries = pinTries
	return true
}

// unblock sets a new PIN if the PUK is right, which it reports, and counts a try.
func (c *card) unblock(puk, pin string) bool {
	if c.pukTries == 0 {
		return false
	}
	c.pukTries--
	if puk != c.PUK {
		return false
	}
	c.PIN, c.pinTries, c.pukTries = pin, pinTries, pukTries
	return true
}

// luhn returns digits with the check digit of ICCIDs (ITU-T E.118) and IMEIs.
func luhn(digits string) string {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return digits + string(rune('0'+(10-sum%10)%10))
}

// state returns <code> of +CPIN (27.007 8.3).
func (c *card) state(unlocked bool) string {
	switch {
	case unlocked:
		return "READY"
	case c.pinTries > 0:
		return "SIM PIN"
	case c.pukTries > 0:
		return "SIM PUK"
	}
	return "SIM failure"
}

// pin is +CPIN (27.007 8.3).
func (m *Modem) pin(c command) answer {
	if c.form == test {
		return answer{}
	}
	if m.card == nil {
		return fail(cmeNoSIM)
	}
	if c.form == read {
		return reply("+CPIN: %s", m.card.state(m.unlocked))
	}
	fields := c.fields()
	switch {
	case c.form != set || slices.ContainsFunc(fields, badPIN):
		return fail(cmeBadParameter) // the card does not get it, and no try is counted
	case m.unlocked:
		return fail(cmeNotAllowed)
	case m.card.pinTries == 0 && len(fields) == 2:
		if !m.card.unblock(fields[0], fields[1]) {
			return fail(cmeWrongPIN)
		}
	case m.card.pinTries == 0:
		return fail(cmePUK)
	case !m.card.enterPIN(fields[0]):
		return fail(cmeWrongPIN)
	}
	m.unlocked = true
	return answer{then: func() {
		m.sayPIN("READY")
		m.unlock()
	}}
}

// badPIN reports whether s can be neither a PIN nor a PUK: they have 4 to 8 digits.
func badPIN(s string) bool {
	return len(s) < 4 || len(s) > 8 || strings.Trim(s, "0123456789") != ""
}

// ownNumber is +CNUM (27.007 7.1).
func (m *Modem) ownNumber(command) answer {
	return reply("+CNUM: %s,%s,145", m.quote(""), m.quote(cmp.Or(m.card.Says, m.card.MSISDN)))
}

// smsc is +CSCA (27.005 3.3.1), which is stored on the SIM.
func (m *Modem) smsc(c command) answer {
	switch c.form {
	case test:
		return answer{}
	case read, run:
		tosca := 129
		if strings.HasPrefix(m.card.SMSC, "+") {
			tosca = 145
		}
		return reply("+CSCA: %s,%d", m.quote(m.card.SMSC), tosca)
	}
	number := c.fields()[0]
	if m.charset == "UCS2" {
		number = decodeUCS2Hex(number)
	}
	m.card.SMSC = number
	return answer{}
}
