package simulator

import "fmt"

// Registration is <stat> of +CREG and the like (27.007 7.2).
type Registration int

// The states of registration.
const (
	NotRegistered Registration = 0
	Home          Registration = 1
	Searching     Registration = 2
	Denied        Registration = 3
	Unknown       Registration = 4
	Roaming       Registration = 5
)

// RAT is a radio access technology, with the value of <AcT> (27.007 7.2).
type RAT int

// The technologies that a simulated network offers.
const (
	GSM  RAT = 0
	UMTS RAT = 2
	LTE  RAT = 7
)

// registrationCommands are in the order in which changes are reported.
var registrationCommands = []string{"+CREG", "+CGREG", "+CEREG"}

// Register changes the registration. The modem reports it if +CREG, +CGREG or +CEREG is
// set.
func (m *Modem) Register(r Registration) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.reg = r
	m.announce()
	m.collect()
}

// Signal sets <rssi> of +CSQ: 0 to 31, or 99 if unknown.
func (m *Modem) Signal(rssi int) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.signal = rssi
}

// stat returns the registration of the modem: NotRegistered unless its radio is on and its
// SIM unlocked.
func (m *Modem) stat() Registration {
	if !m.booted || !m.unlocked || m.numbers["+CFUN"] != 1 {
		return NotRegistered
	}
	return m.reg
}

func (m *Modem) registered() bool {
	return m.stat() == Home || m.stat() == Roaming
}

// domain returns the registration of the domain of a command: circuit switched for +CREG,
// packet switched in GSM and UMTS for +CGREG, EPS for +CEREG.
func (m *Modem) domain(command string) Registration {
	eps := m.rat == LTE
	if command == "+CREG" && (m.packetOnly || m.dataAlone) ||
		command == "+CGREG" && eps ||
		command == "+CEREG" && !eps {
		return NotRegistered
	}
	return m.stat()
}

// announce reports a change of the registration.
func (m *Modem) announce() {
	for _, command := range registrationCommands {
		now := m.domain(command)
		if now == m.told[command] {
			continue
		}
		m.told[command] = now
		if m.numbers[command] > 0 {
			m.urc(command + ": " + m.place(command))
		}
	}
}

// place returns <stat>, with the cell if the setting of the command is 2.
func (m *Modem) place(command string) string {
	stat := m.domain(command)
	if m.numbers[command] < 2 || stat != Home && stat != Roaming {
		return fmt.Sprint(int(stat))
	}
	return fmt.Sprintf(`%d,"00A1","0001F00D",%d`, stat, m.rat)
}

// registrationLevel is the greatest <n> of +CREG and the like.
const registrationLevel = 2

// registration is +CREG, +CGREG and +CEREG (27.007 7.2, 10.1.20, 10.1.22).
func (m *Modem) registration(c command) answer {
	switch c.form {
	case read:
		if m.hostile && c.name == "+CREG" {
			return m.malformedRegistration()
		}
		return reply("%s: %d,%s", c.name, m.numbers[c.name], m.place(c.name))
	case test:
		return reply("%s: (0-%d)", c.name, registrationLevel)
	}
	return m.number(c, number{max: registrationLevel})
}

// operator is +COPS (27.007 7.3); the network chooses.
func (m *Modem) operator(c command) answer {
	switch {
	case c.form != read:
		return answer{}
	case !m.registered():
		return reply("+COPS: 0")
	}
	return reply("+COPS: 0,0,%s,%d", m.quote("simgate"), m.rat)
}

// signalQuality is +CSQ (27.007 8.5).
func (m *Modem) signalQuality(command) answer {
	if !m.registered() {
		return reply("+CSQ: 99,99")
	}
	return reply("+CSQ: %d,99", m.signal)
}

// ims is +CIREG (27.007 8.71).
func (m *Modem) ims(c command) answer {
	if c.form == set {
		return answer{}
	}
	registered := 0
	if m.packetOnly && m.registered() {
		registered = 1
	}
	return reply("+CIREG: 0,%d", registered)
}
