package optout_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/cause"
	"simgate/gateway/fault"
	"simgate/gateway/optout"
	"simgate/gateway/person"
)

// restore puts a backup in the place of the database, and returns how many opt-outs it put
// back.
func (w world) restore(backup string) int {
	w.t.Helper()
	w.Stop()
	again, err := person.ReadLists(w.Folder, filepath.Dir(backup))
	if err != nil {
		w.t.Fatal(err)
	}
	done, err := gateway.Restore(w.t.Context(), backup, filepath.Join(w.Folder, "simgate.db"), again, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatal(err)
	}
	w.Restart()
	time.Sleep(time.Minute)
	return done.OptOuts
}

// Whoever has opted out after a backup, or in again, has so when it is restored: also where
// the backup does not know the number, and where it was forgotten.
func TestOptOutsAfterABackup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t)
		ctx := t.Context()
		const app, carl, dora = "my shop", "+4915112345690", "+4915112345691"
		for _, to := range []string{anna, bert, dora} {
			w.send(app, to)
		}
		w.says(bert, "STOP")
		waits, err := w.Gateway.Send(ctx, gateway.NewMessage{App: app, To: anna, Text: "later", NotBefore: time.Now().Add(24 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		old, err := w.Gateway.Backups().Make(ctx)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		w.says(anna, "STOP")
		w.says(bert, "START")
		if _, _, err := w.Gateway.OptOuts().Add(ctx, "", carl, optout.ByOwner); err != nil {
			t.Fatal(err)
		}
		w.says(dora, "STOP")
		if _, err := w.Gateway.Forget(ctx, dora); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		list := filepath.Join(filepath.Dir(old.Path), string(person.OptOutList))
		raw, err := os.ReadFile(list)
		if err != nil || strings.Count(string(raw), "\n") != 5 || slices.ContainsFunc([]string{anna, bert, carl, dora}, func(n string) bool { return strings.Contains(string(raw), n[1:]) }) {
			t.Errorf("%s, %v", raw, err)
		}
		later, err := w.Gateway.Backups().Make(ctx)
		if err != nil {
			t.Fatal(err)
		}
		expect := func(when string) {
			t.Helper()
			for to, want := range map[string]fault.Reason{anna: fault.OptedOut, bert: "", carl: fault.OptedOut, dora: fault.OptedOut} {
				w.want(when+", "+to, w.send(app, to), want)
			}
			w.want(when+", another app", w.send("bank", anna), fault.Reason(""))
			w.want(when+", another app that none may be of", w.send("bank", carl), fault.OptedOut)
		}
		expect("before")
		if n := w.restore(old.Path); n != 4 {
			t.Errorf("%d are put back", n)
		}
		expect("restored")
		if m, err := w.Gateway.Message(ctx, waits.ID); err != nil || m.State != gateway.Cancelled || m.Cause.Code != cause.OptedOut {
			t.Errorf("what waited in the backup: %+v, %v", m, err)
		}
		entries, err := w.Gateway.OptOuts().Entries(ctx, optout.Filter{})
		if err != nil || len(entries) != 3 || strings.Contains(w.Dump(t), carl[1:]) {
			t.Errorf("%+v, %v", entries, err)
		}
		for _, e := range entries {
			if known := e.App == app && e.Origin == optout.ByMessage && e.Number == anna; known == (e.Number == "") || e.Made.IsZero() || e.App == "" && e.Origin != optout.ByOwner {
				t.Errorf("%+v", e)
			}
		}
		w.says(carl, "START")
		w.want("who opts in again", w.send(app, carl), fault.Reason(""))
		if n := w.restore(later.Path); n != 1 { // the START
			t.Errorf("of a later backup %d are put back", n)
		}
		w.want("who has opted in again", w.send(app, carl), fault.Reason(""))

		w.Stop()
		if err := os.WriteFile(list, []byte(strings.Repeat("0", 64)+" 1 lost shop\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := person.ReadLists(w.Folder, filepath.Dir(old.Path))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := gateway.Restore(ctx, old.Path, filepath.Join(w.Folder, "simgate.db"), again, nil, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), `"lost shop"`) {
			t.Errorf("a list that is damaged: %v", err)
		}
		for _, file := range []string{filepath.Join(w.Folder, person.KeyName), filepath.Join(filepath.Dir(list), string(person.ForgottenList))} {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := person.ReadLists(w.Folder, filepath.Dir(old.Path)); err == nil || !strings.Contains(err.Error(), "want no messages") || !strings.Contains(err.Error(), "--keep-forgotten") {
			t.Errorf("without the key: %v", err)
		}
		w.Restart()
	})
}

// A list that could not be written is written later, also by the next run.
func TestTheListIsWrittenLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t)
		list := filepath.Join(w.Folder, "backups", string(person.OptOutList))
		if err := os.MkdirAll(list, 0o700); err != nil { // a folder is in its place
			t.Fatal(err)
		}
		if _, _, err := w.Gateway.OptOuts().Add(t.Context(), "shop", anna, optout.ByApp); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		written := func(when string, lines int) {
			t.Helper()
			if raw, err := os.ReadFile(list); err != nil || strings.Count(string(raw), " added app shop\n") != lines {
				t.Errorf("%s: %s, %v", when, raw, err)
			}
		}
		if err := os.Remove(list); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		written("when that is mended", 1)
		w.Stop()
		if err := os.Remove(list); err != nil {
			t.Fatal(err)
		}
		w.Restart()
		time.Sleep(time.Second)
		written("by the next run", 1)
	})
}
