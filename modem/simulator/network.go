package simulator

import (
	"slices"
	"sync"
	"time"
)

// Network is a simulated mobile network with its SMSC: modems hand it TPDUs,
// it brings them to subscribers, and brings reports and messages back.
// All methods may be called from any goroutine.
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
	arrived   []func() // shows something to the observers, which have not seen it yet
	observing bool     // somebody is showing them
}

// Submission is one SMS-SUBMIT TPDU that a modem handed to the network,
// whether or not the network took it.
type Submission struct {
	IMSI     string
	From     string // MSISDN of the SIM
	To       string // TP-DA as it was written: with "+" only when its type of number is international
	MR       byte   // the reference that +CMGS returns; TP-MR inside TPDU is the host's own
	TPDU     []byte // as received, without the SMSC octets
	Text     string // of this part alone
	Ref      int    // concatenation reference; 0 when not concatenated
	Part     int    // from 1
	Parts    int    // 1 when not concatenated
	Validity time.Duration
	Report   bool  // a status report was requested (TP-SRR)
	Refused  error // why the network did not take it; nil when it did
	At       time.Time
}

// NetworkOption changes how a network behaves.
type NetworkOption func(*Network)

// Latency is the time between Ctrl-Z and the answer of +CMGS; the message
// reaches its subscriber when it is over. The default is none.
func Latency(d time.Duration) NetworkOption {
	return LatencyFunc(func() time.Duration { return d })
}

// LatencyFunc draws the latency of each submission from f, which runs with the
// network locked: it must not call the network back.
func LatencyFunc(f func() time.Duration) NetworkOption {
	return func(n *Network) { n.latency = f }
}

// ReportDelay is the time between the arrival of a message and its status
// report. The default is 0, which sends the report right behind the answer of
// +CMGS; a negative delay means that the network sends no reports.
func ReportDelay(d time.Duration) NetworkOption {
	return func(n *Network) { n.reportDelay = d }
}

// History limits how many submissions, messages of one subscriber and commands
// of one modem are remembered, so that a simulation can run for months. The
// default is all.
func History(limit int) NetworkOption {
	return func(n *Network) { n.history = limit }
}

// NewNetwork makes a network without modems and subscribers.
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

// Subscriber returns the handset with this number, which comes into being on
// first use. The number is compared with TP-DA as it is written: a message to
// "0151..." does not reach "+49151...".
func (n *Network) Subscriber(msisdn string) *Subscriber {
	n.mu.Lock()
	defer n.unlock()
	return n.subscriber(msisdn)
}

// Submissions returns every TPDU that any modem handed over, oldest first.
func (n *Network) Submissions() []Submission {
	n.mu.Lock()
	defer n.unlock()
	return slices.Clone(n.submissions)
}

// Refuse makes the network answer every submission to msisdn with
// +CMS ERROR: cms; 0 takes the refusal back.
func (n *Network) Refuse(msisdn string, cms CMSError) {
	n.mu.Lock()
	defer n.unlock()
	if cms == 0 {
		delete(n.refused, msisdn)
		return
	}
	n.refused[msisdn] = cms
}

// Fail lets f decide on every submission that Refuse and Block do not refuse: nil
// takes it, a CMSError refuses it with that code, any other error with 38
// (network out of order). It runs with the network locked: it must not call
// the network back. A nil f takes everything.
func (n *Network) Fail(f func(Submission) error) {
	n.mu.Lock()
	defer n.unlock()
	n.fail = f
}

// Observe calls f for each whole message that arrives at a subscriber: one at
// a time, in order of arrival, on the goroutine that brought it. f may use the
// network, for example to answer.
func (n *Network) Observe(f func(SMS)) {
	n.mu.Lock()
	defer n.unlock()
	n.observers = append(n.observers, f)
}

// ObserveCalls calls f for each call to a handset that is over, as Observe does.
func (n *Network) ObserveCalls(f func(HeardCall)) {
	n.mu.Lock()
	defer n.unlock()
	n.listeners = append(n.listeners, f)
}

// unlock ends a critical section and shows what arrived in it to the
// observers, without the lock. One goroutine at a time does so: what arrives
// meanwhile, from an observer too, waits for its turn.
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

// after runs f with the lock held: now when d is not positive, later otherwise.
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

// carry takes a TPDU from a modem and calls done with the verdict when the
// latency is over. Nothing that happens to the modem meanwhile calls the TPDU
// back. The message goes its way behind the verdict, or in front of it when the
// modem is one that has things the wrong way round.
func (n *Network) carry(s Submission, sub submit, wrongWay bool, done func(error)) {
	s.Refused = n.verdict(s)
	dropped := s.Refused != nil || n.treatments[s.IMSI].mute
	n.submissions = remember(n.submissions, s, n.history)
	n.after(n.latency(), func() {
		if wrongWay && !dropped {
			n.route(s, sub)
		}
		done(s.Refused)
		if !wrongWay && !dropped {
			n.route(s, sub)
		}
	})
}

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

// route brings a message to the SIM or else to the subscriber with its number.
func (n *Network) route(s Submission, sub submit) {
	if c := n.cardWith(func(c *card) bool { return c.MSISDN == s.To }); c != nil {
		n.deliver(c, inbound{tpdu: relayTPDU(s.From, sub, time.Now())})
		n.report(s, sub, statusDelivered)
		return
	}
	n.subscriber(s.To).receive(s, sub)
}

// report sends the status report of a submission to the SIM that made it.
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

// deliver leaves a TPDU in the mailbox of a SIM, and brings it at once when
// its modem is there to take it.
func (n *Network) deliver(c *card, in inbound) {
	c.mailbox = append(c.mailbox, in)
	for _, m := range n.modems {
		if m.card == c {
			m.collect()
		}
	}
}

// cardWith finds a SIM, in a modem or lying about; nil when there is none.
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

// remember appends v and forgets the oldest when there are more than limit;
// 0 is no limit.
func remember[T any](s []T, v T, limit int) []T {
	if limit > 0 && len(s) >= limit {
		s = s[len(s)-limit+1:]
	}
	return append(s, v)
}
