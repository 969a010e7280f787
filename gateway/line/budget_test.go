package line

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"simgate/gateway/clock"
)

func TestBudget(t *testing.T) {
	used := func(parts, recipients int) budget {
		return budget{period: period{kind: daily, used: usage{parts: parts, recipients: recipients}}, limits: usage{parts: 10, recipients: 5},
			reserve: 0.25, until: clock.Uptime(0).Add(9 * time.Hour), local: time.Date(2026, 11, 21, 15, 0, 0, 0, time.UTC)}
	}
	bare := func(b budget) budget { b.reserve = 0; return b }
	shared := func(b budget, apps ...string) budget {
		for i, app := range apps {
			b.sharers.add(sharer{app, clock.Uptime(0).Add(time.Duration(i+2) * time.Hour)})
		}
		return b
	}
	at := meeting{1, daily}
	took := func(parts, recipients int) map[meeting]usage {
		return map[meeting]usage{at: {parts: parts, recipients: recipients}}
	}
	met := map[meeting]bool{at: true}
	const (
		whole    = "line 1 is over its budget of 10 messages a day until 2026-11-22 00:00 +00:00"
		codes    = "line 1 is over its budget of 10 messages a day (3 of it kept for codes) until 2026-11-22 00:00 +00:00"
		known    = "line 1 is over its budget of 10 messages a day (1 of it kept for codes to numbers that have answered one) until 2026-11-22 00:00 +00:00"
		half     = "the app shop has used its half of the budget of line 1 (10 messages a day), which other apps share, until 2026-11-21 17:00 +00:00"
		halfOfTo = "the app shop has used its half of the budget of line 1 (5 different recipients a day), which other apps share, until 2026-11-21 17:00 +00:00"
	)
	for _, tc := range []struct {
		name string
		b    budget
		n    Need
		want string
	}{
		{"room", used(6, 2), Need{Lane: Normal, Parts: 1}, ""},
		{"the reserve is for codes", used(7, 2), Need{Lane: Normal, Parts: 1}, codes},
		{"a code takes from the reserve", used(7, 2), Need{Lane: Codes, Parts: 1}, ""},
		{"a code finds nothing left", used(10, 2), Need{Lane: Codes, Known: true, Parts: 1}, whole},
		{"a code leaves the tenth to known numbers", used(9, 2), Need{Lane: Codes, Parts: 1}, known},
		{"a known number has the tenth", used(9, 2), Need{Lane: Codes, Known: true, Parts: 1}, ""},
		{"messages leave the tenth without a reserve", bare(used(9, 2)), Need{Lane: Normal, Parts: 1}, known},
		{"a known number has no tenth for messages", bare(used(9, 2)), Need{Lane: Normal, Known: true, Parts: 1}, known},
		{"all parts must fit", used(5, 2), Need{Lane: Normal, Parts: 3}, codes},
		{"longer than the budget, after another", used(1, 2), Need{Lane: Normal, Parts: 30}, codes},
		{"longer than the budget, alone", used(0, 0), Need{Lane: Normal, Parts: 30}, ""},
		{"a new recipient too many", used(3, 5), Need{Lane: Codes, Known: true, Parts: 1}, "line 1 is over its budget of 5 different recipients a day until 2026-11-22 00:00 +00:00"},
		{"a recipient that was written to before", used(3, 5), Need{Lane: Codes, Parts: 1, met: met}, ""},
		{"no limits", budget{period: period{used: usage{parts: 1e6, recipients: 1e6}}}, Need{Parts: 1}, ""},

		{"an app alone goes on beyond its half", shared(used(5, 2), "shop"), Need{App: "shop", Lane: Codes, Parts: 1, taken: took(5, 2)}, ""},
		{"its half is used up", shared(used(5, 2), "shop", "bank"), Need{App: "shop", Lane: Codes, Known: true, Parts: 1, taken: took(5, 2)},
			"the app shop has used its half of the budget of line 1 (10 messages a day), which other apps share, until 2026-11-21 18:00 +00:00"},
		{"until no other app has sent for a day", shared(used(5, 2), "bank", "shop"), Need{App: "shop", Lane: Codes, Known: true, Parts: 1, taken: took(5, 2)}, half},
		{"the other app has its own", shared(used(5, 2), "shop", "bank"), Need{App: "bank", Lane: Codes, Parts: 1, taken: took(0, 0)}, ""},
		{"half of what is not kept", shared(used(4, 2), "bank"), Need{App: "shop", Lane: Codes, Parts: 1, taken: took(4, 2)}, half},
		{"a known number has half of the tenth", shared(used(4, 2), "bank"), Need{App: "shop", Lane: Codes, Known: true, Parts: 1, taken: took(4, 1)}, ""},
		{"half of what messages may take", shared(used(3, 2), "bank"), Need{App: "shop", Lane: Normal, Parts: 1, taken: took(3, 2)}, half},
		{"half of the recipients", shared(used(3, 2), "bank"), Need{App: "shop", Lane: Codes, Parts: 1, taken: took(2, 2)}, halfOfTo},
		{"none of them for one that was written to before", shared(used(3, 2), "bank"), Need{App: "shop", Lane: Codes, Parts: 1, taken: took(2, 2), met: met}, ""},
		{"longer than the half, before all else", shared(used(2, 2), "bank"), Need{App: "shop", Lane: Codes, Parts: 6, taken: took(0, 0)}, ""},
		{"longer than the half, after another", shared(used(2, 2), "bank"), Need{App: "shop", Lane: Codes, Parts: 6, taken: took(1, 1)}, half},
		{"an app that sent long ago shares nothing", shared(func() budget { b := used(5, 2); b.up = clock.Uptime(0).Add(3 * time.Hour); return b }(), "bank"),
			Need{App: "shop", Lane: Codes, Parts: 1, taken: took(5, 2)}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.b.refuses(tc.n, 1); got.Cause.Text != tc.want || (got.Until != 0) != (tc.want != "") {
				t.Errorf("it is held by %q until %d, want %q", got.Cause, got.Until, tc.want)
			}
		})
	}
}

func TestBudgetOfMoney(t *testing.T) {
	at, settings := meeting{1, daily}, &Settings{Prices: []Price{{"+49", 75_000}, {"+1", 600_000}}}
	spent := func(micros int64) budget {
		return budget{period: period{kind: daily, used: usage{micros: micros}}, limits: usage{micros: 1_000_000}, settings: settings,
			reserve: 0.2, until: clock.Uptime(0).Add(9 * time.Hour), local: time.Date(2026, 11, 21, 15, 0, 0, 0, time.UTC)}
	}
	shared := func(b budget) budget { b.sharers.add(sharer{"bank", clock.Uptime(0).Add(time.Hour)}); return b }
	own := func(micros int64) map[meeting]usage { return map[meeting]usage{at: {micros: micros}} }
	const half = "the app shop has used its half of the budget of line 1 (1.00 to spend a day), which other apps share, until 2026-11-21 16:00 +00:00"
	for _, tc := range []struct {
		name string
		b    budget
		n    Need
		want string
	}{
		{"room", spent(900_000), Need{To: "+491701234567", Lane: Codes, Parts: 1}, ""},
		{"too little is left", spent(950_000), Need{To: "+491701234567", Lane: Codes, Known: true, Parts: 1}, "line 1 is over its budget of 1.00 to spend a day until 2026-11-22 00:00 +00:00"},
		{"for two parts", spent(900_000), Need{To: "+491701234567", Lane: Codes, Parts: 2}, "line 1 is over its budget of 1.00 to spend a day until 2026-11-22 00:00 +00:00"},
		{"messages leave the reserve", spent(790_000), Need{To: "+491701234567", Lane: Normal, Parts: 1},
			"line 1 is over its budget of 1.00 to spend a day (0.20 of it kept for codes) until 2026-11-22 00:00 +00:00"},
		{"what has no price costs nothing", spent(1_000_000), Need{To: "+331701234567", Lane: Codes, Parts: 9}, ""},
		{"what is dearer than all never goes", spent(0), Need{To: "+12025550143", Lane: Codes, Parts: 2}, "line 1 is over its budget of 1.00 to spend a day until 2026-11-22 00:00 +00:00"},
		{"its half is used up", shared(spent(450_000)), Need{App: "shop", To: "+491701234567", Lane: Codes, Known: true, Parts: 1, taken: own(450_000)}, half},
		{"nor by one that is known", shared(spent(0)), Need{App: "shop", To: "+12025550143", Lane: Codes, Known: true, Parts: 1}, half},
		{"the other app has its own", shared(spent(450_000)), Need{App: "bank", To: "+491701234567", Lane: Codes, Parts: 1}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.b.refuses(tc.n, 1); got.Cause.Text != tc.want || (got.Until != 0) != (tc.want != "") {
				t.Errorf("it is held by %q until %d, want %q", got.Cause, got.Until, tc.want)
			}
		})
	}
}

func TestCreditIsShared(t *testing.T) {
	const hours = time.Hour
	c := credit{top: 2_000_000, costs: &Settings{Prices: []Price{{"", 300_000}}}, up: 1000}
	alone := c
	c.sharers.add(sharer{"bank", c.up.Add(30 * time.Minute)})
	long := c
	long.sharers.add(sharer{"club", c.up.Add(20 * hours)})
	n := Need{App: "shop", To: "+491701234567", Lane: Codes, Known: true, Parts: 1}
	for _, tc := range []struct {
		name  string
		c     credit
		app   string
		spent int64
		want  time.Duration
	}{
		{"within its half", c, "shop", 700_000, 0},
		{"its half is used up", c, "shop", 701_000, 30 * time.Minute},
		{"it is looked at again", long, "shop", 701_000, hours},
		{"the other has its own", c, "bank", 900_000, 0},
		{"alone", alone, "shop", 1_900_000, 0},
		{"not known", credit{costs: c.costs, sharers: c.sharers, up: c.up}, "shop", 1_900_000, 0},
	} {
		n.App, n.spent = tc.app, map[int64]int64{1: tc.spent}
		h := tc.c.refuses(n, 1)
		if want := c.up.Add(tc.want); h.Until != want && (tc.want != 0 || h.Until != 0) {
			t.Errorf("%s: %+v, want until %d", tc.name, h, want)
		}
	}
	n.App, n.spent = "shop", map[int64]int64{1: 900_000}
	if want := "the app shop has used its half of the credit of line 1 (2.00 when it was topped up), which other apps share: top it up"; c.refuses(n, 1).Cause.Text != want {
		t.Errorf("it waits for %q", c.refuses(n, 1).Cause.Text)
	}
}

func TestSharesOfSmallBudgets(t *testing.T) {
	for _, tc := range []struct{ limit, codes, half int64 }{{1, 1, 1}, {2, 2, 1}, {3, 3, 1}, {4, 4, 2}, {5, 4, 2}, {10, 9, 4}, {14, 13, 6}, {15, 13, 6}, {100, 90, 45}} {
		r := ration{limit: tc.limit}
		if got := r.share(Need{Lane: Codes}, 0); got != tc.codes || r.half(got) != tc.half {
			t.Errorf("of %d unknown numbers may have %d, one app %d of it; want %d, %d", tc.limit, got, r.half(got), tc.codes, tc.half)
		}
	}
}

// Three apps send at random for a day and more: while another has sent in the 24 hours
// before, none has more than half, by far or near; the tenth goes to known numbers alone;
// what one app does never refuses another that has not had its half and of which there
// are no more than two; and one that is alone gets all.
func TestSharesInRandomHistories(t *testing.T) {
	apps := []string{"shop", "bank", "club"}
	for seed := range uint64(3000) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		s, now, limit := newSenders(), clock.Moment{Up: 1, Tick: 1}, 1+rnd.IntN(60)
		b := budget{period: period{kind: daily}, limits: usage{parts: limit}, reserve: float64(rnd.IntN(4)) / 10, until: clock.Uptime(0).Add(10_000 * time.Hour)}
		playing, own, last := apps[:1+rnd.IntN(3)], map[string]int{}, map[string]clock.Tick{}
		for range 300 {
			pause := time.Duration(rnd.Int64N(int64(20 * time.Minute)))
			if rnd.IntN(100) == 0 {
				pause = 30 * time.Hour
			}
			now.Up, now.Tick = now.Up.Add(pause), now.Tick.Add(pause)
			n := Need{App: playing[rnd.IntN(len(playing))], Lane: Lane(rnd.IntN(2)), Known: rnd.IntN(3) == 0, Parts: 1}
			n.taken = map[meeting]usage{{1, daily}: {parts: own[n.App]}}
			b.up, b.sharers = now.Up, s.by(1, now)
			shared := slices.ContainsFunc(playing, func(app string) bool {
				at, ok := last[app]
				return ok && app != n.App && now.Tick.Sub(at) < 24*time.Hour
			})
			share := int(ration{limit: int64(limit)}.share(n, b.reserve))
			h := b.refuses(n, 1)
			switch {
			case h.Until == 0 && (b.used.parts >= share || shared && own[n.App] >= max(1, share/2)):
				t.Fatalf("seed %d: %+v goes beyond its share of %+v, shared %v", seed, n, b, shared)
			case h.Until != 0 && b.used.parts < share && (!shared || own[n.App] < max(1, share/2)):
				t.Fatalf("seed %d: %+v does not get its share of %+v, shared %v: %s", seed, n, b, shared, h.Cause)
			case h.Until != 0 && h.Until <= now.Up:
				t.Fatalf("seed %d: it waits for the past: %+v", seed, h)
			}
			if h.Until != 0 {
				continue
			}
			s.note(n.App, int64(rnd.IntN(2)), now.Tick)
			last[n.App] = now.Tick
			b.used.parts++
			own[n.App]++
		}
	}
}

// An app shares a line by which it sends, and all if any will do.
func TestWhoSharesALine(t *testing.T) {
	s, now := newSenders(), clock.Moment{Up: 1000, Tick: 5_000_000}
	s.note("one", 1, now.Tick)
	s.note("two", 2, now.Tick)
	other := func(line int64, app string) bool { return s.by(line, now).besides(app) > now.Up }
	if other(1, "one") || other(2, "two") || !other(1, "two") || !other(1, "") {
		t.Error("the line of another is shared")
	}
	s.note("any", 0, now.Tick.Add(time.Second))
	for line, app := range map[int64]string{1: "one", 2: "two", 3: ""} {
		if !other(line, app) {
			t.Errorf("line %d is not shared by one that goes by any", line)
		}
	}
	if other(3, "any") {
		t.Error("it shares with itself")
	}
	for i := range 20 {
		s.note(fmt.Sprint(i), int64(i%3), now.Tick)
	}
	now.Tick, now.Up = now.Tick.Add(24*time.Hour), now.Up.Add(24*time.Hour)
	if other(1, "any") || !other(1, "one") {
		t.Error("it ends after 24 hours")
	}
}
