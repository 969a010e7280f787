package gateway

import (
	"testing"

	"simgate/modem"
)

func TestRoute(t *testing.T) {
	ready := func(line int64) lineStatus { return lineStatus{line: line, state: modem.Ready} }
	busy := func(l lineStatus) lineStatus { l.busy = true; return l }
	used := func(l lineStatus, at int64) lineStatus { l.lastUsed = at; return l }
	doubtful := func(l lineStatus) lineStatus { l.unknowns = 1; return l }
	off := lineStatus{line: 1, state: modem.Searching}
	for _, tc := range []struct {
		name  string
		need  need
		lines []lineStatus
		want  int
	}{
		{"no line at all", need{}, nil, -1},
		{"one free line", need{}, []lineStatus{ready(1)}, 0},
		{"a line that is not registered", need{}, []lineStatus{off}, -1},
		{"a line whose SIM is not known yet", need{}, []lineStatus{ready(0)}, -1},
		{"a busy line", need{}, []lineStatus{busy(ready(1))}, -1},
		{"busy and free", need{}, []lineStatus{busy(ready(1)), ready(2)}, 1},
		{"the one that rested longest", need{}, []lineStatus{used(ready(1), 9), used(ready(2), 3), used(ready(3), 5)}, 1},
		{"health before rest", need{}, []lineStatus{doubtful(used(ready(1), 1)), used(ready(2), 9)}, 1},
		{"a doubtful one is better than none", need{}, []lineStatus{doubtful(ready(1))}, 0},
		{"the one that was asked for", need{line: 2}, []lineStatus{ready(1), used(ready(2), 9)}, 1},
		{"the one that was asked for is busy", need{line: 2}, []lineStatus{ready(1), busy(ready(2))}, -1},
		{"the one that was asked for is off", need{line: 1}, []lineStatus{off, ready(2)}, -1},
		{"not the one that could not", need{avoid: 1}, []lineStatus{ready(1), used(ready(2), 9)}, 1},
		{"the one that could not, if there is no other", need{avoid: 1}, []lineStatus{ready(1)}, 0},
		{"waits for a busy other", need{avoid: 1}, []lineStatus{ready(1), busy(ready(2))}, -1},
		{"does not wait for one that is off", need{avoid: 2}, []lineStatus{off, ready(2)}, 1},
		{"avoided but asked for", need{line: 1, avoid: 1}, []lineStatus{ready(1), ready(2)}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := route(tc.need, tc.lines); got != tc.want {
				t.Errorf("route = %d, want %d", got, tc.want)
			}
		})
	}
}

func TestBackoff(t *testing.T) {
	for i, want := range []int{2, 4, 8, 16, 32, 64, 120, 120} {
		if got := int(backoff(i + 1).Seconds()); got != want {
			t.Errorf("pause before try %d is %d s, want %d", i+2, got, want)
		}
	}
	if got := backoff(1000); got.Seconds() != 120 {
		t.Errorf("after a thousand tries %v", got)
	}
}
