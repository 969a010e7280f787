package line

import (
	"testing"
	"time"
)

// Pauses double from the first on, up to 60 times it; how many tries a cause is worth is its
// own, at most as many as the owner wants.
func TestPausesAndTries(t *testing.T) {
	busy, congested := &Error{Class: Retry}, &Error{Class: Retry, Pause: 15 * time.Second}
	for i, want := range []int{2, 4, 8, 16, 32, 64, 120, 120} {
		if got := PauseOf(busy, i+1); got != time.Duration(want)*time.Second {
			t.Errorf("the pause after try %d is %s, want %d s", i+1, got, want)
		}
	}
	for i, want := range []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		if got := PauseOf(congested, i+1); got != want {
			t.Errorf("with congestion the pause after try %d is %s, want %s", i+1, got, want)
		}
	}
	if got := PauseOf(busy, 1000); got != 2*time.Minute {
		t.Errorf("after a thousand tries %s", got)
	}
	for _, tc := range []struct {
		name        string
		err         error
		limit, want int
	}{
		{"what passes", busy, 0, 0}, {"what passes, with a limit", busy, 7, 7}, {"its own", &Error{Class: Retry, Tries: 2}, 0, 2},
		{"its own below the limit", &Error{Class: Retry, Tries: 2}, 7, 2}, {"the limit below its own", &Error{Class: Retry, Tries: 3}, 1, 1},
		{"no line can", &Error{Class: OtherLine}, 0, 5}, {"no line can, with a limit", &Error{Class: OtherLine}, 3, 3},
	} {
		if got := TriesOf(tc.err, tc.limit); got != tc.want {
			t.Errorf("%s: %d tries, want %d", tc.name, got, tc.want)
		}
	}
}
