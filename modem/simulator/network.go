package simulator

import (
	"slices"
	"sync"
	"time"
)

// Network is a simulated mobile network with its SMSC. It delivers the messages of
// modems to subscribers, and reports and messages to modems. It is safe for concurrent
// use.
type Network struct {
	mu          sync.Mutex
	latency     func() time.Duration
	reportDelay time.Duration
	history     int

	modems      []*Modem
	cards       []*card // every SIM that was ever in a modem
	subscribers map[string]*Subscriber
	refused     map[string]CMSError
	treatments  map[string]treatment // by IMSI
	fail        func(Submission) error
	submissions []Submission

	observers []func(SMS)
	listeners []func(HeardCall)
	arrived   []func() // calls of observers that are still to be made
	observing bool     // a goroutine is making them
}

// Submission is an SMS-SUBMIT that a modem gave to the network, also if the network
// refused it.
type Submission struct {
	IMSI     string
	From     string // MSISDN of the SIM
	To       string // TP-DA, with "+" if its type of number is international
	MR       byte   // the reference that +CMGS returns; TP-MR in TPDU is that of the host
	TPDU     []byte // as received, without the address of the SMSC
	Text     string // of this part
	Ref      int    // concatenation reference; 0 if not concatenated
	Part     int    // from 1
	Parts    int    // 1 if not concatenated
	Validity time.Duration
	Report   bool  // a status report was requested (TP-SRR)
	Refused  error // why the network refused it; nil if it did not
	At       time.Time
}

// NetworkOption is an option of [NewNetwork].
type NetworkOption func(*Network)

// Latency sets the time from Ctrl-Z to the answer of +CMGS, after which the message
// arrives. The default is 0.
func Latency(d time.Duration) NetworkOption {
	return LatencyFunc(func() time.Duration { return d })
}

// LatencyFunc sets a function that returns the latency of each submission. It is called
// with the network locked, and must not use the network.
func LatencyFunc(f func() time.Duration) NetworkOption {
	return func(n *Network) { n.latency = f }
}

// ReportDelay sets the time from the arrival of a message to its status report. The
// default is 0: the report follows the answer of +CMGS. If it is negative the network
// sends no reports.
func ReportDelay(d time.Duration) NetworkOption {
	return func(n *Network) { n.reportDelay = d }
}

// History limits how many submissions, messages of each subscriber and commands of each
// modem are kept, so that a simulation can run for months. The default is no limit.
func History(limit int) NetworkOption {
	return func(n *Network) { n.history = limit }
}

// NewNetwork returns a network without modems and subscribers.
func NewNetwork(options ...NetworkOption) *Network {
	n := &Network{
		latency:     func() time.Duration { return 0 },
		subscribers: make(map[string]*Subscriber),
		refused:     make(map[string]CMSError),
		treatments:  make(map[string]treatment),
	}
	for _, option := range options {
		option(n)
	}
	return n
}

// Subscriber returns the handset with this number, and creates it on first use. The
// number must equal TP-DA: a message to "0151..." does not arrive at "+49151...".
func (n *Network) Subscriber(msisdn string) *Subscriber {
	n.mu.Lock()
	defer n.unlock()
	return n.subscriber(msisdn)
}

// Submissions returns the submissions of all modems, oldest first.
func (n *Network) Submissions() []Submission {
	n.mu.Lock()
	defer n.unlock()
	return slices.Clone(n.submissions)
}

// Refuse makes the network refuse every submission to msisdn with +CMS ERROR: cms. 0 ends
// that.
func (n *Network) Refuse(msisdn string, cms CMSError) {
	n.mu.Lock()
	defer n.unlock()
	if cms == 0 {
		delete(n.refused, msisdn)
		return
	}
	n.refused[msisdn] = cms
}

// Fail sets a function that decides on every submission that Refuse and Block do not
// refuse. If it returns a CMSError the submission is refused with that code, with any
// other error with 38 (network out of order). It is called with the network locked, and
// must not use the network. A nil f accepts everything.
func (n *Network) Fail(f func(Submission) error) {
	n.mu.Lock()
	defer n.unlock()
	n.fail = f
}

// Observe calls f for each complete message that arrives at a subscriber, one at a time
// and in order. f may use the network, as to answer.
func (n *Network) Observe(f func(SMS)) {
	n.mu.Lock()
	defer n.unlock()
	n.observers = append(n.observers, f)
}

// ObserveCalls calls f at the end of each call to a handset, as Observe does for messages.
func (n *Network) ObserveCalls(f func(HeardCall)) {
	n.mu.Lock()
	defer n.unlock()
	n.listeners = append(n.listeners, f)
}

// unlock releases the lock, and calls the observers for what has arrived, without the
// lock. Only one goroutine does so at a time: what arrives meanwhile waits its turn.
func (n *Network) unlock() {
	if n.observing {
		n.mu.Unlock()
		return
	}
	n.observing = true
	for len(n.arrived) > 0 {
		show := n.arrived[0]
		n.arrived = n.arrived[1:]
		n.mu.Unlock()
		show()
		n.mu.Lock()
	}
	n.observing = false
	n.mu.Unlock()
}

// after runs f with the lock held: after d, or now if d is not positive.
func (n *Network) after(d time.Duration, f func()) {
	if d <= 0 {
		f()
		return
	}
	time.AfterFunc(d, func() {
		n.mu.Lock()
		defer n.unlock()
		f()
	})
}

// carry takes a submission from a modem, and calls done with the verdict of the network
// when the latency is over. The message is routed after that, or before it if early.
func (n *Network) carry(s Submission, sub submit, early bool, done func(error)) {
	s.Refused = n.verdict(s)
	dropped := s.Refused != nil || n.treatments[s.IMSI].mute
	n.submissions = remember(n.submissions, s, n.history)
	n.after(n.latency(), func() {
		if early && !dropped {
			n.route(s, sub)
		}
		done(s.Refused)
		if !early && !dropped {
			n.route(s, sub)
		}
	})
}

// verdict returns why the network refuses a submission, nil if it does not.
func (n *Network) verdict(s Submission) error {
	if cms := n.treatments[s.IMSI].refusal; cms != 0 {
		return cms
	}
	if cms, ok := n.refused[s.To]; ok {
		return cms
	}
	if n.fail != nil {
		return n.fail(s)
	}
	return nil
}

// route delivers a message to the SIM with its number, or else to the subscriber.
func (n *Network) route(s Submission, sub submit) {
	if c := n.cardWith(func(c *card) bool { return c.MSISDN == s.To }); c != nil {
		smsc := ""
		if by := n.cardWith(func(c *card) bool { return c.IMSI == s.IMSI }); by != nil {
			smsc = by.SMSC
		}
		n.deliver(c, inbound{tpdu: relayTPDU(s.From, sub, time.Now()), smsc: smsc})
		n.report(s, sub, statusDelivered)
		return
	}
	n.subscriber(s.To).receive(s, sub)
}

// report sends the status report of a submission to its SIM.
func (n *Network) report(s Submission, sub submit, status byte) {
	if !s.Report || n.reportDelay < 0 {
		return
	}
	sent, discharged := s.At, time.Now()
	n.after(n.reportDelay, func() {
		c := n.cardWith(func(c *card) bool { return c.IMSI == s.IMSI })
		n.deliver(c, inbound{report: true, tpdu: reportTPDU(s.MR, sub, sent, discharged, status)})
	})
}

// deliver puts a TPDU into the mailbox of a SIM, from which its modem collects it when it
// can.
func (n *Network) deliver(c *card, in inbound) {
	c.mailbox = append(c.mailbox, in)
	for _, m := range n.modems {
		if m.card == c {
			m.collect()
		}
	}
}

// cardWith returns a SIM, whether it is in a modem or not; nil if there is none.
func (n *Network) cardWith(match func(*card) bool) *card {
	if i := slices.IndexFunc(n.cards, match); i >= 0 {
		return n.cards[i]
	}
	return nil
}

func (n *Network) subscriber(msisdn string) *Subscriber {
	s, ok := n.subscribers[msisdn]
	if !ok {
		s = newSubscriber(n, msisdn)
		n.subscribers[msisdn] = s
	}
	return s
}

// remember appends v to s, and removes the oldest elements above limit; 0 is no limit.
func remember[T any](s []T, v T, limit int) []T {
	if limit > 0 && len(s) >= limit {
		s = s[len(s)-limit+1:]
	}
	return append(s, v)
}
