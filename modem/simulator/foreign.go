package simulator

import "math/rand/v2"

// foreign is another program that reads the port, as ModemManager does.
type foreign struct {
	random *rand.Rand
	share  float64
}

// Share lets another program read the port too: this share of what the modem writes, from
// 0 to 1, goes there instead of to the host, the same for the same seed. 0 ends that.
func (m *Modem) Share(seed uint64, share float64) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.foreign = foreign{rand.New(rand.NewPCG(seed, seed)), share}
}

// takes reports whether the other program is faster this time.
func (f foreign) takes() bool { return f.share > 0 && f.random.Float64() < f.share }
