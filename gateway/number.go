package gateway

import (
	"simgate/gateway/fault"
	"simgate/gateway/guard"
	"simgate/gateway/msisdn"
	"simgate/gateway/text"
)

// App is what the configuration says about one app.
type App struct {
	Hint    text.Hint // the last line of its texts, for requests that give none
	Numbers string    // what digits without a plus mean where they can mean two numbers, see [msisdn.Reading.As]
}

// ReadNumber returns the number that an app means by s, for a message or a code. What
// the zero reading leaves open is decided as [Gateway.reading] says.
func (g *Gateway) ReadNumber(app, s string, r msisdn.Reading) (msisdn.Number, error) {
	return msisdn.Read(s, r.Or(g.reading(app, 0, guard.Code)))
}

// reading returns the reading of numbers in the native API, on the command line, and in
// dialects of services that document none: digits without a plus are read as national
// numbers, of the country of the line if that has one, and as E.164. Where both are
// mobiles the setting of the app decides, or else which of the two lies in a country
// that is open for the channel.
//
// Numbers that were stored before a change of the canonical form (Mexico's 1,
// Argentina's 9) are not found by the new one. They are kept for days, so no migration
// rewrites them.
func (g *Gateway) reading(app string, line int64, c guard.Channel) msisdn.Reading {
	r := msisdn.Open(g.countryOf(line), func(region string) bool { return g.guard.Open(c, region, g.homes()) })
	if set, err := r.As(g.cfg.Apps[app].Numbers); err == nil { // the configuration has been checked
		r = set
	}
	return r
}

// readPerson reads a number that a code or a call may go to: that of a person.
func (g *Gateway) readPerson(s string, r msisdn.Reading) (msisdn.Number, error) {
	to, err := msisdn.Read(s, r)
	if err == nil && to.Short() {
		return "", fault.NewInvalid("to", "a code can only go to a full phone number, not to a short code: write it as + and country code")
	}
	return to, err
}

// readRule reads a number that the owner makes a rule for.
func (g *Gateway) readRule(s string) (msisdn.Number, error) {
	return g.ReadNumber("", s, msisdn.Reading{})
}

// readFilter reads a number that something is looked for by, "" for none.
func (g *Gateway) readFilter(app, s string) (string, error) {
	if s == "" {
		return "", nil
	}
	n, err := g.ReadNumber(app, s, msisdn.Reading{})
	return string(n), err
}

// canonicalKeys returns test numbers in the form that numbers are compared in.
func canonicalKeys(codes map[string]string) map[string]string {
	out := make(map[string]string, len(codes))
	for number, code := range codes {
		if n, err := msisdn.Read(number, msisdn.International()); err == nil {
			number = string(n)
		}
		out[number] = code
	}
	return out
}
