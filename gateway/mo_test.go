package gateway_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/line"
	"simgate/gateway/mo"
	"simgate/gateway/workflow"
	"simgate/modem/simulator"
)

const ben = "+4915187654321"

// sure says that the numbers of the SIMs are what their owner says they are.
func sure(c *gateway.Config) {
	for i := range 2 {
		card := gatewaytest.SIM(i)
		c.Lines.SIMs = append(c.Lines.SIMs, line.Settings{IMSI: card.IMSI, Number: card.MSISDN})
	}
}

// listening is a world in which people can send texts to the SIM.
func listening(t *testing.T, options ...gatewaytest.Option) *gatewaytest.World {
	t.Helper()
	w := gatewaytest.Start(t, append([]gatewaytest.Option{gatewaytest.Configure(sure)}, options...)...)
	time.Sleep(10 * time.Second)
	return w
}

// steps reads a workflow.
func steps(t *testing.T, s string) workflow.Steps {
	t.Helper()
	w, err := workflow.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// listen starts a verification whose person is to send a text.
func listen(t *testing.T, w *gatewaytest.World, n gateway.NewVerification) gateway.Verification {
	t.Helper()
	if n.Workflow == nil {
		n.Workflow = steps(t, "mo")
	}
	if n.App == "" {
		n.App = "shop"
	}
	n.Brand, n.Locale = "Shop", "en-gb"
	s, err := w.Gateway.StartVerification(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if a := s.Verification.Asked; a == nil || string(a.Number) != gatewaytest.SIM(0).MSISDN || !strings.Contains(a.Text, "Shop: Send this only if you asked for it.") {
		t.Fatalf("the person is asked for %+v", a)
	}
	return s.Verification
}

// phoneSends lets a handset send a text, which has come in when it returns.
func phoneSends(t *testing.T, w *gatewaytest.World, from, text string) {
	t.Helper()
	if err := w.Network.Subscriber(from).Send(gatewaytest.SIM(0).MSISDN, text); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	synctest.Wait()
}

// attemptsOf returns the channels and states of the attempts of a verification, and the cause
// of the last.
func attemptsOf(v gateway.Verification) (all, cause string) {
	for _, a := range v.Attempts {
		all, cause = all+fmt.Sprintf(" %s %s", a.Channel, a.State), a.Cause.Text
	}
	return strings.TrimSpace(all), cause
}

// shows fails unless a verification is in a state, with these attempts and this in the last
// cause.
func shows(t *testing.T, w *gatewaytest.World, id string, s gateway.VerificationState, want, cause string) gateway.Verification {
	t.Helper()
	v, err := w.Gateway.Verification(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	all, why := attemptsOf(v)
	if v.State != s || all != want || cause == "" && why != "" || !strings.Contains(why, cause) {
		t.Errorf("%s: %s: %s, because %q; want %s: %s, because %q", v.Purpose, v.State, all, why, s, want, cause)
	}
	if (v.Asked != nil) != (s == gateway.Pending && strings.Contains(want, "mo awaited")) {
		t.Errorf("%s: while it is %s the person is asked for %v", v.Purpose, v.State, v.Asked)
	}
	return v
}

// tokenOf returns the token of what a person is to send.
func tokenOf(v gateway.Verification) string { return v.Asked.Text[:len("SG 7KQ4-XN2P")] }

// What people, phones and strangers do with a token, each on a verification of its own.
func TestTextsOfPeople(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := listening(t)
		for name, tc := range map[string]struct {
			lets  func(v gateway.Verification)
			state gateway.VerificationState
			want  string
			cause string
		}{
			"it is sent": {func(v gateway.Verification) { phoneSends(t, w, anna, v.Asked.Text) }, gateway.Verified, "mo received", ""},
			"as a quoted reply in small letters": {func(v gateway.Verification) {
				phoneSends(t, w, anna, "> “"+strings.ToLower(strings.ReplaceAll(tokenOf(v), "-", "–"))+"”\nok!\n--\nSent from my phone")
			}, gateway.Verified, "mo received", ""},
			"from another number": {func(v gateway.Verification) { phoneSends(t, w, ben, v.Asked.Text) }, gateway.Pending, "mo awaited", "another number"},
			"from another number, many times, and then from the right one": {func(v gateway.Verification) {
				for range 30 {
					phoneSends(t, w, ben, v.Asked.Text)
				}
				shows(t, w, v.ID, gateway.Pending, "mo awaited", "it was one of 30")
				phoneSends(t, w, anna, v.Asked.Text)
			}, gateway.Verified, "mo received", ""},
			"from a name":         {func(v gateway.Verification) { phoneSends(t, w, "Anna", v.Asked.Text) }, gateway.Pending, "mo awaited", "a name or a short number"},
			"from a short number": {func(v gateway.Verification) { phoneSends(t, w, "22000", v.Asked.Text) }, gateway.Pending, "mo awaited", "a name or a short number"},
			"late": {func(v gateway.Verification) {
				time.Sleep(6 * time.Minute)
				phoneSends(t, w, anna, v.Asked.Text)
			}, gateway.VerificationExpired, "mo awaited", "too late"},
			"after it was cancelled": {func(v gateway.Verification) {
				if _, err := w.Gateway.CancelVerification(t.Context(), "shop", v.ID); err != nil {
					t.Fatal(err)
				}
				phoneSends(t, w, anna, v.Asked.Text)
			}, gateway.VerificationCanceled, "mo awaited", "too late"},
			"twice": {func(v gateway.Verification) {
				phoneSends(t, w, anna, v.Asked.Text)
				phoneSends(t, w, anna, v.Asked.Text)
			}, gateway.Verified, "mo received", "came again"},
			"twice, the second time from another number": {func(v gateway.Verification) {
				phoneSends(t, w, anna, v.Asked.Text)
				phoneSends(t, w, ben, v.Asked.Text)
			}, gateway.Verified, "mo received", "another number"},
			"the same PDU twice": {func(v gateway.Verification) {
				for range 2 {
					deliver(t, w, tpdu("04", "00", "00", 7, septets(tokenOf(v))))
				}
			}, gateway.Verified, "mo received", ""},
			"from the number as it is written at home": {func(v gateway.Verification) {
				deliver(t, w, strings.Replace(tpdu("04", "00", "00", 8, septets(tokenOf(v))), "0D91945111325476F8", "0C81101521436587", 1))
			}, gateway.Verified, "mo received", ""},
			"at the end of a long text": {func(v gateway.Verification) {
				phoneSends(t, w, anna, strings.Repeat("This is a long text. ", 20)+tokenOf(v))
			}, gateway.Verified, "mo received", ""},
			"cut between the parts of a message": {func(v gateway.Verification) {
				token := tokenOf(v)
				deliver(t, w, tpdu("44", "00", "00", 1, piece(201, 2, 2, token[6:]+" bye")))
				w.Restart()
				time.Sleep(10 * time.Second)
				shows(t, w, v.ID, gateway.Pending, "mo awaited", "")
				deliver(t, w, tpdu("44", "00", "00", 1, piece(201, 2, 1, "here it is: "+token[:6])))
			}, gateway.Verified, "mo received", ""},
			"with an error in it": {func(v gateway.Verification) {
				wrong := []byte(tokenOf(v))
				if wrong[3]++; wrong[3] > 'Z' || wrong[3] > '9' && wrong[3] < 'A' || strings.ContainsRune("ILOU", rune(wrong[3])) {
					wrong[3] = '2'
				}
				phoneSends(t, w, anna, string(wrong))
			}, gateway.Pending, "mo awaited", ""},
		} {
			v := listen(t, w, gateway.NewVerification{To: anna, Purpose: name})
			tc.lets(v)
			if after := shows(t, w, v.ID, tc.state, tc.want, tc.cause); after.Tries != 0 || after.Sends != 0 {
				t.Errorf("%s: %d tries and %d sends", name, after.Tries, after.Sends)
			}
		}
		// Nobody was told anything, and nothing that has come in shows a token.
		if n := len(w.Network.Submissions()); n != 0 {
			t.Errorf("%d messages were sent", n)
		}
		texts := 0
		for _, m := range received(t, w) {
			for _, f := range mo.Find(m.Text) {
				t.Errorf("what came in shows %s", f.Token)
			}
			if strings.Contains(m.Text, "••••") && m.App == "shop" {
				texts++
			}
		}
		if texts < 40 {
			t.Errorf("%d of the texts are there, masked", texts)
		}
	})
}

// Of two people who send the token of a verification of nobody yet, one is verified.
func TestTextOfWhomever(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := listening(t, gatewaytest.Modems(2))
		v := listen(t, w, gateway.NewVerification{})
		other := listen(t, w, gateway.NewVerification{})
		if v.To != "" || v.ID == other.ID || tokenOf(v) == tokenOf(other) {
			t.Fatalf("%+v and %+v", v, other)
		}
		if _, verdict, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", ID: v.ID, Code: "123456"}); err != nil || verdict != gateway.Nothing {
			t.Errorf("a code that was never sent is %s, %v", verdict, err)
		}
		phoneSends(t, w, "Anna", v.Asked.Text)
		var group sync.WaitGroup
		for i, number := range []string{anna, ben} {
			group.Go(func() { _ = w.Network.Subscriber(number).Send(gatewaytest.SIM(i).MSISDN, v.Asked.Text) })
		}
		group.Wait()
		time.Sleep(5 * time.Second)
		v = shows(t, w, v.ID, gateway.Verified, "mo received", "another number")
		if v.To != anna && v.To != ben {
			t.Errorf("it is of %q", v.To)
		}
		if again := shows(t, w, other.ID, gateway.Pending, "mo awaited", ""); again.To != "" {
			t.Errorf("the other one is of %q", again.To)
		}
		if _, err := w.Gateway.Guard().SetRule(t.Context(), guard.NewRule{Kind: guard.Block, Scope: guard.ByNumber, Key: ben, Reason: "known"}); err != nil {
			t.Fatal(err)
		}
		phoneSends(t, w, ben, other.Asked.Text)
		if again := shows(t, w, other.ID, gateway.Pending, "mo awaited", "blocked"); again.To != "" {
			t.Errorf("it is of %q, who is blocked", again.To)
		}
	})
}

// A text is answered with a code where that was asked for, and where its sender may be
// forged. It is the code that verifies then.
func TestTextsThatAreAnswered(t *testing.T) {
	for name, tc := range map[string]struct {
		workflow string
		to, smsc string
		cause    string
	}{
		"as asked for":                            {"mo:reply", anna, "", "was answered with a code"},
		"as asked for, of whoever sends it":       {"mo:reply", "", "", "was answered with a code"},
		"by an SMSC of another country":           {"mo", anna, "+12063130004", "SMSC of another country"},
		"by one of another country, of whomever":  {"mo", "", "+12063130004", "SMSC of another country"},
		"by one of another country, with a step":  {"mo:60s,sms", anna, "+12063130004", "SMSC of another country"},
		"as asked for, with a step":               {"mo:reply:60s,sms", anna, "", "was answered with a code"},
		"by one of another country, with a call ": {"mo:60s,voice", anna, "+12063130004", "SMSC of another country"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := listening(t)
				v := listen(t, w, gateway.NewVerification{To: tc.to, Workflow: steps(t, tc.workflow)})
				if tc.smsc != "" {
					w.Network.Subscriber(anna).SendBy(tc.smsc)
				}
				phoneSends(t, w, ben, v.Asked.Text[:5]) // half of it
				phoneSends(t, w, anna, v.Asked.Text)
				phoneSends(t, w, anna, v.Asked.Text)
				got, err := w.Gateway.Verification(t.Context(), v.ID)
				if all, _ := attemptsOf(got); err != nil || got.State != gateway.Pending || all != "mo received sms delivered" || got.To != anna || got.Asked != nil {
					t.Fatalf("%s: %s, %v", got.State, all, err)
				}
				if cause := got.Attempts[0].Cause.Text; !strings.Contains(cause, tc.cause) && !strings.Contains(cause, "came again") {
					t.Errorf("the timeline says %q", cause)
				}
				code := w.Network.Subscriber(anna).Messages()[0].Text[:6]
				if strings.Contains(tc.workflow, ",sms") { // the answer was that step
					time.Sleep(2 * time.Minute)
					if n := len(w.Network.Subscriber(anna).Messages()); n != 1 {
						t.Errorf("%d messages were sent", n)
					}
				}
				if got, verdict, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", ID: v.ID, Code: code}); err != nil || verdict != gateway.Right || got.To != anna {
					t.Errorf("the code is %s, %v: %+v", verdict, err, got)
				}
			})
		})
	}
}

// A part by an SMSC of another country is enough to have a message answered with a code.
func TestOnePartFromElsewhere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := listening(t)
		v := listen(t, w, gateway.NewVerification{To: anna})
		raw := func(s string) []byte {
			b, err := hex.DecodeString(s)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		if err := w.Network.DeliverBy("+12063130004", gatewaytest.SIM(0).MSISDN, raw(tpdu("44", "00", "00", 1, piece(9, 2, 1, tokenOf(v)+" ")))); err != nil {
			t.Fatal(err)
		}
		deliver(t, w, tpdu("44", "00", "00", 1, piece(9, 2, 2, "bye")))
		time.Sleep(5 * time.Second)
		shows(t, w, v.ID, gateway.Pending, "mo received sms delivered", "")
	})
}

// What is asked for beside, before and after a text.
func TestTextsInWorkflows(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := listening(t)
		arrived := func(n int) {
			t.Helper()
			if got := len(w.Network.Subscriber(anna).Messages()); got != n {
				t.Errorf("%d messages have arrived, not %d", got, n)
			}
		}
		again := func(id, workflow string) gateway.Verification {
			t.Helper()
			s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Brand: "Shop", Locale: "en-gb", Workflow: steps(t, workflow)})
			if err != nil || s.Verification.ID != id || !s.Resent {
				t.Fatalf("asked for again by %s: %+v, %v", workflow, s, err)
			}
			time.Sleep(5 * time.Second)
			return s.Verification
		}
		cancel := func(id string) {
			t.Helper()
			if _, err := w.Gateway.CancelVerification(t.Context(), "shop", id); err != nil {
				t.Fatal(err)
			}
		}

		v := listen(t, w, gateway.NewVerification{To: anna, Workflow: steps(t, "mo:120s,sms")})
		time.Sleep(110 * time.Second)
		shows(t, w, v.ID, gateway.Pending, "mo awaited", "")
		if same := again(v.ID, "mo:120s,sms"); same.Asked == nil || *same.Asked != *v.Asked {
			t.Errorf("the person is asked for %+v and then for %+v", v.Asked, same.Asked)
		}
		arrived(0)
		time.Sleep(15 * time.Second)
		shows(t, w, v.ID, gateway.Pending, "mo awaited sms delivered", "")
		arrived(1)
		phoneSends(t, w, anna, v.Asked.Text) // which is good to the end
		shows(t, w, v.ID, gateway.Verified, "mo received sms delivered", "")

		v = listen(t, w, gateway.NewVerification{To: anna}) // and then she would rather have a code
		again(v.ID, "sms")
		arrived(2)
		shows(t, w, v.ID, gateway.Pending, "mo awaited sms delivered", "")
		if same := again(v.ID, "mo"); same.Asked == nil || *same.Asked != *v.Asked {
			t.Errorf("the person is asked for %+v and then for %+v", v.Asked, same.Asked)
		}
		arrived(2)
		code := w.Network.Subscriber(anna).Messages()[1].Text[:6]
		if _, verdict, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", To: anna, Code: code}); err != nil || verdict != gateway.Right {
			t.Errorf("the code is %s, %v", verdict, err)
		}
		phoneSends(t, w, anna, v.Asked.Text)
		shows(t, w, v.ID, gateway.Verified, "mo awaited sms delivered", "")

		s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Brand: "Shop", Locale: "en-gb"})
		if err != nil || s.Verification.Asked != nil {
			t.Fatalf("%+v, %v", s, err)
		}
		time.Sleep(5 * time.Second)
		v = again(s.Verification.ID, "mo") // the code does not arrive, she thinks
		arrived(3)
		shows(t, w, v.ID, gateway.Pending, "sms delivered mo awaited", "")
		again(v.ID, "mo:reply") // too late for a code: there is one
		phoneSends(t, w, anna, v.Asked.Text)
		shows(t, w, v.ID, gateway.Verified, "sms delivered mo received", "")

		v = listen(t, w, gateway.NewVerification{To: anna})
		again(v.ID, "mo:reply")
		phoneSends(t, w, anna, v.Asked.Text)
		shows(t, w, v.ID, gateway.Pending, "mo received sms delivered", "")
		arrived(4)
		cancel(v.ID)
	})
}

// Where no number is certain nobody is asked to send a text, and a step that would is passed
// over at once.
func TestNumbersThatAreNotSure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		time.Sleep(10 * time.Second)
		for _, alone := range []string{"mo", "mo:reply"} {
			_, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Workflow: steps(t, alone)})
			if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "set number for it under sims") {
				t.Errorf("%s: %v", alone, err)
			}
		}
		s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Workflow: steps(t, "mo:120s,sms")})
		if err != nil || s.Verification.Asked != nil {
			t.Fatalf("%+v, %v", s.Verification, err)
		}
		time.Sleep(5 * time.Second)
		shows(t, w, s.Verification.ID, gateway.Pending, "mo failed sms delivered", "")
	})
}

// What a text costs whom: nothing is sent for one, so what strangers start uses up nothing
// of others. What may be sent later is counted before.
func TestLimitsOfTexts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Guard = guard.Config{}
			sure(c)
		}))
		time.Sleep(time.Minute)
		from := func(client, to, workflow, purpose string) fault.Reason {
			t.Helper()
			_, reason, _ := ask(t, w, gateway.NewVerification{App: "shop", To: to, Purpose: purpose, ClientIP: client, Workflow: steps(t, workflow)})
			return reason
		}
		for i := range 20 {
			if reason := from("192.0.2.1", anna, "mo", fmt.Sprint(i)); reason != "" {
				t.Fatalf("text %d is refused: %s", i, reason)
			}
		}
		if reason := from("192.0.2.1", anna, "mo", "20"); reason != fault.LimitClient {
			t.Errorf("one more of the same address: %q", reason)
		}
		if reason := from("192.0.2.1", anna, "mo", "0"); reason != "" {
			t.Errorf("one of those once more: %q", reason)
		}
		for _, who := range []struct{ client, to, workflow string }{{"192.0.2.2", anna, "mo"}, {"", anna, "mo"}, {"", anna, "sms"}, {"", "+12025550123", "mo"}} {
			if reason := from(who.client, who.to, who.workflow, "other"); reason != "" {
				t.Errorf("another start, %+v: %q", who, reason)
			}
		}
		if reason := from("", "+12025550123", "mo:reply", "reply"); reason != fault.CountryClosed {
			t.Errorf("an answer to a country that is closed: %q", reason)
		}
		refused := fault.Reason("")
		for i := range 10 {
			if refused == "" {
				refused = from("", ben, "mo:60s,sms", fmt.Sprint(i))
			}
		}
		if refused != fault.LimitNumber {
			t.Errorf("of ten texts with a code after a minute none is refused: %q", refused)
		}
		time.Sleep(10 * time.Minute)
		if n := len(w.Network.Subscriber(ben).Messages()); n == 0 || n > 5 {
			t.Errorf("%d codes were sent", n)
		}
		if reason := from("192.0.2.1", anna, "mo", "later"); reason != "" {
			t.Errorf("when the others have expired: %q", reason)
		}
	})
}

// What a card says of its number counts once a message has come back, on the owner's
// command, and not where it is an old number or that of another SIM.
func TestNumbersAreProvedOnCommand(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(3), gatewaytest.Cards(func(i int) simulator.SIM {
			card := gatewaytest.SIM(i)
			card.Says = []string{"", gatewaytest.SIM(0).MSISDN, ben}[i]
			return card
		}))
		time.Sleep(10 * time.Second)
		lines, err := w.Gateway.Lines().List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]int64{} // by the names of the modems
		for _, l := range lines {
			ids[l.Name] = l.ID
		}
		asks := func(id int64) error {
			_, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", Line: id, Workflow: steps(t, "mo")})
			return err
		}
		for name, want := range map[string]string{"sim1": "", "sim2": fmt.Sprint("came in by another SIM, line ", ids["sim1"]), "sim3": "has not come back"} {
			if id := ids[name]; asks(id) == nil {
				t.Errorf("%s is certain of its number before it was proved", name)
			}
			l, err := w.Gateway.ProveLine(t.Context(), ids[name])
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || l.Certain != (err == nil) {
				t.Errorf("%s: %v", name, err)
			}
			if err := asks(ids[name]); (err == nil) != (want == "") {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, id := range []int64{0, 99} {
			if _, err := w.Gateway.ProveLine(t.Context(), id); fault.CodeOf(err) != fault.NotFound {
				t.Errorf("line %d: %v", id, err)
			}
		}
		sent := len(w.Network.Submissions())
		if l, err := w.Gateway.ProveLine(t.Context(), ids["sim1"]); err != nil || !l.Certain || len(w.Network.Submissions()) != sent {
			t.Errorf("what is certain is proved again: %+v, %v", l, err)
		}
		if list := received(t, w); len(list) != 0 {
			t.Errorf("the inbox shows %+v", list)
		}
		w.Restart()
		time.Sleep(10 * time.Second)
		if err := asks(ids["sim1"]); err != nil {
			t.Errorf("after a restart: %v", err)
		}
		w.Stop() // the card says another number now than that which was proved
		w.Exec(t, `UPDATE line SET proved = '+491700999999' WHERE proved <> ''`)
		w.Restart()
		time.Sleep(10 * time.Second)
		if err := asks(ids["sim1"]); err == nil {
			t.Error("another number that the card says counts")
		}
	})
}
