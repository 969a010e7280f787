package modem

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"simgate/modem/at"
	"simgate/modem/pdu"
)

// Submission is a part to be sent.
type Submission struct {
	Part   pdu.Part
	Token  any           // identifies the part in [Handler.Late]
	Within time.Duration // limit from now to handing the part over; 0 for none
}

// Send sends one part and returns its reference (TP-MR, 0 to 255; -1 if the network has
// the message and the reference is not known). Its errors are [Error]s. When ctx ends
// before the part is handed over, it is not sent; after that Send waits for the result
// for up to 30 seconds more.
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

// afterCall waits until there is no call, or ctx ends. Some modems take messages during
// calls, but the result may take minutes, in which the call could not be hung up.
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

// ready returns the session of a modem that is Ready; op is for the error.
func (m *Modem) ready(op string) (*session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session != nil && m.status.State == InCall {
		return nil, busyLine(op)
	}
	if m.session == nil || m.status.State != Ready {
		return nil, notReady.fails(op, Device, nil)
	}
	return m.session, nil
}

// attach lets Send and Call use a session; detach ends that.
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

// submissions counts submissions that speak against the modem, and holds the one whose
// outcome is unknown.
type submissions struct {
	mu       sync.Mutex
	unknown  any       // its token; nil for none
	failing  int       // in a row that the modem did not answer, or that failed in the modem
	untaken  int       // in a row that the modem did not take
	restsTo  time.Time // it is given none before; zero: at once
	refused  int       // in a row by the network or the SMSC
	unsure   bool      // it is not known whether the bearer carries messages
	carried  bool      // it has carried one
	overData bool      // it has, though it was not known that it does
	lastSent time.Time // or refused, by the network
}

// tooManyDoubts is how many such submissions in a row make the modem restart.
const tooManyDoubts = 3

// end records how a submission ended.
func (u *submissions) end(class Class, code int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if class != Device {
		u.untaken = 0
		u.lastSent = time.Now()
	}
	switch class {
	case None, GiveUp: // the network carries messages, if perhaps not to this number
		u.refused, u.carried = 0, true
		u.overData = u.overData || u.unsure && class == None
	case Retry, OtherSIM, Unknown:
		u.refused++
	}
	switch {
	case class == Unknown, code == 300, code == 500:
		u.failing++
	case class == Device:
		if u.untaken++; u.untaken > 1 {
			u.restsTo = time.Now().Add(min(firstRest<<min(u.untaken-2, 10), longestRest))
		}
	default:
		u.failing = 0
	}
}

// The pauses after the second and each further part in a row that the modem did not take.
const (
	firstRest   = 2 * time.Second
	longestRest = time.Minute
)

// resting reports whether the modem is to be given no part yet.
func (u *submissions) resting() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return time.Now().Before(u.restsTo)
}

// doubtful reports whether the modem is to be restarted. It begins to count again.
func (u *submissions) doubtful() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.failing < tooManyDoubts {
		return false
	}
	u.failing = 0
	return true
}

// set sets the submission whose outcome is unknown; nil for none.
func (u *submissions) set(token any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.unknown = token
}

// takeUnknown returns the submission whose outcome is unknown, and clears it.
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
		defer func() { err = s.sms.blameBearer(err) }()
		if ClassOf(err) == Unknown && errors.Is(err, at.ErrClosed) && !errors.Is(err, context.Canceled) {
			s.m.notice(ctx, Notice{Kind: NoticePower, Text: brownOut})
		}
		if err != nil && (ClassOf(err) == Unknown || ClassOf(err) == Device || code == 300 || code == 500) {
			// First, so that no further part is given to it before it was checked, and so
			// that it is Ready again when it has been.
			_, _ = s.m.change(Searching, checking, Ready)
			s.doubt()
		}
	}()
	waits := time.AfterFunc(slowAnswer, func() {
		_, _ = s.m.change(Searching, "the modem waits for the answer of the network to a part", Ready)
		s.doubt() // it is checked, and Ready again, when the answer has come
	})
	defer waits.Stop()
	times := at.SubmitTimes{Prompt: s.profile.prompt, Pause: s.pause(), Result: s.profile.result, Grace: lateResult}
	if sub.Within > 0 {
		times.HandOverBy = time.Now().Add(sub.Within)
	}
	var info []string
	for range surely {
		var cmd, payload string
		if cmd, payload, times.Step, err = s.submission(ctx, sub.Part); err != nil {
			return 0, err
		}
		info, err = s.conn.Submit(ctx, cmd, payload, times)
		if !errors.Is(err, at.ErrResynced) {
			break
		}
	}
	mr, ok := reference(info)
	if err != nil && !ok {
		return s.failed(err, sub.Token)
	}
	s.sms.set(nil) // answers come in order: the one before gets none any more
	if err != nil {
		s.doubt() // the reference came, but no final result
	}
	return mr, nil
}

// slowAnswer is after how long without an answer to a part the modem does not count as
// Ready any more: nothing else can go out meanwhile.
const slowAnswer = 30 * time.Second

// surely is how often something that the modem may have lost is set or looked at before
// it is given up.
const surely = 3

// ensurePDUMode makes sure that the modem is in PDU mode after an exchange went wrong: it
// may have restarted, and in text mode the length in +CMGS would be taken for a number.
// It returns the step of the connection in which that holds.
func (s *session) ensurePDUMode(ctx context.Context) (step int64, err error) {
	for range surely {
		if step = s.conn.Resyncs(); s.sure.Load() == step {
			return step, nil
		}
		info, _, err := s.query(ctx, "+CMGF?", command)
		if err == nil && at.Field(info, "+CMGF:", 0) == "1" {
			_, err = s.leaveTextMode(ctx, true)
		}
		if err != nil {
			return 0, notTaken(err)
		}
		if s.conn.Resyncs() == step {
			s.sure.Store(step)
		}
	}
	return step, nil
}

// reference returns the TP-MR in a reply to +CMGS; -1 and false if there is none.
func reference(info []string) (int, bool) {
	mr, err := strconv.Atoi(at.Field(info, "+CMGS:", 0))
	if err != nil {
		return -1, false
	}
	return mr & 0xff, true
}

// checking is the reason why a modem is Searching after an exchange that went wrong.
const checking = "checking the modem after an exchange without an answer"

// doubt has the modem checked.
func (s *session) doubt() {
	select {
	case s.suspect <- struct{}{}:
	default:
	}
}

// failed returns the result of Send for an error of Conn.Submit.
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
