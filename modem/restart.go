package modem

import (
	"context"
	"errors"
	"time"
)

var errAsked = errors.New("its owner has asked for a restart")

// Restart restarts the modem: it returns at once, and Run does it, by the recovery step that
// works best with this modem, when what is being sent has ended. Its errors are [Error]s.
func (m *Modem) Restart() error {
	const op = "restarting the modem"
	switch m.State() {
	case Absent:
		return &Error{Op: op, Class: Device, Code: -1, Cause: "the modem is not there"}
	case InCall:
		return busyLine(op)
	}
	select {
	case m.asked <- struct{}{}:
	default: // it was asked for already
	}
	return nil
}

// endForRestart ends a session so that the modem is restarted. What is being sent is completed
// first; a call that has begun meanwhile goes on.
func (s *session) endForRestart(ctx context.Context) error {
	if err := s.unready(errAsked.Error()); err != nil {
		return err
	}
	if s.m.State() == InCall {
		s.m.log.Warn("the modem is not restarted: a call has begun")
		return nil
	}
	if _, _, err := s.query(ctx, "", command); err != nil { // it waits for its turn
		return err
	}
	return errAsked
}

// sleepUnlessAsked waits, and returns errAsked once the modem is to be restarted.
func (m *Modem) sleepUnlessAsked(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	case <-m.asked:
		return errAsked
	}
}
