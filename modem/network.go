package modem

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgate/modem/at"
)

// network is the registration of the modem (TS 27.007 7.2, 10.1.20, 10.1.22, 10.1.47). A
// stat is -1 if the modem does not tell.
type network struct {
	circuit  int    // stat of +CREG
	packet   int    // stat of +CEREG
	data     int    // stat of +CGREG
	fifth    int    // stat of +C5GREG
	ims      bool   // registered with the IMS of an LTE or 5G network
	operator string // of +COPS, "" if unknown
	cause    string // why the network denies registration, "" if unknown
}

// tellsNothing reports whether the modem tells no registration at all.
func (n network) tellsNothing() bool {
	return n.circuit < 0 && n.packet < 0 && n.data < 0 && n.fifth < 0
}

// circuitSwitched reports a circuit switched registration, which LTE networks offer
// through SGs (6 and 7: for messages only; 9 and 10: calls not preferred).
func (n network) circuitSwitched() bool {
	switch n.circuit {
	case 1, 5, 6, 7, 9, 10:
		return true
	}
	return false
}

// packetSwitched reports a registration for packets in any technology, or for messages
// over it.
func (n network) packetSwitched() bool {
	for _, stat := range []int{n.data, n.packet, n.fifth} {
		switch stat {
		case 1, 5, 6, 7, 9, 10:
			return true
		}
	}
	return false
}

// certain reports whether messages can be sent for certain: with a circuit switched
// registration, or with IMS.
func (n network) certain() bool { return n.circuitSwitched() || n.packetSwitched() && n.ims }

// canSend reports whether it is worth to send messages: they may go over any bearer (the
// network access stratum of LTE-M and NB-IoT, GPRS), whatever +CREG says, so that only
// the result tells. A modem that tells no registration, but perhaps its operator, is
// tried too.
func (n network) canSend() bool {
	return n.certain() || n.packetSwitched() || n.tellsNothing()
}

// denied reports whether the network refuses this SIM, or this modem.
func (n network) denied() bool {
	return slices.Contains([]int{n.circuit, n.packet, n.data, n.fifth}, 3)
}

// any reports whether one of the registrations has this stat.
func (n network) any(stat int) bool {
	return slices.Contains([]int{n.circuit, n.packet, n.data, n.fifth}, stat)
}

// roams reports whether messages can be sent through a network that is not the SIM's own.
func (n network) roams() bool {
	return n.canSend() && (n.circuit == 5 || n.circuit == 7 || n.circuit == 10 || !n.circuitSwitched() && n.any(5))
}

// String returns the registration in words.
func (n network) String() string {
	switch {
	case n.roams() && (n.certain() || n.circuit < 0):
		return "registered, roaming"
	case n.certain(), n.circuit < 0 && n.packetSwitched():
		return "registered"
	case n.packetSwitched():
		return "registered for data; whether this SIM can send SMS here shows when it does"
	case n.tellsNothing() && n.operator != "":
		return "registered with " + n.operator
	case n.tellsNothing():
		return "the modem does not tell whether it is registered"
	case n.denied() && n.cause != "":
		return "the network denies registration: " + n.cause
	case n.denied():
		return "the network denies registration: is the SIM active, and allowed in this country and in this kind of modem?"
	case n.any(8) || n.any(11):
		return "emergency calls only: is the SIM active, and allowed here?"
	case n.any(2):
		return "searching for a network: is the antenna connected, and is there still a network of this kind (2G, 3G) here?"
	}
	return "not registered"
}

// refresh asks for the registration, and moves between Searching and Ready. It is also
// how a modem that does not answer is noticed.
func (s *session) refresh(ctx context.Context) error {
	denied := s.net.denied()
	if err := s.askRegistration(ctx); err != nil {
		return err
	}
	if err := s.askIMS(ctx); err != nil {
		return err
	}
	if s.net.denied() && !denied {
		var err error
		if s.net.cause, err = s.denial(ctx); err != nil {
			return err
		}
	}
	if err := s.askSignal(ctx); err != nil {
		return err
	}
	if err := s.askOperator(ctx); err != nil {
		return err
	}
	if err := s.assess(ctx); err != nil {
		return err
	}
	if err := s.learnVoLTE(ctx); err != nil {
		return err
	}
	if err := s.keepIndications(ctx); err != nil {
		return err
	}
	return s.repairRegistration(ctx)
}

// askRegistration asks for the registration in every technology.
func (s *session) askRegistration(ctx context.Context) error {
	for _, q := range []struct {
		name string
		stat *int
	}{{"+CREG", &s.net.circuit}, {"+CGREG", &s.net.data}, {"+CEREG", &s.net.packet}, {"+C5GREG", &s.net.fifth}} {
		if q.name == "+C5GREG" && s.no5G {
			continue
		}
		info, ok, err := s.try(ctx, q.name+"?", command)
		if err != nil {
			return err
		}
		if q.name == "+C5GREG" {
			s.no5G = !ok // which most modems do not know, and need not be asked again
		}
		*q.stat, _ = at.RegistrationState(at.Behind(info, q.name))
	}
	return nil
}

// askIMS asks whether the modem is registered with the IMS, if it matters for canSend.
func (s *session) askIMS(ctx context.Context) error {
	s.net.ims = false
	if s.net.circuitSwitched() || !s.net.packetSwitched() {
		return nil
	}
	var err error
	s.net.ims, err = s.registeredIMS(ctx)
	return err
}

// registeredIMS reports whether the modem is registered with the IMS.
func (s *session) registeredIMS(ctx context.Context) (bool, error) {
	info, ok, err := s.try(ctx, "+CIREG?", command)
	if err != nil || ok {
		return at.Field(info, "+CIREG:", 1) == "1", err
	}
	info, _, err = s.try(ctx, `+QCFG="ims"`, command) // the second value is the state
	return at.Field(info, "+QCFG:", 2) == "1", err
}

// learnVoLTE finds out whether LTE carries calls, for a modem that can speak in calls.
func (s *session) learnVoLTE(ctx context.Context) error {
	volte, before := "", s.m.Status().VoLTE
	if len(s.ways) > 0 && (s.net.packet == 1 || s.net.packet == 5) {
		ims, err := s.registeredIMS(ctx)
		if err != nil {
			return err
		}
		if volte = "off"; ims {
			volte = "registered"
		}
	}
	s.m.learn(func(st *Status) { st.VoLTE = volte })
	if volte == before {
		return nil
	}
	return s.adviseLTE(ctx, volte == "off")
}

// assess makes the modem Ready if messages can be sent, else Searching.
func (s *session) assess(ctx context.Context) error {
	words := s.net.String()
	certain := s.net.certain() || s.net.circuit < 0 || s.bearer.OverData == OverDataYes
	s.sms.onBearer(certain)
	if s.net.canSend() && !certain {
		ok, why, err := s.sendsOverData(ctx)
		if err != nil {
			return err
		}
		if !ok {
			s.m.learn(func(st *Status) { st.Registration, st.Roaming = why, s.net.roams() })
			return s.unready(why)
		}
	}
	s.m.learn(func(st *Status) { st.Registration, st.Roaming = words, s.net.roams() })
	switch {
	case s.net.canSend() && s.sms.resting():
		return s.unready("the modem did not take the last parts: the next is tried after a pause")
	case s.net.canSend():
		return s.becomeReady(ctx, s.shortcomings())
	}
	return s.unready(words)
}

// askSignal asks for the strength of the signal. Some modems do not know +CSQ on LTE,
// and have +CESQ.
func (s *session) askSignal(ctx context.Context) error {
	info, ok, err := s.try(ctx, "+CSQ", command)
	if err != nil {
		return err
	}
	dbm := 0
	if ok {
		dbm = signal(at.Field(info, "+CSQ:", 0))
	}
	if dbm == 0 && slices.Contains(s.profile.signal, "+CESQ") {
		if info, _, err = s.try(ctx, "+CESQ", command); err != nil {
			return err
		}
		dbm = power(info)
	}
	s.m.learn(func(st *Status) { st.SignalDBm = dbm })
	return nil
}

// signal returns the RSSI of +CSQ in dBm (TS 27.007 8.5), 0 if unknown.
func signal(rssi string) int {
	n, err := strconv.Atoi(rssi)
	if err != nil || n < 0 || n > 31 {
		return 0
	}
	return -113 + 2*n
}

// power returns the power of the signal in the reply to +CESQ in dBm, 0 if unknown: that
// of LTE (RSRP), of UMTS (RSCP) or of GSM (RXLEV), whichever the modem tells
// (TS 27.007 8.69).
func power(info []string) int {
	fields := at.ParseParameters(at.Behind(info, "+CESQ:"))
	for _, scale := range []struct{ field, highest, base int }{{5, 97, -141}, {2, 96, -121}, {0, 63, -111}} {
		if n, ok := fields.At(scale.field).Number(); ok && n >= 0 && n <= scale.highest {
			return scale.base + n
		}
	}
	return 0
}

// askOperator asks for the operator of the network and its technology (TS 27.007 7.3).
func (s *session) askOperator(ctx context.Context) error {
	info, _, err := s.try(ctx, "+COPS?", slowCommand)
	if err != nil {
		return err
	}
	name, technology := s.charset.decode(at.Field(info, "+COPS:", 2)), technologies[at.Field(info, "+COPS:", 3)]
	s.net.operator = name
	s.m.learn(func(st *Status) { st.Operator, st.Technology = name, technology })
	return nil
}

// technologies are the values of <AcT>.
var technologies = map[string]string{"0": "GSM", "1": "GSM", "2": "UMTS", "3": "EDGE", "4": "HSPA", "5": "HSPA", "6": "HSPA",
	"7": "LTE", "8": "EC-GSM-IoT", "9": "NB-IoT", "10": "LTE", "11": "NR", "12": "NR", "13": "LTE"}

// searching is a search for a network that has found none yet.
type searching struct {
	since time.Time // zero: there is none
	tries int       // how often the radio was switched off and on
}

// repairPauses are the times of a search after which the radio is switched off and
// on. A modem that lost its network at a bad moment, or was set to an operator that
// is not here, often finds one only then.
var repairPauses = []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour}

// repairRegistration switches the radio off and on if the modem finds no network. It does
// nothing if the network denies registration: a SIM that tries again and again gets
// blocked.
func (s *session) repairRegistration(ctx context.Context) error {
	switch {
	case s.net.canSend(), s.net.denied():
		s.searching = searching{}
		return nil
	case s.searching.since.IsZero():
		s.searching.since = time.Now()
		return nil
	}
	pause := repairPauses[min(s.searching.tries, len(repairPauses)-1)]
	if time.Since(s.searching.since) < pause {
		return nil
	}
	s.searching = searching{since: time.Now(), tries: s.searching.tries + 1}
	s.m.notice(ctx, Notice{Kind: NoticeRecovery, Text: "the modem has found no network for " + pause.String() + "; its radio is switched off and on"})
	for _, cmd := range []string{"+CFUN=4", "+CFUN=1", "+COPS=0"} {
		if _, _, err := s.try(ctx, cmd, registering); err != nil {
			return err
		}
	}
	return nil
}

// registering is how long +COPS=0 may take: it waits for the network.
const registering = 3 * time.Minute

// denial returns why the network denies registration, "" if the modem does not tell
// (+CEER, TS 27.007 6.10).
func (s *session) denial(ctx context.Context) (string, error) {
	info, _, err := s.try(ctx, "+CEER", command)
	return strings.Trim(strings.TrimSpace(strings.TrimPrefix(at.Bare(info), "+CEER:")), `"`), err
}
