package line

import (
	"math/rand/v2"
	"testing"
	"time"

	"simgate/gateway/clock"
	"simgate/gateway/msisdn"
)

func TestRest(t *testing.T) {
	for _, tc := range []struct {
		name string
		pace Pace
		draw float64
		want time.Duration
	}{
		{"no limit", Pace{}, 0.5, 0},
		{"six a minute", Pace{Rate: 6}, 0.9, 10 * time.Second},
		{"the shortest with jitter", Pace{Rate: 6, Jitter: 0.3}, 0, 7 * time.Second},
		{"the longest with jitter", Pace{Rate: 6, Jitter: 0.3}, 1, 13 * time.Second},
		{"a pause alone", Pace{Pause: 3 * time.Second}, 0.1, 3 * time.Second},
		{"a pause that is longer than the rate wants", Pace{Rate: 60, Pause: 3 * time.Second}, 0.1, 3 * time.Second},
	} {
		if got := tc.pace.rest(tc.draw); got.Round(time.Millisecond) != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// A machine is a clock that jumps, and the period that is counted by it.
type machine struct {
	booted int64 // real time, in milliseconds
	boot   string
	offset time.Duration // of the time of day
	p      period
}

var epoch = time.Date(2026, 11, 21, 15, 4, 5, 0, time.UTC)

func (m *machine) look(real int64) bool {
	now := epoch.Add(time.Duration(real)*time.Millisecond + m.offset)
	p, fresh := m.p.at(now, clock.Uptime(real-m.booted), m.boot)
	m.p = p
	return fresh
}

const hourMillis = int64(time.Hour / time.Millisecond)

func TestPeriod(t *testing.T) {
	type step struct {
		after time.Duration
		jump  time.Duration
		boot  bool
		fresh bool
	}
	const h = time.Hour
	const d = 24 * h
	for _, tc := range []struct {
		name  string
		kind  periodKind
		steps []step
	}{
		{"midnight begins a day", daily, []step{{after: 8 * h}, {after: h, fresh: true}, {after: 23 * h}, {after: h, fresh: true}}},
		{"a month begins with its first day", monthly, []step{{after: 9 * d}, {after: h * 9, fresh: true}, {after: 28 * d}, {after: 3 * d, fresh: true}}},
		{"a clock that goes a day ahead gains nothing", daily, []step{{jump: d}, {after: h}, {after: 6 * h}, {after: h + 10*time.Minute, fresh: true}}},
		{"nor one that goes ahead and back, again and again", daily,
			[]step{{jump: d}, {jump: -d}, {jump: 2 * d}, {jump: -2 * d}, {after: 9 * h, fresh: true}, {jump: d}, {jump: -d}}},
		{"a clock that goes back goes on with the count, and ends it at its midnight", daily, []step{{jump: -400 * d}, {after: 9 * h, fresh: true}}},
		{"an hour back over midnight", daily, []step{{after: 9 * h, fresh: true}, {jump: -h}, {after: h}, {after: 23 * h, fresh: true}}},
		{"three days switched off", daily, []step{{boot: true, jump: 3 * d, fresh: true}, {after: h}}},
		{"a machine without a clock wakes up in the past and learns the time", daily,
			[]step{{boot: true, jump: -20000 * d}, {after: time.Minute}, {jump: 20000 * d}, {after: 9 * h, fresh: true}}},
		{"and learns that it is another day", daily, []step{{boot: true, jump: -20000 * d}, {jump: 20001 * d, fresh: true}, {after: h}}},
		{"and never learns it", daily, []step{{boot: true, jump: -20000 * d}, {after: 2 * h}, {after: 7 * h}, {after: 17 * h, fresh: true}}},
		{"a clock that was a year ahead does not block for a year", daily,
			[]step{{boot: true, jump: 365 * d, fresh: true}, {jump: -365 * d}, {after: 8 * h}, {after: h, fresh: true}, {after: 23 * h}, {after: h, fresh: true}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := machine{boot: "1", booted: -2 * hourMillis, p: period{kind: tc.kind}}
			real := int64(0)
			if !m.look(real) {
				t.Fatal("the first period does not begin")
			}
			for i, s := range tc.steps {
				real += s.after.Milliseconds()
				m.offset += s.jump
				if s.boot {
					m.boot, m.booted = m.boot+"+", real
				}
				if got := m.look(real); got != s.fresh {
					t.Fatalf("step %d at %s: begun %v, want %v; %+v", i+1, epoch.Add(time.Duration(real)*time.Millisecond+m.offset), got, s.fresh, m.p)
				}
			}
		})
	}
}

// Whatever the clock does while the machine is on, days do not begin more often
// than they last; and once it goes steadily, no day lasts for ever.
func TestPeriodsOfAClockThatJumps(t *testing.T) {
	for seed := range uint64(2000) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		kind := periodKinds[rnd.IntN(2)]
		m := machine{boot: "1", p: period{kind: kind}}
		m.look(0)
		real, begun := int64(0), 0
		for range 200 {
			if rnd.IntN(3) == 0 {
				m.offset = time.Duration(rnd.Int64N(int64(4*365*24*time.Hour))) - 2*365*24*time.Hour
			}
			real += rnd.Int64N(5 * hourMillis)
			if m.look(real) {
				begun++
			}
		}
		if most := 2 + int(real/kind.shortest().Milliseconds()); begun > most {
			t.Fatalf("seed %d: %d periods began in %d hours, want at most %d", seed, begun, real/hourMillis, most)
		}
		longest := 2 * 25 * hourMillis
		if kind == monthly {
			longest = 2 * 32 * 24 * hourMillis
		}
		for end := real + longest; ; real += hourMillis {
			if m.look(real) {
				break
			}
			if real > end {
				t.Fatalf("seed %d: no %s begins though the clock is steady: %+v", seed, kind, m.p)
			}
		}
	}
}

// What a line may send does not depend on when anybody looks: the end that is
// told is the moment at which the next period begins.
func TestPeriodEndsWhenItSaysSo(t *testing.T) {
	for seed := range uint64(2000) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		kind := periodKinds[rnd.IntN(2)]
		m := machine{boot: "1", p: period{kind: kind}}
		m.look(0)
		real := rnd.Int64N(24 * hourMillis)
		m.offset = time.Duration(rnd.Int64N(int64(60 * 24 * time.Hour)))
		m.look(real)
		now := epoch.Add(time.Duration(real)*time.Millisecond + m.offset)
		end := m.p.ends(now, clock.Uptime(real), m.boot)
		until := int64(end)
		before, at := m, m
		if before.look(until - 1) {
			t.Fatalf("seed %d: the %s begins before %d", seed, kind, until)
		}
		if !at.look(until) {
			t.Fatalf("seed %d: no %s begins at its end; %+v", seed, kind, m.p)
		}
	}
}

func TestSilentLines(t *testing.T) {
	const window = 100
	history := func(groups ...[]sentPart) []sentPart {
		var all []sentPart
		for _, g := range groups { // oldest first
			all = append(g, all...)
		}
		return all
	}
	parts := func(count int, line int64, to string, at clock.Tick, reported bool) []sentPart {
		var all []sentPart
		for i := range count {
			all = append(all, sentPart{line: line, to: msisdn.Number(to + string(rune('0'+i%10)) + "234567"), at: at, reported: reported})
		}
		return all
	}
	forgiven := parts(10, 1, "+4917", 20, false)
	for i := range forgiven {
		forgiven[i].forgiven = true
	}
	for _, tc := range []struct {
		name  string
		parts []sentPart
		want  []int64
	}{
		{"nothing", nil, nil},
		{"all reported", history(parts(30, 1, "+4917", 10, true)), nil},
		{"reports stop", history(parts(30, 1, "+4917", 10, true), parts(10, 1, "+4917", 20, false)), []int64{1}},
		{"too few", history(parts(30, 1, "+4917", 10, true), parts(9, 1, "+4917", 20, false)), nil},
		{"too young", history(parts(30, 1, "+4917", 10, true), parts(10, 1, "+4917", 101, false)), nil},
		{"a young one was reported", history(parts(30, 1, "+4917", 10, true), parts(10, 1, "+4917", 20, false), parts(1, 1, "+4917", 101, true)), nil},
		{"one recipient", history(parts(30, 1, "+4917", 10, true), slicesOf(10, sentPart{line: 1, to: "+491701234567", at: 20})), nil},
		{"there never were reports", history(parts(60, 1, "+4917", 10, false)), nil},
		{"another line shows that the route reports", history(parts(30, 2, "+4917", 10, true), parts(10, 1, "+4917", 20, false)), []int64{1}},
		{"another line on another route does not", history(parts(30, 2, "+4917", 10, true), parts(10, 1, "+2557", 20, false)), nil},
		{"one route of two is dead", history(parts(20, 1, "+4917", 10, true), parts(20, 1, "+2557", 10, true),
			parts(10, 1, "+2557", 20, false), parts(10, 1, "+4917", 30, true)), []int64{1}},
		{"forgiven", history(parts(30, 1, "+4917", 10, true), forgiven), nil},
		{"again after it was forgiven", history(parts(30, 1, "+4917", 10, true), forgiven, parts(10, 1, "+4917", 30, false)), []int64{1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := silentLines(tc.parts, 10, window)
			if len(got) != len(tc.want) {
				t.Fatalf("silent are %v, want %v", got, tc.want)
			}
			for _, line := range tc.want {
				if got[line] == "" {
					t.Errorf("line %d is not among %v", line, got)
				}
			}
		})
	}
}

func slicesOf(n int, p sentPart) []sentPart {
	all := make([]sentPart, n)
	for i := range all {
		all[i] = p
	}
	return all
}
