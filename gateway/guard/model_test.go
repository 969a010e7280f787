package guard

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

var (
	histories = flag.Int("histories", 2, "random histories of strangers and honest people")
	days      = flag.Int("days", 8, "simulated days of each")
	seed      = flag.Uint64("seed", 1, "of the first history")
)

// history is a random history of apps with honest people, known and new, and of strangers
// who use the forms of some of them as they like. A code that is sent arrives at once and
// lives for five minutes.
type history struct {
	*world
	random *rand.Rand
	live   map[[2]string]time.Duration // until when a code of an app to a number lives
	ignore map[[2]string]int           // codes of an app that a number which has answered has not, since
	sends  []modelSend
	events map[string]time.Duration // the last to the owner, by app
	attack attack
}

// modelSend is a code that left.
type modelSend struct {
	app, region, to string
	at              time.Duration
	answered, known bool
}

// attack is what strangers do for a while.
type attack struct {
	app        string
	what       string
	begin, end time.Duration
	victim     msisdn.Number
	range_     int
}

var attacks = []string{"pump", "pump abroad", "block", "neighbours", "victim", "colluding numbers", "a few colluding numbers"}

// ask asks for a code; got reports whether one lives on the phone after that.
func (h *history) ask(app string, to msisdn.Number, client string) (got bool, refusal *fault.Error, known bool) {
	h.t.Helper()
	key := [2]string{app, string(to)}
	h.write(func(tx *store.Tx) error {
		now := h.clock.Now()
		ignored, once := h.ignore[key]
		known = once && ignored < 3
		r := NewRequest(app, to, Code)
		r.Homes, r.Client = []string{"DE"}, client
		v, err := h.Inspect(tx, r, now)
		if err != nil {
			return err
		}
		if v.Event != nil {
			h.events[app] = h.up
		}
		if refusal = v.Refusal; refusal != nil {
			return nil //nolint:nilerr // a refusal is committed
		}
		r.Slow = v.Slow
		h.sends = append(h.sends, modelSend{app: app, region: r.Region, to: string(to), at: h.up, known: known})
		h.live[key] = h.up + 5*time.Minute
		if once {
			h.ignore[key]++
		}
		return h.Sent(tx, r, now.Tick)
	})
	return h.live[key] > h.up, refusal, known
}

func (h *history) answer(app string, to msisdn.Number) {
	h.t.Helper()
	h.answered(Request{App: app, To: to})
	delete(h.live, [2]string{app, string(to)})
	h.ignore[[2]string{app, string(to)}] = 0
	for i, s := range slices.Backward(h.sends) {
		if h.up-s.at > 25*time.Hour {
			break
		}
		if s.app == app && s.to == string(to) {
			h.sends[i].answered = true
		}
	}
}

// strange lets the strangers do one thing.
func (h *history) strange() {
	a := h.attack
	to, client, answers := msisdn.Number(""), "", false
	if h.random.IntN(2) == 0 {
		client = fmt.Sprintf("10.0.%d.%d", h.random.IntN(4), h.random.IntN(250))
	}
	switch a.what {
	case "pump":
		to = far(h.random.IntN(700))
	case "pump abroad":
		to = msisdn.Number(fmt.Sprintf("+336%08d", 10_000_000+h.random.IntN(80_000_000)))
	case "block":
		to = msisdn.Number(fmt.Sprintf("%s%04d", a.victim[:len(a.victim)-4], h.random.IntN(10_000)))
	case "neighbours":
		to = a.victim[:len(a.victim)-1] + msisdn.Number('0'+byte(h.random.IntN(10)))
	case "victim":
		to = a.victim
	case "colluding numbers":
		to, answers = msisdn.Number(fmt.Sprintf("+4915%d%08d", 20, a.range_+h.random.IntN(300))), h.random.IntN(2) == 0
	case "a few colluding numbers":
		to, answers = msisdn.Number(fmt.Sprintf("+4915%d%08d", 20, a.range_+h.random.IntN(5))), h.random.IntN(4) == 0
	}
	if got, _, _ := h.ask(a.app, to, client); got && answers {
		h.answer(a.app, to)
	}
}

// known lets a person who has answered an app before ask it for a code: there is one on
// the phone, or there will be within an hour.
func (h *history) known(app string, to msisdn.Number) {
	h.t.Helper()
	got, refusal, known := h.ask(app, to, "")
	for waited := time.Duration(0); !got && known; got, refusal, known = h.ask(app, to, "") {
		if app == quiet || refusal.RetryAfter <= 0 {
			h.t.Fatalf("%s, which nobody attacks, refuses somebody known: %v", app, refusal)
		}
		if waited += refusal.RetryAfter; waited > time.Hour {
			h.t.Fatalf("during %q somebody known is to wait for more than an hour: %v", h.attack.what, refusal)
		}
		h.up += refusal.RetryAfter
	}
	if got {
		h.up += time.Duration(10+h.random.IntN(60)) * time.Second
		h.answer(app, to)
	}
}

// newcomer lets a person who is new to an app ask it for a code, and perhaps answer.
func (h *history) newcomer(app string, to msisdn.Number) {
	h.t.Helper()
	got, refusal, _ := h.ask(app, to, "")
	if !got {
		region := to.Region()
		attacked := h.attack.app == app && h.up < h.attack.end+day+time.Hour && (h.attack.what == "pump abroad") == (region == "FR")
		if !attacked || refusal.RetryAfter <= 0 || refusal.RetryAfter > time.Hour {
			h.t.Fatalf("after %+v %s refuses somebody new: %v", h.attack, app, refusal)
		}
		if _, told := h.events[app]; !told {
			h.t.Fatalf("the owner does not know why: %v", refusal)
		}
		if h.up < h.attack.end+time.Hour {
			return
		}
		// An hour after the pump has ended whoever waits as told gets a code.
		h.up += refusal.RetryAfter
		if got, refusal, _ = h.ask(app, to, ""); !got {
			h.t.Fatalf("an hour after %+v somebody new waits in vain: %v", h.attack, refusal)
		}
	}
	h.up += time.Duration(10+h.random.IntN(60)) * time.Second
	if h.random.IntN(10) < 7 {
		h.answer(app, to)
	}
}

// bounded checks how many codes to unknown numbers left in vain: beyond those that were
// answered in the same time.
func (h *history) bounded() {
	h.t.Helper()
	slices.SortFunc(h.sends, func(a, b modelSend) int {
		return cmp.Or(cmp.Compare(a.app, b.app), cmp.Compare(a.region, b.region), cmp.Compare(a.at, b.at))
	})
	for _, w := range []struct {
		d     time.Duration
		limit int
	}{{time.Hour, 62}, {day, 120}} {
		first, surplus := 0, 0
		worth := func(s modelSend) int {
			switch {
			case s.answered:
				return -1
			case s.known:
				return 0
			}
			return 1
		}
		for i, s := range h.sends {
			if i > 0 && (s.app != h.sends[i-1].app || s.region != h.sends[i-1].region) {
				first, surplus = i, 0
			}
			surplus += worth(s)
			for s.at-h.sends[first].at >= w.d {
				surplus -= worth(h.sends[first])
				first++
			}
			if surplus > w.limit {
				h.t.Fatalf("in %s of %s %d more codes to %s were not answered than were", w.d, s.app, surplus, s.region)
			}
		}
	}
}

const quiet = "quiet"

// Whatever strangers do with the forms of some apps, it refuses nobody in another; who is
// known gets a code within an hour; who is new is refused only where the strangers are,
// with the time to wait, and the owner knows; and what leaves in vain is bounded.
func TestStrangersAndPeople(t *testing.T) {
	for i := range *histories {
		t.Run(fmt.Sprint("seed ", *seed+uint64(i)), func(t *testing.T) {
			t.Parallel()
			h := &history{world: newWorld(t, Config{Conversion: Throttle, Countries: []string{"DE", "FR"}}),
				random: rand.New(rand.NewPCG(*seed+uint64(i), 11)), live: map[[2]string]time.Duration{}, ignore: map[[2]string]int{}, events: map[string]time.Duration{}}
			apps := []string{quiet, "shop", "bank"}
			person := func(n int) msisdn.Number { return msisdn.Number(fmt.Sprintf("+49170%07d", 1_000_000+n*7919%8_000_000)) }
			const friends = 10
			for n := range friends {
				for _, app := range apps {
					h.ask(app, person(n), "")
					h.answer(app, person(n))
					h.up += 10 * time.Minute
				}
			}
			fresh := friends
			for end := h.up + time.Duration(*days)*day; h.up < end; {
				if h.up > h.attack.end+27*time.Hour { // so that each can be told from the one before
					h.attack = attack{app: apps[1+h.random.IntN(2)], what: attacks[h.random.IntN(len(attacks))],
						begin: h.up, end: h.up + time.Duration(1+h.random.IntN(30))*time.Hour,
						victim: person(h.random.IntN(friends)), range_: h.random.IntN(90_000_000)}
				}
				for range h.random.IntN(6) {
					if h.up < h.attack.end {
						h.strange()
						h.up += time.Duration(h.random.IntN(60)) * time.Second
					}
				}
				switch app := apps[h.random.IntN(len(apps))]; h.random.IntN(3) {
				case 0:
					h.known(app, person(h.random.IntN(friends)))
				case 1:
					fresh++
					h.newcomer(app, person(fresh))
				}
				h.up += time.Duration(h.random.IntN(10)) * time.Minute
			}
			h.bounded()
		})
	}
}
