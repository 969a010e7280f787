package gateway_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/inbox"
	"simgate/modem"
	"simgate/modem/simulator"
)

var (
	soakDays     = flag.Int("soak.days", 1, "simulated days of TestSoak")
	soakMessages = flag.Int("soak.messages", 300, "messages each way in TestSoak")
	soakSeed     = flag.Uint64("soak.seed", 1, "of the faults of TestSoak")
)

// soakFamilies are the modems of the soak: each is another.
var soakFamilies = []string{"sim7600", "sim800", "ec25", "huawei", "a7670", "ublox"}

// soakOdds are the faults of each command. A modem that hangs comes back by what
// the driver can do from afar.
var soakOdds = simulator.Odds{Stall: 0.0008, Refuse: 0.003, Garble: 0.001, Echo: 0.002, Late: 0.001, Interleave: 0.01,
	LoseAnswer: 0.0008, LoseSubmit: 0.0008, Reboot: 0.0004, Unplug: 0.0004, Hang: 0.0004}

// TestSoak runs six different modems for days, with faults at random: what was
// accepted is there and has an end, what was sent was sent once, what came in is
// shown once, and nothing stays behind anywhere.
func TestSoak(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(*soakSeed, 1))
		network := simulator.NewNetwork(simulator.LatencyFunc(latencies(*soakSeed)),
			simulator.ReportDelay(5*time.Second), simulator.History(1_000_000))
		w := gatewaytest.Start(t, gatewaytest.On(network), gatewaytest.Modems(len(soakFamilies)),
			gatewaytest.Simulated(func(i int) []simulator.ModemOption {
				return []simulator.ModemOption{simulator.Family(soakFamilies[i])}
			}),
			gatewaytest.Configure(func(c *gateway.Config) { // all is looked at in the end
				c.KeepMessages, c.KeepInbox = 400*24*time.Hour, 400*24*time.Hour
			}))
		time.Sleep(2 * time.Minute)
		for i, sim := range w.SIMs {
			sim.ChaosOf(*soakSeed+uint64(i), soakOdds)
		}
		s := soak{World: w, random: random, accepted: map[string]gateway.Message{}, came: map[string]bool{}}
		s.run(t)
		for _, sim := range w.SIMs {
			sim.Heal()
			sim.PowerOff() // whatever it hangs in
			sim.PowerOn()
			sim.Plug()
		}
		time.Sleep(80 * time.Hour) // longer than any message lives
		s.check(t)
	})
}

// latencies are between half a second and four and a half.
func latencies(seed uint64) func() time.Duration {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 2))
	return func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return time.Duration(500+random.IntN(4000)) * time.Millisecond
	}
}

type soak struct {
	*gatewaytest.World
	random   *rand.Rand
	accepted map[string]gateway.Message // by text
	came     map[string]bool            // texts that people sent
}

// run sends and receives over all of the days, and restarts the gateway now and
// then.
func (s *soak) run(t *testing.T) {
	t.Helper()
	people := make([]*simulator.Subscriber, 40)
	for i := range people {
		people[i] = s.Network.Subscriber(fmt.Sprintf("+491511%07d", i))
	}
	pause := time.Duration(*soakDays) * 24 * time.Hour / time.Duration(*soakMessages)
	for i := range *soakMessages {
		person := people[s.random.IntN(len(people))]
		text := fmt.Sprintf("out %d", i)
		if s.random.IntN(10) == 0 {
			text += strings.Repeat(" and so on", 25)
		}
		m, err := s.Gateway.Send(context.Background(), gateway.NewMessage{App: "soak", To: person.MSISDN(), Text: text})
		if err != nil {
			t.Fatal(err)
		}
		s.accepted[text] = m
		back := fmt.Sprintf("in %d", i)
		if s.random.IntN(10) == 0 {
			back += strings.Repeat(" and back", 25)
		}
		if err := person.Send(gatewaytest.SIM(s.random.IntN(len(s.SIMs))).MSISDN, back); err != nil {
			t.Fatal(err)
		}
		s.came[back] = true
		time.Sleep(pause/2 + time.Duration(s.random.Int64N(int64(pause))))
		if s.random.IntN(*soakMessages/(*soakDays+1)+1) == 0 {
			s.Restart()
		}
	}
}

// check looks at every invariant.
func (s *soak) check(t *testing.T) {
	t.Helper()
	sent := map[string]int{} // whole messages that arrived, by text
	for _, person := range s.people() {
		for _, sms := range person.Messages() {
			sent[sms.Text]++
		}
	}
	states := map[gateway.State]int{}
	for text, m := range s.accepted {
		now, err := s.Gateway.Message(t.Context(), m.ID)
		if err != nil {
			t.Errorf("an accepted message is gone: %v", err)
			continue
		}
		states[now.State]++
		n := sent[text]
		switch now.State {
		case gateway.Queued, gateway.Sending:
			t.Errorf("message %d is still %s", m.ID, now.State)
		case gateway.Sent, gateway.Delivered:
			if n != 1 {
				t.Errorf("message %d is %s, and arrived %d times", m.ID, now.State, n)
			}
		case gateway.Unknown, gateway.Undelivered:
			if n > 1 {
				t.Errorf("message %d is %s, and arrived %d times", m.ID, now.State, n)
			}
		default:
			if n != 0 && now.Total == 1 {
				t.Errorf("message %d is %s (%s), and arrived %d times", m.ID, now.State, now.Cause, n)
			}
		}
	}
	shown := map[string]int{}
	for before := int64(0); ; {
		list, err := s.Gateway.Inbox().List(t.Context(), inbox.Filter{Limit: 500, Before: before})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, m := range list {
			shown[m.Text]++
			if !s.came[m.Text] {
				t.Errorf("nobody sent %q (%s %s)", m.Text, m.Kind, m.PDU)
			}
		}
		before = list[len(list)-1].ID
	}
	for text := range s.came {
		if shown[text] != 1 {
			t.Errorf("%.20q came in and is shown %d times", text, shown[text])
		}
	}
	for i, sim := range s.SIMs {
		for _, memory := range []string{"SM", "ME", "SR"} {
			if n := sim.Stored(memory); n != 0 {
				t.Errorf("%d messages are left in %s of %s", n, memory, soakFamilies[i])
			}
		}
		if st := s.Modems[i].Status(); st.State != modem.Ready {
			t.Errorf("%s is %s: %s", soakFamilies[i], st.State, st.Detail)
		}
	}
	t.Logf("%d messages each way in %d days: %v", len(s.accepted), *soakDays, states)
}

func (s *soak) people() []*simulator.Subscriber {
	var all []*simulator.Subscriber
	for i := range 40 {
		all = append(all, s.Network.Subscriber(fmt.Sprintf("+491511%07d", i)))
	}
	return slices.Clip(all)
}
