package optout_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/cause"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/journal"
	"simgate/gateway/optout"
)

func TestMain(m *testing.M) { os.Exit(gatewaytest.Main(m)) }

const (
	anna  = "+4915112345678"
	bert  = "+4915112345679"
	marie = "+33612345678"
)

// world is a gateway whose apps write to people, who write back.
type world struct {
	*gatewaytest.World
	t *testing.T
}

func begin(t *testing.T, options ...gatewaytest.Option) world {
	t.Helper()
	w := world{gatewaytest.Start(t, options...), t}
	time.Sleep(time.Minute)
	return w
}

// send returns the reason for which a message is refused, "" where it was accepted.
func (w world) send(app, to string) fault.Reason {
	w.t.Helper()
	_, err := w.Gateway.Send(w.t.Context(), gateway.NewMessage{App: app, To: to, Text: "news of " + app})
	return w.reason(err)
}

func (w world) reason(err error) fault.Reason {
	w.t.Helper()
	time.Sleep(time.Minute)
	if err == nil {
		return ""
	}
	e, ok := err.(*fault.Error)
	if !ok || e.Code != fault.Forbidden || e.Field != "to" {
		w.t.Fatal(err)
	}
	return e.Reason
}

// says has a person write to the SIM.
func (w world) says(from, text string) {
	w.t.Helper()
	if err := w.Network.Subscriber(from).Send(gatewaytest.SIM(0).MSISDN, text); err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(time.Minute)
}

// got returns what a person has got, and forgets it.
func (w world) got(number string) (texts []string) {
	for {
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Millisecond)
		m, err := w.Network.Subscriber(number).Next(ctx)
		cancel()
		if err != nil {
			return texts
		}
		texts = append(texts, m.Text)
	}
}

func (w world) want(what string, got, want any) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// Whoever answers STOP gets nothing any more of who has written to him last, is told so
// once, gets the codes that he asks for, and with START all of it again.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t)
		ctx := t.Context()
		w.want("before", w.send("shop", anna), fault.Reason(""))
		w.send("news", anna)
		later, err := w.Gateway.Send(ctx, gateway.NewMessage{App: "news", To: anna, Text: "later", NotBefore: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		w.got(anna)
		w.says(anna, "Stop!")
		w.want("news after STOP", w.send("news", anna), fault.OptedOut)
		w.want("shop after STOP to news", w.send("shop", anna), fault.Reason(""))
		answer := "Sie erhalten keine Nachrichten mehr von uns. Antworten Sie START, um sie wieder zu erhalten."
		if got := w.got(anna); !slices.Equal(got, []string{answer, "news of shop"}) {
			t.Errorf("she got %q", got)
		}
		if m, err := w.Gateway.Message(ctx, later.ID); err != nil || m.State != gateway.Cancelled || m.Cause.Code != cause.OptedOut {
			t.Errorf("what waited: %+v, %v", m, err)
		}
		w.says(anna, "ABMELDEN")
		w.want("shop after the second STOP", w.send("shop", anna), fault.OptedOut)
		w.want("an app that has not written yet", w.send("bank", anna), fault.Reason(""))
		w.want("others", w.send("news", bert), fault.Reason(""))
		if _, err := w.Gateway.PlaceCall(ctx, gateway.NewCall{App: "news", To: anna, Text: "news"}); err == nil {
			t.Error("a call is placed")
		}
		s, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: "news", To: anna})
		time.Sleep(time.Minute)
		if got := w.got(anna); err != nil || len(got) != 2 || !strings.Contains(got[1], s.Code) {
			t.Errorf("a code, and no second answer: %q, %v", got, err)
		}
		if _, err := w.Gateway.Guard().SetRule(ctx, guard.NewRule{Kind: guard.Safe, Key: anna}); err != nil {
			t.Fatal(err)
		}
		w.want("with a safe rule", w.send("news", anna), fault.OptedOut)
		v, _, err := w.Gateway.Why(ctx, guard.Text, gateway.NewVerification{App: "news", To: anna})
		if err != nil || v.Refusal == nil || v.Refusal.Reason != fault.OptedOut {
			t.Errorf("why: %+v, %v", v, err)
		}
		w.Restart()
		time.Sleep(time.Minute)
		w.want("after a restart", w.send("news", anna), fault.OptedOut)
		list, err := w.Gateway.OptOuts().Entries(ctx, optout.Filter{Number: "0151 12345678"})
		if err != nil || len(list) != 2 || list[0].App != "shop" || list[0].Word != "ABMELDEN" || list[0].Origin != optout.ByMessage || list[0].Line != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		w.says(anna, "start")
		w.want("after START", w.send("news", anna), fault.Reason(""))
		w.says(anna, "STOP")
		w.want("STOP again", w.send("news", anna), fault.OptedOut)
		if got := w.got(anna); !slices.Equal(got, []string{"news of news"}) {
			t.Errorf("within 30 days: %q", got)
		}
		w.Exec(t, `UPDATE optout_answer SET tick = tick - 2592100000`) // 30 days and a little
		w.says(anna, "START")
		w.says(anna, "STOP")
		if got := w.got(anna); len(got) != 1 {
			t.Errorf("after 30 days: %q", got)
		}
		kinds := map[string]int{}
		changes, err := w.Gateway.Changes(ctx, 0, 1000)
		for _, c := range changes {
			if c.Kind == optout.ChangeKind {
				kinds[c.News+" "+c.App]++
				if c.OptOut == nil || c.OptOut.Number != anna {
					t.Errorf("%+v", c)
				}
			}
		}
		if err != nil || kinds["optout.added news"] == 0 || kinds["optout.removed news"] == 0 {
			t.Errorf("%v, %v", kinds, err)
		}
	})
}

// What nobody has written to, or asks for nothing of anybody, counts for all apps. Numbers
// that no message may go to, short ones and names are not answered.
func TestStopOfStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, gatewaytest.Configure(func(c *gateway.Config) { c.Guard.Countries = []string{"DE"} }))
		w.says(bert, "stop")
		w.want("a stranger", w.send("shop", bert), fault.OptedOut)
		w.send("shop", anna)
		w.says(anna, "STOPALL")
		w.want("all", w.send("bank", anna), fault.OptedOut)
		if got := w.got(bert); len(got) != 1 {
			t.Errorf("%q", got)
		}
		w.says(marie, "arret")
		w.says("22000", "STOP")
		w.says("DHL", "STOP")
		if got := slices.Concat(w.got(marie), w.got("22000")); len(got) > 0 {
			t.Errorf("%q", got)
		}
		list, err := w.Gateway.OptOuts().Entries(t.Context(), optout.Filter{})
		if err != nil || len(list) != 4 || slices.ContainsFunc(list, func(e optout.Entry) bool { return e.Number == "DHL" }) {
			t.Errorf("%+v, %v", list, err)
		}
		// The owner's own word goes out, and his hand adds and removes.
		if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: gateway.OwnerApp, To: bert, Text: "the modem is gone"}); err != nil {
			t.Error(err)
		}
		if err := w.remove(bert); err != nil {
			t.Error(err)
		}
		w.want("removed", w.send("shop", bert), fault.Reason(""))
		e, added, err := w.Gateway.OptOuts().Add(t.Context(), "shop", bert, optout.ByOwner)
		if _, again, errAgain := w.Gateway.OptOuts().Add(t.Context(), "shop", bert, optout.ByOwner); err != nil || errAgain != nil || !added || again {
			t.Errorf("%v %v, %v %v", added, err, again, errAgain)
		}
		w.want("added", w.send("shop", bert), fault.OptedOut)
		if _, err := w.Gateway.OptOuts().Remove(t.Context(), e.ID+1); fault.CodeOf(err) != fault.NotFound {
			t.Error(err)
		}
	})
}

func (w world) remove(number string) error {
	list, err := w.Gateway.OptOuts().Entries(w.t.Context(), optout.Filter{Number: number})
	for _, e := range list {
		if err == nil {
			_, err = w.Gateway.OptOuts().Remove(w.t.Context(), e.ID)
		}
	}
	return err
}

// Of one text to many those are left out who have opted out; to them alone it is refused.
func TestMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t)
		if _, _, err := w.Gateway.OptOuts().Add(t.Context(), "", anna, optout.ByOwner); err != nil {
			t.Fatal(err)
		}
		m := func(to string) gateway.NewMessage { return gateway.NewMessage{App: "shop", To: to, Text: "hi"} }
		all, err := w.Gateway.SendAll(t.Context(), []gateway.NewMessage{m(anna), m(bert)})
		if err != nil || all[0].State != gateway.Cancelled || all[0].Cause.Code != cause.OptedOut || all[1].State != gateway.Queued {
			t.Errorf("%+v, %v", all, err)
		}
		_, err = w.Gateway.SendAll(t.Context(), []gateway.NewMessage{m(anna), m(anna)})
		w.want("her alone", w.reason(err), fault.OptedOut)
		list, _, err := w.Gateway.SendMailing(t.Context(), gateway.Mailing{NewMessage: m(""), Numbers: []string{anna, bert}})
		if err != nil || list[1].Err != nil {
			t.Fatalf("%+v, %v", list, err)
		}
		w.want("in a mailing", w.reason(list[0].Err), fault.OptedOut)
		if got := w.got(anna); len(got) > 0 {
			t.Errorf("she got %q", got)
		}
	})
}

// A message that is refused for the moment, while STOP comes in, is not tried again.
func TestStopWhileSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t)
		w.send("shop", anna)
		w.got(anna)
		w.SIMs[0].Unplug()
		time.Sleep(time.Minute)
		m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "late"})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Gateway.OptOuts().Add(t.Context(), "shop", anna, optout.ByApp); err != nil {
			t.Fatal(err)
		}
		w.SIMs[0].Plug()
		time.Sleep(10 * time.Minute)
		if m, err = w.Gateway.Message(t.Context(), m.ID); err != nil || m.State != gateway.Cancelled || len(w.got(anna)) > 0 {
			t.Errorf("%+v, %v", m, err)
		}
	})
}

// Who is forgotten stays on the list, without his number: it is found when somebody writes
// to it, by START, and after a restart.
func TestForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t)
		ctx := t.Context()
		w.send("shop", anna)
		w.says(anna, "stop")
		before, err := w.Gateway.Export(ctx, anna)
		if err != nil || len(before.Records["opt_outs"]) != 1 {
			t.Errorf("%+v, %v", before, err)
		}
		if _, err := w.Gateway.Forget(ctx, anna); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(w.Dump(t), anna[1:]) {
			t.Error("the database knows the number")
		}
		list, err := w.Gateway.OptOuts().Entries(ctx, optout.Filter{Number: anna})
		if err != nil || len(list) != 1 || list[0].Number != "" || list[0].Word != "" {
			t.Errorf("%+v, %v", list, err)
		}
		w.want("forgotten", w.send("shop", anna), fault.OptedOut)
		w.want("forgotten, another app", w.send("bank", anna), fault.Reason(""))
		w.Restart()
		time.Sleep(time.Minute)
		w.want("after a restart", w.send("shop", anna), fault.OptedOut)
		w.says(anna, "stop") // to the bank
		if _, err := w.Gateway.Forget(ctx, anna); err != nil {
			t.Fatal(err)
		}
		w.want("forgotten twice", w.send("bank", anna), fault.OptedOut)
		if e, err := w.Gateway.Export(ctx, anna); err != nil || len(e.Records["opt_outs"]) != 2 {
			t.Errorf("%+v, %v", e, err)
		}
		w.says(anna, "start")
		w.want("after START", w.send("shop", anna), fault.Reason(""))
		if events, err := w.Gateway.Events(ctx, journal.Filter{}); err != nil || len(events) > 0 {
			t.Errorf("%+v, %v", events, err)
		}
	})
}
