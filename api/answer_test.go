package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	v1 "simgate/api/v1"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/line"
	"simgate/gateway/msisdn"
	"simgate/modem/simulator"
)

// A caller who waits is told what became of the message; what is left out of a text or
// replaced in it does not reach the phone.
func TestAnswersThatWait(t *testing.T) {
	w := start(t, gatewaytest.On(simulator.NewNetwork(simulator.ReportDelay(-1))))
	ready(t, w)
	const refused = "+4915112340009"
	w.Network.Refuse(refused, 1)
	post := func(query, content string, want int) (m v1.Message) {
		t.Helper()
		status, _, raw := w.call(t, http.MethodPost, "/v1/messages"+query, content)
		if err := json.Unmarshal([]byte(raw), &m); err != nil || status != want {
			t.Errorf("%s %s: status %d: %s", query, content, status, raw)
		}
		return m
	}
	m := post("?wait=30", `{"to":"`+anna+`","text":"„Código“ 🎉","transliterate":true,"strip":"emoji","class":0}`, 200)
	sms, err := w.Network.Subscriber(anna).Next(t.Context())
	if err != nil || m.State != string(gateway.Sent) || m.Class == nil || *m.Class != 0 || m.Text != `"Codigo" ` || sms.Text != m.Text {
		t.Errorf("%+v; the phone shows %q, %v", m, sms.Text, err)
	}
	if tpdu := w.Network.Submissions()[0].TPDU; tpdu[1+1+9+1] != 0x10 { // behind the first octet, TP-MR, TP-DA and TP-PID
		t.Errorf("TP-DCS is %#x", tpdu[12])
	}
	if m := post("?wait=99", `{"to":"`+refused+`","text":"x"}`, 200); m.State != string(gateway.Failed) || m.Cause == "" {
		t.Errorf("%+v", m)
	}
	post("?wait=1", `{"to":"`+anna+`","text":"x","not_before":"2027-01-01T00:00:00Z"}`, 202)
	post("?wait=x", `{"to":"`+anna+`","text":"x"}`, 400)
	post("?wait=5", `{"to":["`+anna+`"],"text":"x"}`, 400)
	post("", `{"to":"`+anna+`","text":"x","class":1}`, 400)
	post("", `{"to":"`+anna+`","text":"x","strip":"all"}`, 400)
	post("", `{"to":"`+anna+`","text":"🎉","strip":"emoji"}`, 400)
	post("", `{"to":"`+anna+`","text":"x","transliterate":"yes"}`, 400)
}

// A rehearsal tells what a text costs, and what would make it shorter.
func TestRehearsalOfAText(t *testing.T) {
	w := start(t, gatewaytest.Modems(0), gatewaytest.Configure(func(c *gateway.Config) {
		c.Lines.SIMs = []line.Settings{{ICCID: "8949020000000000001", Prices: []line.Price{{Prefix: "+49", Micros: 75_000}, {Prefix: "+4915", Micros: 70_000}}}}
	}))
	if micros, ok := w.Gateway.Lines().Price(msisdn.Number(anna)); !ok || micros != 70_000 {
		t.Fatal(micros, ok)
	}
	long := strings.Repeat("ā–я", 50)
	for _, to := range []string{`"` + anna + `"`, `["` + anna + `"]`} {
		for _, tc := range []struct {
			text, also, ucs2 string
			parts, replaced  int
			price            float64
		}{
			{"hello", "", "", 1, 0, 0.07},
			{long, "", "ā–я", 3, 2, 0.21},
			{long, `,"transliterate":true`, "я", 3, 0, 0.21},
			{strings.Repeat("ā–", 75), `,"transliterate":true`, "", 1, 0, 0.07},
		} {
			status, _, raw := w.call(t, http.MethodPost, "/v1/messages", `{"dry_run":true,"to":`+to+`,"text":"`+tc.text+`"`+tc.also+`}`)
			var one v1.Rehearsal
			var many v1.Mailing
			err := json.Unmarshal([]byte(raw), &one)
			if to[0] == '[' {
				if err = json.Unmarshal([]byte(raw), &many); err == nil && len(many.Messages) == 1 && many.Messages[0].Rehearsal != nil {
					one = *many.Messages[0].Rehearsal
				}
			}
			if err != nil || status != 200 || !one.Allowed || one.PartsTotal != tc.parts || one.UCS2For != tc.ucs2 || len(one.Replacements) != tc.replaced || one.Price != tc.price {
				t.Errorf("%q%s: status %d, %v: %s", tc.text, tc.also, status, err, raw)
			}
		}
	}
}
