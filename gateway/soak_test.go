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
	"simgate/gateway/call"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/inbox"
	"simgate/gateway/journal"
	"simgate/modem"
	"simgate/modem/simulator"
)

var (
	soakDays     = flag.Int("soak.days", 1, "simulated days of TestSoak")
	soakMessages = flag.Int("soak.messages", 200, "messages each way in TestSoak")
	soakSeed     = flag.Uint64("soak.seed", 1, "of the faults of TestSoak")
)

// soakFamilies are the modems of the soak: each is another.
var soakFamilies = []string{"sim7600", "sim800", "ec25", "huawei", "a7670", "ublox", "cinterion", "wavecom", "air780"}

// soakOdds are the faults of each command. A modem that hangs comes back by what
// the driver can do from afar.
var soakOdds = simulator.Odds{Stall: 0.0008, Refuse: 0.003, Garble: 0.001, Echo: 0.002, Late: 0.001, Interleave: 0.01,
	LoseAnswer: 0.0008, LoseSubmit: 0.0008, Reboot: 0.0004, Unplug: 0.0004, Hang: 0.0004}

// TestSoak runs nine different modems for days, with faults at random, calls both ways that
// collide, other programs that read the ports for a while, and storages that are full of
// what is not ours: what was accepted is there and has an end, what was sent was sent once,
// who was called was called once, what came in is shown once, nothing stays behind
// anywhere, and no modem is out of service for five minutes without an event that says why.
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
				c.KeepMessages, c.KeepInbox, c.MessageLifetime = 400*24*time.Hour, 400*24*time.Hour, 24*time.Hour
				c.Voice.Engine, c.Guard.VoiceCountries = engine, []string{guard.AllCountries}
			}))
		time.Sleep(2 * time.Minute)
		for i, sim := range w.SIMs {
			sim.ChaosOf(*soakSeed+uint64(i), soakOdds)
		}
		s := soak{World: w, random: random, accepted: map[string]gateway.Message{}, came: map[string]bool{},
			up: make([]time.Time, len(w.SIMs)), told: make([]bool, len(w.SIMs))}
		s.run(t)
		for i, sim := range w.SIMs {
			sim.Heal()
			sim.Share(0, 0)
			s.erase(i)
			sim.PowerOff() // whatever it hangs in
			sim.PowerOn()
			sim.Plug()
		}
		time.Sleep(32 * time.Hour) // longer than any message lives
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
	called   []int64                    // calls that were asked for
	foreign  []foreign                  // what is not ours in storages
	up       []time.Time                // when each modem was last in service
	told     []bool                     // that it is silent without an event
	silent   int                        // how often a modem was out of service for more than five minutes
}

// foreign is a message that the owner of a SIM keeps on it.
type foreign struct {
	modem, index int
	memory       string
	at           time.Time // since when
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
		switch s.random.IntN(20) {
		case 0, 1:
			s.call(t, i, people)
		case 2:
			s.share(s.random.IntN(len(s.SIMs)))
		case 3:
			s.fill(s.random.IntN(len(s.SIMs)))
		case 4, 5:
			s.erase(s.random.IntN(len(s.SIMs)))
		}
		s.pass(t, pause/2+time.Duration(s.random.Int64N(int64(pause))))
		if s.random.IntN(*soakMessages/(*soakDays+1)+1) == 0 {
			s.Restart()
		}
	}
}

// call asks for a call to a number of its own, while others call the SIMs.
func (s *soak) call(t *testing.T, n int, people []*simulator.Subscriber) {
	t.Helper()
	rings := func() {
		sim := gatewaytest.SIM(s.random.IntN(len(s.SIMs))).MSISDN
		_ = people[s.random.IntN(len(people))].Call(sim) // it may be off
	}
	if s.random.IntN(2) == 0 {
		rings()
	}
	c, err := s.Gateway.PlaceCall(t.Context(), gateway.NewCall{App: "soak", To: fmt.Sprintf("+491512%07d", n), Locale: "en-gb", Text: "the pump has stopped"})
	if err != nil {
		t.Fatal(err)
	}
	s.called = append(s.called, c.ID)
	for range len(s.SIMs) {
		time.Sleep(time.Duration(s.random.IntN(3000)) * time.Millisecond)
		rings()
	}
}

// share lets another program read a port for up to an hour.
func (s *soak) share(modem int) {
	sim, seed, part := s.SIMs[modem], s.random.Uint64(), 0.1+0.8*s.random.Float64()
	sim.Share(seed, part)
	time.AfterFunc(time.Duration(1+s.random.IntN(60))*time.Minute, func() { sim.Share(0, 0) })
}

// fill fills a storage of a modem with messages that were sent from a phone.
func (s *soak) fill(modem int) {
	memory := []string{"SM", "ME"}[s.random.IntN(2)]
	sent := []byte{0x11, 0, 0x0b, 0x91, 0x94, 0x51, 0x21, 0x43, 0x65, 0xf7, 0, 0, 0xaa, 2, 0xe8, 0x34}
	for {
		index := s.SIMs[modem].Store(memory, sent, 3)
		if index == 0 {
			return
		}
		s.foreign = append(s.foreign, foreign{modem, index, memory, time.Now()})
	}
}

// fullFor is how long a storage stays full at most. Parts of a message that come more than
// a day apart are shown apart.
const fullFor = 12 * time.Hour

// erase erases what fill has stored in a modem, and in others long ago.
func (s *soak) erase(modem int) {
	s.foreign = slices.DeleteFunc(s.foreign, func(f foreign) bool {
		if f.modem != modem && time.Since(f.at) < fullFor {
			return false
		}
		s.SIMs[f.modem].Erase(f.memory, f.index)
		return true
	})
}

// pass lets time pass, and looks whether each modem is in service, or an event says why it
// is not.
func (s *soak) pass(t *testing.T, d time.Duration) {
	t.Helper()
	const look, silence = 15 * time.Second, 5 * time.Minute
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(look, time.Until(end)))
		for i, m := range s.Modems {
			st := m.Status()
			if st.State == modem.Ready || st.State == modem.InCall || s.up[i].IsZero() {
				s.up[i], s.told[i] = time.Now(), false
				continue
			}
			if s.told[i] || time.Since(s.up[i]) < silence {
				continue
			}
			s.told[i] = true
			s.silent++
			if !s.says(t, st.Name, s.up[i].Add(-time.Minute)) {
				t.Errorf("%s, %s, is %s (%s) since %v, and no event says why", st.Name, soakFamilies[i], st.State, st.Detail, time.Since(s.up[i]))
			}
		}
	}
}

// says reports whether there is an event since then that says why a modem is out of
// service.
func (s *soak) says(t *testing.T, name string, since time.Time) bool {
	t.Helper()
	events, err := s.Gateway.Events(t.Context(), journal.Filter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(events, func(e journal.Event) bool {
		why := []journal.Kind{journal.ModemFault, journal.ModemRecovery, journal.ModemPower, journal.ModemBreaker}
		return e.Modem == name && !e.At.Before(since) && slices.Contains(why, e.Kind)
	})
}

// checkCalls looks whether each call has an end, and nobody was called twice.
func (s *soak) checkCalls(t *testing.T) {
	t.Helper()
	states := map[call.State]int{}
	for _, id := range s.called {
		c, err := s.Gateway.Calls().Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		states[c.State]++
		if c.State == call.Queued || c.State == call.Calling {
			t.Errorf("call %d is still %s", id, c.State)
		}
		if n := len(s.Network.Subscriber(string(c.To)).Calls()); n > 1 || n == 0 && c.State == call.Completed {
			t.Errorf("call %d is %s (%s), and rang %d times", id, c.State, c.Cause, n)
		}
	}
	t.Logf("%d calls: %v; a modem was out of service for longer than five minutes %d times", len(s.called), states, s.silent)
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
			if m.Kind == inbox.Call {
				continue
			}
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
	s.checkCalls(t)
	t.Logf("%d messages each way in %d days: %v", len(s.accepted), *soakDays, states)
}

func (s *soak) people() []*simulator.Subscriber {
	var all []*simulator.Subscriber
	for i := range 40 {
		all = append(all, s.Network.Subscriber(fmt.Sprintf("+491511%07d", i)))
	}
	return slices.Clip(all)
}
