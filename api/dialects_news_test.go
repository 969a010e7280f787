package api_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/key"
)

// sms.cx and Textmagic tell nothing of messages that carry codes, and tell of those of
// other dialects with ids of their own form.
func TestNoNewsOfMessagesWithCodes(t *testing.T) {
	for _, format := range []string{"smscx", "textmagic-j"} {
		t.Run(format, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver(t, always(200))
				w := telling(t, r)
				listen(t, w, format)
				time.Sleep(5 * time.Second)
				if _, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Length: 4}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				if got := r.told(); len(got) != 0 {
					t.Errorf("told %d times: %s", len(got), got[0].body)
				}
				if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hi", CustomID: "my-7"}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				got := r.told()
				if len(got) == 0 {
					t.Fatal("a plain message is not told")
				}
				if format != "smscx" {
					return
				}
				data := fieldsOf(t, got[0])["data"].([]any)[0].(map[string]any)
				if campaign, _ := data["campaignId"].(string); len(campaign) != 36 || data["trackData"] != nil {
					t.Errorf("%v", data)
				}
			})
		})
	}
}

// A masked code has a dot for each of its characters.
func TestMaskHasTheLengthOfTheCode(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	for _, length := range []int{4, 6, 10} {
		s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: anna, Length: length, Template: "{code}", Fresh: true})
		if err != nil {
			t.Fatal(err)
		}
		if m, err := w.Gateway.Message(t.Context(), s.Message); err != nil || m.Text != strings.Repeat("•", length) {
			t.Errorf("%d characters: %q, %v", length, m.Text, err)
		}
	}
}

// Ids of what comes in are those of nothing that goes out.
func TestIDsOfBothDirectionsNeverMeet(t *testing.T) {
	for format, where := range map[string]func(map[string]any) any{
		"textlink":    func(f map[string]any) any { return f["textlink_id"] },
		"smscx":       func(f map[string]any) any { return f["data"].([]any)[0].(map[string]any)["msgId"] },
		"textmagic-j": func(f map[string]any) any { return f["id"] },
	} {
		t.Run(format, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver(t, always(200))
				w := telling(t, r)
				listen(t, w, format)
				time.Sleep(5 * time.Second)
				if err := w.Network.Subscriber(anna).Send(gatewaytest.SIM(0).MSISDN, "hello"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: anna, Text: "hi"}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				got := r.told()
				if len(got) < 2 {
					t.Fatalf("told %d times", len(got))
				}
				in := where(fieldsOf(t, got[0]))
				for _, g := range got[1:] {
					if out := where(fieldsOf(t, g)); out == in || out == nil {
						t.Errorf("%v is what came in, and %v what went out", in, out)
					}
				}
			})
		})
	}
}

// A report exists for what was sent in the dialect as a message, and for nothing else.
func TestReportsOfSMSCXShowNothingElse(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	w.otp(t, `{"phoneNumber":"`+anna+`"}`)
	for _, id := range []string{"736d7300-0000-8000-8000-000000000001", "736d7301-0000-8000-8000-000000000001"} {
		if status, e := w.smscx(t, http.MethodGet, "/reports/single/"+id, ""); status != 404 || e["code"] != 1160.0 {
			t.Errorf("%s: %d %v", id, status, e)
		}
	}
	_, a := w.smscx(t, http.MethodPost, "/sms", `{"to":"`+anna+`","from":"MyShop","text":"hi"}`)
	id := a["data"].([]any)[0].(map[string]any)["msgId"].(string)
	if status, r := w.smscx(t, http.MethodGet, "/reports/single/"+id, ""); status != 200 || r["data"].(map[string]any)["from"] != "MyShop" {
		t.Errorf("%d %v", status, r)
	}
}

func TestSMSCXAccountAndEstimate(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	status, a := w.smscx(t, http.MethodGet, "/account/balance", "")
	if status != 200 || a["balance"] != 0.0 || a["currency"] != "eur" || a["billing"] != "prepaid" || len(a) != 3 {
		t.Errorf("balance: %d %v", status, a)
	}
	status, a = w.smscx(t, http.MethodPost, "/sms/estimate", `{"to":["`+anna+`"],"from":"Shop","text":"`+strings.Repeat("x", 161)+`"}`)
	info, _ := a["info"].(map[string]any)
	if status != 200 || info["totalParts"] != 2.0 || info["totalValid"] != 1.0 || len(a["data"].([]any)) != 1 || w.count(t) != 0 {
		t.Errorf("estimate: %d %v, and %d were sent", status, a, w.count(t))
	}
	if status, e := w.smscx(t, http.MethodPost, "/sms/estimate", `{"to":"12","from":"Shop","text":"hi"}`); status != 400 || e["code"] != 1207.0 {
		t.Errorf("an estimate for no number: %d %v", status, e)
	}
	if status, _, raw := w.call(t, http.MethodGet, "/account/pricing/sms/x", ""); status != 404 || !strings.Contains(raw, `"not_found"`) {
		t.Errorf("a path that is not there: %d %s", status, raw)
	}
}

// What a dialect keeps with a message is shown in no other.
func TestIDsOfADialectAreShownInNoOther(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	w.smscx(t, http.MethodPost, "/sms", `{"to":"`+anna+`","from":"Shop","text":"hi"}`)
	w.form(t, "/sms/sendMessage", w.fields("from", "Shop", "to", local, "text", "hi"), false)
	w.form(t, "/sms/verifySMS", w.fields("from", "Shop", "to", local), false)
	w.key = w.Key(t, "shop", key.SendMessages, key.Read)
	for _, path := range []string{"/v1/messages", "/v1/verifications"} {
		if _, _, raw := w.call(t, http.MethodGet, path, ""); strings.Contains(raw, "smscx:") || strings.Contains(raw, "99digital:") || strings.Contains(raw, "custom_id") {
			t.Errorf("%s: %s", path, raw)
		}
	}
	if _, a := w.textmagic(t, http.MethodGet, "/api/v2/messages/1", ""); a["referenceId"] != "" {
		t.Errorf("%v", a)
	}
}
