package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"simgate/api"
	"simgate/api/client"
	"simgate/api/stream"
	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
	"simgate/gateway/webhook"
)

// follower reads a stream as it comes.
type follower struct {
	t     *testing.T
	lines *bufio.Scanner
	last  string // id of the last event
}

// follow opens a stream; header Last-Event-ID is last.
func follow(t *testing.T, address, token, query, last string) (*follower, int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/v1/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "text/event-stream")
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	f := &follower{t: t, lines: bufio.NewScanner(answer.Body)}
	if answer.StatusCode == http.StatusOK {
		f.next() // where it begins
	}
	return f, answer.StatusCode
}

// next returns the next event, the zero one for a heartbeat, and false at the end.
func (f *follower) next() (c v1.Change, more bool) {
	f.t.Helper()
	for f.lines.Scan() {
		name, value, _ := strings.Cut(f.lines.Text(), ": ")
		switch name {
		case "":
			if value == "" && f.lines.Text() == "" {
				return c, true
			}
		case "id":
			f.last = value
		case "data":
			if err := json.Unmarshal([]byte(value), &c); err != nil {
				f.t.Error(err)
			}
		}
	}
	return c, false
}

// event returns the next event that is no heartbeat.
func (f *follower) event() (c v1.Change, more bool) {
	f.t.Helper()
	for more = true; more && c.ID == 0; {
		c, more = f.next()
	}
	return c, more
}

// kinds reads the kinds of n events, with the app of each.
func (f *follower) kinds(n int) (all []string) {
	f.t.Helper()
	for len(all) < n {
		c, more := f.event()
		if !more {
			f.t.Fatalf("the stream ends after %q", all)
		}
		all = append(all, c.Kind+" "+c.App)
	}
	return all
}

// Whoever follows sees what his key may see, from the change after the last that he has
// seen: no change twice, and none left out.
func TestFollow(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	address, socket, stop := serve(t, w, api.Config{Streams: stream.Config{Heartbeat: 20 * time.Millisecond}})
	shop, bank, admin := w.Key(t, "shop", key.Read), w.Key(t, "bank", key.Read), w.Key(t, "owner", key.Admin)
	happen := func(app, to string) {
		t.Helper()
		if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: app, To: to, Text: "hello"}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(name string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s gets %q, want %q", name, got, want)
		}
	}
	const other = "+4915112345670"
	happen("shop", anna) // before anybody follows
	ofShop, _ := follow(t, address, shop, "", "")
	ofBank, _ := follow(t, address, bank, "?kind=message,call", "")
	all, _ := follow(t, address, admin, "", "")
	numbers, _ := follow(t, address, admin, "?to=0151+12345670&app=shop", "")
	happen("bank", anna)
	_, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: other, Text: "hello", // which the owner is told of
		Callback: webhook.Callback{URL: "http://shop.example/", Format: api.FormatStandard, Optional: true}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Gateway.SetTag(t.Context(), "shop", anna, "vip"); err != nil {
		t.Fatal(err)
	}
	want("the shop", ofShop.kinds(2), "message.queued shop", "contact.tagged shop")
	want("the bank", ofBank.kinds(1), "message.queued bank")
	want("the operator", all.kinds(4), "message.queued bank", "event ", "message.queued shop", "contact.tagged shop")
	want("who follows a number", numbers.kinds(1), "message.queued shop")

	again, _ := follow(t, address, shop, "", "0")
	want("the shop from the beginning", again.kinds(3), "message.queued shop", "message.queued shop", "contact.tagged shop")
	last := ofBank.last
	for ofBank.last == last || ofBank.last != all.last { // a heartbeat moves those who want little
		ofBank.next()
	}
	if _, err := w.Gateway.CancelMessage(t.Context(), "bank", 2); err != nil {
		t.Fatal(err)
	}
	replay, _ := follow(t, address, bank, "", "0")
	for _, want := range []string{"queued ", "cancelled it was cancelled"} { // as it was then
		if c, _ := replay.event(); c.Message == nil || c.Message.State+" "+c.Message.Cause != want {
			t.Errorf("%+v, want %q", c.Message, want)
		}
	}
	want("the bank", ofBank.kinds(1), "message.cancelled bank")
	want("the operator", all.kinds(1), "message.cancelled bank")
	c := client.Socket(socket)
	changes, err := c.Follow(t.Context(), client.Follow{Kinds: []string{"message"}}, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer changes.Close()
	if got, err := changes.Next(); err != nil || got.Message == nil || got.Message.To != other || got.ID != 4 {
		t.Errorf("the client gets %+v, %v", got, err)
	}
	for _, tc := range []struct {
		query, last, key string
		status           int
	}{
		{"?kind=letter", "", admin, 400}, {"?kind=message.lost", "", admin, 400}, {"?app=bank", "", shop, 403}, {"?to=x", "", shop, 400}, {"?line=x", "", shop, 400},
		{"?limit=5", "", shop, 400}, {"", "x", shop, 400}, {"", "-1", shop, 400}, {"?after=99", "", shop, 400}, {"", "", "nobody", 401}, {"", "", w.Key(t, "inbox", key.ReadInbox), 403},
	} {
		if _, status := follow(t, address, tc.key, tc.query, tc.last); status != tc.status {
			t.Errorf("%+v: status %d", tc, status)
		}
	}
	w.Exec(t, `DELETE FROM change WHERE id < 4`)
	if _, status := follow(t, address, shop, "", "2"); status != http.StatusGone {
		t.Errorf("after what is kept no longer: status %d", status)
	}
	if _, err := w.Gateway.Keys().Revoke(t.Context(), strings.Split(shop, "_")[1]); err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		_, more = ofShop.next()
	}
	if err := stop(); err != nil { // though some follow
		t.Error(err)
	}
	for more := true; more; {
		_, more = all.next()
	}
}

// What is marked as read is told to whoever sees it, once, and to nobody else.
func TestFollowWhatIsRead(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	address, _, _ := serve(t, w, api.Config{Streams: stream.Config{Heartbeat: 20 * time.Millisecond}})
	shop, bank, admin := w.Key(t, "shop", key.Read, key.ReadInbox), w.Key(t, "bank", key.Read, key.ReadInbox), w.Key(t, "boss", key.Admin)
	blind := w.Key(t, "shop", key.Read, key.SendMessages)
	for i, app := range []string{"shop", "bank", "shop", ""} {
		w.Exec(t, fmt.Sprintf(`INSERT INTO incoming (abroad, app, line, sender, sender_raw, named, kind, unread, body, class, pid, reference, wide, parts, have,
			replaces, pdu, repair, sent_at, sent_offset, received_at, last_at, gap_due, gap_end, change, tick)
			VALUES (0, '%[2]s', 1, '%[3]s', '%[3]s', 0, 'text', 1, 'no %[1]d', -1, 0, 0, 0, 1, 1, 0, '', '', 0, 0, %[1]d, 0, 0, 0, %[1]d, 0)`, i+1, app, anna))
	}
	followers := map[string]*follower{}
	for name, token := range map[string]string{"shop": shop, "bank": bank, "boss": admin, "blind": blind} {
		followers[name], _ = follow(t, address, token, "", "")
	}
	do := func(token, method, path, content string, want int) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if raw, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != want {
			t.Errorf("%s %s: status %d: %s", method, path, answer.StatusCode, raw)
		}
	}
	do(shop, http.MethodPatch, "/v1/inbox/3", `{"unread":false}`, 200)
	do(shop, http.MethodPatch, "/v1/inbox/3", `{"unread":false}`, 200) // it is read already
	do(shop, http.MethodPatch, "/v1/inbox/2", `{"unread":false}`, 404) // it is the bank's
	do(shop, http.MethodPatch, "/v1/inbox/3", `{"unread":true}`, 200)
	do(shop, http.MethodPost, "/v1/conversations/"+anna+"/read", `{"up_to":1}`, 200)
	do(admin, http.MethodPost, "/v1/conversations/"+anna+"/read", "", 200)
	do(admin, http.MethodPost, "/v1/conversations/"+anna+"/read", "", 200)
	do(blind, http.MethodPost, "/v1/messages", `{"to":"`+anna+`","text":"the end"}`, 202)
	for name, want := range map[string][]string{
		"shop":  {"message.read 3 unread false", "message.unread 3 read true", "message.read 1 unread false", "message.read 3 unread false"},
		"bank":  {"message.read 2 unread false"},
		"boss":  {"message.read 3 unread false", "message.unread 3 read true", "message.read 1 unread false", "message.read 2 unread false", "message.read 3 unread false", "message.read 4 unread false"},
		"blind": nil,
	} {
		var got []string
		if name == "bank" { // which does not see the end
			c, _ := followers[name].event()
			got = append(got, fmt.Sprint(c.Kind, " ", c.Incoming.ID, " ", c.From, " ", c.Incoming.Unread))
		} else {
			for {
				c, more := followers[name].event()
				if c.Message != nil || !more {
					break
				}
				got = append(got, fmt.Sprint(c.Kind, " ", c.Incoming.ID, " ", c.From, " ", c.Incoming.Unread))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s gets %q, want %q", name, got, want)
		}
	}
}

// A client that is cut off goes on where it was.
func TestFollowAcrossARestart(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address, _, stop := serve(t, w, api.Config{})
	through := forward(t, listener, address)
	changes, err := client.New("http://"+listener.Addr().String(), w.Key(t, "shop", key.Read)).Follow(t.Context(), client.Follow{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer changes.Close()
	for i := range 3 {
		if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: strconv.Itoa(i)}); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			through.cut()
		}
	}
	for i := range 3 {
		if c, err := changes.Next(); err != nil || c.Message.Text != strconv.Itoa(i) {
			t.Errorf("message %d is %+v, %v", i, c, err)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// forwarding is connections that are passed on.
type forwarding struct{ conns chan net.Conn }

func (f forwarding) cut() {
	for {
		select {
		case c := <-f.conns:
			_ = c.Close()
		default:
			return
		}
	}
}

func forward(t *testing.T, l net.Listener, address string) forwarding {
	f := forwarding{make(chan net.Conn, 100)}
	t.Cleanup(func() { _ = l.Close(); f.cut() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", address)
			if err != nil {
				_ = in.Close()
				return
			}
			f.conns <- in
			f.conns <- out
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
		}
	}()
	return f
}

// A thousand readers that never read are cut off, delay nobody and take a bounded memory; one
// app keeps no other out, and streams leave the connections of requests alone.
func TestReadersThatNeverRead(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	const readers = 1000
	address, _, stop := serve(t, w, api.Config{Connections: 8, Streams: stream.Config{Readers: readers, Heartbeat: time.Hour, Stall: 200 * time.Millisecond}})
	shop, bank := w.Key(t, "shop", key.Read), w.Key(t, "bank", key.Read)
	var dead []net.Conn
	for range readers {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.(*net.TCPConn).SetReadBuffer(1 << 12)
		fmt.Fprintf(conn, "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n\r\n", shop)
		first := make([]byte, len("HTTP/1.1 200"))
		if _, err := io.ReadFull(conn, first); err != nil || string(first) != "HTTP/1.1 200" {
			t.Fatalf("%q, %v", first, err)
		}
		dead = append(dead, conn)
	}
	if _, status := follow(t, address, shop, "", ""); status != http.StatusServiceUnavailable {
		t.Errorf("one more of the same app: status %d", status)
	}
	reads, status := follow(t, address, bank, "", "")
	if status != http.StatusOK {
		t.Fatalf("one of another app: status %d", status)
	}
	go func() {
		m := gateway.Mailing{NewMessage: gateway.NewMessage{App: "shop", Text: strings.Repeat("x", 1000)}}
		for i := range 400 {
			m.Numbers = append(m.Numbers, fmt.Sprintf("+4915112%06d", i))
		}
		_, _, err := w.Gateway.SendMailing(context.WithoutCancel(t.Context()), m)
		if err == nil {
			_, err = w.Gateway.Send(context.WithoutCancel(t.Context()), gateway.NewMessage{App: "bank", To: anna, Text: "done"})
		}
		if err != nil {
			t.Error(err)
		}
	}()
	if c, more := reads.next(); !more || c.App != "bank" {
		t.Errorf("who reads gets %+v", c)
	}
	var memory runtime.MemStats
	if runtime.ReadMemStats(&memory); memory.HeapInuse+memory.StackInuse > 200<<20 { // of the readers and of all tests before, too
		t.Errorf("%d MB are in use", (memory.HeapInuse+memory.StackInuse)>>20)
	}
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for again := 0; again < 10; <-ticker.C { // who was cut off makes room
		if _, status := follow(t, address, shop, "", ""); status == http.StatusOK {
			again++
		}
	}
	for _, conn := range dead {
		_ = conn.Close()
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// What happened to a number that was forgotten since is told to nobody who comes back.
func TestFollowAfterANumberWasForgotten(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	address, _, _ := serve(t, w, api.Config{Streams: stream.Config{Heartbeat: 20 * time.Millisecond}})
	const bert = "+4915112345679"
	owner := w.Key(t, "owner", key.Admin)
	happen := func(to string) {
		t.Helper()
		if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "owner", To: to, Text: "hello"}); err != nil {
			t.Fatal(err)
		}
	}
	present, _ := follow(t, address, owner, "", "")
	before := present.last
	happen(anna)
	present.kinds(1)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/v1/numbers/forget", strings.NewReader(`{"number":"`+anna+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+owner)
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("forget: %v, %v", answer, err)
	}
	_ = answer.Body.Close()
	happen(bert)
	back, _ := follow(t, address, owner, "", before)
	for {
		c, more := back.next()
		if c.Message != nil && c.Message.To == bert {
			break
		}
		if !more || c.Message != nil {
			t.Fatalf("the stream tells %+v", c)
		}
	}
}
