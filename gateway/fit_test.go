package gateway_test

import (
	"slices"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/speech"
	"simgate/gateway/workflow"
)

// A workflow leaves out the message that may not go to a fixed line, and calls at once.
func TestWorkflowToAFixedLine(t *testing.T) {
	for _, tc := range []struct {
		name, steps string
		open        bool
		want        []workflow.Channel
	}{
		{"message, then call", "sms:60s,voice", false, []workflow.Channel{workflow.SMS, workflow.Voice}},
		{"call", "voice", false, []workflow.Channel{workflow.Voice}},
		{"message", "sms", true, []workflow.Channel{workflow.SMS}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
					c.Guard = guard.Config{FixedLines: tc.open}
					c.Voice.Engine = speech.New(speech.Config{})
				}))
				time.Sleep(time.Minute) // how the modem speaks is known
				flow, err := workflow.Parse(tc.steps)
				if err != nil {
					t.Fatal(err)
				}
				s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: "+4930123456", Workflow: flow})
				if err != nil {
					t.Fatal(err)
				}
				var got []workflow.Channel
				for _, a := range s.Verification.Attempts {
					got = append(got, a.Channel)
				}
				if !slices.Equal(got, tc.want) {
					t.Errorf("attempts by %v, want %v", got, tc.want)
				}
				time.Sleep(5 * time.Minute)
				if sent := len(w.Network.Submissions()); sent > 0 != tc.open {
					t.Errorf("%d messages left", sent)
				}
			})
		})
	}
}
