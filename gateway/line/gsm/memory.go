package gsm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/store"
	"simgate/modem"
)

// RecoveryHistory implements [modem.Handler].
func (h handler) RecoveryHistory(ctx context.Context, name string) ([]modem.StepRecord, error) {
	today := dayOf(h.host.Clock.Wall())
	return store.Read(ctx, h.host.DB, func(tx *store.Tx) ([]modem.StepRecord, error) { return selectSteps(tx, name, today) })
}

// NoteRecovery implements [modem.Handler].
func (h handler) NoteRecovery(ctx context.Context, name string, step modem.Step, worked bool) error {
	today := dayOf(h.host.Clock.Wall())
	return h.host.DB.Commit(ctx, func(tx *store.Tx) error { return upsertStep(tx, name, step, worked, today) })
}

// dayOf numbers the days of a wall time, so that how often a step is taken a day can
// be limited. A clock that is set wrong only makes it another day.
func dayOf(wall clock.Wall) int64 { return int64(wall) / (24 * time.Hour).Milliseconds() }

// PINTried implements [modem.Handler].
func (h handler) PINTried(ctx context.Context, iccid, pin string) (tries int, tried bool, err error) {
	type try struct {
		left  int
		tried bool
	}
	t, err := store.Read(ctx, h.host.DB, func(tx *store.Tx) (try, error) {
		left, tried, err := selectPINTry(tx, iccid, pinDigest(iccid, pin))
		return try{left, tried}, err
	})
	return t.left, t.tried, err
}

// TryPIN implements [modem.Handler].
func (h handler) TryPIN(ctx context.Context, iccid, pin string, tries int) error {
	return h.host.DB.Commit(ctx, func(tx *store.Tx) error { return insertPINTry(tx, iccid, pinDigest(iccid, pin), tries) })
}

// PINAccepted implements [modem.Handler].
func (h handler) PINAccepted(ctx context.Context, iccid string) error {
	return h.host.DB.Commit(ctx, func(tx *store.Tx) error { return deletePINTries(tx, iccid) })
}

// pinDigest tells PINs apart. It hides nothing from somebody who has the disk:
// the PIN itself stands in the configuration.
func pinDigest(iccid, pin string) string {
	sum := sha256.Sum256([]byte(iccid + "\x00" + pin))
	return hex.EncodeToString(sum[:])
}
