package simulator

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
	if m.plugged && !m.powered {
		m.resets[CurePower.String()]++
		m.powerUp()
	}
}

func (m *Modem) powerDown() {
	m.powered, m.hung = false, 0
	m.life++
	m.returnUnacked()
	m.dropCall("the link was lost")
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
		for _, line := range m.up {
			m.urc(line)
		}
		m.makeNoise(0)
		m.detectSIM()
	})
}

// restart is what a reset command does: the modem loses its settings, and on
// USB its port for a while.
func (m *Modem) restart() {
	if m.portAway <= 0 {
		m.powerDown()
		m.powerUp()
		return
	}
	m.unplug()
	m.after(m.portAway, m.plug)
}

// detectSIM says what is in the slot, and uses it when it asks for no PIN.
func (m *Modem) detectSIM() {
	if m.card == nil {
		m.sayPIN("NOT INSERTED")
		return
	}
	open := m.card.PIN == ""
	m.sayPIN(m.card.state(open))
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
		for _, line := range m.ready {
			m.urc(line)
		}
		m.collect()
	})
}

// sayPIN tells of the SIM unasked, which not every make does.
func (m *Modem) sayPIN(state string) {
	if m.saysPIN {
		m.urc("+CPIN: " + state)
	}
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
	m.card = m.n.insert(sim, m.simSlots)
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
	m.sayPIN("NOT INSERTED")
	m.announce()
}
