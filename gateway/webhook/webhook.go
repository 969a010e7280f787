package webhook

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// Webhook is an address of an app that gets what happens.
type Webhook struct {
	ID     int64
	App    string
	URL    string
	Format string   // one of the configured
	Kinds  []string // of news that it gets; none: its origin may be named by callbacks, and that is all
	Secret string   // whsec_ and base64 of 32 octets
	// AllIncoming lets it get what comes in for no app, or another than its own, too, as if
	// a key of its app might read all.
	AllIncoming bool
	Disabled    string // why nothing is delivered any more, "" while it is enabled
	Made        time.Time

	former      string
	formerUntil clock.Tick
	since       int64 // the last change that it does not get
}

// The limits of webhooks.
const (
	maxWebhooks = 100
	// formerLife is how long the secret before goes on signing, so that receivers
	// have time to change to the new one.
	formerLife = 24 * time.Hour
)

// Add registers a URL for an app that has a key. It gets the changes from now on.
// Without kinds it gets all news that its format has words for; with the only kind
// "none" it gets none, and its origin may be named by callbacks. Without a secret it
// gets a new one. The error is [fault.Invalid] for what cannot be reached.
func (h *Webhooks) Add(ctx context.Context, w Webhook) (Webhook, error) {
	if err := fault.CheckName("app", w.App, 64); err != nil {
		return Webhook{}, err
	}
	if err := h.cfg.Load().checkURL(ctx, w.URL); err != nil {
		return Webhook{}, err
	}
	format, known := h.cfg.Load().Formats[w.Format]
	if !known {
		return Webhook{}, fault.NewInvalid("format", "there is no format "+fault.Quote(w.Format)+": use "+strings.Join(slices.Sorted(maps.Keys(h.cfg.Load().Formats)), ", "))
	}
	switch {
	case len(w.Kinds) == 0:
		w.Kinds = format.Kinds
	case len(w.Kinds) == 1 && w.Kinds[0] == "none":
		w.Kinds = nil
	}
	for _, k := range w.Kinds {
		if !slices.Contains(format.Kinds, k) {
			return Webhook{}, fault.NewInvalid("kinds", "the format "+w.Format+" has no "+fault.Quote(k)+": it has "+strings.Join(format.Kinds, ", "))
		}
	}
	w.Kinds = slices.Compact(slices.Sorted(slices.Values(w.Kinds)))
	if err := format.checkSecret(w.Secret); err != nil {
		return Webhook{}, err
	}
	w.Secret, w.Made = cmp.Or(w.Secret, newSecret()), h.clock.Wall().Time()
	w, err := store.Write(ctx, h.db, func(tx *store.Tx) (Webhook, error) {
		known, err := h.subjects.HasKey(tx, w.App)
		if err != nil {
			return w, err
		}
		if !known {
			return w, fault.NewInvalid("app", "no key belongs to the app "+fault.Quote(w.App)+": create its key first, or check the name")
		}
		all, err := selectWebhooks(tx)
		if err != nil {
			return w, err
		}
		if len(all) >= maxWebhooks {
			return w, &fault.Error{Code: fault.Conflict, Message: fmt.Sprintf("there are %d webhooks already: remove one first", maxWebhooks)}
		}
		if w.since, err = journal.LastChange(tx); err != nil {
			return w, err
		}
		if len(all) == 0 && !h.cfg.Load().AnyCallback { // what came before had no receivers
			if err := updateCursor(tx, w.since); err != nil {
				return w, err
			}
		}
		w.ID, err = insertWebhook(tx, w)
		return w, err
	})
	if err == nil {
		h.listens.Store(true)
	}
	return w, err
}

// List returns all webhooks, oldest first.
func (h *Webhooks) List(ctx context.Context) ([]Webhook, error) {
	return store.Read(ctx, h.db, selectWebhooks)
}

// Remove removes a webhook with its deliveries.
func (h *Webhooks) Remove(ctx context.Context, id int64) error {
	return store.Error(h.db.Commit(ctx, func(tx *store.Tx) error { return deleteWebhook(tx, id) }))
}

// Rotate gives a webhook another secret; the one before signs too for a day. It enables
// a webhook that was disabled, which gets the changes from now on.
func (h *Webhooks) Rotate(ctx context.Context, id int64) (Webhook, error) {
	return store.Write(ctx, h.db, func(tx *store.Tx) (Webhook, error) {
		w, err := selectWebhook(tx, id)
		if err != nil {
			return w, err
		}
		if w.Disabled != "" {
			if w.since, err = journal.LastChange(tx); err != nil {
				return w, err
			}
		}
		w.former, w.formerUntil, w.Secret, w.Disabled = w.Secret, h.clock.Tick().Add(formerLife), newSecret(), ""
		return w, updateWebhook(tx, w)
	})
}

// Tried is what came of trying a webhook.
type Tried struct {
	OK     bool
	Status int // of HTTP, 0: there was no answer
	Cause  cause.Cause
	Took   time.Duration
}

// Test delivers news of the kind [Test] to a webhook at once, outside the queue.
func (h *Webhooks) Test(ctx context.Context, id int64) (Tried, error) {
	w, err := store.Read(ctx, h.db, func(tx *store.Tx) (Webhook, error) { return selectWebhook(tx, id) })
	if err != nil {
		return Tried{}, err
	}
	now := h.clock.Local()
	p, err := h.compose(w, News{ID: fmt.Sprintf("test_%d", now.UnixMilli()), Kind: Test, App: w.App, At: now})
	if err != nil {
		return Tried{}, err
	}
	client := h.Client()
	defer client.CloseIdleConnections()
	began := time.Now()
	a := p.send(ctx, client)
	t := Tried{OK: a.ok, Status: a.status, Took: time.Since(began)}
	if !a.ok {
		t.Cause = a.cause
	}
	return t, nil
}

// Listening reports whether there may be receivers.
func (h *Webhooks) Listening() bool { return h.listens.Load() }
