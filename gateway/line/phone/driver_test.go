package phone_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/line"
	"simgate/gateway/line/phone"
	"simgate/gateway/line/phone/phonetest"
	"simgate/gateway/line/phone/smsgate"
)

// phones answers the webhooks of a world that may not have begun yet.
type phones struct{ w *world }

func (p phones) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	p.w.World.Phones().ServeHTTP(out, r)
}

// A phone sends, reports and receives as a modem does; a long text is given to it whole, and
// counts as what it is.
func TestAPhoneIsALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, unchanged, []phonetest.Option{phonetest.SIMs(phonetest.SIM{Slot: 1, Carrier: "Example Mobile"})},
			gatewaytest.Configure(func(c *gateway.Config) {
				c.Lines.Pace.Day = 100
				c.Lines.SIMs = []line.Settings{{MSISDN: number, Name: "red"}}
			}))
		time.Sleep(10 * time.Second)
		l := w.line(t)
		if l.State != line.Ready || l.Detail != "" || l.Kind != line.Phone || l.Number != number || l.ID != 1 || l.Label != "red" ||
			l.Operator != "Example Mobile" || l.Manufacturer != "Google" || l.Model != "oriole" || l.Revision != "1.66.1" || l.Battery == nil || *l.Battery != (line.Battery{Percent: 80, Charging: true}) {
			t.Errorf("%+v, battery %+v", l, l.Battery)
		}
		if hooks := w.Hooks(); hooks["sms:received"] != "https://simgate.test:8443/v1/phones/old" || len(hooks) != 7 {
			t.Errorf("%q", hooks)
		}
		if homes := w.Gateway.Lines().Homes(); !slices.Equal(homes, []string{"DE"}) {
			t.Errorf("it is at home in %q", homes)
		}
		short := w.send(t, anna, "hello")
		w.want(t, short, 3500*time.Millisecond, gateway.Sent)
		w.want(t, short, 5*time.Second, gateway.Delivered)
		long := w.send(t, anna, strings.Repeat("long text ", 40))
		w.want(t, long, 6*time.Second, gateway.Sent) // the first part of three was delivered
		m := w.want(t, long, 10*time.Second, gateway.Delivered)
		if m.Total != 3 || len(m.Parts) != 1 || m.Parts[0].Modem != "old" || w.left(m.Text) != 1 {
			t.Errorf("%+v", m)
		}
		if u := w.line(t).Usage; len(u) == 0 || u[0].Parts != 4 {
			t.Errorf("%+v", u)
		}
		w.Receive(anna, "and = 'you' <now>?", 1)
		w.Receive("Example", "a name", 1)
		time.Sleep(time.Minute) // it is asked as well
		if got := w.texts(t); !slices.Equal(got, []string{anna + ": and = 'you' <now>?", "Example: a name"}) {
			t.Errorf("%q came in", got)
		}
		w.Battery(50, false)
		w.Ping()
		time.Sleep(time.Second)
		if b := w.line(t).Battery; *b != (line.Battery{Percent: 50}) {
			t.Errorf("%+v", b)
		}
		w.World.Restart()
		time.Sleep(time.Minute)
		if got := w.texts(t); len(got) != 2 || w.line(t).ID != 1 {
			t.Errorf("after a restart %q has come in", got)
		}
	})
}

// Without webhooks everything works, later.
func TestWithoutWebhooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(c *phone.Config) { c.Callback = nil }, nil)
		w.Receive(anna, "from before", 1)
		time.Sleep(10 * time.Second)
		if d := w.line(t).Detail; !strings.Contains(d, "no address at which to call simgate; it is asked every 15s instead") {
			t.Errorf("%q", d)
		}
		id := w.send(t, anna, "hello")
		w.want(t, id, 5*time.Second, gateway.Sent)
		w.want(t, id, 45*time.Second, gateway.Delivered)
		for i := range 250 {
			w.Receive(anna, strconv.Itoa(i), 1)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Minute)
		if got := w.texts(t); len(got) != 50 || got[0] != anna+": 200" || got[49] != anna+": 249" {
			t.Errorf("%d came in: %q", len(got), got)
		}
	})
	synctest.Test(t, func(t *testing.T) { // the app takes none without TLS
		w := start(t, func(c *phone.Config) { c.Callback = func(netip.Addr) string { return "http://simgate.test:8080" } }, nil)
		time.Sleep(10 * time.Second)
		if d := w.line(t).Detail; !strings.Contains(d, "http://simgate.test:8080 (it answers 400: url must start with https://") {
			t.Errorf("%q", d)
		}
	})
}

// honest reports whether what is told of a message after a crash fits how often it has left
// the phone. The gateway may have been killed before it gave the message to the phone.
func honest(m gateway.Message, left int) bool {
	switch m.State {
	case gateway.Delivered:
		return left == 1
	case gateway.Unknown, gateway.Failed:
		return left == 0
	}
	return false
}

// Whichever side is killed, and when, a message leaves the phone once at most, and what
// nobody can tell is unknown.
func TestNothingIsSentTwice(t *testing.T) {
	for after := 0 * time.Millisecond; after < 6*time.Second; after += 1100 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			w := start(t, unchanged, nil)
			time.Sleep(10 * time.Second)
			w.Deaf(true) // what is given to it is taken, and not answered
			deaf := w.send(t, anna, "deaf")
			time.Sleep(after)
			disk := w.Disk()
			w.cut.Store(true)
			w.Crash(disk)
			w.Deaf(false)
			time.Sleep(5 * time.Minute)
			m, n := w.message(t, deaf), w.left("deaf")
			// Killed at once, it may not have noted yet what it was about to ask the phone to do.
			unnoted := after == 0 && m.State == gateway.Unknown && n == 1
			if !unnoted && !honest(m, n) {
				t.Errorf("the gateway was killed after %s: %s (%s), and it has left %d times", after, m.State, m.Cause, n)
			}

			gone := w.send(t, anna, "gone")
			time.Sleep(after)
			w.Kill()
			time.Sleep(30 * time.Second)
			w.Phone.Restart()
			time.Sleep(5 * time.Minute)
			if m := w.message(t, gone); m.State != gateway.Delivered && m.State != gateway.Sent && m.State != gateway.Unknown {
				t.Errorf("it was killed after %s: %s (%s)", after, m.State, m.Cause)
			}
			if n := w.left("gone"); n != 1 {
				t.Errorf("it was killed after %s: it has left %d times", after, n)
			}
		})
	}
}

// The gateway is killed between every two steps of a send: before each request to the phone,
// and when the phone has it. The message leaves the phone once, or nobody has been told that
// it did.
func TestKilledBetweenEveryTwoSteps(t *testing.T) {
	for step := 1; ; step++ {
		reached := false
		for _, taken := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, unchanged, nil)
				time.Sleep(10 * time.Second)
				disk := make(chan string, 1)
				kill := func(n int) (killed, late bool) {
					if n != step {
						return false, false
					}
					disk <- w.Disk()
					return true, taken
				}
				w.kill.Store(&kill)
				id := w.send(t, anna, "hello")
				select {
				case d := <-disk:
					reached = true
					w.Crash(d)
				case <-time.After(20 * time.Second):
				}
				time.Sleep(5 * time.Minute)
				if m, n := w.message(t, id), w.left("hello"); !honest(m, n) {
					t.Errorf("killed at request %d, which the phone has: %v: %s (%s), and it has left %d times", step, taken, m.State, m.Cause, n)
				}
			})
		}
		if !reached {
			if step < 4 {
				t.Errorf("a send has %d requests", step-1)
			}
			return
		}
	}
}

// What was never given to the phone fails, as soon as that is certain; what it was given
// before it was replaced stays unknown.
func TestAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, unchanged, nil)
		time.Sleep(10 * time.Second)
		w.cut.Store(true) // just before the request
		lost := w.send(t, anna, "lost")
		synctest.Wait()
		w.Exec(t, "UPDATE part SET state = 'sending'")
		w.Exec(t, "UPDATE message SET state = 'sending'")
		w.Exec(t, "INSERT INTO phone_message (id, name, device, message, seq, at) VALUES ('sg-LOST', 'old', 'Vq7Zt0mN3bA1cD5eF9gH2', 1, 1, 0)")
		w.Crash(w.Disk())
		w.want(t, lost, 30*time.Second, gateway.Unknown)
		if m := w.want(t, lost, 3*time.Minute, gateway.Failed); m.Cause.Text != "the phone has never got it: send it again" {
			t.Errorf("%q", m.Cause)
		}
		w.Silent(true)
		open := w.send(t, anna, "open")
		w.want(t, open, 2*time.Minute, gateway.Unknown)
		w.Replace("An0therPh0ne")
		w.Silent(false)
		w.want(t, open, 10*time.Minute, gateway.Unknown)
		events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.LineSwapped})
		if err != nil || len(events) != 1 || w.line(t).ID != 2 {
			t.Errorf("%+v, line %d, %v", events, w.line(t).ID, err)
		}
		w.want(t, w.send(t, anna, "new"), 20*time.Second, gateway.Delivered)
	})
}

// What phones and apps do wrong ends in states that are true, and in words that help.
func TestPhonesThatMisbehave(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(t *testing.T, w *world)
	}{
		{"it takes messages and never tells", func(t *testing.T, w *world) {
			w.Silent(true)
			id := w.send(t, anna, "hello")
			if m := w.want(t, id, 2*time.Minute, gateway.Unknown); !strings.Contains(m.Cause.Text, "does not say what became of it") || w.left("hello") != 1 {
				t.Errorf("%q, %d times", m.Cause, w.left("hello"))
			}
		}},
		{"it takes messages and does not get round to them", func(t *testing.T, w *world) {
			w.Pace(time.Hour)
			id := w.send(t, anna, "hello")
			time.Sleep(65 * time.Second)
			w.Pace(time.Second)
			w.want(t, id, 5*time.Minute, gateway.Delivered)
			time.Sleep(2 * time.Hour)
			if n := w.left("hello"); n != 1 {
				t.Errorf("it has left %d times", n)
			}
		}},
		{"it tells before it answers", func(t *testing.T, w *world) {
			w.Early(true)
			w.want(t, w.send(t, anna, "hello"), 30*time.Second, gateway.Delivered)
		}},
		{"it fails once", func(t *testing.T, w *world) {
			w.Fail(1)
			w.want(t, w.send(t, anna, "hello"), 30*time.Second, gateway.Delivered)
			if n := w.left("hello"); n != 1 {
				t.Errorf("it has left %d times", n)
			}
		}},
		{"the network refuses", func(t *testing.T, w *world) {
			w.Refuse(anna, "ERROR_GENERIC_FAILURE")
			if m := w.want(t, w.send(t, anna, "hello"), 20*time.Minute, gateway.Failed); m.Cause.Text != "the network refuses it without a reason: credit, a block, or no network" || m.Tries < 4 {
				t.Errorf("%q after %d tries", m.Cause, m.Tries)
			}
			w.Refuse(anna, "ERROR_NO_SERVICE")
			long := w.send(t, anna, strings.Repeat("long text ", 40))
			if m := w.want(t, long, 20*time.Minute, gateway.Failed); m.Cause.Text != "the phone could not send all parts: the phone has no network" {
				t.Errorf("%q", m.Cause)
			}
		}},
		{"the network cannot deliver", func(t *testing.T, w *world) {
			w.Refuse(anna, "UNDELIVERED")
			w.want(t, w.send(t, anna, "hello"), 20*time.Second, gateway.Undelivered)
		}},
		{"it is away for a while", func(t *testing.T, w *world) {
			w.Away(true)
			id := w.send(t, anna, "hello")
			w.Receive(anna, "while away", 1)
			w.want(t, id, 10*time.Minute, gateway.Queued)
			if l := w.line(t); l.State != line.Absent || !strings.Contains(l.Detail, "nothing answers at "+phonetest.URL) || !strings.Contains(l.Remedy(), "Wi-Fi") {
				t.Errorf("%s: %s; %s", l.State, l.Detail, l.Remedy())
			}
			w.Away(false)
			w.want(t, id, 2*time.Minute, gateway.Delivered)
			if got := w.texts(t); len(got) != 1 {
				t.Errorf("%q came in", got)
			}
		}},
		{"its password is changed", func(t *testing.T, w *world) {
			w.SetPassword("other")
			id := w.send(t, anna, "hello")
			w.want(t, id, 10*time.Minute, gateway.Queued)
			if l := w.line(t); l.State != line.Locked || l.Detail != "the app refuses the user or the password" {
				t.Errorf("%s: %s", l.State, l.Detail)
			}
			w.SetPassword(phonetest.Password)
			w.want(t, id, 2*time.Minute, gateway.Delivered)
		}},
		{"its SIM is gone, or there are two", func(t *testing.T, w *world) {
			w.SetSIMs(phonetest.SIM{Slot: 1}, phonetest.SIM{Slot: 2})
			time.Sleep(10 * time.Minute)
			if l := w.line(t); l.State != line.Faulted || l.Detail != "the phone has 2 SIMs" {
				t.Errorf("%s: %s", l.State, l.Detail)
			}
			w.SetSIMs(phonetest.SIM{Slot: 1, ICCID: "89490200000000000017F", Number: "+491700000002"})
			time.Sleep(10 * time.Minute)
			if l := w.line(t); l.State != line.Ready || l.ICCID != "89490200000000000017" || l.ID != 2 {
				t.Errorf("%s: %+v", l.State, l.SIM)
			}
		}},
		{"its battery runs down", func(t *testing.T, w *world) {
			w.Battery(4, false)
			time.Sleep(5 * time.Minute)
			events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.BatteryLow})
			if err != nil || len(events) != 1 || events[0].Text != "the battery of phone old is at 4 % and is not charged: plug its charger in" {
				t.Errorf("%+v, %v", events, err)
			}
			w.want(t, w.send(t, anna, "hello"), 20*time.Second, gateway.Delivered)
		}},
		{"its clock is wrong by a day", func(t *testing.T, w *world) {
			w.Ahead(24 * time.Hour)
			time.Sleep(time.Minute)
			id := w.send(t, anna, "hello")
			w.Receive(anna, "tomorrow", 1)
			w.want(t, id, 2*time.Minute, gateway.Delivered)
			if got := w.texts(t); len(got) != 1 || !strings.HasPrefix(w.line(t).Detail, "the clocks of the phone and of this machine differ by 24h0m") {
				t.Errorf("%q came in; %s", got, w.line(t).Detail)
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := start(t, unchanged, nil)
				time.Sleep(10 * time.Second)
				tc.do(t, w)
			})
		})
	}
}

// A phone that has got another address says so by its webhooks. It is not followed there:
// whoever has heard one could deliver it again, and be sent the password.
func TestAPhoneMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(c *phone.Config) { c.URL = "http://192.0.2.9:8080" }, nil)
		time.Sleep(10 * time.Second)
		w.cut.Store(true)
		time.Sleep(5 * time.Minute)
		w.Ping()
		time.Sleep(5 * time.Minute)
		if l := w.line(t); l.State != line.Absent || !strings.Contains(l.Detail, "; its app has called from 192.0.2.50") || !strings.HasPrefix(l.Remedy(), "set url to the new address") {
			t.Errorf("%s: %s; %s", l.State, l.Detail, l.Remedy())
		}
		w.cut.Store(false)
		time.Sleep(2 * time.Minute)
		if l := w.line(t); l.State != line.Ready || l.Detail != "" {
			t.Errorf("%s: %s", l.State, l.Detail)
		}
	})
}

// What cannot be kept is left with the phone.
func TestTheDatabaseFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, unchanged, nil)
		time.Sleep(10 * time.Second)
		w.Break(t)
		w.Receive(anna, "hello", 1)
		time.Sleep(10 * time.Minute)
		if st := w.driver.Status(); st.State != line.Faulted || !strings.HasPrefix(st.Detail, "what the phone says cannot be kept: ") {
			t.Errorf("%s: %s", st.State, st.Detail)
		}
	})
}

// A webhook is taken from the phone alone, and one that is repeated changes nothing.
func TestWebhooksAreSigned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(c *phone.Config) { c.SigningKey, c.SIM = "app-made", 1 }, nil)
		time.Sleep(10 * time.Second)
		body := []byte(`{"id":"x1","event":"sms:received","deviceId":"Vq7Zt0mN3bA1cD5eF9gH2","webhookId":"w",
			"payload":{"messageId":"1","sender":"` + anna + `","simNumber":1,"message":"hi","receivedAt":"2026-11-29T10:00:00.000+01:00"}}`)
		stamp := strconv.FormatInt(time.Now().Unix(), 10)
		late := strconv.FormatInt(time.Now().Add(-time.Hour).Unix(), 10)
		deliver := func(name, signature, stamp string, body []byte) error {
			return w.Gateway.Lines().Receive(t.Context(), name, line.Webhook{From: "192.0.2.77", Body: body, Signature: signature, Timestamp: stamp})
		}
		for _, tc := range []struct {
			name, to, signature, stamp string
			code                       fault.Code
		}{
			{"no signature", "old", "", stamp, fault.Unauthenticated},
			{"of another key", "old", smsgate.Sign("other", body, stamp), stamp, fault.Unauthenticated},
			{"of another time", "old", smsgate.Sign("app-made", body, late), stamp, fault.Unauthenticated},
			{"an hour old", "old", smsgate.Sign("app-made", body, late), late, fault.Unauthenticated},
			{"no time", "old", smsgate.Sign("app-made", body, ""), "", fault.Unauthenticated},
			{"to nobody", "new", smsgate.Sign("app-made", body, stamp), stamp, fault.NotFound},
		} {
			if err := deliver(tc.to, tc.signature, tc.stamp, body); fault.CodeOf(err) != tc.code {
				t.Errorf("%s: %v", tc.name, err)
			}
		}
		if got := w.texts(t); len(got) != 0 {
			t.Errorf("%q came in", got)
		}
		for range 2 {
			if err := deliver("old", smsgate.Sign("app-made", body, stamp), stamp, body); err != nil {
				t.Error(err)
			}
		}
		other := []byte(strings.Replace(string(body), `"simNumber":1`, `"simNumber":2`, 1))
		if err := deliver("old", smsgate.Sign("app-made", other, stamp), stamp, other); err != nil {
			t.Error(err)
		}
		if got := w.texts(t); !slices.Equal(got, []string{anna + ": hi"}) {
			t.Errorf("%q came in", got)
		}
		if err := deliver("old", smsgate.Sign("app-made", []byte("{"), stamp), stamp, []byte("{")); fault.CodeOf(err) != fault.Invalid {
			t.Error(err)
		}
		stranger := []byte(strings.ReplaceAll(string(body), "Vq7Zt0mN3bA1cD5eF9gH2", "An0ther"))
		if err := deliver("old", smsgate.Sign("app-made", stranger, stamp), stamp, stranger); fault.CodeOf(err) != fault.Unavailable {
			t.Error(err)
		}
	})
}

// The certificate of the phone is the one that is configured, whoever has signed it.
func TestCertificateIsPinned(t *testing.T) {
	p := phonetest.New()
	defer p.Close()
	server := httptest.NewTLSServer(p.Handler())
	defer server.Close()
	sum := sha256.Sum256(server.Certificate().Raw)
	right := hex.EncodeToString(sum[:])
	for _, tc := range []struct{ name, fingerprint, want string }{
		{"right", strings.ToUpper(right[:2] + ":" + right[2:]), ""},
		{"wrong", strings.Repeat("ab", 32), "its certificate has another fingerprint: " + right},
		{"none", "", "certificate signed by unknown authority"},
	} {
		st, err := phone.Diagnose(t.Context(), phone.Config{Name: "old", URL: server.URL, User: phonetest.User, Password: phonetest.Password, Fingerprint: tc.fingerprint}, slog.New(slog.DiscardHandler))
		if text := fmt.Sprint(err); tc.want == "" && (err != nil || st.Model != "oriole") || tc.want != "" && !strings.Contains(text, tc.want) {
			t.Errorf("%s: %+v, %v", tc.name, st, err)
		}
	}
	for s, valid := range map[string]bool{right: true, strings.ToUpper(right): true, right[2:]: false, "": false, strings.Repeat("x", 64): false} {
		if err := phone.CheckFingerprint(s); (err == nil) != valid {
			t.Errorf("%q: %v", s, err)
		}
	}
}
