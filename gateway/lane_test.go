package gateway_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
	"simgate/gateway/line"
	"simgate/modem/simulator"
)

// A code behind ten thousand bulk messages waits for one part in flight at most, between the
// parts of a long one too; so do urgent messages, but for those that have waited.
func TestLanes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const latency = 4 * time.Second
		w := gatewaytest.Start(t, gatewaytest.On(simulator.NewNetwork(simulator.Latency(latency))))
		time.Sleep(5 * time.Second)
		bulk := gateway.Mailing{NewMessage: gateway.NewMessage{App: "shop", Text: strings.Repeat("long ", 60), Priority: line.Bulk}}
		for i := range gateway.MaxMailing {
			bulk.Numbers = append(bulk.Numbers, fmt.Sprintf("+4915112%06d", i))
		}
		if _, _, err := w.Gateway.SendMailing(t.Context(), bulk); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute + 3*time.Second)
		before := len(w.Network.Submissions())
		start(t, w, anna)
		urgent, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "bank", To: "+4917100000002", Text: "urgent", Priority: line.Urgent})
		if err != nil || urgent.Priority != line.Urgent {
			t.Fatal(urgent, err)
		}
		normal := send(t, w, "+4917100000001", "normal")
		time.Sleep(5 * latency)
		var order []string
		for _, s := range w.Network.Submissions()[before:] {
			order = append(order, s.To)
		}
		if len(order) > 0 && strings.HasPrefix(order[0], "+4915112") && order[0] != anna {
			order = order[1:] // it was in flight
		}
		if len(order) < 3 || order[0] != anna || order[1] != string(urgent.To) || order[2] != string(normal.To) {
			t.Errorf("after the part in flight go %q", order)
		}

		// Urgent messages come faster than they leave: normal and bulk ones go on, slowly.
		before = len(w.Network.Submissions())
		for range 300 {
			if _, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "bank", To: "+4917100000002", Text: "urgent", Priority: line.Urgent}); err != nil {
				t.Fatal(err)
			}
			send(t, w, "+4917100000001", "normal")
			time.Sleep(2 * time.Second)
		}
		count, wait, longest := map[string]int{}, map[string]int{}, map[string]int{}
		for _, s := range w.Network.Submissions()[before:] {
			kind := map[string]string{"+4917100000001": "normal", "+4917100000002": "urgent"}[s.To]
			count[kind]++
			for _, k := range []string{"", "normal", "urgent"} {
				if wait[k]++; k == kind {
					wait[k] = 0
				}
				longest[k] = max(longest[k], wait[k])
			}
		}
		if longest["urgent"] > 2 || longest["normal"] > 10 || longest[""] > 35 || count["urgent"] < 100 || count[""] < 3 {
			t.Errorf("of each lane go %v, and so many parts of others at once before one: %v", count, longest)
		}
	})
}
