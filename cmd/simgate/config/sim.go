package config

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"simgate/gateway/msisdn"
)

// SIM is one SIM, whichever modem it is in.
type SIM struct {
	ICCID    string   `yaml:"iccid"`
	IMSI     string   `yaml:"imsi"`
	MSISDN   string   `yaml:"msisdn"`
	Name     string   `yaml:"name"`
	PIN      PIN      `yaml:"pin"`
	Number   string   `yaml:"number"`
	Country  string   `yaml:"country"`
	OverData OverData `yaml:"sms_over_data"`
	Pace     Pace     `yaml:"pace"` // keys that are absent are those of Config.Pace
	Prices   []Price  `yaml:"prices"`
	Balance  Balance  `yaml:"balance"`
}

// OverData says whether a SIM sends SMS where its network offers it data alone.
type OverData string

// The values of sms_over_data; "" is auto.
const (
	OverDataAuto OverData = "auto"
	OverDataYes  OverData = "yes"
	OverDataNo   OverData = "no"
)

// Balance says how to ask for the credit of a SIM; without codes it is not asked for.
type Balance struct {
	Codes   []string `yaml:"codes"`
	Pattern string   `yaml:"pattern"`
	Every   Duration `yaml:"every"`
	Low     Amount   `yaml:"low"`
}

// Pace bounds how fast and how much a SIM sends; 0 is no limit.
type Pace struct {
	Rate            int      `yaml:"rate"`
	Jitter          Share    `yaml:"jitter"`
	Pause           Duration `yaml:"pause"`
	Day             int      `yaml:"day"`
	Month           int      `yaml:"month"`
	RecipientsDay   int      `yaml:"recipients_day"`
	RecipientsMonth int      `yaml:"recipients_month"`
	CostDay         Amount   `yaml:"cost_day"`
	CostMonth       Amount   `yaml:"cost_month"`
	Reserve         Share    `yaml:"reserve"`
}

// Price is the price of a message to the numbers with a prefix.
type Price struct {
	Prefix string `yaml:"prefix"`
	Price  Amount `yaml:"price"`
}

// Block says when a SIM counts as blocked by its operator; 0 turns a test off.
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

func (p Pace) validate(prefix string) []Mistake {
	var found []Mistake
	for _, n := range []struct {
		key         string
		value, most int
	}{
		{"rate", p.Rate, 6000}, {"day", p.Day, 10_000_000}, {"month", p.Month, 100_000_000},
		{"recipients_day", p.RecipientsDay, 10_000_000}, {"recipients_month", p.RecipientsMonth, 100_000_000},
	} {
		if n.value < 0 || n.value > n.most {
			found = append(found, Mistake{Key: prefix + n.key, Message: fmt.Sprintf("must be between 0, for no limit, and %d", n.most)})
		}
	}
	if p.Pause < 0 || p.Pause > Duration(time.Hour) {
		found = append(found, Mistake{Key: prefix + "pause", Message: "must be between 0s and 1h"})
	}
	return found
}

func (b Block) validate(prefix string) []Mistake {
	var found []Mistake
	for key, n := range map[string]int{"refusals": b.Refusals, "silent": b.Silent} {
		if n < 0 || n > 1000 {
			found = append(found, Mistake{Key: prefix + key, Message: "must be between 0, for never, and 1000"})
		}
	}
	if b.Window < Duration(time.Minute) || b.Window > Duration(7*day) {
		found = append(found, Mistake{Key: prefix + "window", Message: "must be between 1m and 7d"})
	}
	return found
}

// validate returns the mistakes in an entry. Those of a pace that equals common
// are reported there.
func (s SIM) validate(prefix string, common Pace) []Mistake {
	found := s.Pace.validate(prefix + "pace.")
	if s.Pace == common {
		found = nil
	}
	wrong := func(key, message string) { found = append(found, Mistake{Key: prefix + key, Message: message}) }
	if s.Pace.CostDay+s.Pace.CostMonth > 0 && len(s.Prices) == 0 {
		wrong("prices", "are missing: cost_day and cost_month of its pace count by them")
	}
	if s.ICCID == "" && s.IMSI == "" && s.MSISDN == "" {
		wrong("iccid", "is missing: name the SIM by iccid, imsi or msisdn, which simgate modems --json lists")
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
	if s.Name != "" && !isName(s.Name) {
		wrong("name", "must be 1 to 32 letters, digits, dots, dashes or underscores")
	}
	switch {
	case s.PIN == "":
	case !pinForm.MatchString(string(s.PIN)):
		wrong("pin", "must be 4 to 8 digits in quotes")
	case s.ICCID == "":
		wrong("pin", "needs iccid: nothing else can be read from a SIM before its PIN is entered")
	}
	if s.Number != "" && !numberForm.MatchString(s.Number) {
		wrong("number", "must be + and country code and digits, in quotes")
	}
	if s.Country != "" && !msisdn.KnownCountry(s.Country) {
		wrong("country", "must be a country in two capital letters, such as DE")
	}
	if !slices.Contains([]OverData{"", OverDataAuto, OverDataYes, OverDataNo}, s.OverData) {
		wrong("sms_over_data", "must be auto, yes or no, in quotes")
	}
	if _, err := regexp.Compile(s.Balance.Pattern); err != nil {
		wrong("balance.pattern", "is not a regular expression: "+err.Error())
	}
	if e := s.Balance.Every; e != 0 && e < Duration(time.Hour) {
		wrong("balance.every", "must be at least 1h: operators may block SIMs that ask more often")
	}
	for i, p := range s.Prices {
		if !prefixForm.MatchString(p.Prefix) {
			wrong(fmt.Sprintf("prices[%d].prefix", i), "must be + and the first digits of numbers, in quotes, or \"\" for all numbers")
		}
	}
	return found
}
