package gateway

import "simgate/modem"

// need is what a message asks of the line that takes it.
type need struct {
	line  int64 // it must be this one, 0 any
	avoid int64 // not this one while there is another
}

// lineStatus is what routing looks at.
type lineStatus struct {
	line     int64 // 0: no SIM known yet
	state    modem.State
	busy     bool  // a part is under way
	unknowns int   // outcomes in a row that stayed unknown
	lastUsed int64 // uptime in milliseconds
}

func (s lineStatus) free() bool { return s.line != 0 && s.state == modem.Ready && !s.busy }

// route chooses the line for a message: of those that are free, the healthiest,
// and of these the one that has rested longest. It returns the index into
// lines, or -1 where the message has to wait.
func route(n need, lines []lineStatus) int {
	best, onlyAvoided := -1, -1
	for i, l := range lines {
		switch {
		case !l.free(), n.line != 0 && l.line != n.line:
		case n.line == 0 && l.line == n.avoid:
			onlyAvoided = i
		case best < 0 || better(l, lines[best]):
			best = i
		}
	}
	if best < 0 && !others(n.avoid, lines) {
		return onlyAvoided
	}
	return best
}

func better(a, b lineStatus) bool {
	if a.unknowns != b.unknowns {
		return a.unknowns < b.unknowns
	}
	return a.lastUsed < b.lastUsed
}

// others reports whether any line but this one is in service, busy or not.
func others(line int64, lines []lineStatus) bool {
	for _, l := range lines {
		if l.line != line && l.line != 0 && l.state == modem.Ready {
			return true
		}
	}
	return false
}
