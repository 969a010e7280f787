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

// Five days of random messages, codes, restarts, reboots and operators that
// block a SIM for a while: whatever happens, no SIM sends more than its budgets
// in any day, nothing goes out twice, and in the end everything has gone.
func TestBudgetsHoldInRandomHistories(t *testing.T) {
	t.Parallel()
	for seed := range *histories {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(seed, 3))
				pace := line.Pace{Rate: 30, Jitter: 0.5, Day: 12 + rnd.IntN(10), RecipientsDay: 6 + rnd.IntN(4), Reserve: 0.25}
				w := paced(t, 2, pace)
				texts := map[string]bool{}
				for i := range 60 {
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
					default:
						text := fmt.Sprintf("number %d", i)
						if rnd.IntN(4) == 0 {
							text += strings.Repeat(" and so on", 18) // two parts
						}
						texts[text] = false
						if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: someone(rnd.IntN(12)), Text: text, Lifetime: 7 * 24 * time.Hour}); err != nil {
							t.Fatal(err)
						}
					}
					time.Sleep(time.Duration(rnd.Int64N(int64(4 * time.Hour))))
				}
				for i := range 2 {
					w.Network.Unblock(gatewaytest.SIM(i).IMSI)
				}
				time.Sleep(4 * 24 * time.Hour)

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
