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
		r.posts("/ui/guard/rule", url.Values{"kind": {"open"}, "key": {"FR"}, "reason": {"<i> holidays"}}, 303)
		r.reads("/ui/guard?to=%2B33612345678&app=shop", 200, "It would be accepted", "open a country", "&lt;i&gt; holidays")
		if _, err := w.Gateway.StartVerification(ctx, gateway.NewVerification{App: "shop", To: abroad}); err != nil {
			t.Errorf("a code to a country that was opened: %v", err)
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

// What strangers write is shown as it is on every page, and does nothing there.
func TestHostileTexts(t *testing.T) {
	hostile := []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'-alert(1)-'`, `{{.}}{{template "x"}}`, "a\u202eb\u2066c\u200fd", `javascript:alert(1)`, "</textarea><b>", "%s%d%!", strings.Repeat("long ", 250)}
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
		inert := func(path, page string) {
			t.Helper()
			fields := regexp.MustCompile(`(?s) value="[^"]*"|<textarea[^>]*>[^<]*`) // what the reader has typed is kept
			for _, bad := range []string{"<script>", "<img src=x", "</textarea><b>", "\u202e", "\u2066", "\u200f", "href=\"javascript:", "{{.}}<", "%!"} {
				if bad == "%!" && !strings.Contains(page, "%!d(") && !strings.Contains(page, "%!s(") {
					continue
				}
				if bad[0] >= 0x80 && !strings.Contains(fields.ReplaceAllString(page, ""), bad) {
					continue
				}
				if strings.Contains(page, bad) {
					t.Errorf("%s has %q: %s", path, bad, around(page, bad))
				}
			}
		}
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
