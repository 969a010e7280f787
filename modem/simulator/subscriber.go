package simulator

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// SMS is a whole message as a person reads it, its parts joined.
type SMS struct {
	From     string // MSISDN of the SIM that sent it
	To       string // MSISDN of the handset
	Text     string // UTF-8; the octets in hex when the data coding scheme is 8 bit
	Parts    int
	Validity time.Duration // TP-VP of the last part to arrive; 0 when it had none
	Report   bool          // a status report was requested
	At       time.Time     // arrival of the part that made it whole
}

// Subscriber is a handset with a number. It is reachable from the start.
type Subscriber struct {
	msisdn string
	n      *Network

	messages []SMS
	unread   []SMS
	news     chan struct{} // closed when a message arrives
	halves   map[concatenation]map[int]string

	answering Answering
	calls     []*HeardCall

	off     bool
	rejects bool
	waiting []*waiting // at the SMSC while off
	ref     byte       // concatenation reference of what it sends
}

// concatenation tells which parts belong together (23.040 9.2.3.24.1).
type concatenation struct {
	from       string
	ref, parts int
}

// waiting is a message that the SMSC keeps for a subscriber who is off.
type waiting struct {
	Submission
	submit
}

func newSubscriber(n *Network, msisdn string) *Subscriber {
	return &Subscriber{
		msisdn: msisdn,
		n:      n,
		news:   make(chan struct{}),
		halves: make(map[concatenation]map[int]string),
	}
}

// MSISDN is the number of the handset.
func (s *Subscriber) MSISDN() string { return s.msisdn }

// Messages returns every whole message that arrived, oldest first.
func (s *Subscriber) Messages() []SMS {
	s.n.mu.Lock()
	defer s.n.unlock()
	return slices.Clone(s.messages)
}

// Next returns the oldest message that no earlier call returned, and waits for
// it until ctx ends.
func (s *Subscriber) Next(ctx context.Context) (SMS, error) {
	for {
		sms, news, ok := s.takeUnread()
		if ok {
			return sms, nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return SMS{}, fmt.Errorf("no message for the subscriber: %w", context.Cause(ctx))
		}
	}
}

func (s *Subscriber) takeUnread() (sms SMS, news <-chan struct{}, ok bool) {
	s.n.mu.Lock()
	defer s.n.unlock()
	if len(s.unread) == 0 {
		return SMS{}, s.news, false
	}
	sms, s.unread = s.unread[0], s.unread[1:]
	return sms, nil, true
}

// Send brings a message to the SIM with the number to, in parts when it is
// long. It waits in the network while the SIM's modem cannot take it. The only
// error is that there is no such SIM. A subscriber whose number has letters is
// a sender with a name.
func (s *Subscriber) Send(to, text string) error {
	s.n.mu.Lock()
	defer s.n.unlock()
	s.ref++
	return s.n.bring(to, deliverTPDUs(s.msisdn, text, time.Now(), s.ref)...)
}

// Off makes the subscriber unreachable: the network takes messages and keeps
// them until On, or until their validity period is over.
func (s *Subscriber) Off() {
	s.n.mu.Lock()
	defer s.n.unlock()
	s.off = true
}

// On makes the subscriber reachable again; what waited arrives at once.
func (s *Subscriber) On() {
	s.n.mu.Lock()
	defer s.n.unlock()
	s.off = false
	kept := s.waiting
	s.waiting = nil
	for _, w := range kept {
		s.receive(w.Submission, w.submit)
	}
}

// Reject makes the handset refuse what arrives: nothing is shown, and the network
// reports that it could not be delivered, for good (23.040 9.2.3.15).
func (s *Subscriber) Reject() {
	s.n.mu.Lock()
	defer s.n.unlock()
	s.rejects = true
}

// receive takes one part, or leaves it with the SMSC while off.
func (s *Subscriber) receive(sub Submission, decoded submit) {
	if s.off {
		s.await(&waiting{sub, decoded})
		return
	}
	if s.rejects {
		s.n.report(sub, decoded, statusRejected)
		return
	}
	s.join(sub)
	s.n.report(sub, decoded, statusDelivered)
}

// await keeps a message; a validity period that ends first makes it expire
// (23.040 9.2.3.12).
func (s *Subscriber) await(w *waiting) {
	s.waiting = append(s.waiting, w)
	if w.Validity == 0 {
		return
	}
	s.n.after(time.Until(w.At.Add(w.Validity)), func() {
		if i := slices.Index(s.waiting, w); i >= 0 {
			s.waiting = slices.Delete(s.waiting, i, i+1)
			s.n.report(w.Submission, w.submit, statusExpired)
		}
	})
}

// join adds a part, and reads the message once all parts are there. A part
// that comes twice counts once, as long as its message is not whole.
func (s *Subscriber) join(sub Submission) {
	text := sub.Text
	if sub.Parts > 1 {
		key := concatenation{sub.From, sub.Ref, sub.Parts}
		if s.halves[key] == nil {
			s.halves[key] = make(map[int]string)
		}
		s.halves[key][sub.Part] = sub.Text
		if len(s.halves[key]) < sub.Parts {
			return
		}
		text = ""
		for part := range sub.Parts {
			text += s.halves[key][part+1]
		}
		delete(s.halves, key)
	}
	sms := SMS{
		From: sub.From, To: s.msisdn, Text: text, Parts: sub.Parts,
		Validity: sub.Validity, Report: sub.Report, At: time.Now(),
	}
	s.messages = remember(s.messages, sms, s.n.history)
	s.unread = remember(s.unread, sms, s.n.history)
	for _, observe := range s.n.observers {
		s.n.arrived = append(s.n.arrived, func() { observe(sms) })
	}
	close(s.news)
	s.news = make(chan struct{})
}
