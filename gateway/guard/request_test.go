package guard

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"simgate/gateway/fault"
	"simgate/gateway/journal"
	"simgate/gateway/msisdn"
	"simgate/gateway/store"
)

const anna = msisdn.Number("+4915112345678")

// far returns numbers of one country that are no neighbours, each in a block of its own.
func far(i int) msisdn.Number { return msisdn.Number(fmt.Sprintf("+49151%08d", 20_000_000+i*100_003)) }

// near returns numbers of one block that are no neighbours.
func near(i int) msisdn.Number { return msisdn.Number(fmt.Sprintf("+4915112%06d", 340_000+i*101)) }

// Each rule and limit refuses in its place of the order, and says the same of a request
// that is only asked about, for which nothing is written.
func TestVerdicts(t *testing.T) {
	code := func(to msisdn.Number) Request { return NewRequest("shop", to, Code) }
	rule := func(kind Kind, key string) func(*world) {
		return func(w *world) {
			if _, err := w.SetRule(w.t.Context(), NewRule{Kind: kind, Key: key}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	sent := func(n int, to func(i int) msisdn.Number) func(*world) {
		return func(w *world) {
			for i := range n {
				w.sent(code(to(i)))
			}
			w.up += 20 * time.Minute
		}
	}
	both := func(list ...func(*world)) func(*world) {
		return func(w *world) {
			for _, fn := range list {
				fn(w)
			}
		}
	}
	always := func(int) msisdn.Number { return anna }
	for _, tc := range []struct {
		name   string
		cfg    Config
		before func(*world)
		r      Request
		want   fault.Reason
		event  bool
	}{
		{"at home", Config{}, nil, code(anna), "", false},
		{"abroad", Config{}, nil, code("+33612345678"), fault.CountryClosed, false},
		{"abroad, where that is open", Config{Countries: []string{"FR"}}, nil, code("+33612345678"), "", false},
		{"a call abroad, where codes may go", Config{Countries: []string{"FR"}}, nil, NewRequest("shop", "+33612345678", Call), fault.CountryClosed, false},
		{"a call abroad, where calls may go", Config{VoiceCountries: []string{AllCountries}}, nil, NewRequest("shop", "+33612345678", Call), "", false},
		{"premium, wherever codes may go", Config{Countries: []string{AllCountries}}, nil, code("+499001234567"), fault.KindRefused, false},
		{"premium, but always allowed", Config{}, rule(Safe, "+499001234567"), code("+499001234567"), "", false},
		{"blocked", Config{}, rule(Block, "+49151"), code(anna), fault.BlockedNumber, false},
		{"blocked, but always allowed", Config{}, both(rule(Block, "+49151"), rule(Safe, string(anna))), code(anna), "", false},
		{"one number too often", Config{}, sent(5, always), code(anna), fault.LimitNumber, false},
		{"calls count too", Config{}, func(w *world) {
			for range 5 {
				w.sent(NewRequest("shop", anna, Call))
			}
		}, code(anna), fault.LimitNumber, false},
		{"one block too often", Config{}, sent(25, near), code(near(30)), fault.LimitPrefix, false},
		{"one block, by another app", Config{}, sent(25, near), NewRequest("bank", near(30), Code), "", false},
		{"neighbours", Config{}, sent(5, func(i int) msisdn.Number { return msisdn.Number(fmt.Sprintf("+491511234567%d", i)) }), code(anna), fault.LimitRun, false},
		{"neighbours that were called", Config{}, func(w *world) {
			for i := range 5 {
				w.sent(NewRequest("shop", msisdn.Number(fmt.Sprintf("+491511234567%d", i)), Call))
			}
		}, code(anna), "", false},
		{"nobody of a country answers", Config{Conversion: Enforce}, sent(100, far), code(far(200)), fault.BlockedNumber, true},
		{"nobody of a country answers, which is logged", Config{Conversion: LogOnly}, sent(100, far), code(far(200)), "", false},
		{"nobody of a country answers, which is ignored", Config{Conversion: Off}, sent(100, far), code(far(200)), "", false},
		{"a tenth of a country answers", Config{Conversion: Enforce}, both(sent(100, far), func(w *world) {
			for i := range 10 {
				w.answered(code(far(i)))
			}
		}), code(far(200)), "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, tc.cfg)
			if tc.before != nil {
				tc.before(w)
			}
			dry := tc.r
			dry.Dry = true
			changes := w.changes()
			asked := w.inspect(dry)
			if asked.Event != nil || w.changes() != changes || len(w.refusals.of(tc.r.To)) != 0 {
				t.Errorf("what is only asked about is written down: %+v", asked)
			}
			got := w.inspect(tc.r)
			if asked.Refusal == nil && got.Refusal != nil || asked.Refusal != nil && (got.Refusal == nil || asked.Refusal.Message != got.Refusal.Message) {
				t.Errorf("asked: %v; sent: %v", asked.Refusal, got.Refusal)
			}
			var why fault.Reason
			if got.Refusal != nil {
				why = got.Refusal.Reason
			}
			if why != tc.want {
				t.Errorf("the reason is %q (%v), want %q", why, got.Refusal, tc.want)
			}
			if (got.Event != nil) != tc.event || tc.event && got.Event.Kind != journal.GuardBlocked {
				t.Errorf("the event is %+v", got.Event)
			}
			if noted := w.refusals.of(tc.r.To); (len(noted) == 1) != (why != "" || tc.cfg.Conversion == LogOnly) {
				t.Errorf("noted: %+v", noted)
			}
		})
	}
}

// A refusal makes a rule for a day, which the next request meets.
func TestConversionMakesARule(t *testing.T) {
	w := newWorld(t, Config{Conversion: Enforce})
	for i := range 100 {
		w.sent(NewRequest("shop", far(i), Code))
	}
	w.up += 20 * time.Minute
	w.inspect(NewRequest("shop", far(200), Code))
	rules, err := w.Rules(t.Context())
	if err != nil || len(rules) != 1 || rules[0].Scope != ByCountry || rules[0].Key != "DE" || rules[0].Origin != "guard" {
		t.Fatalf("%+v, %v", rules, err)
	}
	w.up += day - time.Minute
	if v := w.inspect(NewRequest("shop", far(201), Code)); v.Refusal == nil || v.Event != nil {
		t.Errorf("a minute before its end: %+v", v)
	}
	w.up += time.Minute
	if v := w.inspect(NewRequest("shop", far(201), Code)); v.Refusal != nil {
		t.Errorf("at its end: %+v", v)
	}
}

// What no limit looks at any more is deleted, and a number that has answered is known
// for half a year.
func TestDeletions(t *testing.T) {
	w := newWorld(t, Config{})
	stranger, known := NewRequest("shop", far(1), Code), NewRequest("shop", far(2), Code)
	w.sent(stranger)
	w.sent(known)
	w.answered(known)
	w.write(func(tx *store.Tx) error {
		_, err := w.Failed(tx, Subject{App: "shop", To: stranger.To}, "", 6, w.clock.Tick())
		return err
	})
	left := func() (list []string) {
		for _, d := range w.Deletions() {
			w.write(func(tx *store.Tx) error { _, err := d(tx, 100); return err })
		}
		w.write(func(tx *store.Tx) (err error) {
			list, err = store.All(tx, store.Text, `SELECT DISTINCT 'counter' FROM guard_count UNION ALL SELECT recipient FROM guard_number`)
			return err
		})
		return list
	}
	for _, tc := range []struct {
		after time.Duration
		want  int
	}{{0, 3}, {24 * time.Hour, 3}, {26 * time.Hour, 2}, {49 * time.Hour, 1}, {179 * day, 1}, {181 * day, 0}} {
		w.up = 100*day + tc.after
		if got := left(); len(got) != tc.want {
			t.Errorf("after %v: %v, want %d", tc.after, got, tc.want)
		}
	}
}

// A day of launch and a Saturday after half a year are not taken for pumps.
func TestHonestDays(t *testing.T) {
	for _, share := range []int{60, 70, 80} {
		t.Run(fmt.Sprint(share, " percent answer"), func(t *testing.T) {
			w := newWorld(t, Config{Conversion: Throttle})
			for visit := range 2 {
				random := rand.New(rand.NewPCG(uint64(share), uint64(visit)))
				typing := map[int][]Request{} // by the second in which they are done
				for second := range 3600 + 120 {
					w.up += time.Second
					if second < 3600 && random.IntN(3600) < 500 {
						to := msisdn.Number(fmt.Sprintf("+4915%d%08d", 1+random.IntN(2), random.IntN(100_000_000)))
						r := NewRequest("shop", to, Code)
						if v := w.inspect(r); v.Refusal != nil || v.Event != nil {
							t.Fatalf("day %d, second %d: %+v", visit, second, v)
						}
						w.sent(r)
						if random.IntN(100) < share {
							done := second + 10 + random.IntN(110)
							typing[done] = append(typing[done], r)
						}
					}
					for _, r := range typing[second] {
						w.answered(r)
					}
				}
				w.up += 180 * day
				for _, d := range w.Deletions() {
					w.write(func(tx *store.Tx) error { _, err := d(tx, 10_000); return err })
				}
			}
		})
	}
}
