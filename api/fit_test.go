package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/key"
	"simgate/gateway/speech"
)

// sends are all calls by which something leaves a SIM.
func sends() []spoken {
	refused := func(status int, a map[string]any) bool {
		return (status == 403 || status == 400) && a["detail"] != "" && a["field"] == "to"
	}
	list := []spoken{
		{"v1, message", http.MethodPost, "/v1/messages", false, map[string]string{"to": `"#"`, "text": `"hi"`}, bearerOf, refused},
		{"v1, verification", http.MethodPost, "/v1/verifications", false, map[string]string{"to": `"#"`}, bearerOf, refused},
		{"v1, verification by a call", http.MethodPost, "/v1/verifications", false, map[string]string{"to": `"#"`, "workflow": `"voice"`}, bearerOf, refused},
		{"v1, verification by workflow", http.MethodPost, "/v1/verifications", false, map[string]string{"to": `"#"`, "workflow": `"sms:60s,voice"`}, bearerOf, refused},
		{"v1, call", http.MethodPost, "/v1/calls", false, map[string]string{"to": `"#"`, "text": `"hello"`, "language": `"en-gb"`}, bearerOf, refused},
		{"TextFlow, bulk-sms", http.MethodPost, "/textflow/api/bulk-sms", false, map[string]string{"phone_numbers": `["#"]`, "text": `"hi"`}, bearerOf, refusedTextFlow},
	}
	for _, s := range allSpoken {
		if !strings.Contains(s.name, "check") && !strings.Contains(s.name, "verify-code") {
			list = append(list, s)
		}
	}
	return list
}

// Whatever a call is, it sends nothing to a number that costs more than others, is
// closed, or an emergency number, and says why in its own words. The key of the
// operator, which the command line has, gets through no more than others.
func TestEverySendAsksWhereItMayGo(t *testing.T) {
	// Calls that cannot be spoken are refused for that before; so this gateway speaks.
	w := start(t, gatewaytest.Configure(func(c *gateway.Config) { c.Guard = guard.Config{}; c.Voice.Engine = speech.New(speech.Config{}) }))
	ready(t, w)
	w.SIMs[0].Unplug()
	scopes := []key.Scope{key.SendMessages, key.SendCodes, key.CheckCodes, key.PlaceCalls}
	keys := map[string]string{"of an app": w.Key(t, "shop", scopes...), "of the operator": w.Key(t, "operator", key.Admin)}
	for _, s := range sends() {
		for owner, token := range keys {
			for what, number := range map[string]string{
				"premium": "+499001234567", "premium and a digit more": "+4990012345670", "shared cost": "+491805123456",
				"a satellite": "+88216123456", "Somalia": "+25261234567", "emergency": "110", "emergency everywhere": "112",
				"a short number": "72000",
			} {
				t.Run(s.name+" to "+what+" with a key "+owner, func(t *testing.T) {
					before := w.count(t)
					content, kind := s.content(token, number, nil)
					status, _, raw := w.call(t, s.method, s.path, content, append(s.header(token), "Content-Type", kind)...)
					var answer map[string]any
					if err := json.Unmarshal([]byte(raw), &answer); err != nil {
						t.Fatalf("status %d: %s", status, raw)
					}
					if !s.refused(status, answer) || w.count(t) != before {
						t.Errorf("status %d: %s", status, raw)
					}
				})
			}
		}
	}
}

// A key with the scope sends messages where others do not, and no codes.
func TestScopeAnywhere(t *testing.T) {
	w := start(t, gatewaytest.Configure(func(c *gateway.Config) { c.Guard = guard.Config{} }))
	ready(t, w)
	token := w.Key(t, "shop", key.SendMessages, key.SendCodes, key.Anywhere)
	for i, s := range sends() {
		t.Run(s.name, func(t *testing.T) {
			if strings.HasPrefix(s.name, "v1, call") {
				t.Skip("needs another scope")
			}
			content, kind := s.content(token, fmt.Sprintf("+331%08d", 23456700+i), nil)
			if strings.Contains(content, "##code##") || strings.Contains(s.name, "send-code") || strings.Contains(s.name, "verif") || strings.Contains(s.name, "start") ||
				strings.Contains(s.path, "verifySMS") {
				content, kind = s.content(token, fmt.Sprintf("+336%08d", 12345600+i), nil)
				status, _, raw := w.call(t, s.method, s.path, content, append(s.header(token), "Content-Type", kind)...)
				var answer map[string]any
				if json.Unmarshal([]byte(raw), &answer) != nil || !s.refused(status, answer) {
					t.Errorf("a code abroad: status %d: %s", status, raw)
				}
				return
			}
			status, _, raw := w.call(t, s.method, s.path, content, append(s.header(token), "Content-Type", kind)...)
			var answer map[string]any
			if err := json.Unmarshal([]byte(raw), &answer); err == nil && s.refused(status, answer) {
				t.Errorf("status %d: %s", status, raw)
			}
		})
	}
}

// What simgate guard why says is what a send is answered.
func TestWhyIsTheVerdictOfASend(t *testing.T) {
	w := start(t, gatewaytest.Configure(func(c *gateway.Config) { c.Guard = guard.Config{}; c.Voice.Engine = speech.New(speech.Config{}) }))
	ready(t, w)
	w.SIMs[0].Unplug()
	admin := w.Key(t, "operator", key.Admin)
	for channel, s := range map[string]spoken{
		"code": sends()[1], "voice": sends()[2], "call": sends()[4], "text": sends()[0],
	} {
		for _, number := range []string{anna, "+4930123456", "+499001234567", "+25261234567", "+88216123456", "+49151123456789", "+4915312345678", "112", "72000", "+498001234567"} {
			t.Run(channel+" to "+number, func(t *testing.T) {
				_, _, raw := w.call(t, http.MethodGet, "/v1/guard/why?app=operator&channel="+channel+"&to="+strings.Replace(number, "+", "%2B", 1), "", bearerOf(admin)...)
				var why struct {
					Allowed         bool
					Verdict, Detail string
				}
				if err := json.Unmarshal([]byte(raw), &why); err != nil {
					t.Fatal(raw)
				}
				if channel == "voice" {
					if number == "+4915312345678" {
						t.Skip("a message takes the place of the call")
					}
					s.fields["purpose"] = `"voice"` // while a code by SMS is pending
				}
				content, _ := s.content(admin, number, nil)
				status, _, answer := w.call(t, s.method, s.path, content, bearerOf(admin)...)
				var problem struct{ Detail string }
				if err := json.Unmarshal([]byte(answer), &problem); err != nil {
					t.Fatal(answer)
				}
				if why.Allowed != (status < 300) || !why.Allowed && why.Verdict+why.Detail != problem.Detail {
					t.Errorf("why: %s\nsend: %d %s", raw, status, answer)
				}
			})
		}
	}
}
