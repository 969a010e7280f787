package gateway

import (
	"context"
	"sync/atomic"

	"simgate/gateway/fault"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// Line is a SIM in the modem that it is in now. What people call sim_card_id
// is its ID: it stays with the SIM, whatever modem or port that moves to.
type Line struct {
	ID     int64 // 0 until the SIM has been read for the first time
	Number string
	Label  string // name of the SIM in the configuration, "" for none
	Hold   string // why it sends nothing now though its modem is ready, in words; "" where it does
	Usage  []Usage
	line.Status
}

// Usage is what a SIM has sent in the day or month that is being counted.
type Usage struct {
	Period        string // "day" or "month"
	Parts         int
	MaxParts      int // 0: no limit
	Recipients    int // different numbers
	MaxRecipients int // 0: no limit
}

// lineRef is the line that a sender's modem is, as far as is known.
type lineRef struct{ atomic.Int64 }

// Lines returns all modems with their SIMs, in the order of the configuration.
func (g *Gateway) Lines(ctx context.Context) ([]Line, error) {
	held, err := g.statuses(ctx)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, len(g.dispatcher.senders))
	for i, s := range g.dispatcher.senders {
		st := s.driver.Status()
		lines[i] = Line{ID: s.line.Load(), Number: st.MSISDN, Status: st}
		set, l := g.settings(lines[i].ID), held[i]
		lines[i].Label = set.Name
		if lines[i].Number == "" {
			lines[i].Number = set.Number
		}
		if lines[i].ID != l.line {
			continue // another SIM has come in between
		}
		lines[i].Hold = l.why()
		for _, b := range l.budgets {
			lines[i].Usage = append(lines[i].Usage, Usage{Period: string(b.kind), Parts: b.parts, Recipients: b.recipients,
				MaxParts: b.maxParts, MaxRecipients: b.maxRecipients})
		}
	}
	return lines, nil
}

// checkLine refuses a line that no SIM ever was.
func checkLine(tx *store.Tx, id int64) error {
	if id == 0 {
		return nil
	}
	ok, err := lineExists(tx, id)
	if err == nil && !ok {
		return fault.NewInvalid("line", "there is no SIM with this id: see the list of modems")
	}
	return err
}
