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
)

// The times of a simulated call.
const (
	setUp        = 2 * time.Second  // until the far end rings, or the network says why not
	networkRings = 60 * time.Second // until the network gives up
	ringEvery    = 5 * time.Second
	ringsIn      = 30 * time.Second // until a caller gives up
)

// call is the one call that a modem has.
type call struct {
	number   string
	stat     int
	incoming bool
	heard    *HeardCall // of the handset that is called
	handset  *Subscriber

	audio  bool      // sound goes into it and comes out of it
	mute   bool      // but nothing of what goes into it is heard
	played time.Time // when the first frame was heard, moved on by each gap
	frames int
	half   []byte // a sample that the host has cut
	tone   string // keys that are still to sound
	toneAt int    // frames into the first of them
	back   int    // frames of what comes back, from the answer on

	spoke   time.Time   // when the far end heard a voice last
	listens bool        // for the silence behind it
	replies string      // keys that it has not pressed yet
	settle  func(error) // ends the dial command, while that waits for the answer; nil: it does not

	playing *playing // nil while the module says nothing by itself
}

// VoiceFault is what is wrong with the voice of a modem.
type VoiceFault struct {
	Late   int  // how often the command that opens the audio port is refused in each call
	Spoilt bool // from the second call on nothing is heard of the audio port, until the modem is started anew
	Mute   bool // nothing is ever heard of the audio port
	Silent bool // the modem does not tell that a call is over: only +CLCC does
	NoDial bool // the dial command is refused; On("D", ...) refuses it in other words
	Hidden bool // the audio port is there only while a call has been answered
}

// Voice sets what is wrong with the voice of a modem.
func (m *Modem) Voice(f VoiceFault) {
	m.n.mu.Lock()
	defer m.n.unlock()
	m.voiceFault = f
}

// dial begins a call (27.007 6.2): a semicolon behind the number makes it one of
// voice.
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

// abort ends a call that is being dialled, where the command waits for the answer:
// any octet from the host does so, and is lost (V.250 5.6.1).
func (m *Modem) abort() bool {
	if m.call == nil || m.call.settle == nil {
		return false
	}
	m.endCall(m.call, "normal call clearing", "NO CARRIER")
	return true
}

// later runs f when d is over, if the call is up still.
func (m *Modem) later(d time.Duration, k *call, f func()) {
	m.after(d, func() {
		if m.call == k {
			f()
		}
	})
}

// setUpCall lets the far end ring, or ends the call as it wants.
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
	after := a.After
	if after == 0 {
		after = answersAfter
	}
	switch {
	case a.Never:
		m.later(networkRings, k, func() { m.endCall(k, "no answer from user", "NO ANSWER") })
	case a.Refuses:
		m.later(after, k, func() { m.endCall(k, "call rejected", "NO CARRIER") })
	default:
		m.later(after, k, func() { m.connect(k) })
	}
}

// connect lets the far end answer.
func (m *Modem) connect(k *call) {
	k.stat, k.heard.Answered = statActive, time.Now()
	m.tell(k, connected)
	if k.settle != nil {
		k.settle(nil)
	}
	a := k.handset.answering
	if a.HangUp > 0 {
		m.later(a.HangUp, k, func() { m.endCall(k, cmp.Or(a.Cause, "normal call clearing"), "NO CARRIER") })
	}
	for after, keys := range a.Keys {
		m.later(after, k, func() { m.press(k, keys) })
	}
}

// endCall ends a call, and says so as the modem does. Result is what V.250 has for
// it, "" where the host has ended it.
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

// dropCall ends the call that is up, for the handset.
func (m *Modem) dropCall(cause string) {
	if m.call != nil && m.call.heard != nil {
		m.call.fallSilent()
		m.call.heard.Ended, m.call.heard.Cause = time.Now(), cause
		heard := m.call.heard.clone()
		for _, listen := range m.n.listeners {
			m.n.arrived = append(m.n.arrived, func() { listen(heard) })
		}
	}
	m.call = nil
}

// hangUp ends the call that is up: ATH, +CHUP.
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

// currentCalls lists the call that is up, and the data connection of an LTE modem,
// which some list too (27.007 7.18).
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
	}
	if m.rat == LTE {
		lines = append(lines, `+CLCC: 2,0,0,1,0,"",128`)
	}
	return answer{lines: lines}
}

// extendedError is why the last call ended (27.007 6.10).
func (m *Modem) extendedError(command) answer {
	if m.ceer == "" {
		return reply("+CEER: No cause information available")
	}
	return reply("+CEER: %s", m.ceer)
}

// press lets the far end press keys: the modem tells of them where it was asked
// to, and they sound where it was not.
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

// huaweiKeys is ^DDTMFCFG=0,1, which tells of keys, and =1,0, which does not.
func (m *Modem) huaweiKeys(c command) answer {
	m.hearsKeys = c.form == set && c.args == "0,1"
	return answer{}
}

// ringIn lets a call come in, until somebody ends it.
func (m *Modem) ringIn(from *Subscriber) {
	if m.call != nil {
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
