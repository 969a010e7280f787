package line

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/line/balance"
	"simgate/gateway/store"
)

// budget is a period with what it may hold.
//
// All that a line sends shares it. While another app has sent by the line within 24 hours
// no app takes more than half; alone it may take all. A tenth is kept for codes to known
// numbers, though not of money, and as much as the configuration says for codes; both
// halves have their part of what is kept. A known number frees from neither half nor whole.
type budget struct {
	period
	limits   usage // 0: any
	reserve  float64
	until    clock.Uptime // when the next period begins
	up       clock.Uptime // now
	local    time.Time    // the same as people see it
	sharers  sharers
	settings *Settings // for the prices
}

// meeting is a line and a period: in which it has written to the recipient of a message,
// or an app has sent by it.
type meeting struct {
	line int64
	kind periodKind
}

// usage is what is taken of a period.
type usage struct {
	parts, recipients int
	micros            int64 // millionths of the currency of the prices
}

// ration is one limit of a budget, as a message sees it.
type ration struct {
	limit     int64  // 0: none
	of        string // what is limited
	money     bool
	used, own int64 // by all, and by the app
	takes     int64 // of it by the message
}

// What is limited.
const (
	ofMessages   = "messages"
	ofRecipients = "different recipients"
	ofMoney      = "to spend"
)

// share returns how much of a ration messages of this kind may use.
func (r ration) share(n Need, reserve float64) int64 {
	tenth := (r.limit + 5) / 10
	switch {
	case r.money:
		tenth = 0
	case n.Lane == Codes && n.Known:
		return r.limit
	}
	if n.Lane == Codes {
		return r.limit - tenth
	}
	return r.limit - max(tenth, int64(math.Ceil(float64(r.limit)*reserve)))
}

// half returns how much of a share one app may use while others send.
func (r ration) half(share int64) int64 {
	if r.money {
		return share / 2
	}
	return min(share, max(share/2, 1))
}

// over reports whether a message takes more than is left of what may be used. One that is
// longer than all of it goes when nothing else has, but none that is dearer.
func (r ration) over(used, may int64) bool {
	if r.takes == 0 || !r.money && used == 0 && may > 0 {
		return false
	}
	return used+r.takes > may
}

// fills reports whether a message uses up what may be used: of money, whether the same
// again would not.
func (r ration) fills(used, may int64) bool {
	next := int64(1)
	if r.money {
		next = r.takes
	}
	return r.takes > 0 && used+next <= may && used+r.takes+next > may
}

// amount writes so much of a ration.
func (r ration) amount(n int64) string {
	if r.money {
		return fmt.Sprintf("%.2f", float64(n)/balance.Micro)
	}
	return fmt.Sprint(n)
}

// rations returns the limits of a budget.
func (b budget) rations(n Need, id int64) [3]ration {
	at := meeting{id, b.kind}
	own, news := n.taken[at], int64(1)
	if n.met[at] {
		news = 0
	}
	return [...]ration{
		{int64(b.limits.parts), ofMessages, false, int64(b.used.parts), int64(own.parts), int64(n.Parts)},
		{int64(b.limits.recipients), ofRecipients, false, int64(b.used.recipients), int64(own.recipients), news},
		{b.limits.micros, ofMoney, true, b.used.micros, own.micros, b.settings.cost(n)},
	}
}

// open reports whether a lane may send anything at all.
func (b budget) open(lane Lane) bool {
	r := ration{limit: int64(b.limits.parts)}
	return r.limit == 0 || int64(b.used.parts) < r.share(Need{Lane: lane, Known: true}, b.reserve)
}

// refuses returns why a message has to wait, the zero hold if it need not.
func (b budget) refuses(n Need, id int64) Hold {
	rations := b.rations(n, id)
	for _, r := range rations {
		if r.limit > 0 && r.over(r.used, r.share(n, b.reserve)) {
			return Hold{Until: b.until, Cause: cause.Budget.With(id, b.kept(r, n), b.says(b.until))}
		}
	}
	shared := b.sharers.besides(n.App)
	if shared <= b.up {
		return Hold{}
	}
	for _, r := range rations {
		if r.limit > 0 && r.over(r.own, r.half(r.share(n, b.reserve))) {
			until := min(b.until, shared)
			return Hold{Until: until, Cause: cause.Share.With(n.App, id, b.of(r), b.says(until))}
		}
	}
	return Hold{}
}

// of says what a ration is: how much, of what, in what time.
func (b budget) of(r ration) string {
	return fmt.Sprintf(rationForms[b.kind][r.of], r.amount(r.limit))
}

// rationForms say what a ration is, by what is limited in what time.
var rationForms = map[periodKind]map[string]string{
	daily:   {ofMessages: "%s messages a day", ofRecipients: "%s different recipients a day", ofMoney: "%s to spend a day"},
	monthly: {ofMessages: "%s messages a month", ofRecipients: "%s different recipients a month", ofMoney: "%s to spend a month"},
}

// kept says what a ration is, and what is kept of it from messages of this kind, and for
// what.
func (b budget) kept(r ration, n Need) string {
	share := r.share(n, b.reserve)
	whom := "codes"
	switch {
	case share == r.limit:
		return b.of(r)
	case n.Lane == Codes || share == r.share(Need{Lane: Codes}, b.reserve):
		whom = "codes to numbers that have answered one"
	}
	return fmt.Sprintf("%s (%s of it kept for %s)", b.of(r), r.amount(r.limit-share), whom)
}

// says says when something is.
func (b budget) says(until clock.Uptime) string {
	return b.local.Add(until.Sub(b.up)).Format(clock.ToTheMinute)
}

// Complete completes a need with what is stored of its recipient and its app: the lines
// that have written to it, and what it has taken of their budgets. That is looked up
// only where a line counts it.
func Complete(tx *store.Tx, n *Need, all []Candidate) (err error) {
	met, taken, spent := false, false, false
	for _, c := range all {
		for _, b := range c.budgets {
			met = met || b.limits.recipients > 0
			taken = taken || b.sharers.besides(n.App) > 0
		}
		spent = spent || c.credit.sharers.besides(n.App) > 0
	}
	if met {
		if n.met, err = meetings(tx, n.To); err != nil {
			return err
		}
	}
	if taken {
		if n.taken, err = selectUsages(tx, n.App); err != nil {
			return err
		}
	}
	if spent {
		n.spent, err = balance.SelectSpent(tx, n.App)
	}
	return err
}

// count reads the budgets of a line.
func (p *Pool) count(tx *store.Tx, c *Candidate, now clock.Moment, write bool) (begun bool, err error) {
	local, sharers := p.clock.Local(), p.senders.by(c.ID, now)
	for _, kind := range periodKinds {
		limits := c.settings.Pace.limits(kind)
		if limits == (usage{}) {
			continue
		}
		stored, err := selectPeriod(tx, c.ID, kind)
		if err != nil {
			return begun, err
		}
		current, fresh := stored.at(local, now.Up, p.clock.Boot())
		if write && current != stored {
			if err := replacePeriod(tx, c.ID, current, fresh); err != nil {
				return begun, err
			}
		}
		begun = begun || fresh
		b := budget{period: current, limits: limits, reserve: c.settings.Pace.Reserve,
			up: now.Up, local: local, sharers: sharers, settings: c.settings}
		b.until = current.ends(local, now.Up, p.clock.Boot())
		c.budgets = append(c.budgets, b)
	}
	return begun, nil
}

// Charge counts a part that a line is about to be given: the line rests after it, and
// the first part of a message takes all of them from the budgets. It reports whether
// the message has been counted by this, which [Need.Charged] is to say from then on.
func (p *Pool) Charge(tx *store.Tx, n Need, message int64, c Candidate, now clock.Uptime) (counted bool, err error) {
	pace := p.settingsOf(c.ID).Pace
	if pace.Rate > 0 || pace.Pause > 0 {
		rest := pace.rest(rand.Float64()) * time.Duration(max(1, n.AtOnce)) //nolint:gosec // nothing secret hangs on it
		if err := upsertRest(tx, c.ID, p.clock.Boot(), now.Add(rest)); err != nil {
			return false, err
		}
	}
	if c.probing {
		if err := p.probe(tx, c.ID, message, now); err != nil {
			return false, err
		}
	}
	if len(c.budgets) == 0 && c.credit.top == 0 || n.Charged == c.ID {
		return false, nil
	}
	p.Wants(n.App, n.Line)
	cost := c.settings.cost(n)
	for _, b := range c.budgets {
		met, err := meet(tx, n.To, c.ID, b.kind)
		if err != nil {
			return false, err
		}
		add := usage{parts: n.Parts, micros: cost}
		if met {
			add.recipients = 1
		}
		if err := addToPeriod(tx, n.App, meeting{c.ID, b.kind}, add); err != nil {
			return false, err
		}
		if err := p.noteUsedUp(tx, n, c.ID, b); err != nil {
			return false, err
		}
	}
	return true, p.spend(tx, n, c, cost)
}

// noteUsedUp writes an event when a message uses up what some messages may take of a
// budget, or the half of its app.
func (p *Pool) noteUsedUp(tx *store.Tx, n Need, id int64, b budget) error {
	shared := b.sharers.besides(n.App)
	for _, r := range b.rations(n, id) {
		if r.limit == 0 {
			continue
		}
		text := ""
		for _, kind := range []Need{{Lane: Normal}, {Lane: Codes}, {Lane: Codes, Known: true}} {
			if r.fills(r.used, r.share(kind, b.reserve)) {
				text = fmt.Sprintf("line %d has used up its budget of %s: messages wait, or go by other lines, until %s",
					id, b.kept(r, kind), b.says(b.until))
			}
		}
		if text == "" && shared > b.up && r.fills(r.own, r.half(r.share(n, b.reserve))) {
			text = fmt.Sprintf("the app %s has used its half of the budget of line %d (%s), which other apps share: "+
				"its messages wait, or go by other lines, until %s", n.App, id, b.of(r),
				b.says(min(b.until, shared)))
		}
		if text == "" {
			continue
		}
		if err := p.journal.Note(tx, journal.Event{Kind: journal.LineBudget, Line: id, Text: text}); err != nil {
			return err
		}
	}
	return nil
}

// Wants hears that an app has something to send by a line, or by any of them (0).
func (p *Pool) Wants(app string, line int64) {
	if p.counts() {
		p.senders.note(app, line, p.clock.Tick())
	}
}
