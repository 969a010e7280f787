package modem

import (
	"context"
	"slices"
	"strings"
	"time"

	"simgate/modem/usb"
)

// Voice is how a modem brings speech into a call.
type Voice string

// The kinds of voice; "" if it is not known yet.
const (
	VoiceTTY  Voice = "pcm-tty" // samples over a serial port
	VoiceALSA Voice = "alsa"    // samples over a sound card of the modem
	VoiceFile Voice = "file"    // files that the module plays
	VoiceTTS  Voice = "tts"     // text that the module reads
	VoiceNone Voice = "none"    // the modem cannot speak
)

// speaker is a way of speaking, in use by one call.
type speaker interface {
	// prepare is called before dialling, with all that may be said. If it fails,
	// the next way is tried.
	prepare(context.Context, []utterance) error
	// begin is called when the call is answered.
	begin(context.Context) error
	// say returns when the far end has heard all of it.
	say(context.Context, utterance) error
	// end is called after prepare when the call is over. It reports whether the
	// modem must be restarted before the next call.
	end(context.Context) (restart bool)
}

// way is a way of speaking in calls. The commands are data; speaker uses them.
type way struct {
	name    string // unique
	voice   Voice
	words   string // description for the owner
	probe   string // command that modems refuse that do not have this way
	locales string // languages that it can speak, separated by spaces; "": it plays sound of any

	ports   []usb.Role // of the port that carries the sound, best first
	before  []step     // commands before dialling
	dialled []string   // commands after the dial command; none may be refused
	start   string     // command after the answer, repeated until it is not refused; "" for none
	stop    []string   // commands after the call
	cure    bool       // the modem must be restarted after a call in which start was refused

	// A file is {name}, which is {file} in folder. Octets of it follow the commands that
	// upload them.
	folder string   // with what separates it from {file}
	format string   // "wav" or "amr"
	remove []string // commands that delete it and make room for it; any may be refused
	write  string   // command that uploads its first {size} octets
	extend string   // command that uploads {size} octets more, from {at} on; "": write uploads all

	play  string   // command that plays {name}, or reads {text}
	halt  string   // command that stops that
	ended []string // how the results begin that tell the end of that
	wide  string   // play for texts that are not ASCII, in hexadecimal UCS-2

	// appears returns what to set in the modem so that the port or the card for its sound
	// appears on this machine; nil: nothing can be set.
	appears func(context.Context, *session) (Setting, error)

	speaker func(*session, way, func(string)) speaker // the function is called with keys that are heard
}

// says reports whether a way can say what a call has to say.
func (w way) says(c Call) bool {
	if w.locales == "" {
		return c.Speech != nil
	}
	language, _, _ := strings.Cut(strings.ToLower(c.Locale), "-")
	return c.Prompt == nil && c.Text != "" && slices.Contains(strings.Fields(w.locales), language)
}

// brings reports whether a way brings the sound of the far end.
func (w way) brings() bool { return w.voice == VoiceTTY || w.voice == VoiceALSA }

// offers reports whether the modem knows the commands of a way.
func (s *session) offers(ctx context.Context, w way) (bool, error) {
	_, ok, err := s.try(ctx, w.probe, command)
	return ok, err
}

// learnVoice finds out in which ways this modem can speak.
func (s *session) learnVoice(ctx context.Context) error {
	s.ways = nil
	known := map[string]bool{} // the answers to probes, which several ways share
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
	s.updateVoices()
	return s.adviseSound(ctx, known)
}

// equipped reports whether this machine has what a way needs besides the modem.
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

// updateVoices puts the voices of the modem into its status, that of the next call
// first.
func (s *session) updateVoices() {
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

// failedFor is how long a way that failed is tried after the others.
const failedFor = time.Hour

// inOrder returns the ways of this modem, those that failed lately last.
func (s *session) inOrder() []way {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	ways := slices.Clone(s.ways)
	failed := slices.DeleteFunc(slices.Clone(ways), func(w way) bool { return !s.m.failed(w) })
	return append(slices.DeleteFunc(ways, s.m.failed), failed...)
}

// failed reports whether a way failed lately. The caller holds mu.
func (m *Modem) failed(w way) bool {
	when, ok := m.failures[w.name]
	return ok && time.Since(when) < failedFor
}

// waysFor returns the ways that can say what a call has to say. Of those that have not
// failed, and of those that have, the ones that play sound come first if it is to be
// played.
func (s *session) waysFor(c Call) []way {
	ways := slices.DeleteFunc(s.inOrder(), func(w way) bool { return !w.says(c) })
	if !c.Played {
		return ways
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	rank := func(w way) (n int) {
		if s.m.failed(w) {
			n += 2
		}
		if w.locales != "" { // it reads
			n++
		}
		return n
	}
	slices.SortStableFunc(ways, func(a, b way) int { return rank(a) - rank(b) })
	return ways
}

// failedAt and worked record whether a way worked, across sessions.
func (m *Modem) failedAt(w way, why error) {
	m.mu.Lock()
	m.failures[w.name] = time.Now()
	s := m.session
	m.mu.Unlock()
	m.log.Warn("a way of speaking in calls failed: the next call tries another first", "way", w.words, "err", why)
	if s != nil {
		s.updateVoices()
	}
}

func (m *Modem) worked(w way) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.failures, w.name)
}
