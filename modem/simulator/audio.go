package simulator

import (
	"encoding/binary"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// The sound of calls: 8000 samples a second of 16 bits, in frames of 20 ms.
const (
	rate         = 8000
	frameTime    = 20 * time.Millisecond
	frameSamples = rate / 50
	frameOctets  = 2 * frameSamples
	buffered     = 6 // frames that a modem buffers; what exceeds them is lost
)

// audio is the open port that carries the sound of calls.
type audio struct {
	m       *Modem
	arrival sync.Cond
	chunks  [][]byte
	err     error
}

// OpenVoice opens the port that carries the sound of calls. Its errors are those of
// [Modem.Open].
func (m *Modem) OpenVoice() (io.ReadWriteCloser, error) {
	m.n.mu.Lock()
	defer m.n.unlock()
	switch {
	case !m.plugged:
		return nil, &fs.PathError{Op: "open", Path: m.path + ".voice", Err: errAbsent}
	case m.voiceFault.Hidden && (m.call == nil || m.call.stat != statActive):
		return nil, &fs.PathError{Op: "open", Path: m.path + ".voice", Err: errAbsent}
	case m.sound != nil:
		return nil, &fs.PathError{Op: "open", Path: m.path + ".voice", Err: errInUse}
	}
	m.sound = &audio{m: m}
	m.sound.arrival.L = &m.n.mu
	m.comeBack(m.sound)
	return m.sound, nil
}

// Write sends sound to the far end. It never blocks.
func (a *audio) Write(p []byte) (int, error) {
	a.m.n.mu.Lock()
	defer a.m.n.unlock()
	if a.err != nil {
		return 0, &fs.PathError{Op: "write", Path: a.m.path + ".voice", Err: a.err}
	}
	if k := a.m.call; k != nil && k.audio && k.stat == statActive {
		a.m.hear(k, p)
	}
	return len(p), nil
}

// Read returns the sound of the far end, and waits for it.
func (a *audio) Read(p []byte) (int, error) {
	a.m.n.mu.Lock()
	defer a.m.n.mu.Unlock()
	for len(a.chunks) == 0 {
		if a.err != nil {
			return 0, &fs.PathError{Op: "read", Path: a.m.path + ".voice", Err: a.err}
		}
		a.arrival.Wait()
	}
	n := copy(p, a.chunks[0])
	if a.chunks[0] = a.chunks[0][n:]; len(a.chunks[0]) == 0 {
		a.chunks = a.chunks[1:]
	}
	return n, nil
}

// Close closes the port. It may be called more than once.
func (a *audio) Close() error {
	a.m.n.mu.Lock()
	defer a.m.n.mu.Unlock()
	a.chunks = nil
	a.die(fs.ErrClosed)
	return nil
}

func (a *audio) die(err error) {
	if a.err != nil {
		return
	}
	a.err = err
	a.m.sound = nil
	a.arrival.Broadcast()
}

// hear lets the far end hear what the host writes, frame by frame.
func (m *Modem) hear(k *call, p []byte) {
	p = append(k.half, p...)
	now := time.Now()
	for len(p) >= frameOctets {
		due := k.played.Add(time.Duration(k.frames) * frameTime)
		var gap time.Duration
		switch {
		case k.frames == 0:
			k.played, due = now, now
		case now.After(due):
			gap = now.Sub(due)
			k.played, due = k.played.Add(gap), now
		case due.Sub(now) >= buffered*frameTime:
			p = p[frameOctets:] // too early: there is no room
			k.heard.Lost++
			continue
		}
		k.frames++
		if !k.mute && !k.heard.Answered.IsZero() {
			k.heard.Frames = append(k.heard.Frames, Frame{At: due, First: len(k.heard.PCM), Samples: frameSamples, Gap: gap})
			pcm := samplesOf(p[:frameOctets])
			k.heard.PCM = append(k.heard.PCM, pcm...)
			if slices.Max(pcm) > voiceLevel {
				m.heardVoice(k, due.Add(frameTime))
			}
		}
		p = p[frameOctets:]
	}
	k.half = append([]byte(nil), p...)
}

// When a handset hears a voice, and when its silence has lasted.
const (
	voiceLevel = 500 // of a sample; noise is below it
	afterVoice = time.Second
)

// heardVoice records that the far end hears a voice until the given time. A handset with
// replies then waits for silence.
func (m *Modem) heardVoice(k *call, until time.Time) {
	k.spoke = until
	if k.replies == "" || k.listens {
		return
	}
	k.listens = true
	m.awaitSilence(k)
}

// awaitSilence presses the next key of the replies after a second of silence.
func (m *Modem) awaitSilence(k *call) {
	silent := k.spoke.Add(afterVoice)
	m.later(max(time.Until(silent), 1), k, func() {
		if k.spoke.Add(afterVoice).After(silent) {
			m.awaitSilence(k)
			return
		}
		k.listens = false
		next := k.replies[:1]
		k.replies = k.replies[1:]
		m.press(k, next)
	})
}

// comeBack sends the sound of the far end to the host, frame by frame, while the port is
// open.
func (m *Modem) comeBack(a *audio) {
	m.after(frameTime, func() {
		if m.sound != a {
			return
		}
		if k := m.call; k != nil && k.audio && k.stat == statActive {
			a.chunks = append(a.chunks, k.hum())
			if len(a.chunks) > buffered {
				a.chunks = a.chunks[1:]
			}
			a.arrival.Broadcast()
		}
		m.comeBack(a)
	})
}

// The tones of keys (ITU-T Q.23), in Hz.
var (
	rows    = [4]float64{697, 770, 852, 941}
	columns = [3]float64{1209, 1336, 1477}
)

// toneFrames is how many frames a key is held, and how many the pause after it lasts.
const toneFrames = 5

// hum returns the next frame of the far end: hum, what it says, and keys.
func (k *call) hum() []byte {
	out := make([]byte, frameOctets)
	low, high := 0.0, 0.0
	if len(k.tone) > 0 {
		if i := strings.IndexByte("123456789*0#", k.tone[0]); i >= 0 && k.toneAt < toneFrames {
			low, high = rows[i/3], columns[i%3]
		}
	}
	if k.back == 0 {
		k.back = int(time.Since(k.heard.Answered) / frameTime)
	}
	says := k.handset.answering.Says
	for i := range frameSamples {
		t := float64(k.toneAt*frameSamples+i) / rate
		v := 30 * math.Sin(2*math.Pi*50*t)
		if at := k.back*frameSamples + i; at < len(says) {
			v += float64(says[at])
		}
		if low > 0 {
			v += 6000*math.Sin(2*math.Pi*low*t) + 6000*math.Sin(2*math.Pi*high*t)
		}
		binary.LittleEndian.PutUint16(out[2*i:], uint16(int16(max(math.MinInt16, min(math.MaxInt16, v))))) //nolint:gosec // the same bits
	}
	if k.toneAt++; k.toneAt == 2*toneFrames {
		k.toneAt = 0
		if len(k.tone) > 0 {
			k.tone = k.tone[1:]
		}
	}
	k.back++
	return out
}

// soundPort is +CPCMREG, ^DDSETEX and +QPCMV, which start and stop the sound of a call on
// the audio port.
func (m *Modem) soundPort(c command) answer {
	if c.form == test || c.form == read {
		return reply("%s: (0-1)", c.name)
	}
	on := strings.HasPrefix(c.args, "1") || c.name == "^DDSETEX"
	if c.name == "+QPCMV" { // it applies to all calls
		m.alwaysSound = on
		if m.call != nil {
			m.call.audio = on
		}
		return answer{}
	}
	if m.call == nil {
		if on {
			return fail(errPlain)
		}
		return answer{}
	}
	if on && m.refusals > 0 {
		m.refusals--
		return fail(errPlain)
	}
	m.call.audio = on
	return answer{}
}

// huaweiVoice is ^CVOICE?, which sticks that can carry sound know.
func (m *Modem) huaweiVoice(command) answer { return reply("^CVOICE:0,8000,16,20") }

// WAV returns what was heard as a WAV file.
func (c HeardCall) WAV() []byte {
	data := 2 * len(c.PCM)
	out := make([]byte, 0, 44+data)
	out = append(out, "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(36+data)) //nolint:gosec // a call is short
	out = append(out, "WAVEfmt "...)
	out = binary.LittleEndian.AppendUint32(out, 16)
	for _, v := range []uint16{1, 1} { // PCM, one channel
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	out = binary.LittleEndian.AppendUint32(out, rate)
	out = binary.LittleEndian.AppendUint32(out, 2*rate)
	for _, v := range []uint16{2, 16} {
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	out = append(out, "data"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(data)) //nolint:gosec // a call is short
	for _, s := range c.PCM {
		out = binary.LittleEndian.AppendUint16(out, uint16(s)) //nolint:gosec // the same bits
	}
	return out
}
