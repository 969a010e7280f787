package guard

import (
	"strconv"
	"strings"
	"testing"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
)

// What may go where: each channel and each kind of number, where nothing is configured
// and the SIMs are German, where all countries are open, and for a key that may send
// anywhere.
func TestFit(t *testing.T) {
	const kind, country, fixed = fault.KindRefused, fault.CountryClosed, fault.FixedLine
	everywhere := []string{AllCountries}
	open := Config{Countries: everywhere, VoiceCountries: everywhere, TextCountries: everywhere}
	type row struct {
		name                    string
		to                      msisdn.Number
		code, voice, call, text fault.Reason
	}
	for _, world := range []struct {
		name     string
		cfg      Config
		anywhere bool
		rows     []row
	}{
		{"nothing configured", Config{}, false, []row{
			{"a mobile", anna, "", "", "", ""},
			{"a fixed line", "+4930123456", fixed, "", "", ""},
			{"a mobile in a range that is not in the tables", "+4915312345678", "", kind, kind, ""},
			{"a mobile with a digit too many", "+49151123456789", kind, kind, kind, ""},
			{"a mobile that lacks a digit", "+491511234567", kind, kind, kind, ""},
			{"a mobile abroad", "+33612345678", country, country, country, country},
			{"a mobile in Somalia", "+25261234567", country, country, country, country},
			{"premium", "+499001234567", kind, kind, kind, kind},
			{"premium, with a digit more", "+4990012345670", kind, kind, kind, kind},
			{"premium, with two more", "+49900123456700", kind, kind, kind, kind},
			{"premium, with a digit less", "+49900123456", kind, kind, kind, kind},
			{"shared cost", "+491805123456", kind, kind, kind, kind},
			{"toll free", "+498001234567", kind, kind, kind, ""},
			{"a satellite", "+88216123456", country, country, country, country},
			{"emergency", "110", kind, kind, kind, kind},
			{"emergency everywhere", "112", kind, kind, kind, kind},
			{"emergency of another country", "911", kind, kind, kind, kind},
			{"emergency behind the country code", "+49110", kind, kind, kind, kind},
			{"a short number", "72000", kind, kind, kind, kind},
			{"another short number", "22922", kind, kind, kind, kind},
			{"a short number behind the country code", "+4911833", kind, kind, kind, kind},
		}},
		{"all countries open", open, false, []row{
			{"a mobile abroad", "+33612345678", "", "", "", ""},
			{"a fixed line abroad", "+33123456789", fixed, "", "", ""},
			{"premium", "+499001234567", kind, kind, kind, kind},
			{"premium abroad", "+33899123456", kind, kind, kind, kind},
			{"a satellite", "+88216123456", kind, kind, kind, kind},
			{"toll free of no country", "+80012345678", kind, kind, kind, ""},
			{"an area code that is none", "+15555555555", kind, kind, kind, ""},
			{"emergency", "110", kind, kind, kind, kind},
		}},
		{"a key that may send anywhere", Config{}, true, []row{
			{"a mobile abroad", "+33612345678", country, country, country, ""},
			{"premium", "+499001234567", kind, kind, kind, ""},
			{"a satellite", "+88216123456", country, country, country, ""},
			{"a short number", "72000", kind, kind, kind, kind},
			{"emergency", "110", kind, kind, kind, kind},
		}},
		{"countries by channel", Config{Countries: []string{"FR"}, VoiceCountries: []string{"GB"}, TextCountries: []string{"IT"}}, false, []row{
			{"in the country for codes", "+33612345678", "", country, country, country},
			{"in that for calls", "+447400123456", country, "", "", country},
			{"in that for messages", "+393123456789", country, country, country, ""},
			{"at home", anna, country, country, country, country},
		}},
		{"a country for codes is one for messages", Config{Countries: []string{"FR"}}, false, []row{
			{"there", "+33612345678", "", country, country, ""},
		}},
		{"short numbers and fixed lines opened", Config{ShortNumbers: []string{"72000", "110"}, FixedLines: true}, false, []row{
			{"the short number", "72000", kind, kind, kind, ""},
			{"another", "72001", kind, kind, kind, kind},
			{"emergency", "110", kind, kind, kind, kind},
			{"a fixed line", "+4930123456", "", "", "", ""},
		}},
	} {
		t.Run(world.name, func(t *testing.T) {
			w := newWorld(t, world.cfg)
			for _, r := range world.rows {
				for c, want := range map[Channel]fault.Reason{Code: r.code, Spoken: r.voice, Call: r.call, Text: r.text} {
					request := NewRequest("shop", r.to, c, "DE")
					request.Anywhere = world.anywhere
					e := w.inspect(request).Refusal
					switch {
					case e == nil && want != "", e != nil && e.Reason != want:
						t.Errorf("%s to %s (%s): %v, want %q", c, r.name, r.to, e, want)
					case e != nil && (e.Field != "to" || e.Code != fault.Forbidden && e.Code != fault.Invalid || !strings.HasPrefix(e.Message, "no "+c.noun()) && e.Code != fault.Invalid):
						t.Errorf("%s to %s is refused with %+v", c, r.name, e)
					}
				}
			}
		})
	}
}

// A service that costs no more than an ordinary message is open from the start, as long
// as it does in the countries of all SIMs.
func TestCheapServices(t *testing.T) {
	var cheap msisdn.Number
	for n := 100; n < 100_000 && cheap == ""; n++ {
		if m := msisdn.Number(strconv.Itoa(n)); m.CheapIn("US") && !m.CheapIn("DE") {
			cheap = m
		}
	}
	if cheap == "" {
		t.Fatal("the tables know no such number")
	}
	g := newWorld(t, Config{}).Guard
	for _, tc := range []struct {
		homes []string
		want  bool
	}{{[]string{"US"}, true}, {[]string{"DE"}, false}, {[]string{"US", "DE"}, false}, {nil, false}} {
		r := NewRequest("shop", cheap, Text, tc.homes...)
		r = r.From(tc.homes)
		if why := g.unfit(r, Text, false, false); (why == nil) != tc.want {
			t.Errorf("to %s from %v: %v", cheap, tc.homes, why)
		}
	}
}

// What the owner says of a number goes before its kind, but opens no emergency number;
// what the guard concludes from codes stops no messages.
func TestRulesAndFit(t *testing.T) {
	rule := func(kind Kind, scope Scope, key string) func(*world) {
		return func(w *world) {
			if _, err := w.SetRule(w.t.Context(), NewRule{Kind: kind, Scope: scope, Key: key}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	for _, tc := range []struct {
		name    string
		before  func(*world)
		to      msisdn.Number
		channel Channel
		want    fault.Reason
	}{
		{"premium that is safe", rule(Safe, "", "+499001234567"), "+499001234567", Text, ""},
		{"a satellite that is safe", rule(Safe, "", "+88216"), "+88216123456", Call, ""},
		{"a fixed line that is safe", rule(Safe, "", "+4930123456"), "+4930123456", Code, ""},
		{"a safe app and an emergency number", rule(Safe, ByApp, "shop"), "110", Text, fault.KindRefused},
		{"a safe country and an emergency number", rule(Safe, "", "+49"), "+49110", Call, fault.KindRefused},
		{"blocked for messages, too", rule(Block, "", "+49151"), anna, Text, fault.BlockedNumber},
		{"blocked by the guard, for codes", func(w *world) { w.pump(t) }, far(200), Code, fault.BlockedNumber},
		{"blocked by the guard, for messages", func(w *world) { w.pump(t) }, far(200), Text, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, Config{Conversion: Enforce})
			tc.before(w)
			var got fault.Reason
			if e := w.inspect(NewRequest("shop", tc.to, tc.channel, "DE")).Refusal; e != nil {
				got = e.Reason
			}
			if got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// A code that can come in two ways goes out by those that fit.
func TestWaysOfACode(t *testing.T) {
	w := newWorld(t, Config{})
	r := NewRequest("shop", "+4930123456", Code, "DE")
	r.Ways = []Channel{Code, Spoken}
	if v := w.inspect(r); v.Refusal != nil || len(v.Ways) != 1 || v.Ways[0] != Spoken {
		t.Errorf("a fixed line that may be called: %+v", v)
	}
	r = NewRequest("shop", "+499001234567", Code, "DE")
	r.Ways = []Channel{Spoken, Code}
	if v := w.inspect(r); v.Refusal == nil || v.Refusal.Reason != fault.KindRefused {
		t.Errorf("premium by either: %+v", v)
	}
}
