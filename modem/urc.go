package modem

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"simgate/modem/at"
)

// urcQueue holds unsolicited results until the session processes them, so that the
// goroutine that reads the port never waits for the session.
type urcQueue struct {
	wake chan struct{} // holds one

	mu   sync.Mutex
	list []event
}

// event is an unsolicited result, with what was true in the moment in which it came.
type event struct {
	at.URC
	came  time.Time
	token any // of a late answer to +CMGS: the part whose outcome was unknown
}

// maxURCs limits the queue: no sound modem sends so many results while one of them is
// processed. The oldest is dropped.
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

// onURC receives an unsolicited result, and must not wait for anybody. A reference
// or an error that no command waits for belongs to the last part whose outcome is
// unknown, since commands are answered in order.
func (s *session) onURC(u at.URC) {
	e := event{URC: u, came: time.Now()}
	if u.Name() == "+CMGS" || u.Name() == "+CMS ERROR" {
		e.token = s.sms.takeUnknown()
	}
	if says(e, *s.boots.Load()) {
		// It has forgotten the command in flight and will not answer it.
		s.conn.Fail(errRestarted)
		return
	}
	if s.calls.take(u) {
		return
	}
	s.urcs.put(e)
}

var (
	errRestarted  = errors.New("the modem has restarted")
	errSIMRemoved = errors.New("the SIM has been taken out")
)

// handle processes one unsolicited result. Its error ends the session.
func (s *session) handle(ctx context.Context, u event) error {
	switch {
	case says(u, s.profile.simReady):
		s.store.again = true
		if s.mode == "" || s.store.incoming == "" {
			return s.setUpMessages(ctx)
		}
		return nil
	case says(u, s.profile.full):
		return s.storageFull(ctx, u.came)
	}
	switch u.Name() {
	case "+CREG", "+CEREG", "+CGREG", "+C5GREG":
		return s.registered(ctx, u)
	case "+CMTI", "+CDSI":
		return s.arrived(ctx, u)
	case "+CMT", "+CDS":
		return s.shown(ctx, u)
	case "+CMGS", "+CMS ERROR":
		return s.late(ctx, u)
	case "RING", "+CRING", "+CLIP", "+CCWA":
		return s.called(ctx, u)
	case "+CUSD":
		s.toldUSSD(ctx, u.URC)
	case "UNDER-VOLTAGE WARNNING", "UNDER-VOLTAGE POWER DOWN", "UNDER-VOLTAGE POWER OFF", "OVER-VOLTAGE WARNNING", "OVER-VOLTAGE POWER DOWN":
		s.m.notice(ctx, Notice{Kind: NoticePower, Text: "the modem reports " + u.Line + ": its power supply or the cable to it is too weak"})
	case "+CPIN":
		if strings.Contains(u.Line, "NOT READY") || strings.Contains(u.Line, "NOT INSERTED") {
			return errSIMRemoved
		}
	}
	return nil
}

// brownOut explains a modem that disappears or restarts while it sends, which is when
// its radio needs the most power.
const brownOut = "the modem disappeared or restarted while it was sending, suspected brown-out: give it a power supply of its own, or a powered hub and a short cable"

// says reports whether a result begins with one of the lines.
func says(u event, lines []string) bool {
	return slices.ContainsFunc(lines, func(begin string) bool { return strings.HasPrefix(u.Line, begin) })
}

// registered processes a change of registration.
func (s *session) registered(ctx context.Context, u event) error {
	stat, _ := at.RegistrationState(u.Line)
	if stat < 0 {
		return nil // it does not tell: the next check does
	}
	*map[string]*int{"+CREG": &s.net.circuit, "+CEREG": &s.net.packet, "+CGREG": &s.net.data, "+C5GREG": &s.net.fifth}[u.Name()] = stat
	if err := s.askIMS(ctx); err != nil {
		return err
	}
	return s.assess(ctx)
}

// late processes the answer to a part whose outcome was unknown. Its error ends the
// session.
func (s *session) late(ctx context.Context, u event) error {
	if u.token == nil {
		return nil
	}
	var mr int
	var why error
	if n, err := strconv.Atoi(at.Field([]string{u.Line}, "+CMGS:", 0)); err == nil {
		mr = n & 0xff
	} else if why = at.ParseError(u.Line); why == nil {
		return nil // malformed: the outcome stays unknown
	} else if why = submitError(&at.SubmitError{HandedOver: true, Err: why}); ClassOf(why) == Unknown {
		return nil // the modem does not know the outcome either
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
	defer cancel()
	if err := s.m.handler.Late(ctx, u.token, mr, why); err != nil {
		s.m.log.Error("a late answer could not be stored", "err", err)
	}
	return nil
}
