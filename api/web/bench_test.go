package web_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"simgate/api/web"
	"simgate/gateway"
	"simgate/gateway/gatewaytest"
)

// BenchmarkPages: each page of a gateway with 1,000,000 messages of the last eleven days,
// with 99 of 100 times that it took at most.
func BenchmarkPages(b *testing.B) {
	w := gatewaytest.Start(b)
	for w.Gateway.Ready(b.Context()) != nil {
		time.Sleep(10 * time.Millisecond)
	}
	w.Exec(b, fmt.Sprintf(`WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < 1000000)
		INSERT INTO message (app, recipient, body, custom_id, lane, state, pinned, line, reference, parts, due, deadline, accepted_at, expires_at, ended_at)
		SELECT CASE i %% 3 WHEN 0 THEN 'shop' WHEN 1 THEN 'bank' ELSE 'taxi' END, CASE i %% 10 WHEN 0 THEN '+4915112345678' ELSE '+49160' || (1000000 + i %% 90000) END,
			'Parcel No. ' || i || ' is yours', '', 1, CASE WHEN i %% 1000 = 0 THEN 'failed' ELSE 'delivered' END, 0, 1, 0, 1, 0, 0,
			%d + i * 950, 0, %d + i * 950 + 5000 FROM number`, time.Now().UnixMilli()-950_000_000, time.Now().UnixMilli()-950_000_000))
	pages := web.New(b.Context(), "", slog.New(slog.DiscardHandler))
	all := reader{pages: pages}
	addAll(pages, w.Gateway)
	last, err := w.Gateway.MessagePage(b.Context(), gateway.MessageFilter{Limit: 1})
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{"/ui/today", "/ui/log", "/ui/log?to=%2B4915112345678", "/ui/log?state=failed", "/ui/log?app=shop&state=failed", "/ui/log?text=No.+999", "/ui/log?text=letter",
		"/ui/log?line=1&last=24h", "/ui/log?from=2020-01-01&until=2020-01-02", "/ui/log?before=500000", "/ui/why?number=%2B4915112345678", fmt.Sprintf("/ui/why/message/%d", last.Messages[0].ID),
		"/ui/talk", "/ui/talk/%2B4915112345678", "/ui/send", "/ui/lines", "/ui/lines/sim1", "/ui/guard", "/ui/apps", "/ui/webhooks"} {
		b.Run(path, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				begun := time.Now()
				answer := httptest.NewRecorder()
				all.pages.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
				if took = append(took, time.Since(begun)); answer.Code != 200 {
					b.Fatalf("%d %s", answer.Code, answer.Body)
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
