package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"simgate/gateway/line"
	"simgate/gateway/line/gsm"
	"simgate/gateway/store"
	"simgate/modem"
)

// BenchmarkQueue: one message accepted and one claimed, in two durable
// transactions, beside a queue of the given length.
func BenchmarkQueue(b *testing.B) {
	for _, length := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprint(length), func(b *testing.B) {
			folder := b.TempDir()
			g, err := Open(b.Context(), Config{Database: filepath.Join(folder, "db"), CodeKey: filepath.Join(folder, "key"), MaxQueue: 1 << 30},
				[]line.Driver{gsm.New(modem.New(modem.Config{Name: "sim1", Port: "/dev/none"}, slog.New(slog.DiscardHandler)))})
			if err != nil {
				b.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan error)
			go func() { done <- g.Run(ctx) }()
			row := newRow{app: "bench", to: "+4915112345678", body: "hello", parts: 1, lane: line.Normal, lifetime: 72 * time.Hour}
			const step = 10_000
			for filled := 0; filled < length; filled += step {
				err := g.db.Commit(ctx, func(tx *store.Tx) error {
					for range min(step, length-filled) {
						if _, err := g.enqueue(tx, row, g.clock.Now()); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if err := g.db.Commit(ctx, func(tx *store.Tx) error { _, err := g.enqueue(tx, row, g.clock.Now()); return err }); err != nil {
					b.Fatal(err)
				}
				err := g.db.Commit(ctx, func(tx *store.Tx) error {
					now, lines := g.clock.Now(), []line.Candidate{{Line: g.lines.All()[0], Name: "sim1", ID: 1, State: line.Ready}}
					waiting, err := waitingQueues(tx)
					if err != nil {
						return err
					}
					due, err := dueMessages(tx, waiting, line.Normal, now.Up, lines, nil)
					if err != nil || len(due) == 0 {
						return fmt.Errorf("nothing is due: %w", err)
					}
					n, err := g.need(tx, due[0], lines)
					if err != nil {
						return err
					}
					if _, _, err = g.claim(tx, due[0], n, lines[0], "", now); err != nil {
						return err
					}
					_, err = untilDue(tx, waiting, now.Up, lines)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			stop()
			<-done
			if err := g.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
