package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"simgate/api"
	v1 "simgate/api/v1"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

func TestInbox(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "reader", key.AllInbox)
	ready(t, w)
	sim := gatewaytest.SIM(0).MSISDN
	get := func(query string) []v1.Incoming {
		t.Helper()
		status, _, raw := w.call(t, http.MethodGet, "/v1/inbox"+query, "")
		var list []v1.Incoming
		if err := json.Unmarshal([]byte(raw), &list); err != nil || status != http.StatusOK {
			t.Fatalf("status %d: %s", status, raw)
		}
		return list
	}
	// A request with wait is answered when a message comes in.
	answer := make(chan []v1.Incoming)
	go func() { answer <- get("?after=0&wait=20") }()
	if err := w.Network.Subscriber(anna).Send(sim, "first"); err != nil {
		t.Fatal(err)
	}
	first := <-answer
	if len(first) != 1 || first[0].Text != "first" || first[0].Sender != anna || first[0].Line != 1 || first[0].Sent.IsZero() {
		t.Fatalf("%+v", first)
	}
	go func() { answer <- get("?wait=20&after=1") }()
	if err := w.Network.Subscriber(anna).Send(sim, "second"); err != nil {
		t.Fatal(err)
	}
	if second := <-answer; len(second) != 1 || second[0].Text != "second" || second[0].Change <= first[0].Change {
		t.Fatalf("%+v", second)
	}
	for query, want := range map[string]string{
		"?after=0": "first second", "?after=0&limit=1": "first", "": "second first", "?limit=1": "second", "?before=2": "first", "?after=1": "second", "?line=2": "", "?line=1": "second first",
		"?sender=%2B4915112345678": "second first", "?sender=x": "", "?since=2100-01-01T00:00:00Z": "",
	} {
		var texts []string
		for _, m := range get(query) {
			texts = append(texts, m.Text)
		}
		if got := strings.Join(texts, " "); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
	for _, tc := range []struct {
		path, want string
		status     int
	}{
		{"/v1/inbox/1", `"text":"first"`, 200}, {"/v1/inbox/9", "no incoming message", 404}, {"/v1/inbox/x", "whole number", 400},
		{"/v1/inbox?limit=501", "at most 500", 400}, {"/v1/inbox?since=yesterday", "must be a time", 400},
		{"/v1/inbox?wait=5", "needs the parameter after", 400}, {"/v1/inbox?after=-1", "whole number", 400},
	} {
		if status, _, raw := w.call(t, http.MethodGet, tc.path, ""); status != tc.status || !strings.Contains(raw, tc.want) {
			t.Errorf("%s: status %d: %s", tc.path, status, raw)
		}
	}
}

// A key sees what comes in for its app, and one that may read all sees all.
func TestInboxOfAnApp(t *testing.T) {
	w := start(t)
	ready(t, w)
	sim := gatewaytest.SIM(0).MSISDN
	address, _, _ := serve(t, w.World, api.Config{})
	shop, bank, clerk := w.Key(t, "shop", key.ReadInbox, key.Read), w.Key(t, "bank", key.ReadInbox, key.Read), w.Key(t, "clerk", key.AllInbox, key.Read)
	send := w
	send.key = w.Key(t, "shop")
	if status, _, raw := send.call(t, http.MethodPost, "/v1/messages?wait=20", `{"to":"`+anna+`","text":"hello"}`); status != http.StatusOK {
		t.Fatalf("status %d: %s", status, raw)
	}
	followers := map[string]*follower{}
	for _, k := range []string{shop, bank, clerk} {
		followers[k], _ = follow(t, address, k, "?kind=message.received,contact", "")
	}
	named, _ := follow(t, address, clerk, "?kind=message.received,contact&app=clerk", "")
	for _, from := range []string{"+4915112345670", anna} {
		if err := w.Network.Subscriber(from).Send(sim, "from "+from); err != nil {
			t.Fatal(err)
		}
		if c, _ := followers[clerk].event(); c.Incoming == nil || c.Incoming.Sender != from {
			t.Fatalf("%+v", c)
		}
	}
	if c, _ := followers[shop].event(); c.Incoming == nil || c.Incoming.Sender != anna || c.App != "shop" || c.Incoming.App != "shop" {
		t.Errorf("the shop gets %+v", c)
	}
	for _, tc := range []struct {
		key, path string
		status    int
		want      string
	}{
		{shop, "/v1/inbox", 200, `"sender":"` + anna}, {shop, "/v1/inbox/2", 200, `"app":"shop"`}, {shop, "/v1/inbox/1", 404, "no incoming message"},
		{shop, "/v1/inbox?app=bank", 403, "sees the app shop only"}, {bank, "/v1/inbox", 200, "[]"}, {bank, "/v1/inbox/2", 404, "no incoming message"},
		{clerk, "/v1/inbox?after=0", 200, "4915112345670"}, {clerk, "/v1/inbox?app=clerk", 200, "[]"}, {clerk, "/v1/inbox?app=shop", 200, anna}, {clerk, "/v1/inbox/1", 200, "4915112345670"},
	} {
		reader := w
		reader.key = tc.key
		status, _, raw := reader.call(t, http.MethodGet, tc.path, "")
		if status != tc.status || !strings.Contains(raw, tc.want) || tc.key == shop && strings.Contains(raw, "45670") {
			t.Errorf("%s: status %d: %s", tc.path, status, raw)
		}
	}
	for app, f := range map[string]*follower{"bank": followers[bank], "clerk": named} {
		if err := w.Gateway.SetTag(t.Context(), app, anna, "vip"); err != nil {
			t.Fatal(err)
		}
		if got := f.kinds(1); got[0] != "contact.tagged "+app {
			t.Errorf("%s gets %q", app, got)
		}
	}
}

// Pages of the inbox and of conversations, and what is unread, over HTTP.
func TestConversations(t *testing.T) {
	w := start(t)
	ready(t, w)
	sim, bob := gatewaytest.SIM(0).MSISDN, "+4915112345670"
	w.key = w.Key(t, "shop", key.AllInbox, key.Read, key.SendMessages)
	if status, _, raw := w.call(t, http.MethodPost, "/v1/messages?wait=20", `{"to":"`+anna+`","text":"hello Anna"}`); status != http.StatusOK {
		t.Fatalf("status %d: %s", status, raw)
	}
	change := int64(0)
	for _, text := range []string{"one parcel", "two parcels", "three"} {
		from := anna
		if text == "three" {
			from = bob
		}
		if err := w.Network.Subscriber(from).Send(sim, text); err != nil {
			t.Fatal(err)
		}
		var list []v1.Incoming
		_, _, raw := w.call(t, http.MethodGet, fmt.Sprintf("/v1/inbox?wait=20&after=%d", change), "")
		if err := json.Unmarshal([]byte(raw), &list); err != nil || len(list) != 1 {
			t.Fatalf("%s: %v", raw, err)
		}
		change = list[0].Change
	}
	// pages returns the texts on each page of a list, with what path appends to each.
	pages := func(path string) (all []string) {
		t.Helper()
		for path != "" {
			status, h, raw := w.call(t, http.MethodGet, path, "")
			if status != http.StatusOK {
				t.Fatalf("%s: status %d: %s", path, status, raw)
			}
			var found []string
			for _, m := range regexp.MustCompile(`"text":"([^"]+)"`).FindAllStringSubmatch(raw, -1) {
				found = append(found, m[1])
			}
			all = append(all, strings.Join(found, ","))
			path, _, _ = strings.Cut(strings.TrimPrefix(h.Get("Link"), "<"), ">")
		}
		return all
	}
	number := url.PathEscape(anna)
	for path, want := range map[string]string{
		"/v1/inbox?limit=2":                      "three,two parcels|one parcel",
		"/v1/inbox?from=0151+12345678":           "two parcels,one parcel",
		"/v1/inbox?text=PARCEL&limit=1":          "two parcels|one parcel",
		"/v1/inbox?kind=call":                    "",
		"/v1/inbox?unread=true&line=1&limit=5":   "three,two parcels,one parcel",
		"/v1/inbox?until=2020-01-01T00:00:00Z":   "",
		"/v1/conversations":                      "three,two parcels",
		"/v1/conversations?limit=1":              "three|two parcels|",
		"/v1/conversations/" + number:            "two parcels,one parcel,hello Anna",
		"/v1/conversations/015112345678?limit=2": "two parcels,one parcel|hello Anna",
		"/v1/conversations/Bank":                 "",
	} {
		if got := strings.Join(pages(path), "|"); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	_, h, _ := w.call(t, http.MethodGet, "/v1/inbox?limit=2", "")
	_, after, _ := strings.Cut(h.Get("Link"), "cursor=")
	cursor, _, _ := strings.Cut(after, "&")
	for _, tc := range []struct{ method, path, body, want string }{
		{http.MethodGet, "/v1/inbox?limit=1&text=x&cursor=" + cursor, "", "of another list"},
		{http.MethodGet, "/v1/conversations?cursor=" + cursor, "", "of another list"},
		{http.MethodGet, "/v1/inbox?before=9&cursor=" + cursor, "", "omit before and after"},
		{http.MethodGet, "/v1/inbox?cursor=x", "", "is not a cursor"},
		{http.MethodGet, "/v1/inbox?from=1&sender=2", "", "omit sender"},
		{http.MethodGet, "/v1/inbox?unread=perhaps", "", "true or false"},
		{http.MethodGet, "/v1/inbox?kind=letter", "", "there is no such kind"},
		{http.MethodGet, "/v1/conversations?limit=501", "", "at most 500"},
		{http.MethodPatch, "/v1/inbox/1", `{}`, "is missing"},
		{http.MethodPatch, "/v1/inbox/1", `{"unread":false,"red":true}`, "red"},
		{http.MethodPatch, "/v1/inbox/9", `{"unread":false}`, "no incoming message"},
		{http.MethodPost, "/v1/conversations/" + number + "/read", `{"up_to":-1}`, "must be the id"},
		{http.MethodPost, "/v1/conversations/" + number + "/read", `{"upto":1}`, "upto"},
		{http.MethodPatch, "/v1/inbox/1", `{"unread":false}`, `"text":"one parcel"`},
		{http.MethodGet, "/v1/conversations/" + number, "", `"unread":1`},
		{http.MethodPatch, "/v1/inbox/1", `{"unread":true}`, `"unread":true`},
		{http.MethodPost, "/v1/conversations/" + number + "/read", `{"up_to":1}`, `"unread":1`},
		{http.MethodPost, "/v1/conversations/" + number + "/read", "", `"unread":0`},
		{http.MethodGet, "/v1/conversations?unread=true", "", `"number":"` + bob},
		{http.MethodGet, "/v1/inbox/1", "", `"raw":[{"seq":1,"pdu":"0`},
	} {
		if _, _, raw := w.call(t, tc.method, tc.path, tc.body); !strings.Contains(raw, tc.want) {
			t.Errorf("%s %s %s: %s", tc.method, tc.path, tc.body, raw)
		}
	}
	// Another app sees nothing of it, and who may not read messages nothing that went out.
	w.key = w.Key(t, "bank", key.ReadInbox, key.Read)
	if got := pages("/v1/conversations"); !slices.Equal(got, []string{""}) {
		t.Errorf("another app sees %q", got)
	}
	if got := pages("/v1/conversations/" + number); !slices.Equal(got, []string{""}) {
		t.Errorf("another app sees %q", got)
	}
	w.key = w.Key(t, "shop", key.ReadInbox)
	if got := pages("/v1/conversations/" + number); !slices.Equal(got, []string{"two parcels,one parcel"}) {
		t.Errorf("without the scope read: %q", got)
	}
}
