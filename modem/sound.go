package modem

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"simgate/modem/port"
	"simgate/modem/voice"
)

const (
	soundWithin = 12 * time.Second       // limit from the answer to the start of the sound
	soundSettle = 300 * time.Millisecond // from the answer to the first try to start it
	soundRetry  = 500 * time.Millisecond // between two tries
	soundBaud   = 921600                 // ignored on USB; some adapters need it
	sayings     = 2                      // how often something is said if frames of it were dropped
)

// sound speaks through a port that takes samples: a serial port or a sound card.
type sound struct {
	s     *session
	way   way
	keys  func(string) // called with keys that are heard; nil: the modem reports keys
	heard voice.Detector

	begun    bool // start was sent
	retried  bool // start was refused, or the port was late
	stream   *voice.Stream
	stopping context.CancelFunc
	stopped  chan struct{} // closed when the stream has ended
	failure  error         // why; set before stopped is closed
}

func newSound(s *session, w way, keys func(string)) speaker { return &sound{s: s, way: w, keys: keys} }

func (p *sound) prepare(ctx context.Context, _ []utterance) error {
	return p.s.steps(ctx, p.way.before)
}

// begin opens the port and starts the sound. Both are retried.
func (p *sound) begin(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, soundWithin)
	defer cancel()
	if p.way.start != "" {
		if err := sleep(ctx, soundSettle); err != nil {
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
		if sleep(ctx, soundRetry) == nil {
			err = nil
		}
	}
	if err != nil {
		if port != nil {
			_ = port.Close() // nothing was written
		}
		return err
	}
	// The stream runs until end, also after ctx.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stream, p.stopping, p.stopped = voice.New(port, p.listen), stop, make(chan struct{})
	go func() {
		defer close(p.stopped)
		p.failure = p.stream.Run(running)
	}()
	return nil
}

// listen detects keys in the sound of the far end.
func (p *sound) listen(pcm []int16) {
	if p.keys != nil {
		p.keys(p.heard.Keys(pcm))
	}
}

// open opens the port, which on some modems exists only during a call.
func (p *sound) open(ctx context.Context) (io.ReadWriteCloser, error) {
	for {
		port, err := p.s.m.openVoice(ctx, p.s.path, p.way)
		if err == nil {
			return port, nil
		}
		p.retried = true
		if sleep(ctx, soundRetry) != nil {
			return nil, err
		}
	}
}

// say says something, and repeats it if this machine was too slow and dropped frames.
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

// end stops the sound. A modem that refused to start it at first is silent in the next
// call unless it is restarted (reported of several releases of the SIM7600).
func (p *sound) end(ctx context.Context) bool {
	if p.stopping != nil {
		p.stopping()
		<-p.stopped
	}
	for _, cmd := range p.way.stop {
		_, _, _ = p.s.try(ctx, cmd, command) // the call is over: it does not matter any more
	}
	return p.way.cure && p.begun && p.retried
}

// openVoice opens what carries the sound of the calls of the modem at path.
func (m *Modem) openVoice(ctx context.Context, path string, w way) (io.ReadWriteCloser, error) {
	switch {
	case w.voice == VoiceALSA:
		return openCard(m.cfg.Finder.SoundCard(path))
	case m.cfg.OpenVoice != nil:
		return m.cfg.OpenVoice(ctx)
	}
	sibling := m.cfg.Finder.Sibling(path, w.ports)
	if sibling == "" {
		return nil, fmt.Errorf("the sound port of the modem on %s is not there", path)
	}
	return port.Open(sibling, soundBaud)
}

// card is a sound card, used through two programs of ALSA: aplay writes to it and
// arecord reads from it.
type card struct {
	play, record *exec.Cmd
	in           io.WriteCloser
	out          io.ReadCloser
	kill         context.CancelFunc
	closing      sync.Once
}

// openCard opens the sound card with this ALSA number for the sound of a call.
func openCard(number string) (io.ReadWriteCloser, error) {
	if number == "" {
		return nil, errors.New("the sound card of the modem is not there")
	}
	ctx, kill := context.WithCancel(context.Background())
	args := []string{"-q", "-D", "plughw:" + number, "-t", "raw", "-f", "S16_LE", "-r", "8000", "-c", "1", "--period-size=160", "--buffer-size=640"}
	c := &card{play: exec.CommandContext(ctx, "aplay", args...), record: exec.CommandContext(ctx, "arecord", args...), kill: kill}
	err := c.open()
	if err != nil {
		kill()
		return nil, fmt.Errorf("the sound card of the modem cannot be opened: %w", err)
	}
	return c, nil
}

func (c *card) open() (err error) {
	if c.in, err = c.play.StdinPipe(); err != nil {
		return err
	}
	if c.out, err = c.record.StdoutPipe(); err != nil {
		return err
	}
	if err := c.play.Start(); err != nil {
		return err
	}
	if err := c.record.Start(); err != nil {
		c.kill()
		_ = c.play.Wait() // its error says that it was killed
		return err
	}
	return nil
}

func (c *card) Read(b []byte) (int, error)  { return c.out.Read(b) }
func (c *card) Write(b []byte) (int, error) { return c.in.Write(b) }

// Close kills both programs and waits for their end.
func (c *card) Close() error {
	c.closing.Do(func() {
		c.kill()
		_, _ = c.play.Wait(), c.record.Wait() // their errors say that they were killed
	})
	return nil
}
