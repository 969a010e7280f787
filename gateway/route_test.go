package gateway

import (
	"strings"
	"testing"
	"time"

	"simgate/gateway/line"
)

func TestRoute(t *testing.T) {
	ready := func(id int64) lineStatus { return lineStatus{line: id, state: line.Ready} }
	busy := func(l lineStatus) lineStatus { l.busy = true; return l }
	used := func(l lineStatus, at int64) lineStatus { l.lastUsed = at; return l }
	doubtful := func(l lineStatus) lineStatus { l.unknowns = 1; return l }
	off := lineStatus{line: 1, state: line.Searching}
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
		{"credit before rest", need{}, []lineStatus{{line: 1, state: line.Ready, broke: true}, used(ready(2), 9)}, 1},
		{"one without credit is better than none", need{}, []lineStatus{{line: 1, state: line.Ready, broke: true}}, 0},
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

func TestRouteByBudgetAndPrice(t *testing.T) {
	at := func(id int64) lineStatus { return lineStatus{line: id, state: line.Ready} }
	held := func(l lineStatus, brief bool) lineStatus {
		l.hold = hold{until: 9, why: "it is held", brief: brief}
		return l
	}
	full := func(l lineStatus) lineStatus {
		l.budgets = []budget{{period: period{kind: daily, parts: 10}, maxParts: 10, until: 20}}
		return l
	}
	costs := func(l lineStatus, prefix string, micros int64) lineStatus {
		l.settings = &SIMSettings{Prices: []Price{{Prefix: "", Micros: 50}, {Prefix: prefix, Micros: micros}}}
		return l
	}
	doubtful := func(l lineStatus) lineStatus { l.unknowns = 1; return l }
	probing := func(l lineStatus) lineStatus { l.probing = true; return l }
	message := need{lane: laneMessages, to: "+4915112345678", parts: 1}
	code := need{lane: laneCodes, to: "+4915112345678", parts: 1}
	avoiding := message
	avoiding.avoid = 1
	counted := message
	counted.line, counted.charged = 1, 1
	for _, tc := range []struct {
		name  string
		need  need
		lines []lineStatus
		want  int
		until int64 // that it waits for, where it waits
	}{
		{"past a held line", message, []lineStatus{held(at(1), false), at(2)}, 1, 0},
		{"past one without budget", message, []lineStatus{full(at(1)), at(2)}, 1, 0},
		{"waits for the first of two", message, []lineStatus{full(at(1)), held(at(2), true)}, -1, 9},
		{"waits for both of one line", message, []lineStatus{full(held(at(1), true))}, -1, 20},
		{"waits for nothing where a line is busy", message, []lineStatus{full(at(1)), {line: 2, state: line.Ready, busy: true}}, -1, 0},
		{"what has been counted goes to its end", counted, []lineStatus{full(at(1)), at(2)}, 0, 0},
		{"the one that could not, while the other is held for long", avoiding, []lineStatus{at(1), held(at(2), false)}, 0, 0},
		{"not while the other only rests", avoiding, []lineStatus{at(1), held(at(2), true)}, -1, 0},
		{"the one that could not, while the other has no budget", avoiding, []lineStatus{at(1), full(at(2))}, 0, 0},
		{"the cheaper", message, []lineStatus{costs(at(1), "+49", 70), costs(at(2), "+49", 60)}, 1, 0},
		{"the cheaper, though the other is healthier", message, []lineStatus{costs(at(1), "+49", 70), doubtful(costs(at(2), "+49", 60))}, 1, 0},
		{"the longest prefix counts", message, []lineStatus{costs(at(1), "+49", 70), costs(at(2), "+43", 10)}, 1, 0},
		{"a message tries the one in quarantine", message, []lineStatus{at(1), probing(at(2))}, 1, 0},
		{"a code does not", code, []lineStatus{at(1), probing(at(2))}, 0, 0},
		{"but where there is no other", code, []lineStatus{probing(at(2))}, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := route(tc.need, tc.lines); got != tc.want {
				t.Errorf("route = %d, want %d", got, tc.want)
			}
			if got := waitsFor(tc.need, tc.lines).until; tc.want < 0 && got != tc.until {
				t.Errorf("it waits until %d, want %d", got, tc.until)
			}
		})
	}
}

func TestPassedOver(t *testing.T) {
	status := func(name string, change func(*lineStatus)) lineStatus {
		l := lineStatus{name: name, line: int64(name[0]), state: line.Ready}
		if change != nil {
			change(&l)
		}
		return l
	}
	lines := []lineStatus{
		status("a", nil),
		status("b", nil), // it could have taken it
		status("c", func(l *lineStatus) { l.busy = true }),
		status("d", func(l *lineStatus) { l.state = line.Searching }),
		status("e", func(l *lineStatus) { l.hold = hold{until: 9, why: "it left three without an answer"} }),
		status("f", func(l *lineStatus) { l.hold = hold{until: 9, why: "it rests", brief: true} }),
		status("g", func(l *lineStatus) {
			l.budgets = []budget{{period: period{kind: daily, parts: 10}, maxParts: 10, until: 20}}
		}),
		status("h", func(l *lineStatus) { l.probing = true }),
		status("i", func(l *lineStatus) { l.broke = true }),
		status("j", func(l *lineStatus) { l.state = line.InCall }),
		status("k", nil),
	}
	got := passedOver(need{lane: laneCodes, parts: 1, avoid: 'k'}, 0, lines)
	for _, want := range []string{"d is searching", "e is held: it left three without an answer", "g has no budget: ", "h is in quarantine",
		"i has no credit", "k could not before"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	if n := strings.Count(got, "; "); n < 5 || strings.Contains(got, "b ") && strings.HasPrefix(got, "b ") {
		t.Errorf("%q", got)
	}
	if got := passedOver(need{line: 'a'}, 0, lines); got != "" {
		t.Errorf("the line that was asked for, and passed over %q", got)
	}
}

func TestBreaker(t *testing.T) {
	var b breaker
	up := int64(0)
	step := func(class line.Class, want time.Duration) {
		t.Helper()
		if got, broken := b.note(class, up); got != want || broken != (want > 0) {
			t.Errorf("after %d in a row %q pauses for %v, want %v", b.unknowns, class, got, want)
		}
	}
	step(line.Unknown, 0)
	step(line.Unknown, 0)
	step(line.Retry, 0) // an answer
	step(line.Unknown, 0)
	step(line.Unknown, 0)
	step(line.Device, 0) // neither
	for _, pause := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, time.Hour} {
		step(line.Unknown, pause)
	}
	step(line.None, 0)
	step(line.Unknown, 0)
	if b.until != 0 || b.unknowns != 1 {
		t.Errorf("after an answer it begins anew: %+v", b)
	}
}
