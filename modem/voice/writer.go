package voice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// prefill is how many frames are written in advance.
	prefill = 3
	// stallAfter is the limit of a write.
	stallAfter = 200 * time.Millisecond

	leadIn  = 200 * time.Millisecond // silence before what is said
	leadOut = 500 * time.Millisecond // silence after what is said

	// idleReads is how many reads in a row may return nothing. A port that has just
	// been opened does so a few times.
	idleReads = 100
)

// ErrEnded means that the stream has ended before all was said.
var ErrEnded = errors.New("the call's sound ended before all was said")

// Stream is the sound of one call. It is safe for concurrent use.
type Stream struct {
	port  io.ReadWriteCloser
	heard func([]int16)
	turn  chan struct{} // holds one during Say
	ended chan struct{} // closed when Run returns

	mu     sync.Mutex // guards what follows
	speech *speech    // what is being said, nil for nothing
	noise  noise
}

// speech is what is being said.
type speech struct {
	pcm     []int16
	at      int           // the next sample; negative during the silence before the first
	skipped int           // frames with speech in them that were skipped
	said    chan struct{} // closed when the silence after it is over
}

// New returns the stream of a call over a port that carries samples. The stream closes
// the port, which must end its reads and writes. If heard is not nil, it is called with
// the samples of the far end, in order; it must not block.
func New(port io.ReadWriteCloser, heard func([]int16)) *Stream {
	return &Stream{port: port, heard: heard, turn: make(chan struct{}, 1), ended: make(chan struct{})}
}

// Say waits until nothing else is being said, says pcm, and returns when all of it was
// heard. It returns how many frames of it were skipped because this machine was late;
// if any were, the caller should say it again. When ctx ends the rest is not said. The
// error is that of ctx, or [ErrEnded] if the stream ends first. The samples must not
// change meanwhile.
func (s *Stream) Say(ctx context.Context, pcm []int16) (skipped int, err error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-s.ended:
		return 0, ErrEnded
	}
	p := &speech{pcm: pcm, at: -samples(leadIn), said: make(chan struct{})}
	s.mu.Lock()
	s.speech = p
	s.mu.Unlock()
	select {
	case <-p.said:
		return p.skipped, nil // p does not change any more
	case <-ctx.Done():
		err = ctx.Err()
	case <-s.ended:
		err = ErrEnded
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.speech == p {
		s.speech = nil
	}
	return p.skipped, err
}

// samples returns the number of samples in d.
func samples(d time.Duration) int { return int(d * Rate / time.Second) }

// Run sends and receives sound until ctx ends, and then returns nil, or until the port
// fails. It closes the port. It must be called once only.
func (s *Stream) Run(ctx context.Context) error {
	defer close(s.ended)
	var ports sync.WaitGroup
	defer ports.Wait()
	defer s.port.Close() // which ends reads and writes

	frames, written := make(chan []byte), make(chan error, 1) // with room for the result of a write that stalled
	defer close(frames)
	ports.Go(func() {
		for frame := range frames {
			_, err := s.port.Write(frame)
			written <- err
		}
	})
	unread := make(chan error, 1)
	ports.Go(func() { unread <- s.listen() })

	frame := make([]byte, width*frameSamples)
	write := func() error {
		s.next(frame)
		frames <- frame
		stalled := time.NewTimer(stallAfter)
		defer stalled.Stop()
		select {
		case err := <-written:
			if err != nil {
				return fmt.Errorf("the modem takes no more sound: %w", err)
			}
			return nil
		case <-stalled.C:
			return fmt.Errorf("the modem has taken no sound for %s: its sound port hangs", stallAfter)
		}
	}
	next := time.Now()
	for range prefill {
		if err := write(); err != nil {
			return err
		}
	}
	clock := time.NewTimer(0)
	defer clock.Stop()
	for {
		next = next.Add(FrameTime)
		clock.Reset(time.Until(next))
		select {
		case <-ctx.Done():
			return nil
		case err := <-unread:
			return fmt.Errorf("the sound of the far end cannot be read any more: %w", err)
		case <-clock.C:
		}
		if late := int(time.Since(next) / FrameTime); late >= prefill {
			missed := late + 1 - prefill
			s.skip(missed)
			next = next.Add(time.Duration(missed) * FrameTime)
		}
		if err := write(); err != nil {
			return err
		}
	}
}

// listen reads the sound of the far end until the port fails or is closed.
func (s *Stream) listen() error {
	var u unpacker
	buffer := make([]byte, 10*width*frameSamples)
	for idle := 0; idle < idleReads; {
		n, err := s.port.Read(buffer)
		if pcm := u.samples(buffer[:n]); len(pcm) > 0 && s.heard != nil {
			s.heard(pcm)
		}
		if err != nil {
			return err
		}
		if idle++; n > 0 {
			idle = 0
		}
	}
	return io.ErrNoProgress
}

// next fills a frame with what is to be played next.
func (s *Stream) next(frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var pcm [frameSamples]int16
	for i := range pcm {
		pcm[i] = s.noise.next()
	}
	if p := s.speech; p != nil {
		for i := range pcm {
			if n := p.at + i; n >= 0 && n < len(p.pcm) {
				pcm[i] = p.pcm[n]
			}
		}
		s.advance()
	}
	pack(frame, pcm[:])
}

// skip skips frames.
func (s *Stream) skip(frames int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range frames {
		if p := s.speech; p != nil {
			if p.at > -frameSamples && p.at < len(p.pcm) {
				p.skipped++
			}
			s.advance()
		}
	}
}

// advance moves the speech on by one frame. The caller holds mu; speech is not nil.
func (s *Stream) advance() {
	p := s.speech
	if p.at += frameSamples; p.at >= len(p.pcm)+samples(leadOut) {
		s.speech = nil
		close(p.said)
	}
}
