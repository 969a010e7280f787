package line

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// BalanceSettings tell how the credit of a SIM is asked for.
type BalanceSettings struct {
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

const (
	balanceEvery = 24 * time.Hour
	balanceRetry = time.Hour   // after the network did not answer
	balanceLook  = time.Minute // between looks at what is due
)

// AskBalance asks for the credit of a line now.
func (p *Pool) AskBalance(ctx context.Context, id int64) (Balance, error) {
	l, asker, err := p.asker(id)
	if err != nil {
		return Balance{}, err
	}
	id = l.ID()
	settings := p.settingsOf(id).Balance
	if settings == nil || len(settings.Codes) == 0 {
		return Balance{}, &fault.Error{Code: fault.Invalid, Field: "line", Message: "nothing is configured for the balance of this SIM: set balance for it under sims"}
	}
	var answer USSDAnswer
	for _, code := range settings.Codes {
		if answer, err = asker.USSD(ctx, code); err != nil {
			return Balance{}, ussdError(err)
		}
	}
	if answer.More {
		_ = asker.EndUSSD(ctx) // the menu ends by itself, only later
	}
	b := Balance{Text: answer.Text, Asked: p.clock.Wall().Time()}
	b.Amount, b.Known = amount(answer.Text, settings.Pattern)
	b.Low = b.Known && settings.Low > 0 && b.Amount < settings.Low
	return b, p.db.Commit(ctx, func(tx *store.Tx) error { return p.noteBalance(tx, id, l.Name(), b, settings.Low) })
}

// noteBalance keeps it, and tells its owner once when it gets low.
func (p *Pool) noteBalance(tx *store.Tx, id int64, modemName string, b Balance, low float64) error {
	before, _, err := selectBalance(tx, id)
	if err != nil {
		return err
	}
	if err := upsertBalance(tx, id, b); err != nil {
		return err
	}
	if b.Known && (!before.Known || b.Amount > before.Amount) {
		if err := topUp(tx, id); err != nil {
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
func (p *Pool) Balance(ctx context.Context, id int64) (b Balance, known bool, err error) {
	type answer struct {
		Balance
		known bool
	}
	a, err := store.Read(ctx, p.db, func(tx *store.Tx) (answer, error) {
		b, known, err := selectBalance(tx, id)
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

// money is an amount as people write it: 12.34, 1.234,56, 1,250.
var money = regexp.MustCompile(`-?\d+(?:[ .,']\d{3})*(?:[.,]\d{1,2})?\b`)

// amount finds the amount in what the network says.
func amount(text string, pattern *regexp.Regexp) (float64, bool) {
	if pattern != nil {
		found := pattern.FindStringSubmatch(text)
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
