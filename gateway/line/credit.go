package line

import (
	"fmt"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// credit is that of a line as far as apps share it: while another app has sent by the line
// within 24 hours none spends more than half of what there was when it was last topped up.
// What is left the operator decides.
type credit struct {
	top     int64 // when it was last topped up, in millionths; 0: it is not shared
	sharers sharers
	up      clock.Uptime // now
	costs   *Settings
}

// creditLook is for how long a message waits for credit before it is looked at again.
const creditLook = time.Hour

// ration is the credit as a message sees it.
func (c credit) ration(n Need, id int64) ration {
	return ration{limit: c.top, money: true, own: n.spent[id], takes: c.costs.cost(n)}
}

// refuses returns why a message has to wait, the zero hold if it need not.
func (c credit) refuses(n Need, id int64) Hold {
	shared := c.sharers.besides(n.App)
	if c.top == 0 || shared <= c.up {
		return Hold{}
	}
	r := c.ration(n, id)
	if !r.over(r.own, r.half(r.limit)) {
		return Hold{}
	}
	return Hold{Until: min(shared, c.up.Add(creditLook)), Why: fmt.Sprintf(
		"the app %s has used its half of the credit of line %d (%s when it was topped up), which other apps share: top it up", n.App, id, r.amount(c.top))}
}

// look completes a candidate with its credit.
func (p *Pool) look(tx *store.Tx, c *Candidate, now clock.Moment) error {
	left, top, err := selectCredit(tx, c.ID)
	if err != nil {
		return err
	}
	c.noCredit = left != nil && *left <= 0
	if c.settings.sharesCredit() && top > 0 {
		c.credit = credit{top: top, sharers: p.senders.by(c.ID, now), up: now.Up, costs: c.settings}
	}
	return nil
}

// spend counts what a message costs its app.
func (p *Pool) spend(tx *store.Tx, n Need, c Candidate, cost int64) error {
	if c.credit.top == 0 || cost == 0 {
		return nil
	}
	if err := addToSpent(tx, n.App, c.ID, cost); err != nil {
		return err
	}
	r := c.credit.ration(n, c.ID)
	if c.credit.sharers.besides(n.App) <= c.credit.up || !r.fills(r.own, r.half(r.limit)) {
		return nil
	}
	return p.journal.Note(tx, journal.Event{Kind: journal.LineBudget, Line: c.ID, Text: fmt.Sprintf(
		"the app %s has used its half of the credit of line %d (%s when it was topped up), which other apps share: "+
			"its messages wait, or go by other lines, until it is topped up", n.App, c.ID, r.amount(c.credit.top))})
}
