package gateway_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/forward"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/journal"
	"simgate/gateway/msisdn"
	"simgate/gateway/person"
	"simgate/gateway/webhook"
	"simgate/modem/simulator"
)

// bert is not forgotten.
const bert = "+4915112345679"

// known is a world in which every table knows of anna, and of bert.
func known(t *testing.T, r *receivers) *gatewaytest.World {
	t.Helper()
	w := posting(t, r, gatewaytest.Modems(1), gatewaytest.Configure(func(c *gateway.Config) {
		c.Guard.Limits.NumberHour = 3
		c.Lines.Pace.RecipientsDay = 1000
		c.Forward = []forward.Rule{{Name: "all", Number: "+4915119999999", Limit: 99}}
	}))
	ctx, g := t.Context(), w.Gateway
	_, err := g.Webhooks().Add(ctx, webhook.Webhook{App: "shop", URL: "http://shop.example/hook", Format: "plain", Kinds: gateway.NewsKinds})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute)
	for i, to := range []string{bert, anna} {
		if i > 0 {
			w.SIMs[0].Plug()
			time.Sleep(time.Minute)
		}
		for range 4 { // the last is refused
			s, err := g.StartVerification(ctx, gateway.NewVerification{App: "shop", To: to, Purpose: "login"})
			if err != nil && fault.CodeOf(err) != fault.RateLimited {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			if err == nil {
				if _, _, err := g.CheckVerification(ctx, gateway.Check{App: "shop", ID: s.Verification.ID, Code: s.Code}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := g.Send(ctx, gateway.NewMessage{App: "shop", To: to, Text: strings.Repeat("a long message ", 20), CustomID: "x"}); err != nil {
			t.Fatal(err)
		}
		if err := w.Network.Subscriber(to).Send(gatewaytest.SIM(0).MSISDN, "hello"); err != nil {
			t.Fatal(err)
		}
		if err := w.Network.Subscriber(to).Call(gatewaytest.SIM(0).MSISDN); err != nil {
			t.Fatal(err)
		}
		if err := g.SetTag(ctx, "shop", to, "customer"); err != nil {
			t.Fatal(err)
		}
		if err := g.Note(ctx, journal.Event{Kind: journal.CallIncoming, Text: "a call from " + to}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		for _, r := range []forward.Rule{{Name: fmt.Sprint("of", i), From: to, Text: "about " + to}, {Name: fmt.Sprint("to", i), Number: to}} {
			r.App, r.Webhook = "nobody", "http://shop.example/hook"
			if _, err := g.Forwards().Add(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		w.SIMs[0].Unplug()
		time.Sleep(time.Minute)
		if _, err := g.Send(ctx, gateway.NewMessage{App: "shop", To: to, Text: "it waits"}); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Guard().SetRule(ctx, guard.NewRule{Kind: guard.Block, Key: to, Reason: "strange"}); err != nil {
			t.Fatal(err)
		}
		if _, err := g.StartVerification(ctx, gateway.NewVerification{App: "shop", To: to}); fault.CodeOf(err) != fault.Forbidden {
			t.Fatal("a number that is blocked:", err)
		}
		time.Sleep(2 * time.Minute)
	}
	return w
}

// filesWith returns the files of a folder that hold a text.
func filesWith(t *testing.T, folder, text string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte(text)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// What is forgotten is in no table and in no file but a backup, which is named; a restore of
// that removes it again.
func TestANumberIsExportedAndForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, newReceivers(t, answering(200)))
		ctx := t.Context()
		before, err := w.Gateway.Export(ctx, "01511 2345678")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"attempts", "parts", "messages", "verifications", "references", "contacts", "inbox", "forwarded", "deliveries",
			"guard_numbers", "guard_counts", "guard_rules", "guard_refusals", "sim_outcomes", "sim_recipients", "events",
			"forwards_to", "forwards_of", "forwards_about"} {
			if len(before.Records[name]) == 0 {
				t.Errorf("the export has no %s", name)
			}
		}
		if first := before.Records["verifications"][0]; strings.Contains(first["text"].(string), "\x1a") || first["to"] != anna || first["mac"] != nil {
			t.Errorf("%v", first)
		}
		old, err := w.Gateway.Backups().Make(ctx)
		if err != nil {
			t.Fatal(err)
		}
		dump := w.Dump(t)
		if err := w.Gateway.SetTag(ctx, "shop", anna, "another"); err != nil { // its delivery is not made yet
			t.Fatal(err)
		}
		f, err := w.Gateway.Forget(ctx, anna)
		if err != nil {
			t.Fatal(err)
		}
		if f.Messages != 1 || f.Removed["messages"] != int64(len(before.Records["messages"])) || !slices.Equal(f.Backups, []string{old.Path}) {
			t.Errorf("%+v", f)
		}
		if !strings.Contains(dump, anna[1:]) || strings.Contains(w.Dump(t), anna[1:]) {
			t.Error("the database knows the number")
		}
		if strings.Count(w.Dump(t), bert) != strings.Count(dump, bert) {
			t.Error("something of another number is gone")
		}
		if found := filesWith(t, w.Folder, anna[1:]); !slices.Equal(found, []string{old.Path}) {
			t.Errorf("the number is in %q", found)
		}
		after, err := w.Gateway.Export(ctx, anna)
		if err != nil || len(after.Records) > 0 {
			t.Errorf("%+v, %v", after, err)
		}
		w.SIMs[0].Plug()
		time.Sleep(10 * time.Minute)
		if all := toPhone(w, anna); slices.Contains(all, "it waits") {
			t.Error("what waited went out")
		}
		if strings.Contains(w.Dump(t), anna[1:]) { // as from memory
			t.Error("the number is back")
		}
		if failed, err := w.Gateway.Events(ctx, journal.Filter{Kind: journal.WebhookFailed}); err != nil || len(failed) > 0 {
			t.Errorf("the owner is told of deliveries about what was forgotten: %v, %v", failed, err)
		}
		if _, err := w.Gateway.Send(ctx, gateway.NewMessage{App: "shop", To: anna, Text: "welcome back"}); err != nil {
			t.Fatal(err)
		}
		later, err := w.Gateway.Backups().Make(ctx)
		if err != nil {
			t.Fatal(err)
		}
		restoreFrom := func(path string) int {
			w.Stop()
			again, err := person.ReadLists(w.Folder, filepath.Dir(path))
			if err != nil {
				t.Fatal(err)
			}
			done, err := gateway.Restore(ctx, path, filepath.Join(w.Folder, "simgate.db"), again, nil, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			w.Restart()
			return done.Forgotten
		}
		if n := restoreFrom(later.Path); n != 0 || !strings.Contains(w.Dump(t), "welcome back") {
			t.Errorf("the restore of a later backup removed %d", n)
		}
		if n := restoreFrom(old.Path); n != 1 || strings.Contains(w.Dump(t), anna[1:]) || !strings.Contains(w.Dump(t), bert) {
			t.Errorf("the restore of an earlier backup removed %d", n)
		}
		w.Stop()
		if err := os.Remove(filepath.Join(w.Folder, person.KeyName)); err != nil {
			t.Fatal(err)
		}
		if _, err := person.ReadLists(w.Folder, filepath.Dir(old.Path)); err == nil || !strings.Contains(err.Error(), "--keep-forgotten") {
			t.Errorf("without the key: %v", err)
		}
	})
}

// Every column of the schema that holds numbers of people, by its name, is declared by the
// room that has it.
func TestTablesWithNumbersArePersonal(t *testing.T) {
	declared := map[string]bool{}
	for _, p := range gateway.Personal {
		declared[p.Table] = true
	}
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	for table, columns := range w.Columns(t) {
		for _, c := range columns {
			if slices.Contains([]string{"recipient", "sender", "number", "msisdn", "to_number"}, c) && !declared[table] && table != "line" && table+"."+c != "refused.number" {
				t.Errorf("%s.%s holds numbers, and no Personal says so", table, c)
			}
		}
	}
}

// A list that cannot be written is said, since a restore would bring the number back.
func TestAListOfForgottenNumbersThatCannotBeWritten(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	if err := os.MkdirAll(filepath.Join(w.Folder, "backups", string(person.ForgottenList)), 0o700); err != nil { // a folder is in its place
		t.Fatal(err)
	}
	if _, err := w.Gateway.Forget(t.Context(), anna); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(fault.MessageOf(err), "forget it again") {
		t.Errorf("%v", err)
	}
}

// While something goes out to a number it is not forgotten, and not half.
func TestANumberIsNotForgottenWhileSomethingGoesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.On(simulator.NewNetwork(simulator.Latency(10*time.Second))))
		time.Sleep(time.Minute)
		if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hello"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		before := w.Dump(t)
		if _, err := w.Gateway.Forget(t.Context(), anna); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("%v", err)
		}
		if w.Dump(t) != before {
			t.Error("something was forgotten")
		}
		time.Sleep(time.Minute)
		if f, err := w.Gateway.Forget(t.Context(), anna); err != nil || f.Number != msisdn.Number(anna) {
			t.Errorf("%+v, %v", f, err)
		}
	})
}
