package line

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// budget is a period with what it may hold.
//
// All that a line sends shares it. While another app has sent by the line within 24 hours
// no app takes more than half; alone it may take all. A tenth is kept for codes to known
// numbers, and as much as the configuration says for codes; both halves have their part of
// what is kept. A known number frees from neither half nor whole.
type budget struct {
	period
	maxParts, maxRecipients int // 0 any
	reserve                 float64
	until                   clock.Uptime // when the next period begins
	up                      clock.Uptime // now
	local                   time.Time    // the same as people see it
	sharers                 sharers
}

// meeting is a line and a period: in which it has written to the recipient of a message,
// or an app has sent by it.
type meeting struct {
	line int64
	kind periodKind
}

// usage is what an app has taken of a period.
type usage struct {
	parts, recipients int
}

// share returns how much of a limit messages of this kind may use.
func (b budget) share(limit int, n Need) int {
	tenth := (limit + 5) / 10
	switch {
	case n.Lane == Codes && n.Known:
		return limit
	case n.Lane == Codes:
		return limit - tenth
	}
	return limit - max(tenth, int(math.Ceil(float64(limit)*b.reserve)))
}

// half returns how much of a share one app may use while others send.
func half(share int) int { return min(share, max(share/2, 1)) }

// open reports whether a lane may send anything at all.
func (b budget) open(lane Lane) bool {
	n := Need{Lane: lane, Known: true}
	return b.maxParts == 0 || b.parts < b.share(b.maxParts, n)
}

// ration is one limit of a budget, as a message sees it.
type ration struct {
	limit     int
	of        string // what is limited, "" for messages; a blank follows
	used, own int    // by all, and by the app
	takes     int    // of it by the message
}

// rations returns the limits of a budget; those without limit have 0.
func (b budget) rations(n Need, id int64) [2]ration {
	at := meeting{id, b.kind}
	own := n.taken[at]
	news := 1
	if n.met[at] {
		news = 0
	}
	return [...]ration{
		{b.maxParts, "", b.parts, own.parts, n.Parts},
		{b.maxRecipients, "different recipients ", b.recipients, own.recipients, news},
	}
}

func (r ration) named() string { return cmp.Or(r.of, "messages ") }

// over reports whether a message takes more than is left of what may be used. One that is
// longer than all of it goes when nothing else has.
func over(used, takes, may int) bool {
	if takes == 0 || used == 0 && may > 0 {
		return false
	}
	return used+takes > may
}

// refuses returns why a message has to wait, the zero hold if it need not.
func (b budget) refuses(n Need, id int64) Hold {
	rations := b.rations(n, id)
	for _, r := range rations {
		if r.limit > 0 && over(r.used, r.takes, b.share(r.limit, n)) {
			return b.hold(r, n, id)
		}
	}
	shared := b.sharers.besides(n.App)
	if shared <= b.up {
		return Hold{}
	}
	for _, r := range rations {
		if r.limit > 0 && over(r.own, r.takes, half(b.share(r.limit, n))) {
			return b.holdHalf(r, n, id, min(b.until, shared))
		}
	}
	return Hold{}
}

// hold is the one of a budget that is used up.
func (b budget) hold(r ration, n Need, id int64) Hold {
	return Hold{Until: b.until, Why: fmt.Sprintf("line %d is over its budget of %d %sa %s%s until %s", id, r.limit, r.of, b.kind, b.kept(r.limit, n), b.says(b.until))}
}

// kept says what is kept of a limit from messages of this kind, and for what; "" for
// nothing.
func (b budget) kept(limit int, n Need) string {
	share := b.share(limit, n)
	switch {
	case share == limit:
		return ""
	case n.Lane == Codes || share == b.share(limit, Need{Lane: Codes}):
		return fmt.Sprintf(" (%d of it kept for codes to numbers that have answered one)", limit-share)
	}
	return fmt.Sprintf(" (%d of it kept for codes)", limit-share)
}

// holdHalf is the one of an app that has taken its half.
func (b budget) holdHalf(r ration, n Need, id int64, until clock.Uptime) Hold {
	return Hold{Until: until, Why: fmt.Sprintf("the app %s has used its half of the budget of line %d (%d %sa %s), which other apps share, until %s",
		n.App, id, r.limit, r.of, b.kind, b.says(until))}
}

// at returns when something is.
func (b budget) at(until clock.Uptime) time.Time { return b.local.Add(until.Sub(b.up)) }

// says says when something is: at what time, or on which day if it takes longer than one.
func (b budget) says(until clock.Uptime) string {
	if until.Sub(b.up) > 25*time.Hour {
		return b.at(until).Format(time.DateOnly)
	}
	return b.at(until).Format("15:04")
}

// Complete completes a need with what is stored of its recipient and its app: the lines
// that have written to it, and what it has taken of their budgets. That is looked up
// only where a line counts it.
func Complete(tx *store.Tx, n *Need, all []Candidate) (err error) {
	met, taken := false, false
	for _, c := range all {
		for _, b := range c.budgets {
			met = met || b.maxRecipients > 0
			taken = taken || b.sharers.besides(n.App) > 0
		}
	}
	if met {
		if n.met, err = meetings(tx, n.To); err != nil {
			return err
		}
	}
	if taken {
		n.taken, err = selectUsages(tx, n.App)
	}
	return err
}

// count reads the budgets of a line.
func (p *Pool) count(tx *store.Tx, c *Candidate, now clock.Moment, write bool) (begun bool, err error) {
	local, sharers := p.clock.Local(), p.senders.by(c.ID, now)
	for _, kind := range periodKinds {
		parts, recipients := c.settings.Pace.limits(kind)
		if parts == 0 && recipients == 0 {
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
		b := budget{period: current, maxParts: parts, maxRecipients: recipients, reserve: c.settings.Pace.Reserve,
			up: now.Up, local: local, sharers: sharers}
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
		rest := pace.rest(rand.Float64()) //nolint:gosec // nothing secret hangs on it
		if err := upsertRest(tx, c.ID, p.clock.Boot(), now.Add(rest)); err != nil {
			return false, err
		}
	}
	if c.probing {
		if err := p.probe(tx, c.ID, message, now); err != nil {
			return false, err
		}
	}
	if len(c.budgets) == 0 || n.Charged == c.ID {
		return false, nil
	}
	p.Wants(n.App, n.Line)
	for _, b := range c.budgets {
		met, err := meet(tx, n.To, c.ID, b.kind)
		if err != nil {
			return false, err
		}
		add := usage{parts: n.Parts}
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
	return true, nil
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
		for _, kind := range []Need{{Lane: Messages}, {Lane: Codes}, {Lane: Codes, Known: true}} {
			if share := b.share(r.limit, kind); r.used < share && r.used+r.takes >= share {
				text = fmt.Sprintf("line %d has used up its budget of %d %sa %s%s: messages wait, or go by other lines, until %s",
					id, r.limit, r.named(), b.kind, b.kept(r.limit, kind), b.at(b.until).Format("2006-01-02 15:04"))
			}
		}
		if may := half(b.share(r.limit, n)); text == "" && shared > b.up && r.own < may && r.own+r.takes >= may {
			text = fmt.Sprintf("the app %s has used its half of the budget of line %d (%d %sa %s), which other apps share: "+
				"its messages wait, or go by other lines, until %s", n.App, id, r.limit, r.named(), b.kind,
				b.at(min(b.until, shared)).Format("2006-01-02 15:04"))
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
	if p.counts {
		p.senders.note(app, line, p.clock.Tick())
	}
}
