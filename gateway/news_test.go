package gateway

import (
	"encoding/json"
	"testing"
	"time"

	"simgate/gateway/call"
	"simgate/gateway/cause"
	"simgate/gateway/webhook"
)

// A delivery keeps what it is about from its first try on. An upgrade, or the way back, in
// between must not lose the cause.
func TestCauseOfADeliveryThatAnEarlierReleaseHasTried(t *testing.T) {
	for _, tc := range []struct{ name, content string }{
		{"message", `{"Message":{"ID":7,"Parts":null,"Aside":{"At":"0001-01-01T00:00:00Z","Until":"0001-01-01T00:00:00Z","Why":"","Code":""},
			"Cause":"CMS 38: the network failed","CauseCode":"cms_38","Waiting":"","WaitingCode":""},"Number":"+4915100000001"}`},
		{"call", `{"Call":{"ID":7,"Cause":"CMS 38: the network failed","CauseCode":"cms_38","Waiting":""},"Number":""}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := cause.Cause{Code: "cms_38", Text: "CMS 38: the network failed"}
			read := func(content []byte) (s Subject) {
				t.Helper()
				_, err := WithSubject(func(n News) (*webhook.Request, error) { s = n.Subject; return nil, nil })(webhook.News{Content: content}) //nolint:nilnil // nothing is sent
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			s := read([]byte(tc.content))
			if m, c := s.Message, s.Call; m != nil && (m.ID != 7 || m.Cause != want) || c != nil && (c.ID != 7 || c.Cause != want) || m == nil && c == nil {
				t.Fatalf("it became %+v %+v", m, c)
			}
			raw, err := json.Marshal(keep(s))
			if err != nil {
				t.Fatal(err)
			}
			var before struct { // as an earlier release reads it
				Message, Call struct {
					ID                        int64
					Cause, CauseCode, Waiting string
				}
			}
			if err := json.Unmarshal(raw, &before); err != nil {
				t.Fatal(err)
			}
			if m, c := before.Message, before.Call; m.ID+c.ID != 7 || m.Cause+c.Cause != want.Text || m.CauseCode+c.CauseCode != "cms_38" {
				t.Errorf("it is kept as %s", raw)
			}
			if again := read(raw); again.Message != nil && again.Message.Cause != want || again.Call != nil && again.Call.Cause != want {
				t.Errorf("read again it became %+v %+v", again.Message, again.Call)
			}
		})
	}
	m := Message{ID: 7, Text: "hello", Accepted: time.Unix(1, 0).UTC(), Waiting: cause.NoModem.With()}
	raw, err := json.Marshal(keep(Subject{Message: &m, Call: &call.Call{ID: 8}}))
	if err != nil {
		t.Fatal(err)
	}
	var k kept
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	if s := k.subject(); s.Message.Text != "hello" || !s.Message.Accepted.Equal(m.Accepted) || s.Call.ID != 8 {
		t.Errorf("%s became %+v %+v", raw, s.Message, s.Call)
	}
}
