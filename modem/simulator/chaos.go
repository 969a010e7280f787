package simulator

import (
	"math/rand/v2"
	"time"
)

// chaos causes faults at random, the same for the same seed.
type chaos struct {
	random *rand.Rand
	odds   Odds
	any    float64 // probability of a fault of any kind that does not unplug; 0: odds apply
}

// Odds are the probabilities, from 0 to 1, of each kind of fault for a command. A command
// has one fault at most, so the sum should not exceed 1.
type Odds struct {
	Stall      float64 // the command is ignored
	Refuse     float64 // ERROR, or a +CMS ERROR
	Garble     float64 // an octet of the answer becomes 0xFF
	Echo       float64 // the command is repeated though echo is off
	Late       float64 // the answer is up to a minute late
	Interleave float64 // an unsolicited result between the lines of the answer
	LoseAnswer float64 // the command runs and is not answered
	LoseSubmit float64 // a PDU is dropped and not answered
	Reboot     float64 // a restart within the answer, for +CMGS before or after the network has the PDU
	Unplug     float64 // likewise unplugged, and plugged in again after up to two minutes
	Hang       float64 // the modem hangs until a random recovery step, at most MostCure
	MostCure   Cure    // 0 is CureReset
}

// Chaos lets commands fail at random with the given probability. Faults set with On and
// the like come first. The same seed and the same commands cause the same faults. The
// modem is never unplugged.
func (m *Modem) Chaos(seed uint64, probability float64) {
	m.setChaos(&chaos{random: rand.New(rand.NewPCG(seed, seed)), any: probability})
}

// ChaosOf replaces [Modem.Chaos] by faults with the given odds.
func (m *Modem) ChaosOf(seed uint64, odds Odds) {
	if odds.MostCure == 0 {
		odds.MostCure = CureReset
	}
	m.setChaos(&chaos{random: rand.New(rand.NewPCG(seed, seed)), odds: odds})
}

func (m *Modem) setChaos(c *chaos) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.chaos = c
}

func (c *chaos) strike(p *plan) {
	if c.any > 0 {
		c.strikeAny(p)
		return
	}
	dice := c.random.Float64()
	for _, kind := range []struct {
		odds  float64
		fault func() Fault
	}{
		{c.odds.Stall, Stall},
		{c.odds.Refuse, c.refuse},
		{c.odds.Garble, func() Fault { return Garble(c.random.IntN(40)) }},
		{c.odds.Echo, Echo},
		{c.odds.Late, c.late},
		{c.odds.Interleave, c.interleave},
		{c.odds.LoseAnswer, LoseAnswer},
		{c.odds.LoseSubmit, LoseSubmit},
		{c.odds.Reboot, func() Fault { return c.interrupt(Reboot(c.random.IntN(20))) }},
		{c.odds.Unplug, func() Fault { return c.interrupt(UnplugAt(c.random.IntN(20)), c.replug()) }},
		{c.odds.Hang, func() Fault { return HangUntil(1 + Cure(c.random.IntN(int(c.odds.MostCure)))) }},
	} {
		if dice < kind.odds {
			kind.fault()(p)
			return
		}
		dice -= kind.odds
	}
}

func (c *chaos) refuse() Fault {
	codes := []CMSError{cmsNetworkOutOfOrder, 42, 47, 500, cmsBusy}
	if i := c.random.IntN(len(codes) + 1); i < len(codes) {
		return Refuse(codes[i])
	}
	return PlainError()
}

func (c *chaos) late() Fault {
	d := time.Duration(c.random.IntN(60_000)) * time.Millisecond
	if c.random.IntN(2) == 0 {
		return LatePrompt(d)
	}
	return Late(d)
}

func (c *chaos) interleave() Fault {
	urcs := []string{"+CREG: 1", "^RSSI:18", "RING", `+CUSD: 0,"Menu` + "\r\n" + `1 Balance",15`, "+CMTE: 1", "^HCSQ:\"LTE\",52,44,141,26"}
	return URCAfterLine(c.random.IntN(6), urcs[c.random.IntN(len(urcs))])
}

func (c *chaos) replug() Fault {
	d := time.Second + time.Duration(c.random.IntN(120_000))*time.Millisecond
	return func(p *plan) { p.replug = d }
}

// interrupt adds that, in half the cases, a submission is cut off before the network has
// it.
func (c *chaos) interrupt(faults ...Fault) Fault {
	lost := c.random.IntN(2) == 0
	return func(p *plan) {
		for _, fault := range faults {
			fault(p)
		}
		p.cutSubmit = lost
	}
}

func (c *chaos) strikeAny(p *plan) {
	if c.random.Float64() >= c.any {
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
