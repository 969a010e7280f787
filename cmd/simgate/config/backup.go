package config

import (
	"cmp"
	"strings"
	"time"
)

// Canary says when messages are sent from SIM to SIM, to see whether they arrive.
type Canary struct {
	Every  Duration `yaml:"every"`
	To     string   `yaml:"to"`
	Within Duration `yaml:"within"`
}

// month is how long a month is for costs.
const month = 30 * day

// CanaryCost returns how many messages the canary sends in a month, and what they cost at
// most by the prices of the SIMs; known is false where no price says so.
func (c Config) CanaryCost() (messages int, cost float64, known bool) {
	if c.Canary.Every == 0 {
		return 0, 0, false
	}
	messages = int(month / time.Duration(c.Canary.Every))
	numbers := []string{c.Canary.To}
	if c.Canary.To == "" {
		numbers = nil
		for _, s := range c.SIMs {
			numbers = append(numbers, cmp.Or(s.Number, s.MSISDN))
		}
	}
	most := Amount(0)
	for _, s := range c.SIMs {
		for _, n := range numbers {
			if price, ok := s.priceOf(n); ok {
				most, known = max(most, price), true
			}
		}
	}
	return messages, float64(messages) * float64(most) / 1e6, known
}

// priceOf returns the price of a message to a number, that of the longest prefix.
func (s SIM) priceOf(number string) (price Amount, ok bool) {
	longest := -1
	for _, p := range s.Prices {
		if strings.HasPrefix(number, p.Prefix) && len(p.Prefix) > longest {
			price, longest, ok = p.Price, len(p.Prefix), true
		}
	}
	return price, ok
}

// Backup says when backups are made, and how many are kept.
type Backup struct {
	Every  Duration `yaml:"every"`
	Keep   int      `yaml:"keep"`
	Folder string   `yaml:"folder"`
}
