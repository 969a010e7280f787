package fault_test

import (
	"testing"
	"time"

	"simgate/gateway/fault"
)

func TestWait(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "1 second", time.Millisecond: "1 second", time.Second: "1 second", 1001 * time.Millisecond: "2 seconds",
		90 * time.Second: "90 seconds", 3 * time.Minute: "3 minutes", 3 * time.Hour: "3 hours"} {
		if got := fault.Wait(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
