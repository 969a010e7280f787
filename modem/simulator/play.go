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
	if p.For = min(time.Since(p.At), p.whole); !p.aloud || k.heard == nil || k.heard.Answered.IsZero() {
		return
	}
	if missed := k.heard.Answered.Sub(p.At); missed > 0 {
		p.At, p.For = p.At.Add(missed), p.For-missed
		if p.pcm != nil {
			p.pcm = p.pcm[min(len(p.pcm), int(missed*rate/time.Second)):]
		}
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

// playFile plays a file of the flash, and then as often as repeat says.
func (m *Modem) playFile(name string, repeat int, aloud bool, over string) answer {
	octets, there := m.files[name]
	pcm, length, err := soundOf(octets)
	if !there || err != nil {
		return fail(errPlain)
	}
	times := 1 + repeat
	return m.play(&playing{Played: Played{File: name, Octets: octets}, pcm: slices.Repeat(pcm, times),
		whole: length * time.Duration(times), aloud: aloud, over: over})
}

// simcomPlay is +CCMXPLAY="name",path,repeat and +CCMXPLAYWAV="name",path,repeat. Path 1 is
// to the far end. Of repeat the A76XX Audio Application Note V1.00, 3.2, says with
// ="C:/3034.amr",0,3 "repeat 3 times", and plays to the far end with 1,0. The end of
// +CCMXPLAYWAV is told with +WAVSTATE (as logs of SIM7600 in public sources show).
func (m *Modem) simcomPlay(c command) answer {
	if c.form == test {
		return reply("%s: ,(0-2),(0-255)", c.name)
	}
	path, ok := c.number(1, 0)
	repeat, okRepeat := c.number(2, 0)
	if c.form != set || !ok || !okRepeat || path > 2 || repeat > 255 {
		return fail(errPlain)
	}
	over := "+AUDIOSTATE: audio play stop"
	if c.name == "+CCMXPLAYWAV" {
		over = "+WAVSTATE: wav play stop"
	}
	return m.playFile(c.fields()[0], repeat, path == 1, over)
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
	case c.form != set || fields[0] != "1" || len(fields) < 3, m.playsRAM && (len(fields) != 6 || !strings.HasPrefix(fields[1], "RAM:")):
		return fail(cmeBadParameter)
	}
	return m.playFile(fields[1], 0, true, over)
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
	return m.playFile(fields[1], 0, fields[2] == "0", "+CREC: 0")
}

// simcomSpeech is +CTTS: the module reads a text to the far end.
func (m *Modem) simcomSpeech(c command) answer {
	fields := c.fields()
	switch {
	case c.form != set:
		return reply("+CTTS: (0-2)")
	case fields[0] == "0":
		return m.stopCommand(c)
	case len(fields) < 2:
		return fail(errPlain)
	}
	aloud := !slices.Contains(m.knows, "+CDTAM") || m.numbers["+CDTAM"] == 1
	return m.recite(fields[1], fields[0] == "1", aloud, "+CTTS: 0")
}

// Codes of Quectel's audio commands (EC2x&EG9x AT commands, 12.21, +QWTTS, and 15.4).
const (
	cmeAudioParameter CMEError = 902
	cmeAudioState     CMEError = 903 // there is no call
	cmeAudioBusy      CMEError = 904

	longestSpeech = 543 // octets of a text (note 5 there)
)

// quectelSpeech is +QWTTS=ulmute,dlmute,mode,"text", with which the module reads a text to
// the far end if ulmute is 1, and +QWTTS=1,0,0, which stops it.
func (m *Modem) quectelSpeech(c command) answer {
	fields := c.fields()
	switch {
	case c.form != set:
		return reply("+QWTTS: (0,1),(0,1),(0-2),<text>")
	case len(fields) == 3 && fields[2] == "0":
		return m.stopCommand(c)
	case len(fields) != 4 || fields[3] == "" || len(fields[3]) > longestSpeech || fields[2] != "1" && fields[2] != "2":
		return fail(cmeAudioParameter)
	case m.call == nil || m.call.stat != statActive:
		return fail(cmeAudioState)
	case m.call.playing != nil:
		return fail(cmeAudioBusy)
	}
	return m.recite(fields[3], fields[2] == "1", fields[0] == "1", "+QWTTS: 0")
}

// recite reads a text out, of hexadecimal UCS-2 if it is wide.
func (m *Modem) recite(text string, wide, aloud bool, over string) answer {
	if wide {
		text = decodeUCS2Hex(text)
	}
	if text == "" {
		return fail(errPlain)
	}
	return m.play(&playing{Played: Played{Text: text}, whole: time.Duration(len(text)) * textPace, aloud: aloud, over: over})
}
