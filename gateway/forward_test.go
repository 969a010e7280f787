package gateway_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/forward"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/notify"
	"simgate/gateway/notify/mailtest"
	"simgate/modem/simulator"
)

// forwarding is a world with rules, whose servers are at r.
func forwarding(t *testing.T, r *receivers, rules []forward.Rule, options ...gatewaytest.Option) *gatewaytest.World {
	t.Helper()
	w := gatewaytest.Start(t, append(options, gatewaytest.Configure(func(c *gateway.Config) {
		c.Forward, c.Notify = rules, notify.Config{Dial: r.dial}
	}))...)
	time.Sleep(10 * time.Second)
	return w
}

// comeIn has texts come in from a number, a minute apart.
func comeIn(t *testing.T, w *gatewaytest.World, from string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err := w.Network.Subscriber(from).Send(gatewaytest.SIM(0).MSISDN, text); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
	}
}

// What comes in goes by every way of each rule that it meets, once, in its order, whatever
// fails meanwhile.
func TestForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bob = "+4915112345670"
		r := newReceivers(t, func(string, string) int { return 500 })
		w := forwarding(t, r, []forward.Rule{
			{Name: "parcels", Text: "PARCEL", Number: owner, Limit: 3, Webhook: "http://hook.example/in"},
			{Name: "anna", From: anna, Calls: true, Ntfy: "http://ntfy.example/topic"},
			{Name: "elsewhere", Line: 7, Webhook: "http://never.example/"},
			{Name: "nobodys", App: "shop", Webhook: "http://never.example/"},
		})
		comeIn(t, w, anna, "a parcel", "another parcel", "hello")
		comeIn(t, w, bob, "the third parcel")
		w.Restart()
		if err := w.Network.Subscriber(anna).Call(gatewaytest.SIM(0).MSISDN); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		r.set(func(string, string) int { return 200 })
		before := len(r.to(""))
		time.Sleep(3 * time.Hour)

		equal(t, "the phone", toldByPhone(w), "Fwd "+anna+": a parcel", "Fwd "+anna+": another parcel", "Fwd "+bob+": the third parcel")
		var hook, topic []string
		for _, q := range r.to("")[before:] {
			switch q.host {
			case "hook.example":
				var in map[string]any
				if err := json.Unmarshal([]byte(q.body), &in); err != nil {
					t.Fatal(err)
				}
				hook = append(hook, fmt.Sprint(in["rule"], " ", in["from"], " ", in["text"], " ", in["line"], " ", in["to"]))
			case "ntfy.example":
				topic = append(topic, q.body)
			default:
				t.Errorf("%s gets %s", q.host, q.body)
			}
		}
		sim := " 1 " + gatewaytest.SIM(0).MSISDN
		equal(t, "the URL", hook, "parcels "+anna+" a parcel"+sim, "parcels "+anna+" another parcel"+sim, "parcels "+bob+" the third parcel"+sim)
		equal(t, "the topic", topic, "a parcel", "another parcel", "hello", "missed call from "+anna)

		// The limit of the rule has been reached; a day later it sends again. What cannot be
		// delivered for a day fails, and its owner hears of it.
		comeIn(t, w, anna, "one parcel too many")
		equal(t, "events", failures(t, w), "what came in could not be forwarded by the rule parcels (number): the rule has forwarded as many messages in 24 hours as its limit says")
		r.set(func(host, _ string) int { return 404 })
		time.Sleep(24 * time.Hour)
		comeIn(t, w, bob, "parcel of the next day")
		if got := toldByPhone(w); len(got) != 4 || got[3] != "Fwd "+bob+": parcel of the next day" {
			t.Errorf("the phone: %q", got)
		}
		time.Sleep(50 * time.Hour)
		if got := failures(t, w); len(got) != 2 || !strings.Contains(got[0], "the receiver answered 404") {
			t.Errorf("events: %q", got)
		}
	})
}

// failures returns the events of what could not be forwarded, the newest first.
func failures(t *testing.T, w *gatewaytest.World) (all []string) {
	t.Helper()
	events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.ForwardFailed})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		all = append(all, e.Text)
	}
	return all
}

// Nothing goes round in circles, and the guard judges what goes to a number.
func TestForwardsThatAreNotMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(200))
		sim := func(i int) string { return gatewaytest.SIM(i).MSISDN }
		w := forwarding(t, r, []forward.Rule{
			{Name: "all", Number: owner, Limit: 9},
			{Name: "circle", Number: sim(1), Limit: 9},
		}, gatewaytest.Modems(2))
		comeIn(t, w, owner, "from the owner himself")
		comeIn(t, w, anna, "Fwd +4915112345670: of another gateway")
		if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: sim(0), Text: "from SIM to SIM", Line: 2}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		equal(t, "the phone", toldByPhone(w))
		comeIn(t, w, anna, "hello")
		equal(t, "the phone", toldByPhone(w), "Fwd "+anna+": hello")
		equal(t, "events", failures(t, w))
		in := received(t, w)
		if len(in) != 4 {
			t.Errorf("%q came in", texts(in))
		}
		// What the owner answers belongs to nobody: no app has written to him.
		comeIn(t, w, owner, "thanks")
		if in := received(t, w); in[len(in)-1].App != "" {
			t.Errorf("the answer belongs to %q", in[len(in)-1].App)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := forwarding(t, newReceivers(t, answering(200)), []forward.Rule{{Name: "all", Number: "+33612345678", Limit: 9}}, gatewaytest.Configure(func(c *gateway.Config) {
			c.Guard.Countries = []string{"DE"}
		}), gatewaytest.On(simulator.NewNetwork()))
		comeIn(t, w, anna, "hello", "hello again")
		if got := failures(t, w); len(got) != 1 || !strings.Contains(got[0], "the rule all (number)") {
			t.Errorf("events: %q", got)
		}
	})
}

// addForward keeps a rule.
func addForward(t *testing.T, w *gatewaytest.World, r forward.Rule) {
	t.Helper()
	if _, err := w.Gateway.Forwards().Add(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// Rules that are kept hold at once beside those of the configuration, also after a restart;
// one that is changed goes on from where it was, and one that is removed passes on nothing.
func TestForwardRulesThatAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, answering(200))
		w := forwarding(t, r, []forward.Rule{{Name: "configured", Ntfy: "http://ntfy.example/topic"}}, gatewaytest.Configure(func(c *gateway.Config) {
			c.Webhooks.Dial = r.dial
		}))
		ctx := t.Context()
		comeIn(t, w, anna, "before the rule")
		addForward(t, w, forward.Rule{Name: "parcels", Text: "PARCEL", Number: "01511 2340000", Limit: 3, Webhook: "http://hook.example/in?secret"})
		comeIn(t, w, anna, "a parcel", "hello")
		w.Restart()
		rules := w.Gateway.Forwards()
		comeIn(t, w, anna, "another parcel")
		equal(t, "the phone", toldByPhone(w), "Fwd "+anna+": a parcel", "Fwd "+anna+": another parcel")
		if n, topic := len(r.to("hook.example")), len(r.to("ntfy.example")); n != 2 || topic != 4 {
			t.Errorf("the URL got %d, the topic %d", n, topic)
		}

		// What waits for the URL fails with it; the number keeps what it has had, under another name.
		r.set(answering(500))
		comeIn(t, w, anna, "the third parcel")
		changed, err := rules.Change(ctx, "parcels", func(r *forward.Rule) { r.Name, r.Webhook, r.From = "all-parcels", "", "Post" })
		if err != nil || changed.Number != owner || changed.Limit != 3 || changed.Text != "PARCEL" {
			t.Errorf("%+v, %v", changed, err)
		}
		r.set(answering(200))
		before := len(r.to("hook.example"))
		comeIn(t, w, anna, "a parcel of anna")
		comeIn(t, w, "Post", "a parcel too many")
		if n := len(r.to("hook.example")); n != before {
			t.Errorf("the URL that is gone got %d more", n-before)
		}
		equal(t, "the phone", toldByPhone(w), "Fwd "+anna+": a parcel", "Fwd "+anna+": another parcel", "Fwd "+anna+": the third parcel")
		equal(t, "events", failures(t, w), "what came in could not be forwarded by the rule all-parcels (number): the rule has forwarded as many messages in 24 hours as its limit says")

		if _, err := rules.Remove(ctx, "all-parcels"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Hour)
		comeIn(t, w, "Post", "a parcel for nobody")
		if got := toldByPhone(w); len(got) != 3 {
			t.Errorf("the phone: %q", got)
		}
		if left, err := rules.List(ctx); err != nil || len(left) != 1 || left[0].Name != "configured" {
			t.Errorf("%+v, %v", left, err)
		}
		noted, err := w.Gateway.Events(ctx, journal.Filter{Kind: journal.ForwardChanged})
		if err != nil || len(noted) != 3 || noted[2].Text != "the forward rule parcels was made; it passes on to a number; it passes on to a URL" || strings.Contains(fmt.Sprint(noted), "secret") {
			t.Errorf("%+v, %v", noted, err)
		}
	})
}

// A test goes by every way at once and says what came of each; what goes to a number counts
// for the limit, and is never sent to a SIM of the gateway.
func TestATestOfAForwardRule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceivers(t, func(host, _ string) int { return map[string]int{"hook.example": 404, "ntfy.example": 200}[host] })
		w := forwarding(t, r, []forward.Rule{{Name: "circle", Number: gatewaytest.SIM(0).MSISDN, Limit: 9}}, gatewaytest.Configure(func(c *gateway.Config) {
			c.Webhooks.Dial = r.dial
		}))
		ctx, rules := t.Context(), w.Gateway.Forwards()
		addForward(t, w, forward.Rule{Name: "all", Number: owner, Limit: 1, Webhook: "http://hook.example/", Ntfy: "http://ntfy.example/topic", Token: "tk_x"})
		outcomes := func(name string) (all []string) {
			t.Helper()
			list, err := rules.Test(ctx, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range list {
				all = append(all, string(o.Way)+": "+o.Cause.Text)
			}
			return all
		}
		equal(t, "the first test", outcomes("all"), "number: ", "webhook: the receiver answered 404", "ntfy: ")
		time.Sleep(time.Minute)
		equal(t, "the second test", outcomes("all"), "number: the rule has forwarded as many messages in 24 hours as its limit says", "webhook: the receiver answered 404", "ntfy: ")
		equal(t, "a rule of the configuration", outcomes("circle"), "number: the number is that of a SIM of this gateway")
		equal(t, "the phone", toldByPhone(w), "Fwd simgate: this is a test of the forward rule all")
		if got := r.to("hook.example"); len(got) != 2 || !strings.Contains(got[0].body, `"test":true`) {
			t.Errorf("the URL got %+v", got)
		}
		if _, err := rules.Test(ctx, "none"); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("a rule that is not there: %v", err)
		}
	})
}

func TestForwardRulesThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := forwarding(t, newReceivers(t, answering(200)), []forward.Rule{{Name: "configured", Ntfy: "http://ntfy.example/topic"}})
		rules, ctx := w.Gateway.Forwards(), t.Context()
		addForward(t, w, forward.Rule{Name: "kept", Ntfy: "http://93.184.216.34/topic"})
		for _, test := range []struct {
			name, field, want string
			rule              forward.Rule
		}{
			{"no name", "name", "1 to 32 letters", forward.Rule{Number: owner}},
			{"a name of more than letters", "name", "1 to 32 letters", forward.Rule{Name: "a b", Number: owner}},
			{"the name of one that is kept", "name", "another forward rule", forward.Rule{Name: "kept", Number: owner}},
			{"the name of one of the configuration", "name", "another forward rule", forward.Rule{Name: "configured", Number: owner}},
			{"nowhere", "", "not where to", forward.Rule{Name: "x"}},
			{"what is no number", "number", "", forward.Rule{Name: "x", Number: "12"}},
			{"to where it comes from", "number", "come from this number", forward.Rule{Name: "x", From: "01511 2340000", Number: owner}},
			{"to a SIM of the gateway", "number", "round in circles", forward.Rule{Name: "x", Number: gatewaytest.SIM(0).MSISDN}},
			{"a limit below one", "limit", "from 1 to 1000", forward.Rule{Name: "x", Number: owner, Limit: -1}},
			{"a limit that is too high", "limit", "from 1 to 1000", forward.Rule{Name: "x", Number: owner, Limit: 1001}},
			{"what is no address", "email", "me@example.com", forward.Rule{Name: "x", Email: "me"}},
			{"an address with a name", "email", "me@example.com", forward.Rule{Name: "x", Email: "Me <me@example.com>"}},
			{"mail without a server", "email", "notify.email", forward.Rule{Name: "x", Email: "me@example.com"}},
			{"what is no URL", "webhook", "http://", forward.Rule{Name: "x", Webhook: "ftp://example.com"}},
			{"this machine", "webhook", "webhooks.allow", forward.Rule{Name: "x", Webhook: "http://127.0.0.1/"}},
			{"the local network", "ntfy", "webhooks.allow", forward.Rule{Name: "x", Ntfy: "http://192.168.1.5/topic"}},
			{"a token for nothing", "ntfy", "for a topic", forward.Rule{Name: "x", Number: owner, Token: "tk_x"}},
			{"a token with a line break", "ntfy_token", "no token", forward.Rule{Name: "x", Ntfy: "http://93.184.216.34/", Token: "a\nb"}},
			{"a text of two lines", "text", "one line", forward.Rule{Name: "x", Number: owner, Text: "a\nb"}},
			{"a sender with a line break", "from", "line break", forward.Rule{Name: "x", Number: owner, From: "a\nb"}},
			{"a SIM below zero", "line", "above 0", forward.Rule{Name: "x", Number: owner, Line: -1}},
		} {
			_, err := rules.Add(ctx, test.rule)
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Field != test.field || !strings.Contains(e.Message, test.want) {
				t.Errorf("%s: %v", test.name, err)
			}
		}
		nothing := func(*forward.Rule) {}
		if _, err := rules.Change(ctx, "configured", nothing); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("one of the configuration is changed: %v", err)
		}
		if _, err := rules.Remove(ctx, "configured"); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("one of the configuration is removed: %v", err)
		}
		if _, err := rules.Change(ctx, "kept", func(r *forward.Rule) { r.Ntfy = "" }); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("one goes nowhere: %v", err)
		}
		for i := range forward.MaxRules - 1 {
			addForward(t, w, forward.Rule{Name: fmt.Sprint("more", i), Number: owner})
		}
		if _, err := rules.Add(ctx, forward.Rule{Name: "last", Number: owner}); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("there are more than may be: %v", err)
		}
	})
}

// What comes in reaches the mailbox of a rule by a real mail server, as it was written, from
// whoever it comes: nobody can add to the head of the mail, or end it.
func TestForwardByMail(t *testing.T) {
	for _, test := range []struct {
		name, encryption, from, text, subject string
	}{
		{"from a number", notify.StartTLS, anna, "Grüße – שלום ☕", "simgate: " + anna},
		{"from a name", notify.ImplicitTLS, "Post", "Your parcel is here", "simgate: Post"},
		{"of many lines", notify.NoTLS, anna, "first\nsecond\n.\nMAIL FROM:<x@example.com>\n..\nlast", "simgate: " + anna},
		{"that looks like a head", notify.NoTLS, anna, "Bcc: eve@example.com\n\nSubject: another", "simgate: " + anna},
		{"from a name of two lines", notify.NoTLS, "A\r\nBcc: x@y", "hello", "simgate: A  Bcc: x@y"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, dial := gatewaytest.Listen()
				box := &mailtest.Mailbox{Password: "pass"}
				box.Serve(t, l, test.encryption)
				mailbox := notify.Email{From: "simgate@example.com", Server: "localhost", User: "owner", Password: "pass", TLS: test.encryption}
				if test.encryption == notify.NoTLS {
					box.Password, mailbox.User, mailbox.Password = "", "", "" // nobody says a password in clear
				}
				w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) { c.Notify = notify.Config{Email: mailbox, Dial: dial} }))
				time.Sleep(10 * time.Second)
				addForward(t, w, forward.Rule{Name: "all", Email: "me@example.com"})
				comeIn(t, w, test.from, test.text)

				mails := box.Mails()
				if len(mails) != 1 {
					t.Fatalf("%d mails: %+v, %q", len(mails), mails, failures(t, w))
				}
				got := mails[0]
				if got.From != mailbox.From || !slices.Equal(got.To, []string{"me@example.com"}) || got.Encrypted != (test.encryption != notify.NoTLS) {
					t.Errorf("it came from %s to %q, encrypted %v", got.From, got.To, got.Encrypted)
				}
				m, err := netmail.ReadMessage(strings.NewReader(got.Raw))
				if err != nil {
					t.Fatal(err)
				}
				subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
				if err != nil || subject != test.subject || m.Header.Get("Bcc") != "" || len(m.Header["Subject"]) != 1 {
					t.Errorf("the subject is %q, %v; the head %v", subject, err, m.Header)
				}
				kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
				if err != nil || kind != "text/plain" || !strings.EqualFold(params["charset"], "utf-8") || m.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
					t.Errorf("the head is %v", m.Header)
				}
				body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
				if err != nil || strings.TrimRight(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n") != test.text {
					t.Errorf("the text is %q, %v", body, err)
				}
			})
		})
	}
}
