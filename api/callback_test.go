package api_test

import (
	"net/http"
	"strings"
	"testing"

	"simgate/gateway/gatewaytest"
	"simgate/gateway/journal"
	"simgate/gateway/key"
)

// Each published sample of sms.cx names a callback. Where nobody has allowed it the
// code goes out all the same, and the owner is told once how to allow it.
func TestSMSCXCallbackThatIsNotAllowed(t *testing.T) {
	w := start(t, gatewaytest.Modems(0))
	for range 3 {
		status, o := w.smscx(t, http.MethodPost, "/otp", `{"phoneNumber":"`+anna+`","otpCallbackUrl":"https://app.example/otp"}`)
		if url, there := o["otpCallbackUrl"]; status != http.StatusCreated || !there || url != nil {
			t.Errorf("status %d: %v", status, o)
		}
		status, a := w.smscx(t, http.MethodPost, "/sms", `{"to":"`+anna+`","from":"Shop","text":"hi","dlrCallbackUrl":"https://app.example/dlr"}`)
		if info, _ := a["info"].(map[string]any); status != http.StatusOK || info["dlrCallbackUrl"] != nil {
			t.Errorf("status %d: %v", status, a)
		}
	}
	w.key = w.Key(t, "owner", key.Admin)
	_, _, raw := w.call(t, http.MethodGet, "/v1/events?kind="+string(journal.CallbackWithheld), "")
	command := `simgate webhooks add https://app.example/ --app shop --format smscx --kinds none`
	if strings.Count(raw, string(journal.CallbackWithheld)) != 1 || !strings.Contains(raw, command) {
		t.Errorf("the owner is told: %s", raw)
	}
}
