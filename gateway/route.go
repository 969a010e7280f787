package gateway

import (
	"strings"

	"simgate/gateway/line"
	"simgate/gateway/msisdn"
)

// need is what a message asks of the line that takes it.
type need struct {
	line  int64 // it must be this one, 0 any
	avoid int64 // not this one while there is another

	lane    int
	to      msisdn.Number
	parts   int              // that have not left yet
	charged int64            // the line whose budget it is counted in, 0 none
	met     map[meeting]bool // the lines that have written to its recipient
}

// lineStatus is what routing looks at.
type lineStatus struct {
	name     string // of its modem
	line     int64  // 0: no SIM known yet
	state    line.State
	busy     bool  // a part is under way
	unknowns int   // outcomes in a row that stayed unknown
	lastUsed int64 // uptime in milliseconds

	hold     hold // it sends nothing before this ends
	own      hold // of the modem alone, whatever SIM is in it
	probing  bool // it is in quarantine, and may be tried with one message
	broke    bool // its credit is used up, as far as its operator has said
	budgets  []budget
	settings *SIMSettings // of its SIM
}

func (l lineStatus) free() bool {
	return l.line != 0 && l.state == line.Ready && !l.busy && l.hold.until == 0
}

// route chooses the line for a message: of those that are free and have budget
// for it, the cheapest where prices are known, of these the healthiest, and of
// these the one that has rested longest. A line in quarantine is tried with a
// message when its time has come, with a code only where there is no other, and so
// is one whose credit is used up. It returns the index into lines, or -1 where the
// message has to wait.
func route(n need, lines []lineStatus) int {
	best, onlyAvoided := -1, -1
	for i, l := range lines {
		switch {
		case !l.free(), n.line != 0 && l.line != n.line, l.refuses(n).until != 0:
		case n.line == 0 && l.line == n.avoid:
			onlyAvoided = i
		case best < 0 || better(n, l, lines[best]):
			best = i
		}
	}
	if best < 0 && !others(n, lines) {
		return onlyAvoided
	}
	return best
}

func better(n need, a, b lineStatus) bool {
	if a.probing != b.probing {
		return a.probing == (n.lane != laneCodes)
	}
	if a.broke != b.broke {
		return b.broke
	}
	if a.settings != nil && b.settings != nil {
		pa, known := a.settings.price(n.to)
		pb, both := b.settings.price(n.to)
		if known && both && pa != pb {
			return pa < pb
		}
	}
	if a.unknowns != b.unknowns {
		return a.unknowns < b.unknowns
	}
	return a.lastUsed < b.lastUsed
}

// passedOver says which lines could not take a message that goes to another, and
// why; what is merely busy, or dearer, is not among them.
func passedOver(n need, chosen int, lines []lineStatus) string {
	var out []string
	for i, l := range lines {
		if i == chosen || n.line != 0 && l.line != n.line {
			continue
		}
		why := ""
		switch refusal := l.refuses(n); {
		case l.state == line.InCall:
		case l.state != line.Ready:
			why = "is " + string(l.state)
		case l.hold.until != 0 && !l.hold.brief:
			why = "is held: " + l.hold.why
		case refusal.until != 0:
			why = "has no budget: " + refusal.why
		case l.probing:
			why = "is in quarantine"
		case l.broke:
			why = "has no credit"
		case l.line == n.avoid && n.avoid != 0:
			why = "could not before"
		}
		if why != "" {
			out = append(out, l.name+" "+why)
		}
	}
	return strings.Join(out, "; ")
}

// others reports whether any line but the one to be avoided is in service and
// has budget for the message, busy or not.
func others(n need, lines []lineStatus) bool {
	for _, l := range lines {
		if l.line != n.avoid && l.inService() && !l.probing && l.refuses(n).until == 0 {
			return true
		}
	}
	return false
}
