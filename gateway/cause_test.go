package gateway_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/cause"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/line/gsm"
	"simgate/gateway/line/phone"
	"simgate/gateway/store"
	"simgate/gateway/store/schema"
	"simgate/gateway/store/sqlite"
	"simgate/gateway/webhook"
	"simgate/gateway/workflow"
	"simgate/modem/simulator"
)

// Each way to an end, or to another try, has a code of its own: that of the message, and that
// of its first part or of the last try of it.
func TestCausesOfMessages(t *testing.T) {
	refuse := func(faults ...simulator.Fault) func(*testing.T, *gatewaytest.World) int64 {
		return func(t *testing.T, w *gatewaytest.World) int64 {
			w.SIMs[0].OnEvery("+CMGS", faults...)
			return sendFor(t, w, time.Hour)
		}
	}
	unplugged := func(w *gatewaytest.World) {
		w.SIMs[0].Unplug()
		time.Sleep(5 * time.Second)
	}
	code := func(t *testing.T, w *gatewaytest.World) (gateway.Started, int64) {
		t.Helper()
		s := startWith(t, w, workflow.Numbered[3])
		return s, attempts(t, w, s)[0].Message
	}
	for _, tc := range []struct {
		name string
		act  func(t *testing.T, w *gatewaytest.World) (message int64)
		wait time.Duration
		want gateway.State
		code cause.Code
		last cause.Code // of the first part, or else of the last try
	}{
		{"delivered", func(t *testing.T, w *gatewaytest.World) int64 { return sendFor(t, w, time.Hour) }, time.Minute, gateway.Delivered, "", ""},
		{"refused by the network for good", refuse(simulator.Refuse(1)), time.Minute, gateway.Failed, "cms_1", "cms_1"},
		{"refused by the network too often", refuse(simulator.Refuse(38)), 30 * time.Minute, gateway.Failed, "cms_38", "cms_38"},
		{"refused for the moment", refuse(simulator.Refuse(42)), time.Minute, gateway.Queued, "cms_42", "cms_42"},
		{"refused with a number that nobody knows", refuse(simulator.Refuse(4711)), 30 * time.Minute, gateway.Failed, "cms_4711", "cms_4711"},
		{"refused by the modem", refuse(simulator.RefuseCME(50)), time.Minute, gateway.Failed, "cme_50", "cme_50"},
		{"refused without a reason", refuse(simulator.PlainError()), 30 * time.Minute, gateway.Failed, "modem_error", "modem_error"},
		{"refused until its time was over", func(t *testing.T, w *gatewaytest.World) int64 {
			w.SIMs[0].OnEvery("+CMGS", simulator.Refuse(42))
			return sendFor(t, w, 5*time.Minute)
		}, 10 * time.Minute, gateway.ExpiredOut, cause.ExpiredRefused, "cms_42"},
		{"no answer", refuse(simulator.LoseSubmit()), time.Hour, gateway.Unknown, "modem_no_answer", "modem_no_answer"},
		{"not taken by the modem", func(t *testing.T, w *gatewaytest.World) int64 {
			w.SIMs[0].On("+CMGS", simulator.UnplugAfterPrompt())
			return sendFor(t, w, time.Hour)
		}, time.Minute, gateway.Queued, "modem_not_taken", "modem_not_taken"},
		{"reported as not delivered", func(t *testing.T, w *gatewaytest.World) int64 {
			w.Network.Subscriber(anna).Reject()
			return sendFor(t, w, time.Hour)
		}, 10 * time.Minute, gateway.Undelivered, "report_42", "report_42"},
		{"no SIM in its time", func(t *testing.T, w *gatewaytest.World) int64 {
			unplugged(w)
			return sendFor(t, w, time.Minute)
		}, 5 * time.Minute, gateway.ExpiredOut, cause.Expired, ""},
		{"cancelled", func(t *testing.T, w *gatewaytest.World) int64 {
			unplugged(w)
			id := sendFor(t, w, time.Hour)
			if _, err := w.Gateway.CancelMessage(t.Context(), "shop", id); err != nil {
				t.Fatal(err)
			}
			return id
		}, time.Second, gateway.Cancelled, cause.Cancelled, ""},
		{"opted out while it waited", func(t *testing.T, w *gatewaytest.World) int64 {
			id := sendFor(t, w, time.Hour, time.Now().Add(time.Minute))
			if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, "STOP"); err != nil {
				t.Fatal(err)
			}
			return id
		}, 5 * time.Minute, gateway.Cancelled, cause.OptedOut, ""},
		{"to a test number", func(t *testing.T, w *gatewaytest.World) int64 {
			return send(t, w, "+15005550006", "hello").ID
		}, time.Second, gateway.Delivered, cause.TestNumber, ""},
		{"a code whose verification is over", func(t *testing.T, w *gatewaytest.World) int64 {
			unplugged(w)
			s, id := code(t, w)
			if _, err := w.Gateway.CancelVerification(t.Context(), "shop", s.Verification.ID); err != nil {
				t.Fatal(err)
			}
			return id
		}, time.Second, gateway.Cancelled, cause.VerificationOver, ""},
		{"a code that was asked for again", func(t *testing.T, w *gatewaytest.World) int64 {
			unplugged(w)
			_, id := code(t, w)
			time.Sleep(time.Minute)
			code(t, w)
			return id
		}, time.Second, gateway.Cancelled, cause.Replaced, ""},
		{"killed while the modem had it", func(t *testing.T, w *gatewaytest.World) int64 {
			w.SIMs[0].On("+CMGS", simulator.LoseSubmit(), simulator.Late(time.Hour))
			id := sendFor(t, w, time.Hour)
			time.Sleep(10 * time.Second)
			w.Crash(w.Disk())
			return id
		}, time.Minute, gateway.Unknown, cause.Stopped, cause.Stopped},
		{"a code that waited while the machine was restarted", func(t *testing.T, w *gatewaytest.World) int64 {
			unplugged(w)
			_, id := code(t, w)
			w.Reboot()
			return id
		}, time.Minute, gateway.ExpiredOut, cause.Restarted, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) { c.TestNumbers = map[string]string{"+15005550006": "123456"} }))
				time.Sleep(5 * time.Second)
				id := tc.act(t, w)
				time.Sleep(tc.wait)
				m := look(t, w, id)
				last := cause.Code("")
				for _, try := range m.Tried {
					last = try.Cause.Code
				}
				for _, p := range m.Parts {
					if p.Cause.Code != "" {
						last = p.Cause.Code
					}
				}
				if m.State != tc.want || m.Cause.Code != tc.code || last != tc.last {
					t.Errorf("it is %s for %q (%q), and its part for %q; want %s for %q, and %q", m.State, m.Cause.Code, m.Cause, last, tc.want, tc.code, tc.last)
				}
			})
		})
	}
}

// sendFor sends a message with a lifetime, at a time if there is one.
func sendFor(t *testing.T, w *gatewaytest.World, lifetime time.Duration, at ...time.Time) int64 {
	t.Helper()
	n := gateway.NewMessage{App: "shop", To: anna, Text: "hello", Lifetime: lifetime}
	for _, begin := range at {
		n.NotBefore = begin
	}
	m, err := w.Gateway.Send(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return m.ID
}

// What a message waits for has a code, too, and what it was put aside for keeps it.
func TestCausesOfWaiting(t *testing.T) {
	for _, tc := range []struct {
		name  string
		act   func(t *testing.T, w *gatewaytest.World) (message int64)
		code  cause.Code
		aside cause.Code
	}{
		{"no modem", func(t *testing.T, w *gatewaytest.World) int64 {
			w.SIMs[0].Unplug()
			time.Sleep(5 * time.Second)
			return sendFor(t, w, time.Hour)
		}, cause.NotReady, ""},
		{"its time", func(t *testing.T, w *gatewaytest.World) int64 {
			return sendFor(t, w, time.Hour, time.Now().Add(time.Hour))
		}, cause.Scheduled, ""},
		{"the next try", func(t *testing.T, w *gatewaytest.World) int64 {
			w.SIMs[0].OnEvery("+CMGS", simulator.Refuse(42))
			return sendFor(t, w, time.Hour)
		}, cause.NextTry, ""},
		{"the budget of the SIM", func(t *testing.T, w *gatewaytest.World) int64 {
			send(t, w, "+4915112340000", "hello")
			time.Sleep(10 * time.Second)
			return sendFor(t, w, time.Hour)
		}, cause.Budget, cause.Budget},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) { c.Lines.Pace.RecipientsDay = 1 }))
				time.Sleep(5 * time.Second)
				id := tc.act(t, w)
				time.Sleep(time.Minute)
				if m := look(t, w, id); m.State != gateway.Queued || m.Waiting.Code != tc.code || m.Aside.Cause.Code != tc.aside {
					t.Errorf("it is %s, and waits for %q (%q); it was put aside for %q", m.State, m.Waiting.Code, m.Waiting, m.Aside.Cause.Code)
				}
			})
		})
	}
}

// What becomes of deliveries.
func TestCausesOfDeliveries(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int // 0 no answer
		wait   time.Duration
		want   webhook.State
		code   cause.Code
	}{
		{"taken", 200, time.Minute, webhook.Delivered, ""},
		{"refused", 500, time.Minute, webhook.Pending, "http_500"},
		{"refused for days", 503, 6 * 24 * time.Hour, webhook.Failed, "http_503"},
		{"gone", 410, time.Minute, webhook.Failed, cause.HTTPGone},
		{"no answer", 0, time.Minute, webhook.Pending, cause.Timeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := posting(t, newReceivers(t, func(string, string) int { return tc.status }))
				addWebhook(t, w, "shop", "http://shop.example/")
				cancelled(t, w, "shop", "")
				time.Sleep(tc.wait)
				list := deliveries(t, w, webhook.Filter{})
				if len(list) != 1 || list[0].State != tc.want || list[0].Cause.Code != tc.code {
					t.Errorf("%+v", list)
				}
			})
		})
	}
}

// Causes of an earlier release get the code that they would have now, or none: never another.
func TestCausesOfAnOlderDatabase(t *testing.T) {
	path, older := filepath.Join(t.TempDir(), "simgate.db"), fstest.MapFS{}
	files, err := fs.Glob(schema.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		raw, err := fs.ReadFile(schema.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_cause.sql") {
			break
		}
		older[name] = &fstest.MapFile{Data: raw}
	}
	want := map[string]cause.Code{
		"":                           "",
		"CMS 38: anything; at all":   "cms_38",
		"CMS 4711: anything; at all": "cms_4711",
		"CME 10: anything; at all":   "cme_10",
		"the SMSC gave up: the network is congested (status 60)": "report_60",
		"not deliverable (status 4B)":                            "report_4b",
		"the receiver answered 503":                              "http_503",
		"the receiver answered 410: it wants no more deliveries": "http_410",
		"cause 17": "call_17",
		"its time ran out before it could be sent; the last try: CMS 38: anything": "expired_refused",
		"the verification is over": "verification_over",
		"a text with the token came from another number, and was refused; it was one of 3 that changed nothing": "text_other_number",
		"something that nobody says any more": "",
		"CMS":                                 "",
	}
	certain := len(want)
	for _, k := range slices.Concat(cause.Kinds(), gsm.Causes(), phone.Causes()) {
		if text := strings.ReplaceAll(k.Text, "%s", "7"); k.Text != "%s" && !k.Numbered {
			want[text] = k.Code
		}
	}
	texts := slices.Sorted(maps.Keys(want))
	open := func(files fs.FS, fn func(tx *store.Tx) error) {
		t.Helper()
		db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path}, files)
		if err != nil {
			t.Fatal(err)
		}
		go db.Run(t.Context()) //nolint:errcheck // Close ends it
		if err := errors.Join(db.Write(t.Context(), fn), db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	open(older, func(tx *store.Tx) error {
		for i, text := range texts {
			for _, query := range []string{
				`INSERT INTO message (id, app, recipient, body, custom_id, lane, state, pinned, line, reference, parts, due, deadline, accepted_at, expires_at, cause) VALUES (?2, 'shop', '+4915112345678', 'x', '', 2, 'failed', 0, 1, 0, 1, 0, 0, 1, 1, ?1)`,
				`INSERT INTO part (message_id, seq, state, line, modem, submitted_at, cause) VALUES (?2, 1, 'failed', 1, 'sim1', 1, ?1)`,
				`INSERT INTO part_try (message_id, seq, n, line, modem, cause, passed, times, submitted_at, ended_at, again_at) VALUES (?2, 1, 1, 1, 'sim1', ?1, '', 1, 1, 1, 1)`,
				`INSERT INTO call (id, app, recipient, body, file, locale, custom_id, callback, state, pinned, line, due, deadline, accepted_at, cause) VALUES (?2, 'shop', '+4915112345678', 'x', '', 'en-gb', '', '', 'failed', 0, 1, 0, 0, 1, ?1)`,
				`INSERT INTO delivery (id, webhook_id, callback, app, kind, subject, at, state, origin, cause) VALUES (?2, 1, '', 'shop', 'message.failed', 1, 1, 'failed', '', ?1)`,
				`INSERT INTO early_report (id, line, mr, recipient, delivered, text, at) VALUES (?2, 1, 1, '', 0, ?1, 1)`,
			} {
				if _, err := tx.Exec(query, text, i+1); err != nil {
					return err
				}
			}
		}
		return nil
	})
	none := 0
	open(schema.FS, func(tx *store.Tx) error {
		for _, query := range []string{`SELECT cause, cause_code FROM message`, `SELECT cause, cause_code FROM part`, `SELECT cause, cause_code FROM part_try`,
			`SELECT cause, cause_code FROM call`, `SELECT cause, cause_code FROM delivery`, `SELECT text, cause_code FROM early_report`} {
			rows, err := store.All(tx, func(row store.Scanner) (c cause.Cause, err error) { return c, row.Scan(&c.Text, &c.Code) }, query)
			if err != nil || len(rows) != len(texts) {
				return fmt.Errorf("%s: %d rows, %w", query, len(rows), err)
			}
			for _, c := range rows {
				if c.Code == "" && want[c.Text] != "" {
					none++
				} else if c.Code != want[c.Text] {
					t.Errorf("%s: %q has the code %q, want %q", query, c.Text, c.Code, want[c.Text])
				}
			}
		}
		return nil
	})
	if most := 6 * (len(texts) - certain) / 4; none > most {
		t.Errorf("%d causes have no code, of %d in 6 tables", none, len(texts))
	}
}
