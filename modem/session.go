package modem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"simgate/modem/at"
)

// session is one open port, from the first byte until something fails. What a
// modem is told is per port and per power cycle, so every session tells it all
// again.
type session struct {
	m       *Modem
	path    string
	conn    *at.Conn
	profile profile
	boots   atomic.Pointer[[]string] // results of a modem that starts anew, for the goroutine that reads
	urcs    urcQueue
	suspect chan struct{} // holds one: an exchange went wrong, the modem is to be asked

	// Of the goroutine of live alone.
	identified   bool // it is a modem, and the one that is meant
	net          network
	store        storages
	mode         string // of +CNMI that the modem keeps, "" for none
	polls        bool   // it keeps none: messages are looked for
	acknowledges bool   // what is shown must be acknowledged
	searching    searching
	readySince   time.Time     // zero: it is not Ready
	ready        time.Duration // before that

	sms   submissions
	ussd  dialogueUSSD
	calls line
	ways  []way // of speaking that the modem has; changed at the start alone
	rings callers
	over  chan struct{} // closed when the session has ended
}

func newSession(m *Modem, port io.ReadWriteCloser, path string) *session {
	s := &session{m: m, path: path, profile: generic, suspect: make(chan struct{}, 1), ussd: newDialogueUSSD(), over: make(chan struct{})}
	s.boots.Store(&generic.restarted)
	s.urcs.wake = make(chan struct{}, 1)
	s.conn = at.New(port, at.Config{URC: s.hear, Log: m.log})
	return s
}

// run starts the modem and serves it until something fails or ctx ends.
func (s *session) run(ctx context.Context) error {
	reading, stop := context.WithCancel(context.WithoutCancel(ctx))
	live, hangUp := context.WithCancel(ctx)
	var readErr error
	var reader sync.WaitGroup
	reader.Go(func() {
		defer hangUp()
		readErr = s.conn.Run(reading)
	})
	err := s.live(live)
	close(s.over)
	died := live.Err() != nil && ctx.Err() == nil
	s.m.detach(s)
	stop()
	reader.Wait()
	s.bequeath(context.WithoutCancel(ctx))
	if died {
		return readErr // why the port died says more than which command failed
	}
	return err
}

// bequeath hands on what a port has said before it died, and nobody has got to:
// it will not say it again.
func (s *session) bequeath(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lastWords)
	defer cancel()
	for u, ok := s.urcs.take(); ok; u, ok = s.urcs.take() {
		switch u.Name() {
		case "+CMT", "+CDS":
			if len(u.Body) > 0 {
				s.receive(ctx, u.Body[0])
			}
		case "+CMGS", "+CMS ERROR":
			_ = s.late(ctx, u) // has no error but that of the disk, which it logs
		}
	}
}

// alone runs fn on a port that nobody serves: a look at a modem, or a word to
// one that has gone silent. It closes the port.
func (s *session) alone(ctx context.Context, fn func(context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var reader sync.WaitGroup
	reader.Go(func() { _ = s.conn.Run(ctx) })
	err := fn(ctx)
	stop()
	reader.Wait()
	return err
}

// readyFor returns how long the modem has been Ready in this session.
func (s *session) readyFor() time.Duration {
	if s.readySince.IsZero() {
		return s.ready
	}
	return s.ready + time.Since(s.readySince)
}

const (
	command      = 5 * time.Second  // the longest that an ordinary command may take
	slowCommand  = 20 * time.Second // one that asks the SIM or the network
	statusEvery  = time.Minute      // between looks at a modem that is Ready
	searchEvery  = 3 * time.Second  // between looks at one that searches
	lockedEvery  = 30 * time.Second // between looks at a locked one: a human may have helped
	lateResult   = 30 * time.Second // how long past a shutdown a PDU in flight is waited for
	lastWords    = 10 * time.Second // for what a dead port has said to be stored
	simBusyTries = 30               // seconds that a SIM may take to wake up
)

// live is the life of a session.
func (s *session) live(ctx context.Context) error {
	if err := s.m.enter(Starting, ""); err != nil {
		return err
	}
	if err := s.identify(ctx); err != nil {
		return err
	}
	s.identified = true
	if err := s.openSIM(ctx); err != nil {
		return err
	}
	if err := s.setUp(ctx); err != nil {
		return err
	}
	s.m.attach(s)
	if err := s.m.enter(Searching, ""); err != nil {
		return err
	}
	for {
		if s.m.State() != InCall { // the call has the line to itself, and looks often enough
			if err := s.refresh(ctx); err != nil {
				return err
			}
			if s.sweepDue() {
				if err := s.sweep(ctx); err != nil {
					return err
				}
			}
		}
		if err := s.serve(ctx); err != nil {
			return err
		}
	}
}

// serve handles what the modem tells until it is time to ask it again.
func (s *session) serve(ctx context.Context) error {
	every := searchEvery
	if state := s.m.State(); state == Ready || state == InCall {
		every = statusEvery
	}
	if s.polls || s.store.again {
		every = min(every, sweepPoll)
	}
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		case <-s.suspect:
			if s.sms.doubtful() {
				return errDoubtful
			}
			return s.unready("checking the modem after an exchange without an answer")
		case <-s.urcs.wake:
			before := s.m.State()
			for u, ok := s.urcs.take(); ok; u, ok = s.urcs.take() {
				if err := s.handle(ctx, u); err != nil {
					return err
				}
			}
			if s.m.State() != before {
				return nil // the time to the next look is another
			}
		}
	}
}

// becomeReady and unready move between Searching and Ready, and keep count of the
// time that the modem was Ready. They leave a call alone, which shows by itself
// whether there is a network; it may begin at any moment, so that only change
// can tell.
func (s *session) becomeReady(ctx context.Context, detail string) error {
	if s.m.State() == Searching { // which only this goroutine ends
		s.m.ladder.recovered(ctx)
	}
	if s.readySince.IsZero() {
		s.readySince = time.Now()
	}
	_, err := s.m.change(Ready, detail, Searching, Ready)
	return err
}

func (s *session) unready(detail string) error {
	changed, err := s.m.change(Searching, detail, Ready, Searching)
	if changed {
		s.ready, s.readySince = s.readyFor(), time.Time{}
	}
	return err
}

// ask runs a command whose failure means that the modem cannot be used.
func (s *session) ask(ctx context.Context, cmd string, limit time.Duration) ([]string, error) {
	info, err := s.conn.Command(ctx, cmd, limit)
	if err != nil {
		return nil, fmt.Errorf("AT%s: %w", masked(cmd), err)
	}
	return info, nil
}

// try runs a command that a modem may refuse; only a silent one is an error.
func (s *session) try(ctx context.Context, cmd string, limit time.Duration) ([]string, bool, error) {
	info, err := s.conn.Command(ctx, cmd, limit)
	switch {
	case err == nil:
		return info, true, nil
	case refused(err):
		return nil, false, nil
	}
	return nil, false, fmt.Errorf("AT%s: %w", masked(cmd), err)
}

// refused reports whether the modem answered, if only to say no.
func refused(err error) bool {
	if _, ok := errors.AsType[at.CMEError](err); ok {
		return true
	}
	if _, ok := errors.AsType[at.CMSError](err); ok {
		return true
	}
	_, ok := errors.AsType[at.ResultError](err)
	return ok
}

// first runs the commands in turn and returns the answer of the first that is
// not refused.
func (s *session) first(ctx context.Context, cmds []string, limit time.Duration, accept func([]string) bool) (bool, error) {
	for _, cmd := range cmds {
		info, ok, err := s.try(ctx, cmd, limit)
		if err != nil {
			return false, err
		}
		if ok && accept(info) {
			return true, nil
		}
	}
	return false, nil
}
