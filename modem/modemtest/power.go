package modemtest

// PowerOff takes the power away and leaves the port: a brown-out of a modem
// behind a UART. It is deaf until PowerOn.
func (m *Modem) PowerOff() {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.powerDown()
}

// PowerOn gives the power back; the modem boots and says so.
func (m *Modem) PowerOn() {
	m.n.mu.Lock()
	defer m.n.unlock()
	if m.plugged {
		m.powerUp()
	}
}

func (m *Modem) powerDown() {
	m.powered = false
	m.life++
	m.returnUnacked()
	m.volatile = volatile{}
}

func (m *Modem) powerUp() {
	if m.powered {
		return
	}
	m.powered = true
	m.reset()
	m.after(m.boot, func() {
		m.booted = true
		m.urc("RDY")
		m.urc("+CFUN: 1")
		m.detectSIM()
	})
}

// detectSIM says what is in the slot, and uses it when it asks for no PIN.
func (m *Modem) detectSIM() {
	if m.card == nil {
		m.urc("+CPIN: NOT INSERTED")
		return
	}
	open := m.card.PIN == ""
	m.urc("+CPIN: " + m.card.state(open))
	if open {
		m.unlock()
	}
}

// unlock makes the SIM usable; its messages are a while behind.
func (m *Modem) unlock() {
	m.unlocked = true
	m.announce()
	m.after(m.simBoot, func() {
		if !m.unlocked {
			return // ejected meanwhile
		}
		m.smsReady = true
		m.urc("SMS DONE")
		m.collect()
	})
}

// Eject takes the SIM out of the running modem.
func (m *Modem) Eject() {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.eject()
}

// Insert puts a SIM in, in place of the one that is there; the running modem
// notices. A SIM of an IMSI that was in a modem of this network before is the
// same card again.
func (m *Modem) Insert(sim SIM) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.eject()
	m.card = m.n.insert(sim)
	if m.booted {
		m.detectSIM()
	}
}

func (m *Modem) eject() {
	if m.card == nil {
		return
	}
	m.returnUnacked()
	m.card, m.unlocked, m.smsReady = nil, false, false
	m.urc("+CPIN: NOT INSERTED")
	m.announce()
}
