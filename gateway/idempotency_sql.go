package gateway

import (
	"bytes"
	"errors"
	"strconv"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// Once names a request, so that it is carried out once however often it comes:
// a caller that has heard nothing may ask again (draft-ietf-httpapi-idempotency-key-header).
// What is remembered is the id of what was made, in the transaction that made
// it, for a day at least; never a code or a text.
type Once struct {
	Key         string // the caller's; "": each request is its own
	Route       string // what is asked for: a key of one call means nothing to another
	Fingerprint []byte // of the request: the same key with another one is an error
}

// keepIdempotency is how long a request is remembered.
const keepIdempotency = 25 * time.Hour

// ErrOtherRequest means that a key was used before, for another request.
var ErrOtherRequest = errors.New("the key was used for another request")

// replay returns the id of what a request made before, and whether it did.
func replay(tx *store.Tx, app string, o Once) (string, bool, error) {
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

// remember keeps what a request made.
func remember(tx *store.Tx, app string, o Once, result string, tick clock.Tick) error {
	if o.Key == "" {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO idempotency (app, route, key, fingerprint, result, at) VALUES (?, ?, ?, ?, ?, ?)`,
		app, o.Route, o.Key, o.Fingerprint, result, tick)
	return err
}

// sentBefore answers a request whose messages were accepted before: one
// transaction gave them ids that follow each other.
func sentBefore(tx *store.Tx, first string, n int, err error) ([]Message, error) {
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return nil, err
	}
	sent := make([]Message, n)
	for i := range sent {
		if sent[i], err = selectMessage(tx, id+int64(i)); err != nil {
			return nil, err
		}
		sent[i].Replayed = true
	}
	return sent, nil
}
