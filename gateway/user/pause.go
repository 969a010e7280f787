package user

import (
	"time"

	"simgate/gateway/clock"
)

// The waits after wrong passwords.
const (
	freeTries = 5                // that cost no wait
	firstWait = 2 * time.Second  // after the next, and twice as long after each that follows
	longest   = 15 * time.Minute // wait
	forgotten = 2 * time.Hour    // after the last wrong password
	mostKept  = 10_000           // of those who wait, so that they cannot use up the memory
)

// pauses are who has to wait, by what they are known by. They are kept in memory: nobody
// who guesses passwords can restart the machine.
type pauses map[string]pause

type pause struct {
	wrong int
	until clock.Uptime
}

// left returns how long somebody has to wait.
func (p pauses) left(who string, now clock.Uptime) time.Duration {
	return max(0, p[who].until.Sub(now))
}

// wrong notes a wrong password, and returns how long the wait is that it begins; 0 for none.
func (p pauses) wrong(who string, now clock.Uptime) time.Duration {
	one := p[who]
	if one.wrong > 0 && now.Sub(one.until) > forgotten {
		one = pause{}
	}
	if one.wrong == 0 && len(p) >= mostKept {
		p.makeRoom()
	}
	one.wrong++
	wait := time.Duration(0)
	if over := one.wrong - freeTries; over > 0 {
		wait = longest
		if over < 10 {
			wait = min(longest, firstWait<<(over-1))
		}
	}
	one.until = now.Add(wait)
	p[who] = one
	return wait
}

// right forgets the wrong passwords of somebody who knows the right one.
func (p pauses) right(who string) { delete(p, who) }

// makeRoom forgets who may try first, or has long been able to.
func (p pauses) makeRoom() {
	first := ""
	for who, one := range p {
		if first == "" || one.until < p[first].until {
			first = who
		}
	}
	delete(p, first)
}
