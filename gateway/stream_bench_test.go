package gateway

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	"simgate/gateway/key"
	"simgate/gateway/line"
	"simgate/gateway/store"
	"simgate/gateway/webhook"
)

// BenchmarkPending: a message accepted and cancelled in one durable transaction, which
// the fan-out hears of, while so many deliveries are pending.
func BenchmarkPending(b *testing.B) {
	for _, pending := range []int{0, 50_000} {
		b.Run(fmt.Sprint(pending), func(b *testing.B) {
			folder := b.TempDir()
			dead := func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
			g, err := Open(b.Context(), Config{Database: filepath.Join(folder, "db"), CodeKey: filepath.Join(folder, "key"),
				Webhooks: webhook.Config{Dial: dead, Formats: map[string]webhook.Format{"plain": {Kinds: NewsKinds,
					Request: func(webhook.News) (*webhook.Request, error) { return &webhook.Request{}, nil }}}}}, nil)
			if err != nil {
				b.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan error)
			go func() { done <- g.Run(ctx) }()
			if _, _, err := g.keys.Create(ctx, "bench", []key.Scope{key.SendMessages}); err != nil {
				b.Fatal(err)
			}
			const hooks = 10 // of which each may have so many pending
			for range hooks {
				w, err := g.Webhooks().Add(ctx, webhook.Webhook{App: "bench", URL: "http://bench.example/", Format: "plain", Kinds: []string{"verification.cancelled"}})
				if err != nil {
					b.Fatal(err)
				}
				if pending > 0 {
					if err := g.Owe(ctx, w, pending/hooks, webhook.Pending); err != nil {
						b.Fatal(err)
					}
				}
			}
			row := newRow{app: "bench", to: "+4915112345678", body: "hello", parts: 1, lane: line.Normal, lifetime: time.Hour}
			for b.Loop() {
				err := g.db.Commit(ctx, func(tx *store.Tx) error {
					m, err := g.enqueue(tx, row, g.clock.Now())
					if err != nil {
						return err
					}
					return messages.MoveOne(tx, Cancelled, store.Clause{}, store.Where(`id = ?`, m.ID))
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			stop()
			if err := <-done; err != nil {
				b.Error(err)
			}
			if err := g.Close(); err != nil {
				b.Error(err)
			}
		})
	}
}
