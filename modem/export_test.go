package modem

import (
	"maps"
	"slices"
)

// Makers returns the vendor ids of the table.
func Makers() []uint16 { return slices.Sorted(maps.Keys(vendors)) }

// ConcernsModems is concernsModems.
var ConcernsModems = concernsModems

// OpenCard is openCard.
var OpenCard = openCard

// SoundCard is soundCard.
func (f *Finder) SoundCard(port string) string { return f.soundCard(port) }

// Beside is beside.
func (f *Finder) Beside(port string, roles ...Role) string { return f.beside(port, roles) }

// ReadProgress tells what a line says of a call: "key 5", "busy".
func ReadProgress(line string) string {
	p := readProgress(line)
	switch p.kind {
	case key:
		return "key " + string(p.key)
	case ended:
		if p.outcome == "" {
			p.outcome = unanswered(p.code, p.cause)
		}
		return string(p.outcome)
	}
	return [...]string{nothing: "", dialled: "dialled", alerting: "alerting", connected: "connected", incoming: "incoming"}[p.kind]
}

// Unanswered says how a call ended, by the words of the network.
func Unanswered(words string) CallOutcome { return unanswered(0, words) }
