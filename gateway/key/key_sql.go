package key

import (
	"errors"
	"net/netip"
	"strings"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

const columns = `id, app, hash, scopes, networks, expires_at, per_minute, per_day, per_month, cost_day, cost_month, created_at, last_used_at, revoked_at`

func scan(row store.Scanner) (stored, error) {
	var k stored
	var scopes, networks string
	var expires, created, used, revoked clock.Wall
	l := &k.Limits
	err := row.Scan(&k.ID, &k.App, &k.hash, &scopes, &networks, &expires, &l.Minute, &l.Day, &l.Month, &l.CostDay, &l.CostMonth, &created, &used, &revoked)
	for s := range strings.FieldsSeq(networks) {
		if p, err := netip.ParsePrefix(s); err == nil { // it was one when it was stored
			k.Networks = append(k.Networks, p)
		}
	}
	k.Expires = expires.Time()
	for s := range strings.FieldsSeq(scopes) {
		k.Scopes = append(k.Scopes, Scope(s))
	}
	k.Created, k.LastUsed, k.Revoked = created.Time(), used.Time(), revoked.Time()
	return k, err
}

// column returns the scopes of a key as they are stored.
func (k Key) column() string {
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = string(s)
	}
	return strings.Join(scopes, " ")
}

// selectNamed returns the keys that work of an app, or the one with an id.
func selectNamed(tx *store.Tx, name string) ([]stored, error) {
	return store.All(tx, scan, `SELECT `+columns+` FROM api_key WHERE (app = ? OR id = ?) AND revoked_at = 0 ORDER BY created_at, id`, name, name)
}

// selectOf returns the keys that work of an app.
func selectOf(tx *store.Tx, app string) ([]stored, error) {
	return store.All(tx, scan, `SELECT `+columns+` FROM api_key WHERE app = ? AND revoked_at = 0`, app)
}

// networks returns the networks of a key as they are stored.
func (k Key) networks() string {
	all := make([]string, len(k.Networks))
	for i, n := range k.Networks {
		all[i] = n.String()
	}
	return strings.Join(all, " ")
}

func update(tx *store.Tx, k Key) error {
	l := k.Limits
	_, err := tx.Exec(`UPDATE api_key SET scopes = ?, networks = ?, expires_at = ?, per_minute = ?, per_day = ?, per_month = ?, cost_day = ?, cost_month = ? WHERE id = ?`,
		k.column(), k.networks(), clock.WallOf(k.Expires), l.Minute, l.Day, l.Month, l.CostDay, l.CostMonth, k.ID)
	return err
}

func insert(tx *store.Tx, k Key, hash []byte) error {
	l := k.Limits
	_, err := tx.Exec(`INSERT INTO api_key (id, app, hash, scopes, networks, expires_at, per_minute, per_day, per_month, cost_day, cost_month, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		k.ID, k.App, hash, k.column(), k.networks(), clock.WallOf(k.Expires), l.Minute, l.Day, l.Month, l.CostDay, l.CostMonth, k.Created.UnixMilli())
	return err
}

func selectAll(tx *store.Tx) ([]Key, error) {
	stored, err := store.All(tx, scan, `SELECT `+columns+` FROM api_key ORDER BY created_at, id`)
	keys := make([]Key, len(stored))
	for i, k := range stored {
		keys[i] = k.Key
	}
	return keys, err
}

// Works reports whether an app has a key that works.
func Works(tx *store.Tx, app string) (bool, error) {
	return store.Any(tx, `SELECT 1 FROM api_key WHERE app = ? AND revoked_at = 0`, app)
}

func selectOne(tx *store.Tx, id string) (stored, error) {
	return orNotFound(store.Get(tx, scan, `SELECT `+columns+` FROM api_key WHERE id = ?`, id))
}

func revoke(tx *store.Tx, id string, now clock.Wall) (stored, error) {
	return orNotFound(store.Get(tx, scan,
		`UPDATE api_key SET revoked_at = CASE revoked_at WHEN 0 THEN ? ELSE revoked_at END
		 WHERE id = ? RETURNING `+columns, now, id))
}

func touch(tx *store.Tx, id string, now clock.Wall) error {
	_, err := tx.Exec(`UPDATE api_key SET last_used_at = ? WHERE id = ?`, now, id)
	return err
}

func orNotFound(k stored, err error) (stored, error) {
	if errors.Is(err, store.ErrNoRows) {
		err = fault.NewNotFound("there is no key with this id: see the list of keys")
	}
	return k, err
}
