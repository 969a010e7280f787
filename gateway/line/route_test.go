package line

import (
	"strings"
	"testing"
	"time"

	"simgate/gateway/cause"
	"simgate/gateway/clock"
)

func TestRoute(t *testing.T) {
	ready := func(id int64) Candidate { return Candidate{ID: id, State: Ready} }
	busy := func(l Candidate) Candidate { l.Busy = true; return l }
	used := func(l Candidate, at clock.Uptime) Candidate { l.LastUsed = at; return l }
	doubtful := func(l Candidate) Candidate { l.Unknowns = 1; return l }
	off := Candidate{ID: 1, State: Searching}
	for _, tc := range []struct {
		name  string
		need  Need
		lines []Candidate
		want  int
	}{
		{"no line at all", Need{}, nil, -1},
		{"one free line", Need{}, []Candidate{ready(1)}, 0},
		{"a line that is not registered", Need{}, []Candidate{off}, -1},
		{"a line whose SIM is not known yet", Need{}, []Candidate{ready(0)}, -1},
		{"a busy line", Need{}, []Candidate{busy(ready(1))}, -1},
		{"busy and free", Need{}, []Candidate{busy(ready(1)), ready(2)}, 1},
		{"the one that rested longest", Need{}, []Candidate{used(ready(1), 9), used(ready(2), 3), used(ready(3), 5)}, 1},
		{"credit before rest", Need{}, []Candidate{{ID: 1, State: Ready, noCredit: true}, used(ready(2), 9)}, 1},
		{"one without credit is better than none", Need{}, []Candidate{{ID: 1, State: Ready, noCredit: true}}, 0},
		{"health before rest", Need{}, []Candidate{doubtful(used(ready(1), 1)), used(ready(2), 9)}, 1},
		{"a doubtful one is better than none", Need{}, []Candidate{doubtful(ready(1))}, 0},
		{"the one that was asked for", Need{Line: 2}, []Candidate{ready(1), used(ready(2), 9)}, 1},
		{"the one that was asked for is busy", Need{Line: 2}, []Candidate{ready(1), busy(ready(2))}, -1},
		{"the one that was asked for is off", Need{Line: 1}, []Candidate{off, ready(2)}, -1},
		{"not the one that could not", Need{Avoid: 1}, []Candidate{ready(1), used(ready(2), 9)}, 1},
		{"the one that could not, if there is no other", Need{Avoid: 1}, []Candidate{ready(1)}, 0},
		{"waits for a busy other", Need{Avoid: 1}, []Candidate{ready(1), busy(ready(2))}, -1},
		{"does not wait for one that is off", Need{Avoid: 2}, []Candidate{off, ready(2)}, 1},
		{"avoided but asked for", Need{Line: 1, Avoid: 1}, []Candidate{ready(1), ready(2)}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, _ := Choose(tc.need, tc.lines); got != tc.want {
				t.Errorf("the choice is %d, want %d", got, tc.want)
			}
		})
	}
}

func TestRouteByBudgetAndPrice(t *testing.T) {
	at := func(id int64) Candidate { return Candidate{ID: id, State: Ready} }
	held := func(l Candidate, brief bool) Candidate {
		l.Hold = Hold{Until: 9, Cause: cause.Cause{Text: "it is held"}, Brief: brief}
		return l
	}
	full := func(l Candidate) Candidate {
		l.budgets = []budget{{period: period{kind: daily, used: usage{parts: 10}}, limits: usage{parts: 10}, until: 20}}
		return l
	}
	costs := func(l Candidate, prefix string, micros int64) Candidate {
		l.settings = &Settings{Prices: []Price{{Prefix: "", Micros: 50}, {Prefix: prefix, Micros: micros}}}
		return l
	}
	doubtful := func(l Candidate) Candidate { l.Unknowns = 1; return l }
	probing := func(l Candidate) Candidate { l.probing = true; return l }
	message := Need{Lane: Normal, To: "+4915112345678", Parts: 1}
	code := Need{Lane: Codes, To: "+4915112345678", Parts: 1}
	avoiding := message
	avoiding.Avoid = 1
	counted := message
	counted.Line, counted.Charged = 1, 1
	for _, tc := range []struct {
		name  string
		need  Need
		lines []Candidate
		want  int
		until clock.Uptime // that it waits for, where it waits
	}{
		{"past a held line", message, []Candidate{held(at(1), false), at(2)}, 1, 0},
		{"past one without budget", message, []Candidate{full(at(1)), at(2)}, 1, 0},
		{"waits for the first of two", message, []Candidate{full(at(1)), held(at(2), true)}, -1, 9},
		{"waits for both of one line", message, []Candidate{full(held(at(1), true))}, -1, 20},
		{"waits for nothing where a line is busy", message, []Candidate{full(at(1)), {ID: 2, State: Ready, Busy: true}}, -1, 0},
		{"what has been counted goes to its end", counted, []Candidate{full(at(1)), at(2)}, 0, 0},
		{"the one that could not, while the other is held for long", avoiding, []Candidate{at(1), held(at(2), false)}, 0, 0},
		{"not while the other only rests", avoiding, []Candidate{at(1), held(at(2), true)}, -1, 0},
		{"the one that could not, while the other has no budget", avoiding, []Candidate{at(1), full(at(2))}, 0, 0},
		{"the cheaper", message, []Candidate{costs(at(1), "+49", 70), costs(at(2), "+49", 60)}, 1, 0},
		{"the cheaper, though the other is healthier", message, []Candidate{costs(at(1), "+49", 70), doubtful(costs(at(2), "+49", 60))}, 1, 0},
		{"the longest prefix counts", message, []Candidate{costs(at(1), "+49", 70), costs(at(2), "+43", 10)}, 1, 0},
		{"a message tries the one in quarantine", message, []Candidate{at(1), probing(at(2))}, 1, 0},
		{"a code does not", code, []Candidate{at(1), probing(at(2))}, 0, 0},
		{"but where there is no other", code, []Candidate{probing(at(2))}, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, _ := Choose(tc.need, tc.lines); got != tc.want {
				t.Errorf("the choice is %d, want %d", got, tc.want)
			}
			if got := WaitsFor(tc.need, tc.lines).Until; tc.want < 0 && got != tc.until {
				t.Errorf("it waits until %d, want %d", got, tc.until)
			}
		})
	}
}

func TestPassedOver(t *testing.T) {
	status := func(name string, change func(*Candidate)) Candidate {
		l := Candidate{Name: name, ID: int64(name[0]), State: Ready}
		if change != nil {
			change(&l)
		}
		return l
	}
	lines := []Candidate{
		status("a", nil),
		status("b", nil), // it could have taken it
		status("c", func(l *Candidate) { l.Busy = true }),
		status("d", func(l *Candidate) { l.State = Searching }),
		status("e", func(l *Candidate) {
			l.Hold = Hold{Until: 9, Cause: cause.Cause{Text: "it left three without an answer"}}
		}),
		status("f", func(l *Candidate) { l.Hold = Hold{Until: 9, Cause: cause.Cause{Text: "it rests"}, Brief: true} }),
		status("g", func(l *Candidate) {
			l.budgets = []budget{{period: period{kind: daily, used: usage{parts: 10}}, limits: usage{parts: 10}, until: 20}}
		}),
		status("h", func(l *Candidate) { l.probing = true }),
		status("i", func(l *Candidate) { l.noCredit = true }),
		status("j", func(l *Candidate) { l.State = InCall }),
		status("k", nil),
	}
	got := passedOver(Need{Lane: Codes, Parts: 1, Avoid: 'k'}, 0, lines)
	for _, want := range []string{"d finds no network", "e is held: it left three without an answer", "g has no budget: ", "h is in quarantine",
		"i has no credit", "k could not before"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	if n := strings.Count(got, "; "); n < 5 || strings.Contains(got, "b ") && strings.HasPrefix(got, "b ") {
		t.Errorf("%q", got)
	}
	if got := passedOver(Need{Line: 'a'}, 0, lines); got != "" {
		t.Errorf("the line that was asked for, and passed over %q", got)
	}
}

func TestBreaker(t *testing.T) {
	var b breaker
	now := clock.Uptime(0)
	step := func(class Class, want time.Duration) {
		t.Helper()
		if got, broken := b.note(class, now); got != want || broken != (want > 0) {
			t.Errorf("after %d in a row %q pauses for %v, want %v", b.unknowns, class, got, want)
		}
	}
	step(Unknown, 0)
	step(Unknown, 0)
	step(Retry, 0) // an answer
	step(Unknown, 0)
	step(Unknown, 0)
	step(Device, 0) // neither
	for _, pause := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, time.Hour} {
		step(Unknown, pause)
	}
	step(None, 0)
	step(Unknown, 0)
	if b.until != 0 || b.unknowns != 1 {
		t.Errorf("after an answer it begins anew: %+v", b)
	}
}
