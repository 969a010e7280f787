package simulator

import "time"

// slowPIN is how long a hostile modem thinks about +CPIN?.
const slowPIN = 2 * time.Second

// malformed are answers to +CREG? that no standard knows.
var malformed = []string{"+CREG: ", "+CREG: ,", "+CREG: 1,\"", "+CREG 0 1", "+CREG: home"}

// Hostile is a modem that breaks every habit a host could lean on: a bare AT
// answers ERROR, what +CREG? answers is malformed, +CPIN? takes 2 s, an empty
// slot answers +CMGR with ERROR and then OK, a status report that the network
// sends at once comes in front of its +CMGS, and the reference is always 0.
func Hostile() ModemOption {
	return func(m *Modem) { m.hostile = true }
}

// spite bends the answer of a hostile modem.
func (m *Modem) spite(p *plan, commands []command, a answer) answer {
	if !m.hostile {
		return a
	}
	if len(commands) == 0 && a.err == nil {
		return fail(errPlain)
	}
	for _, c := range commands {
		if c.name == "+CPIN" && c.form == read {
			p.late = max(p.late, slowPIN)
		}
	}
	return a
}

// malformedRegistration is the next of the malformed answers.
func (m *Modem) malformedRegistration() answer {
	m.turn++
	return reply("%s", malformed[m.turn%len(malformed)])
}

// emptySlot is what +CMGR answers when there is nothing.
func (m *Modem) emptySlot() answer {
	switch {
	case m.hostile:
		return answer{lines: []string{string(errPlain)}}
	case m.emptySlotError:
		return fail(cmsBadIndex)
	}
	return answer{}
}
