package simulator

// PowerOff switches the power off and leaves the port, as in a brown-out of a modem behind
// a UART. The modem does not react until PowerOn.
func (m *Modem) PowerOff() {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.powerDown()
}

// PowerOn switches the power on, and the modem boots.
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

// restart does what a reset command does: the modem loses its settings, and on USB its
// port for some time.
func (m *Modem) restart() {
	if m.portAway <= 0 {
		m.powerDown()
		m.powerUp()
		return
	}
	m.unplug()
	m.after(m.portAway, m.plug)
}

// detectSIM reports the SIM, and unlocks it if it needs no PIN.
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

// unlock makes the SIM usable, and its storage some time later.
func (m *Modem) unlock() {
	m.unlocked = true
	m.announce()
	m.after(m.simBoot, func() {
		if !m.unlocked {
			return // it was ejected
		}
		m.smsReady = true
		for _, line := range m.ready {
			m.urc(line)
		}
		m.collect()
	})
}

// sayPIN reports the state of the SIM, if the family does so.
func (m *Modem) sayPIN(state string) {
	if m.saysPIN {
		m.urc("+CPIN: " + state)
	}
}

// Eject removes the SIM, also while the modem is on.
func (m *Modem) Eject() {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.eject()
}

// Insert inserts a SIM, in place of the present one, also while the modem is on. A SIM
// whose IMSI was in a modem of this network before is the same card, with its messages and
// PIN tries.
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
