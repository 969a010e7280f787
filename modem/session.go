package modem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"simgate/modem/at"
)

// session is the use of one open port, from the first byte until something fails.
// Modems forget settings when they restart, and keep some per port, so every session
// sets everything again.
type session struct {
	m       *Modem
	path    string
	conn    *at.Conn
	profile profile
	boots   atomic.Pointer[[]string] // results that say that the modem has restarted; read by the goroutine of conn
	urcs    urcQueue
	suspect chan struct{} // holds one: an exchange went wrong, so the modem is to be checked

	// Used by the goroutine of live only.
	identified   bool // it is the modem that is configured
	net          network
	store        storages
	mode         string // of +CNMI that was set, "" for none
	kept         string // what the modem makes of it, "" if it does not tell
	polls        bool   // it does not report messages, so its storage is polled for them
	reports      bool   // it reports what becomes of what it has sent
	acknowledges bool   // +CMT and +CDS must be acknowledged with +CNMA
	bearer       bearers
	searching    searching
	no5G         bool          // it does not know +C5GREG
	readySince   time.Time     // zero: it is not Ready
	ready        time.Duration // before that

	sms   submissions
	ussd  dialogueUSSD
	calls voiceLine
	ways  []way // of speaking in calls that the modem has; set while it is Starting

	soundAdvice, lteAdvice []Setting

	charset charset // of +CSCS; set while it is Starting
	rings   callers
	over    chan struct{} // closed when the session has ended

	understood atomic.Bool  // the modem has accepted a command
	forgotten  atomic.Bool  // the modem has lost what was set
	sure       atomic.Int64 // how often conn was out of step when PDU mode, or text mode, was last certain
	text       atomic.Bool  // the device has no PDU mode
}

func newSession(m *Modem, port io.ReadWriteCloser, path string) *session {
	s := &session{m: m, path: path, profile: generic, suspect: make(chan struct{}, 1), ussd: newDialogueUSSD(), over: make(chan struct{}), store: storages{torn: map[string]int{}}}
	s.boots.Store(&generic.restarted)
	s.urcs.wake = make(chan struct{}, 1)
	s.conn = at.New(port, at.Config{URC: s.onURC, Log: m.log})
	return s
}

// run sets the modem up and serves it until something fails or ctx ends.
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
	failed := live.Err() != nil && ctx.Err() == nil
	s.m.detach(s)
	stop()
	reader.Wait()
	s.flushUnread(context.WithoutCancel(ctx))
	if failed {
		return readErr // why the port failed says more than which command did
	}
	return err
}

// flushUnread processes the messages and answers that were received before the port
// failed and are not processed yet: the modem does not send them again.
func (s *session) flushUnread(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	for u, ok := s.urcs.take(); ok; u, ok = s.urcs.take() {
		switch u.Name() {
		case "+CMT", "+CDS":
			switch {
			case at.InTextMode(u.Line):
				s.receiveText(ctx, u)
			case len(u.Body) > 0 && !s.tornShown(u):
				s.receive(ctx, u.Body[0])
			}
		case "+CMGS", "+CMS ERROR":
			_ = s.late(ctx, u) // its only error is that of the disk, which it logs
		}
	}
}

// alone runs fn on a port without serving it, as to diagnose or reset the modem, and
// closes the port.
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
	command      = 5 * time.Second  // limit of an ordinary command
	slowCommand  = 20 * time.Second // limit of a command that asks the SIM or the network
	statusEvery  = time.Minute      // between checks of a modem that is Ready
	searchEvery  = 3 * time.Second  // between checks of one that is Searching
	lockedEvery  = 30 * time.Second // between checks of one that is Locked
	lateResult   = 30 * time.Second // limit of waiting for the result of a PDU after a shutdown
	storeWithin  = 10 * time.Second // limit of storing what came when the context has ended
	simBusyTries = 30               // checks, one a second, while a SIM wakes up
)

// live sets the modem up, and serves it until something fails or ctx ends.
func (s *session) live(ctx context.Context) error {
	if err := s.m.enter(Starting, s.m.lastTry); err != nil {
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
		s.m.progress(0, true)
		if s.m.State() != InCall { // a call checks the modem itself, and must not be delayed
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

// serve processes unsolicited results until it is time to check the modem again.
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
		case <-s.m.asked:
			return s.endForRestart(ctx)
		case <-s.suspect:
			if s.sms.doubtful() {
				return errDoubtful
			}
			if s.forgotten.Load() {
				if err := s.setUpAgain(ctx); err != nil {
					return err
				}
			}
			return s.unready(checking)
		case <-s.urcs.wake:
			before := s.m.State()
			for u, ok := s.urcs.take(); ok; u, ok = s.urcs.take() {
				if err := s.handle(ctx, u); err != nil {
					return err
				}
			}
			if s.m.State() != before {
				return nil // the time until the next check has changed
			}
		}
	}
}

// becomeReady and unready move between Searching and Ready, and count the time for
// which the modem is Ready. They do nothing during a call. A call may begin on another
// goroutine at any moment, so they leave it to change to check.
func (s *session) becomeReady(ctx context.Context, detail string) error {
	if s.m.State() == Searching { // only this goroutine changes it from there
		s.m.recovery.recovered(ctx)
	}
	if s.readySince.IsZero() {
		s.readySince = time.Now()
	}
	_, err := s.m.change(Ready, detail, Searching, Ready)
	return err
}

func (s *session) unready(detail string) error {
	_, err := s.m.change(Searching, detail, Ready, Searching)
	if s.m.State() == Searching {
		s.ready, s.readySince = s.readyFor(), time.Time{}
	}
	return err
}

// ask runs a command without which the modem cannot be used, and returns its reply.
func (s *session) ask(ctx context.Context, cmd string, limit time.Duration) ([]string, error) {
	info, err := s.conn.Command(ctx, cmd, limit)
	if err != nil {
		return nil, fmt.Errorf("AT%s: %w", masked(cmd), err)
	}
	return info, nil
}

// try runs a command that a modem may refuse, and reports whether it did not. It is an
// error only if there is no answer.
func (s *session) try(ctx context.Context, cmd string, limit time.Duration) ([]string, bool, error) {
	info, refusal, err := s.query(ctx, cmd, limit)
	return info, refusal == nil && err == nil, err
}

// query runs a command and returns its reply, or with what the modem refuses it. It is
// an error only if there is no answer. The line of a query is an answer even if its OK
// is lost, which some modems never send.
func (s *session) query(ctx context.Context, cmd string, limit time.Duration) (info []string, refusal, err error) {
	return s.queryIn(ctx, 0, cmd, limit)
}

// queryIn is query for a command that must not run if the modem may have restarted since
// the step; 0 for any.
func (s *session) queryIn(ctx context.Context, step int64, cmd string, limit time.Duration) (info []string, refusal, err error) {
	s.m.progress(limit, true)
	info, err = s.conn.CommandIn(ctx, step, cmd, limit)
	switch {
	case err == nil:
		if cmd != "" {
			s.understood.Store(true)
		}
		return info, nil, nil
	case refused(err):
		return nil, err, nil
	case errors.Is(err, at.ErrTimeout) && strings.HasSuffix(cmd, "?") && at.Behind(info, strings.TrimSuffix(cmd, "?")+":") != "":
		return info, nil, nil
	}
	return nil, nil, fmt.Errorf("AT%s: %w", masked(cmd), err)
}

// refused reports whether err is an error result of the modem, and not a missing one.
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

// first runs the commands in turn until one has a reply that accept accepts. It reports
// whether there was one.
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
