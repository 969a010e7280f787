package main

import (
	"fmt"
	"regexp"
	"time"

	"simgate/gateway"
	"simgate/gateway/msisdn"
)

// SIM is what belongs to a SIM, in whatever modem it is.
type SIM struct {
	ICCID   string  `yaml:"iccid"`
	IMSI    string  `yaml:"imsi"`
	MSISDN  string  `yaml:"msisdn"`
	Name    string  `yaml:"name"`
	PIN     PIN     `yaml:"pin"`
	Number  string  `yaml:"number"`
	Country string  `yaml:"country"`
	Pace    Pace    `yaml:"pace"` // what does not stand in the file is that of all
	Prices  []Price `yaml:"prices"`
	Balance Balance `yaml:"balance"`
}

// Balance is how the credit of a SIM is asked for; without a code it is not.
type Balance struct {
	Codes   []string `yaml:"codes"`
	Pattern string   `yaml:"pattern"`
	Every   Duration `yaml:"every"`
	Low     Amount   `yaml:"low"`
}

// Pace bounds what a SIM sends; 0 is no limit.
type Pace struct {
	Rate            int      `yaml:"rate"`
	Jitter          Share    `yaml:"jitter"`
	Pause           Duration `yaml:"pause"`
	Day             int      `yaml:"day"`
	Month           int      `yaml:"month"`
	RecipientsDay   int      `yaml:"recipients_day"`
	RecipientsMonth int      `yaml:"recipients_month"`
	Reserve         Share    `yaml:"reserve"`
}

// Price is what a message costs towards some numbers.
type Price struct {
	Prefix string `yaml:"prefix"`
	Price  Amount `yaml:"price"`
}

// Block is how a SIM is found to be blocked; 0 does not look.
type Block struct {
	Refusals int      `yaml:"refusals"`
	Silent   int      `yaml:"silent"`
	Window   Duration `yaml:"window"`
}

var (
	iccidForm  = regexp.MustCompile(`^[0-9]{18,20}$`)
	imsiForm   = regexp.MustCompile(`^[0-9]{14,15}$`)
	prefixForm = regexp.MustCompile(`^(\+[0-9]{1,15})?$`)
)

func (p Pace) validate(prefix string) []mistake {
	var found []mistake
	for _, n := range []struct {
		key         string
		value, most int
	}{
		{"rate", p.Rate, 6000}, {"day", p.Day, 10_000_000}, {"month", p.Month, 100_000_000},
		{"recipients_day", p.RecipientsDay, 10_000_000}, {"recipients_month", p.RecipientsMonth, 100_000_000},
	} {
		if n.value < 0 || n.value > n.most {
			found = append(found, mistake{key: prefix + n.key, message: fmt.Sprintf("must be between 0, for no limit, and %d", n.most)})
		}
	}
	if p.Pause < 0 || p.Pause > Duration(time.Hour) {
		found = append(found, mistake{key: prefix + "pause", message: "must be between 0s and 1h"})
	}
	return found
}

func (b Block) validate(prefix string) []mistake {
	var found []mistake
	for key, n := range map[string]int{"refusals": b.Refusals, "silent": b.Silent} {
		if n < 0 || n > 1000 {
			found = append(found, mistake{key: prefix + key, message: "must be between 0, for never, and 1000"})
		}
	}
	if b.Window < Duration(time.Minute) || b.Window > Duration(7*day) {
		found = append(found, mistake{key: prefix + "window", message: "must be between 1m and 7d"})
	}
	return found
}

// validate returns what is wrong with an entry. Of a pace that is as that of all
// nothing is said here.
func (s SIM) validate(prefix string, common Pace) []mistake {
	found := s.Pace.validate(prefix + "pace.")
	if s.Pace == common {
		found = nil
	}
	wrong := func(key, message string) { found = append(found, mistake{key: prefix + key, message: message}) }
	if s.ICCID == "" && s.IMSI == "" && s.MSISDN == "" {
		wrong("iccid", "is missing: say which SIM is meant by iccid, imsi or msisdn; simgate modems --json shows them")
	}
	if s.ICCID != "" && !iccidForm.MatchString(s.ICCID) {
		wrong("iccid", "must be the 18 to 20 digits of the card, in quotes")
	}
	if s.IMSI != "" && !imsiForm.MatchString(s.IMSI) {
		wrong("imsi", "must be 14 or 15 digits in quotes")
	}
	if s.MSISDN != "" && !numberForm.MatchString(s.MSISDN) {
		wrong("msisdn", "must be + and country code and digits, in quotes")
	}
	if s.Name != "" && !nameForm.MatchString(s.Name) {
		wrong("name", "must be 1 to 32 letters, digits, dots, dashes or underscores")
	}
	switch {
	case s.PIN == "":
	case !pinForm.MatchString(string(s.PIN)):
		wrong("pin", "must be 4 to 8 digits in quotes")
	case s.ICCID == "":
		wrong("pin", "needs iccid: nothing else can be read of a SIM before it has its PIN")
	}
	if s.Number != "" && !numberForm.MatchString(s.Number) {
		wrong("number", "must be + and country code and digits, in quotes")
	}
	if s.Country != "" && !msisdn.KnownCountry(s.Country) {
		wrong("country", "must be a country in two capital letters, such as DE")
	}
	if _, err := regexp.Compile(s.Balance.Pattern); err != nil {
		wrong("balance.pattern", "is not a regular expression: "+err.Error())
	}
	if e := s.Balance.Every; e != 0 && e < Duration(time.Hour) {
		wrong("balance.every", "must be 1h at the least: operators take offence at more")
	}
	for i, p := range s.Prices {
		if !prefixForm.MatchString(p.Prefix) {
			wrong(fmt.Sprintf("prices[%d].prefix", i), "must be + and the first digits of numbers, in quotes; \"\" for all numbers")
		}
	}
	return found
}

func (p Pace) gateway() gateway.Pace {
	return gateway.Pace{Rate: p.Rate, Jitter: float64(p.Jitter), Pause: time.Duration(p.Pause), Day: p.Day, Month: p.Month,
		RecipientsDay: p.RecipientsDay, RecipientsMonth: p.RecipientsMonth, Reserve: float64(p.Reserve)}
}

func simSettings(sims []SIM) []gateway.SIMSettings {
	all := make([]gateway.SIMSettings, len(sims))
	for i, s := range sims {
		pace := s.Pace.gateway()
		all[i] = gateway.SIMSettings{ICCID: s.ICCID, IMSI: s.IMSI, MSISDN: s.MSISDN, Name: s.Name, PIN: string(s.PIN),
			Number: s.Number, Country: s.Country, Pace: &pace, Balance: s.Balance.gateway()}
		for _, p := range s.Prices {
			all[i].Prices = append(all[i].Prices, gateway.Price{Prefix: p.Prefix, Micros: int64(p.Price)})
		}
	}
	return all
}

// gateway returns nil where nothing is configured.
func (b Balance) gateway() *gateway.BalanceSettings {
	if len(b.Codes) == 0 {
		return nil
	}
	out := &gateway.BalanceSettings{Codes: b.Codes, Every: time.Duration(b.Every), Low: float64(b.Low) / 1e6}
	if b.Pattern != "" {
		out.Pattern = regexp.MustCompile(b.Pattern) // it has been validated
	}
	return out
}

// orNever is what the gateway understands by a limit of 0.
func orNever(n int) int {
	if n == 0 {
		return -1
	}
	return n
}
