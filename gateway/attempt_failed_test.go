package gateway

import (
	"testing"

	"simgate/gateway/call"
)

// An attempt has failed where the person will not get the code by it.
func TestFailedAttempts(t *testing.T) {
	failed := map[State]bool{Failed: true, Undelivered: true, ExpiredOut: true,
		State(call.Busy): true, State(call.NoAnswer): true, State(call.Refused): true, State(call.NoKey): true}
	for _, s := range []State{Queued, Sending, Sent, Delivered, Unknown, Failed, Undelivered, ExpiredOut, Cancelled,
		State(call.Calling), State(call.Completed), State(call.HungUp), State(call.Busy), State(call.NoAnswer), State(call.Refused), State(call.NoKey)} {
		if got := tried([]Attempt{{State: s}})[0].Failed; got != failed[s] {
			t.Errorf("an attempt that is %s has failed: %v", s, got)
		}
	}
}
