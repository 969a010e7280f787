package simulator

import (
	"slices"
	"strings"
	"time"
)

// Played is what a module has played or read out in a call: a file or a text.
type Played struct {
	At     time.Time
	For    time.Duration // how long; less than the whole if it was stopped
	File   string        // name; "" for a text
	Octets []byte        // of the file
	Text   string
}

// playing is what a module is playing or reading out.
type playing struct {
	Played
	pcm   []int16       // of a WAV file
	whole time.Duration // length
	aloud bool          // the far end hears it
	over  string        // unsolicited result at the end
}

// textPace is how long a module reads for each octet of a text.
const textPace = 100 * time.Millisecond

// play lets the module play or read out something in a call, one thing at a time.
func (m *Modem) play(p *playing) answer {
	k := m.call
	if k == nil || k.stat != statActive || k.playing != nil {
		return fail(errPlain)
	}
	return answer{then: func() {
		if m.call != k || k.playing != nil {
			return
		}
		p.At = time.Now()
		k.playing = p
		m.later(p.whole, k, func() {
			if k.playing == p {
				m.stopPlaying()
			}
		})
	}}
}

// stopPlaying ends what is being played, and reports it.
func (m *Modem) stopPlaying() {
	if k := m.call; k != nil && k.playing != nil {
		p := k.playing
		k.fallSilent()
		m.urc(p.over)
		if p.aloud {
			m.heardVoice(k, time.Now())
		}
	}
}

// fallSilent ends what is being played. The far end has heard the part until now.
func (k *call) fallSilent() {
	p := k.playing
	if p == nil {
		return
	}
	k.playing = nil
	if p.For = min(time.Since(p.At), p.whole); !p.aloud || k.heard == nil {
		return
	}
	if p.pcm != nil {
		heard := p.pcm[:min(len(p.pcm), int(p.For*rate/time.Second))]
		k.heard.Frames = append(k.heard.Frames, Frame{At: p.At, First: len(k.heard.PCM), Samples: len(heard)})
		k.heard.PCM = append(k.heard.PCM, heard...)
	}
	k.heard.Played = append(k.heard.Played, p.Played)
}

// stopCommand is +CCMXSTOP and +CCMXSTOPWAV.
func (m *Modem) stopCommand(command) answer { return answer{then: m.stopPlaying} }

// playFile plays a file of the flash.
func (m *Modem) playFile(name string, aloud bool, over string) answer {
	octets, there := m.files[name]
	pcm, length, err := soundOf(octets)
	if !there || err != nil {
		return fail(errPlain)
	}
	return m.play(&playing{Played: Played{File: name, Octets: octets}, pcm: pcm, whole: length, aloud: aloud, over: over})
}

// simcomPlay is +CCMXPLAY="name",path,repeat and +CCMXPLAYWAV="name",path. Path 1 is to the
// far end.
func (m *Modem) simcomPlay(c command) answer {
	if c.form == test {
		return reply("%s: ,(0-2),(0-255)", c.name)
	}
	path, ok := c.number(1, 0)
	if c.form != set || !ok || path > 2 {
		return fail(errPlain)
	}
	return m.playFile(c.fields()[0], path == 1, "+AUDIOSTATE: audio play stop")
}

// quectelPlay is +QPSND=1,"name",repeat,... and +QPSND=0, which stops it.
func (m *Modem) quectelPlay(c command) answer {
	const over = "+QPSND: 0"
	fields := c.fields()
	switch {
	case c.form == test:
		return reply("+QPSND: (0,1),<filename>,(0-65535),(0,1),(0,1),(0-7)")
	case c.form == set && fields[0] == "0":
		return m.stopCommand(c)
	case c.form != set || fields[0] != "1" || len(fields) < 3:
		return fail(cmeBadParameter)
	}
	return m.playFile(fields[1], true, over)
}

// simcomRecord is +CREC=4,"name",channel,level, which plays a recording, and +CREC=5, which
// stops it. Only channel 0 is to the far end.
func (m *Modem) simcomRecord(c command) answer {
	fields := c.fields()
	switch {
	case c.form == test:
		return reply("+CREC: (1-8)")
	case c.form == set && fields[0] == "5":
		return m.stopCommand(c)
	case c.form != set || fields[0] != "4" || len(fields) < 4 || !strings.HasSuffix(strings.ToLower(fields[1]), ".amr"):
		return fail(errPlain)
	}
	return m.playFile(fields[1], fields[2] == "0", "+CREC: 0")
}

// ownSpeech is +CTTS and +QWTTS: the module reads a text to the far end.
func (m *Modem) ownSpeech(c command) answer {
	if c.form != set {
		return reply("%s: (0-2)", c.name)
	}
	fields := c.fields()
	if fields[0] == "0" {
		return m.stopCommand(c)
	}
	text, wide, aloud := fields[len(fields)-1], fields[0] == "1", true
	if c.name == "+QWTTS" {
		wide = len(fields) > 2 && fields[2] == "1"
	} else if slices.Contains(m.knows, "+CDTAM") {
		aloud = m.numbers["+CDTAM"] == 1
	}
	if wide {
		text = decodeUCS2Hex(text)
	}
	if len(fields) < 2 || text == "" {
		return fail(errPlain)
	}
	return m.play(&playing{Played: Played{Text: text}, whole: time.Duration(len(text)) * textPace, aloud: aloud, over: c.name + ": 0"})
}
