package api_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
)

// fieldsTM returns the names of all fields that a validation failed for, sorted.
func fieldsTM(a map[string]any) string {
	errs, _ := a["errors"].(map[string]any)
	fields, _ := errs["fields"].(map[string]any)
	return strings.Join(slices.Sorted(maps.Keys(fields)), " ")
}

func TestTextmagicNamesEveryWrongField(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	for _, tc := range []struct{ name, method, path, content, fields string }{
		{"a start with nothing", http.MethodPost, "/api/v2/verify", `{}`, "brand codeLength phone"},
		{"a start with all wrong", http.MethodPost, "/api/v2/verify",
			`{"phone":"1","brand":"a/b","codeLength":5,"workflowId":9,"language":"xx"}`, "brand codeLength language phone workflowId"},
		{"a check with nothing", http.MethodPut, "/api/v2/verify", `{}`, "code verifyId"},
		{"a message with nothing", http.MethodPost, "/api/v2/messages", `{}`, "phones text"},
		{"a message with all wrong", http.MethodPost, "/api/v2/messages", `{"phones":"1,2","tts":1,"rrule":"x","lists":[7]}`, "lists phones rrule text tts"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if status, a := w.textmagic(t, tc.method, tc.path, tc.content); status != 400 || fieldsTM(a) != tc.fields {
				t.Errorf("status %d, %v; want %s", status, a, tc.fields)
			}
		})
	}
	if n := w.count(t); n != 0 {
		t.Errorf("%d were taken", n)
	}
}

// A field that is not served may have the value that asks for nothing, and phones come
// in each form that clients send.
func TestTextmagicTakesWhatClientsSend(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, tc := range []struct {
		name, kind, content string
		to                  int
	}{
		{"neutral values", "", `{"text":"hi","phones":"` + anna49 + `","templateId":0,"sendingTime":0,"sendingDateTime":"","rrule":null,"contacts":[],"lists":[],"tts":false,"local":0,"localCountry":"US"}`, 1},
		{"neutral values as texts", "", `{"text":"hi","phones":"` + anna49 + `","templateId":"0","tts":"0","lists":"","contacts":""}`, 1},
		{"neutral values in a form", form, "text=hi&phones=" + anna49 + "&tts=0&sendingTime=0&lists=&contacts=", 1},
		{"a comma at the end", "", `{"text":"hi","phones":"` + anna49 + `,"}`, 1},
		{"a list", "", `{"text":"hi","phones":["` + anna49 + `","4915112345679"]}`, 2},
		{"a list of numbers", "", `{"text":"hi","phones":[` + anna49 + `]}`, 1},
		{"a number", "", `{"text":"hi","phones":` + anna49 + `}`, 1},
		{"repeated in a form", form, "text=hi&phones=" + anna49 + "&phones=4915112345679", 2},
		{"repeated with brackets", form, "text=hi&phones[]=" + anna49 + "&phones[]=4915112345679", 2},
		{"repeated with places", form, "text=hi&phones%5B0%5D=" + anna49 + "&phones%5B1%5D=4915112345679", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := start(t, gatewaytest.Modems(0))
			kind := tc.kind
			if kind == "" {
				kind = "application/json"
			}
			status, a := w.textmagic(t, http.MethodPost, "/api/v2/messages", tc.content, "Content-Type", kind)
			if list := w.messages(t); status != 201 || len(list) != tc.to {
				t.Errorf("status %d, %v; %d messages", status, a, len(list))
			}
		})
	}
}

func TestTextmagicLists(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	send := func(phones string) {
		if status, a := w.textmagic(t, http.MethodPost, "/api/v2/messages", `{"text":"hi","phones":"`+phones+`","from":"Shop"}`); status != 201 {
			t.Fatalf("status %d: %v", status, a)
		}
	}
	send(anna49)
	send(anna49 + ",4915112345679")
	w.verifyTM(t, `{"phone":"`+anna49+`","brand":"Shop","codeLength":4,"workflowId":6}`)
	if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "another", To: anna, Text: "hi"}); err != nil {
		t.Fatal(err)
	}
	list := func(path string, total, pages int) []any {
		t.Helper()
		status, a := w.textmagic(t, http.MethodGet, "/api/v2"+path, "")
		resources, ok := a["resources"].([]any)
		if status != 200 || !ok || len(resources) != total || a["pageCount"] != float64(pages) || a["page"] == nil || a["limit"] == nil || len(a) != 4 {
			t.Errorf("%s: %d %v", path, status, a)
		}
		return resources
	}
	for _, m := range list("/messages", 3, 1) {
		if m := m.(map[string]any); m["sender"] != "Shop" || m["text"] != "hi" || m["sessionId"] == nil {
			t.Errorf("%v", m)
		}
	}
	list("/messages?limit=2", 2, 2)
	list("/messages?limit=2&page=2", 1, 2)
	list("/messages?lastId=2", 1, 1)
	list("/messages/search?query=x", 3, 1)
	if sessions := list("/sessions", 2, 1); len(sessions) == 2 {
		if s := sessions[0].(map[string]any); s["numbersCount"] != 2.0 || s["id"] != 2.0 {
			t.Errorf("%v", s)
		}
	}
	if _, m := w.textmagic(t, http.MethodGet, "/api/v2/messages/3", ""); m["sessionId"] != 2.0 {
		t.Errorf("%v", m)
	}
	for _, path := range []string{"/replies", "/contacts", "/contacts/search?query=x", "/unsubscribers", "/templates", "/lists", "/schedules", "/bulks", "/chats"} {
		list(path, 0, 0)
	}
	status, a := w.textmagic(t, http.MethodGet, "/api/v2/messages/price?text=hi&phones="+anna49+",447911123456", "")
	if status != 200 || a["total"] != 0.0 || a["parts"] != 1.0 || len(a["countries"].([]any)) != 2 {
		t.Errorf("price: %d %v", status, a)
	}
	if status, a := w.textmagic(t, http.MethodGet, "/api/v2/user/balance", ""); status != 200 || a["balance"] != 0.0 {
		t.Errorf("balance: %d %v", status, a)
	}
	for id, want := range map[string]int{"1": 204, "4": 404, "5": 404, "99": 404, "x": 404} {
		if status, a := w.textmagic(t, http.MethodDelete, "/api/v2/messages/"+id, ""); status != want {
			t.Errorf("deleting %s: %d %v", id, status, a)
		}
	}
	if status, a := w.textmagic(t, http.MethodGet, "/api/v2/messages/4", ""); status != 404 {
		t.Errorf("the message of a code: %d %v", status, a)
	}
}
