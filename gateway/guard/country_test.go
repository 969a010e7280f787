package guard

import (
	"testing"
	"time"

	"simgate/gateway/msisdn"
)

// What is known of a country is what the lists, the rules, and the last day say of it.
func TestCountries(t *testing.T) {
	w := newWorld(t, Config{Countries: []string{"DE", "AT"}, Conversion: Throttle})
	code := func(app string, to msisdn.Number) Request { return NewRequest(app, to, Code) }
	w.sent(code("old", anna))
	w.up += 25 * time.Hour
	for _, app := range []string{"bank", "shop"} {
		w.sent(code(app, anna))
		w.sent(NewRequest(app, anna, Call))
	}
	w.answered(code("shop", anna))
	apart := code("taxi", "+436641234567")
	apart.Checked = Elsewhere
	w.sent(apart)
	for range 3 { // within a minute: one refusal
		w.inspect(code("shop", "+33612345678"))
	}
	for _, n := range []NewRule{{Kind: Opens, Key: "CH"}, {Kind: Block, Key: "AT"}, {Kind: Block, Key: "ES", Lifetime: time.Hour}, {Kind: Block, Key: "+34"}} {
		if _, err := w.SetRule(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	w.up += 2 * time.Hour
	all, err := w.Countries(t.Context(), []string{"DE"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		for _, r := range all[i].Rules {
			if r.Key != all[i].Code {
				t.Errorf("%s has %+v", all[i].Code, r)
			}
		}
	}
	want := []Country{{Code: "DE", Codes: true, Calls: true, Texts: true, Sends: 4, Answered: 1}, {Code: "AT", Codes: true, Texts: true, Elsewhere: 1},
		{Code: "FR", Refused: 1}, {Code: "CH", Codes: true, Calls: true, Texts: true}}
	if len(all) != len(want) {
		t.Fatalf("%+v", all)
	}
	for i, one := range all {
		if rules := len(one.Rules); rules != map[string]int{"CH": 1, "AT": 1}[one.Code] {
			t.Errorf("%s has %d rules", one.Code, rules)
		}
		if one.Rules = nil; one.Code != want[i].Code || one.Codes != want[i].Codes || one.Calls != want[i].Calls || one.Texts != want[i].Texts ||
			one.Sends != want[i].Sends || one.Answered != want[i].Answered || one.Elsewhere != want[i].Elsewhere || one.Refused != want[i].Refused {
			t.Errorf("%+v, want %+v", one, want[i])
		}
	}
	w.Configure(Config{Countries: []string{AllCountries}})
	if all, err := w.Countries(t.Context(), nil); err != nil || len(all) != 5 || all[4].Code != AllCountries && all[3].Code != AllCountries {
		t.Errorf("%+v, %v", all, err)
	}
}
