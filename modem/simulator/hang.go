package simulator

import (
	"bytes"
	"maps"
)

// Cure is a recovery step by which a host gets a modem back that hangs.
type Cure int

// The recovery steps, from the mildest on. A modem that hangs until one of them does not
// react to those before it. It obeys a reset command that is one, and does not answer it.
const (
	CureProbe     Cure = iota + 1 // ESC or Ctrl-Z
	CureReopen                    // the port is closed and opened
	CureSoftReset                 // AT+CFUN=1,1, or 16 on u-blox
	CureReset                     // the reset command of the vendor, if there is one
	CureUSB                       // Reauthorize
	CurePower                     // PowerOff and PowerOn, or Unplug and Plug
)

// String returns the name under which [Modem.Resets] counts the step.
func (c Cure) String() string {
	return [...]string{"", "probe", "reopen", "soft reset", "reset", "usb", "power"}[c]
}

// Hang makes the modem hang until a recovery step that is at least until: it reads and
// writes nothing. Its prompt is lost, and messages for it wait in the network. Messages
// that it has sent arrive.
func (m *Modem) Hang(until Cure) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.hang(until)
}

func (m *Modem) hang(until Cure) {
	if m.powered {
		m.hung = until
		m.entry, m.held, m.typed = nil, nil, nil
	}
}

// Resets returns how often each recovery step was taken: "probe" (counted only while the
// modem hangs), "reopen", "soft reset", "reset", "usb" and "power".
func (m *Modem) Resets() map[string]int {
	m.n.mu.Lock()
	defer m.n.unlock()
	return maps.Clone(m.resets)
}

// Reauthorize takes the device off the bus and back, as a host does through sysfs: the
// port disappears for the time of [PortDrops]. The modem keeps its power and its settings.
func (m *Modem) Reauthorize() {
	m.n.mu.Lock()
	defer m.n.unlock()
	if !m.plugged {
		return
	}
	m.detach()
	m.after(m.portAway, func() {
		m.plug()
		m.cure(CureUSB)
	})
}

// cure counts a step, and ends the hanging of a modem that needs no more than it.
func (m *Modem) cure(step Cure) {
	m.resets[step.String()]++
	if m.hung != 0 && m.hung <= step {
		m.hung = 0
		m.collect()
	}
}

// receiveHung processes octets from the host while the modem hangs.
func (m *Modem) receiveHung(p []byte) {
	if i := bytes.IndexAny(p, string([]byte{ctrlZ, esc})); i >= 0 {
		if m.cure(CureProbe); m.hung == 0 {
			m.typed = nil
			m.listen(p[i+1:])
			return
		}
	}
	m.typed = append(m.typed, p[:min(len(p), typedAhead-len(m.typed))]...)
	for {
		text, rest, ok := bytes.Cut(m.typed, []byte{cr})
		if !ok {
			return
		}
		m.typed = rest
		if body, ok := cutAT(commandLine(text)); ok {
			m.commands = remember(m.commands, "AT"+body, m.n.history)
			if m.resetBy(body) {
				return
			}
		}
	}
}

// resetBy reports whether a command line has restarted a modem that hangs.
func (m *Modem) resetBy(body string) bool {
	commands, _ := parseCommands(body)
	for _, c := range commands {
		step, ok := m.resetOf(c)
		if !ok || m.hung < CureSoftReset || m.hung > step {
			continue
		}
		m.cure(step)
		m.restart()
		return true
	}
	return false
}

// resetOf returns the recovery step that a command is, and whether it is one.
func (m *Modem) resetOf(c command) (Cure, bool) {
	switch c.text {
	case m.hard:
		return CureReset, true
	case m.soft:
		return CureSoftReset, true
	}
	return 0, false
}
