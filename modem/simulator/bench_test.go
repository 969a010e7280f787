package simulator_test

import (
	"testing"

	"simgate/modem/simulator"
)

// BenchmarkSubmit is one part through one modem and an instant network, which
// is the floor under every figure that is measured on a simulated modem.
func BenchmarkSubmit(b *testing.B) {
	n := simulator.NewNetwork(simulator.History(10))
	port, err := n.Modem(simulator.SIM{}).Open()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = port.Close() }()
	command, pdu := []byte(cmgs(hello)), []byte(hello+"\x1a")
	answer := make([]byte, 256)
	for b.Loop() {
		for _, write := range [][]byte{command, pdu} {
			if _, err := port.Write(write); err != nil {
				b.Fatal(err)
			}
			if _, err := port.Read(answer); err != nil {
				b.Fatal(err)
			}
		}
	}
}
