package notify

import (
	"testing"

	"simgate/gateway/cause"
	"simgate/gateway/store"
	"simgate/gateway/store/storetest"
)

// Causes that an earlier release has written keep their words, and get a code where it is
// certain which they are.
func TestCausesOfAnOlderDatabase(t *testing.T) {
	both := []cause.Cause{
		{Code: "", Text: ""},
		{Code: "http_403", Text: "the server answered 403"},
		{Code: cause.HTTPGone, Text: "the server answered 410"},
		{Code: cause.Timeout, Text: "the server did not answer in time"},
		{Code: cause.Timeout, Text: "the mail server did not answer in time"},
		{Code: cause.UnknownHost, Text: "the server is not known: its name could not be looked up (no such host)"},
		{Code: cause.UnknownHost, Text: "the mail server is not known: its name could not be looked up (no such host)"},
		{Code: cause.Unreachable, Text: "the mail server could not be reached: connection refused"},
		{Code: cause.Local, Text: "the server was not asked: the name leads to 127.0.0.1, which is this machine or no single other one: write the address itself, if it is meant"},
		{Code: cause.InvalidURL, Text: "the URL is invalid"},
		{Code: cause.Mailbox, Text: "the address of the mailbox is invalid"},
		{Code: cause.Restored, Text: "the gateway was restored from a backup"},
		{Code: "", Text: "the server could not be reached, or did not speak as expected"},
		{Code: "", Text: "what nobody knows"},
	}
	told := append(both[:len(both):len(both)],
		cause.Cause{Code: cause.OtherWays, Text: "no line is ready to send a message: it is told by the other ways"},
		cause.Cause{Code: cause.OwnerTexts, Text: "20 messages were sent to the owner within a day, and no more are"},
		cause.NewerTold.With(), cause.TestedAgain.With(), cause.WayGone.With())
	passed := append(both[:len(both):len(both)], cause.ForwardGone.With(), cause.ForwardLimit.With(), cause.RuleGone.With(),
		cause.FromItsNumber.With(), cause.FromOwnSIM.With(), cause.ToOwnSIM.With(), cause.ForwardedTwice.With())
	storetest.Migrate(t, "0059", func(tx *store.Tx) error {
		for i, c := range told {
			if _, err := tx.Exec(`INSERT INTO notification (id, way, trouble, kind, over, urgent, title, text, at, state, tries, cause, due, tick, ended_at)
				VALUES (?, 'ntfy', 'modem', 'lines.down', 0, 0, 'x', 'x', 1, 'failed', 1, ?, 0, 1, 1)`, i+1, c.Text); err != nil {
				return err
			}
		}
		for i, c := range passed {
			if _, err := tx.Exec(`INSERT INTO forward (id, rule, way, incoming_id, state, tries, cause, at, due, tick) VALUES (?, 'r', 'ntfy', 1, 'failed', 1, ?, 1, 0, 1)`, i+1, c.Text); err != nil {
				return err
			}
		}
		return nil
	}, func(tx *store.Tx) error {
		all, err := selectNotifications(tx, 100)
		if err != nil || len(all) != len(told) {
			t.Errorf("%d notifications, %v", len(all), err)
		}
		for _, n := range all {
			if want := told[n.ID-1]; n.Cause != want {
				t.Errorf("a notification has %+v, want %+v", n.Cause, want)
			}
		}
		rows, err := store.All(tx, func(row store.Scanner) (c cause.Cause, err error) { return c, row.Scan(&c.Text, &c.Code) }, `SELECT cause, cause_code FROM forward ORDER BY id`)
		for i, c := range rows {
			if c != passed[i] {
				t.Errorf("a forward has %+v, want %+v", c, passed[i])
			}
		}
		return err
	})
}
