package modemtest

import (
	"math/rand/v2"
	"time"
)

// chaos strikes commands at random, the same ones for the same seed.
type chaos struct {
	random      *rand.Rand
	probability float64
}

// Chaos lets a random fault strike each command with the given probability,
// beside the orders of On, which go first. The same seed and the same commands
// give the same faults. Nothing is unplugged.
func (m *Modem) Chaos(seed uint64, probability float64) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.chaos = &chaos{random: rand.New(rand.NewPCG(seed, seed)), probability: probability}
}

func (c *chaos) strike(p *plan) {
	if c.random.Float64() >= c.probability {
		return
	}
	faults := []Fault{
		Stall(),
		PlainError(),
		Refuse(cmsNetworkOutOfOrder),
		Late(time.Duration(c.random.IntN(5000)) * time.Millisecond),
		Garbage([]byte{0x00, 0xff, 0xf0, '>', 0x7f}),
		Echo(),
		CRCRLF(),
		Dribble(),
		URCAt(0, `+CREG: 1`),
		LatePrompt(time.Duration(c.random.IntN(5000)) * time.Millisecond),
		NoPrompt(),
		SplitPrompt(),
		LoseSubmit(),
		LoseAnswer(),
	}
	faults[c.random.IntN(len(faults))](p)
}
