package line_test

import (
	"testing"
	"testing/synctest"
	"time"

	"simgate/gateway"
	"simgate/gateway/gatewaytest"
)

const anna = "+4915112345678"

// story runs in a world whose modems are ready.
func story(t *testing.T, run func(t *testing.T, w *gatewaytest.World), options ...gatewaytest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := gatewaytest.Start(t, options...)
		time.Sleep(10 * time.Second)
		run(t, w)
	})
}

// send has a message accepted.
func send(t *testing.T, w *gatewaytest.World, to, text string) gateway.Message {
	t.Helper()
	m, err := w.Gateway.Send(t.Context(), gateway.NewMessage{App: "shop", To: to, Text: text})
	if err != nil {
		t.Fatalf("sending: %v", err)
	}
	return m
}

// look returns a message as it is now.
func look(t *testing.T, w *gatewaytest.World, id int64) gateway.Message {
	t.Helper()
	m, err := w.Gateway.Message(t.Context(), id)
	if err != nil {
		t.Fatalf("looking at message %d: %v", id, err)
	}
	return m
}

// start begins a verification, whose code is sent at once.
func start(t *testing.T, w *gatewaytest.World, to string) {
	t.Helper()
	_, err := w.Gateway.StartVerification(t.Context(), gateway.NewVerification{App: "shop", To: to, Purpose: "login", Brand: "Shop"})
	if err != nil {
		t.Fatalf("starting a verification: %v", err)
	}
}
