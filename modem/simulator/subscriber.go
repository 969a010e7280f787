package simulator

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// SMS is a complete message, as a person reads it.
type SMS struct {
	From     string // MSISDN of the SIM that sent it
	To       string // MSISDN of the handset
	Text     string // UTF-8; octets in hexadecimal if the message is data
	Parts    int
	Validity time.Duration // TP-VP of the last part to arrive; 0 for none
	Report   bool          // a status report was requested
	At       time.Time     // when the last part arrived
}

// Subscriber is a handset. It is reachable from the start.
type Subscriber struct {
	msisdn string
	n      *Network

	messages []SMS
	unread   []SMS
	arrival  chan struct{} // closed when a message arrives
	partial  map[concatenation]map[int]string

	answering Answering
	calls     []*HeardCall

	off     bool
	rejects bool
	waiting []*waiting // at the SMSC while the handset is off
	ref     byte       // concatenation reference of what it sends
	smsc    string     // that what it sends goes by
}

// concatenation identifies the message of a part (23.040 9.2.3.24.1).
type concatenation struct {
	from       string
	ref, parts int
}

// waiting is a message that the SMSC keeps for a handset that is off.
type waiting struct {
	Submission
	submit
}

func newSubscriber(n *Network, msisdn string) *Subscriber {
	return &Subscriber{
		msisdn:  msisdn,
		smsc:    smscOf(msisdn),
		n:       n,
		arrival: make(chan struct{}),
		partial: make(map[concatenation]map[int]string),
	}
}

// smscOf returns the address of the SMSC of the operator that has given out a number, "" for
// a name or a short number: it is in the range of the number.
func smscOf(msisdn string) string {
	const subscribers = 6 // digits
	if !strings.HasPrefix(msisdn, "+") || len(msisdn) <= subscribers+1 {
		return ""
	}
	return msisdn[:len(msisdn)-subscribers] + strings.Repeat("0", subscribers)
}

// SendBy lets what the handset sends go by another SMSC, as that of who forges its number
// does.
func (s *Subscriber) SendBy(smsc string) {
	s.n.mu.Lock()
	defer s.n.unlock()
	s.smsc = smsc
}

// MSISDN returns the number of the handset.
func (s *Subscriber) MSISDN() string { return s.msisdn }

// Messages returns the complete messages that have arrived, oldest first.
func (s *Subscriber) Messages() []SMS {
	s.n.mu.Lock()
	defer s.n.unlock()
	return slices.Clone(s.messages)
}

// Next returns the oldest message that Next has not returned before. It waits for it until
// ctx ends.
func (s *Subscriber) Next(ctx context.Context) (SMS, error) {
	for {
		sms, arrival, ok := s.takeUnread()
		if ok {
			return sms, nil
		}
		select {
		case <-arrival:
		case <-ctx.Done():
			return SMS{}, fmt.Errorf("no message for the subscriber: %w", context.Cause(ctx))
		}
	}
}

func (s *Subscriber) takeUnread() (sms SMS, arrival <-chan struct{}, ok bool) {
	s.n.mu.Lock()
	defer s.n.unlock()
	if len(s.unread) == 0 {
		return SMS{}, s.arrival, false
	}
	sms, s.unread = s.unread[0], s.unread[1:]
	return sms, nil, true
}

// Send sends a message to the SIM with the number to, in parts if it is long. The network
// keeps it while the modem of the SIM cannot take it. Send fails only if there is no such
// SIM. A subscriber whose number has letters is an alphanumeric sender.
func (s *Subscriber) Send(to, text string) error {
	s.n.mu.Lock()
	defer s.n.unlock()
	s.ref++
	return s.n.deliverTo(to, s.smsc, deliverTPDUs(s.msisdn, text, time.Now(), s.ref)...)
}

// Off makes the handset unreachable: the network keeps its messages until On, or until
// their validity is over.
func (s *Subscriber) Off() {
	s.n.mu.Lock()
	defer s.n.unlock()
	s.off = true
}

// On makes the handset reachable again. Its messages arrive at once.
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

// Reject makes the handset refuse messages: the network reports a permanent failure
// (23.040 9.2.3.15).
func (s *Subscriber) Reject() {
	s.n.mu.Lock()
	defer s.n.unlock()
	s.rejects = true
}

// receive processes a part, or keeps it at the SMSC while the handset is off.
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

// await keeps a message at the SMSC until its validity is over (23.040 9.2.3.12).
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

// join adds a part, and shows the message when it has all parts. A part that comes twice
// counts once, until the message is complete.
func (s *Subscriber) join(sub Submission) {
	text := sub.Text
	if sub.Parts > 1 {
		key := concatenation{sub.From, sub.Ref, sub.Parts}
		if s.partial[key] == nil {
			s.partial[key] = make(map[int]string)
		}
		s.partial[key][sub.Part] = sub.Text
		if len(s.partial[key]) < sub.Parts {
			return
		}
		text = ""
		for part := range sub.Parts {
			text += s.partial[key][part+1]
		}
		delete(s.partial, key)
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
	close(s.arrival)
	s.arrival = make(chan struct{})
}
