package api_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/key"
)

// The code of a cause stands beside it wherever a message is told of: in itself, its parts,
// its timeline, lists and the stream.
func TestCauseCodesOfAMessage(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "shop", key.SendMessages, key.SendCodes, key.Read)
	ready(t, w)
	w.Network.Refuse(anna, 1)
	f, _ := follow(t, strings.TrimPrefix(w.url, "http://"), w.key, "", "")
	var sent v1.Message
	if status, _, raw := w.call(t, http.MethodPost, "/v1/messages?wait=30", `{"to":"`+anna+`","text":"x"}`); status != 200 || json.Unmarshal([]byte(raw), &sent) != nil {
		t.Fatal(status, raw)
	}
	var m v1.Message
	_, _, raw := w.call(t, http.MethodGet, "/v1/messages/"+strconv.FormatInt(sent.ID, 10), "")
	if err := json.Unmarshal([]byte(raw), &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Timeline) == 0 || len(m.Parts) == 0 {
		t.Fatal(raw)
	}
	last := m.Timeline[len(m.Timeline)-1]
	if sent.CauseCode != "cms_1" || m.CauseCode != "cms_1" || m.Parts[0].CauseCode != "cms_1" || last.What != "failed" || last.CauseCode != "cms_1" {
		t.Errorf("%+v: %s", sent, raw)
	}
	for {
		c, more := f.event()
		if !more {
			t.Fatal("the stream ends before the message has failed")
		}
		if c.Kind == "message.failed" {
			if c.Message == nil || c.Message.CauseCode != "cms_1" {
				t.Errorf("the stream tells of %+v", c.Message)
			}
			break
		}
	}
}

// A webhook of the standard format is told the code, and so is who asks what became of its
// delivery.
func TestCauseCodesOfWebhooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, always(503))
		w := telling(t, r)
		listen(t, w, "standard", "message.cancelled")
		m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "x"})
		if err == nil {
			_, err = w.Gateway.CancelMessage(t.Context(), "shop", m.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		got := r.told()
		if len(got) != 1 || !strings.Contains(string(got[0].body), `"cause_code":"cancelled"`) {
			t.Errorf("told %+v", got)
		}
		list, err := w.Gateway.Deliveries(t.Context(), "message", strconv.FormatInt(m.ID, 10))
		if err != nil || len(list) != 1 || list[0].Cause.Code != "http_503" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// What the attempts of a verification have failed for has a code.
func TestCauseCodesOfVerifications(t *testing.T) {
	w := start(t)
	w.key = w.Key(t, "shop", key.SendMessages, key.SendCodes, key.Read)
	ready(t, w)
	w.Network.Refuse(anna, 1)
	status, _, raw := w.call(t, http.MethodPost, "/v1/verifications", `{"to":"`+anna+`","workflow":"sms:60s,sms"}`)
	var v v1.Verification
	if err := json.Unmarshal([]byte(raw), &v); err != nil || status != 201 {
		t.Fatal(status, raw)
	}
	for end := time.Now().Add(30 * time.Second); (len(v.Attempts) < 2 || v.Attempts[1].CauseCode == "") && time.Now().Before(end); {
		_, _, raw = w.call(t, http.MethodGet, "/v1/verifications/"+v.ID, "")
		if err := json.Unmarshal([]byte(raw), &v); err != nil {
			t.Fatal(err)
		}
	}
	if len(v.Attempts) != 2 || v.Attempts[0].CauseCode != "cms_1" || v.Attempts[1].CauseCode != "cms_1" {
		t.Errorf("%s", raw)
	}
}
