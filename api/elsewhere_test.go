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
	"simgate/gateway/journal"
	"simgate/gateway/key"
)

// usual are the limits that are in force where nothing is configured, without pauses.
func usual(c *gateway.Config) {
	c.Guard = guard.Config{Conversion: guard.Enforce, Limits: guard.Limits{Resend: -1}}
}

// neighbour returns numbers that follow each other.
func neighbour(i int) string { return fmt.Sprintf("+4915112%06d", 340_000+i) }

func (w world) sendCode(t *testing.T, to string) bool {
	t.Helper()
	_, _, raw := w.call(t, http.MethodPost, "/api/send-code", `{"phone_number":"`+to+`"}`)
	return strings.Contains(raw, `"ok":true`)
}

// An app of TextLink that compares its codes itself is refused nothing for that: not its
// sixth neighbour, nor its 26th of a block. Until the owner says so, 100 a day leave it,
// and he is told how to.
func TestAppThatChecksItsCodesItself(t *testing.T) {
	w := start(t, gatewaytest.Modems(0), gatewaytest.Configure(usual))
	sent := 0
	for i := range 130 {
		if w.sendCode(t, neighbour(i)) {
			sent++
		}
	}
	if sent != 100 {
		t.Errorf("%d codes were sent before anybody said who checks them, want 100", sent)
	}
	events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.CodesUnchecked})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Text, "simgate keys set shop --codes checked-elsewhere") {
		t.Errorf("events: %+v, %v", events, err)
	}
	admin := w.Key(t, "operator", key.Admin)
	if status, _, raw := w.call(t, http.MethodPatch, "/v1/keys", `{"name":"shop","codes":"checked-elsewhere"}`, bearerOf(admin)...); status != 200 ||
		!strings.Contains(raw, "otp.elsewhere") {
		t.Fatalf("setting the keys: %d %s", status, raw)
	}
	if !w.sendCode(t, "+4915212345678") {
		t.Error("after the owner has said so, none is sent")
	}
	if w.sendCode(t, neighbour(300)) {
		t.Error("the plain limit of a block does not hold")
	}
}

// One wrong code is enough to show that an app has its codes checked here; then the
// limits that look at answers hold.
func TestAppThatHasItsCodesChecked(t *testing.T) {
	w := start(t, gatewaytest.Modems(0), gatewaytest.Configure(usual))
	w.sendCode(t, anna)
	w.call(t, http.MethodPost, "/api/verify-code", `{"phone_number":"`+anna+`","code":"000000"}`)
	sent := 0
	for i := range 30 {
		if w.sendCode(t, neighbour(i)) {
			sent++
		}
	}
	if sent != 5 {
		t.Errorf("%d codes to neighbours were sent, want 5", sent)
	}
	if events, err := w.Gateway.Events(t.Context(), journal.Filter{Kind: journal.CodesUnchecked}); err != nil || len(events) != 0 {
		t.Errorf("events: %+v, %v", events, err)
	}
}

func TestCodesCheckedElsewhere(t *testing.T) {
	w := start(t, gatewaytest.Configure(usual))
	ready(t, w)
	plain := w.Key(t, "shop", key.SendCodes, key.CheckCodes, key.CustomCodes, key.Admin)
	w.key = w.Key(t, "identity", key.SendCodes, key.CheckCodes, key.Read, key.Elsewhere)
	begin := func(content string, header ...string) (int, map[string]any) {
		status, _, raw := w.call(t, http.MethodPost, "/v1/verifications", content, header...)
		var v map[string]any
		if err := json.Unmarshal([]byte(raw), &v); err != nil {
			t.Fatalf("%d %s", status, raw)
		}
		return status, v
	}
	t.Run("only where the key allows it", func(t *testing.T) {
		if status, v := begin(`{"to":"`+anna+`","code":"471902","checked":"elsewhere"}`, bearerOf(plain)...); status != http.StatusForbidden || v["field"] != "checked" {
			t.Errorf("%d %v", status, v)
		}
	})
	for name, tc := range map[string]struct {
		content string
		status  int
		field   string
	}{
		"without a code":                 {`{"to":"` + anna + `","checked":"elsewhere"}`, 400, "code"},
		"by nobody":                      {`{"to":"` + anna + `","code":"471902","checked":"nowhere"}`, 400, "checked"},
		"longer than a day":              {`{"to":"` + anna + `","code":"471902","checked":"elsewhere","lifetime":86401}`, 400, "lifetime"},
		"a code of its own checked here": {`{"to":"` + anna + `","code":"471902"}`, 403, "code"},
		"to a premium number":            {`{"to":"+499001234567","code":"471902","checked":"elsewhere"}`, 403, "to"},
		"abroad":                         {`{"to":"+33612345678","code":"471902","checked":"elsewhere"}`, 403, "to"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, v := begin(tc.content); status != tc.status || v["field"] != tc.field {
				t.Errorf("%d %v", status, v)
			}
		})
	}
	t.Run("verified", func(t *testing.T) {
		status, v := begin(`{"to":"` + anna + `","code":"471902","checked":"elsewhere","lifetime":7200}`)
		if status != http.StatusCreated || v["checked"] != "elsewhere" {
			t.Fatalf("%d %v", status, v)
		}
		for _, m := range w.messages(t) {
			if strings.Contains(m.Text, "471902") {
				t.Error("the list of messages shows the code")
			}
		}
		path := fmt.Sprint("/v1/verifications/", v["id"], "/outcome")
		if status, _, raw := w.call(t, http.MethodPost, path, `{"outcome":"maybe"}`); status != 400 {
			t.Errorf("%d %s", status, raw)
		}
		if status, _, raw := w.call(t, http.MethodPost, path, `{"outcome":"verified"}`, bearerOf(plain)...); status != 404 {
			t.Errorf("another app: %d %s", status, raw)
		}
		if status, _, raw := w.call(t, http.MethodPost, path, `{"outcome":"verified"}`); status != 200 || !strings.Contains(raw, `"state":"verified"`) {
			t.Errorf("%d %s", status, raw)
		}
		if status, _, raw := w.call(t, http.MethodPost, path, `{"outcome":"failed"}`); status != 409 {
			t.Errorf("a second outcome: %d %s", status, raw)
		}
	})
	t.Run("failed", func(t *testing.T) {
		_, v := begin(`{"to":"+4915212345679","code":"471903","checked":"elsewhere"}`)
		if status, _, raw := w.call(t, http.MethodPost, fmt.Sprint("/v1/verifications/", v["id"], "/outcome"), `{"outcome":"failed"}`); status != 200 || !strings.Contains(raw, `"state":"exhausted"`) {
			t.Errorf("%d %s", status, raw)
		}
	})
	t.Run("one that is checked here has no outcome", func(t *testing.T) {
		_, v := begin(`{"to":"+4915212345680"}`)
		if status, _, raw := w.call(t, http.MethodPost, fmt.Sprint("/v1/verifications/", v["id"], "/outcome"), `{"outcome":"verified"}`); status != 409 {
			t.Errorf("%d %s", status, raw)
		}
	})
}

// Neighbours are no sign of a pump where nobody says who answers; the plain limits are.
func TestLimitsOfCodesCheckedElsewhere(t *testing.T) {
	w := start(t, gatewaytest.Modems(0), gatewaytest.Configure(usual))
	w.key = w.Key(t, "identity", key.SendCodes, key.Elsewhere)
	send := func(to string) bool {
		status, _, _ := w.call(t, http.MethodPost, "/v1/verifications", `{"to":"`+to+`","code":"471902","checked":"elsewhere"}`)
		return status == http.StatusCreated
	}
	sent := 0
	for i := range 120 {
		if send(neighbour(i)) {
			sent++
		}
	}
	if sent != 100 {
		t.Errorf("%d codes to a block were sent, want 100", sent)
	}
	sent = 0
	for range 8 {
		if send("+4915212345678") {
			sent++
		}
	}
	if sent != 5 {
		t.Errorf("%d codes to a number were sent in an hour, want 5", sent)
	}
}
