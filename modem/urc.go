package modem

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"simgate/modem/at"
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
	token any // of a late answer: the part whose outcome was unknown then
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

// hear takes an unsolicited result from the goroutine that reads. A reference,
// or a refusal, that nobody waits for belongs to the last part whose outcome is unknown now:
// commands are answered in order.
func (s *session) hear(u at.URC) {
	e := event{URC: u}
	if u.Name() == "+CMGS" || u.Name() == "+CMS ERROR" {
		e.token = s.sms.takeUnknown()
	}
	if says(e, *s.boots.Load()) {
		// It has forgotten the command in flight, and whoever waits for that
		// would wait in vain.
		s.conn.Fail(errRestarted)
		return
	}
	if s.calls.hear(u) {
		return
	}
	s.urcs.put(e)
}

var (
	errRestarted  = errors.New("the modem has restarted")
	errSIMRemoved = errors.New("the SIM has been taken out")
)

// handle acts on one unsolicited result. Its error ends the session.
func (s *session) handle(ctx context.Context, u event) error {
	switch {
	case says(u, s.profile.simReady):
		s.store.again = true
		if s.mode == "" || s.store.incoming == "" {
			return s.setUpMessages(ctx)
		}
		return nil
	case says(u, s.profile.full):
		return s.storageFull(ctx)
	}
	switch u.Name() {
	case "+CREG", "+CEREG":
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
		s.m.notice(ctx, Notice{Kind: NoticePower, Text: "the modem says: " + u.Line + ". Its power supply is too weak, or the cable to it"})
	case "+CPIN":
		if strings.Contains(u.Line, "NOT READY") || strings.Contains(u.Line, "NOT INSERTED") {
			return errSIMRemoved
		}
	}
	return nil
}

// brownOut explains a modem that goes away, or starts anew, in the middle of a
// send: that is when its radio draws the most.
const brownOut = "the modem went away or started anew in the middle of a send: suspected brown-out. Give it a supply of its own, or a powered hub and a short cable"

// says reports whether a line is one of those that begin so.
func says(u event, lines []string) bool {
	return slices.ContainsFunc(lines, func(begin string) bool { return strings.HasPrefix(u.Line, begin) })
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
	return s.assess(ctx)
}

// late settles a part whose outcome was unknown, when its answer comes after all.
func (s *session) late(ctx context.Context, u event) error {
	if u.token == nil {
		return nil
	}
	var mr int
	var why error
	if n, err := strconv.Atoi(field([]string{u.Line}, "+CMGS:", 0)); err == nil {
		mr = n & 0xff
	} else if why = at.ParseError(u.Line); why == nil {
		return nil // a line that nobody can read settles nothing
	} else if why = submitError(&at.SubmitError{HandedOver: true, Err: why}); ClassOf(why) == Unknown {
		return nil // it says that it does not know either
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if err := s.m.handler.Late(ctx, u.token, mr, why); err != nil {
		s.m.log.Error("a late answer could not be stored", "err", err)
	}
	return nil
}
