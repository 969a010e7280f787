package simulator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The states of calls in +CLCC (27.007 7.18).
const (
	statActive   = 0
	statDialling = 2
	statAlerting = 3
	statIncoming = 4
	statWaiting  = 5
)

// The times of simulated calls.
const (
	setUp        = 2 * time.Second  // from dialling to ringing, or to a failure
	networkRings = 60 * time.Second // from ringing until the network gives up
	ringEvery    = 5 * time.Second
	ringsIn      = 30 * time.Second // until the caller gives up
)

// call is the call of a modem, which has one at most.
type call struct {
	number   string
	stat     int
	incoming bool
	heard    *HeardCall // as the called handset hears it; nil: incoming
	handset  *Subscriber

	audio  bool      // its sound is carried by the audio port
	mute   bool      // the far end does not hear it
	played time.Time // when the first frame was heard, plus the gaps since
	frames int       // heard since played
	half   []byte    // an incomplete frame from the host
	tone   string    // keys that are still to sound
	toneAt int       // frames of the first of them that have sounded
	back   int       // frames of the far end, from the answer on

	spoke   time.Time   // until when the far end heard a voice
	listens bool        // the far end waits for silence
	replies string      // keys of Answering.Replies that are still to be pressed
	settle  func(error) // gives the dial command its final result; nil: it has one

	playing *playing // what the module plays or reads out; nil for nothing
}

// VoiceFault is what is wrong with the calls of a modem.
type VoiceFault struct {
	Late   int  // how often the command that starts the sound is refused in each call
	Spoilt bool // from the second call on the far end hears nothing of the audio port, until the modem is restarted
	Mute   bool // the far end never hears anything of the audio port
	Silent bool // the modem does not report the end of a call, except by +CLCC
	NoDial bool // the dial command is refused with a +CME ERROR
	Hidden bool // the audio port exists only during a call that was answered
}

// Voice sets what is wrong with the calls of the modem.
func (m *Modem) Voice(f VoiceFault) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.voiceFault = f
}

// dial is ATD (27.007 6.2). A semicolon after the number makes it a voice call.
func (m *Modem) dial(c command) answer {
	number, voice := strings.CutSuffix(strings.TrimSpace(c.args), ";")
	registered := m.reg == Home || m.reg == Roaming
	switch {
	case !voice, !registered, number == "":
		return fail(resultText("NO CARRIER"))
	case m.call != nil, m.voiceFault.NoDial:
		return fail(cmeNotAllowed)
	}
	s := m.n.subscriber(number)
	s.calls = remember(s.calls, &HeardCall{From: m.card.MSISDN, To: number, Begun: time.Now()}, m.n.history)
	k := &call{number: number, stat: statDialling, heard: s.calls[len(s.calls)-1], handset: s, replies: s.answering.Replies}
	k.audio = m.alwaysSound
	m.call = k
	m.dials++
	k.mute = m.voiceFault.Mute || m.voiceFault.Spoilt && m.dials > 1
	m.refusals = m.voiceFault.Late
	return answer{call: k, then: func() {
		m.tell(k, dialling)
		m.later(setUp, k, func() { m.setUpCall(k) })
	}}
}

// abort is called with any octet from the host. If the dial command waits for the answer,
// it ends the call, and the octet is lost (V.250 5.6.1).
func (m *Modem) abort() bool {
	if m.call == nil || m.call.settle == nil {
		return false
	}
	m.endCall(m.call, "normal call clearing", "NO CARRIER")
	return true
}

// later runs f after d, if the call is not over.
func (m *Modem) later(d time.Duration, k *call, f func()) {
	m.after(d, func() {
		if m.call == k {
			f()
		}
	})
}

// setUpCall lets the far end ring, or ends the call as Answering demands.
func (m *Modem) setUpCall(k *call) {
	a := k.handset.answering
	switch {
	case a.Busy:
		m.endCall(k, "user busy", "BUSY")
		return
	case a.Away:
		m.endCall(k, "subscriber absent", "NO CARRIER")
		return
	}
	k.stat = statAlerting
	m.tell(k, alerting)
	if m.early {
		m.reportAnswer(k)
	}
	after := a.After
	if after == 0 {
		after = answersAfter
	}
	switch {
	case a.Never:
		m.later(networkRings, k, func() {
			if k.heard.Answered.IsZero() { // nobody has picked it up
				m.endCall(k, "no answer from user", "NO ANSWER")
			}
		})
	case a.Refuses:
		m.later(after, k, func() {
			if k.heard.Answered.IsZero() {
				m.endCall(k, "call rejected", "NO CARRIER")
			}
		})
	default:
		m.later(after, k, func() { m.connect(k) })
	}
}

// connect lets the far end answer, once.
func (m *Modem) connect(k *call) {
	if !k.heard.Answered.IsZero() {
		return
	}
	k.heard.Answered = time.Now()
	if k.stat != statActive {
		m.reportAnswer(k)
	}
	a := k.handset.answering
	if a.HangUp > 0 {
		m.later(a.HangUp, k, func() { m.endCall(k, cmp.Or(a.Cause, "normal call clearing"), "NO CARRIER") })
	}
	for after, keys := range a.Keys {
		m.later(after, k, func() { m.press(k, keys) })
	}
}

// reportAnswer lets the modem take a call for answered.
func (m *Modem) reportAnswer(k *call) {
	k.stat = statActive
	m.tell(k, connected)
	if k.settle != nil {
		k.settle(nil)
	}
}

// endCall ends a call and reports it. The result is that of V.250, "" if the host ends the
// call.
func (m *Modem) endCall(k *call, cause, result string) {
	m.dropCall(cause)
	m.ceer = cause
	if m.voiceFault.Silent && k.settle == nil {
		return
	}
	if !k.incoming {
		m.tell(k, gone)
	}
	switch {
	case k.settle != nil:
		k.settle(resultText(cmp.Or(result, "NO CARRIER")))
	case result != "":
		m.urc(result)
	}
}

// dropCall ends the call for the handset, without a report to the host.
func (m *Modem) dropCall(cause string) {
	if m.call != nil && m.call.heard != nil {
		m.call.fallSilent()
		m.call.heard.Ended, m.call.heard.Cause = time.Now(), cause
		heard := m.call.heard.clone()
		for _, listen := range m.n.listeners {
			m.n.arrived = append(m.n.arrived, func() { listen(heard) })
		}
	}
	m.call, m.waits = nil, ""
}

// hangUp is ATH and +CHUP.
func (m *Modem) hangUp(command) answer {
	k := m.call
	if k == nil {
		return answer{}
	}
	return answer{then: func() {
		if m.call == k {
			m.endCall(k, "normal call clearing", "")
		}
	}}
}

// currentCalls is +CLCC (27.007 7.18). It lists the data connection of an LTE modem too,
// as some do.
func (m *Modem) currentCalls(c command) answer {
	var lines []string
	if c.form == set && slices.ContainsFunc(m.tells, func(t telling) bool { return t.setting == c.name }) {
		return m.number(c, number{max: 1})
	}
	if c.form != run {
		return answer{}
	}
	if k := m.call; k != nil {
		direction := 0
		if k.incoming {
			direction = 1
		}
		lines = append(lines, fmt.Sprintf(`+CLCC: 1,%d,%d,0,0,"%s",145`, direction, k.stat, k.number))
		if m.waits != "" {
			lines = append(lines, fmt.Sprintf(`+CLCC: 3,1,%d,0,0,"%s",145`, statWaiting, m.waits))
		}
	}
	if m.rat == LTE {
		lines = append(lines, `+CLCC: 2,0,0,1,0,"",128`)
	}
	return answer{lines: lines}
}

// extendedError is +CEER, why the last call ended (27.007 6.10).
func (m *Modem) extendedError(command) answer {
	if m.ceer == "" {
		return reply("+CEER: No cause information available")
	}
	return reply("+CEER: %s", m.ceer)
}

// press lets the far end press keys. The modem reports them if the host has asked for it;
// otherwise they sound.
func (m *Modem) press(k *call, keys string) {
	for _, key := range keys {
		switch {
		case m.numbers["+DDET"] == 1:
			m.urc(fmt.Sprintf("+DTMF: %c", key))
		case m.numbers["+QTONEDET"] == 1:
			m.urc(fmt.Sprintf("+QTONEDET: %d", key))
		case m.numbers["+UDTMFD"] == 1:
			m.urc(fmt.Sprintf("+UUDTMFD: %c", key))
		case m.hearsKeys:
			m.urc(fmt.Sprintf("^DDTMF: %c", key))
		default:
			if k.tone == "" {
				k.toneAt = 0
			}
			k.tone += string(key)
		}
	}
}

// huaweiKeys is ^DDTMFCFG: with 0,1 the modem reports keys, with 1,0 it does not.
func (m *Modem) huaweiKeys(c command) answer {
	m.hearsKeys = c.form == set && c.args == "0,1"
	return answer{}
}

// ringIn lets a call come in, which rings until it is ended.
func (m *Modem) ringIn(from *Subscriber) {
	if m.call != nil {
		m.waits = from.msisdn
		m.later(ringsIn, m.call, func() { m.waits = "" })
		if m.numbers["+CCWA"] == 1 {
			m.urc(fmt.Sprintf(`+CCWA: "%s",145,1`, from.msisdn))
		}
		return
	}
	k := &call{number: from.msisdn, stat: statIncoming, incoming: true}
	m.call = k
	m.later(ringsIn, k, func() { m.endCall(k, "the caller gave up", "NO CARRIER") })
	m.ring(k)
}

// ring reports a ring, and later the next.
func (m *Modem) ring(k *call) {
	if m.numbers["+CRC"] == 1 {
		m.urc("+CRING: VOICE") // TS 27.007 6.11
	} else {
		m.urc("RING")
	}
	if m.numbers["+CLIP"] == 1 {
		m.urc(fmt.Sprintf(`+CLIP: "%s",145,"",0,"",0`, k.number))
	}
	m.later(ringEvery, k, func() { m.ring(k) })
}
