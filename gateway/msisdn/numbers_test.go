package msisdn_test

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
)

// entry is a row of testdata/numbers.tsv.
type entry struct{ home, form, in, want string }

func entries(t *testing.T) []entry {
	t.Helper()
	f, err := os.Open("testdata/numbers.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []entry
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		fields := strings.Split(lines.Text(), "\t")
		in, err := strconv.Unquote(`"` + fields[2] + `"`)
		if err != nil || len(fields) != 4 {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		list = append(list, entry{fields[0], fields[1], in, fields[3]})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestNumbersOfTheWorld(t *testing.T) {
	list := entries(t)
	homes := map[string]bool{}
	for _, e := range list {
		homes[e.home] = true
		n, err := msisdn.Read(e.in, msisdn.Open(e.home, nil))
		if says, refused := strings.CutPrefix(e.want, "refused: "); refused {
			if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.MessageOf(err), says) {
				t.Errorf("%s, %s: %q = %q, %v; want a refusal that says %q", e.home, e.form, e.in, n, err, says)
			}
			continue
		}
		if got := fmt.Sprintf("%s %s", n, n.Kind(e.home)); err != nil || got != e.want {
			t.Errorf("%s, %s: %q = %q, %v; want %q", e.home, e.form, e.in, got, err, e.want)
		}
	}
	if len(list) < 400 || len(homes) < 40 {
		t.Errorf("%d numbers of %d countries, want at least 400 of 40", len(list), len(homes))
	}
}

// Whoever reads a number that was read before gets the same.
func TestWhatWasReadIsReadAsItself(t *testing.T) {
	for _, e := range entries(t) {
		number, _, _ := strings.Cut(e.want, " ")
		if !strings.HasPrefix(number, "+") {
			continue
		}
		for _, r := range []msisdn.Reading{msisdn.International(), msisdn.NationalFirst(e.home), msisdn.Open("US", nil)} {
			if n, err := msisdn.Read(number, r); err != nil || string(n) != number {
				t.Errorf("%s = %q, %v", number, n, err)
			}
		}
	}
}

// ambiguousHomes are countries in which more than one of a hundred valid mobiles,
// written as people there write them, is refused where all countries are open: the
// key's setting `numbers` decides there. Run with -v and a greater -sample for the shares.
var ambiguousHomes = map[string]bool{"CA": true, "GR": true, "IT": true, "MX": true, "US": true}

var sample = flag.Int("sample", 150, "mobiles of each country that TestShareOfAmbiguousMobiles reads")

func TestShareOfAmbiguousMobiles(t *testing.T) {
	trunk := map[string]string{"US": "", "CA": "", "HU": "06", "RU": "8"}
	homes := map[string]bool{}
	for _, e := range entries(t) {
		homes[e.home] = true
		if _, ok := trunk[e.home]; !ok && e.form == "landline, trunk" && strings.HasPrefix(e.in, "0") && e.home != "IT" {
			trunk[e.home] = "0"
		}
	}
	everywhere := func(string) bool { return true }
	t.Logf("home: refused of valid mobiles, with home alone open | with all open; written bare | with all open")
	for home := range homes {
		random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a sample
		mobiles := validMobiles(t, random, home, *sample)
		refused := func(prefix string, open func(string) bool) float64 {
			n := 0
			for _, m := range mobiles {
				if got, err := msisdn.Read(prefix+m.national, msisdn.Open(home, open)); err != nil {
					n++
				} else if got != m.number {
					t.Errorf("%s: %s%s was read as %s", home, prefix, m.national, got)
				}
			}
			return 100 * float64(n) / float64(len(mobiles))
		}
		own, all := refused(trunk[home], nil), refused(trunk[home], everywhere)
		t.Logf("%s: %.1f %% | %.1f %%; %.1f %% | %.1f %%", home, own, all, refused("", nil), refused("", everywhere))
		if own > 0 {
			t.Errorf("%s: %.1f %% are refused though only the home country is open", home, own)
		}
		const doubt = 0.6 // percent: a small sample does not tell which side of 1 it is
		if all > 1+doubt && !ambiguousHomes[home] || all < 1-doubt && ambiguousHomes[home] {
			t.Errorf("%s: %.1f %% are refused where all countries are open", home, all)
		}
		r, err := msisdn.Open(home, everywhere).As(msisdn.SettingNational)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mobiles {
			if got, err := msisdn.Read(trunk[home]+m.national, r); err != nil || got != m.number {
				t.Errorf("%s, numbers: national: %s = %s, %v; want %s", home, m.national, got, err, m.number)
			}
		}
	}
}

type mobile struct {
	national string
	number   msisdn.Number
}

// validMobiles returns random valid mobiles of a country.
func validMobiles(t *testing.T, random *rand.Rand, country string, n int) []mobile {
	t.Helper()
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(all.GetMetadata(), func(m *phonenumbers.PhoneMetadata) bool { return m.GetId() == country })
	meta := all.GetMetadata()[at]
	digits := []byte(meta.GetMobile().GetExampleNumber())
	var list []mobile
	for len(list) < n {
		for i := range digits {
			digits[i] = byte('0' + random.IntN(10))
		}
		if !phonenumbers.MatchNationalNumber(string(digits), meta.GetMobile(), false) {
			continue
		}
		number := fmt.Sprintf("+%d%s", meta.GetCountryCode(), digits)
		m, err := phonenumbers.Parse(number, "")
		if err != nil || phonenumbers.GetRegionCodeForNumber(m) != country || phonenumbers.Format(m, phonenumbers.E164) != number {
			continue
		}
		if k := phonenumbers.GetNumberType(m); k == phonenumbers.MOBILE || k == phonenumbers.FIXED_LINE_OR_MOBILE {
			list = append(list, mobile{string(digits), msisdn.Number(number)})
		}
	}
	return list
}
