package line

import (
	"strings"

	"simgate/gateway/line/balance"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

// Settings are what belongs to a SIM, in whatever modem it is. It is named by one of
// ICCID, IMSI and MSISDN; where several settings match a SIM, the first do.
type Settings struct {
	ICCID  string // of the card
	IMSI   string // of the subscription
	MSISDN string // its number as the card says it

	Name   string // for lists, "" for none
	PIN    string // "" for none; needs ICCID, for it is asked before anything else can be read
	Number string // its number where the card does not know it
	// SMSOverData says whether it sends messages where it has data alone: "yes", "no", or
	// "" to find out.
	SMSOverData string
	Country     string // home country of national numbers that it is asked to send to; "" for that of all
	Pace        *Pace  // nil: that of all
	Prices      []Price
	Balance     *balance.Settings // nil: it is not asked for
}

// Price is what a part costs towards numbers that begin with Prefix.
type Price struct {
	Prefix string // as +4917; "" for all
	Micros int64  // millionths of whatever currency all prices are in
}

// matches reports whether these are the settings of a SIM.
func (s Settings) matches(sim SIM) bool {
	return s.ICCID != "" && s.ICCID == sim.ICCID ||
		s.IMSI != "" && s.IMSI == sim.IMSI ||
		s.MSISDN != "" && s.MSISDN == sim.MSISDN
}

// price returns the price of a part to a number: that of the longest prefix.
// Without one it reports false.
func (s Settings) price(to msisdn.Number) (int64, bool) {
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

// cost returns what a message costs, 0 where that is not known.
func (s *Settings) cost(n Need) int64 {
	if s == nil {
		return 0
	}
	micros, _ := s.price(n.To)
	return micros * int64(n.Parts)
}

// sharesCredit reports whether the credit of a SIM can be shared: what is left of it and
// what messages cost is known.
func (s Settings) sharesCredit() bool { return s.Balance != nil && len(s.Prices) > 0 }

// Price returns the lowest price of a part to a number, in millionths of whatever currency
// all prices are in. Where no SIM has one it reports false.
func (p *Pool) Price(to msisdn.Number) (micros int64, ok bool) {
	for _, s := range p.cfg.Load().SIMs {
		if m, known := s.price(to); known && (!ok || m < micros) {
			micros, ok = m, true
		}
	}
	return micros, ok
}

// PriceBy is Price of a part that a line sends.
func (p *Pool) PriceBy(id int64, to msisdn.Number) (micros int64, ok bool) {
	return p.settingsOf(id).price(to)
}

// bind notes which settings a line has.
func (p *Pool) bind(id int64, sim SIM) {
	var found Settings
	for _, s := range p.cfg.Load().SIMs {
		if s.matches(sim) {
			found = s
			break
		}
	}
	if found.Pace == nil {
		found.Pace = &p.cfg.Load().Pace
	}
	p.settings.Store(id, &found)
}

// bindAll does so for all SIMs that were ever in a modem.
func (p *Pool) bindAll(tx *store.Tx) error {
	all, err := selectSIMs(tx)
	for _, s := range all {
		p.bind(s.id, s.SIM)
	}
	return err
}

// settingsOf returns the settings of a line.
func (p *Pool) settingsOf(id int64) *Settings {
	if s, ok := p.settings.Load(id); ok {
		return s.(*Settings)
	}
	return &Settings{Pace: &p.cfg.Load().Pace}
}

// Country returns the home country of the numbers that a line is asked to send to, ""
// where its SIM has no setting for it.
func (p *Pool) Country(id int64) string { return p.settingsOf(id).Country }

// smsOverData returns what is configured for a SIM where it has data alone.
func (p *Pool) smsOverData(sim SIM) string {
	for _, s := range p.cfg.Load().SIMs {
		if s.matches(sim) {
			return s.SMSOverData
		}
	}
	return ""
}
