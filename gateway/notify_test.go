package gateway_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/notify"
)

// owner is the phone of the owner.
const owner = "+4915112340000"

// told returns what the webhook of the owner got, as "begun modem.absent".
func told(t *testing.T, r *receivers) (all []string) {
	t.Helper()
	for _, q := range r.to("home") {
		var e notify.Event
		if err := json.Unmarshal([]byte(q.body), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e.State+" "+e.Kind)
	}
	return all
}

// toldByPhone returns the messages that the owner got.
func toldByPhone(w *gatewaytest.World) (all []string) {
	for _, m := range w.Network.Subscriber(owner).Messages() {
		all = append(all, m.Text)
	}
	return all
}

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %q, not %q", what, got, want)
	}
}

func answering(status int) func(string, string) int {
	return func(string, string) int { return status }
}

// notifying is a world whose owner has a webhook at r.
func notifying(t *testing.T, r *receivers, change func(*notify.Config), options ...gatewaytest.Option) *gatewaytest.World {
	t.Helper()
	return gatewaytest.Start(t, append(options, gatewaytest.Configure(func(c *gateway.Config) {
		c.Notify = notify.Config{Webhook: "http://home/api/webhook/x", Dial: r.dial}
		change(&c.Notify)
	}))...)
}

func TestAModemThatIsUnpluggedIsToldOnceAndWhenItIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(200))
		w := notifying(t, r, func(*notify.Config) {}, gatewaytest.Modems(2))
		time.Sleep(10 * time.Minute)
		equal(t, "while all is well", told(t, r))
		w.SIMs[0].Unplug()
		time.Sleep(time.Minute)
		equal(t, "after a minute", told(t, r))
		time.Sleep(30 * time.Hour)
		equal(t, "after a day", told(t, r), "begun modem.absent")
		if troubles, err := w.Gateway.Notifier().Troubles(t.Context()); err != nil || len(troubles) != 1 || troubles[0].Modem != "sim1" ||
			!strings.Contains(troubles[0].Text, "check that it is plugged in") {
			t.Errorf("%+v, %v", troubles, err)
		}
		w.Restart()
		time.Sleep(10 * time.Minute)
		equal(t, "after a restart", told(t, r), "begun modem.absent")
		w.SIMs[0].Plug()
		time.Sleep(10 * time.Minute)
		equal(t, "when it is back", told(t, r), "begun modem.absent", "over modem.absent")
		events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.ModemAbsent})
		if err != nil || len(events) != 2 {
			t.Errorf("%d events, %v", len(events), err)
		}
	})
}

func TestAModemThatComesAndGoesIsToldOnceInAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(200))
		w := notifying(t, r, func(*notify.Config) {}, gatewaytest.Modems(2))
		for range 18 {
			w.SIMs[0].Unplug()
			time.Sleep(5 * time.Minute)
			w.SIMs[0].Plug()
			time.Sleep(5 * time.Minute)
		}
		if n := len(told(t, r)); n < 2 || n > 8 {
			t.Errorf("%d notifications in three hours: %v", n, told(t, r))
		}
		w.SIMs[0].Unplug()
		time.Sleep(2 * time.Hour)
		if all := told(t, r); all[len(all)-1] != "begun modem.absent" {
			t.Errorf("that it has gone for good is not told: %v", all)
		}
	})
}

func TestWhatIsToldInQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(200))
		time.Sleep(24*time.Hour - time.Duration(time.Now().Hour())*time.Hour) // to midnight
		hours := func(c *notify.Config) {
			local := time.Now().Local()
			q, err := notify.ParseQuiet(local.Format("15:04") + "-" + local.Add(7*time.Hour).Format("15:04"))
			if err != nil {
				t.Fatal(err)
			}
			c.Quiet = q
		}
		w := notifying(t, r, hours, gatewaytest.Modems(2))
		time.Sleep(10 * time.Minute)
		w.SIMs[0].Unplug()
		time.Sleep(time.Hour)
		equal(t, "one of two modems", told(t, r))
		w.SIMs[1].Unplug()
		time.Sleep(time.Hour)
		equal(t, "both modems", told(t, r), "begun lines.down")
		w.SIMs[1].Plug()
		time.Sleep(8 * time.Hour)
		equal(t, "in the morning", told(t, r), "begun lines.down", "over lines.down", "begun modem.absent", "over modem.absent")
	})
}

func TestAMessageToTheOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(200))
		w := notifying(t, r, func(c *notify.Config) { c.SMS = owner }, gatewaytest.Modems(2))
		time.Sleep(time.Minute)
		w.SIMs[0].Unplug()
		time.Sleep(10 * time.Minute)
		if all := toldByPhone(w); len(all) != 1 || !strings.HasPrefix(all[0], "simgate: modem sim1 is not there") {
			t.Errorf("the phone got %q", all)
		}
		w.SIMs[1].Unplug()
		time.Sleep(time.Hour)
		if all := toldByPhone(w); len(all) != 1 {
			t.Errorf("the phone got %q", all)
		}
		equal(t, "by the webhook", told(t, r), "begun modem.absent", "begun modem.absent", "begun lines.down")
		withdrawn := 0
		list, err := w.Gateway.Notifier().Notifications(t.Context(), 0)
		for _, n := range list {
			if n.Way == "sms" && n.State == notify.Withdrawn && strings.Contains(n.Cause.Text, "told by the other ways") {
				withdrawn++
			}
		}
		if err != nil || withdrawn != 2 {
			t.Errorf("%d messages are left to the webhook, %v", withdrawn, err)
		}
	})
}

func TestAMessageIsTheOnlyWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) { c.Notify.SMS = owner }))
		time.Sleep(time.Minute)
		w.SIMs[0].Unplug()
		time.Sleep(3 * time.Hour)
		if all := toldByPhone(w); len(all) != 0 {
			t.Errorf("the phone got %q", all)
		}
		w.SIMs[0].Plug()
		time.Sleep(10 * time.Minute)
		if all := toldByPhone(w); len(all) != 2 || !strings.Contains(all[1], "is ready again (since") {
			t.Errorf("the phone got %q", all)
		}
	})
}

func TestTheOwnerGetsTenMessagesADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(200))
		w := notifying(t, r, func(c *notify.Config) { c.SMS = owner }, gatewaytest.Modems(2))
		for range 20 {
			w.SIMs[0].Unplug()
			time.Sleep(30 * time.Minute)
			w.SIMs[0].Plug()
			time.Sleep(40 * time.Minute)
		}
		if n := len(toldByPhone(w)); n != 10 {
			t.Errorf("the phone got %d messages", n)
		}
		if n := len(told(t, r)); n != 40 {
			t.Errorf("the webhook got %d", n)
		}
	})
}

func TestTheGuardJudgesMessagesToTheOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Notify.SMS = "+4790000001" // Norway
			c.Guard.Countries = []string{"DE"}
		}))
		time.Sleep(time.Minute)
		outcomes, err := w.Gateway.Notifier().Test(t.Context())
		if err != nil || len(outcomes) != 1 || outcomes[0].Cause.Code != "country" {
			t.Errorf("%+v, %v", outcomes, err)
		}
	})
}

func TestNothingToldIsLostWhileAReceiverIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(500))
		w := notifying(t, r, func(*notify.Config) {}, gatewaytest.Modems(2))
		time.Sleep(time.Minute)
		w.SIMs[0].Unplug()
		time.Sleep(20 * time.Minute)
		tries := len(told(t, r))
		if tries < 3 || tries > 6 {
			t.Errorf("it was tried %d times in 20 minutes", tries)
		}
		w.Restart()
		r.set(answering(200))
		time.Sleep(2 * time.Hour)
		all := told(t, r)
		if len(all) != tries+1 || all[tries] != "begun modem.absent" {
			t.Errorf("told %v", all)
		}
		r.set(answering(500))
		w.SIMs[0].Plug()
		time.Sleep(48 * time.Hour)
		list, err := w.Gateway.Notifier().Notifications(t.Context(), 1)
		if err != nil || list[0].State != notify.Failed || list[0].Cause.Code != "http_500" {
			t.Errorf("after two days: %+v, %v", list, err)
		}
	})
}

func TestAQuarantineIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(200))
		w := notifying(t, r, func(*notify.Config) {}, gatewaytest.Modems(2))
		time.Sleep(time.Minute)
		for i := range w.SIMs {
			w.Network.Block(gatewaytest.SIM(i).IMSI, 21)
		}
		for i := range 12 {
			_, _ = w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: fmt.Sprintf("+49151123450%02d", i), Text: "hello"})
			time.Sleep(time.Minute)
		}
		time.Sleep(5 * time.Minute)
		equal(t, "when both are blocked", told(t, r), "begun line.quarantined", "begun line.quarantined", "begun lines.down")
		for i := range w.SIMs {
			if err := w.Gateway.Lines().Release(t.Context(), int64(i+1)); err != nil {
				t.Fatal(err)
			}
			w.Network.Unblock(gatewaytest.SIM(i).IMSI)
		}
		time.Sleep(5 * time.Minute)
		equal(t, "when both are released", told(t, r)[3:], "over line.quarantined", "over line.quarantined", "over lines.down")
	})
}

func TestADatabaseThatIsGoneIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(200))
		w := notifying(t, r, func(*notify.Config) {})
		time.Sleep(time.Minute)
		move(t, w, "simgate.db", "aside")
		time.Sleep(10 * time.Minute)
		equal(t, "while it is gone", told(t, r), "begun machine.database")
		move(t, w, "aside", "simgate.db")
		time.Sleep(10 * time.Minute)
		equal(t, "when it is back", told(t, r), "begun machine.database", "over machine.database")
	})
}

func TestWhatTheMachineLacksIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(200))
		var room atomic.Bool
		gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Notify = notify.Config{Ntfy: notify.Server{URL: "http://home/topic"}, Dial: r.dial}
			c.Machine = func() []notify.Condition {
				if room.Load() {
					return nil
				}
				return []notify.Condition{{Name: "disk", Kind: journal.DiskLow, Title: "the disk is nearly full", Text: "make room", Over: "there is room again"}}
			}
		}))
		time.Sleep(5 * time.Minute)
		room.Store(true)
		time.Sleep(5 * time.Minute)
		var texts []string
		for _, q := range r.to("home") {
			texts = append(texts, q.body[:9])
		}
		equal(t, "disk", texts, "make room", "there is ")
	})
}

func TestADeadWebhookIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := 503
		r := newReceivers(t, func(host, _ string) int {
			if host == "home" {
				return 200
			}
			return up
		})
		w := posting(t, r, gatewaytest.Configure(func(c *gateway.Config) { c.Notify = notify.Config{Webhook: "http://home/x", Dial: r.dial} }))
		addWebhook(t, w, "shop", "http://shop.example/hook")
		cancelled(t, w, "shop", "")
		time.Sleep(20 * time.Minute)
		equal(t, "after 20 minutes", told(t, r))
		time.Sleep(4 * time.Hour)
		equal(t, "after four hours", told(t, r), "begun webhook.dead")
		r.set(answering(200))
		time.Sleep(24 * time.Hour)
		equal(t, "when it answers", told(t, r), "begun webhook.dead", "over webhook.dead")
		r.set(func(host, _ string) int {
			if host == "home" {
				return 200
			}
			return 410
		})
		cancelled(t, w, "shop", "")
		time.Sleep(5 * time.Minute)
		equal(t, "when it is disabled", told(t, r)[2:], "begun webhook.dead")
	})
}

// move renames a file of the state.
func move(t *testing.T, w *gatewaytest.World, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(w.Folder, from), filepath.Join(w.Folder, to)); err != nil {
		t.Fatal(err)
	}
}
