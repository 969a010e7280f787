package simulator

import (
	"fmt"
	"slices"
	"strings"
)

// SIM describes a SIM card. Empty fields take values of the test network
// (MCC 001, MNC 01), different for each card; only PIN stays empty, and the
// card then asks for none.
type SIM struct {
	ICCID  string
	IMSI   string
	MSISDN string // with "+"
	PIN    string
	PUK    string
	SMSC   string // with "+"; NoSMSC for a card without
	Tries  int    // tries left for the PIN; 0 means 3
}

// NoSMSC as SIM.SMSC is a card whose service centre address is empty: without
// +CSCA nothing can be sent from it (+CMS ERROR: 330).
const NoSMSC = "none"

const (
	pinTries = 3  // 31.101: the counter after a right PIN
	pukTries = 10 // and of the PUK that unblocks it
)

// card is a SIM with what is on it. Its mailbox is what the network keeps for
// it.
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
}

// insert returns the card that sim describes: the same one, with its tries and
// its messages, when a SIM of this IMSI was in a modem before.
func (n *Network) insert(sim SIM, slots int) *card {
	serial := len(n.cards) + 1
	for _, field := range []struct {
		value *string
		unset string
	}{
		{&sim.ICCID, luhn(fmt.Sprintf("898800100000%06d", serial))},
		{&sim.IMSI, fmt.Sprintf("00101%010d", serial)},
		{&sim.MSISDN, fmt.Sprintf("+88210%07d", serial)},
		{&sim.PUK, "12345678"},
		{&sim.SMSC, "+882109999999"},
	} {
		if *field.value == "" {
			*field.value = field.unset
		}
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

// enterPIN tells whether pin is right, and spends a try.
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

// unblock sets a new PIN with the PUK, and spends a try of the PUK.
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

// luhn appends the check digit of ITU-T E.118 and of the IMEI.
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

// state is <code> of +CPIN (27.007 8.3).
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
		return fail(cmeBadParameter) // the card never sees it, and no try is spent
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

// badPIN tells what can be no PIN and no PUK: they have 4 to 8 digits.
func badPIN(s string) bool {
	return len(s) < 4 || len(s) > 8 || strings.Trim(s, "0123456789") != ""
}

// ownNumber is +CNUM (27.007 7.1).
func (m *Modem) ownNumber(command) answer {
	return reply("+CNUM: %s,%s,145", m.quote(""), m.quote(m.card.MSISDN))
}

// serviceCentre is +CSCA (27.005 3.3.1), kept on the SIM.
func (m *Modem) serviceCentre(c command) answer {
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
