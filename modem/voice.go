package modem

import (
	"context"
	"slices"
	"strings"
	"time"

	"simgate/modem/usb"
)

// Voice is how a modem gets sound into a call.
type Voice string

// The kinds of voice; "" is not known yet.
const (
	VoiceTTY  Voice = "pcm-tty" // samples over a serial port
	VoiceALSA Voice = "alsa"    // a sound card of the modem's
	VoiceFile Voice = "file"    // files that the module plays
	VoiceTTS  Voice = "tts"     // the module's own speech
	VoiceNone Voice = "none"
)

// speaker is a way of speaking in one call.
type speaker interface {
	// prepare is called before anything is dialled, with all that may be said.
	// A modem that refuses has another way tried.
	prepare(context.Context, []utterance) error
	// begin is called when the call has been answered.
	begin(context.Context) error
	// say returns when it has been heard to its end.
	say(context.Context, utterance) error
	// end is called when the call is over, whatever went wrong before. It
	// reports whether the modem must start anew before the next.
	end(context.Context) (spoilt bool)
}

// way is one way of speaking as the table of families has it: the commands are
// data, the rest is a speaker.
type way struct {
	name    string // unique
	voice   Voice
	words   string // for the owner
	probe   string // a modem that refuses this does not have it
	locales string // that it can say, by the beginning of their names; "": it is given the sound

	ports   []usb.Role // of the one that carries the sound, best first
	before  []step     // dialling
	dialled []string   // when the dial command has been taken, each of which the modem must take
	start   string     // when the call has been answered, until it is taken
	stop    []string   // when the call is over
	cure    bool       // where start was not taken at once, the modem must start anew after the call

	upload []string // of a file, with its octets behind the last: {name} and {size} of it
	folder string
	format string // "wav", "amr"
	play   string // {name} of the file, or {text}
	halt   string // ends that before its time
	ended  string // what the modem says when it is over
	wide   string // play for texts that are not ASCII, in hexadecimal UCS-2

	speaker func(*session, way, func(string)) speaker
}

// says reports whether a way can say what a call has to.
func (w way) says(c Call) bool {
	if w.locales == "" {
		return c.Speech != nil
	}
	language, _, _ := strings.Cut(strings.ToLower(c.Locale), "-")
	return c.Prompt == nil && c.Text != "" && slices.Contains(strings.Fields(w.locales), language)
}

// brings reports whether what is said at the far end can be heard here.
func (w way) brings() bool { return w.voice == VoiceTTY || w.voice == VoiceALSA }

// offers reports whether a modem has a way: it knows the commands, and this
// machine has what belongs to it.
func (s *session) offers(ctx context.Context, w way) (bool, error) {
	_, ok, err := s.try(ctx, w.probe, command)
	return ok, err
}

// learnVoice finds out how this modem can speak.
func (s *session) learnVoice(ctx context.Context) error {
	s.ways = nil
	known := map[string]bool{} // the answers to the probes: ways share some
	for _, w := range s.profile.voice {
		ok, asked := known[w.probe]
		if !asked {
			var err error
			if ok, err = s.offers(ctx, w); err != nil {
				return err
			}
			known[w.probe] = ok
		}
		if ok && s.m.equipped(s.path, w) {
			s.ways = append(s.ways, w)
		}
	}
	s.tellVoice()
	return nil
}

// equipped reports whether this machine has what a way needs beside the modem.
func (m *Modem) equipped(path string, w way) bool {
	switch {
	case w.voice == VoiceTTY:
		return m.cfg.OpenVoice != nil || m.cfg.Finder.Sibling(path, w.ports) != ""
	case w.voice == VoiceALSA:
		return m.cfg.Finder.SoundCard(path) != "" && installed("aplay") && installed("arecord")
	case w.format == "amr":
		return installed("sox")
	}
	return true
}

// tellVoice shows the way that the next call would go, and the others.
func (s *session) tellVoice() {
	voice, voices := VoiceNone, []Voice(nil)
	for _, w := range s.inOrder() {
		if !slices.Contains(voices, w.voice) {
			voices = append(voices, w.voice)
		}
	}
	if len(voices) > 0 {
		voice = voices[0]
	}
	s.m.learn(func(st *Status) { st.Voice, st.Voices = voice, voices })
}

// failedFor is how long a way that failed comes behind the others.
const failedFor = time.Hour

// inOrder returns the ways of this modem, those that failed lately at last.
func (s *session) inOrder() []way {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	ways := slices.Clone(s.ways)
	failed := slices.DeleteFunc(slices.Clone(ways), func(w way) bool { return !s.m.failed(w) })
	return append(slices.DeleteFunc(ways, s.m.failed), failed...)
}

// failed is for who holds mu.
func (m *Modem) failed(w way) bool {
	when, ok := m.failures[w.name]
	return ok && time.Since(when) < failedFor
}

// waysFor returns the ways that can say what a call has to.
func (s *session) waysFor(c Call) []way {
	return slices.DeleteFunc(s.inOrder(), func(w way) bool { return !w.says(c) })
}

// failedAt and worked remember how a way did, across sessions.
func (m *Modem) failedAt(w way, why error) {
	m.mu.Lock()
	m.failures[w.name] = time.Now()
	s := m.session
	m.mu.Unlock()
	m.log.Warn("a way of speaking in calls failed: the next call goes another, where there is one", "way", w.words, "err", why)
	if s != nil {
		s.tellVoice()
	}
}

func (m *Modem) worked(w way) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.failures, w.name)
}
