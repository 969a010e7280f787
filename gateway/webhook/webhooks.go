package webhook

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/journal"
	"simgate/gateway/store"
)

// Config is what the owner decides.
type Config struct {
	Formats map[string]Format
	// Allow are networks outside the public internet in which receivers may be, such
	// as 192.168.1.0/24 for an app in the local network. All other private addresses
	// are refused, those of this machine included.
	Allow []netip.Prefix
	// AnyCallback lets apps name callbacks at addresses that nobody has registered,
	// in formats that are not signed. Allow bounds these, too.
	AnyCallback bool
	// MaxPending is how many deliveries may be pending for one webhook, or for all callbacks
	// of an app; 0: 100,000.
	MaxPending int64
	// Dial opens connections in place of the network; nil: the network, where Allow
	// holds.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (c *Config) maxPending() int64 { return cmp.Or(c.MaxPending, 100_000) }

// Subjects is what webhooks ask about the subjects of changes, and about apps.
type Subjects struct {
	// Kind returns the kind of news that a change is, "" where nobody gets it.
	Kind func(c journal.Change) string
	// Sender returns whose news are delivered in their order, "" where there is none to keep.
	Sender func(tx *store.Tx, c journal.Change) (string, error)
	// Callback returns the callback of the subject of a change, none where it is zero.
	Callback func(tx *store.Tx, c journal.Change) (Callback, error)
	// Render returns what is delivered about a subject. The state is that of the kind
	// of news: the subject may have moved on since.
	Render func(tx *store.Tx, kind string, subject int64) ([]byte, error)
	// Told reports whether a webhook is told of a change.
	Told func(tx *store.Tx, w Webhook, c journal.Change) (bool, error)
	// HasKey reports whether an app has a key that works.
	HasKey func(tx *store.Tx, app string) (bool, error)
}

// Webhooks are all webhooks and their deliveries. They are safe for concurrent use.
type Webhooks struct {
	cfg      atomic.Pointer[Config]
	subjects Subjects
	db       *store.DB
	clock    *clock.Clock
	journal  *journal.Journal
	log      *slog.Logger
	metrics  metrics
	listens  atomic.Bool // there may be receivers of changes
	seen     int64       // the last change that the fan-out has read; its own
}

// New returns the webhooks of a database. Nothing is delivered until [Webhooks.Recover]
// and [Webhooks.Run] are called.
func New(cfg Config, s Subjects, db *store.DB, c *clock.Clock, j *journal.Journal, log *slog.Logger) *Webhooks {
	h := &Webhooks{subjects: s, db: db, clock: c, journal: j, log: log, metrics: newMetrics()}
	h.cfg.Store(&cfg)
	return h
}

// Configure changes which receivers may be reached. Callbacks to any address are as they
// were: changes from before have no receivers.
func (h *Webhooks) Configure(cfg Config) {
	cfg.AnyCallback = h.cfg.Load().AnyCallback
	h.cfg.Store(&cfg)
}

// Recover looks whether there are webhooks, and gives the deliveries of earlier releases
// what they lack.
func (h *Webhooks) Recover(tx *store.Tx) error {
	all, err := selectWebhooks(tx)
	if err != nil {
		return err
	}
	h.listens.Store(len(all) > 0 || h.cfg.Load().AnyCallback)
	return addressDeliveries(tx, h.clock.Tick())
}

// Deletion deletes the deliveries that have ended before both times, and the oldest that
// have ended where there are too many.
func Deletion(old clock.Past) store.Deletion {
	return func(tx *store.Tx, limit int) (int64, error) { return deleteDeliveries(tx, old, limit) }
}

// Kept is how long a delivery is kept after it has ended.
const Kept = 7 * 24 * time.Hour
