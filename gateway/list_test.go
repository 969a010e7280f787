package gateway_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
)

// manyMessages makes rows for as many messages as the argument says, a second apart, of
// three apps, four lines and five recipients; every thousandth has failed.
const manyMessages = `WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ?)
	INSERT INTO message (app, recipient, body, custom_id, lane, state, pinned, line, reference, parts, due, deadline, accepted_at, expires_at, ended_at)
	SELECT CASE i % 3 WHEN 0 THEN 'shop' WHEN 1 THEN 'bank' ELSE 'taxi' END, '+4916000000' || (10 + i % 5), 'Parcel No. ' || i || ' is 100% yours', '', 1,
		CASE WHEN i % 1000 = 0 THEN 'failed' ELSE 'delivered' END, 0, 1 + i % 4, 0, 1, 0, 0, 1700000000000 + i * 1000, 0, 1 FROM number`

// All pages of a list together are what the filter selects, each message once, though a
// page looks at a bounded number of messages only and messages are accepted meanwhile.
func TestPagesOfMessages(t *testing.T) {
	w := gatewaytest.Start(t, gatewaytest.Modems(0))
	const n = 45_000
	if _, err := w.Gateway.Store(t.Context(), manyMessages, n); err != nil {
		t.Fatal(err)
	}
	at := func(i int) time.Time { return time.UnixMilli(1_700_000_000_000 + int64(i)*1000) }
	for _, tc := range []struct {
		name string
		f    gateway.MessageFilter
		want func(i int) bool
	}{
		{"nothing that there is", gateway.MessageFilter{Text: "letter"}, func(int) bool { return false }},
		{"a text", gateway.MessageFilter{Text: "pARCEL no. 77"}, func(i int) bool { return strings.HasPrefix(fmt.Sprint(i), "77") }},
		{"a text with a per cent sign", gateway.MessageFilter{Text: "7 is 100% y", Line: 2}, func(i int) bool { return i%10 == 7 && i%4 == 1 }},
		{"no wildcards", gateway.MessageFilter{Text: "No_ 7"}, func(int) bool { return false }},
		{"those that failed", gateway.MessageFilter{State: gateway.Failed}, func(i int) bool { return i%1000 == 0 }},
		{"those of an app that failed", gateway.MessageFilter{State: gateway.Failed, App: "bank"}, func(i int) bool { return i%1000 == 0 && i%3 == 1 }},
		{"a number and an app", gateway.MessageFilter{To: "+491600000012", App: "taxi", Since: at(30_000)}, func(i int) bool { return i%5 == 2 && i%3 == 2 && i >= 30_000 }},
		{"a line", gateway.MessageFilter{Line: 4, Until: at(500)}, func(i int) bool { return i%4 == 3 && i < 500 }},
		{"an hour", gateway.MessageFilter{Since: at(10_000), Until: at(13_600)}, func(i int) bool { return i >= 10_000 && i < 13_600 }},
		{"before the first", gateway.MessageFilter{Until: at(1)}, func(int) bool { return false }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var want, got []int64
			for i := n; i > 0; i-- {
				if tc.want(i) {
					want = append(want, int64(i))
				}
			}
			pages := 0
			for f := tc.f; ; pages++ {
				f.Limit = 500
				p, err := w.Gateway.MessagePage(t.Context(), f)
				if err != nil || pages > 200 {
					t.Fatalf("page %d: %v", pages, err)
				}
				for _, m := range p.Messages {
					got = append(got, m.ID)
				}
				if pages == 0 {
					send(t, w, anna, "Parcel No. 77 is accepted meanwhile, letter")
				}
				if f.Before = p.Next; p.Next == 0 {
					break
				}
			}
			got = slices.DeleteFunc(got, func(id int64) bool { return id > n }) // of the case before
			if !slices.Equal(got, want) {
				t.Errorf("%d messages on %d pages, want %d", len(got), pages, len(want))
			}
			list, err := w.Gateway.Messages(t.Context(), gateway.MessageFilter{Text: tc.f.Text, State: tc.f.State, Limit: 3})
			if err != nil || len(list) > 3 {
				t.Errorf("%d messages, %v", len(list), err)
			}
		})
	}
}

// BenchmarkList: pages of a list of 1,000,000 messages, at places all over it.
func BenchmarkList(b *testing.B) {
	const n = 1_000_000
	w := gatewaytest.Start(b, gatewaytest.Modems(0))
	if _, err := w.Gateway.Store(b.Context(), manyMessages, n); err != nil {
		b.Fatal(err)
	}
	filters := map[string]gateway.MessageFilter{
		"all":      {},
		"to":       {To: "+491600000012"},
		"app":      {App: "taxi"},
		"failed":   {State: gateway.Failed},
		"app+text": {App: "taxi", Text: "No. 5"},
		"line":     {Line: 4, State: gateway.Delivered},
		"rare":     {Text: "No. 500000 "},
		"day":      {Since: time.UnixMilli(1_700_300_000_000), Until: time.UnixMilli(1_700_400_000_000), Text: "no such text"},
	}
	var times []time.Duration
	for b.Loop() {
		for name, f := range filters {
			f.Before, f.Limit = 1+int64(len(times))*7919%n, 50
			began := time.Now()
			p, err := w.Gateway.MessagePage(b.Context(), f)
			if err != nil || len(p.Messages) == 0 && p.Next == 0 && f.Before > 500_000 && name != "day" {
				b.Fatal(name, p, err)
			}
			times = append(times, time.Since(began))
		}
	}
	slices.Sort(times)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms/page")
	began, pages := time.Now(), 0
	for f := filters["rare"]; ; pages++ {
		p, err := w.Gateway.MessagePage(b.Context(), f)
		if err != nil {
			b.Fatal(err)
		}
		if f.Before = p.Next; len(p.Messages) > 0 || p.Next == 0 {
			break
		}
	}
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/rare-text")
}
