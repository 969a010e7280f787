package gateway

import (
	"strings"

	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// SIMSettings are what belongs to a SIM, in whatever modem it is. It is named
// by one of ICCID, IMSI and MSISDN; where several SIMs match, the first does.
type SIMSettings struct {
	ICCID  string // of the card
	IMSI   string // of the subscription
	MSISDN string // its number as the card says it

	Name    string // for lists, "" for none
	PIN     string // "" for none; needs ICCID, for it is asked before anything else can be read
	Number  string // its number where the card does not know it
	Country string // home country of national numbers that it is asked to send to; "" for that of all
	Pace    *Pace  // nil: that of all
	Prices  []Price
	Balance *BalanceSettings // nil: it is not asked for
}

// Price is what a part costs towards numbers that begin with Prefix.
type Price struct {
	Prefix string // as +4917; "" for all
	Micros int64  // millionths of whatever currency all prices are in
}

// matches reports whether these are the settings of a SIM.
func (s SIMSettings) matches(sim line.SIM) bool {
	return s.ICCID != "" && s.ICCID == sim.ICCID ||
		s.IMSI != "" && s.IMSI == sim.IMSI ||
		s.MSISDN != "" && s.MSISDN == sim.MSISDN
}

// price returns the price of a part to a number: that of the longest prefix.
// Without one it reports false.
func (s SIMSettings) price(to msisdn.Number) (int64, bool) {
	best := -1
	for i, p := range s.Prices {
		if strings.HasPrefix(string(to), p.Prefix) && (best < 0 || len(p.Prefix) > len(s.Prices[best].Prefix)) {
			best = i
		}
	}
	if best < 0 {
		return 0, false
	}
	return s.Prices[best].Micros, true
}

// bind notes which settings a line has.
func (g *Gateway) bind(line int64, sim line.SIM) {
	var found SIMSettings
	for _, s := range g.cfg.SIMs {
		if s.matches(sim) {
			found = s
			break
		}
	}
	if found.Pace == nil {
		found.Pace = &g.cfg.Pace
	}
	g.sims.Store(line, &found)
}

// bindAll does so for all SIMs that were ever seen.
func (g *Gateway) bindAll(tx *store.Tx) error {
	type known struct {
		id int64
		line.SIM
	}
	all, err := store.All(tx, func(row store.Scanner) (k known, err error) {
		return k, row.Scan(&k.id, &k.ICCID, &k.IMSI, &k.MSISDN)
	}, `SELECT id, iccid, imsi, msisdn FROM line`)
	for _, k := range all {
		g.bind(k.id, k.SIM)
	}
	return err
}

// settings returns those of a line.
func (g *Gateway) settings(line int64) *SIMSettings {
	if s, ok := g.sims.Load(line); ok {
		return s.(*SIMSettings)
	}
	return &SIMSettings{Pace: &g.cfg.Pace}
}

// countryOf returns the home country of the numbers that a line, or any, is
// asked to send to.
func (g *Gateway) countryOf(line int64) string {
	if c := g.settings(line).Country; c != "" {
		return c
	}
	return g.cfg.Country
}

// pin returns the configured PIN of a SIM, "" for none.
func (g *Gateway) pin(iccid string) string {
	for _, s := range g.cfg.SIMs {
		if iccid != "" && s.ICCID == iccid {
			return s.PIN
		}
	}
	return ""
}
