package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"simgate/api/client"
	v1 "simgate/api/v1"
	"simgate/modem/simulator"
)

var (
	kills    = flag.Int("kills", 8, "how often TestKill kills the daemon")
	messages = flag.Int("messages", 40, "how many messages go out meanwhile")
)

// TestKill kills the daemon at random moments while messages and codes go out.
// Nothing that was accepted may be missing at the end; no message may have left
// the modem twice; of a code that was repeated, the one before must be unknown;
// and what is unknown must say so. A long message that comes in just before each
// kill is there once, and whole.
func TestKill(t *testing.T) {
	port := filepath.Join(t.TempDir(), "tty-sim")
	network, _ := simulated(t, port, simulator.Latency(150*time.Millisecond), simulator.ReportDelay(-1))
	h := newHome(t, port)
	key := strings.TrimSpace(h.simgate(t, "keys", "create", "shop").out)

	var mu sync.Mutex
	d := h.serve(t)
	current := func() *daemonProcess {
		mu.Lock()
		defer mu.Unlock()
		return d
	}
	accepted := map[string]bool{} // by text
	codes := map[string]bool{}    // by recipient
	var sending sync.WaitGroup
	sending.Go(func() {
		// Spread over all the kills: each finds some waiting and one under way.
		pace := time.NewTicker(time.Duration(*kills) * time.Second / time.Duration(*messages))
		defer pace.Stop()
		for i := 0; i < *messages; <-pace.C {
			text, number := fmt.Sprintf("message %d", i), fmt.Sprintf("+49151%08d", i*100_003%100_000_000) // no neighbours, which the guard would stop
			call, fields := "send-sms", map[string]any{"phone_number": number, "text": text}
			if i%5 == 4 && len(codes) < 100 { // the guard stops an app that checks none
				call, fields = "send-code", map[string]any{"phone_number": number}
			}
			answer, err := current().post(t.Context(), key, call, fields)
			if err != nil {
				continue // killed: it was not accepted, or nobody was told; the same is asked again
			}
			if answer["ok"] != true {
				t.Errorf("%s: %v", call, answer)
			}
			if call == "send-sms" {
				accepted[text] = true
			} else {
				codes[number] = true
			}
			i++
		}
	})
	var came []string
	moment := rand.New(rand.NewPCG(1, uint64(*kills)))
	for range *kills {
		wait := time.NewTimer(time.Duration(moment.IntN(1500)) * time.Millisecond)
		<-wait.C
		text := fmt.Sprintf("message %d of one who writes much: %s", len(came), strings.Repeat("and so on, ", 40))
		if err := network.Subscriber("+4915112340000").Send("+4915110000001", text); err != nil {
			t.Fatal(err)
		}
		came = append(came, text)
		wait.Reset(time.Duration(moment.IntN(60)) * time.Millisecond) // its parts take that long
		<-wait.C
		current().kill()
		next := h.serve(t)
		mu.Lock()
		d = next
		mu.Unlock()
	}
	sending.Wait()
	list := settled(t, h)
	var in []string
	for _, m := range h.inboxOf(t, len(came)) {
		in = append(in, m.Text)
	}
	slices.Sort(in)
	slices.Sort(came)
	if !slices.Equal(in, came) {
		t.Errorf("%q came in, want %q", in, came)
	}
	current().stop(t)

	handed := map[string]int{} // text, or recipient of a code: submissions
	for _, s := range network.Submissions() {
		if strings.HasPrefix(s.Text, "message ") {
			handed[s.Text]++
		} else {
			handed[s.To]++
		}
	}
	rows, unknown, repeats := map[string]int{}, 0, 0
	fates := map[string][]string{}
	for _, m := range list {
		name := m.Text
		if m.Verification != "" {
			name = m.To
		}
		rows[name]++
		fates[name] = append(fates[name], m.State)
		switch m.State {
		case "unknown":
			unknown++
		case "sent", "cancelled":
		default:
			t.Errorf("%s is %s (%s)", name, m.State, m.Cause)
		}
	}
	for text := range accepted {
		if rows[text] == 0 {
			t.Errorf("%q was accepted and is gone", text)
		}
		// One that was asked for twice, since the first answer was lost, has two rows.
		if handed[text] > rows[text] {
			t.Errorf("%q left the modem %d times for %d messages: %v", text, handed[text], rows[text], fates[text])
		}
	}
	for number := range codes {
		sent, unknowns := 0, 0
		for _, f := range fates[number] {
			switch f {
			case "sent":
				sent++
			case "unknown":
				unknowns++
			}
		}
		if rows[number] == 0 || handed[number] < sent || handed[number] > sent+unknowns {
			t.Errorf("the code for %s left the modem %d times; its messages are %v", number, handed[number], fates[number])
		}
		if len(fates[number]) > 1 {
			repeats++
		}
	}
	t.Logf("%d kills, %d messages and %d codes accepted, %d submissions; %d ended as unknown, %d codes were repeated",
		*kills, len(accepted), len(codes), len(network.Submissions()), unknown, repeats)
}

// settled waits until nothing is under way, and returns all messages.
func settled(t *testing.T, h home) []v1.Message {
	t.Helper()
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for range ticker.C {
		open := 0
		for _, state := range []string{"queued", "sending"} {
			var list []v1.Message
			r := h.simgate(t, "messages", "--json", "--limit", "500", "--state", state)
			if err := json.Unmarshal([]byte(r.out), &list); err != nil {
				t.Fatalf("%v: %+v", err, r)
			}
			open += len(list)
		}
		if open == 0 {
			break
		}
	}
	return all(t, h)
}

// all returns all messages.
func all(t *testing.T, h home) (list []v1.Message) {
	t.Helper()
	c := client.Socket(filepath.Join(h.folder, "s"))
	all, err := c.Messages(t.Context(), client.Filter{Limit: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
