package modem

import (
	"context"
)

// OpenCard is openCard.
var OpenCard = openCard

// ReadProgress tells what a line says of a call: "key 5", "busy".
func ReadProgress(line string) string {
	p := readProgress(line)
	switch p.kind {
	case key:
		return "key " + string(p.key)
	case ended:
		if p.outcome == "" {
			p.outcome = unanswered(p.code, p.cause.text)
		}
		return string(p.outcome)
	}
	return [...]string{nothing: "", dialled: "dialled", alerting: "alerting", connected: "connected", incoming: "incoming"}[p.kind]
}

// Unanswered says how a call ended, by the words of the network.
func Unanswered(words string) CallOutcome { return unanswered(0, words) }

// ParseTries is parseTries.
var ParseTries = parseTries

// Transitions is the map that the function which changes the state enforces.
var Transitions = transitions

// Change is change.
func (m *Modem) Change(to State, detail string, from ...State) (bool, error) {
	return m.change(to, detail, from...)
}

// Look lets a session of the modem find that messages can be sent, or that they
// cannot.
func (m *Modem) Look(ctx context.Context, canSend bool) error {
	s := &session{m: m}
	if canSend {
		s.net.circuit = 1
	}
	return s.assess(ctx)
}
