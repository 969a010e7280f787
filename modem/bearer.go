package modem

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"simgate/modem/at"
)

// OverData says whether a SIM sends messages where the network offers it data alone: over
// LTE-M, NB-IoT, GPRS, or LTE without IMS, with a tariff for data.
type OverData string

// What may be configured for a SIM.
const (
	OverDataTry OverData = ""    // nobody knows: it is tried, and what works is remembered
	OverDataYes OverData = "yes" // it does
	OverDataNo  OverData = "no"  // it does not: such a network counts as none
)

// Bearer is what is known of the bearer of a SIM's messages.
type Bearer struct {
	OverData OverData
	Mode     int // of +CGSMS (TS 27.007 10.1.21) in which data has carried one; -1: none has
}

// bearerModes are the modes of +CGSMS in which messages may go over data, in the order in
// which they are tried: circuit switched preferred, packet preferred, packet alone. Some
// modems do not fall back in the first.
var bearerModes = []int{3, 2, 0}

// bearers is what a session knows of the bearer of messages.
type bearers struct {
	Bearer
	mode  int   // that is set
	tried []int // that the network has refused messages in
	spent bool  // all are tried
}

// chooseBearer sets the mode in which the messages of this SIM were carried before.
func (s *session) chooseBearer(ctx context.Context) error {
	known, err := s.m.handler.Bearer(ctx, s.m.Status().SIM)
	if err != nil {
		return err
	}
	s.bearer = bearers{Bearer: known, mode: bearerModes[0]}
	if known.Mode < 0 {
		return nil
	}
	s.sms.trust()
	return s.setBearer(ctx, known.Mode)
}

// setBearer sets a mode of +CGSMS.
func (s *session) setBearer(ctx context.Context, mode int) error {
	_, ok, err := s.try(ctx, "+CGSMS="+strconv.Itoa(mode), command)
	if ok {
		s.bearer.mode = mode
	}
	return err
}

// sendsOverData reports whether this SIM is to send where it has data alone, and why not
// in words. Where the network refuses its messages another mode is tried.
func (s *session) sendsOverData(ctx context.Context) (ok bool, why string, err error) {
	switch {
	case s.bearer.OverData == OverDataNo:
		return false, "registered for data only: this SIM sends no SMS so, as configured (sms_over_data)", nil
	case !s.sms.bearerFails():
		if s.bearer.spent { // an hour has passed
			s.bearer.tried, s.bearer.spent = nil, false
		}
		return true, "", s.noteBearer(ctx)
	case !s.bearer.spent:
		next, err := s.nextBearer(ctx)
		if err != nil || next {
			return true, "", err
		}
		s.bearer.spent = true
	}
	return false, "registered for data only: this SIM cannot send SMS here, as its last messages were refused (no IMS, and no circuit switched service)", nil
}

// nextBearer sets the next mode that the modem announces, and reports whether there was
// one.
func (s *session) nextBearer(ctx context.Context) (bool, error) {
	info, _, err := s.try(ctx, "+CGSMS=?", command)
	if err != nil {
		return false, err
	}
	sets := at.Announced(info, "+CGSMS")
	s.bearer.tried = append(s.bearer.tried, s.bearer.mode)
	for _, mode := range bearerModes {
		if slices.Contains(s.bearer.tried, mode) || len(sets) > 0 && !slices.Contains(sets.At(0).Numbers(), mode) {
			continue
		}
		if err := s.setBearer(ctx, mode); err != nil {
			return false, err
		}
		if s.bearer.mode == mode {
			s.m.log.Info("the network refuses messages over data: another bearer is tried", "CGSMS", mode)
			s.sms.anotherBearer()
			return true, nil
		}
		s.bearer.tried = append(s.bearer.tried, mode)
	}
	return false, nil
}

// noteBearer records the mode in which data has carried a message of this SIM.
func (s *session) noteBearer(ctx context.Context) error {
	if !s.sms.proved() || s.bearer.Mode == s.bearer.mode {
		return nil
	}
	s.bearer.Mode = s.bearer.mode
	return s.m.handler.NoteBearer(ctx, s.m.Status().ICCID, s.bearer.mode)
}

// A bearer of which nobody knows whether it carries messages counts as one that does not
// after so many refusals in a row, until it is tried again.
const (
	bearerTries = 3
	bearerAgain = time.Hour
)

// onBearer sets whether the bearer is one that carries messages for certain.
func (u *submissions) onBearer(certain bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.unsure = !certain
}

// trust notes that the bearer has carried a message of this SIM at another time.
func (u *submissions) trust() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.carried = true
}

// proved reports whether a bearer of which nobody knew has carried a message.
func (u *submissions) proved() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.overData
}

// anotherBearer begins to count the refusals again.
func (u *submissions) anotherBearer() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.refused, u.overData = 0, false
}

// blameBearer returns the error of a part that was refused while it is not known whether
// the bearer carries messages, and none was carried yet: it costs the part no try.
func (u *submissions) blameBearer(err error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Class != Retry || !u.unsure || u.carried {
		return err
	}
	blamed := *e
	blamed.Class = Device
	return &blamed
}

// bearerFails reports whether the network has refused the last parts, so that it seems
// to carry none.
func (u *submissions) bearerFails() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.refused >= bearerTries && time.Since(u.lastSent) < bearerAgain
}
