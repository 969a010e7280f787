package guard

import (
	"fmt"
	"time"
)

// Mode is what is done where hardly any code comes back.
type Mode string

// The modes.
const (
	Off     Mode = "off"    // nothing
	LogOnly Mode = "shadow" // it is noted what would have been blocked
	Enforce Mode = "block"  // that block of numbers or that country is blocked for a day, for the app
	// Throttle lets codes go on one by one, see [Guard.slow]. It is the default of new
	// configurations; one that names no mode has LogOnly, as before.
	Throttle Mode = "throttle"
)

// Hardly any code comes back where, in the last hour, of at least 20 codes less than a
// tenth did. The codes of the running ten minutes are left out: their owners are still
// typing. A country needs five times as many: a pump in one block of numbers, which
// the block stops, must not close the country for all others.
const (
	conversionWindow = time.Hour
	conversionSends  = 20
	countrySends     = 5 * conversionSends
	conversionShare  = 10
	conversionBlock  = day
)

// unconverted says that hardly any code comes back from a block of numbers or a
// country, "" where enough do.
func (g *Guard) unconverted(app string, s Scope, key string, w window) string {
	if g.cfg.Load().Conversion != LogOnly && g.cfg.Load().Conversion != Enforce {
		return ""
	}
	ripe := window{tick: w.tick}
	for _, c := range w.counts {
		if c.slot < slotOf(w.tick) {
			ripe.counts = append(ripe.counts, c)
		}
	}
	sends := ripe.sum(conversionWindow, sendsOf)
	answered := ripe.sum(conversionWindow, answeredOf)
	least := conversionSends
	if s == ByCountry {
		least = countrySends
	}
	if sends < least || answered*conversionShare >= sends {
		return ""
	}
	return fmt.Sprintf("of %d codes of %s to %s %s in an hour %d came back", sends, app, s, key, answered)
}
