package simulator

import "math/rand/v2"

// foreign is another program that reads the port, as ModemManager does.
type foreign struct {
	random *rand.Rand
	share  float64
}

// Share lets another program read the port too: this share of what the modem writes, from
// 0 to 1, goes there instead of to the host, the same for the same seed. Who reads first
// gets what is there, which may be a part of an answer. 0 ends that.
func (m *Modem) Share(seed uint64, share float64) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.foreign = foreign{rand.New(rand.NewPCG(seed, seed)), share}
}

// leaves returns what the other program leaves to the host.
func (f foreign) leaves(b []byte) []byte {
	if f.share <= 0 {
		return b
	}
	const largest = 64 // octets of a read
	var left []byte
	for len(b) > 0 {
		n := min(1+f.random.IntN(largest), len(b))
		if f.random.Float64() >= f.share {
			left = append(left, b[:n]...)
		}
		b = b[n:]
	}
	return left
}
