package gateway_test

import (
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/backup"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/line"
	"simgate/gateway/notify"
)

// What is changed while a gateway runs takes effect for what is asked, and for what waits.
func TestSettingsChangeWhileTheGatewayRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var before gateway.Config
		r := newReceivers(t, answering(200))
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Lines.Pace.Day = 1
			before = *c
		}))
		ctx, g := t.Context(), w.Gateway
		time.Sleep(time.Minute)
		send := func() error {
			_, err := g.Send(ctx, gateway.NewMessage{App: "shop", To: anna, Text: "hello"})
			time.Sleep(time.Minute)
			return err
		}
		arrived := func(want int) {
			t.Helper()
			if all := toPhone(w, anna); len(all) != want {
				t.Errorf("the phone got %d messages, want %d", len(all), want)
			}
		}
		for range 2 {
			if err := send(); err != nil {
				t.Fatal(err)
			}
		}
		arrived(1)
		after := before
		after.Lines.SIMs = []line.Settings{{ICCID: gatewaytest.SIM(0).ICCID, Name: "red", Pace: &line.Pace{Day: 3}}}
		after.Guard.TextCountries = []string{"FR"}
		after.Notify = notify.Config{Webhook: "http://home/api", Dial: r.dial}
		after.Backup = backup.Config{Every: time.Hour}
		after.KeepMessages = time.Hour
		if err := g.Configure(ctx, after); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		arrived(2)
		if err := send(); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("a message to a country that is no longer open: %v", err)
		}
		w.SIMs[0].Unplug()
		time.Sleep(20 * time.Minute)
		if n := len(r.to("home")); n != 1 {
			t.Errorf("the owner was told %d times", n)
		}
		time.Sleep(3 * time.Hour)
		if all, err := g.Backups().List(); err != nil || len(all) < 2 {
			t.Errorf("%d backups, %v", len(all), err)
		}
		if all, err := g.Messages(ctx, gateway.MessageFilter{}); err != nil || len(all) != 0 {
			t.Errorf("%d messages are kept, %v", len(all), err)
		}
		before.Guard.Countries = []string{guard.AllCountries}
		if err := g.Configure(ctx, before); err != nil {
			t.Fatal(err)
		}
		w.SIMs[0].Plug()
		time.Sleep(20 * time.Minute)
		if n := len(r.to("home")); n != 1 {
			t.Errorf("the owner was told %d times by a way that is gone", n)
		}
	})
}
