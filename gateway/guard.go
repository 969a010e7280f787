package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Guard says where codes may go. Whoever can make a gateway send codes can make
// it send them to numbers that pay him for it; so by default they go to the
// country of the SIM alone.
type Guard struct {
	Countries      []string // ISO 3166-1 alpha-2; empty: that of the SIMs, or Config.Country until one is known; "*": all
	VoiceCountries []string // for calls, which cost by the minute; empty: that of the SIMs, whatever Countries are
	Conversion     Mode     // what is done about numbers that hardly ever answer: ModeShadow
}

// Mode is how earnest a rule is.
type Mode string

// The modes.
const (
	ModeOff    Mode = "off"
	ModeShadow Mode = "shadow" // it is noted what would have been blocked
	ModeBlock  Mode = "block"
)

// AllCountries stands for all in a list of countries.
const AllCountries = "*"

// The conversion monitor blocks a prefix or a country for a day when, in the
// last hour, of at least 20 codes less than a tenth came back. The codes of the
// running ten minutes are left out: their owners are still typing. A country
// needs five times as many: a pump in one block of numbers, which the block
// stops, must not close the country for all others.
const (
	conversionWindow = time.Hour
	conversionSends  = 20
	countrySends     = 5 * conversionSends
	conversionShare  = 10
	conversionBlock  = oneDay
)

// guardRequest is a code or a call as the guard sees it.
type guardRequest struct {
	App    string
	To     msisdn.Number
	Region string // country of To, "" for none
	Client string // from clientKey, "" unknown
	Voice  bool   // it is a call
	Dry    bool   // it is only asked about: nothing is noted
}

// inspect refuses a code to a number that the guard does not let pass. The
// order is that of what it costs, and what it tells: first what is true of the
// number whoever asks.
func (g *Gateway) inspect(tx *store.Tx, r guardRequest, tick int64) error {
	rule, ok, err := matchingRule(tx, r.keys(), tick)
	switch {
	case err != nil:
		return err
	case ok && rule.Kind == Safe:
		return nil
	case ok:
		return blocked(rule)
	}
	if kind := r.To.Costly(); kind != "" {
		return &fault.Error{Code: fault.Forbidden, Field: "to", Reason: fault.KindRefused, Message: "no codes go to " + kind}
	}
	what, countries := "codes", g.cfg.Guard.Countries
	if r.Voice {
		what, countries = "calls", g.cfg.Guard.VoiceCountries
	}
	if open, list := g.open(r.Region, countries); !open {
		return &fault.Error{Code: fault.Forbidden, Field: "to", Reason: fault.CountryClosed, Message: fmt.Sprintf(
			"no "+what+" go to %s: it is not among the countries of the configuration (%s)", inCountry(r.Region), list)}
	}
	if err := g.checkRun(tx, r, tick); err != nil {
		return err
	}
	for _, b := range g.cfg.Limits.bounds() {
		key := r.keys()[b.scope]
		if b.limit < 0 || key == "" {
			continue
		}
		w, err := selectWindow(tx, b.scope, key, tick, oneDay)
		if err != nil {
			return err
		}
		if w.sum(b.within, b.of) >= b.limit {
			return fault.NewLimited(b.reason, w.wait(b.within, b.limit, b.of), "%s", b.text)
		}
		if b.scope == scopePrefix || b.scope == scopeCountry {
			if err := g.watchConversion(r, b.scope, key, w); err != nil {
				return err
			}
		}
	}
	return nil
}

func inCountry(region string) string {
	if region == "" {
		return "numbers that belong to no country"
	}
	return region
}

// keys returns what a request counts for in each scope.
func (r guardRequest) keys() map[scope]string {
	return map[scope]string{scopeNumber: string(r.To), scopePrefix: prefixOf(r.To), scopeCountry: r.Region,
		scopeApp: r.App, scopeClient: r.Client}
}

// countSend adds one code to all counters.
func (g *Gateway) countSend(tx *store.Tx, app, client string, to msisdn.Number, tick int64) error {
	r := guardRequest{App: app, To: to, Region: to.Region(), Client: client}
	return addCounts(tx, r.keys(), tick, count{sends: 1})
}

// countAnswer takes the codes that a verification took off those that nobody
// answered.
func (g *Gateway) countAnswer(tx *store.Tx, to msisdn.Number, sends int, tick int64) error {
	return addCounts(tx, map[scope]string{scopePrefix: prefixOf(to), scopeCountry: to.Region()}, tick, count{answered: sends})
}

// watchConversion blocks where hardly anybody answers, or notes that it would.
func (g *Gateway) watchConversion(r guardRequest, s scope, key string, w window) error {
	mode := g.cfg.Guard.Conversion
	if mode == ModeOff {
		return nil
	}
	ripe := window{tick: w.tick}
	for _, c := range w.counts {
		if c.slot < slotOf(w.tick) {
			ripe.counts = append(ripe.counts, c)
		}
	}
	sends := ripe.sum(conversionWindow, sendsOf)
	// Answers count whenever they come: those of the running slot too.
	answered := w.sum(conversionWindow, func(c count) int { return c.answered })
	least := conversionSends
	if s == scopeCountry {
		least = countrySends
	}
	if sends < least || answered*conversionShare >= sends {
		return nil
	}
	text := fmt.Sprintf("of %d codes to %s %s in an hour %d came back", sends, s, key, answered)
	if mode == ModeShadow {
		if r.Dry {
			return nil
		}
		g.noteRefused(r, fault.BlockedNumber, text, true)
		return nil
	}
	// It is the refusal that is committed, with the rule beside it.
	return &conversionError{rule: Rule{Kind: BlockRule, Scope: string(s), Key: key, Reason: text, Origin: "guard"},
		until: w.tick + conversionBlock.Milliseconds()}
}

// conversionError is a refusal that makes a rule.
type conversionError struct {
	rule  Rule
	until int64
}

func (e *conversionError) Error() string { return e.rule.Reason }

func blocked(r Rule) *fault.Error {
	return &fault.Error{Code: fault.Forbidden, Field: "to", Reason: fault.BlockedNumber,
		Message: fmt.Sprintf("%s %s is blocked: %s", r.Scope, r.Key, r.Reason)}
}

// The neighbourhood in which numbers that are asked for one after the other are
// looked for, to both sides.
const runReach = 50

// checkRun refuses numbers whose neighbours were asked for in the last day and
// did not answer: people do not come in the order of their numbers.
func (g *Gateway) checkRun(tx *store.Tx, r guardRequest, tick int64) error {
	if g.cfg.Limits.Run < 0 {
		return nil
	}
	near, err := unansweredNeighbours(tx, r, runReach, tick-oneDay.Milliseconds())
	if err != nil || near < g.cfg.Limits.Run {
		return err
	}
	return fault.NewLimited(fault.LimitRun, oneDay, "%d numbers next to this one were asked for today and did not answer", near)
}

// open reports whether codes go to a country, and which list says so.
func (g *Gateway) open(region string, list []string) (bool, string) {
	if len(list) == 0 {
		list = g.homes()
	}
	if len(list) == 0 {
		return false, "none: no SIM is known yet, and country is not set"
	}
	return slices.Contains(list, AllCountries) || region != "" && slices.Contains(list, region), strings.Join(list, ", ")
}

// homes are the countries of the SIMs that are in the modems, or that of the
// configuration until one is known.
func (g *Gateway) homes() []string {
	var list []string
	for _, l := range g.lines.All() {
		if c := msisdn.CountryOfIMSI(l.Status().IMSI); c != "" && !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	if len(list) == 0 && g.cfg.Country != "" {
		list = []string{g.cfg.Country}
	}
	return list
}
