package gateway_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/line/phone"
	"simgate/gateway/line/phone/phonetest"
)

// A day with three modems and two phones as lines. One modem is unplugged for hours; one
// phone is away, locks the gateway out, has an empty battery and an app that Android ends
// again and again. What was accepted is sent once, what came in is shown once and in its
// order, no line exceeds its budget, and the owner hears of it all.
func TestADayWithModemsAndPhones(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var w *gatewaytest.World
		hooks := gatewaytest.Serve(t, http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) { w.Phones().ServeHTTP(out, r) }))
		good := phonetest.New(phonetest.Hooked(hooks), phonetest.Device("good", "Google/oriole"), phonetest.SIMs(phonetest.SIM{Slot: 1, ICCID: "8949020000000000901"}))
		bad := phonetest.New(phonetest.Hooked(hooks), phonetest.Device("bad", "Fairphone/FP2"))
		config := func(name, number string, dial func(*phone.Config)) phone.Config {
			c := phone.Config{Name: name, URL: phonetest.URL, User: phonetest.User, Password: phonetest.Password, Number: number,
				Callback: func(netip.Addr) string { return "https://simgate.test:8443" }}
			dial(&c)
			return c
		}
		good.Start(t)
		bad.Start(t)
		w = gatewaytest.Start(t, gatewaytest.Modems(3), gatewaytest.Beside(func(log *slog.Logger) []line.Driver {
			return []line.Driver{
				phone.New(config("good", "+491700000901", func(c *phone.Config) { c.Dial = good.Dial }), log),
				phone.New(config("bad", "+491700000902", func(c *phone.Config) { c.Dial = bad.Dial }), log),
			}
		}), gatewaytest.Configure(func(c *gateway.Config) {
			own := line.Pace{Day: 20}
			c.Lines.SIMs = []line.Settings{{ICCID: "8949020000000000901", Pace: &own}}
		}))
		time.Sleep(2 * time.Minute)

		trouble := map[int]func(){
			3: w.SIMs[1].Unplug, 9: w.SIMs[1].Plug,
			5: func() { bad.Away(true) }, 8: func() { bad.Away(false) },
			10: func() { bad.SetPassword("other") }, 11: func() { bad.SetPassword(phonetest.Password) },
			13: func() { bad.Battery(5, false) }, 14: func() { bad.Battery(90, true) },
			15: bad.Kill, 16: bad.Restart, 17: bad.Kill, 18: bad.Restart,
			20: func() { bad.Silent(true) }, 21: func() { bad.Silent(false) },
			22: w.Restart,
		}
		var ids []int64
		var came []string
		for hour := range 24 {
			if do := trouble[hour]; do != nil {
				do()
			}
			for i := range 4 {
				m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: fmt.Sprintf("+49151%08d", 100*hour+i), Text: fmt.Sprintf("message %d.%d", hour, i)})
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, m.ID)
				text := fmt.Sprintf("answer %d.%d", hour, i)
				came = append(came, text)
				if i%2 == 0 {
					err = w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, text)
				} else {
					bad.Receive(anna, text, 1)
				}
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(15 * time.Minute)
			}
		}
		time.Sleep(2 * time.Hour)

		left := map[string]int{}
		for _, s := range w.Network.Submissions() {
			left[s.Text]++
		}
		for _, p := range []*phonetest.Phone{good, bad} {
			for _, s := range p.Sent() {
				left[s.Text]++
			}
			for _, c := range p.Complaints() {
				t.Error("the app complains:", c)
			}
		}
		by, states := map[string]int{}, map[gateway.State]int{}
		for _, id := range ids {
			m, err := w.Gateway.Message(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			states[m.State]++
			if left[m.Text] != 1 {
				t.Errorf("%s (%s, %s) has left %d times", m.Text, m.State, m.Cause, left[m.Text])
			}
			if len(m.Parts) == 1 {
				by[m.Parts[0].Modem]++
			}
		}
		if states[gateway.Delivered]+states[gateway.Unknown] != len(ids) || states[gateway.Unknown] > 8 {
			t.Errorf("%v of %d", states, len(ids))
		}
		if by["good"] > 20 || min(by["sim1"], by["sim2"], by["sim3"], by["good"], by["bad"]) < 8 {
			t.Errorf("the lines have sent %v", by)
		}
		all, err := w.Gateway.Inbox().List(t.Context(), inbox.Filter{Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		var modem, bads, wantModem, wantBad []string
		for _, m := range slices.Backward(all) {
			if m.Line == all[len(all)-1].Line {
				modem = append(modem, m.Text)
			} else {
				bads = append(bads, m.Text)
			}
		}
		for i, text := range came {
			if i%2 == 0 {
				wantModem = append(wantModem, text)
			} else {
				wantBad = append(wantBad, text)
			}
		}
		if !slices.Equal(modem, wantModem) || !slices.Equal(bads, wantBad) {
			t.Errorf("of %d messages %d came in, at a modem %q\n at a phone %q", len(came), len(all), modem, bads)
		}
		for kind, want := range map[journal.Kind]string{journal.ModemAbsent: "modem sim2 is not there", journal.ModemLocked: "phone bad has",
			journal.BatteryLow: "the battery of phone bad is at 5 %", journal.LineBudget: "line "} {
			events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: kind})
			if err != nil || !slices.ContainsFunc(events, func(e journal.Event) bool { return strings.HasPrefix(e.Text, want) }) {
				t.Errorf("%s: %+v, %v", kind, events, err)
			}
		}
	})
}
