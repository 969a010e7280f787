package modem

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"simgate/modem/at"
	"simgate/modem/port"
)

// Step is a recovery step: one way to bring back a modem that does not answer.
// Before any of them the session itself has probed the modem and has left whatever
// prompt it may wait at (package at).
type Step string

// The recovery steps, from the mildest to the most drastic.
const (
	StepReopen Step = "reopen" // close the port and open it again
	StepReset  Step = "reset"  // the modem's own reset command
	StepUSB    Step = "usb"    // take the device off the bus and back ([Config].Reauthorize)
	StepPower  Step = "power"  // switch its power supply off and on ([Config].PowerCycle)
)

// StepRecord counts how often a step was taken with one modem.
type StepRecord struct {
	Step
	Tried, Worked int // ever
	Today         int // tried today
}

// successRate returns the share of tries that worked, from 0 to 1; 0.5 for a step that
// was never tried.
func (r StepRecord) successRate() float64 { return float64(r.Worked+1) / float64(r.Tried+2) }

// How often a step may be taken in a day. The limit of resets is in the profile.
const (
	usbADay   = 24
	powerADay = 6
)

const (
	bootTime  = 90 * time.Second // after a reset, until the modem must answer
	bootRetry = 3 * time.Second  // between tries to open it meanwhile
	resetTime = 10 * time.Second // for the answer to a reset command
)

// roundPauses are the pauses after the first and each further round in which no step
// has worked.
var roundPauses = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

var (
	errNoModem  = errors.New("nothing on this port answers to AT")
	errDoubtful = errors.New("the outcome of three parts in a row is unknown, or the modem failed each of them: it is restarted")
)

// recovery takes one modem through rounds of recovery steps until it answers. It
// belongs to the goroutine of Run.
type recovery struct {
	m        *Modem
	left     []Step    // still to be taken in this round, in order; nil: no round has begun
	reopened int       // how often the port was opened again in this round
	rounds   int       // in which no step has worked
	taken    Step      // the last one, while it is not known whether it works
	until    time.Time // the modem that was reset has this long to answer
}

// curable reports whether recovery steps may help against a fault: the modem does
// not answer. No reset helps against what it does answer, as that it has no SIM.
func curable(err error) bool {
	for _, silence := range []error{at.ErrSilent, at.ErrTimeout, errNoModem, errDoubtful, errAsked, port.ErrStalled} {
		if errors.Is(err, silence) {
			return true
		}
	}
	return false
}

// recovered is called when the modem is ready again. It records which step worked.
func (rc *recovery) recovered(ctx context.Context) {
	if rc.taken != "" {
		rc.note(ctx, rc.taken, true)
	}
	if rc.taken != "" && rc.taken != StepReopen { // which is too common to tell the owner
		rc.m.notice(ctx, Notice{Kind: NoticeRecovery, Text: fmt.Sprintf("the modem is back after: %s", rc.taken)})
	}
	*rc = recovery{m: rc.m, rounds: rc.rounds}
}

// forgive makes the next pause the shortest again.
func (rc *recovery) forgive() { rc.rounds = 0 }

// next returns the step to take against a fault, "" for none, and how long to wait
// before it.
func (rc *recovery) next(ctx context.Context, fault error) (Step, time.Duration) {
	if time.Now().Before(rc.until) {
		return "", bootRetry // it is booting after a reset
	}
	if rc.left == nil || errors.Is(fault, errAsked) {
		rc.left = rc.plan(ctx, fault)
		rc.reopened = 0
	}
	rc.taken = ""
	if len(rc.left) == 0 {
		rc.left = nil
		pause := roundPauses[min(rc.rounds, len(roundPauses)-1)]
		rc.rounds++
		rc.m.notice(ctx, Notice{Kind: NoticeRecovery, Text: fmt.Sprintf("no recovery step has brought the modem back; the next try is in %s", pause)})
		return StepReopen, pause
	}
	step := rc.left[0]
	if step == StepReopen && rc.reopened == 0 {
		rc.reopened++
		return StepReopen, time.Second
	}
	rc.left = rc.left[1:]
	return step, 2 * time.Second
}

// plan returns the steps of a round: the one that has worked best with this modem
// first, and of equals the mildest.
func (rc *recovery) plan(ctx context.Context, fault error) []Step {
	history, err := rc.m.handler.RecoveryHistory(ctx, rc.m.identity())
	if err != nil {
		rc.m.log.Warn("the recovery history of the modem cannot be read", "err", err)
	}
	limits := map[Step]int{StepReset: rc.m.resetsADay(), StepUSB: usbADay, StepPower: powerADay}
	var plan []StepRecord
	for _, step := range []Step{StepReopen, StepReset, StepUSB, StepPower} {
		r := StepRecord{Step: step}
		if i := slices.IndexFunc(history, func(h StepRecord) bool { return h.Step == step }); i >= 0 {
			r = history[i]
		}
		limit, limited := limits[step]
		switch {
		case !rc.m.able(step), step == StepReopen && (errors.Is(fault, errDoubtful) || errors.Is(fault, errAsked)):
		case limited && r.Today >= limit:
			rc.m.log.Warn("a recovery step has reached its limit of today", "step", string(step), "taken", r.Today)
		default:
			plan = append(plan, r)
		}
	}
	slices.SortStableFunc(plan, func(a, b StepRecord) int {
		return cmp.Compare(b.successRate(), a.successRate())
	})
	steps := make([]Step, len(plan))
	for i, r := range plan {
		steps[i] = r.Step
	}
	return steps
}

// take takes a step, "" for none.
func (rc *recovery) take(ctx context.Context, step Step, fault error) {
	if step == "" {
		return
	}
	rc.taken = step
	rc.note(ctx, step, false)
	if step == StepReopen {
		return
	}
	rc.m.notice(ctx, Notice{Kind: NoticeRecovery, Text: fmt.Sprintf("recovery step: %s (because %v)", step, fault)})
	rc.until = time.Now().Add(bootTime)
	var err error
	switch step {
	case StepReset:
		err = rc.m.reset(ctx)
	case StepUSB:
		err = rc.m.cfg.Reauthorize(ctx, rc.m.lastPort)
	case StepPower:
		err = rc.m.cfg.PowerCycle(ctx)
	}
	if err != nil {
		rc.until = time.Time{} // nothing was reset
		rc.m.log.Warn("a recovery step failed", "step", string(step), "err", err)
	}
}

func (rc *recovery) note(ctx context.Context, step Step, worked bool) {
	if err := rc.m.handler.NoteRecovery(ctx, rc.m.identity(), step, worked); err != nil {
		rc.m.log.Warn("a recovery step could not be recorded", "step", string(step), "err", err)
	}
}

// identity returns the name of the modem in its recovery history.
func (m *Modem) identity() string {
	if imei := m.Status().IMEI; imei != "" {
		return imei
	}
	if m.cfg.IMEI != "" {
		return m.cfg.IMEI
	}
	return "port:" + m.cfg.Port
}

// ownPort reports whether the port of the modem is configured by name, so that no other
// modem can be on it.
func (m *Modem) ownPort() bool {
	return m.cfg.Port != AutoPort && !strings.ContainsAny(m.cfg.Port, "*?[")
}

// able reports whether a step can be taken. A device that has never answered as a
// modem, and whose port is not configured by name, is only opened: it may be
// something else.
func (m *Modem) able(step Step) bool {
	known := m.Status().IMEI != "" || m.ownPort()
	switch step {
	case StepReset:
		return known
	case StepUSB:
		return known && m.cfg.Reauthorize != nil
	case StepPower:
		return known && m.cfg.PowerCycle != nil
	}
	return true
}

// resetsADay returns the limit of the family that the modem was last known to be.
func (m *Modem) resetsADay() int {
	st := m.Status()
	return profileOf(st.Manufacturer, st.Model).resetsADay
}

// reset sends the modem its reset command. Whether the modem obeys shows when it is
// opened next.
func (m *Modem) reset(ctx context.Context) error {
	var opened io.ReadWriteCloser
	path, err := m.lastPort, error(nil)
	if m.cfg.Open != nil || path == "" {
		opened, path, err = m.open(ctx)
	} else if err = m.cfg.Finder.Claim(m.cfg.Name, path); err == nil {
		// Not whichever port comes first, which may be that of another modem.
		defer m.cfg.Finder.Release(m.cfg.Name)
		opened, err = port.Open(path, m.cfg.Baud)
	}
	if err != nil {
		return err
	}
	st := m.Status()
	s := newSession(m, opened, path)
	return s.alone(ctx, func(ctx context.Context) error {
		_ = s.conn.Clear(ctx)
		var err error
		for _, cmd := range profileOf(st.Manufacturer, st.Model).reset {
			if err = s.conn.Shout(ctx, cmd, resetTime); err == nil {
				return nil
			}
			if !refused(err) {
				return nil // a modem that restarts need not answer
			}
		}
		return err
	})
}

var errAsked = errors.New("its owner has asked for a restart")

// Restart restarts the modem: it returns at once, and Run does it, by the recovery step that
// works best with this modem, when what is being sent has ended. Its errors are [Error]s.
func (m *Modem) Restart() error {
	const op = "restarting the modem"
	switch m.State() {
	case Absent:
		return notThere.fails(op, Device, nil)
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
