package modem

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"simgate/modem/at"
	"simgate/modem/pdu"
)

// Submission is one part on its way out.
type Submission struct {
	Part   pdu.Part
	Token  any           // names the part towards [Handler.Late]
	Within time.Duration // it is not handed over later than this from now; 0: no limit
}

// Send submits one part and returns the reference that the modem gave it (TP-MR,
// 0 to 255; -1 where the network has the message and no reference is known).
// An [Error] says what to do next. Cancelling ctx withdraws the part while that
// is possible; once it is handed over the outcome is waited for, though no
// longer than 30 seconds.
func (m *Modem) Send(ctx context.Context, sub Submission) (int, error) {
	if sub.Within > 0 {
		began := time.Now()
		waiting, cancel := context.WithTimeout(ctx, sub.Within)
		defer cancel()
		m.afterCall(waiting)
		sub.Within = max(sub.Within-time.Since(began), time.Nanosecond)
	} else {
		m.afterCall(ctx)
	}
	s, err := m.ready("sending a part")
	if err != nil {
		return 0, err
	}
	return s.send(ctx, sub)
}

// afterCall waits until no call is up, or ctx ends. Some modems would take a
// message meanwhile, and the answer to it may last minutes, in which the call
// could not be ended.
func (m *Modem) afterCall(ctx context.Context) {
	m.mu.Lock()
	s := m.session
	m.mu.Unlock()
	if s == nil {
		return
	}
	if over := s.calls.free(); over != nil {
		select {
		case <-over:
		case <-s.over:
		case <-ctx.Done():
		}
	}
}

// ready returns the session of a modem that is Ready.
func (m *Modem) ready(op string) (*session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session != nil && m.status.State == InCall {
		return nil, busyLine(op)
	}
	if m.session == nil || m.status.State != Ready {
		return nil, &Error{Op: op, Class: Device, Code: -1, Cause: "the modem is not ready"}
	}
	return m.session, nil
}

// attach lets Send use the session; detach ends that.
func (m *Modem) attach(s *session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.session = s
}

func (m *Modem) detach(s *session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session == s {
		m.session = nil
	}
}

// submissions remembers the one whose outcome is unknown, and how the last ones
// went.
type submissions struct {
	mu      sync.Mutex
	unknown any
	failing int // in a row that the modem left without an answer, or failed at by itself
}

// tooManyDoubts is how many such parts in a row take a modem out of service.
const tooManyDoubts = 3

// end notes how a submission ended: whether it speaks for the modem or against.
func (u *submissions) end(class Class, code int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case class == Unknown, code == 300, code == 500:
		u.failing++
	case class != Device:
		u.failing = 0
	}
}

// doubtful reports whether the modem is to be started anew, once.
func (u *submissions) doubtful() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.failing < tooManyDoubts {
		return false
	}
	u.failing = 0
	return true
}

func (u *submissions) set(token any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.unknown = token
}

func (u *submissions) takeUnknown() any {
	u.mu.Lock()
	defer u.mu.Unlock()
	token := u.unknown
	u.unknown = nil
	return token
}

func (s *session) send(ctx context.Context, sub Submission) (mr int, err error) {
	defer func() {
		code := -1
		if e, ok := errors.AsType[*Error](err); ok {
			code = e.Code
		}
		s.sms.end(ClassOf(err), code)
		if ClassOf(err) == Unknown && errors.Is(err, at.ErrClosed) && !errors.Is(err, context.Canceled) {
			s.m.notice(ctx, Notice{Kind: NoticePower, Text: brownOut})
		}
		if err != nil && (ClassOf(err) == Unknown || ClassOf(err) == Device || code == 300 || code == 500) {
			s.doubt()
		}
	}()
	times := at.SubmitTimes{Prompt: s.profile.prompt, Pause: s.pause(), Result: s.profile.result, Grace: lateResult}
	if sub.Within > 0 {
		times.HandOverBy = time.Now().Add(sub.Within)
	}
	info, err := s.conn.Submit(ctx, fmt.Sprintf("+CMGS=%d", sub.Part.Length()), sub.Part.Hex(), times)
	mr, ok := reference(info)
	if err != nil && !ok {
		return s.failed(err, sub.Token)
	}
	s.sms.set(nil) // answers come in order: the one before will have none
	if err != nil {
		s.doubt() // the reference came, and then nothing more
	}
	return mr, nil
}

// reference returns the TP-MR of a reply, -1 where it has none: OK alone says
// that the part was sent all the same.
func reference(info []string) (int, bool) {
	mr, err := strconv.Atoi(field(info, "+CMGS:", 0))
	if err != nil {
		return -1, false
	}
	return mr & 0xff, true
}

// doubt has the modem looked at.
func (s *session) doubt() {
	select {
	case s.suspect <- struct{}{}:
	default:
	}
}

// failed sorts an error out, and has the modem looked at where it deserves it.
func (s *session) failed(err error, token any) (int, error) {
	err = submitError(err)
	e, _ := errors.AsType[*Error](err)
	if e.Class == Unknown {
		s.sms.set(token)
	}
	if e.Code == cmsDuplicate {
		return -1, nil
	}
	return 0, err
}

func (s *session) pause() time.Duration {
	if s.m.cfg.PDUPause > 0 {
		return s.m.cfg.PDUPause
	}
	return s.profile.pauseOn(s.path)
}
