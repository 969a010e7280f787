// Package balance is the credit of prepaid SIMs: what the operators say of it, the amount in
// that, and what each app has spent of it.
package balance

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Settings tell how the credit of a SIM is asked for.
type Settings struct {
	Codes   []string       // the USSD code, and then the answers to the menus behind it
	Pattern *regexp.Regexp // finds the amount; its first group, where it has one. nil: the first number with decimals, or the first
	Every   time.Duration  // 24 hours
	Low     float64        // an amount below this is an event; 0 never
}

// Balance is what the operator said of the credit of a SIM.
type Balance struct {
	Text   string  // as the network says it
	Amount float64 // in its currency
	Known  bool    // an amount was found in the text
	Low    bool
	Asked  time.Time
}

// money is an amount as people write it: 12.34, 1.234,56, 1,250.
var money = regexp.MustCompile(`-?\d+(?:[ .,']\d{3})*(?:[.,]\d{1,2})?\b`)

// Amount finds the amount in what the network says.
func (s Settings) Amount(text string) (float64, bool) {
	if s.Pattern != nil {
		found := s.Pattern.FindStringSubmatch(text)
		if found == nil {
			return 0, false
		}
		return parseMoney(found[len(found)-1])
	}
	var first string
	for _, word := range money.FindAllString(text, -1) {
		if i := strings.LastIndexAny(word, ".,"); i >= 0 && len(word)-i == 3 {
			return parseMoney(word)
		}
		if first == "" {
			first = word
		}
	}
	return parseMoney(first)
}

// parseMoney reads a number whose decimals stand behind a point or a comma, two
// at the most; what else parts digits parts thousands.
func parseMoney(s string) (float64, bool) {
	i := strings.LastIndexAny(s, ".,")
	if i >= 0 && len(s)-i <= 3 {
		s = s[:i] + "!" + s[i+1:]
	}
	s = strings.NewReplacer(".", "", ",", "", " ", "", "'", "", "!", ".").Replace(s)
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsInf(n, 0) && math.Abs(n) < 1e9
}
