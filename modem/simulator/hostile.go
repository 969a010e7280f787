package simulator

import "time"

// slowPIN is how late a hostile modem answers +CPIN?.
const slowPIN = 2 * time.Second

// malformed are answers to +CREG? that break the standard.
var malformed = []string{"+CREG: ", "+CREG: ,", "+CREG: 1,\"", "+CREG 0 1", "+CREG: home"}

// Hostile makes the modem misbehave wherever a host might rely on it: AT alone answers
// ERROR, the answer to +CREG? is malformed, +CPIN? takes 2 s, +CMGR of an empty slot
// answers ERROR and then OK, a status report without delay precedes the answer of its
// +CMGS, and the reference is always 0.
func Hostile() ModemOption {
	return func(m *Modem) { m.hostile = true }
}

// misbehave changes the answer of a hostile modem.
func (m *Modem) misbehave(p *plan, commands []command, a answer) answer {
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

// malformedRegistration returns the next malformed answer.
func (m *Modem) malformedRegistration() answer {
	m.turn++
	return reply("%s", malformed[m.turn%len(malformed)])
}

// emptySlot returns the answer of +CMGR for an empty slot.
func (m *Modem) emptySlot() answer {
	switch {
	case m.hostile:
		return answer{lines: []string{string(errPlain)}}
	case m.emptySlotError:
		return fail(cmsBadIndex)
	}
	return answer{}
}
