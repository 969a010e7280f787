package modem

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"simgate/modem/voice"
)

const (
	soundWithin = 12 * time.Second       // for the sound to begin, once the call has been answered
	soundSettle = 300 * time.Millisecond // after the answer, before a modem can start it
	soundRetry  = 500 * time.Millisecond // between two tries
	soundBaud   = 921600                 // without meaning on USB, and asked for by some adapters
	sayings     = 2                      // how often something is said of which frames were left out
)

// sound speaks through a port that takes samples, be it serial or a sound card.
type sound struct {
	s     *session
	way   way
	keys  func(string) // is told the keys that are heard; nil: the modem tells them
	heard voice.Detector

	begun    bool // start has been sent
	retried  bool
	stream   *voice.Stream
	stopping context.CancelFunc
	stopped  chan struct{} // closed when it has
	failure  error         // why; set before that
}

func newSound(s *session, w way, keys func(string)) speaker { return &sound{s: s, way: w, keys: keys} }

func (p *sound) prepare(ctx context.Context, _ []utterance) error {
	return p.s.steps(ctx, p.way.before)
}

// begin opens the port and starts the sound, either of which may come late.
func (p *sound) begin(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, soundWithin)
	defer cancel()
	if p.way.start != "" {
		if err := rest(ctx, soundSettle); err != nil {
			return err
		}
	}
	port, err := p.open(ctx)
	for err == nil && p.way.start != "" {
		p.begun = true
		if _, err = p.s.ask(ctx, p.way.start, command); err == nil || !refused(err) {
			break
		}
		p.retried = true
		if rest(ctx, soundRetry) == nil {
			err = nil
		}
	}
	if err != nil {
		if port != nil {
			_ = port.Close() // nothing has been written
		}
		return err
	}
	// It goes on until end, past whoever has called begin.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stream, p.stopping, p.stopped = voice.New(port, p.listen), stop, make(chan struct{})
	go func() {
		defer close(p.stopped)
		p.failure = p.stream.Run(running)
	}()
	return nil
}

// listen finds keys in what is heard of the call.
func (p *sound) listen(pcm []int16) {
	if p.keys != nil {
		p.keys(p.heard.Keys(pcm))
	}
}

// open opens the port, which some modems show only when a call is up.
func (p *sound) open(ctx context.Context) (io.ReadWriteCloser, error) {
	for {
		port, err := p.s.m.openVoice(ctx, p.s.path, p.way)
		if err == nil {
			return port, nil
		}
		p.retried = true
		if rest(ctx, soundRetry) != nil {
			return nil, err
		}
	}
}

// say says something, and once more where this machine was too late for it.
func (p *sound) say(ctx context.Context, u utterance) error {
	for range sayings {
		skipped, err := p.stream.Say(ctx, u.pcm)
		if errors.Is(err, voice.ErrEnded) {
			<-p.stopped
			return cmp.Or(p.failure, err)
		}
		if err != nil || skipped == 0 {
			return err
		}
	}
	return nil
}

// end stops the sound. A modem of which it had to be asked more than once is
// silent in the next call until it starts anew (reported of several releases of
// the SIM7600).
func (p *sound) end(ctx context.Context) bool {
	if p.stopping != nil {
		p.stopping()
		<-p.stopped
	}
	for _, cmd := range p.way.stop {
		_, _, _ = p.s.try(ctx, cmd, command) // the call is over: there is nothing more to do about it
	}
	return p.way.cure && p.begun && p.retried
}

// openVoice opens what carries the sound of the modem on a port.
func (m *Modem) openVoice(ctx context.Context, path string, w way) (io.ReadWriteCloser, error) {
	switch {
	case w.voice == VoiceALSA:
		return openCard(m.cfg.Finder.SoundCard(path))
	case m.cfg.OpenVoice != nil:
		return m.cfg.OpenVoice(ctx)
	}
	port := m.cfg.Finder.Sibling(path, w.ports)
	if port == "" {
		return nil, fmt.Errorf("the sound port of the modem on %s is not there", path)
	}
	return openPort(port, soundBaud)
}

// rest waits, no longer than until ctx ends.
func rest(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
