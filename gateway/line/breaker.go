package line

import (
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
)

// breaker takes a driver out of service that is given parts and answers none.
type breaker struct {
	unknowns int          // outcomes in a row that stayed unknown
	until    clock.Uptime // 0: in service
}

// breakAfter is how many parts in a row a driver may leave without an answer:
// each may have been sent, or be lost.
const breakAfter = 3

// breakPauses are how long a driver is out of service, the last again and again.
// After each it is given one part.
var breakPauses = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// note counts the outcome of a part. It reports whether the driver goes out of service
// now, and for how long.
func (b *breaker) note(class Class, now clock.Uptime) (time.Duration, bool) {
	switch class {
	case Unknown:
		b.unknowns++
	case Device: // nothing was handed over: it says nothing of answers
		return 0, false
	default: // a refusal is an answer too
		*b = breaker{}
		return 0, false
	}
	if b.unknowns < breakAfter {
		return 0, false
	}
	pause := breakPauses[min(b.unknowns-breakAfter, len(breakPauses)-1)]
	b.until = now.Add(pause)
	return pause, true
}

// hold is why the driver does not send.
func (b breaker) hold(name string, c *clock.Clock, now clock.Uptime) Hold {
	if b.until <= now {
		return Hold{}
	}
	again := c.Local().Add(b.until.Sub(now))
	return Hold{Until: b.until, Cause: cause.Unanswered.With(name, b.unknowns, again.Format(clock.ToTheSecond))}
}
