package at_test

import (
	"sync"
	"testing"
	"time"

	"simgate/modem/at"
)

// converse gives a benchmark a modem that answers at once.
func converse(b *testing.B) *at.Conn {
	b.Helper()
	here, there := pipe()
	m := &modem{net: there, answer: usual}
	c := at.New(here, at.Config{})
	var wg sync.WaitGroup
	wg.Go(m.listen)
	wg.Go(func() { _ = c.Run(b.Context()) })
	b.Cleanup(func() {
		_ = there.Close()
		wg.Wait()
	})
	return c
}

func BenchmarkCommand(b *testing.B) {
	c := converse(b)
	for b.Loop() {
		if _, err := c.Command(b.Context(), "+CSQ", time.Second); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSubmit(b *testing.B) {
	c := converse(b)
	for b.Loop() {
		if _, err := c.Submit(b.Context(), "+CMGS=5", pdu, times); err != nil {
			b.Fatal(err)
		}
	}
}
