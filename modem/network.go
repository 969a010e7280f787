package modem

import (
	"context"
	"strconv"
	"strings"
)

// network is what the modem says about its registration (TS 27.007 7.2, 10.1.22).
type network struct {
	circuit int  // stat of +CREG, -1 where the modem does not know the command
	packet  int  // stat of +CEREG, -1 likewise
	ims     bool // registered with the IMS of an LTE network
}

// canSend reports whether short messages can leave: over a circuit switched
// registration, which LTE networks offer through SGs (6 and 7: for messages
// only; 9 and 10: calls not preferred); else over LTE with IMS. A modem that
// knows no +CREG is believed its +CEREG.
func (n network) canSend() bool {
	switch n.circuit {
	case 1, 5, 6, 7, 9, 10:
		return true
	}
	return (n.packet == 1 || n.packet == 5) && (n.ims || n.circuit < 0)
}

// String says it in words.
func (n network) String() string {
	switch {
	case n.canSend() && (n.circuit == 5 || n.circuit == 7 || n.circuit == 10 || n.circuit < 0 && n.packet == 5):
		return "registered, roaming"
	case n.canSend():
		return "registered"
	case n.packet == 1 || n.packet == 5:
		return "LTE, data only: this SIM cannot send messages here"
	case n.circuit == 3 || n.packet == 3:
		return "the network denies registration"
	case n.circuit == 2 || n.packet == 2:
		return "searching for a network"
	case n.circuit == 8 || n.packet == 8:
		return "emergency calls only"
	}
	return "not registered"
}

// refresh asks the modem how it stands, and moves between Searching and Ready.
// It is the pulse as well: a modem that does not answer is found out here.
func (s *session) refresh(ctx context.Context) error {
	var err error
	if s.net.circuit, err = s.registration(ctx, "+CREG"); err != nil {
		return err
	}
	if s.net.packet, err = s.registration(ctx, "+CEREG"); err != nil {
		return err
	}
	if err := s.askIMS(ctx); err != nil {
		return err
	}
	info, ok, err := s.try(ctx, "+CSQ", command)
	if err != nil {
		return err
	}
	if ok {
		s.m.learn(func(st *Status) { st.SignalDBm = signal(field(info, "+CSQ:", 0)) })
	}
	s.judge()
	return nil
}

// askIMS asks for the IMS where the answer would change anything.
func (s *session) askIMS(ctx context.Context) error {
	s.net.ims = false
	if s.net.canSend() || s.net.packet != 1 && s.net.packet != 5 {
		return nil
	}
	info, _, err := s.try(ctx, "+CIREG?", command)
	s.net.ims = field(info, "+CIREG:", 1) == "1"
	return err
}

// judge draws the conclusion from what is known of the network.
func (s *session) judge() {
	words := s.net.String()
	s.m.learn(func(st *Status) { st.Registration = words })
	if s.net.canSend() {
		s.becomeReady("")
	} else {
		s.unready(words)
	}
}

// registration returns the stat of a query such as +CREG?, -1 if it is refused.
func (s *session) registration(ctx context.Context, name string) (int, error) {
	info, ok, err := s.try(ctx, name+"?", command)
	if err != nil || !ok {
		return -1, err
	}
	if stat, err := strconv.Atoi(field(info, name+":", 1)); err == nil {
		return stat, nil
	}
	return -1, nil // a malformed answer says nothing
}

// registrationURC takes the stat from a line such as +CREG: 1,"00C3","1A2B".
func registrationURC(line string) (int, bool) {
	_, rest, _ := strings.Cut(line, ":")
	stat, _, _ := strings.Cut(rest, ",")
	n, err := strconv.Atoi(strings.TrimSpace(stat))
	return n, err == nil
}

// signal turns the value of +CSQ into dBm (TS 27.007 8.5), 0 for unknown.
func signal(rssi string) int {
	n, err := strconv.Atoi(rssi)
	if err != nil || n < 0 || n > 31 {
		return 0
	}
	return -113 + 2*n
}
