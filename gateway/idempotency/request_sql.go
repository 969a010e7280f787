package idempotency

import (
	"bytes"
	"errors"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Request names a request of an app. The zero value names none: it is always new.
type Request struct {
	Key         string // the caller's; "": each request is its own
	Route       string // what is asked for: a key of one call means nothing to another
	Fingerprint []byte // of the request: the same key with another one is an error
}

// keep is how long a request is remembered.
const keep = 25 * time.Hour

// Deletions forgets requests that are too old to be repeated.
func Deletions(tick clock.Tick) []store.Deletion {
	return []store.Deletion{store.DeleteWhere(`idempotency`, `app, route, key`, `at < ?`, tick.Add(-keep))}
}

// ErrOtherRequest means that a key was used before, for another request.
var ErrOtherRequest = errors.New("the key was used for another request")

// Replay returns the id of what a request made before, and whether it did.
func Replay(tx *store.Tx, app string, o Request) (string, bool, error) {
	if o.Key == "" {
		return "", false, nil
	}
	type kept struct {
		fingerprint []byte
		result      string
	}
	k, err := store.Get(tx, func(row store.Scanner) (k kept, err error) {
		return k, row.Scan(&k.fingerprint, &k.result)
	}, `SELECT fingerprint, result FROM idempotency WHERE app = ? AND route = ? AND key = ?`, app, o.Route, o.Key)
	switch {
	case errors.Is(err, store.ErrNoRows):
		return "", false, nil
	case err != nil:
		return "", false, err
	case !bytes.Equal(k.fingerprint, o.Fingerprint):
		return "", false, &fault.Error{Code: fault.Conflict, Field: "Idempotency-Key", Err: ErrOtherRequest,
			Message: "this idempotency key was used before, for a request with another body: use a new key for a new request"}
	}
	return k.result, true, nil
}

// Remember keeps what a request made.
func Remember(tx *store.Tx, app string, o Request, result string, tick clock.Tick) error {
	if o.Key == "" {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO idempotency (app, route, key, fingerprint, result, at) VALUES (?, ?, ?, ?, ?, ?)`,
		app, o.Route, o.Key, o.Fingerprint, result, tick)
	return err
}
