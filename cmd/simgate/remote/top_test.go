package remote

import (
	"errors"
	"strings"
	"testing"
	"time"

	v1 "simgate/api/v1"
)

func TestPage(t *testing.T) {
	at := time.Date(2026, 11, 29, 8, 0, 0, 0, time.Local)
	seen := func(after time.Duration, sent float64) sight {
		return sight{at: at.Add(after), modems: []v1.Modem{
			{Name: "red", State: "ready", Operator: "Evil\x1b[2JNet", SignalDBm: -71, Usage: []v1.Usage{{Period: "day", Parts: 7, MaxParts: 100}}},
			{Name: "blue", State: "absent", Detail: "open /dev/ttyUSB2: no such file"},
		}, metrics: map[string]float64{
			`simgate_queue{what="codes"}`: 3, `simgate_queue{what="held"}`: 0,
			`simgate_parts_total{modem="red",outcome="sent"}`: sent, `simgate_parts_total{modem="red",outcome="retry"}`: 2,
			`simgate_checks_total{verdict="wrong"}`: 1,
		}}
	}
	lines := strings.Split(page([]sight{seen(0, 100), seen(30*time.Second, 105)}), "\n")
	text := strings.Join(lines, "\n")
	for _, want := range []string{"simgate, 08:00:30", "Waiting  3 codes, 0 messages, 0 calls, 0 deliveries, 0 held", "parts sent          10.0      105",
		"not sent            0.0       2", "wrong checks        0.0       1", "red    ready   -    Evil·[2JNet  -71 dBm  7 of 100  10.0           -",
		"blue   absent  -    -            -        -         0.0            open /dev/ttyUSB2: no such file"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	if first := page([]sight{seen(0, 100)}); !strings.Contains(first, "parts sent          -         100") {
		t.Errorf("a rate of a single look:\n%s", first)
	}
	if restarted := page([]sight{seen(0, 100), seen(time.Second, 0)}); !strings.Contains(restarted, "parts sent          -         0") {
		t.Errorf("counters that began anew:\n%s", restarted)
	}
	if gone := page([]sight{{at: at, fault: errors.New("no simgate answers")}}); !strings.Contains(gone, "no simgate answers") {
		t.Error(gone)
	}
}
