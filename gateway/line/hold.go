package line

import (
	"math"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
)

// Hold is a reason for which a line, or a message on it, has to wait.
type Hold struct {
	Until clock.Uptime // 0: there is none
	Cause cause.Cause  // which names the line
	Brief bool         // a pause between two parts: no other line need take over
}

// later returns the hold that lasts longer.
func later(a, b Hold) Hold {
	if b.Until > a.Until {
		return b
	}
	return a
}

// restingUntil is the pause between two parts.
func restingUntil(id int64, next, now clock.Uptime) Hold {
	if next <= now {
		return Hold{}
	}
	return Hold{Until: next, Cause: cause.Pace.With(id), Brief: true}
}

// WaitsFor returns what a message waits for: of the lines that could take it, the hold
// that ends first. There is none while one of them is merely busy, or while no modem is
// ready.
func WaitsFor(n Need, all []Candidate) Hold {
	first := Hold{Until: math.MaxInt64}
	for _, c := range all {
		if c.ID == 0 || c.State != Ready || n.Line != 0 && c.ID != n.Line {
			continue
		}
		h := later(c.Hold, c.refuses(n))
		if h.Until == 0 {
			return Hold{}
		}
		if h.Until < first.Until {
			first = h
		}
	}
	if first.Until == math.MaxInt64 {
		return Hold{}
	}
	return first
}
