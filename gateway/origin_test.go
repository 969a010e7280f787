package gateway

import (
	"testing"

	"simgate/gateway/store"
	"simgate/gateway/store/storetest"
)

// Ids that dialects kept in the caller's are moved out of there.
func TestIDsOfDialectsInAnOlderDatabase(t *testing.T) {
	const campaign, track = "0d9f0a3e-5b53-4f5e-9c39-1d5b9d5ac5a1", "bf325375-e030-fccb-a009-17317c574773"
	storetest.Migrate(t, "0022", func(tx *store.Tx) error {
		for _, custom := range []string{"99digital:1234567890123", "smscx:" + campaign + ":" + track, "smscx:" + campaign + ":", "my-7"} {
			if _, err := tx.Exec(`INSERT INTO message (app, recipient, body, custom_id, lane, state, pinned, line, reference, parts, due, deadline,
				accepted_at, expires_at) VALUES ('shop', '+4915112345678', 'hi', ?, 1, 'queued', 0, 0, 0, 1, 0, 100, 5, 6)`, custom); err != nil {
				return err
			}
		}
		return nil
	}, func(tx *store.Tx) error {
		list, err := selectPage(tx, MessageFilter{Limit: 10})
		if err != nil {
			return err
		}
		want := []struct{ custom, request string }{{"my-7", ""}, {"", campaign}, {track, campaign}, {"", "1234567890123"}}
		for i, m := range list.Messages {
			if m.CustomID != want[i].custom || m.Origin.Request != want[i].request {
				t.Errorf("%+v, want %v", m, want[i])
			}
		}
		found, err := selectPage(tx, MessageFilter{App: "shop", Request: "1234567890123", Limit: 10})
		if err == nil && len(found.Messages) != 1 {
			t.Errorf("%d messages of the request", len(found.Messages))
		}
		return err
	})
}
