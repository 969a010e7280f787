package simulator

import (
	"bytes"
	"maps"
)

// Cure is a step of the ladder by which a host gets a modem back.
type Cure int

// The steps from the mildest on. A modem that hangs until one of them is deaf
// to those in front, and a reset is a command that it hears to the end and does
// not answer.
const (
	CureProbe     Cure = iota + 1 // ESC or Ctrl-Z
	CureReopen                    // the port is closed and opened
	CureSoftReset                 // AT+CFUN=1,1, or 16 on u-blox
	CureReset                     // the reset command of the make; those without have none
	CureUSB                       // Reauthorize
	CurePower                     // PowerOff and PowerOn, or Unplug and Plug
)

// String is the name under which Resets counts a step.
func (c Cure) String() string {
	return [...]string{"", "probe", "reopen", "soft reset", "reset", "usb", "power"}[c]
}

// Hang makes the modem deaf and dumb until a step of the ladder that is at
// least until. Its PDU prompt is gone, and messages for it wait in the network;
// what is on the air already arrives.
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

// Resets counts by the name of the step what was done to the modem to get it
// back: "probe" (while it hung only), "reopen", "soft reset", "reset", "usb"
// and "power".
func (m *Modem) Resets() map[string]int {
	m.n.mu.Lock()
	defer m.n.unlock()
	return maps.Clone(m.resets)
}

// Reauthorize takes the device from the bus and gives it back, as a host does
// through sysfs: the port dies and is there again when the time of PortDrops is
// over. The modem keeps its power and its settings.
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

// cure counts a step, and brings a modem back that hung until then.
func (m *Modem) cure(step Cure) {
	m.resets[step.String()]++
	if m.hung != 0 && m.hung <= step {
		m.hung = 0
		m.collect()
	}
}

// overhear takes octets from the host while the modem hangs.
func (m *Modem) overhear(p []byte) {
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
			if m.overhearCommands(body) {
				return
			}
		}
	}
}

// overhearCommands tells whether a command line restarted the modem.
func (m *Modem) overhearCommands(body string) bool {
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

// resetOf tells which step of the ladder a command is.
func (m *Modem) resetOf(c command) (Cure, bool) {
	switch c.text {
	case m.hard:
		return CureReset, true
	case m.soft:
		return CureSoftReset, true
	}
	return 0, false
}
