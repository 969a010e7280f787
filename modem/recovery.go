package modem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"simgate/modem/at"
)

// Step is one way to bring back a modem that has gone silent. Within a session
// there are two more, which cost nothing and are always taken: a probe, and
// leaving whatever prompt the modem may sit at.
type Step string

// The steps of the ladder, from the cheapest to the dearest.
const (
	StepReopen Step = "reopen" // close the port and open it again
	StepReset  Step = "reset"  // the modem's own command to start anew
	StepUSB    Step = "usb"    // take the device from the bus and back, by the root helper
	StepPower  Step = "power"  // switch its supply off and on, where that is configured
)

// StepRecord is what is remembered of a step with one modem.
type StepRecord struct {
	Step
	Tried, Worked int // ever
	Today         int // how often it was taken today
}

// share is how often a step has worked, as far as is known: what was never tried
// stands in the middle.
func (r StepRecord) share() float64 { return float64(r.Worked+1) / float64(r.Tried+2) }

// The day's limits of the steps that have no limit of their own family.
const (
	usbADay   = 24
	powerADay = 6
)

// The times of the ladder.
const (
	bootTime  = 90 * time.Second // within which a modem that was reset must answer
	bootRetry = 3 * time.Second  // between tries meanwhile
	resetTime = 10 * time.Second // that a modem may take to obey
)

// roundPauses are the pauses after a whole ladder in vain.
var roundPauses = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

var (
	errDeaf     = errors.New("nothing on this port answers to AT")
	errDoubtful = errors.New("the outcome of three parts in a row is unknown, or the modem fails at each: it is started anew")
)

// ladder brings one modem back. It belongs to the goroutine of Run.
type ladder struct {
	m        *Modem
	left     []Step // of this round, in the order in which they will be tried; nil: no round is under way
	reopened int
	rounds   int       // in vain
	taken    Step      // last, while its effect is awaited
	until    time.Time // its effect is awaited
}

// curable reports whether a fault is a silence, which the ladder is for. What
// the modem says in words, as that it has no SIM, no reset mends.
func curable(err error) bool {
	for _, silence := range []error{at.ErrSilent, at.ErrTimeout, errDeaf, errDoubtful, errStalled} {
		if errors.Is(err, silence) {
			return true
		}
	}
	return false
}

// recovered notes that the modem is back.
func (l *ladder) recovered(ctx context.Context) {
	if l.taken != "" {
		l.note(ctx, l.taken, true)
	}
	if l.taken != "" && l.taken != StepReopen { // nobody need know of every hiccup
		l.m.notice(ctx, Notice{Kind: NoticeRecovery, Text: fmt.Sprintf("the modem is back after: %s", l.taken)})
	}
	*l = ladder{m: l.m, rounds: l.rounds}
}

// forgive forgets what happened before the modem was Ready for a while.
func (l *ladder) forgive() { l.rounds = 0 }

// next returns what to do about a fault, and how long to wait before.
func (l *ladder) next(ctx context.Context, fault error) (Step, time.Duration) {
	if time.Now().Before(l.until) {
		return "", bootRetry // it is starting, as it was told to
	}
	if l.left == nil {
		l.left = l.plan(ctx, fault)
		l.reopened = 0
	}
	l.taken = ""
	if len(l.left) == 0 {
		l.left = nil
		pause := roundPauses[min(l.rounds, len(roundPauses)-1)]
		l.rounds++
		l.m.notice(ctx, Notice{Kind: NoticeRecovery, Text: fmt.Sprintf("nothing has brought the modem back; the next try is in %s", pause)})
		return StepReopen, pause
	}
	step := l.left[0]
	if step == StepReopen && l.reopened == 0 {
		l.reopened++
		return StepReopen, time.Second
	}
	l.left = l.left[1:]
	return step, 2 * time.Second
}

// plan returns the steps that can be taken, the one that has worked best with
// this modem first; of equals the cheapest.
func (l *ladder) plan(ctx context.Context, fault error) []Step {
	history, err := l.m.handler.RecoveryHistory(ctx, l.m.identity())
	if err != nil {
		l.m.log.Warn("what has helped this modem before cannot be read", "err", err)
	}
	limits := map[Step]int{StepReset: l.m.resetsADay(), StepUSB: usbADay, StepPower: powerADay}
	var plan []StepRecord
	for _, step := range []Step{StepReopen, StepReset, StepUSB, StepPower} {
		r := StepRecord{Step: step}
		if i := slices.IndexFunc(history, func(h StepRecord) bool { return h.Step == step }); i >= 0 {
			r = history[i]
		}
		limit, limited := limits[step]
		switch {
		case !l.m.able(step), step == StepReopen && errors.Is(fault, errDoubtful):
		case limited && r.Today >= limit:
			l.m.log.Warn("a step of recovery is not taken again today", "step", string(step), "taken", r.Today)
		default:
			plan = append(plan, r)
		}
	}
	slices.SortStableFunc(plan, func(a, b StepRecord) int {
		switch {
		case a.share() > b.share():
			return -1
		case a.share() < b.share():
			return 1
		}
		return 0
	})
	steps := make([]Step, len(plan))
	for i, r := range plan {
		steps[i] = r.Step
	}
	return steps
}

// take takes a step.
func (l *ladder) take(ctx context.Context, step Step, fault error) {
	if step == "" {
		return
	}
	l.taken = step
	l.note(ctx, step, false)
	if step == StepReopen {
		return
	}
	l.m.notice(ctx, Notice{Kind: NoticeRecovery, Text: fmt.Sprintf("trying to bring the modem back: %s (because %v)", step, fault)})
	l.until = time.Now().Add(bootTime)
	var err error
	switch step {
	case StepReset:
		err = l.m.reset(ctx)
	case StepUSB:
		err = l.m.cfg.Reauthorize(ctx, l.m.lastPort)
	case StepPower:
		err = l.m.cfg.PowerCycle(ctx)
	}
	if err != nil {
		l.until = time.Time{} // there is nothing to wait for
		l.m.log.Warn("a step of recovery failed", "step", string(step), "err", err)
	}
}

func (l *ladder) note(ctx context.Context, step Step, worked bool) {
	if err := l.m.handler.NoteRecovery(ctx, l.m.identity(), step, worked); err != nil {
		l.m.log.Warn("a step of recovery could not be noted", "step", string(step), "err", err)
	}
}

// identity names the modem in what is remembered of it.
func (m *Modem) identity() string {
	if imei := m.Status().IMEI; imei != "" {
		return imei
	}
	if m.cfg.IMEI != "" {
		return m.cfg.IMEI
	}
	return "port:" + m.cfg.Port
}

// able reports whether a step can be taken. A device of which nobody has said
// that it is a modem, and which has never answered as one, is only opened.
func (m *Modem) able(step Step) bool {
	known := m.Status().IMEI != "" || m.cfg.Port != AutoPort && !strings.ContainsAny(m.cfg.Port, "*?[")
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

// resetsADay is the limit of the family that the modem was last known to be of.
func (m *Modem) resetsADay() int {
	st := m.Status()
	return profileOf(st.Manufacturer, st.Model).resetsADay
}

// reset tells the modem to start anew. It may be past hearing it; whether it
// was not shows when it is opened next.
func (m *Modem) reset(ctx context.Context) error {
	var port io.ReadWriteCloser
	path, err := m.lastPort, error(nil)
	if m.cfg.Open != nil || path == "" {
		port, path, err = m.open(ctx)
	} else if err = m.cfg.Finder.Claim(m.cfg.Name, path); err == nil {
		// Not whichever port comes first: that may be another's.
		defer m.cfg.Finder.Release(m.cfg.Name)
		port, err = openPort(path, m.cfg.Baud)
	}
	if err != nil {
		return err
	}
	st := m.Status()
	s := newSession(m, port, path)
	return s.alone(ctx, func(ctx context.Context) error {
		_ = s.conn.Clear(ctx)
		var err error
		for _, cmd := range profileOf(st.Manufacturer, st.Model).reset {
			if err = s.conn.Shout(ctx, cmd, resetTime); err == nil {
				return nil
			}
			if !refused(err) {
				return nil // silence is what a modem that restarts may say
			}
		}
		return err
	})
}
