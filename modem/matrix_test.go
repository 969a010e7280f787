package modem_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"simgate/modem"
	"simgate/modem/simulator"
)

var everyCase = flag.Bool("matrix", false, "try every case of the fault matrix, not a sample")

// sampled is the share of the matrix that an ordinary run tries: one in so many.
const sampled = 41

// answers counts the octets of the answer to each command.
type answers struct {
	io.ReadWriteCloser
	mu     sync.Mutex
	last   string
	octets map[string]int
}

func (a *answers) Write(p []byte) (int, error) {
	a.mu.Lock()
	if text, ok := bytes.CutPrefix(bytes.TrimLeft(p, "\x1b"), []byte("AT")); ok {
		a.last = strings.TrimSpace(string(text))
	}
	a.mu.Unlock()
	return a.ReadWriteCloser.Write(p)
}

func (a *answers) Read(p []byte) (int, error) {
	n, err := a.ReadWriteCloser.Read(p)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.octets[a.last] += n
	return n, err
}

// aSession returns every command of a start and a send, a receipt and a report,
// with the octets of its answers.
func aSession(t *testing.T, family string) map[string]int {
	a := &answers{octets: map[string]int{}}
	synctest.Test(t, func(t *testing.T) {
		n := simulator.NewNetwork()
		sim := n.Modem(card, simulator.Family(family))
		m := modem.New(modem.Config{Name: "sim1", Open: func(context.Context) (io.ReadWriteCloser, error) {
			port, err := sim.Open()
			a.ReadWriteCloser = port
			return a, err
		}}, slog.New(slog.DiscardHandler))
		m.Handle(&recorder{m: m})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- m.Run(ctx) }()
		time.Sleep(time.Minute)
		if _, err := m.Send(ctx, part(t, anna, "hello")); err != nil {
			t.Error(err)
		}
		if err := n.Subscriber(anna).Send(own, "and back"); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		stop()
		<-done
	})
	delete(a.octets, "")
	return a.octets
}

// a trial is one case of the matrix: a fault, and where it strikes.
type trial struct {
	name, command string
	faults        []simulator.Fault
}

func trials(t *testing.T, family string) []trial {
	commands := aSession(t, family)
	var all []trial
	for _, command := range slices.Sorted(maps.Keys(commands)) {
		add := func(name string, faults ...simulator.Fault) {
			all = append(all, trial{fmt.Sprintf("AT%s %s", command, name), command, faults})
		}
		add("stalls", simulator.Stall())
		add("is echoed", simulator.Echo())
		add("is answered late", simulator.Late(7*time.Second))
		add("is answered much too late", simulator.Late(4*time.Minute))
		add("is answered octet by octet", simulator.Dribble())
		add("is answered with two carriage returns", simulator.CRCRLF())
		add("is refused", simulator.PlainError())
		if strings.HasPrefix(command, "+CMGS") {
			add("gets no prompt", simulator.NoPrompt())
			add("gets its prompt late", simulator.LatePrompt(time.Minute))
			add("is forgotten", simulator.LoseSubmit())
			add("is sent and not answered", simulator.LoseAnswer())
			add("dies at the prompt", simulator.UnplugAfterPrompt())
			add("dies with the PDU", simulator.UnplugAfterPDU())
			add("dies with the PDU before it is sent", simulator.UnplugAfterPDU(), simulator.LoseSubmit())
		}
		for k := range commands[command] + 1 {
			add(fmt.Sprintf("dies at octet %d", k), simulator.UnplugAt(k))
			add(fmt.Sprintf("restarts at octet %d", k), simulator.Reboot(k))
			add(fmt.Sprintf("is garbled at octet %d", k), simulator.Garble(k))
			add(fmt.Sprintf("has +CMTI at octet %d", k), simulator.URCAt(k, `+CMTI: "SM",7`))
			add(fmt.Sprintf("has RING at octet %d", k), simulator.URCAt(k, "RING"))
		}
	}
	return all
}

// TestFaultMatrix lets every command of a start, a send and a receipt go wrong
// in every way at every octet. The modem always comes back, what was sent was
// sent once, what was not is known not to be or said to be unknown, and what
// came in is handed on.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, family := range []string{"sim7600", "sim800", "huawei", "cinterion", "wavecom", "air780"} {
		for i, c := range trials(t, family) {
			if !*everyCase && (i+len(family))%sampled != 0 {
				continue
			}
			tried++
			t.Run(family+" "+c.name, func(t *testing.T) {
				simulate(t, setup{sim: card, modem: []simulator.ModemOption{simulator.Family(family)}}, func(t *testing.T, s *rig) { endure(t, s, c) })
			})
		}
	}
	t.Logf("%d cases", tried)
}

// endure is one case.
func endure(t *testing.T, s *rig, c trial) {
	s.sim.On(c.command, c.faults...)
	person := s.net.Subscriber(anna)
	revive := func() {
		for range 200 {
			s.sim.Plug()
			if time.Sleep(10 * time.Second); s.State() == modem.Ready {
				return
			}
		}
		t.Fatalf("it did not come back: %s (%s)", s.State(), s.Status().Detail)
	}
	revive()
	most, least := 0, 0
	for range 3 {
		_, err := s.Send(t.Context(), part(t, anna, "hello"))
		most++
		class := modem.ClassOf(err)
		if class == modem.None {
			least++
		}
		if class != modem.None && class != modem.Unknown {
			most-- // it says that nothing has left
		}
		revive()
	}
	if err := person.Send(own, "and back"); err != nil {
		t.Fatal(err)
	}
	revive()
	time.Sleep(15 * time.Minute)
	revive()
	if n := len(person.Messages()); n < least || n > most {
		t.Errorf("%d messages arrived; between %d and %d were said to be sent", n, least, most)
	}
	if got := s.readable(); len(got) == 0 || slices.ContainsFunc(got, func(text string) bool { return text != "and back" }) {
		t.Errorf("received %q", got)
	}
}
