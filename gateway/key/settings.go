package key

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Settings are what the owner says of a key beside its scopes.
type Settings struct {
	Networks []netip.Prefix // from which it works; none: from anywhere
	Expires  time.Time      // it works until then; zero: until it is revoked
	Limits   Limits
}

// Limits are how much may be sent with a key: messages, codes and calls, of which a long
// message counts once per part. 0 is no limit. Days and months are those of the gateway.
type Limits struct {
	Minute, Day, Month int
	CostDay, CostMonth int64 // by the prices of the SIMs, in millionths, a call as a message; what has no price costs nothing
}

// None reports whether there is no limit.
func (l Limits) None() bool { return l == Limits{} }

const (
	maxNetworks  = 32
	maxLimit     = 1_000_000_000
	maxLifetime  = 10 * 366 * 24 * time.Hour
	maxOverlap   = 90 * 24 * time.Hour
	leastExpires = time.Minute
)

// ParseNetwork reads a network such as 192.168.1.0/24, or an address.
func ParseNetwork(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(strings.TrimSpace(s))
	if err != nil {
		a, errAddr := netip.ParseAddr(strings.TrimSpace(s))
		if errAddr != nil || a.Zone() != "" {
			return p, fault.NewInvalid("networks", fault.Quote(s)+" is no network: write one such as 192.168.1.0/24, or an address")
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if p.Addr().Is4In6() {
		return p, fault.NewInvalid("networks", fault.Quote(s)+" is an IPv4 address in IPv6: write it as IPv4")
	}
	return p.Masked(), nil
}

// check checks settings that somebody has asked for.
func (s Settings) check(now time.Time) error {
	if len(s.Networks) > maxNetworks {
		return fault.NewInvalid("networks", fmt.Sprintf("a key has at most %d networks", maxNetworks))
	}
	if !s.Expires.IsZero() && (s.Expires.Before(now.Add(leastExpires)) || s.Expires.After(now.Add(maxLifetime))) {
		return fault.NewInvalid("expires", "a key expires in a minute at the earliest, and in ten years at the latest")
	}
	for name, n := range map[string]int64{"per_minute": int64(s.Limits.Minute), "per_day": int64(s.Limits.Day), "per_month": int64(s.Limits.Month),
		"cost_day": s.Limits.CostDay / 1_000_000, "cost_month": s.Limits.CostMonth / 1_000_000} {
		if n < 0 || n > maxLimit {
			return fault.NewInvalid(name, "must be between 0, which is no limit, and 1000000000")
		}
	}
	return nil
}

// Change changes a key; nil fields leave it as it is.
type Change struct {
	Scopes             []Scope
	Networks           *[]netip.Prefix
	Expires            *time.Time // the zero time: never
	Minute, Day, Month *int       // of [Limits]
	CostDay, CostMonth *int64
}

// Settings returns those of a new key of which nothing else is said.
func (c Change) Settings() Settings { return c.of(Settings{}) }

// of returns settings with the changes.
func (c Change) of(s Settings) Settings {
	set(&s.Networks, c.Networks)
	set(&s.Expires, c.Expires)
	set(&s.Limits.Minute, c.Minute)
	set(&s.Limits.Day, c.Day)
	set(&s.Limits.Month, c.Month)
	set(&s.Limits.CostDay, c.CostDay)
	set(&s.Limits.CostMonth, c.CostMonth)
	return s
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Change changes a key that works. It holds at once.
func (r *Ring) Change(ctx context.Context, id string, c Change) (Key, error) {
	for _, s := range c.Scopes {
		if _, err := ParseScope(string(s)); err != nil {
			return Key{}, err
		}
	}
	changed, err := store.Write(ctx, r.db, func(tx *store.Tx) (stored, error) {
		k, err := r.selectWorking(tx, id)
		if err != nil {
			return k, err
		}
		if c.Scopes != nil {
			k.Scopes = slices.Clone(c.Scopes)
		}
		k.Settings = c.of(k.Settings)
		checked := k.Settings
		if c.Expires == nil {
			checked.Expires = time.Time{} // it was in order when it was set
		}
		if err := checked.check(r.clock.Wall().Time()); err != nil {
			return k, err
		}
		return k, update(tx, k.Key)
	})
	if err != nil {
		return Key{}, err
	}
	r.cache(changed).now.Store(&changed.Key)
	return changed.Key, nil
}

// selectWorking returns a key that has neither been revoked nor expired.
func (r *Ring) selectWorking(tx *store.Tx, id string) (stored, error) {
	k, err := selectOne(tx, id)
	if err == nil && !k.works(r.clock.Wall()) {
		err = &fault.Error{Code: fault.Conflict, Message: "the key works no more: create another"}
	}
	return k, err
}

// works reports whether a key has neither been revoked nor expired.
func (k Key) works(now clock.Wall) bool {
	return k.Revoked.IsZero() && (k.Expires.IsZero() || now.Time().Before(k.Expires))
}

// Rotate makes a key that is as another in all but its token, which works for an overlap
// more: until then the app has time to take up the new one. What was sent with the old one
// counts for the new one. A key that was to expire gets as long a life as it had.
func (r *Ring) Rotate(ctx context.Context, id string, overlap time.Duration) (Key, string, error) {
	if overlap < 0 || overlap > maxOverlap {
		return Key{}, "", fault.NewInvalid("overlap", "the old key works for up to 90 days more")
	}
	newID, token := newToken()
	type pair struct{ old, new stored }
	rotated, err := store.Write(ctx, r.db, func(tx *store.Tx) (pair, error) {
		now := r.clock.Wall()
		old, err := r.selectWorking(tx, id)
		if err != nil {
			return pair{}, err
		}
		next := stored{Key: old.Key, hash: hashOf(token)}
		next.ID, next.Created, next.LastUsed = newID, now.Time(), time.Time{}
		if !old.Expires.IsZero() {
			next.Expires = now.Time().Add(old.Expires.Sub(old.Created))
		}
		if end := now.Add(overlap).Time(); old.Expires.IsZero() || end.Before(old.Expires) {
			old.Expires = end
		}
		if err := insert(tx, next.Key, next.hash); err != nil {
			return pair{}, err
		}
		if err := copyUse(tx, old.ID, next.ID); err != nil {
			return pair{}, err
		}
		return pair{old, next}, update(tx, old.Key)
	})
	if err != nil {
		return Key{}, "", err
	}
	r.cache(rotated.old).now.Store(&rotated.old.Key)
	return rotated.new.Key, token, nil
}
