package guard

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"simgate/gateway/store"
)

// Country is what the guard knows of a country: what may go there, and what went there and
// was refused in the last day.
type Country struct {
	Code                string // ISO 3166-1 alpha-2, [AllCountries] where a list opens all of them
	Codes, Calls, Texts bool   // it is open for them, whatever rules block
	Rules               []Rule // about it: that open or block it
	Sends               int    // codes and calls
	Answered            int    // codes of these that came back
	Elsewhere           int    // codes that are checked elsewhere: nobody knows how many came back
	Refused             int    // of the refusals that are kept, those that were not let through
}

// Countries returns the countries that are open, that a rule is about, or that something went
// to, or was refused to, in the last day, by their codes; homes are those of the SIMs.
func (g *Guard) Countries(ctx context.Context, homes []string) ([]Country, error) {
	now := g.clock.Now()
	all := map[string]*Country{}
	of := func(code string) *Country {
		if all[code] == nil {
			all[code] = &Country{Code: code, Codes: g.Open(Code, code, homes), Calls: g.Open(Call, code, homes), Texts: g.Open(Text, code, homes)}
		}
		return all[code]
	}
	for _, c := range []Channel{Code, Call, Text} {
		_, list := g.open(c, "", homes)
		for _, code := range list {
			of(code)
		}
	}
	for code, n := range g.refusals.countries(now.Wall.Time().Add(-day)) {
		of(code).Refused = n
	}
	err := store.Error(g.db.Read(ctx, func(tx *store.Tx) error {
		counts, err := selectCountries(tx, now.Tick)
		for _, c := range counts {
			one := of(c.country)
			one.Sends, one.Answered, one.Elsewhere = c.sends, c.answered, c.elsewhere
		}
		if err != nil {
			return err
		}
		rules, err := selectRules(tx, now)
		for _, r := range rules {
			if r.Scope == ByCountry && (r.Until.IsZero() || r.Until.After(now.Wall.Time())) {
				one := of(r.Key)
				one.Rules = append(one.Rules, r)
				if r.Kind == Opens || r.Kind == Safe && r.App == "" {
					one.Codes, one.Calls, one.Texts = true, true, true
				}
			}
		}
		return err
	}))
	var list []Country
	for _, one := range all {
		list = append(list, *one)
	}
	slices.SortFunc(list, func(a, b Country) int {
		return cmp.Or(-cmp.Compare(a.used(), b.used()), strings.Compare(a.Code, b.Code))
	})
	return list, err
}

// used returns how much has gone to a country, or was to.
func (c Country) used() int { return c.Sends + c.Elsewhere + c.Refused }
