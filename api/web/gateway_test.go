package web_test

import (
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/api/web"
	"simgate/gateway"
	"simgate/gateway/call"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/line"
	"simgate/gateway/speech"
	"simgate/gateway/workflow"
	"simgate/modem/simulator"
)

const anna, ben = "+4915112345678", "+4915187654321"

// reader reads the pages of a gateway.
type reader struct {
	*testing.T
	pages *web.Pages
}

// reads returns a page, and fails the test unless it has all of these words, in their order.
func (r reader) reads(path string, status int, words ...string) string {
	r.Helper()
	w := httptest.NewRecorder()
	r.pages.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	rest := w.Body.String()
	if w.Code != status {
		r.Errorf("%s: %d", path, w.Code)
	}
	for _, word := range words {
		_, after, found := strings.Cut(rest, word)
		if !found {
			r.Errorf("%s has no %q in its place: %s", path, word, text(w.Body.String()))
			break
		}
		rest = after
	}
	return w.Body.String()
}

// What became of codes and messages, and why, and whether one can go out now.
func TestTodayAndWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(2), gatewaytest.On(simulator.NewNetwork(simulator.Latency(time.Second), simulator.ReportDelay(time.Second))))
		r, ctx := newReader(t, w), t.Context()
		r.reads("/ui/today", 200, "No code can go out now.", "sim1</a>", "No app has asked", "No phone has confirmed")
		time.Sleep(time.Minute)
		r.reads("/ui/today", 200, "Codes go out.", "sim1", "ready", "sim2")

		started, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: "shop", To: anna})
		if err != nil {
			t.Fatal(err)
		}
		story := "/ui/why/code/" + started.Verification.ID
		r.reads(story, 200, "pending", "The app shop asked for a code.", "Attempt 1: a message (asked for)", "It waits")
		sms, err := w.Network.Subscriber(anna).Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if _, verdict, err := w.Gateway.CheckVerification(ctx, gateway.Check{App: "shop", To: anna, Code: regexp.MustCompile(`\d{4,}`).FindString(sms.Text)}); err != nil || verdict != gateway.Right {
			t.Fatalf("%v, %v", verdict, err)
		}
		page := r.reads(story, 200, "verified", "It went to sim", "The phone confirmed it.", "The right code was given", "one code was compared", "491•••••78")
		if strings.Contains(page, sms.Text) {
			t.Error("the code is on the page")
		}
		r.reads("/ui/today", 200, "A phone confirmed the last one", "100%", "<rect class=\"good\"", "requested", "<dd>1</dd>", "below 4 s")

		w.Network.Refuse(ben, 38)
		m, err := w.Gateway.Send(ctx, gateway.NewMessage{App: "<b>", To: ben, Text: "hi"})
		if err != nil {
			t.Fatal(err)
		}
		for range 5 { // while it is sent, and between the tries
			time.Sleep(1500 * time.Millisecond)
			r.reads("/ui/why/message/"+strconv.FormatInt(m.ID, 10), 200, "tried again", "CMS 38", `href="/docs/causes#cms_38"`)
		}
		r.reads("/ui/why/message/"+strconv.FormatInt(m.ID, 10), 200, "The app &lt;b&gt; sent a message.", "one part", "tried again", "CMS 38")
		german := httptest.NewRequest("GET", "/ui/why/message/"+strconv.FormatInt(m.ID, 10), nil)
		german.Header.Set("Accept-Language", "de")
		if page := text(r.does(german, 200).Body.String()); !strings.Contains(page, "CMS 38: das Netz ist gestört, oder die SIM-Karte hat kein Guthaben oder eine falsche SMS-Zentrale; es wird erneut versucht") {
			t.Errorf("the cause in German: %s", page)
		}
		r.reads("/ui/why", 200, "Sent lately", ben[1:], anna[1:])
		if page := r.reads("/ui/why?number=0151+87654321", 200, "Sent to", "0151 87654321", "/ui/why/message/"); strings.Contains(page, anna[1:]) {
			t.Errorf("what went to another number is found: %s", page)
		}

		r.reads("/ui/why?number=%3Cscript%3E", 200, "&lt;script&gt;", "verdict bad")
		r.reads("/ui/why/code/nothing", 404, "there is no verification")
		r.reads("/ui/why/message/x", 404)
		r.reads("/ui/why/secret/1", 404)

		w.SIMs[0].Eject()
		time.Sleep(time.Minute)
		r.reads("/ui/today", 200, "Codes go out, but not by every SIM.", "sim1</a> starting", "A phone confirmed", "unplug it and plug it in again")
		w.SIMs[1].Unplug()
		time.Sleep(5 * time.Minute)
		r.reads("/ui/today", 200, "No code can go out now.", "Needs you", "nothing can be sent", "check that it is plugged in")
	})
}

// The story of a text that a person sends says what came, and never what was to be sent;
// a verification of nobody yet is shown, too.
func TestWhyOfAText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Lines.SIMs = []line.Settings{{IMSI: gatewaytest.SIM(0).IMSI, Number: gatewaytest.SIM(0).MSISDN}}
		}))
		r, ctx := newReader(t, w), t.Context()
		time.Sleep(time.Minute)
		started, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: "shop", Workflow: workflow.Steps{{Channel: workflow.MO}}})
		if err != nil {
			t.Fatal(err)
		}
		asked, story := started.Verification.Asked, "/ui/why/code/"+started.Verification.ID
		sends := func(from string) {
			if err := w.Network.Subscriber(from).Send(string(asked.Number), asked.Text); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
		}
		sends("Anna")
		for _, page := range []string{"/ui/today", "/ui/why", "/ui/log"} {
			r.reads(page, 200)
		}
		pending := r.reads(story, 200, "pending", "Attempt 1: the person writes to us (asked for)", "A text came that does not count.", "a name or a short number", "It waits for a text of the person")
		sends(anna)
		verified := r.reads(story, 200, "verified", "The text of the person has come.", "The number is verified", "491•••••78")
		if token := asked.Text[3:12]; strings.Contains(pending+verified, token) {
			t.Error("the token is on the page")
		}
	})
}

// callsAnna starts a gateway with one SIM that calls anna, who does with it as told, to say a code.
func callsAnna(t *testing.T, does simulator.Answering) (r reader, id string) {
	w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) { c.Voice = call.Voice{Engine: speech.New(speech.Config{})} }),
		gatewaytest.Simulated(func(int) []simulator.ModemOption {
			return []simulator.ModemOption{simulator.Family("sim7600"), simulator.Radio(simulator.GSM)}
		}))
	time.Sleep(time.Minute)
	w.Network.Subscriber(anna).Answer(does)
	started, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Locale: "en-gb",
		Workflow: workflow.Steps{{Channel: workflow.Voice}}})
	if err != nil {
		t.Fatal(err)
	}
	return newReader(t, w), started.Verification.ID
}

// A story of a call says when it was answered, and how it ended. While it rings Today does not say
// that no code is accepted.
func TestCallOnPages(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("there is no espeak-ng here: apt-get install espeak-ng")
	}
	synctest.Test(t, func(t *testing.T) {
		r, id := callsAnna(t, simulator.Answering{Busy: true})
		time.Sleep(30 * time.Second)
		r.reads("/ui/why/code/"+id, 200, "Attempt 1: a call (asked for)", "It was dialled by sim1.", "There is no other SIM.", "It ended: busy.", "user busy")
	})
	synctest.Test(t, func(t *testing.T) {
		r, _ := callsAnna(t, simulator.Answering{Never: true})
		time.Sleep(20 * time.Second)
		r.reads("/ui/today", 200, "Codes go out.", "in a call")
	})
}

// Today says it where a code waits though a SIM is ready, and where a human has to help at once;
// what a SIM needs is beside it.
func TestTodayDoubts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(2), gatewaytest.Cards(func(i int) simulator.SIM {
			card := gatewaytest.SIM(i)
			if i == 1 {
				card.PIN = "1234"
			}
			return card
		}))
		r := newReader(t, w)
		time.Sleep(2 * time.Minute)
		r.reads("/ui/today", 200, "Codes go out, but not by every SIM.", "Needs you", "modem sim2 has a SIM that is locked", `href="/ui/lines/sim2">Type the PIN`)
		w.Network.Block(gatewaytest.SIM(0).IMSI, 38)
		v, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Brand: "Shop"})
		if err != nil {
			t.Fatal(err)
		}
		r.reads("/ui/today", 200, "Codes go out, but not by every SIM.")
		time.Sleep(20 * time.Second)
		r.reads("/ui/today", 200, "A code is waiting.", "CMS 38", "/ui/why/code/"+v.Verification.ID)
		for _, to := range []string{ben, "+4915111111111", "+4915122222222"} {
			send(t, w, gateway.NewMessage{App: "shop", To: to, Text: "hello"})
			time.Sleep(30 * time.Second)
		}
		page := r.reads("/ui/today", 200, "No code can go out now.", "held", "in a row were refused", "Check its credit")
		if headline, _, _ := strings.Cut(page, "Needs you"); strings.Contains(headline, "CMS 38") {
			t.Error("the headline says what the SIMs say")
		}
	})
}

// A conversation says whose messages the number does not want.
func TestTalkAfterSTOP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t)
		r := newReader(t, w)
		time.Sleep(time.Minute)
		send(t, w, gateway.NewMessage{App: "shop", To: anna, Text: "hello"})
		time.Sleep(time.Minute)
		if page := r.reads("/ui/talk/"+anna, 200, "hello"); strings.Contains(page, "wants no messages") {
			t.Errorf("%s", text(page))
		}
		if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, "STOP"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		r.reads("/ui/talk/"+anna, 200, "STOP", "wants no messages", "shop")
	})
}
