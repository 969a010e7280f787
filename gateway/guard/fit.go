package guard

import (
	"fmt"
	"slices"
	"strings"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Channel is what is to go out, and how.
type Channel string

// The channels.
const (
	Code   Channel = "code"  // of a verification, in a message
	Spoken Channel = "voice" // of a verification, in a call
	Call   Channel = "call"  // a call that says something else
	Text   Channel = "text"  // a message that the caller has written

	// Heard is no send: the person sends a text to us. Replied is a text that a code is the
	// answer to; a [Request] has Code among its ways then.
	Heard   Channel = "mo"
	Replied Channel = "mo:reply"
)

// Channels lists all channels.
var Channels = []Channel{Code, Spoken, Call, Text, Heard, Replied}

// ParseChannel reads the name of a channel; "" is [Code].
func ParseChannel(s string) (Channel, error) {
	if s == "" {
		return Code, nil
	}
	if !slices.Contains(Channels, Channel(s)) {
		return "", fault.NewInvalid("channel", "there is no channel "+fault.Quote(s)+": use code, voice, call, text, mo or mo:reply")
	}
	return Channel(s), nil
}

// limited reports whether the limits of codes hold for what goes by it.
func (c Channel) limited() bool { return c != Text && c != Heard }

// ofCode reports whether codes go by it.
func (c Channel) ofCode() bool { return c == Code || c == Spoken }

// noun names what goes by a channel.
func (c Channel) noun() string {
	switch c {
	case Text:
		return "messages"
	case Code:
		return "codes"
	}
	return "calls"
}

// setting is the list of countries of the configuration that opens a channel.
func (c Channel) setting() string {
	switch c {
	case Text:
		return "guard.text_countries"
	case Code:
		return "guard.countries"
	}
	return "guard.voice_countries"
}

// Fitness says whether a number is one that a request may go to.
type Fitness struct {
	Refusal *fault.Error // with a Reason; nil: it is
	Ways    []Channel    // by which it may go there
	Safe    bool         // the owner always allows it, whatever the limits say
}

// Fit decides whether anything may go to the number of a request at all: what the owner
// says of it, its country, and what it costs. It is the one decision before everything
// that leaves a SIM; how much has gone there before is not asked.
func (g *Guard) Fit(tx *store.Tx, r Request, now clock.Moment) (f Fitness, err error) {
	rules, err := g.rulesFor(tx, r.App, r.keys(), now)
	if err != nil {
		return f, err
	}
	if !r.Channel.limited() { // what the guard concludes from codes is no reason to stop others
		rules = slices.DeleteFunc(rules, func(rule Rule) bool { return rule.Kind == Block && rule.Origin != byOperator })
	}
	opened := false
	rules = slices.DeleteFunc(rules, func(rule Rule) bool {
		opened = opened || rule.Kind == Opens
		return rule.Kind == Opens
	})
	f.Safe = len(rules) > 0 && rules[0].Kind == Safe
	ways := r.Ways
	if ways == nil {
		ways = []Channel{r.Channel}
	}
	for _, c := range ways {
		why := g.unfit(r, c, f.Safe, opened)
		if why == nil {
			f.Ways = append(f.Ways, c)
		} else if f.Refusal == nil {
			f.Refusal = why
		}
	}
	if len(f.Ways) > 0 {
		f.Refusal = nil
	}
	if len(rules) > 0 && !f.Safe && r.kind != msisdn.Emergency {
		f.Refusal, f.Ways = blocked(rules[0]), nil
	}
	return f, nil
}

func blocked(r Rule) *fault.Error {
	return &fault.Error{Code: fault.Forbidden, Field: "to", Reason: fault.BlockedNumber,
		Message: fmt.Sprintf("%s %s is blocked: %s", r.Scope, r.Key, r.Reason)}
}

// costly says what the kinds are that cost more than others or reach no person.
var costly = map[msisdn.Kind]string{
	msisdn.Premium: "a premium rate number", msisdn.SharedCost: "a shared cost number", msisdn.TollFree: "a toll free number",
	msisdn.Company: "a company number", msisdn.Pager: "a pager", msisdn.Voicemail: "a voice mail box",
	msisdn.Personal:  "a number that is forwarded at somebody's cost",
	msisdn.Satellite: "a satellite phone or another network of no country",
}

// unfit says why nothing may go to the number of r by a channel, nil if it may. Nothing
// opens an emergency number; the owner's rule opens all others. opened says that a rule
// opens the country.
func (g *Guard) unfit(r Request, c Channel, safe, opened bool) *fault.Error {
	anywhere := c == Text && r.Anywhere
	refuse := func(why fault.Reason, where string) *fault.Error {
		return &fault.Error{Code: fault.Forbidden, Field: "to", Reason: why, Message: "no " + c.noun() + " go to " + where}
	}
	switch {
	case r.kind == msisdn.Emergency:
		return refuse(fault.KindRefused, "an emergency number: call it from a phone")
	case safe, c == Heard:
		return nil
	case r.kind == msisdn.Short && c == Text:
		if g.opensShort(r) {
			return nil
		}
		return refuse(fault.KindRefused, "the short number "+string(r.To)+": add it to guard.short_numbers in the configuration if its price is known")
	case r.kind == msisdn.Short:
		return refuse(fault.KindRefused, "short numbers: give a full number as + and country code")
	}
	if open, list := g.open(c, r.Region, r.Homes); !open && !opened && !anywhere {
		return refuse(fault.CountryClosed, closed(c, r.Region, list))
	}
	switch {
	case r.kind.Costs() && !anywhere && (c != Text || r.kind != msisdn.TollFree):
		return refuse(fault.KindRefused, costly[r.kind]+", unless the owner of the gateway makes a safe rule for it")
	case c == Text:
		return nil
	case r.kind == msisdn.Invalid && (c != Code || !r.unlisted):
		// A message to a range that is not in the tables yet costs what others do; a
		// call to one that nobody was given is how fraud with calls begins.
		return &fault.Error{Code: fault.Invalid, Field: "to", Reason: fault.KindRefused,
			Message: "this number is in no range that is in use: check its digits"}
	case r.kind == msisdn.FixedLine && c == Code && !g.cfg.Load().FixedLines:
		return refuse(fault.FixedLine, "a fixed line by SMS: call it instead (workflow voice), or set guard.fixed_lines in the configuration")
	}
	return nil
}

// opensShort reports whether texts may go to a service number: one that the owner has
// named, or that costs nothing or what others do in the countries of all SIMs.
func (g *Guard) opensShort(r Request) bool {
	if slices.Contains(g.cfg.Load().ShortNumbers, string(r.To)) {
		return true
	}
	return r.cheap
}

// closed says that a country is not among those that a channel is open for.
func closed(c Channel, region string, list []string) string {
	if region == "" || region == msisdn.Worldwide {
		region = "numbers that belong to no country"
	}
	if len(list) == 0 {
		return fmt.Sprintf("%s: the country of no SIM is known; set country in the configuration, or list countries in %s", region, c.setting())
	}
	return fmt.Sprintf("%s: it is not among the countries of the configuration (%s); to allow it, list it in %s, or make a rule that opens it", region,
		strings.Join(list, ", "), c.setting())
}

// Open reports whether what goes by a channel may go to a country; homes are those of
// the SIMs.
func (g *Guard) Open(c Channel, region string, homes []string) bool {
	open, _ := g.open(c, region, homes)
	return open
}

// open also returns the list of countries that says so.
func (g *Guard) open(c Channel, region string, homes []string) (bool, []string) {
	list := g.cfg.Load().Countries
	switch {
	case c == Call || c == Spoken:
		list = g.cfg.Load().VoiceCountries
	case c == Text && len(g.cfg.Load().TextCountries) > 0:
		list = g.cfg.Load().TextCountries
	}
	if len(list) == 0 {
		list = homes
	}
	return slices.Contains(list, AllCountries) || region != "" && slices.Contains(list, region), list
}
