package webhook

import (
	"context"
	"slices"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Day is what came of what happened in the last 24 hours, of a webhook.
type Day struct {
	Delivered, Failed, Pending int
	Most                       time.Duration // in which 95 of 100 of the delivered were taken, from when they happened
	Cut                        bool          // there were more than the newest, which were looked at
}

// Ended returns how many deliveries have ended.
func (d Day) Ended() int { return d.Delivered + d.Failed }

// ofDay is how many deliveries of a webhook a [Day] looks at.
const ofDay = 500

// Days returns the last 24 hours of each webhook, by its id.
func (h *Webhooks) Days(ctx context.Context) (map[int64]Day, error) {
	since := h.clock.Wall().Add(-24 * time.Hour)
	return store.Read(ctx, h.db, func(tx *store.Tx) (map[int64]Day, error) {
		all, err := selectWebhooks(tx)
		days := map[int64]Day{}
		for _, w := range all {
			if err == nil {
				days[w.ID], err = dayOf(tx, w.ID, since)
			}
		}
		return days, err
	})
}

func dayOf(tx *store.Tx, webhook int64, since clock.Wall) (d Day, err error) {
	newest, err := selectNewest(tx, webhook, ofDay)
	var took []time.Duration
	for _, one := range newest {
		if one.at < since {
			break
		}
		switch one.state {
		case Delivered:
			d.Delivered++
			took = append(took, max(0, one.ended.Sub(one.at)))
		case Failed:
			d.Failed++
		default:
			d.Pending++
		}
	}
	if d.Cut = d.Ended()+d.Pending == ofDay; len(took) > 0 {
		slices.Sort(took)
		d.Most = took[len(took)*95/100]
	}
	return d, err
}

// hidden stands for the secret of a webhook where what it gets is shown: it is one that all
// formats take.
const hidden = secretPrefix + "simgateXsimgateXsimgateXsimgateX"

// Sent returns a delivery and the request that its receiver gets of it, with the secret left
// out and without what signs it. It is nil where that is not known: before the first try, and
// for a receiver that is gone.
func (h *Webhooks) Sent(ctx context.Context, id int64) (Delivery, *Request, error) {
	var w Webhook
	d, err := store.Read(ctx, h.db, func(tx *store.Tx) (d Delivery, err error) {
		if d, err = selectDelivery(tx, id); err != nil || d.content == "" {
			return d, err
		}
		if w, err = h.addressee(tx, d); fault.CodeOf(err) != fault.Internal { // it is disabled, or gone
			err = nil
		}
		return d, err
	})
	d.plan(h.clock.Now())
	if err != nil || w.URL == "" {
		return d, nil, err
	}
	w.Secret, w.former = hidden, ""
	p, err := h.compose(w, d.news())
	if err != nil || p.request == nil {
		return d, nil, nil //nolint:nilerr // what can be written no more is not shown
	}
	request := *p.request
	request.Header = nil
	request.URL = strings.ReplaceAll(request.URL, hidden, "•••••")
	request.Body = []byte(strings.ReplaceAll(string(request.Body), hidden, "•••••"))
	return d, &request, nil
}
