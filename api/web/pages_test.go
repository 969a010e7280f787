package web_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"simgate/api/web"
	"simgate/api/web/forwards"
	"simgate/gateway"
	"simgate/gateway/forward"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/journal"
	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/line/balance"
	"simgate/gateway/line/phone"
	"simgate/gateway/line/phone/phonetest"
	"simgate/gateway/msisdn"
	sentence "simgate/gateway/text"
	"simgate/gateway/webhook"
	"simgate/gateway/workflow"
	"simgate/modem/simulator"
)

// newReader returns a reader of all pages of a gateway.
func newReader(t *testing.T, w *gatewaytest.World) reader {
	pages := web.New(t.Context(), "", slog.New(slog.DiscardHandler))
	addAll(pages, w.Gateway)
	return reader{t, pages}
}

// addAll adds all pages.
func addAll(pages *web.Pages, g *gateway.Gateway) {
	web.AddToday(pages, g)
	web.AddTalk(pages, g)
	web.AddSend(pages, g)
	web.AddLog(pages, g, g.Bookmarks())
	web.AddLines(pages, g)
	web.AddGuard(pages, g)
	web.AddApps(pages, g)
	web.AddWebhooks(pages, g, []string{"standard"})
	forwards.Add(pages, g)
	pages.Add(nil, web.NewWhy(g)...)
}

// posts sends a form, and returns the answer; it fails the test unless that has a status.
func (r reader) posts(path string, form url.Values, status int) *httptest.ResponseRecorder {
	r.Helper()
	request := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r.does(request, status)
}

func (r reader) does(request *http.Request, status int) *httptest.ResponseRecorder {
	r.Helper()
	w := httptest.NewRecorder()
	r.pages.ServeHTTP(w, request)
	if w.Code != status {
		r.Errorf("%s %s: %d %s", request.Method, request.URL, w.Code, text(w.Body.String()))
	}
	return w
}

// text returns what a page says.
func text(page string) string {
	_, page, _ = strings.Cut(page, "<main")
	return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")), " ")
}

// has reports an answer that does not have all of these words.
func (r reader) has(w *httptest.ResponseRecorder, words ...string) {
	r.Helper()
	for _, word := range words {
		if !strings.Contains(w.Body.String(), word) {
			r.Errorf("it has no %q: %s", word, text(w.Body.String()))
		}
	}
}

func send(t *testing.T, w *gatewaytest.World, m gateway.NewMessage) gateway.Message {
	t.Helper()
	sent, err := w.Gateway.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// The log is filtered by its path, exported, and named; what is new is counted, and does
// not move what is read.
func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(2))
		r, ctx := newReader(t, w), t.Context()
		r.reads("/ui/log", 200, "Nothing was sent yet.")
		time.Sleep(time.Minute)
		w.Network.Refuse(ben, 38)
		for i := range 60 {
			send(t, w, gateway.NewMessage{App: "shop", To: anna, Text: fmt.Sprintf("No. %d of many", i)})
			time.Sleep(time.Second)
		}
		send(t, w, gateway.NewMessage{App: "bank", To: ben, Text: `=cmd|"/c calc"!A1`})
		if _, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: "shop", To: anna}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)

		page := r.reads("/ui/log", 200, "code", "No. 59 of many", "delivered", "Older")
		if strings.Contains(page, "No. 5 of") {
			t.Error("the first page is longer than a page")
		}
		older := regexp.MustCompile(`href="(/ui/log\?[^"]*)" rel="next"`).FindStringSubmatch(page)
		if older == nil {
			t.Fatal("there is no way to what is older")
		}
		r.reads(strings.ReplaceAll(older[1], "&amp;", "&"), 200, "No. 0 of many", "Newest")
		for query, want := range map[string]int{"to=0151+12345678": 50, "to=" + url.QueryEscape(ben): 1, "app=bank": 1, "text=no.+7+": 1, "text=nothing": 0, "last=1h&app=bank": 1,
			"from=2001-01-01": 0, "until=1999-01-01": 0, "line=2&app=bank": 1, "state=delivered&app=bank": 0, "kind=code": 1, "kind=code&state=verified": 0, "kind=code&last=24h": 1, "kind=call": 0} {
			page := r.reads("/ui/log?"+query, 200)
			if query == "line=2&app=bank" { // by whichever it went
				continue
			}
			if n := strings.Count(page, `href="/ui/why/`); n != want {
				t.Errorf("%s: %d rows, not %d: %s", query, n, want, text(page))
			}
		}
		for _, bad := range []string{"to=%3Cscript%3E", "last=x", "from=x", "line=x"} {
			r.reads("/ui/log?"+bad, 200, "verdict bad")
		}

		out := r.does(httptest.NewRequest("POST", "/ui/log.csv?app=bank", nil), 200)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.Body.String(), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][3] != "'"+ben || rows[1][5] != "failed" || rows[1][9] != `'=cmd|"/c calc"!A1` {
			t.Errorf("%v, %q", err, rows)
		}
		if rows := strings.Count(r.does(httptest.NewRequest("POST", "/ui/log.csv", nil), 200).Body.String(), "\n"); rows != 63 {
			t.Errorf("an export of all has %d rows", rows)
		}
		r.does(httptest.NewRequest("POST", "/ui/log.csv?last=x", nil), 400)

		// A page is small on its way.
		packed := httptest.NewRequest("GET", "/ui/log", nil)
		packed.Header.Set("Accept-Encoding", "gzip")
		if out := r.does(packed, 200); out.Header().Get("Content-Encoding") != "gzip" || out.Body.Len() > 15_000 {
			t.Errorf("a page of %d octets: %v", out.Body.Len(), out.Header())
		} else if z, err := gzip.NewReader(out.Body); err != nil {
			t.Error(err)
		} else if raw, err := io.ReadAll(z); err != nil || !strings.Contains(string(raw), "No. 59 of many") {
			t.Errorf("%v, %s", err, raw)
		}

		// A search is kept under a name.
		r.posts("/ui/log/save?app=bank&to=0151+87654321", url.Values{"name": {"<b> mine"}}, 303)
		r.reads("/ui/log", 200, `/ui/log?app=bank&amp;to=%2B4915187654321"`, "&lt;b&gt; mine")
		r.posts("/ui/log/save?app=bank", url.Values{"name": {""}}, 400)
		if found, err := w.Gateway.Export(ctx, ben); err != nil || len(found.Records["bookmarks"]) != 1 {
			t.Errorf("of a person it is not known that a search is about it: %v, %v", found.Records, err)
		}
		r.posts("/ui/log/remove", url.Values{"name": {"<b> mine"}}, 303)
		if strings.Contains(r.reads("/ui/log", 200), "mine") {
			t.Error("a search that was removed is there")
		}
	})
}

// What comes while a log is read is counted, in its stream, and the rows stay.
func TestLiveLog(t *testing.T) {
	w := gatewaytest.Start(t)
	r := newReader(t, w)
	first := send(t, w, gateway.NewMessage{App: "shop", To: anna, Text: "first"})
	page := r.reads("/ui/log", 200, "first")
	live := regexp.MustCompile(`hx-sse:connect="([^"]*)"`).FindStringSubmatch(page)
	if live == nil {
		t.Fatal("the page is not live")
	}
	time.Sleep(2 * time.Millisecond) // what came in the same millisecond is taken for as old
	for range 3 {
		send(t, w, gateway.NewMessage{App: "shop", To: anna, Text: "later"})
	}
	s := httptest.NewServer(r.pages)
	defer s.Close()
	answer, err := http.Get(s.URL + strings.ReplaceAll(live[1], "&amp;", "&"))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw := make([]byte, 1<<16)
	got := ""
	for !strings.Contains(got, "3 new") || !strings.Contains(got, "first") {
		n, err := answer.Body.Read(raw)
		if got += string(raw[:n]); err != nil {
			break
		}
	}
	if !strings.Contains(got, "3 new") || !strings.Contains(got, "/ui/why/message/"+strconv.FormatInt(first.ID, 10)) || strings.Contains(got, "later") {
		t.Error(got)
	}
}

// A line says how far it has come, what it has sent, and what the network answers.
func TestLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(2), gatewaytest.Simulated(func(int) []simulator.ModemOption {
			return []simulator.ModemOption{simulator.USSDMenu("*100#", simulator.Menu{Text: "1 credit <i>\u202e2 more", Choices: map[string]simulator.Menu{"1": {Text: "Your credit is 12.34"}}})}
		}), gatewaytest.Configure(func(c *gateway.Config) {
			c.Lines.Pace.Day = 10
			c.Lines.SIMs = []line.Settings{{MSISDN: gatewaytest.SIM(0).MSISDN, Name: "Anna's card", Balance: &balance.Settings{Codes: []string{"*100#", "1"}}}}
		}))
		r := newReader(t, w)
		r.reads("/ui/lines", 200, "sim1", "Port", "not known yet")
		time.Sleep(time.Hour)
		r.reads("/ui/lines", 200, "Anna&#39;s card", "Messages", "good", "sim2")
		first := w.Gateway.Lines().All()[0].ID()
		send(t, w, gateway.NewMessage{App: "shop", To: anna, Text: "hello", Line: first})
		time.Sleep(time.Minute)
		r.reads("/ui/lines/sim1", 200, "ready", "Signal of the last 24 hours", "weakest", "1 / 10", "Ask for the credit", "••••0001")
		r.reads("/ui/lines/nothing", 404, "no modem with this name")

		r.has(r.posts("/ui/lines/sim1/ussd", url.Values{"code": {"*100#"}}, 200), "1 credit &lt;i&gt;[U&#43;202E]2 more", "Answer to the menu", "End the menu")
		r.has(r.posts("/ui/lines/sim1/ussd", url.Values{"end": {"1"}}, 200), "*100#")
		r.has(r.posts("/ui/lines/sim1/ussd", url.Values{"code": {" "}}, 200), "the code is missing")
		r.posts("/ui/lines/sim1/balance", nil, 303)
		r.reads("/ui/lines/sim1", 200, "12.34")
		r.posts("/ui/lines/sim2/balance", nil, 400)

		w.Network.Block(gatewaytest.SIM(0).IMSI, 10)
		for i := range 12 {
			send(t, w, gateway.NewMessage{App: "shop", To: fmt.Sprintf("+4915112345%03d", i), Text: "hello", Line: first})
		}
		time.Sleep(10 * time.Minute)
		r.reads("/ui/lines/sim1", 200, "held", "Release it now", "What happened", "quarantine")
		r.posts("/ui/lines/sim1/release", nil, 303)

		w.SIMs[1].Eject()
		time.Sleep(2 * time.Minute)
		r.reads("/ui/lines/sim2", 200, "SIM</strong><span class=\"quiet\">: not good", "there is no SIM", "not known yet")
	})
}

// A SIM that wants its PIN gets it on its page, and keeps it while the gateway runs.
// A phone that is a line has its own steps.
func TestLinesOfPhones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := phonetest.New()
		p.Start(t)
		w := gatewaytest.Start(t, gatewaytest.Modems(0), gatewaytest.Beside(func(log *slog.Logger) []line.Driver {
			return []line.Driver{phone.New(phone.Config{Name: "old", URL: phonetest.URL, User: phonetest.User, Password: phonetest.Password, Dial: p.Dial}, log)}
		}))
		r := newReader(t, w)
		time.Sleep(time.Minute)
		r.reads("/ui/lines/old", 200, "ready", `Address</strong><span class="quiet">: good`, "Google oriole", "it is asked every 15s instead", "battery 80 %")
		p.SetPassword("other")
		time.Sleep(10 * time.Minute)
		r.reads("/ui/lines/old", 200, "as the app shows them", `Phone</strong><span class="quiet">: not good`, "the app refuses the user or the password", "not known yet")
	})
}

func TestPIN(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Cards(func(i int) simulator.SIM {
			card := gatewaytest.SIM(i)
			card.PIN = "1234"
			return card
		}))
		r := newReader(t, w)
		time.Sleep(time.Minute)
		r.reads("/ui/lines/sim1", 200, "locked", "PIN</strong><span class=\"quiet\">: not good", "Unlock the SIM")
		for _, bad := range []string{"", "12", "1234567890", "12a4"} {
			r.posts("/ui/lines/sim1/pin", url.Values{"pin": {bad}}, 400)
		}
		r.posts("/ui/lines/none/pin", url.Values{"pin": {"1234"}}, 404)
		r.posts("/ui/lines/sim1/pin", url.Values{"pin": {"1111"}}, 303)
		time.Sleep(time.Minute)
		r.reads("/ui/lines/sim1", 200, "locked", "refused", "2 tries of the PIN are left")
		r.posts("/ui/lines/sim1/pin", url.Values{"pin": {"1234"}}, 303)
		time.Sleep(time.Minute)
		if page := r.reads("/ui/lines/sim1", 200, "ready"); strings.Contains(page, "Unlock the SIM") {
			t.Error("a SIM that is unlocked is asked for its PIN")
		}
		r.posts("/ui/lines/sim1/pin", url.Values{"pin": {"1234"}}, 409)
		w.SIMs[0].Unplug()
		time.Sleep(time.Minute)
		w.SIMs[0].Plug()
		time.Sleep(3 * time.Minute)
		r.reads("/ui/lines/sim1", 200, "ready")
	})
}

// A message is looked at before it is sent, and sent once.
func TestSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Guard.Countries = []string{"DE"}
			c.Lines.SIMs = []line.Settings{{MSISDN: gatewaytest.SIM(0).MSISDN, Prices: []line.Price{{Prefix: "+49", Micros: 90_000}}}}
		}))
		r, ctx := newReader(t, w), t.Context()
		time.Sleep(time.Minute)
		once := regexp.MustCompile(`name="once" value="(\w+)"`).FindStringSubmatch(r.reads("/ui/send", 200, "To one number"))
		form := url.Values{"to": {"0151 12345678"}, "text": {"Hello “you” – ☕"}, "once": {once[1]}}
		check := r.posts("/ui/send/check", form, 200)
		r.has(check, "15/70", "one part", "Unicode", "“", "It would be accepted", "0.09", "Replace those that can be")
		if strings.Contains(check.Body.String(), "<html") {
			t.Error("a check is a whole page")
		}
		form.Set("do", "plain")
		r.has(r.posts("/ui/send", form, 200), `Hello &#34;you&#34; - ☕</textarea>`)
		form.Set("do", "check")
		r.has(r.posts("/ui/send", form, 200), "It would be accepted", "Hello “you”")
		form.Set("to", "+33612345678")
		r.has(r.posts("/ui/send", form, 200), "It would be refused", "Open the country", "/ui/guard?to=%2b33612345678&channel=text")
		form.Set("to", "<b>")
		r.has(r.posts("/ui/send", form, 200), `id="problem"`, `aria-invalid="true"`)

		form = url.Values{"to": {"0151 12345678"}, "text": {"Hello\r\nyou"}, "once": {once[1]}, "do": {"send"}, "at": {time.Now().In(time.UTC).Add(time.Hour).Format("2006-01-02T15:04")}, "zone": {"UTC"}}
		form.Set("zone", "Nope/<Nope>")
		for _, path := range []string{"/ui/send", "/ui/send/check"} {
			r.has(r.posts(path, form, 200), "there is no time zone &#34;Nope/&lt;Nope&gt;&#34;: use a name such as Europe/Berlin or UTC")
		}
		r.has(r.posts("/ui/send", form, 200), `name="at" type="datetime-local" value="`+form.Get("at")+`" aria-invalid="true"`)
		r.has(r.posts("/ui/send/many", form, 200), "there is no time zone")
		form.Set("zone", "UTC")
		where := r.posts("/ui/send", form, 303).Header().Get("Location")
		if again := r.posts("/ui/send", form, 303).Header().Get("Location"); again != where {
			t.Errorf("the same form has sent %s and %s", where, again)
		}
		r.reads(where, 200, "It waits.", "Do not send it")
		form.Del("at")
		other := r.posts("/ui/send", form, 303).Header().Get("Location")
		if other == where {
			t.Error("another message is taken for the same")
		}
		if sms, err := w.Network.Subscriber(anna).Next(ctx); err != nil || sms.Text != "Hello\nyou" {
			t.Errorf("%q, %v", sms.Text, err)
		}
		r.posts(where+"/cancel", nil, 303)
		r.reads(where, 200, "It was cancelled", "Send it again")
		r.reads("/ui/send?again="+where[strings.LastIndexByte(where, '/')+1:], 200, anna[1:], "Hello\nyou</textarea>")
		r.posts(other+"/cancel", nil, 409)
		for field, bad := range map[string]string{"line": "x", "lane": "x", "at": "x", "text": " "} {
			f := url.Values{"to": {anna}, "text": {"x"}, field: {bad}, "do": {"send"}}
			r.has(r.posts("/ui/send", f, 200), `id="problem"`)
		}
	})
}

// What is in the columns of a table is put into the text; what would be sent is shown, sent
// once, and nothing is sent while a field is not known.
func TestMerge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Guard.Countries = []string{"DE"}
			c.Lines.SIMs = []line.Settings{{MSISDN: gatewaytest.SIM(0).MSISDN, Prices: []line.Price{{Prefix: "+49", Micros: 90_000}}}}
		}))
		r := newReader(t, w)
		time.Sleep(time.Minute)
		asks := func(fields url.Values, file string, status int) *httptest.ResponseRecorder {
			t.Helper()
			var body bytes.Buffer
			m := multipart.NewWriter(&body)
			for name, values := range fields {
				_ = m.WriteField(name, values[0])
			}
			if file != "" {
				f, _ := m.CreateFormFile("file", "people.csv")
				_, _ = f.Write([]byte(file))
			}
			_ = m.Close()
			request := httptest.NewRequest("POST", "/ui/send/many", &body)
			request.Header.Set("Content-Type", m.FormDataContentType())
			return r.does(request, status)
		}
		const people = "Name;Handynummer;Amount due\n<Anna>;0151 12345678;'=5\n\"Ben; ☕\";+4915187654321;\"7\n8\"\n;+4915187654320;{Name}\nNobody;;1\n"
		for _, bad := range []struct{ text, to, file, want string }{
			{"Hello {surname}", "", people, "no column for the field {surname}. It has {Name}, {Handynummer}, {Amount due}."},
			{"Hello {name (first)}", "", people, "no column for the field {name (first)}"},
			{"Hello {<b>}", "", people, "no column for the field {&lt;b&gt;}"},
			{"Hello {name}", anna, "", "there is no table with titles"},
			{"Hello {name}", "", "+4915112345678\n", "there is no table with titles"},
			{"Hello {name}", "+4915187654322", people, "are in no row of it"},
			{"Hello {name}", "", "name,number,Name\na,+4915112345678,b\n", "several columns for the field {name}"},
			{strings.Repeat("{name}", 12), "", "name,number\n" + strings.Repeat(strings.Repeat("x", 90_000)+",+4915112345678\n", 10), "too long in all"},
		} {
			for _, do := range []string{"preview", "send"} {
				r.has(asks(url.Values{"text": {bad.text}, "to": {bad.to}, "do": {do}}, bad.file, 200), bad.want)
			}
		}
		if n := len(w.Network.Submissions()); n != 0 {
			t.Fatalf("%d were sent", n)
		}
		form := url.Values{"text": {"Hello {name}, {{x} {AMOUNT DUE}"}, "once": {strings.Repeat("b", 32)}, "do": {"preview"}}
		shown := asks(form, people, 200)
		r.has(shown, "Texts in which a field is empty: 1", "The first as they will be sent", "Hello &lt;Anna&gt;, {x} =5", "Hello Ben; ☕, {x} 7\n8", "Hello , {x} {Name}", "Send it to 3 numbers", "0.27", "rows 3, columns 3")
		kept := regexp.MustCompile(`(?s)<textarea name="table"[^>]*>(.*?)</textarea>`).FindStringSubmatch(shown.Body.String())
		if kept == nil {
			t.Fatal(shown.Body)
		}
		form.Set("table", strings.ReplaceAll(html.UnescapeString(kept[1]), "\n", "\r\n")) // as browsers send it
		form.Set("do", "send")
		where := asks(form, "", 303).Header().Get("Location")
		if again := asks(form, "", 303).Header().Get("Location"); again != where {
			t.Errorf("the same form has sent %s and %s", where, again)
		}
		time.Sleep(time.Minute)
		r.reads(where, 200, "<strong>3</strong>", "of 3 are on their way")
		for to, want := range map[string]string{anna: "Hello <Anna>, {x} =5", ben: "Hello Ben; ☕, {x} 7\n8", "+4915187654320": "Hello , {x} {Name}"} {
			if got := w.Network.Subscriber(to).Messages(); len(got) != 1 || got[0].Text != want {
				t.Errorf("%s has %+v", to, got)
			}
		}
		for _, path := range []string{"/ui/send", "/ui/send/many", "/ui/talk/" + anna, "/ui/guard/rule"} { // the text is kept by the browser
			r.has(r.posts(path, url.Values{"to": {anna}, "text": {strings.Repeat("x", 5<<20)}}, 413), "too large")
		}
		r.has(asks(url.Values{"text": {"x"}, "do": {"preview"}}, "number,name\n"+strings.Repeat("+4915112345678,"+strings.Repeat("y", 300)+"\n", 8000), 200), "get it")
		// Each title is a field, whatever is in it, and however its accents are written.
		odd := url.Values{"text": {"{Name/Vorname} {Pr\u00e9nom} {a: (b) <c>}"}, "once": {strings.Repeat("d", 32)}, "do": {"send"}}
		asks(odd, "number,Name/Vorname,Pre\u0301nom,a: (b) <c>\n+4915112345671,A,B,C\n", 303)
		time.Sleep(time.Minute)
		if got := w.Network.Subscriber("+4915112345671").Messages(); len(got) != 1 || got[0].Text != "A B C" {
			t.Errorf("%+v", got)
		}
		form.Set("text", "To all {{") // no field: the text of all
		form.Set("once", strings.Repeat("c", 32))
		asks(form, "", 303)
		time.Sleep(time.Minute)
		if got := w.Network.Subscriber(anna).Messages(); len(got) != 2 || got[1].Text != "To all {" {
			t.Errorf("%+v", got)
		}
	})
}

// A message to many comes from a table, is looked at first, and its progress is seen.
func TestSendToMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) { c.Guard.Countries = []string{"DE"} }))
		r := newReader(t, w)
		time.Sleep(time.Minute)
		for name, tc := range map[string]struct {
			table string
			want  []string // in the preview
		}{
			"a title":      {"\ufeffname;Number\nAnna;'+4915112345678\nBen;0151 87654321\nEve;+33612345678\nNobody;\nMad;12<b>\n", []string{">2<", "get nothing", "+33612345678", "12&lt;b&gt;", "Send it to 2 numbers"}},
			"no title":     {"Anna,+49 151 12345678,x\nBen,+49 151 87654321,y\n", []string{"Send it to 2 numbers"}},
			"one column":   {"+4915112345678\r\n+4915187654321\r\n", []string{"Send it to 2 numbers"}},
			"one twice":    {"+4915112345678\n0151 12345678\n+4915187654321\n", []string{"get it once: 1", "Send it to 2 numbers"}},
			"no number":    {"a,b\nc,d\n", []string{"there is no number in this file"}},
			"another code": {"name,number\nJ\xfcrg,+4915112345678\n", []string{"not in UTF-8"}},
		} {
			var body bytes.Buffer
			m := multipart.NewWriter(&body)
			_ = m.WriteField("text", "We open at nine")
			f, _ := m.CreateFormFile("file", "people.csv")
			_, _ = f.Write([]byte(tc.table))
			_ = m.Close()
			request := httptest.NewRequest("POST", "/ui/send/many", &body)
			request.Header.Set("Content-Type", m.FormDataContentType())
			answer := r.does(request, 200)
			t.Log(name)
			r.has(answer, tc.want...)
		}
		form := url.Values{"to": {"+4915112345678, +4915187654321\n+33612345678"}, "text": {"We open at nine"}, "once": {strings.Repeat("a", 32)}, "do": {"send"}}
		where := r.posts("/ui/send/many", form, 303).Header().Get("Location")
		if again := r.posts("/ui/send/many", form, 303).Header().Get("Location"); again != where {
			t.Errorf("the same form has sent %s and %s", where, again)
		}
		time.Sleep(time.Minute)
		r.reads(where, 200, "<strong>2</strong>", "of 2 are on their way", "delivered")
		if n := len(w.Network.Submissions()); n != 2 {
			t.Errorf("%d were sent", n)
		}
		r.reads("/ui/send/many/none", 404)
		form.Set("to", "+33612345678")
		r.has(r.posts("/ui/send/many", form, 200), `id="problem"`)
	})
}

// A conversation shows what went to a number and what came from it, and can be gone on with.
func TestTalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.On(simulator.NewNetwork(simulator.Latency(time.Second), simulator.ReportDelay(time.Second))))
		r, ctx := newReader(t, w), t.Context()
		r.reads("/ui/talk", 200, "Nobody has written yet")
		time.Sleep(time.Minute)
		sim, phone := gatewaytest.SIM(0).MSISDN, w.Network.Subscriber(anna)
		send(t, w, gateway.NewMessage{App: "shop", To: anna, Text: "Is Monday all right?"})
		time.Sleep(time.Minute)
		if err := errors.Join(phone.Send(sim, "yes <b>\u202e"), phone.Call(sim)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: "shop", To: anna}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		path := "/ui/talk/" + anna
		r.reads("/ui/talk", 200, `href="`+strings.ReplaceAll(path, "+", "&#43;")+`"`, "2 unread", "Missed call")
		r.reads("/ui/talk?unread=1", 200, anna[1:])
		page := r.reads(path, 200, "Is Monday all right?", "delivered", "yes &lt;b&gt;[U&#43;202E]", "Missed call", "Mark as read", "Answer")
		newest := regexp.MustCompile(`name="newest" value="(\d+)"`).FindStringSubmatch(page)
		form := url.Values{"text": {"See you then"}, "once": {"1"}, "newest": {newest[1]}, "line": {"1"}}
		r.posts(path, form, 303)
		r.posts(path, form, 303) // the same form twice is one message
		time.Sleep(time.Minute)
		// Beside it is the list of all, with what was said last.
		if page := r.reads(path, 200, "See you then", "delivered"); strings.Count(page, "See you then") != 2 || strings.Contains(page, "Mark as read") {
			t.Errorf("%s", text(page))
		}
		r.reads("/ui/talk?unread=1", 200, "All is read.")
		form.Set("text", " ")
		r.has(r.posts(path, form, 200), `id="problem"`, "See you then")
		r.posts(path+"/read", url.Values{"newest": {"0"}}, 303)
		r.reads("/ui/talk/%3Cscript%3E", 200, "&lt;script&gt;", "Nothing yet.")
		for i := range 60 {
			send(t, w, gateway.NewMessage{App: "shop", To: ben, Text: fmt.Sprintf("No. %d of many", i)})
		}
		older := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(r.reads("/ui/talk/"+ben, 200, "No. 10 of", "No. 59 of"))
		if older == nil {
			t.Fatal("there is no way to what is older")
		}
		r.reads(html.UnescapeString(older[1]), 200, "No. 0 of", "No. 9 of")
	})
}

// The guard says what it would answer, what it has refused, and what a country costs.
func TestGuardPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Guard = guard.Config{Countries: []string{"DE"}}
			c.Lines.SIMs = []line.Settings{{MSISDN: gatewaytest.SIM(0).MSISDN, Prices: []line.Price{{Prefix: "+33", Micros: 70_000}}}}
		}))
		r, ctx := newReader(t, w), t.Context()
		time.Sleep(time.Minute)
		const abroad = "+33612345678"
		r.reads("/ui/guard", 200, "Nothing was refused lately.", "There are no rules")
		if _, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: "<shop>", To: abroad}); err == nil {
			t.Fatal("a code abroad is accepted")
		}
		r.reads("/ui/guard", 200, "/ui/guard?to=%2b33612345678&app=%3cshop%3e", "refused", "FR", "&lt;shop&gt;")
		r.reads("/ui/guard?to=%2B33612345678&app=shop", 200, "It would be refused", "/ui/guard/open?country=FR", "Always allow this number")
		r.reads("/ui/guard/open?country=fr", 200, "Open FR?", "an hour go there though nobody answers", "0.07")
		r.reads("/ui/guard/open?country=XX", 400)
		r.has(r.does(httptest.NewRequest("GET", "/ui/guard/open?country=XX", nil), 400), `value="XX"`, `aria-describedby="country-problem"`, `id="country-problem"`, `hx-sse:connect="/ui/live/guard?`)
		// The risk is said before a country is opened, from wherever that is asked for.
		r.reads("/ui/guard", 200, "Countries", "FR", "closed", "/ui/guard/open?country=FR", "DE", "open", "Open another country")
		risk := r.posts("/ui/guard/rule", url.Values{"kind": {"open"}, "key": {" fr"}, "reason": {"<i> holidays"}, "for": {"24h"}}, 303).Header().Get("Location")
		if rules, err := w.Gateway.Guard().Rules(ctx); err != nil || len(rules) > 0 {
			t.Errorf("a country was opened before its risk was shown: %+v, %v", rules, err)
		}
		r.reads(risk, 200, "Open FR?", "0.07", `name="risk"`, `value="&lt;i&gt; holidays"`, `value="24h" selected`)
		r.has(r.posts("/ui/guard/rule", url.Values{"kind": {"open"}, "key": {"shop"}}, 400), `id="key-problem"`)
		r.posts("/ui/guard/rule", url.Values{"kind": {"open"}, "key": {"FR"}, "reason": {"<i> holidays"}, "risk": {"known"}}, 303)
		r.reads("/ui/guard?to=%2B33612345678&app=shop", 200, "It would be accepted", "open a country", "&lt;i&gt; holidays")
		if _, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: "shop", To: abroad}); err != nil {
			t.Errorf("a code to a country that was opened: %v", err)
		}
		row := regexp.MustCompile(`(?s)<tr><th scope="row">[^D]*FR</bdi>.*?</tr>`).FindString(r.reads("/ui/guard", 200))
		if said := strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(row, " ")), " "); said != "FR opened open open open 1 0 0% 1" {
			t.Errorf("of a country that was opened the table says %q", said)
		}
		if _, err := w.Gateway.Send(ctx, gateway.NewMessage{App: "shop", To: "+33899123456", Text: "x"}); err == nil {
			t.Error("a message goes to a costly number of a country that was opened")
		}
		rules, err := w.Gateway.Guard().Rules(ctx)
		if err != nil || len(rules) != 1 || rules[0].Kind != guard.Opens {
			t.Fatalf("%+v, %v", rules, err)
		}
		r.posts("/ui/guard/release", url.Values{"rule": {strconv.FormatInt(rules[0].ID, 10)}}, 303)
		r.posts("/ui/guard/release", url.Values{"rule": {"77"}}, 404)
		r.posts("/ui/guard/rule", url.Values{"kind": {"open"}, "key": {anna}}, 400)
		r.posts("/ui/guard/rule", url.Values{"kind": {"block"}, "key": {anna}, "for": {"9h"}}, 400)
		r.posts("/ui/guard/rule", url.Values{"kind": {"block"}, "key": {anna}, "for": {"24h"}, "to": {anna}}, 303)
		r.reads("/ui/guard?to=0151+12345678", 200, "It would be refused", "is blocked", "until")
		r.reads("/ui/guard?to=x", 200, "verdict bad")
		r.posts("/ui/guard/unlock", url.Values{"to": {anna}}, 303)
	})
}

// Whoever looks for a number finds what the guard has refused, too, among what was sent to it;
// owners find the way to the guard, and nobody the number who does not see it.
func TestWhyOfARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Guard = guard.Config{Countries: []string{"DE"}, Conversion: guard.LogOnly, Limits: guard.Limits{PrefixDay: -1}}
		}))
		r, ctx := newReader(t, w), t.Context()
		time.Sleep(time.Minute)
		const abroad = "+33612345678"
		start := func(app, to string) error {
			_, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: app, To: to})
			return err
		}
		r.reads("/ui/why?number="+url.QueryEscape(abroad), 200, "Nothing was sent yet.")
		if err := start("<shop>", abroad); err == nil {
			t.Fatal("a code abroad is accepted")
		}
		page := r.reads("/ui/why?number=0033+6+12345678", 200, "/ui/guard?app=%3Cshop%3E&amp;to=%2B33612345678", "refused", "&lt;shop&gt;", "FR")
		if strings.Contains(page, "Nothing was sent") || strings.Contains(page, "would have been refused") {
			t.Errorf("a refusal is nothing, or of the shadow: %s", text(page))
		}
		for _, path := range []string{"/ui/why", "/ui/why?number=" + url.QueryEscape(anna)} {
			if page := r.reads(path, 200); strings.Contains(page, "FR") {
				t.Errorf("%s has the refusals of others: %s", path, text(page))
			}
		}

		for i := range 120 { // nobody answers
			if err := start("shop", fmt.Sprintf("+49151%08d", 20_000_000+i*100_003)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(15 * time.Minute)
		const noted = "+4915132000361"
		if err := start("shop", noted); err != nil {
			t.Fatal(err)
		}
		r.reads("/ui/why?number="+url.QueryEscape(noted), 200, "pending", "/ui/guard?app=shop&amp;to=%2B4915132000361", "would have been refused", "0 came back")
	})
}

// A story says why this SIM was taken where that is known, once for each.
func TestWhyOfASIM(t *testing.T) {
	const asked, only, others = "This SIM was asked for.", "There is no other SIM.", "No other SIM could take it."
	for _, tc := range []struct {
		name         string
		modems, away int
		pinned       bool
		want         string
	}{
		{"the only one", 1, 0, false, only},
		{"the only one, which was asked for", 1, 0, true, asked},
		{"asked for", 3, 0, true, asked},
		{"asked for, while others are away", 3, 1, true, asked},
		{"the only one that could", 3, 2, false, others},
		{"one of several that could", 3, 1, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.Modems(tc.modems))
				time.Sleep(time.Minute)
				for i := range tc.away {
					w.SIMs[tc.modems-1-i].Unplug()
				}
				time.Sleep(time.Minute)
				m := gateway.NewMessage{App: "shop", To: anna, Text: strings.Repeat("long ", 40)}
				if tc.pinned {
					m.Line = w.Gateway.Lines().All()[0].ID()
				}
				id := send(t, w, m).ID
				time.Sleep(time.Minute)
				page := newReader(t, w).reads("/ui/why/message/"+strconv.FormatInt(id, 10), 200, "It went to sim", tc.want, "Part 2 of 2: It went to sim")
				page, _, _ = strings.Cut(page, "<pre")
				for _, why := range []string{asked, only, others} {
					if n := strings.Count(page, why); n > 1 || n == 1 && why != tc.want {
						t.Errorf("it says %d times %q: %s", n, why, text(page))
					}
				}
			})
		})
	}
}

// What can be done is said in every state, and of a code whose time is over how far it came.
func TestWhatNow(t *testing.T) {
	message := func(m gateway.NewMessage) func(*testing.T, *gatewaytest.World) string {
		return func(t *testing.T, w *gatewaytest.World) string {
			m.App, m.To, m.Text = "shop", anna, "hello"
			return "message/" + strconv.FormatInt(send(t, w, m).ID, 10)
		}
	}
	cancelled := func(t *testing.T, w *gatewaytest.World) string {
		m := send(t, w, gateway.NewMessage{App: "shop", To: anna, Text: "hello", NotBefore: time.Now().Add(time.Hour)})
		if _, err := w.Gateway.CancelMessage(t.Context(), "shop", m.ID); err != nil {
			t.Error(err)
		}
		return "message/" + strconv.FormatInt(m.ID, 10)
	}
	code := func(then func(*testing.T, *gatewaytest.World, gateway.Started)) func(*testing.T, *gatewaytest.World) string {
		return func(t *testing.T, w *gatewaytest.World) string {
			started, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna})
			if err != nil {
				t.Fatal(err)
			}
			if time.Sleep(10 * time.Second); then != nil {
				then(t, w, started)
			}
			return "code/" + started.Verification.ID
		}
	}
	check := func(t *testing.T, w *gatewaytest.World, code string) {
		if _, _, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", To: anna, Code: code}); err != nil {
			t.Error(err)
		}
	}
	text := func(t *testing.T, w *gatewaytest.World) string {
		started, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Workflow: workflow.Steps{{Channel: workflow.MO}}})
		if err != nil {
			t.Fatal(err)
		}
		return "code/" + started.Verification.ID
	}
	mute := func(w *gatewaytest.World) { w.Network.Mute(gatewaytest.SIM(0).IMSI) }
	lose := func(w *gatewaytest.World) {
		for range 2 { // a code is sent once more
			w.SIMs[0].On("+CMGS", simulator.LoseSubmit())
		}
	}
	refuse := func(w *gatewaytest.World) { w.Network.Refuse(anna, 1) }
	busy := func(w *gatewaytest.World) { w.Network.Refuse(anna, 38) }
	unplug := func(w *gatewaytest.World) {
		w.SIMs[0].Unplug()
		time.Sleep(time.Minute)
	}
	for _, tc := range []struct {
		name   string
		before func(*gatewaytest.World)
		of     func(*testing.T, *gatewaytest.World) string
		after  time.Duration
		want   string
	}{
		{"a message at its time", nil, message(gateway.NewMessage{NotBefore: time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC)}), 10 * time.Second, "It goes by itself at its time. After <time"},
		{"a message without a modem", unplug, message(gateway.NewMessage{}), 10 * time.Second, "It goes by itself once a SIM can send it. The page of each SIM says what it lacks. After <time"},
		{"a message that is tried again", busy, message(gateway.NewMessage{}), 5 * time.Second, "It is tried again by itself"},
		{"a message that is delivered", nil, message(gateway.NewMessage{}), time.Minute, "the phone has it"},
		{"a message that nobody confirms", mute, message(gateway.NewMessage{}), time.Minute, "some networks never confirm"},
		{"a message that may have left", lose, message(gateway.NewMessage{}), 10 * time.Minute, "it may arrive twice"},
		{"a message that is refused", refuse, message(gateway.NewMessage{}), time.Minute, "then send it again"},
		{"a message that came too late", unplug, message(gateway.NewMessage{Lifetime: time.Minute}), 10 * time.Minute, "what it waited for; then send it again"},
		{"a message that is cancelled", nil, cancelled, time.Second, "unless it is wanted after all"},
		{"a code that is typed in now", nil, code(nil), time.Second, "ask for the code again at <time"},
		{"a code that may be sent again", nil, code(nil), 2 * time.Minute, "The app may ask for the code again now."},
		{"a code without a modem", unplug, code(nil), 10 * time.Second, "It goes by itself once a SIM can send it. The page of each SIM says what it lacks.</p>"},
		{"a code that is right", nil, code(func(t *testing.T, w *gatewaytest.World, s gateway.Started) { check(t, w, s.Code) }), time.Second, "the number is verified"},
		{"a code that is wrong", nil, code(func(t *testing.T, w *gatewaytest.World, s gateway.Started) {
			for range 5 {
				check(t, w, "000000")
			}
		}), time.Second, "The app may ask for a new code."},
		{"a code that nobody wants", nil, code(func(t *testing.T, w *gatewaytest.World, s gateway.Started) {
			if _, err := w.Gateway.CancelVerification(t.Context(), "shop", s.Verification.ID); err != nil {
				t.Error(err)
			}
		}), time.Second, "The app may ask for a new code."},
		{"a code that was delivered", nil, code(nil), time.Hour, "It was delivered: the person did not type it in, or not in time. The app may ask for a new code."},
		{"a code that nobody confirmed", mute, code(nil), time.Hour, "no phone has confirmed it"},
		{"a code that may have left", lose, code(nil), time.Hour, "Nobody can know whether it came to the person."},
		{"a code that was refused", refuse, code(nil), time.Hour, "It did not come to the person: the steps above say why. The app may ask for a new code."},
		{"a code that never left", unplug, code(nil), time.Hour, "It did not come to the person"},
		{"a text that is to come", nil, text, time.Second, "The person sends the text"},
		{"a text that did not come", nil, text, time.Hour, "No text of the person came in time. The app may ask for a new code."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.On(simulator.NewNetwork(simulator.ReportDelay(time.Second))), gatewaytest.Configure(func(c *gateway.Config) {
					c.Guard = guard.Config{}
					c.Lines.SIMs = []line.Settings{{IMSI: gatewaytest.SIM(0).IMSI, Number: gatewaytest.SIM(0).MSISDN}}
				}))
				if time.Sleep(time.Minute); tc.before != nil {
					tc.before(w)
				}
				story := tc.of(t, w)
				time.Sleep(tc.after)
				newReader(t, w).reads("/ui/why/"+story, 200, "What now?", tc.want)
			})
		})
	}
}

// A time within a sentence is one that the script puts into the zone of the reader, as is each
// beside it, whoever says it; in a text to copy it has its zone.
func TestTimesOfTheReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.On(simulator.NewNetwork(simulator.ReportDelay(time.Second))), gatewaytest.Configure(func(c *gateway.Config) { c.Guard, c.Lines.Pace.RecipientsDay = guard.Config{}, 2 }))
		r, ctx := newReader(t, w), t.Context()
		time.Sleep(time.Minute)
		started, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: "shop", To: anna})
		if err != nil {
			t.Fatal(err)
		}
		w.Network.Refuse(ben, 38)
		refused := send(t, w, gateway.NewMessage{App: "shop", To: ben, Text: "busy"})
		later := send(t, w, gateway.NewMessage{App: "shop", To: anna, Text: "later", NotBefore: time.Now().Add(30 * time.Hour)})
		time.Sleep(5 * time.Second)
		over := send(t, w, gateway.NewMessage{App: "shop", To: "+4915112345680", Text: "over the budget"})
		time.Sleep(2 * time.Second) // the next try is later
		message := func(m gateway.Message) string { return "/ui/why/message/" + strconv.FormatInt(m.ID, 10) }
		for _, tc := range []struct{ path, before string }{
			{"/ui/why/code/" + started.Verification.ID, "It waits for the right code until "},
			{"/ui/why/code/" + started.Verification.ID, "The app may ask for the code again at "},
			{message(later), "It is to go at "},
			{message(later), "its time, "},
			{message(refused), "the next try, at "},
			{message(over), "a day until "},
			{"/ui/log", "a day until "},
		} {
			for _, language := range []string{"en", "he"} {
				request := httptest.NewRequest("GET", tc.path, nil)
				request.Header.Set("Accept-Language", language)
				page, _, _ := strings.Cut(r.does(request, 200).Body.String(), "<pre")
				if language == "en" && !strings.Contains(page, tc.before+`<time class="clock" datetime="`) {
					t.Errorf("%s has no time after %q: %s", tc.path, tc.before, text(page))
				}
				if bare := regexp.MustCompile(`\d\d:\d\d`).FindString(regexp.MustCompile(`<time[^>]*>[^<]*</time>`).ReplaceAllString(page, "")); bare != "" {
					t.Errorf("%s in %q has the time %s for nobody's zone: %s", tc.path, language, bare, text(page))
				}
			}
		}
		_, copied, _ := strings.Cut(r.reads(message(later), 200), "<pre")
		if !regexp.MustCompile(`It is to go at 2000-01-02 \d\d:\d\d:\d\d &#43;\d\d:\d\d\.`).MatchString(copied) {
			t.Errorf("a time to copy has no zone: %s", copied)
		}
	})
}

// A key is made, shown once with requests that have it, and revoked.
func TestApps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Modems(0))
		r, ctx := newReader(t, w), t.Context()
		time.Sleep(time.Second)
		r.reads("/ui/apps", 200, "No app has a key yet.")
		r.posts("/ui/apps", url.Values{"app": {"my/shop"}}, 400)
		page := r.posts("/ui/apps", url.Values{"app": {"my/shop"}, "scope": {"otp.send", "otp.check"}}, 200)
		token := regexp.MustCompile(`<pre [^>]*>(\S+)</pre>`).FindStringSubmatch(page.Body.String())
		if token == nil {
			t.Fatal(page.Body)
		}
		if k, err := w.Gateway.Keys().Authenticate(ctx, token[1]); err != nil || k.App != "my/shop" || !slices.Equal(k.Scopes, []key.Scope{key.SendCodes, key.CheckCodes}) {
			t.Errorf("%+v, %v", k, err)
		}
		r.has(page, "http://example.com/v1/verifications", "Bearer "+token[1])
		r.reads("/ui/apps", 200, "/ui/apps/my%2Fshop", "one key works")
		if page := r.reads("/ui/apps/my%2Fshop?dialect=textmagic&language=python", 200, "otp.send", "used", "urllib.request", "/api/v2/verify", "VERIFYID"); strings.Contains(page, token[1]) {
			t.Error("a key is shown again")
		}
		keys, err := w.Gateway.Keys().List(ctx)
		if err != nil {
			t.Fatal(err)
		}
		r.posts("/ui/apps/my%2Fshop/revoke", url.Values{"key": {keys[0].ID}}, 303)
		r.reads("/ui/apps/my%2Fshop", 200, "revoked")
		r.reads("/ui/apps", 200, "no key works")
		r.reads("/ui/apps/none", 404)
	})
}

// All that the API says of a key is said on its page: from where it works, until when, how
// much it sends and what it may do; and another is made in its place.
func TestKeySettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Apps = map[string]gateway.App{"my/shop": {Numbers: msisdn.SettingE164, Hint: sentence.Hint{OriginDomain: "shop.example"}}}
		}))
		r, ctx := newReader(t, w), t.Context()
		time.Sleep(time.Minute)
		end := time.Now().Add(30 * 24 * time.Hour).Truncate(time.Minute)
		all := url.Values{"app": {"my/shop"}, "scope": {"otp.send", "sms.send"}, "networks": {"192.168.1.7\r\n10.1.2.3/8"}, "expires": {end.Local().Format("2006-01-02T15:04")},
			"per_minute": {"3"}, "per_day": {"50"}, "per_month": {""}, "cost_day": {"2.5"}, "cost_month": {"10,75"}}
		r.posts("/ui/apps", all, 200)
		only := func() key.Key {
			t.Helper()
			keys, err := w.Gateway.Keys().List(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return keys[len(keys)-1]
		}
		k := only()
		if fmt.Sprint(k.Networks) != "[192.168.1.7/32 10.0.0.0/8]" || !k.Expires.Equal(end) || k.Limits != (key.Limits{Minute: 3, Day: 50, CostDay: 2_500_000, CostMonth: 10_750_000}) {
			t.Errorf("%+v", k)
		}
		app, page := "/ui/apps/my%2Fshop", "/ui/apps/my%2Fshop/"+k.ID
		r.reads(app, 200, page, "never used", "from some networks only", "until", "with limits", "Digits without a plus", "begin with a country code", "shop.example")
		r.reads(page, 200, "calls a day: 0 of 50", "0.00 of 10.75", `value="otp.send" checked`, "192.168.1.7/32\n10.0.0.0/8", `value="`+end.Local().Format("2006-01-02T15:04"), `value="10.75"`)

		for _, bad := range []url.Values{{"scope": nil}, {"scope": {"root"}}, {"networks": {"here"}}, {"expires": {"soon"}}, {"expires": {"2000-01-01T00:00"}}, {"per_day": {"many"}}, {"per_day": {"-1"}}, {"cost_day": {"NaN"}}} {
			form := url.Values{"key": {k.ID}}
			for _, from := range []url.Values{all, bad} {
				for name, values := range from {
					form[name] = values
				}
			}
			r.posts(app+"/change", form, 400)
		}
		if now := only(); fmt.Sprint(now) != fmt.Sprint(k) {
			t.Errorf("what was refused has changed the key: %+v", now)
		}
		all.Set("key", k.ID)
		for name, value := range map[string]string{"networks": "", "per_minute": "", "cost_day": "0", "scope": "read"} {
			all.Set(name, value)
		}
		r.posts(app+"/change", all, 303)
		if k := only(); len(k.Networks) != 0 || !k.Expires.Equal(end) || k.Limits != (key.Limits{Day: 50, CostMonth: 10_750_000}) || !slices.Equal(k.Scopes, []key.Scope{key.Read}) {
			t.Errorf("%+v", k)
		}
		r.posts(app+"/rotate", url.Values{"key": {k.ID}, "overlap": {"17h0m0s"}}, 400)
		r.posts("/ui/apps/other/rotate", url.Values{"key": {k.ID}, "overlap": {"1h0m0s"}}, 404)
		answer := r.posts(app+"/rotate", url.Values{"key": {k.ID}, "overlap": {"1h0m0s"}}, 200)
		token := regexp.MustCompile(`<pre [^>]*>(simgate_\S+)</pre>`).FindStringSubmatch(answer.Body.String())
		if token == nil {
			t.Fatal(answer.Body)
		}
		if next, err := w.Gateway.Keys().Authenticate(ctx, token[1]); err != nil || next.ID == k.ID || next.Limits.Day != 50 {
			t.Errorf("%+v, %v", next, err)
		}
		r.reads("/ui/apps", 200, "2 keys work")
		time.Sleep(2 * time.Hour)
		r.reads("/ui/apps", 200, "one key works")
		if page := r.reads(page, 200, "expired"); strings.Contains(page, "Save") {
			t.Error("a key that works no more can be changed")
		}
		r.posts(app+"/change", all, 409)
		r.reads(app+"/none", 404)
	})
}

// A webhook is added, tested, told, and told again.
func TestWebhooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var status, heard atomic.Int64
		status.Store(http.StatusNotFound)
		dial := gatewaytest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			heard.Add(1)
			w.WriteHeader(int(status.Load()))
			_, _ = w.Write([]byte("<b>no"))
		}))
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Webhooks.Dial, c.Webhooks.Formats = dial, map[string]webhook.Format{"standard": {Kinds: gateway.NewsKinds, Signed: true,
				Retries: []time.Duration{time.Second}, Request: func(webhook.News) (*webhook.Request, error) { return &webhook.Request{}, nil }}}
		}))
		r := newReader(t, w)
		time.Sleep(time.Minute)
		w.Key(t, "shop", key.SendMessages)
		r.reads("/ui/webhooks", 200, "No app is told of anything yet.", "<option>shop")
		r.posts("/ui/webhooks", url.Values{"app": {"none"}, "url": {"https://app.example/"}, "format": {"standard"}}, 400)
		r.has(r.posts("/ui/webhooks", url.Values{"app": {"shop"}, "url": {"http://app.example/hook?<b>"}, "format": {"standard"}}, 200), "whsec_", "hook?&lt;b&gt;")
		if page := r.reads("/ui/webhooks/1", 200, "Nothing was delivered yet."); strings.Contains(page, "whsec_") {
			t.Error("a secret is shown again")
		}
		r.has(r.posts("/ui/webhooks/1/test", nil, 200), "It did not take the test", "404")
		m := send(t, w, gateway.NewMessage{App: "shop", To: anna, Text: "hello"})
		story := "/ui/why/message/" + strconv.FormatInt(m.ID, 10)
		time.Sleep(time.Minute)
		r.reads("/ui/webhooks/1", 200, "message.", "failed", "404")
		r.reads(story, 200, "The app could not be told: message.", "/ui/webhooks/1", "404")
		status.Store(http.StatusOK)
		r.has(r.posts("/ui/webhooks/1/test", nil, 200), "It took the test.", "Status 200")
		r.posts("/ui/webhooks/1/replay", nil, 303)
		time.Sleep(time.Minute)
		if page := r.reads("/ui/webhooks/1?state=delivered", 200, `href="`+story, "delivered"); strings.Contains(page, "404") {
			t.Error("what failed is among what was delivered")
		}
		r.reads(story, 200, "The app was told: message.delivered.")
		before := heard.Load()
		id := regexp.MustCompile(`name="delivery" value="(\d+)"`).FindStringSubmatch(r.reads("/ui/webhooks/1", 200))
		r.posts("/ui/webhooks/1/replay", url.Values{"delivery": {id[1]}}, 303)
		time.Sleep(time.Minute)
		if n := heard.Load() - before; n != 1 {
			t.Errorf("after one replay it was told %d times more", n)
		}
		r.has(r.posts("/ui/webhooks/1/rotate", nil, 200), "whsec_")
		r.posts("/ui/webhooks/1/remove", nil, 303)
		r.reads("/ui/webhooks/1", 404)
		r.posts("/ui/webhooks/1/remove", nil, 404)
	})
}

// A webhook says what came of the day, a delivery what is sent and when it is tried next, and
// what happened in some time is delivered again.
func TestDeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var status, heard atomic.Int64
		status.Store(http.StatusServiceUnavailable)
		dial := gatewaytest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			heard.Add(1)
			w.WriteHeader(int(status.Load()))
		}))
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Webhooks.Dial, c.Webhooks.Formats = dial, map[string]webhook.Format{"standard": {Kinds: []string{"message.delivered"}, Signed: true, Retries: []time.Duration{time.Hour},
				Request: func(n webhook.News) (*webhook.Request, error) {
					return &webhook.Request{Body: []byte(`{"secret":"` + n.Secret + `","to":"` + anna + `","text":"<b>"}`)}, nil
				}}}
		}))
		r := newReader(t, w)
		time.Sleep(time.Minute)
		w.Key(t, "shop", key.SendMessages)
		secret := regexp.MustCompile(`whsec_[\w+/=]+`).FindString(html.UnescapeString(r.posts("/ui/webhooks", url.Values{"app": {"shop"}, "url": {"http://app.example/hook"}, "format": {"standard"}}, 200).Body.String()))
		begun := time.Now()
		send(t, w, gateway.NewMessage{App: "shop", To: anna, Text: "one"})
		time.Sleep(time.Minute)
		if page := r.reads("/ui/webhooks", 200); strings.Contains(page, "24 hours") {
			t.Errorf("before anything has ended: %s", text(page))
		}
		one := regexp.MustCompile(`/ui/webhooks/1/(\d+)"`).FindStringSubmatch(r.reads("/ui/webhooks/1", 200, "pending", "next try"))
		page := r.reads("/ui/webhooks/1/"+one[1], 200, "pending", "next try", "503", `{&#34;secret&#34;:&#34;•••••&#34;,&#34;to&#34;:&#34;`, anna[1:], "&lt;b&gt;")
		if secret == "" || strings.Contains(html.UnescapeString(page), secret) || strings.Contains(page, "whsec_") {
			t.Errorf("the secret %q is shown: %s", secret, text(page))
		}
		r.reads("/ui/webhooks/2/"+one[1], 404, "no delivery with this id")
		r.reads("/ui/webhooks/1/none", 404)

		time.Sleep(3 * time.Hour) // it has failed
		status.Store(http.StatusOK)
		between := time.Now()
		send(t, w, gateway.NewMessage{App: "shop", To: anna, Text: "two"})
		time.Sleep(time.Minute)
		r.reads("/ui/webhooks", 200, "1 of 2 delivered in 24 hours (50%), 95 of 100 within")

		local := func(at time.Time) string { return at.Local().Format("2006-01-02T15:04") }
		for _, tc := range []struct {
			name   string
			form   url.Values
			status int
			heard  int64
			has    string
		}{
			{"a state that is none", url.Values{"state": {"soon"}}, 400, 0, `id="state-problem"`},
			{"no time", url.Values{"from": {"soon"}}, 400, 0, `aria-describedby="from-problem"`},
			{"the wrong way round", url.Values{"from": {local(between)}, "until": {local(begun)}}, 400, 0, `id="until-problem"`},
			{"all that ever was", url.Values{"state": {"all"}}, 400, 0, `value="all" selected`},
			{"what failed later", url.Values{"state": {"failed"}, "from": {local(between)}}, 303, 0, ""},
			{"all of the end", url.Values{"state": {"all"}, "from": {local(between)}}, 303, 1, ""},
			{"all of the begin", url.Values{"state": {"all"}, "from": {local(begun)}, "until": {local(begun.Add(time.Minute))}}, 303, 1, ""},
			{"what failed, which is nothing any more", nil, 303, 0, ""},
			{"all", url.Values{"state": {"all"}, "from": {local(begun)}}, 303, 2, ""},
		} {
			before := heard.Load()
			r.has(r.posts("/ui/webhooks/1/replay", tc.form, tc.status), tc.has)
			time.Sleep(time.Minute)
			if n := heard.Load() - before; n != tc.heard {
				t.Errorf("%s: %d were delivered", tc.name, n)
			}
		}
		r.posts("/ui/webhooks/9/replay", url.Values{"state": {"soon"}}, 400)
	})
}

// A forward rule is made, tested, changed and removed; what may be secret of where it leads
// is on no page, and one of the configuration is only shown.
func TestForwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial := gatewaytest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/s3cret" {
				w.WriteHeader(http.StatusNotFound)
			}
		}))
		w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
			c.Webhooks.Dial, c.Notify.Dial = dial, dial
			c.Forward = []forward.Rule{{Name: "configured", Webhook: "http://own.example/other"}}
		}))
		r := newReader(t, w)
		time.Sleep(time.Minute)
		const all = "/ui/webhooks/forwards"
		r.reads("/ui/webhooks", 200, all)
		r.reads(all, 200, "configured", "in the configuration", "http://own.example/••••", "New rule", "sim1")
		r.posts(all+"/add", url.Values{"name": {"parcels"}}, 400)
		r.posts(all+"/add", url.Values{"name": {"parcels"}, "number": {anna}, "limit": {"many"}}, 400)
		r.posts(all+"/add", url.Values{"name": {"parcels"}, "text": {"<b>parcel"}, "number": {"0151 12345678"}, "limit": {"2"}, "webhook": {"http://app.example/s3cret"}, "calls": {"1"}}, 303)
		page := r.reads(all+"/parcels", 200, "&lt;b&gt;parcel", "yes", anna[1:], "at most 2 in 24 hours", "http://app.example/••••", "Change the rule")
		if strings.Contains(page, "s3cret") {
			t.Error("the address is shown")
		}
		r.has(r.posts(all+"/test", url.Values{"rule": {"parcels"}}, 200), "accepted")
		r.has(r.posts(all+"/test", url.Values{"rule": {"configured"}}, 200), "failed", "the receiver answered 404")
		r.posts(all+"/test", url.Values{"rule": {"none"}}, 404)

		change := url.Values{"rule": {"parcels"}, "name": {"post"}, "limit": {"3"}, "clear": {"number"}, "from": {"Post"}}
		r.posts(all+"/change", change, 303)
		rules, err := w.Gateway.Forwards().List(t.Context())
		if err != nil || len(rules) != 2 || rules[1].Webhook != "http://app.example/s3cret" || rules[1].Number+rules[1].Text != "" || rules[1].From != "Post" || rules[1].Calls || rules[1].Limit != 3 {
			t.Errorf("%+v, %v", rules, err)
		}
		change.Set("rule", "configured")
		r.posts(all+"/change", change, 409)
		if page := r.reads(all+"/configured", 200, "change it there"); strings.Contains(page, "Change the rule") || strings.Contains(page, "Remove the rule") {
			t.Error("a rule of the configuration can be changed")
		}
		r.posts(all+"/remove", url.Values{"rule": {"configured"}}, 409)
		r.posts(all+"/remove", url.Values{"rule": {"post"}}, 303)
		r.reads(all+"/post", 404)
	})
}

// A reader gets the language that the browser asks for, or the one that was chosen.
func TestLanguages(t *testing.T) {
	w := gatewaytest.Start(t)
	r := newReader(t, w)
	ask := func(path string, header ...string) string {
		request := httptest.NewRequest("GET", path, nil)
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		return r.does(request, 200).Body.String()
	}
	for wanted, want := range map[string]string{"de-AT": "de", "de,en;q=0.5": "de", "iw": "he", "he-IL": "he", "pt-BR": "en", "pt,de;q=0.5": "de", "ja": "en", "*": "en", "": "en", "en-GB,de": "en", "no language, at all;;": "en"} {
		if page := ask("/ui/today", "Accept-Language", wanted); !strings.Contains(page, `<html lang="`+want+`"`) {
			t.Errorf("who wants %q does not get %s", wanted, want)
		}
	}
	for _, path := range []string{"/ui/today", "/ui/talk", "/ui/talk/" + anna, "/ui/send", "/ui/log", "/ui/log?kind=code", "/ui/lines", "/ui/lines/sim1", "/ui/guard", "/ui/apps", "/ui/webhooks", "/ui/webhooks/forwards", "/ui/why", "/ui/more"} {
		page := ask(path, "Accept-Language", "he-IL,he;q=0.9,en;q=0.8")
		if !strings.Contains(page, `<html lang="he" dir="rtl"`) || !strings.Contains(page, "כל הקריאות של ה־API") || strings.Contains(page, "%!") {
			t.Errorf("%s in Hebrew: %s", path, text(page))
		}
	}
	for language, own := range map[string]string{"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "it": "Italiano", "pl": "Polski", "tr": "Türkçe", "he": "עברית"} {
		page := ask("/ui/today", "Cookie", "language=de")
		if shown := strings.Contains(page, `value="`+language+`" lang="`+language+`"`) && strings.Contains(page, ">"+own+"</button>"); shown != (language != "de") {
			t.Errorf("%s may be chosen: %v", own, shown)
		}
	}
	if page := ask("/ui/today", "Accept-Language", "he", "Cookie", "language=en"); !strings.Contains(page, `<html lang="en" dir="ltr"`) {
		t.Error("the language that was chosen is not that of the page")
	}
	if page := ask("/ui/today", "Accept-Language", "ja", "Cookie", "language=xx"); !strings.Contains(page, `<html lang="en"`) {
		t.Error("a language that is not there is shown")
	}
	answer := r.posts("/ui/language", url.Values{"language": {"he"}, "back": {"/ui/log?app=shop"}}, 303)
	if c := answer.Header().Get("Set-Cookie"); !strings.Contains(c, "language=he") || answer.Header().Get("Location") != "/ui/log?app=shop" {
		t.Error(answer.Header())
	}
	if c := r.posts("/ui/language", url.Values{"language": {"xx"}, "back": {"https://evil.example/"}}, 303).Header(); c.Get("Set-Cookie") != "" || c.Get("Location") != "/" {
		t.Error(c)
	}
}

// hostile are texts that would do something on a page that took them for its own.
var hostile = []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'-alert(1)-'`, `{{.}}{{template "x"}}`, "a\u202eb\u2066c\u200fd", `javascript:alert(1)`, "</textarea><b>", "%s%d%!", strings.Repeat("long ", 250)}

// typed matches what a reader has typed, which is kept as it is.
var typed = regexp.MustCompile(`(?s) value="[^"]*"|<textarea[^>]*>[^<]*`)

// inert reports what of the hostile texts would do something on a page.
func inert(t *testing.T, path, page string) {
	t.Helper()
	for _, bad := range []string{"<script>", "<img src=x", "</textarea><b>", "\u202e", "\u2066", "\u200f", "href=\"javascript:", "{{.}}<", "%!"} {
		if bad == "%!" && !strings.Contains(page, "%!d(") && !strings.Contains(page, "%!s(") {
			continue
		}
		if bad[0] >= 0x80 && !strings.Contains(typed.ReplaceAllString(page, ""), bad) {
			continue
		}
		if strings.Contains(page, bad) {
			t.Errorf("%s has %q: %s", path, bad, around(page, bad))
		}
	}
}

// What strangers write is shown as it is on every page, and does nothing there.
func TestHostileTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, gatewaytest.Simulated(func(int) []simulator.ModemOption {
			return []simulator.ModemOption{simulator.USSD("*1#", hostile[1]), simulator.Reply("+COPS?", `+COPS: 0,0,"<script>alert(1)</script>",7`)}
		}))
		r, ctx := newReader(t, w), t.Context()
		time.Sleep(time.Minute)
		w.Network.Refuse(ben, 38)
		paths := []string{"/ui/today", "/ui/log", "/ui/log?kind=code", "/ui/lines", "/ui/lines/sim1", "/ui/guard", "/ui/apps", "/ui/webhooks", "/ui/why", "/ui/more", "/ui/send/many", "/ui/talk", "/ui/talk/" + anna, "/ui/talk/" + ben}
		for _, s := range hostile {
			name := s[:min(len(s), 30)]
			m := send(t, w, gateway.NewMessage{App: name, To: ben, Text: s})
			if _, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: name, To: anna, Brand: name}); err != nil {
				t.Logf("%q is no name: %v", name, err)
			}
			if err := w.Gateway.Note(ctx, journal.Event{Kind: journal.ModemFault, Line: 1, Modem: "sim1", Text: s}); err != nil {
				t.Fatal(err)
			}
			_, _, err := w.Gateway.Keys().Create(ctx, name, nil)
			t.Log(name, err)
			_, err = w.Gateway.Guard().SetRule(ctx, guard.NewRule{Kind: guard.Block, Key: "+4399" + strconv.Itoa(len(paths)), Reason: name})
			t.Log(name, err)
			q := url.QueryEscape(s)
			save := httptest.NewRequest("POST", "/ui/log/save?text="+q, strings.NewReader(url.Values{"name": {name}}.Encode()))
			save.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.pages.ServeHTTP(httptest.NewRecorder(), save)
			paths = append(paths, fmt.Sprintf("/ui/why/message/%d", m.ID), fmt.Sprintf("/ui/send?again=%d", m.ID), "/ui/log?text="+q, "/ui/log?to="+q, "/ui/log?app="+q, "/ui/guard?to="+q+"&app="+q,
				"/ui/guard/open?country="+q, "/ui/why?number="+q, "/ui/send?to="+q+"&text="+q+"&at="+q+"&zone="+q, "/ui/apps/"+url.PathEscape(name), "/ui/webhooks/"+url.PathEscape(s), "/ui/lines/"+url.PathEscape(s), "/ui/why/"+url.PathEscape(s)+"/1", "/ui/talk/"+url.PathEscape(s))
			_ = w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, s)
		}
		time.Sleep(time.Minute)
		inert := func(path, page string) { t.Helper(); inert(t, path, page) }
		for _, language := range []string{"en", "he"} { // in which what is written from the left is marked
			for _, path := range paths {
				w, request := httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)
				request.Header.Set("Accept-Language", language)
				r.pages.ServeHTTP(w, request)
				if w.Code >= 500 {
					t.Errorf("%s: %d", path, w.Code)
				}
				inert(path, w.Body.String())
			}
		}
		page := r.posts("/ui/lines/sim1/ussd", url.Values{"code": {"*1#"}}, 200)
		inert("ussd", page.Body.String())
		r.has(page, "&lt;img")
		for _, s := range hostile {
			form := url.Values{"to": {s}, "text": {s}, "line": {s}, "lane": {s}, "at": {s}, "zone": {s}, "once": {s}, "code": {s}}
			for _, path := range []string{"/ui/send", "/ui/send/check", "/ui/send/many"} {
				inert(path, r.posts(path, form, 200).Body.String())
			}
		}
	})
}

func around(page, bad string) string {
	i := strings.Index(page, bad)
	return page[max(0, i-100):min(len(page), i+100)]
}
