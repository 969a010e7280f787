package gateway_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/fault"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/guard"
	"simgate/gateway/line"
)

var (
	histories = flag.Int("histories", 2, "random histories of TestStrangersUseUpNoOthersBudget")
	days      = flag.Int("days", 2, "simulated days of each")
	seed      = flag.Uint64("seed", 1, "of the first history")
)

// shareModel is a gateway with one SIM of a small budget, and what its apps have sent in
// the day that it counts.
type shareModel struct {
	*gatewaytest.World
	t      *testing.T
	random *rand.Rand
	limit  int
	day    string
	sent   map[string]int
	all    int
}

// count reads from the network what has left since the last count, by the day in which it did.
func (m *shareModel) count() {
	m.day, m.all = time.Now().Format(time.DateOnly), 0
	m.sent = map[string]int{}
	for _, s := range m.Network.Submissions() {
		if s.At.Format(time.DateOnly) != m.day {
			continue
		}
		app := "shop"
		if len(s.Text) >= 5 && s.Text[:5] == "quiet" {
			app = "quiet"
		}
		m.sent[app]++
		m.all++
	}
	if m.all > m.limit {
		m.t.Fatalf("%d have left of %d", m.all, m.limit)
	}
}

// ask has an app send a code, whose text begins with its name, and reports whether it has
// arrived within a minute.
func (m *shareModel) ask(app, to string) (s gateway.Started, arrived bool, refused *fault.Error) {
	m.t.Helper()
	s, err := m.Gateway.StartVerification(m.t.Context(), gateway.NewVerification{App: app, To: to, Template: app + " code {code}", Lifetime: 5 * time.Minute})
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Reason != "" {
		return s, false, e
	} else if err != nil {
		m.t.Fatal(err)
	}
	time.Sleep(time.Minute)
	v, err := m.Gateway.Verification(m.t.Context(), s.Verification.ID)
	if err != nil {
		m.t.Fatal(err)
	}
	return s, v.Attempts[len(v.Attempts)-1].State == gateway.Delivered, nil
}

// friends are who answers each app from the beginning.
var friends = map[string]string{"quiet": "+4917011111111", "shop": "+4917022222222"}

// person has somebody ask, who answers what arrives. Where nobody but strangers has taken
// it, it does.
func (m *shareModel) person(app, to string, known bool) {
	m.t.Helper()
	m.count()
	others := m.limit - (m.limit+5)/10
	own, all, may, whole := m.sent[app], m.all, others/2, others
	if known {
		may, whole = m.limit/2, m.limit
	}
	s, arrived, refused := m.ask(app, to)
	switch {
	case refused != nil && app == "quiet":
		m.t.Fatalf("%s, which nobody attacks, refuses %s: %v", app, to, refused)
	case refused != nil || arrived && time.Now().Format(time.DateOnly) != m.day:
		return
	case !arrived && own < may && all < whole && time.Now().Format(time.DateOnly) == m.day:
		m.t.Fatalf("%s of %s (known %v) gets no code, though its app has had %d of %d, and all %d", to, app, known, own, m.limit, all)
	case arrived && own >= may:
		m.t.Fatalf("%s of %s (known %v) gets a code, though its app has had %d of %d", to, app, known, own, m.limit)
	}
	if !arrived {
		time.Sleep(5 * time.Minute) // so that the next is another
		return
	}
	_, verdict, err := m.Gateway.CheckVerification(m.t.Context(), gateway.Check{ID: s.Verification.ID, App: app, Code: s.Code})
	if err != nil || verdict != gateway.Right {
		m.t.Fatal(verdict, err)
	}
}

// Whatever strangers send through the form of one app, and that app itself, people of
// another have the half of the SIM that is theirs; who is known has the tenth; and nothing
// that was accepted as a message is lost.
func TestStrangersUseUpNoOthersBudget(t *testing.T) {
	t.Parallel()
	for i := range *histories {
		t.Run(fmt.Sprint("seed ", *seed+uint64(i)), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(*seed+uint64(i), 12))
				limit := 10 + random.IntN(40)
				w := gatewaytest.Start(t, gatewaytest.Configure(func(c *gateway.Config) {
					c.Lines.Pace = line.Pace{Day: limit}
					c.Guard.Conversion = guard.Throttle
				}))
				time.Sleep(10 * time.Second)
				m := &shareModel{World: w, t: t, random: random, limit: limit}
				m.run(time.Duration(*days) * 24 * time.Hour)
			})
		})
	}
}

func (m *shareModel) run(d time.Duration) {
	for app, to := range friends {
		m.person(app, to, false)
	}
	fresh, texts := 0, []int64(nil)
	for end := time.Now().Add(d); time.Now().Before(end); {
		fresh++
		switch m.random.IntN(8) {
		case 0, 1, 2:
			for range m.random.IntN(5) {
				fresh++
				m.ask("shop", sparse(fresh))
			}
		case 3:
			for range m.random.IntN(10) {
				msg, err := m.Gateway.Send(m.t.Context(), gateway.NewMessage{App: "shop", To: sparse(m.random.IntN(50)), Text: "shop has news", Lifetime: 7 * 24 * time.Hour})
				if err != nil {
					m.t.Fatal(err)
				}
				texts = append(texts, msg.ID)
			}
		case 4:
			m.person("quiet", sparse(fresh), false)
		case 5:
			m.person("quiet", friends["quiet"], true)
		case 6:
			m.person("shop", friends["shop"], true)
		case 7:
			m.Restart()
			time.Sleep(30 * time.Second)
		}
		time.Sleep(time.Duration(m.random.Int64N(int64(30 * time.Minute))))
	}
	m.count()
	for _, id := range texts {
		if msg := look(m.t, m.World, id); msg.State != gateway.Delivered && msg.State != gateway.Queued || msg.State == gateway.Queued && msg.Waiting.Text == "" {
			m.t.Errorf("message %d is %s and waits for %q", id, msg.State, msg.Waiting)
		}
	}
}
