package simulator

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/warthog618/sms/encoding/gsm7"
)

// The times of a USSD session, which 23.090 leaves to the network.
const (
	ussdPatience = 30 * time.Second // how long the modem waits for the network
	menuPatience = 2 * time.Minute  // how long the network waits for a choice
)

// Menu is the answer of the network to a USSD code, or to a choice in another menu. A menu
// without choices ends the session.
type Menu struct {
	Text    string // its lines are separated by CR LF
	Choices map[string]Menu

	verbatim string // what is said instead; see USSDVerbatim
}

// USSD sets the answer of the network to a USSD code. "*100#" has an answer by default;
// other codes are not supported (+CUSD: 4).
func USSD(code, answer string) ModemOption { return USSDMenu(code, Menu{Text: answer}) }

// USSDMenu sets a tree of menus as the answer to a USSD code. A menu without choices, an
// invalid choice (+CUSD: 2), AT+CUSD=2 and no choice within two minutes end the session.
func USSDMenu(code string, tree Menu) ModemOption {
	return func(m *Modem) { m.ussd[code] = tree }
}

// USSDDelay sets how long the network takes to answer a USSD request. The modem gives up
// after 30 s (+CUSD: 5).
func USSDDelay(d time.Duration) ModemOption {
	return func(m *Modem) { m.ussdDelay = d }
}

// USSDInUCS2 makes the network send every USSD answer in UCS2, and not only those that the
// GSM alphabet does not have.
func USSDInUCS2() ModemOption {
	return func(m *Modem) { m.ussdUCS2 = true }
}

// USSDVerbatim sets what the modem says as the answer of the network to a USSD code: what
// follows "+CUSD: ", octet by octet.
func USSDVerbatim(code, result string) ModemOption {
	return USSDMenu(code, Menu{verbatim: result})
}

// session is a USSD session.
type session struct {
	asked   bool // it waits for the network, and not for a choice
	choices map[string]Menu
}

// unstructured is +CUSD (27.007 7.15). The answer of the network is an unsolicited
// result.
func (m *Modem) unstructured(c command) answer {
	switch c.form {
	case read:
		return reply("+CUSD: 1")
	case test:
		return reply("+CUSD: (0-2)")
	}
	fields := c.fields()
	switch {
	case fields[0] == "2":
		m.session = nil
		return answer{}
	case len(fields) < 2:
		return answer{}
	case !m.registered():
		return fail(cmeNoService)
	case m.session != nil && m.session.asked:
		return fail(cmeNotAllowed)
	}
	text, ok := m.readUSSD(fields[1:])
	if !ok {
		return fail(cmeBadParameter)
	}
	return answer{then: func() { m.ask(text) }}
}

// ask gives a code, or a choice of the session, to the network.
func (m *Modem) ask(text string) {
	menu, ok := m.ussd[text]
	unknown := "+CUSD: 4"
	if m.session != nil {
		menu, ok = m.session.choices[text]
		unknown = "+CUSD: 2"
	}
	asked := &session{asked: true}
	m.session = asked
	m.after(min(m.ussdDelay, ussdPatience), func() {
		if m.session != asked {
			return // it was cancelled
		}
		m.session = nil
		switch {
		case m.ussdDelay >= ussdPatience:
			m.urc("+CUSD: 5")
		case !ok:
			m.urc(unknown)
		case menu.verbatim != "":
			m.urc("+CUSD: " + menu.verbatim)
		case len(menu.Choices) == 0:
			m.urc("+CUSD: 0," + m.writeUSSD(menu.Text))
		default:
			m.openMenu(menu)
		}
	})
}

// openMenu shows a menu and waits for a choice.
func (m *Modem) openMenu(menu Menu) {
	shown := &session{choices: menu.Choices}
	m.session = shown
	m.urc("+CUSD: 1," + m.writeUSSD(menu.Text))
	m.after(menuPatience, func() {
		if m.session == shown {
			m.session = nil
			m.urc("+CUSD: 2")
		}
	})
}

// readUSSD decodes a string from the host, which its data coding scheme follows.
func (m *Modem) readUSSD(fields []string) (text string, ok bool) {
	text = fields[0]
	switch {
	case m.packed():
		octets, err := hex.DecodeString(text)
		if err != nil {
			return "", false
		}
		if len(fields) > 1 && fields[1] == dcsUCS2 {
			return decodeUCS2(octets), true
		}
		return decodeSeptets(gsm7.Unpack7BitUSSD(octets, 0)), true
	case m.charset == "UCS2":
		return decodeUCS2Hex(text), true
	case m.charset == "HEX":
		septets, err := hex.DecodeString(text)
		return decodeSeptets(septets), err == nil
	}
	return text, true
}

// The data coding schemes of USSD (23.038 5) that the network uses.
const (
	dcsGSM  = "15"
	dcsUCS2 = "72"
)

// writeUSSD encodes a string for the host, with its data coding scheme after it.
func (m *Modem) writeUSSD(text string) string {
	septets, ok := encodeSeptets(text)
	written, dcs := m.inCharset(text), dcsGSM
	switch {
	case !ok || m.ussdUCS2:
		written, dcs = fmt.Sprintf("%X", encodeUCS2(text)), dcsUCS2
	case m.packed():
		written = fmt.Sprintf("%X", gsm7.Pack7BitUSSD(septets, 0))
	}
	return `"` + written + `",` + dcs
}

// packed reports whether strings of +CUSD are packed septets in hexadecimal.
func (m *Modem) packed() bool { return m.packedUSSD && m.numbers["^USSDMODE"] == 1 }
