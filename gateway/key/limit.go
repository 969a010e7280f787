package key

import (
	"fmt"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// period is what a limit counts in.
type period string

// The periods; the schema checks for the same.
const (
	minute period = "minute"
	day    period = "day"
	month  period = "month"
)

// use is what was sent with a key in a period.
type use struct {
	begin    int64
	messages int
	cost     int64
}

// Spend counts what is about to be sent with a key, "" for none, or returns an error where
// that is more than its limits let it send: so many messages, and what they cost.
func (r *Ring) Spend(tx *store.Tx, id string, messages int, cost int64) error {
	c, known := r.used.Load(id)
	if id == "" || !known {
		return nil
	}
	l := c.(*cached).key().Limits
	if l.None() {
		return nil
	}
	limits := r.limits(l)
	after := make([]use, len(limits))
	for i, p := range limits {
		spent, err := p.spent(tx, id)
		if err != nil {
			return err
		}
		switch {
		case p.messages > 0 && spent.messages+messages > p.messages:
			return fault.NewLimited(fault.BudgetKey, p.wait,
				fmt.Sprintf("this API key may send %d short messages a %s, and has sent %d", p.messages, p.period, spent.messages))
		case p.cost > 0 && spent.cost+cost > p.cost:
			return fault.NewLimited(fault.BudgetKey, p.wait,
				fmt.Sprintf("what this API key sends may cost %s a %s, and has cost %s", money(p.cost), p.period, money(spent.cost)))
		}
		after[i] = use{p.begin, spent.messages + messages, spent.cost + cost}
	}
	for i, p := range limits {
		if err := upsertUse(tx, id, p.period, after[i]); err != nil {
			return err
		}
	}
	return nil
}

// limit is how much may be sent in a period.
type limit struct {
	period
	begin    int64 // of the present one
	messages int
	cost     int64
	wait     time.Duration // until the next one
}

// limits returns those of a minute, a day and a month.
func (r *Ring) limits(l Limits) []limit {
	local, tick := r.clock.Local(), r.clock.Tick()
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location())
	first := midnight.AddDate(0, 0, 1-local.Day())
	thisMinute := int64(tick) / time.Minute.Milliseconds()
	return []limit{
		{minute, thisMinute, l.Minute, 0, clock.Tick((thisMinute + 1) * time.Minute.Milliseconds()).Sub(tick)},
		{day, midnight.UnixMilli(), l.Day, l.CostDay, midnight.AddDate(0, 0, 1).Sub(local)},
		{month, first.UnixMilli(), l.Month, l.CostMonth, first.AddDate(0, 1, 0).Sub(local)},
	}
}

// spent returns what was sent with a key in the present period.
func (l limit) spent(tx *store.Tx, id string) (use, error) {
	u, err := selectUse(tx, id, l.period)
	if u.begin != l.begin {
		u = use{begin: l.begin}
	}
	return u, err
}

// spent returns what was sent with a key that has limits, as they count it.
func (r *Ring) spent(tx *store.Tx, k Key) (s Limits, err error) {
	if k.Limits.None() {
		return s, nil
	}
	var spent [3]use
	for i, l := range r.limits(k.Limits) {
		if spent[i], err = l.spent(tx, k.ID); err != nil {
			return s, err
		}
	}
	return Limits{spent[0].messages, spent[1].messages, spent[2].messages, spent[1].cost, spent[2].cost}, nil
}

func money(micros int64) string { return fmt.Sprintf("%.2f", float64(micros)/1e6) }
