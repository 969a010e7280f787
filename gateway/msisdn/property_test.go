package msisdn_test

import (
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"simgate/gateway/msisdn"
)

// local are countries that put their own area code before local numbers, which
// therefore need not be written.
var local = map[string]string{"CC": "8", "CX": "8", "GG": "1481", "IM": "1624", "JE": "1534", "MG": "20", "NF": "3", "SM": "0549"}

// No input reaches a number whose digits were not written, but for the country code
// and the rules of the trunk prefix: what is read ends in what was written, and only
// a prefix of few digits has been dropped or put before it.
func TestNoDigitIsMadeUp(t *testing.T) {
	var homes []string
	for home := range phonenumbers.GetSupportedRegions() {
		homes = append(homes, home)
	}
	rapid.Check(t, func(t *rapid.T) {
		home := rapid.SampledFrom(homes).Draw(t, "home")
		// Digits at random are hardly ever a number: begin with what begins one.
		head := rapid.SampledFrom([]string{"", "", "0", "00", "+", "011", "0011", "001", "8", "06", "1", "49", "+49", "+490", "+54", "+549",
			"+521", "+52", "044", "15", "091", "8~10"}).Draw(t, "head")
		body := rapid.StringMatching(`[0-9]{2,14}`).Draw(t, "digits")
		if rapid.Bool().Draw(t, "example") {
			if e := phonenumbers.GetExampleNumberForType(home, phonenumbers.MOBILE); e != nil {
				body = phonenumbers.GetNationalSignificantNumber(e) + rapid.StringMatching(`[0-9]{0,2}`).Draw(t, "more")
			}
		}
		s := head + body
		for name, r := range map[string]msisdn.Reading{"international": msisdn.International(), "national first": msisdn.NationalFirst(home),
			"open": msisdn.Open(home, nil), "all open": msisdn.Open(home, func(string) bool { return true })} {
			n, err := msisdn.Read(s, r)
			if err != nil {
				continue
			}
			if !written(s, string(n), home) {
				t.Fatalf("%s, %s: %s became %s", home, name, s, n)
			}
			if again, err := msisdn.Read(string(n), r); !n.Short() && (err != nil || again != n) {
				t.Fatalf("%s, %s: %s became %s, and that %s, %v", home, name, s, n, again, err)
			}
		}
	})
}

// written reports whether the digits of number n are in s.
func written(s, n, home string) bool {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	rest, international := strings.CutPrefix(n, "+")
	if !international {
		return digits == n
	}
	for _, size := range []int{1, 2, 3} {
		if size >= len(rest) || !phonenumbers.GetSupportedCallingCodes()[number(rest[:size])] {
			continue
		}
		code, national := rest[:size], rest[size:]
		if strings.HasSuffix(digits, national) && dropped(strings.TrimSuffix(digits, national), code) {
			return true
		}
		if code == "54" && national[0] == '9' { // written without the 9, or with 15 behind the area code
			without := national[1:]
			if strings.HasSuffix(digits, without) {
				return true
			}
			for area := 2; area <= 4 && area < len(without); area++ {
				if strings.HasSuffix(digits, without[:area]+"15"+without[area:]) {
					return true
				}
			}
		}
		if code == "378" && strings.HasPrefix(national, "0549") && strings.HasSuffix(digits, national[4:]) {
			return true
		}
		if area := local[home]; area != "" && strings.HasPrefix(national, area) && strings.HasSuffix(digits, national[len(area):]) {
			return true
		}
		if code == "1" && len(national) == 10 && digits == national[3:] { // an island with one area code
			return strings.Contains("AG AI AS BB BM BS DM GD GU KN KY LC MP MS SX TC TT VC VG VI", home)
		}
	}
	return false
}

// dropped reports whether head is something that may stand before a national number:
// a prefix for calls abroad, the country code, a trunk prefix, the code of a carrier.
func dropped(head, code string) bool {
	before, after, found := strings.Cut(head, code)
	if !found {
		before, after = head, ""
	}
	return len(before) <= 5 && len(after) <= 5 || len(head) <= 7
}

func number(digits string) int {
	n := 0
	for _, r := range digits {
		n = 10*n + int(r-'0')
	}
	return n
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"+4915112345678", "015112345678", "22000", "00", "+", "((", "\xff", "tel:+49-151;ext=5", "０１５１", "8~10 49 151 12345678"} {
		f.Add(s, "DE")
		f.Add(s, "RU")
	}
	f.Fuzz(func(t *testing.T, s, country string) {
		for _, r := range []msisdn.Reading{msisdn.International(), msisdn.NationalFirst(country), msisdn.Open(country, func(string) bool { return true })} {
			m, err := msisdn.Read(s, r)
			if err != nil {
				continue
			}
			digits := strings.TrimPrefix(string(m), "+")
			if strings.Trim(digits, "0123456789") != "" || len(digits) < 2 || len(digits) > msisdn.MaxDigits {
				t.Errorf("%q became %q", s, m)
			}
			if again, err := msisdn.Read(string(m), r); !m.Short() && (err != nil || again != m) {
				t.Errorf("%q became %q and that %q, %v", s, m, again, err)
			}
			m.Kind(country)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	everywhere := func(string) bool { return true }
	for _, bc := range []struct {
		name, s string
		r       msisdn.Reading
	}{
		{"plus", "+4915112345678", msisdn.Open("DE", everywhere)},
		{"national", "015112345678", msisdn.Open("DE", everywhere)},
		{"both", "4915112345678", msisdn.Open("DE", everywhere)},
		{"US", "2015550123", msisdn.Open("US", everywhere)},
		{"Bahamas", "+12423591234", msisdn.Open("US", everywhere)},
		{"refused", "0151123456789999", msisdn.Open("DE", everywhere)},
	} {
		b.Run(bc.name, func(b *testing.B) {
			for b.Loop() {
				_, _ = msisdn.Read(bc.s, bc.r)
			}
		})
	}
	b.Run("kind", func(b *testing.B) {
		for b.Loop() {
			msisdn.Number("+4915112345678").Kind("DE")
		}
	})
	b.Run("kind of a fixed line", func(b *testing.B) {
		for b.Loop() {
			msisdn.Number("+4930123456").Kind("DE")
		}
	})
	b.Run("region", func(b *testing.B) {
		for b.Loop() {
			msisdn.Number("+4915112345678").Region()
		}
	})
}
