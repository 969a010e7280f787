// Package handsets is the simulated network of a demo with its phones, for the page on
// which people operate them.
//
// While somebody looks at the page a person answers calls, and else a phone answers by
// itself after three seconds: whoever follows the demo in a terminal has no hand on it.
package handsets

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"simgate/api/web/demo"
	"simgate/modem/simulator"
)

// Numbers are those of the phones; the first is that of the examples.
var Numbers = []string{"+4915112345678", "+4915187654321"}

var names = []string{"Anna", "Ben"}

// Network is a simulated network. It is safe for concurrent use.
type Network struct {
	*simulator.Network
	watched func() bool // whether somebody looks at the phones

	mu     sync.Mutex
	phones []*phone
	sims   []*sim
}

// phone is a phone and what the network does not know of it.
type phone struct {
	*simulator.Subscriber
	name  string
	mode  demo.Mode
	sent  []demo.Entry
	typed string // keys of the call that it has
	taken time.Time
	set   simulator.Answering
}

// sim is a SIM with its modem.
type sim struct {
	simulator.SIM
	modem   *simulator.Modem
	pulled  bool
	refused bool
}

// history is how many messages and calls of a phone are kept.
const history = 100

// New returns a network with the phones.
func New() *Network {
	n := &Network{watched: func() bool { return false },
		Network: simulator.NewNetwork(simulator.Latency(1500*time.Millisecond), simulator.ReportDelay(time.Second), simulator.History(history))}
	for i, number := range Numbers {
		n.phones = append(n.phones, &phone{Subscriber: n.Subscriber(number), name: names[i], mode: demo.On})
	}
	return n
}

// Watch tells the network how to find out whether somebody looks at the phones.
func (n *Network) Watch(watched func() bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.watched = watched
}

// AddSIM returns a modem with a SIM.
func (n *Network) AddSIM(card simulator.SIM) *simulator.Modem {
	n.mu.Lock()
	defer n.mu.Unlock()
	m := n.Modem(card, simulator.USSDMenu("*100#", simulator.Menu{Text: "Your credit is 12.34.\r\n1 Top up\r\n2 Own number", Choices: map[string]simulator.Menu{
		"1": {Text: "Top up where cards like this are sold."}, "2": {Text: "Your number is " + card.MSISDN + "."}}}))
	n.sims = append(n.sims, &sim{SIM: card, modem: m})
	return m
}

// Phones returns the phones as they are now.
func (n *Network) Phones() []demo.Phone {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []demo.Phone
	for _, p := range n.phones {
		p.answerAs(n.watched())
		all = append(all, p.show())
	}
	return all
}

// answerAs sets how the phone answers calls from now on.
func (p *phone) answerAs(watched bool) {
	a := simulator.Answering{}
	switch {
	case p.mode == demo.Away:
		a.Away = true
	case p.mode == demo.Voicemail:
		a = simulator.Answering{After: 4 * time.Second, Says: beep(), HangUp: 40 * time.Second}
	case watched:
		a.Never = true
	}
	if a.Away != p.set.Away || a.Never != p.set.Never || a.After != p.set.After {
		p.set = a
		p.Answer(a)
	}
}

// beep returns the end of the greeting of a voicemail: a second of silence, and a tone.
func beep() []int16 {
	const rate, hertz = 8000, 1000
	pcm := make([]int16, rate+rate/2)
	for i := rate; i < len(pcm); i++ {
		pcm[i] = int16(6000 * math.Sin(2*math.Pi*hertz*float64(i)/rate))
	}
	return pcm
}

func (p *phone) show() demo.Phone {
	shown := demo.Phone{Number: p.MSISDN(), Name: p.name, Mode: p.mode, Log: slices.Clone(p.sent)}
	for _, m := range p.Messages() {
		shown.Log = append(shown.Log, demo.Entry{At: m.At, Peer: m.From, Text: m.Text})
	}
	for _, c := range p.Log() {
		one := demo.Call{From: c.From, Begun: c.Begun, Answered: c.Answered, Ended: c.Ended}
		if c.Ended.IsZero() {
			if !p.taken.Equal(c.Begun) {
				p.taken, p.typed = c.Begun, ""
			}
			one.Rings, one.Keys = p.Ringing(), p.typed
			shown.Call = &one
			continue
		}
		shown.Log = append(shown.Log, demo.Entry{At: c.Begun, Peer: c.From, Call: &one})
	}
	slices.SortStableFunc(shown.Log, func(a, b demo.Entry) int { return a.At.Compare(b.At) })
	return shown
}

// SIMs returns the SIMs, and what is wrong with each.
func (n *Network) SIMs() []demo.SIM {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []demo.SIM
	for _, s := range n.sims {
		one := demo.SIM{Number: s.MSISDN}
		switch {
		case s.modem.Hanging():
			one.Trouble = demo.Hangs
		case s.pulled:
			one.Trouble = demo.Pulled
		case s.refused:
			one.Trouble = demo.Refused
		}
		all = append(all, one)
	}
	return all
}

var errNoPhone = errors.New("there is no such phone")

// with does something with a phone.
func (n *Network) with(number string, do func(*phone) error) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.phones {
		if p.MSISDN() == number {
			return do(p)
		}
	}
	return errNoPhone
}

// PickUp answers the call that rings on a phone.
func (n *Network) PickUp(number string) error {
	return n.with(number, func(p *phone) error { return plain(p.PickUp()) })
}

// HangUp ends or refuses the call of a phone.
func (n *Network) HangUp(number string) error {
	return n.with(number, func(p *phone) error { return plain(p.HangUp()) })
}

// Press presses keys in the call of a phone.
func (n *Network) Press(number, keys string) error {
	return n.with(number, func(p *phone) error {
		err := plain(p.Press(keys))
		if err == nil {
			p.typed += keys
		}
		return err
	})
}

// plain returns an error of the simulator without its name.
func plain(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(strings.TrimPrefix(err.Error(), "simulator: "))
}

// maxText is how many characters a phone sends.
const maxText = 600

// Reply lets a phone send a message to the SIM that it heard from last, or the first.
func (n *Network) Reply(number, text string) error {
	return n.with(number, func(p *phone) error {
		sim := n.sims[0].MSISDN
		for _, e := range p.show().Log {
			sim = e.Peer
		}
		return p.write(sim, text)
	})
}

// Send lets a phone send a message to the SIM with a number.
func (n *Network) Send(number, to, text string) error {
	return n.with(number, func(p *phone) error { return p.write(to, text) })
}

// write lets a phone send a message to a SIM.
func (p *phone) write(sim, text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return errors.New("the message is empty")
	case len([]rune(text)) > maxText:
		return fmt.Errorf("a message has at most %d characters", maxText)
	case p.mode == demo.Away:
		return errors.New("the phone is in flight mode and cannot send")
	}
	if err := plain(p.Send(sim, text)); err != nil {
		return err
	}
	p.sent = append(p.sent[max(0, len(p.sent)-history+1):], demo.Entry{At: time.Now(), Peer: sim, Sent: true, Text: text})
	return nil
}

// SetMode sets what a phone does when it is called or written to.
func (n *Network) SetMode(number string, m demo.Mode) error {
	return n.with(number, func(p *phone) error {
		switch m {
		case demo.Away:
			p.Off()
		case demo.On, demo.Voicemail:
			p.On()
		default:
			return errors.New("a phone is on, away, or lets a voicemail answer")
		}
		p.mode = m
		p.answerAs(n.watched())
		return nil
	})
}

// refusal is the +CMS ERROR with which the network refuses: 38, network out of order.
const refusal = 38

// Upset lets something go wrong with the SIM of a number; [demo.None] ends what does not
// end by itself.
func (n *Network) Upset(number string, t demo.Trouble) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	i := slices.IndexFunc(n.sims, func(s *sim) bool { return s.MSISDN == number })
	if i < 0 {
		return errors.New("there is no such SIM")
	}
	s := n.sims[i]
	if s.pulled && t != demo.Pulled && t != demo.Hangs {
		s.modem.Insert(s.SIM)
		s.pulled = false
	}
	if s.refused && t != demo.Hangs {
		n.Unblock(s.IMSI)
		s.refused = false
	}
	switch t {
	case demo.None:
	case demo.Pulled:
		s.modem.Eject()
		s.pulled = true
	case demo.Refused:
		n.Block(s.IMSI, refusal)
		s.refused = true
	case demo.Hangs:
		s.modem.Hang(simulator.CureSoftReset)
	default:
		return errors.New("a SIM can be pulled, be refused, or have a modem that hangs")
	}
	return nil
}

// Sound returns what a phone has heard in a call, from a sample on, and whether that is
// the end of it.
func (n *Network) Sound(number string, begun time.Time, from int) (pcm []int16, over bool) {
	over = true
	_ = n.with(number, func(p *phone) error { // a phone that is not there has heard nothing
		pcm, over = p.Sound(begun, from)
		return nil
	})
	return pcm, over
}
