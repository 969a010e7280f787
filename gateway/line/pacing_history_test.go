package line_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/line"
)

// histories are few, because each takes seconds; "make soak" runs more.
var histories = flag.Uint64("histories", 2, "random histories of TestBudgetsHoldInRandomHistories")

// Five days of random messages of two apps, codes, restarts, reboots and operators that
// block a SIM for a while: whatever happens, no SIM sends more than its budgets in any
// day, no app more than its half while the other sends, the tenth goes to a number that is
// known, nothing goes out twice, and in the end everything has gone.
func TestBudgetsHoldInRandomHistories(t *testing.T) {
	t.Parallel()
	for seed := range *histories {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(seed, 3))
				pace := line.Pace{Rate: 30, Jitter: 0.5, Day: 15 + rnd.IntN(9), RecipientsDay: 8 + rnd.IntN(8), Reserve: 0.25}
				w := paced(t, 2, pace)
				texts, friend := map[string]bool{}, someone(999)
				befriend(t, w, friend)
				for i := range 160 {
					switch rnd.IntN(12) {
					case 0:
						w.Restart()
					case 1:
						w.Reboot()
					case 2:
						w.Network.Block(gatewaytest.SIM(rnd.IntN(2)).IMSI, 41)
					case 3:
						w.Network.Unblock(gatewaytest.SIM(rnd.IntN(2)).IMSI)
					case 4:
						start(t, w, someone(500+i))
					case 5:
						start(t, w, friend)
					default:
						app := []string{"shop", "shop", "shop", "bank"}[rnd.IntN(4)]
						text := fmt.Sprintf("number %d of %s", i, app)
						if rnd.IntN(4) == 0 {
							text += strings.Repeat(" and so on for "+app, 10) // two parts
						}
						texts[text] = false
						if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: app, To: someone(rnd.IntN(12)), Text: text, Lifetime: 7 * 24 * time.Hour}); err != nil {
							t.Fatal(err)
						}
					}
					time.Sleep(time.Duration(rnd.Int64N(int64(90 * time.Minute))))
				}
				for i := range 2 {
					w.Network.Unblock(gatewaytest.SIM(i).IMSI)
				}
				// Both SIMs may have been blocked for days; the smallest budgets send 22 texts a day,
				// and half of that while another app sends.
				time.Sleep(6 * 24 * time.Hour)

				type day struct{ imsi, date string }
				parts, recipients, last := map[day]int{}, map[day]map[string]bool{}, map[string]time.Time{}
				for _, s := range w.Network.Submissions() {
					d := day{s.IMSI, s.At.Format(time.DateOnly)}
					if recipients[d] == nil {
						recipients[d] = map[string]bool{}
					}
					recipients[d][s.To] = true
					if s.Refused == nil {
						parts[d]++
					}
					if before, ok := last[s.IMSI]; ok && s.At.Sub(before) < time.Second {
						t.Errorf("%s rested for %v only", s.IMSI, s.At.Sub(before))
					}
					last[s.IMSI] = s.At
				}
				for d, n := range parts {
					if n > pace.Day+1 { // the last part of a message may leave just after midnight
						t.Errorf("%v: %d parts, the budget is %d", d, n, pace.Day)
					}
				}
				for d, to := range recipients {
					if len(to) > pace.RecipientsDay {
						t.Errorf("%v: %d recipients, the budget is %d", d, len(to), pace.RecipientsDay)
					}
				}
				holdShares(t, w, pace, friend)
				for i := range 12 {
					for _, sms := range w.Network.Subscriber(someone(i)).Messages() {
						if twice, ours := texts[sms.Text]; !ours || twice {
							t.Errorf("%q arrived twice, or is not ours", sms.Text)
						}
						texts[sms.Text] = true
					}
				}
				all, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{Limit: 500})
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range all {
					if m.State == gateway.Queued || m.State == gateway.Sending {
						t.Errorf("message %d is %s still (%s)", m.ID, m.State, look(t, w, m.ID).Waiting)
					}
					if m.State == gateway.Delivered && m.Verification == "" && !texts[m.Text] {
						t.Errorf("message %d is delivered and did not arrive", m.ID)
					}
				}
			})
		})
	}
}

// befriend lets a number answer a code, so that it is known.
func befriend(t *testing.T, w *gatewaytest.World, to string) {
	t.Helper()
	s, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: to, Purpose: "login", Brand: "Shop"})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Second)
	if _, verdict, err := w.Gateway.CheckVerification(t.Context(), gateway.Check{App: "shop", To: to, Purpose: "login", Code: s.Code}); err != nil || verdict != gateway.Right {
		t.Fatal(verdict, err)
	}
}

// holdShares checks what each of two apps has taken of the budgets of each day. A message
// counts when a SIM is given it for the first time, which may be just before midnight.
func holdShares(t *testing.T, w *gatewaytest.World, pace line.Pace, friend string) {
	t.Helper()
	type day struct{ imsi, date string }
	type own struct {
		day
		app string
	}
	parts, all, last := map[own]int{}, map[day]int{}, map[string]time.Time{}
	counted := map[string]bool{}
	for _, s := range w.Network.Submissions() {
		app, other := "shop", "bank"
		if strings.Contains(s.Text, "bank") {
			app, other = other, app
		}
		if key := fmt.Sprint(s.IMSI, s.To, s.Text); s.Part > 1 || counted[key] {
			continue
		} else {
			counted[key] = true
		}
		d := day{s.IMSI, s.At.Format(time.DateOnly)}
		o := own{d, app}
		parts[o] += s.Parts
		all[d] += s.Parts
		if most := pace.Day - (pace.Day+5)/10; s.To != friend && all[d] > most+1 {
			t.Errorf("%v: %d have left, and the last not to who may have the tenth of %d", d, all[d], pace.Day)
		}
		if at, ok := last[other]; ok && s.At.Sub(at) < 23*time.Hour+50*time.Minute && parts[o] > pace.Day/2+1 {
			t.Errorf("%v: %d of %d have left of one app", o, parts[o], pace.Day)
		}
		last[app] = s.At
	}
}
