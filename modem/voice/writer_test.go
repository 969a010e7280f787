package voice

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// wire is the far side of a port: it keeps what is written and when, takes as
// long over a write as it is told, and says what is to be heard.
type wire struct {
	delay   func(write int) time.Duration
	failing error

	mu      sync.Mutex
	at      []time.Duration // since the first write
	began   time.Time
	sound   []int16
	odd     int // writes that were no frame
	closed  chan struct{}
	comes   chan []byte
	closing sync.Once
}

func newWire() *wire {
	return &wire{closed: make(chan struct{}), comes: make(chan []byte)}
}

func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	n := len(w.at)
	if n == 0 {
		w.began = time.Now()
	}
	w.at = append(w.at, time.Since(w.began))
	var u unpacker
	w.sound = append(w.sound, u.samples(b)...)
	if len(b) != 320 {
		w.odd++
	}
	w.mu.Unlock()
	if w.failing != nil {
		return 0, w.failing
	}
	if w.delay != nil {
		select {
		case <-time.After(w.delay(n)):
		case <-w.closed:
			return 0, io.ErrClosedPipe
		}
	}
	return len(b), nil
}

func (w *wire) Read(b []byte) (int, error) {
	select {
	case p, open := <-w.comes:
		if !open {
			return 0, io.EOF
		}
		return copy(b, p), nil
	case <-w.closed:
		return 0, io.ErrClosedPipe
	}
}

func (w *wire) Close() error {
	w.closing.Do(func() { close(w.closed) })
	return nil
}

// isClosed reports whether the port was given back.
func (w *wire) isClosed() bool {
	select {
	case <-w.closed:
		return true
	default:
		return false
	}
}

// call runs a test with a stream in a bubble, and ends the stream after it.
func call(t *testing.T, w *wire, heard func([]int16), during func(*testing.T, *Stream)) {
	synctest.Test(t, func(t *testing.T) {
		w.closed, w.comes = make(chan struct{}), make(chan []byte)
		s := New(w, heard)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		during(t, s)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the stream ended with: %v", err)
		}
		if !w.isClosed() {
			t.Error("the port is still open")
		}
		if w.odd > 0 {
			t.Errorf("%d writes were no frames of 320 bytes", w.odd)
		}
	})
}

// ramp is a sound in which no two samples within two seconds are the same and
// none is as quiet as the noise.
func ramp(n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(1000 + i%30000)
	}
	return pcm
}

// speechIn returns what is louder than the noise, and where it begins.
func speechIn(sound []int16) (speech []int16, from int) {
	from = -1
	for i, v := range sound {
		if v > bound || v < -bound {
			if from < 0 {
				from = i
			}
			speech = append(speech, v)
		}
	}
	return speech, from
}

func TestSpeechArrivesSampleForSample(t *testing.T) {
	w, pcm := newWire(), ramp(2*Rate+77) // ends within a frame
	call(t, w, nil, func(t *testing.T, s *Stream) {
		began := time.Now()
		skipped, err := s.Say(t.Context(), pcm)
		if skipped != 0 || err != nil {
			t.Errorf("%d frames were skipped, %v", skipped, err)
		}
		if took := time.Since(began); took < 2640*time.Millisecond || took > 2760*time.Millisecond {
			t.Errorf("2.01 s of speech with silence around it took %s", took)
		}
	})
	got, from := speechIn(w.sound)
	if !slices.Equal(got, pcm) {
		t.Fatalf("%d samples arrived, want %d alike", len(got), len(pcm))
	}
	if from < samples(leadIn) {
		t.Errorf("%d samples of silence came before", from)
	}
	if after := len(w.sound) - from - len(pcm); after < samples(leadOut) {
		t.Errorf("%d samples of silence came after", after)
	}
}

func TestSilenceIsANoiseFloor(t *testing.T) {
	w := newWire()
	call(t, w, nil, func(*testing.T, *Stream) { time.Sleep(10 * time.Second) })
	var sum float64
	same := 0
	for i, v := range w.sound {
		sum += float64(v) * float64(v)
		if same++; i == 0 || v != w.sound[i-1] {
			same = 0
		}
		if same > 5 {
			t.Fatalf("the line is dead at sample %d", i)
		}
	}
	if db := 10 * math.Log10(sum/float64(len(w.sound))/(1<<30)); db < -61 || db > -59 {
		t.Errorf("the noise is at %.1f dBFS, want -60", db)
	}
}

// Frames are due at absolute times: what writing takes does not add up.
func TestTheScheduleDoesNotDrift(t *testing.T) {
	for name, delay := range map[string]time.Duration{"an instant": 0, "7 ms": 7 * time.Millisecond, "19 ms": 19 * time.Millisecond} {
		t.Run("a write takes "+name, func(t *testing.T) {
			w := newWire()
			w.delay = func(n int) time.Duration {
				if n < prefill {
					return 0
				}
				return delay
			}
			call(t, w, nil, func(*testing.T, *Stream) { time.Sleep(time.Minute) })
			if n := len(w.at); n < 3000 || n > prefill+3001 {
				t.Fatalf("%d frames in a minute", n)
			}
			for i, at := range w.at {
				if want := time.Duration(max(i-prefill+1, 0)) * FrameTime; at != want {
					t.Fatalf("frame %d came after %s, want %s", i, at, want)
				}
			}
		})
	}
}

// pauseAt makes the write of one frame take so long.
func pauseAt(frame int, d time.Duration) func(int) time.Duration {
	return func(n int) time.Duration {
		if n == frame {
			return d
		}
		return 0
	}
}

func TestLateFrames(t *testing.T) {
	for name, c := range map[string]struct {
		pause   time.Duration
		skipped int
	}{
		"a frame late is caught up with":            {39 * time.Millisecond, 0},
		"what the modem has in advance covers":      {79 * time.Millisecond, 0},
		"a frame more is left out":                  {80 * time.Millisecond, 1},
		"much later, all but the advance is missed": {199 * time.Millisecond, 6},
	} {
		t.Run(name, func(t *testing.T) {
			w, pcm := newWire(), ramp(Rate)
			w.delay = pauseAt(40, c.pause) // in the middle of speech
			call(t, w, nil, func(t *testing.T, s *Stream) {
				if skipped, err := s.Say(t.Context(), pcm); skipped != c.skipped || err != nil {
					t.Errorf("%d frames were skipped, want %d (%v)", skipped, c.skipped, err)
				}
			})
			got, _ := speechIn(w.sound)
			if len(got) != len(pcm)-c.skipped*frameSamples {
				t.Errorf("%d of %d samples arrived", len(got), len(pcm))
			}
			// No more comes at a time than the modem was given in advance; and
			// afterwards the schedule is that of before.
			bunch := 0
			for i := 41; i < len(w.at); i++ {
				if bunch++; w.at[i] != w.at[i-1] {
					bunch = 1
				}
				if bunch > prefill {
					t.Fatalf("%d frames came at once", bunch)
				}
			}
			if last := w.at[len(w.at)-1]; last%FrameTime != 0 {
				t.Errorf("the last frame came after %s: the schedule moved", last)
			}
			if last := len(got) - 1; got[last] != pcm[len(pcm)-1] {
				t.Error("the end of what was said is missing")
			}
		})
	}
}

func TestSilenceThatIsLateIsNotCounted(t *testing.T) {
	w := newWire()
	w.delay = pauseAt(5, 100*time.Millisecond)
	call(t, w, nil, func(t *testing.T, s *Stream) {
		if skipped, err := s.Say(t.Context(), ramp(Rate)); skipped != 0 || err != nil {
			t.Errorf("%d frames were skipped (%v)", skipped, err)
		}
	})
}

func TestAPortThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		w.delay = pauseAt(prefill+20, time.Hour)
		s := New(w, nil)
		said := make(chan error)
		go func() { _, err := s.Say(t.Context(), ramp(Rate)); said <- err }()
		began := time.Now()
		if err := s.Run(t.Context()); err == nil {
			t.Error("the stream did not notice")
		}
		if took := time.Since(began); took != 21*FrameTime+stallAfter {
			t.Errorf("it took %s", took)
		}
		if err := <-said; !errors.Is(err, ErrEnded) {
			t.Errorf("who speaks is told %v", err)
		}
		if !w.isClosed() {
			t.Error("the port is still open")
		}
		if _, err := s.Say(t.Context(), ramp(1)); !errors.Is(err, ErrEnded) {
			t.Errorf("who speaks after the end is told %v", err)
		}
	})
}

func TestAPortThatFails(t *testing.T) {
	broken := errors.New("input/output error")
	for name, c := range map[string]struct {
		fail func(*wire)
		want error
	}{
		"when it is written to": {func(w *wire) { w.failing = broken }, broken},
		"when it is read":       {func(w *wire) { close(w.comes) }, io.EOF},
		"by returning nothing": {func(w *wire) {
			go func() {
				for range idleReads {
					w.comes <- nil
				}
			}()
		}, io.ErrNoProgress},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWire()
				c.fail(w)
				if err := New(w, nil).Run(t.Context()); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if !w.isClosed() {
					t.Error("the port is still open")
				}
			})
		})
	}
}

func TestWhatComesBackIsHeardInOrder(t *testing.T) {
	w, want := newWire(), ramp(3*Rate)
	var got []int16
	call(t, w, func(pcm []int16) { got = append(got, pcm...) }, func(t *testing.T, _ *Stream) {
		b := make([]byte, width*len(want))
		pack(b, want)
		for n := 1; len(b) > 0; n = n*7%331 + 1 { // cut anywhere, also within samples
			n = min(n, len(b))
			w.comes <- b[:n]
			b = b[n:]
		}
		synctest.Wait()
	})
	if !slices.Equal(got, want) {
		t.Errorf("%d samples were heard, want %d alike", len(got), len(want))
	}
}

func TestOneSpeaksAfterTheOther(t *testing.T) {
	w := newWire()
	first, second := ramp(Rate/2), ramp(Rate/4)
	call(t, w, nil, func(t *testing.T, s *Stream) {
		var both sync.WaitGroup
		both.Go(func() { _, _ = s.Say(t.Context(), first) })
		synctest.Wait()
		both.Go(func() { _, _ = s.Say(t.Context(), second) })
		both.Wait()
	})
	if got, _ := speechIn(w.sound); !slices.Equal(got, slices.Concat(first, second)) {
		t.Errorf("%d samples arrived, want one after the other", len(got))
	}
}

func TestWhatIsCancelledIsNotSaid(t *testing.T) {
	w := newWire()
	call(t, w, nil, func(t *testing.T, s *Stream) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Say(ctx, ramp(10*Rate)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		waiting, stop := context.WithCancel(t.Context())
		stop()
		if _, err := s.Say(waiting, ramp(Rate)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if skipped, err := s.Say(t.Context(), []int16{-9999}); skipped != 0 || err != nil {
			t.Errorf("the next is told %d, %v", skipped, err)
		}
	})
	got, _ := speechIn(w.sound)
	if len(got) > Rate || got[len(got)-1] != -9999 {
		t.Errorf("%d samples arrived, the last of them %d", len(got), got[len(got)-1])
	}
}
