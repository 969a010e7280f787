package key

import (
	"context"
	"slices"

	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Set gives a scope to the keys of an app that work, or to the one with this id, or takes
// it from them. It returns these keys, and holds at once.
func (r *Ring) Set(ctx context.Context, name string, s Scope, allow bool) ([]Key, error) {
	changed, err := store.Write(ctx, r.db, func(tx *store.Tx) ([]stored, error) {
		keys, err := selectNamed(tx, name)
		if err == nil && len(keys) == 0 {
			err = fault.NewNotFound("there is no key of this name: see the list of keys")
		}
		for i := range keys {
			k := &keys[i]
			k.Scopes = slices.DeleteFunc(slices.Clone(k.Scopes), func(o Scope) bool { return o == s })
			if allow {
				k.Scopes = append(k.Scopes, s)
			}
			if err == nil {
				err = update(tx, k.Key)
			}
		}
		return keys, err
	})
	out := make([]Key, len(changed))
	for i, k := range changed {
		r.cache(k).now.Store(&changed[i].Key)
		out[i] = k.Key
	}
	return out, err
}

// Allows reports whether an app has a key that works and has the scope.
func (r *Ring) Allows(ctx context.Context, app string, s Scope) (bool, error) {
	return store.Read(ctx, r.db, func(tx *store.Tx) (bool, error) {
		keys, err := selectOf(tx, app)
		now := r.clock.Wall()
		return slices.ContainsFunc(keys, func(k stored) bool { return k.works(now) && k.Allows(s) }), err
	})
}

// Allows is [Ring.Allows] in a transaction, for which a key that has expired counts still.
func Allows(tx *store.Tx, app string, s Scope) (bool, error) {
	keys, err := selectOf(tx, app)
	return slices.ContainsFunc(keys, func(k stored) bool { return k.Allows(s) }), err
}
