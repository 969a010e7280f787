package gateway_test

import (
	"testing"
	"time"

	"simgate/gateway/gatewaytest"
)

// A hundred thousand messages that were put aside are brought back in steps, each
// once, also where some are put aside again meanwhile.
func TestMessagesPutAsideComeBackInSteps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const n, most = 2100, 500
		w := gatewaytest.Start(t, gatewaytest.Modems(0))
		time.Sleep(time.Second) // the start brings back what the last run put aside
		made, err := w.Gateway.Store(t.Context(), `WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ?)
		INSERT INTO message (app, recipient, body, custom_id, lane, state, pinned, line, reference, parts, due, deadline, accepted_at, expires_at, held)
		SELECT 'shop', '+49160' || i, '', '', 1, 'queued', 0, 0, 0, 1, 1 << 50, 1 << 50, 0, 0, 1 + i % 3 FROM number`, n)
		if err != nil || made != n {
			t.Fatal(made, err)
		}
		held, id, rounds := int64(0), int64(0), 0
		for more := true; more; rounds++ {
			var nextHeld, nextID int64
			if nextHeld, nextID, more, err = w.Gateway.ReleaseMessages(t.Context(), held, id); err != nil {
				t.Fatal(err)
			}
			left, err := w.Gateway.Store(t.Context(), `UPDATE message SET due = due WHERE held > 0 AND state = 'queued'`)
			if want := int64(max(0, n-most*(rounds+1))) + int64(rounds); err != nil || left != want {
				t.Fatalf("after round %d %d are aside, want %d, %v", rounds+1, left, want, err)
			}
			// One that has come back is put aside again.
			if changed, err := w.Gateway.Store(t.Context(), `UPDATE message SET held = due, due = 1 << 50 WHERE id = ?`, nextID); err != nil || changed != 1 {
				t.Fatal(changed, err)
			}
			held, id = nextHeld, nextID
		}
		if rounds != 5 {
			t.Errorf("it took %d rounds", rounds)
		}
	})
}
