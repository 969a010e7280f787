package phone

import (
	"context"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// given is a message that the phone was given, and has not said for good what became of.
type given struct {
	id     string
	device string
	token  line.Token
	at     clock.Tick

	// Since the start of the driver.
	sent      bool            // it was reported that it was sent
	parts     int             // that it has, as far as the phone has said
	delivered map[string]bool // the events of parts that were delivered
	next      time.Time       // when it is asked for
	pause     time.Duration   // until it is asked for again after that
}

// giveUpAfter is for how long the phone is asked about a message: longer than networks try
// to deliver one.
const giveUpAfter = 8 * 24 * time.Hour

// remember reads what the phone was given before the start.
func (d *Driver) remember(ctx context.Context) error {
	all, err := store.Read(ctx, d.host.DB, func(tx *store.Tx) ([]given, error) { return selectGiven(tx, d.cfg.Name) })
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, g := range all {
		d.given[g.id] = &g
	}
	return err
}

// note writes down that the phone is about to be given a message. What it was given of the
// same before was not sent.
func (d *Driver) note(ctx context.Context, g *given) error {
	err := d.host.DB.Commit(ctx, func(tx *store.Tx) error {
		if err := deleteToken(tx, d.cfg.Name, g.token); err != nil {
			return err
		}
		return insertGiven(tx, d.cfg.Name, *g)
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, other := range d.given {
		if other.token == g.token && (other != g || err != nil) {
			delete(d.given, id)
		}
	}
	return err
}

// forget removes a message of which no more is to be learned.
func (d *Driver) forget(ctx context.Context, id string) error {
	err := d.host.DB.Commit(ctx, func(tx *store.Tx) error { return deleteGiven(tx, id) })
	if err == nil {
		d.mu.Lock()
		delete(d.given, id)
		d.mu.Unlock()
	}
	return err
}

// prune forgets messages that are too old.
func (d *Driver) prune(ctx context.Context) error {
	before := d.host.Clock.Tick().Add(-giveUpAfter)
	if before < 0 {
		return nil
	}
	err := d.host.DB.Commit(ctx, func(tx *store.Tx) error { return deleteOld(tx, d.cfg.Name, before) })
	if err == nil {
		d.mu.Lock()
		for id, g := range d.given {
			if g.at < before {
				delete(d.given, id)
			}
		}
		d.mu.Unlock()
	}
	return err
}

// since returns from when on messages that come in on a device are taken, by its clock:
// now, if it is another than before.
func (d *Driver) since(ctx context.Context, device string) (time.Time, error) {
	now := clock.WallOf(d.app.now())
	at, err := store.Write(ctx, d.host.DB, func(tx *store.Tx) (clock.Wall, error) {
		at, known, err := selectPhone(tx, d.cfg.Name, device)
		if err != nil || known {
			return at, err
		}
		return now, upsertPhone(tx, d.cfg.Name, device, now)
	})
	return at.Time(), err
}
