package call

import (
	"testing"

	"simgate/gateway/store"
	"simgate/gateway/store/storetest"
)

// What calls of codes say was found by the id of the verification, and is by its uuid.
func TestCallsOfAnOlderDatabase(t *testing.T) {
	storetest.Migrate(t, "0018", func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO verification (id, uuid, app, recipient, purpose, state, max_tries, deadline, created_at, expires_at)
			VALUES (7, 'the-uuid', 'shop', '+4915112345678', '', 'pending', 5, 0, 0, 0)`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO call (id, app, recipient, body, file, locale, custom_id, callback, verification_id, state, pinned, line, due,
				deadline, accepted_at) VALUES
			(1, 'shop', '+4915112345678', '', '', 'en-gb', '', '', 7, 'queued', 0, 0, 0, 100, 5),
			(2, 'shop', '+4915112345679', 'hi', '', 'en-gb', '', '', NULL, 'completed', 0, 3, 0, 100, 6)`)
		return err
	}, func(tx *store.Tx) error {
		all, err := selectAll(tx, Filter{Limit: 10})
		if err != nil {
			return err
		}
		if len(all) != 2 || all[1].Ref != "the-uuid" || all[1].State != Queued || all[0].Ref != "" || all[0].Text != "hi" || all[0].Line != 3 {
			t.Errorf("the calls are %+v", all)
		}
		waiting, err := queuedFor(tx, "the-uuid")
		if err != nil || len(waiting) != 1 {
			t.Errorf("for the verification wait %+v, %v", waiting, err)
		}
		return nil
	})
}
