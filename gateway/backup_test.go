package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/backup"
	"simgate/gateway/call"
	"simgate/gateway/cause"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/person"
	"simgate/gateway/user"
	"simgate/gateway/webhook"
)

// restore puts a backup in the place of the database of a world, which starts again.
func restore(t *testing.T, w *gatewaytest.World, backup string, start func()) gateway.Restored {
	t.Helper()
	w.Stop()
	done, err := gateway.Restore(t.Context(), backup, filepath.Join(w.Folder, "simgate.db"), person.Again{}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	start()
	return done
}

// toPhone returns what a phone got.
func toPhone(w *gatewaytest.World, number string) (all []string) {
	for _, m := range w.Network.Subscriber(number).Messages() {
		all = append(all, m.Text)
	}
	return all
}

// waiting is a world in which everything waits when a backup is made, and has gone out
// since.
func waiting(t *testing.T, r *receivers) (*gatewaytest.World, backup.Backup) {
	t.Helper()
	w := posting(t, r, gatewaytest.Modems(1))
	addWebhook(t, w, "shop", "http://shop.example/hook")
	w.SIMs[0].Unplug()
	time.Sleep(time.Minute)
	if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "the pump has stopped"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna}); err != nil {
		t.Fatal(err)
	}
	cancelled(t, w, "bank", "")
	addWebhook(t, w, "bank", "http://bank.example/hook")
	r.set(answering(503))
	cancelled(t, w, "bank", "")
	time.Sleep(time.Second)
	b, err := w.Gateway.Backups().Make(t.Context())
	if err != nil || b.Bytes == 0 {
		t.Fatal(b, err)
	}
	r.set(answering(200))
	w.SIMs[0].Plug()
	time.Sleep(10 * time.Minute)
	if all := toPhone(w, anna); len(all) != 2 {
		t.Fatalf("before the restore the phone got %q", all)
	}
	return w, b
}

func TestWhatWaitedInABackupIsHeld(t *testing.T) {
	for _, test := range []struct {
		name  string
		start func(*gatewaytest.World)
	}{
		{"after a restart", (*gatewaytest.World).Restart},
		{"after a reboot", (*gatewaytest.World).Reboot},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReceivers(t, answering(200))
				w, b := waiting(t, r)
				before := len(r.to("bank"))
				done := restore(t, w, b.Path, func() { test.start(w) })
				if done.Held.Messages != 1 || done.Held.Deliveries != 1 || done.Kept == "" {
					t.Errorf("%+v", done)
				}
				time.Sleep(time.Hour)
				if all := toPhone(w, anna); len(all) != 2 || len(r.to("bank")) != before {
					t.Errorf("after the restore the phone got %q, and the webhook %d, not %d", all, len(r.to("bank")), before)
				}
				if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "new"}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				if all := toPhone(w, anna); len(all) != 3 || all[2] != "new" {
					t.Errorf("what is new does not go out: %q", all)
				}
				open, err := w.Gateway.Verifications(t.Context(), gateway.VerificationFilter{State: gateway.Pending})
				if err != nil || len(open) != 0 {
					t.Errorf("%d verifications are pending, %v", len(open), err)
				}
				q, err := w.Gateway.ReleaseQueue(t.Context())
				if err != nil || q.Messages != 1 || q.Deliveries != 1 {
					t.Errorf("released: %+v, %v", q, err)
				}
				time.Sleep(10 * time.Minute)
				if all := toPhone(w, anna); len(all) != 4 || all[3] != "the pump has stopped" || len(r.to("bank")) != before+1 {
					t.Errorf("after the release the phone got %q, and the webhook %d, not %d", all, len(r.to("bank")), before+1)
				}
				if _, err := w.Gateway.ReleaseQueue(t.Context()); fault.CodeOf(err) != fault.Conflict {
					t.Errorf("a second release: %v", err)
				}
			})
		})
	}
}

// It is held until its owner says what is to become of it, however long that takes, and has
// all of its time then.
func TestACallThatWaitedInABackupIsHeld(t *testing.T) {
	for _, test := range []struct {
		name  string
		start func(*gatewaytest.World)
		end   func(*gateway.Gateway, context.Context) (gateway.HeldQueue, error)
		want  call.State
	}{
		{"dropped after a restart", (*gatewaytest.World).Restart, (*gateway.Gateway).DropQueue, call.Cancelled},
		{"released after a restart", (*gatewaytest.World).Restart, (*gateway.Gateway).ReleaseQueue, call.Completed},
		{"released after a reboot", (*gatewaytest.World).Reboot, (*gateway.Gateway).ReleaseQueue, call.Completed},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := speaking(t, "sim7600", nil)
				time.Sleep(time.Minute)
				for _, to := range []string{anna, "+4915112349998"} {
					if _, err := w.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "shop", To: to, Locale: "en-gb", Text: "the pump has stopped"}); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Second)
				b, err := w.Gateway.Backups().Make(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Minute)
				if done := restore(t, w, b.Path, func() { test.start(w) }); done.Held.Calls != 1 {
					t.Errorf("%+v", done)
				}
				time.Sleep(time.Hour)
				second := func() call.Call {
					list, err := w.Gateway.Calls().List(t.Context(), call.Filter{To: "+4915112349998"})
					if err != nil || len(list) != 1 {
						t.Fatal(list, err)
					}
					return list[0]
				}
				if c := second(); c.State != call.Queued || !c.Dialled.IsZero() || c.Waiting != cause.Held.With().Text {
					t.Errorf("the call is %s, and waits for %q: %s", c.State, c.Waiting, c.Cause)
				}
				if q, err := test.end(w.Gateway, t.Context()); err != nil || q.Calls != 1 {
					t.Fatal(q, err)
				}
				time.Sleep(2 * time.Minute)
				if c := second(); c.State != test.want {
					t.Errorf("the call is %s: %s", c.State, c.Cause)
				}
			})
		})
	}
}

func TestWhatIsDroppedNeverGoesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(200))
		w, b := waiting(t, r)
		before := len(r.to("bank"))
		restore(t, w, b.Path, w.Restart)
		if _, err := w.Gateway.DropQueue(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if all := toPhone(w, anna); len(all) != 2 || len(r.to("bank")) != before {
			t.Errorf("the phone got %q, and the webhook %d", all, len(r.to("bank")))
		}
		list, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{State: gateway.ExpiredOut})
		dropped := slices.DeleteFunc(list, func(m gateway.Message) bool { return m.Verification != "" })
		if err != nil || len(dropped) != 1 || !strings.Contains(dropped[0].Cause.Text, "dropped") {
			t.Errorf("%+v, %v", dropped, err)
		}
		failed, err := w.Gateway.Webhooks().Deliveries(t.Context(), webhook.Filter{State: webhook.Failed})
		if err != nil || len(failed) != 1 {
			t.Errorf("%+v, %v", failed, err)
		}
	})
}

func TestNoCodeAndNoKeyIsInABackup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		time.Sleep(time.Minute)
		if _, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		code := strings.Fields(toPhone(w, anna)[0])[0]
		b, err := w.Gateway.Backups().Make(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(b.Path)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := os.ReadFile(filepath.Join(w.Folder, "run", "code.key"))
		if err != nil || len(secret) == 0 {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(code)) || bytes.Contains(raw, secret) {
			t.Error("the code or its key is in the backup")
		}
		if info, err := os.Stat(b.Path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	})
}

func TestBackupsAreMadeAndTheOldestRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) {
			c.Backup = backup.Config{Every: 24 * time.Hour, Keep: 3}
		}))
		mine := filepath.Join(w.Folder, "backups", "mine.db")
		time.Sleep(time.Hour)
		if err := os.WriteFile(mine, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * 24 * time.Hour)
		all, err := w.Gateway.Backups().List()
		if err != nil || len(all) != 3 || time.Since(all[0].At) > 25*time.Hour {
			t.Errorf("%+v, %v", all, err)
		}
		if _, err := os.Stat(mine); err != nil {
			t.Errorf("a file of somebody else is gone: %v", err)
		}
		w.Restart()
		time.Sleep(time.Hour)
		if again, err := w.Gateway.Backups().List(); err != nil || again[0].Path != all[0].Path {
			t.Errorf("after a restart: %+v, %v", again, err)
		}
	})
}

func TestABackupThatFailsIsToldToTheOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) {
			c.Backup = backup.Config{Every: 24 * time.Hour, Folder: "/proc/no/folder"}
		}))
		time.Sleep(time.Hour)
		events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.BackupFailed})
		if err != nil || len(events) != 1 {
			t.Errorf("%+v, %v", events, err)
		}
	})
}

func TestWhatCannotBeRestored(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	database := filepath.Join(w.Folder, "simgate.db")
	b, err := w.Gateway.Backups().Make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	try := func(path string) error {
		_, err := gateway.Restore(t.Context(), path, database, person.Again{}, nil, slog.New(slog.DiscardHandler))
		return err
	}
	if err := try(b.Path); err == nil || !strings.Contains(err.Error(), "another simgate is using") {
		t.Errorf("while the gateway runs: %v", err)
	}
	w.Stop()
	was, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(b.Path)
	if err != nil {
		t.Fatal(err)
	}
	text, cut, empty := filepath.Join(w.Folder, "text"), filepath.Join(w.Folder, "cut"), filepath.Join(w.Folder, "empty")
	for path, content := range map[string][]byte{text: []byte("hello, this is no database at all"), cut: raw[:len(raw)/2], empty: nil} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := try(path); err == nil {
			t.Errorf("%s was restored", path)
		}
	}
	if err := try(filepath.Join(w.Folder, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	now, err := os.ReadFile(database)
	if err != nil || !bytes.Equal(was, now) {
		t.Errorf("the database was changed, %v", err)
	}
	if left, _ := filepath.Glob(database + ".re*"); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

// Whoever was logged in when a backup was made may have been sent away since.
func TestARestoreLogsEverybodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(0))
		ctx, u, from := t.Context(), w.Gateway.Users(), user.Client{Address: "127.0.0.1"}
		l, err := u.Invite(ctx, user.Socket, "")
		if err != nil {
			t.Fatal(err)
		}
		const password = "lamp-river-otter-nine"
		secret, err := u.Accept(ctx, from, l.Token, "anna", password)
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.Gateway.Backups().Make(ctx)
		if err != nil {
			t.Fatal(err)
		}
		restore(t, w, b.Path, w.Restart)
		u = w.Gateway.Users()
		if s, err := u.Session(ctx, secret); fault.CodeOf(err) != fault.Unauthenticated {
			t.Errorf("the session of the backup: %+v, %v", s, err)
		}
		if _, err := u.Login(ctx, from, "anna", password, false); err != nil {
			t.Errorf("the password of the backup: %v", err)
		}
	})
}
