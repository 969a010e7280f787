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

// The sound of calls: 8000 samples a second of 16 bits, 20 ms at a time.
const (
	rate         = 8000
	frameTime    = 20 * time.Millisecond
	frameSamples = rate / 50
	frameOctets  = 2 * frameSamples
	buffered     = 6 // frames that a modem holds; what comes then is lost
)

// audio is the host's end of the port that carries the sound of calls.
type audio struct {
	m       *Modem
	arrival sync.Cond
	chunks  [][]byte
	err     error
}

// OpenVoice opens the port that carries the sound of calls. It fails as Open does.
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

// Write plays frames to the far end. It never blocks.
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

// Read returns what comes back from the far end.
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

// Close lets go of the port. Closing twice is no error.
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

// hear takes in what the host writes: it is heard frame by frame, each when the
// one before is over.
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
			p = p[frameOctets:] // it comes too early, and there is no room for it
			k.heard.Lost++
			continue
		}
		k.frames++
		if !k.mute {
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

// What a handset takes for a voice, and for the end of what it had to say.
const (
	voiceLevel = 500 // of a sample; the hum of a line is below it
	afterVoice = time.Second
)

// heardVoice has a handset that replies wait for the silence behind a voice that it
// hears until then.
func (m *Modem) heardVoice(k *call, until time.Time) {
	k.spoke = until
	if k.replies == "" || k.listens {
		return
	}
	k.listens = true
	m.awaitSilence(k)
}

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

// comeBack lets the sound of the far end come back for as long as somebody has
// the port: what the line hums, what is said, and keys that are pressed.
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

// toneFrames is how long a key is held, and how long the pause behind it is.
const toneFrames = 5

// hum is one frame of what comes back.
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

// soundPort opens the audio port of a call and closes it: +CPCMREG, ^DDSETEX,
// +QPCMV.
func (m *Modem) soundPort(c command) answer {
	if c.form == test || c.form == read {
		return reply("%s: (0-1)", c.name)
	}
	on := strings.HasPrefix(c.args, "1") || c.name == "^DDSETEX"
	if c.name == "+QPCMV" { // it is set before dialling, and holds for all calls
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

// huaweiVoice is ^CVOICE?, by which sticks tell that they can.
func (m *Modem) huaweiVoice(command) answer { return reply("^CVOICE:0,8000,16,20") }

// WAV is what was heard, as a file.
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
