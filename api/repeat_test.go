package api_test

import (
	"net/http"
	"testing"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
)

// A second request within the pause, as apps make after a time-out of the network, is
// answered as the first was, in each dialect whose service documents no refusal.
func TestRepeatWithinThePauseIsAnsweredAlike(t *testing.T) {
	w := start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) { c.Guard = guard.Config{} }))
	for _, tc := range []struct {
		name string
		ask  func() any // what must be the same
	}{
		{"textlink", func() any {
			return w.textlink(t, "/api/send-code", `{"phone_number":"+4915112345601"}`)["code"]
		}},
		{"textflow", func() any {
			data, _ := w.textflow(t, "send-code", `{"phone_number":"+4915112345602"}`)["data"].(map[string]any)
			return data["verification_code"]
		}},
		{"99digital", func() any {
			return w.form(t, "/sms/verifySMS", w.fields("from", "Shop", "to", "015112345603"), false)["unique"]
		}},
		{"sms.cx", func() any {
			_, a := w.smscx(t, http.MethodPost, "/otp", `{"phoneNumber":"+4915112345604"}`)
			return a["otpId"]
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{})
			if err != nil {
				t.Fatal(err)
			}
			first, second := tc.ask(), tc.ask()
			after, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{})
			if err != nil || first == nil || first == "" || first != second || len(after) != len(before)+1 {
				t.Errorf("%v, then %v, with %d messages, %v", first, second, len(after)-len(before), err)
			}
		})
	}
}

// Each id of sms.cx knows its own code, however many are pending for a number.
func TestSMSCXIDsKnowTheirOwnCodes(t *testing.T) {
	w := start(t)
	ready(t, w)
	var ids, pins []string
	for range 3 {
		ids = append(ids, w.otp(t, `{"phoneNumber":"`+anna+`"}`)["otpId"].(string))
		pins = append(pins, w.pin(t))
	}
	for i, id := range ids {
		other := pins[(i+1)%len(pins)]
		if status, e := w.smscx(t, http.MethodPost, "/otp/"+id, `{"pin":"`+other+`"}`); other != pins[i] && (status != 400 || e["code"] != 2029.0) {
			t.Errorf("the code of another id: %d %v", status, e)
		}
		if status, a := w.smscx(t, http.MethodPost, "/otp/"+id, `{"pin":"`+pins[i]+`"}`); status != 200 || a["status"] != "VERIFIED" {
			t.Errorf("its own code: %d %v", status, a)
		}
	}
}
