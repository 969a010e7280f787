package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"simgate/gateway/fault"
	"simgate/gateway/line"
	"simgate/gateway/store"
)

// USSDAnswer is what the network says to a USSD code.
type USSDAnswer = line.USSDAnswer

// USSD sends a USSD code, or the answer to a menu, through a line; 0 is the only
// one there is. It takes up to a minute and a half.
func (g *Gateway) USSD(ctx context.Context, line int64, code string) (USSDAnswer, error) {
	if strings.TrimSpace(code) == "" {
		return USSDAnswer{}, fault.NewInvalid("code", `the code is missing: give one such as "*100#"`)
	}
	_, asker, err := g.askerOf(line)
	if err != nil {
		return USSDAnswer{}, err
	}
	answer, err := asker.USSD(ctx, code)
	return answer, ussdError(err)
}

// EndUSSD ends a menu that waits for an answer.
func (g *Gateway) EndUSSD(ctx context.Context, line int64) error {
	_, asker, err := g.askerOf(line)
	if err != nil {
		return err
	}
	return ussdError(asker.EndUSSD(ctx))
}

// ussdError tells the caller what came instead of an answer.
func ussdError(err error) error {
	e, ok := errors.AsType[*line.Error](err)
	switch {
	case err == nil:
		return nil
	case !ok:
		return store.Error(err)
	case e.Class == line.GiveUp:
		return &fault.Error{Code: fault.Invalid, Field: "code", Message: e.Cause, Err: err}
	}
	return &fault.Error{Code: fault.Unavailable, Message: e.Cause, Err: err}
}

// askerOf returns the modem that a line is in now, if it can send USSD codes.
func (g *Gateway) askerOf(id int64) (*sender, line.Asker, error) {
	s, err := g.senderOf(id)
	if err != nil {
		return nil, nil, err
	}
	asker, ok := s.driver.(line.Asker)
	if !ok {
		return nil, nil, fault.NewInvalid("line", "this line cannot send USSD codes")
	}
	return s, asker, nil
}

// senderOf returns the modem that a line is in now.
func (g *Gateway) senderOf(line int64) (*sender, error) {
	all := g.dispatcher.senders
	if line == 0 {
		if len(all) == 1 {
			return all[0], nil
		}
		return nil, fault.NewInvalid("line", fmt.Sprintf("there are %d modems: give the id of the SIM, which is in the list of modems", len(all)))
	}
	for _, s := range all {
		if s.line.Load() == line {
			return s, nil
		}
	}
	return nil, fault.NewInvalid("line", "this SIM is in no modem now: see the list of modems")
}
