package line

import (
	"context"
	"fmt"
	"slices"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/line/balance"
	"simgate/gateway/store"
)

const (
	balanceEvery = 24 * time.Hour
	balanceRetry = time.Hour   // after the network did not answer
	balanceLook  = time.Minute // between looks at what is due
)

// AskBalance asks for the credit of a line now.
func (p *Pool) AskBalance(ctx context.Context, id int64) (balance.Balance, error) {
	l, asker, err := p.asker(id)
	if err != nil {
		return balance.Balance{}, err
	}
	id = l.ID()
	settings := p.settingsOf(id).Balance
	if settings == nil || len(settings.Codes) == 0 {
		return balance.Balance{}, &fault.Error{Code: fault.Invalid, Field: "line", Message: "nothing is configured for the balance of this SIM: set balance for it under sims"}
	}
	var answer USSDAnswer
	for _, code := range settings.Codes {
		if answer, err = asker.USSD(ctx, code); err != nil {
			return balance.Balance{}, ussdError(err)
		}
	}
	if answer.More {
		_ = asker.EndUSSD(ctx) // the menu ends by itself, only later
	}
	b := balance.Balance{Text: answer.Text, Asked: p.clock.Wall().Time()}
	b.Amount, b.Known = settings.Amount(answer.Text)
	b.Low = b.Known && settings.Low > 0 && b.Amount < settings.Low
	return b, p.db.Commit(ctx, func(tx *store.Tx) error { return p.noteBalance(tx, id, l.Name(), b, settings.Low) })
}

// noteBalance keeps it, and tells its owner once when it gets low.
func (p *Pool) noteBalance(tx *store.Tx, id int64, modemName string, b balance.Balance, low float64) error {
	before, _, err := balance.Select(tx, id)
	if err != nil {
		return err
	}
	if err := balance.Upsert(tx, id, b); err != nil {
		return err
	}
	if b.Known && (!before.Known || b.Amount > before.Amount) {
		if err := balance.TopUp(tx, id); err != nil {
			return err
		}
	}
	if !b.Low || before.Low {
		return nil
	}
	return p.journal.Note(tx, journal.Event{Kind: journal.BalanceLow, Line: id, Modem: modemName,
		Text: fmt.Sprintf("the credit of this SIM is %.2f, below the %.2f that are configured: top it up. The network says: %s", b.Amount, low, b.Text)})
}

// Balance returns what is known of the credit of a line.
func (p *Pool) Balance(ctx context.Context, id int64) (b balance.Balance, known bool, err error) {
	type answer struct {
		balance.Balance
		known bool
	}
	a, err := store.Read(ctx, p.db, func(tx *store.Tx) (answer, error) {
		b, known, err := balance.Select(tx, id)
		return answer{b, known}, err
	})
	return a.Balance, a.known, err
}

// AsksBalance reports whether the credit of any SIM is asked for.
func (p *Pool) AsksBalance() bool {
	return slices.ContainsFunc(p.cfg.Load().SIMs, func(s Settings) bool { return s.Balance != nil })
}

// WatchBalances asks for the credit of each SIM when it is due, until ctx ends.
// It sleeps for good where nothing is configured.
func (p *Pool) WatchBalances(ctx context.Context) error {
	if !p.AsksBalance() {
		<-ctx.Done()
		return nil
	}
	ticker := time.NewTicker(balanceLook)
	defer ticker.Stop()
	retry := map[int64]time.Time{}
	for {
		for _, l := range p.lines {
			id := l.ID()
			if l.State() != Ready || !p.balanceDue(ctx, id) || time.Now().Before(retry[id]) {
				continue
			}
			if _, err := p.AskBalance(ctx, id); err != nil && ctx.Err() == nil {
				retry[id] = time.Now().Add(balanceRetry)
				p.log.Warn("the balance could not be asked for", "line", id, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// balanceDue reports whether it is time to ask. A clock that was set makes it
// early or late by a day at the most.
func (p *Pool) balanceDue(ctx context.Context, id int64) bool {
	settings := p.settingsOf(id).Balance
	if settings == nil {
		return false
	}
	every := settings.Every
	if every == 0 {
		every = balanceEvery
	}
	b, known, err := p.Balance(ctx, id)
	age := p.clock.Wall().Sub(clock.WallOf(b.Asked))
	return err == nil && (!known || age >= every || age < 0)
}

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
	return Hold{Until: min(shared, c.up.Add(creditLook)), Cause: cause.Credit.With(n.App, id, r.amount(c.top))}
}

// look completes a candidate with its credit.
func (p *Pool) look(tx *store.Tx, c *Candidate, now clock.Moment) error {
	left, top, err := balance.SelectCredit(tx, c.ID)
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
	if err := balance.Spend(tx, n.App, c.ID, cost); err != nil {
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
