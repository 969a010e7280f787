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
	// prefill is the frames that the modem is given in advance.
	prefill = 3
	// stallAfter is how long a write may take.
	stallAfter = 200 * time.Millisecond

	leadIn  = 200 * time.Millisecond // of silence before what is said
	leadOut = 500 * time.Millisecond // and after it

	// idleReads is how often a port may return nothing before it is taken for
	// dead: one that is read too early does so a few times.
	idleReads = 100
)

// ErrEnded means that the stream ended before all was said.
var ErrEnded = errors.New("the call's sound ended before all was said")

// Stream is the sound of one call. It is safe for concurrent use.
type Stream struct {
	port  io.ReadWriteCloser
	heard func([]int16)
	turn  chan struct{} // held by whoever speaks
	ended chan struct{} // closed when Run returns

	mu     sync.Mutex // guards what follows
	speech *speech    // what is being said, nil for nothing
	noise  noise
}

// speech is what is being said. Its position begins before the first sample, by
// the silence that precedes it, and ends after the last.
type speech struct {
	pcm     []int16
	at      int
	skipped int           // frames with speech in them that were left out
	said    chan struct{} // closed when the silence after it is over
}

// New returns the stream of a call over a port that takes samples, which is raw
// and does nothing but carry sound. The stream closes it, which must end reads
// and writes that are under way. What comes back is
// handed to heard in the order in which it comes, unless heard is nil; heard
// must not wait for anything.
func New(port io.ReadWriteCloser, heard func([]int16)) *Stream {
	return &Stream{port: port, heard: heard, turn: make(chan struct{}, 1), ended: make(chan struct{})}
}

// Say says something, after whatever is being said, and returns when it has been
// heard to its end. It returns how many frames of it had to be left out because
// this machine was late: with more than none, it is worth being said again. When
// ctx ends, what is left is not said. The error is [ErrEnded] when the stream
// ends first. The samples must not change meanwhile.
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
		return p.skipped, nil // nobody changes p any more
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

func samples(d time.Duration) int { return int(d * Rate / time.Second) }

// Run carries sound until ctx ends, which is no error, or until the port fails.
// It closes the port. A stream runs once.
func (s *Stream) Run(ctx context.Context) error {
	defer close(s.ended)
	var ports sync.WaitGroup
	defer ports.Wait()
	defer s.port.Close() // which ends a read, and a write that stalls

	frames, written := make(chan []byte), make(chan error, 1) // room for the result of a write that was given up
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
			return fmt.Errorf("nothing can be heard of the call any more: %w", err)
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

// listen hands on what comes back, until the port fails or is closed.
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

// next fills a frame with what is to be heard now.
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

// skip leaves out as many frames.
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

// advance goes on by one frame. The caller holds mu and speech is not nil.
func (s *Stream) advance() {
	p := s.speech
	if p.at += frameSamples; p.at >= len(p.pcm)+samples(leadOut) {
		s.speech = nil
		close(p.said)
	}
}
