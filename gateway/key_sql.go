package gateway

import (
	"errors"
	"strings"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

const keyColumns = `id, app, hash, scopes, created_at, last_used_at, revoked_at`

func scanKey(row store.Scanner) (storedKey, error) {
	var k storedKey
	var scopes string
	var created, used, revoked int64
	err := row.Scan(&k.ID, &k.App, &k.hash, &scopes, &created, &used, &revoked)
	for s := range strings.FieldsSeq(scopes) {
		k.Scopes = append(k.Scopes, Scope(s))
	}
	k.Created, k.LastUsed, k.Revoked = clock.Wall(created).Time(), clock.Wall(used).Time(), clock.Wall(revoked).Time()
	return k, err
}

func insertKey(tx *store.Tx, k Key, hash []byte) error {
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = string(s)
	}
	_, err := tx.Exec(`INSERT INTO api_key (id, app, hash, scopes, created_at) VALUES (?, ?, ?, ?, ?)`,
		k.ID, k.App, hash, strings.Join(scopes, " "), k.Created.UnixMilli())
	return err
}

func selectKeys(tx *store.Tx) ([]Key, error) {
	stored, err := store.All(tx, scanKey, `SELECT `+keyColumns+` FROM api_key ORDER BY created_at, id`)
	keys := make([]Key, len(stored))
	for i, k := range stored {
		keys[i] = k.Key
	}
	return keys, err
}

// hasKey reports whether an app has a key that works.
func hasKey(tx *store.Tx, app string) (bool, error) {
	n, err := store.Get(tx, store.Int, `SELECT EXISTS (SELECT 1 FROM api_key WHERE app = ? AND revoked_at = 0)`, app)
	return n == 1, err
}

func selectKey(tx *store.Tx, id string) (storedKey, error) {
	return keyOrNotFound(store.Get(tx, scanKey, `SELECT `+keyColumns+` FROM api_key WHERE id = ?`, id))
}

func revokeKey(tx *store.Tx, id string, now int64) (storedKey, error) {
	return keyOrNotFound(store.Get(tx, scanKey,
		`UPDATE api_key SET revoked_at = CASE revoked_at WHEN 0 THEN ? ELSE revoked_at END
		 WHERE id = ? RETURNING `+keyColumns, now, id))
}

func useKey(tx *store.Tx, id string, now int64) error {
	_, err := tx.Exec(`UPDATE api_key SET last_used_at = ? WHERE id = ?`, now, id)
	return err
}

func keyOrNotFound(k storedKey, err error) (storedKey, error) {
	if errors.Is(err, store.ErrNoRows) {
		err = fault.NewNotFound("there is no key with this id: see the list of keys")
	}
	return k, err
}
