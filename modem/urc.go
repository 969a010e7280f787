package modem

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	"simgate/modem/at"
	"simgate/modem/pdu"
)

// urcQueue holds unsolicited results until the session gets to them. The
// goroutine that reads the port never waits for the one that handles.
type urcQueue struct {
	wake chan struct{} // holds one

	mu   sync.Mutex
	list []event
}

// event is an unsolicited result and what must be known of the moment in which
// it came.
type event struct {
	at.URC
	token any // of a late reference: the part whose outcome was unknown then
}

// maxURCs is more than any modem says while one of them is being handled; a
// modem that says more has gone mad, and its oldest words are forgotten.
const maxURCs = 4096

func (q *urcQueue) put(e event) {
	q.mu.Lock()
	if len(q.list) == maxURCs {
		q.list = q.list[1:]
	}
	q.list = append(q.list, e)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *urcQueue) take() (event, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 {
		return event{}, false
	}
	e := q.list[0]
	q.list = q.list[1:]
	return e, true
}

// hear takes an unsolicited result from the goroutine that reads. A reference
// that nobody waits for belongs to the last part whose outcome is unknown now:
// commands are answered in order.
func (s *session) hear(u at.URC) {
	e := event{URC: u}
	if u.Name() == "+CMGS" {
		e.token = s.sms.takeUnknown()
	}
	s.urcs.put(e)
}

var (
	errRestarted  = errors.New("the modem has restarted")
	errSIMRemoved = errors.New("the SIM has been taken out")
)

// handle acts on one unsolicited result. Its error ends the session.
func (s *session) handle(ctx context.Context, u event) error {
	switch u.Name() {
	case "+CREG", "+CEREG":
		return s.registered(ctx, u)
	case "+CDS":
		return s.report(ctx, u)
	case "+CMGS":
		return s.late(ctx, u)
	case "RDY", "^SYSSTART", "*ATREADY", "+READY":
		return errRestarted
	case "+CPIN":
		if strings.Contains(u.Line, "NOT READY") || strings.Contains(u.Line, "NOT INSERTED") {
			return errSIMRemoved
		}
	}
	return nil
}

func (s *session) registered(ctx context.Context, u event) error {
	stat, ok := registrationURC(u.Line)
	if !ok {
		return nil
	}
	if u.Name() == "+CREG" {
		s.net.circuit = stat
	} else {
		s.net.packet = stat
	}
	if err := s.askIMS(ctx); err != nil {
		return err
	}
	s.judge()
	return nil
}

// report hands a status report on. One that cannot be read is logged: without
// a reference there is no part that it could be about.
func (s *session) report(ctx context.Context, u event) error {
	if len(u.Body) == 0 {
		s.m.log.Warn("a status report came without its PDU")
		return nil
	}
	r, err := pdu.ParseStatusReport(u.Body[0])
	if err != nil {
		s.m.log.Warn("a status report cannot be read", "err", err)
		return nil
	}
	if err := s.m.handler.Report(ctx, r); err != nil {
		s.m.log.Error("a status report could not be stored", "err", err)
	}
	return nil
}

// late settles a part whose outcome was unknown, when its reference comes after
// all.
func (s *session) late(ctx context.Context, u event) error {
	mr, err := strconv.Atoi(field([]string{u.Line}, "+CMGS:", 0))
	if err != nil || u.token == nil {
		return nil //nolint:nilerr // a line that nobody can read settles nothing
	}
	if err := s.m.handler.Late(ctx, u.token, mr); err != nil {
		s.m.log.Error("a late reference could not be stored", "err", err)
	}
	return nil
}
