package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"simgate/gateway/fault"
	"simgate/gateway/store"
	"simgate/modem"
)

// USSDAnswer is what the network says to a USSD code.
type USSDAnswer = modem.USSDAnswer

// USSD sends a USSD code, or the answer to a menu, through a line; 0 is the only
// one there is. It takes up to a minute and a half.
func (g *Gateway) USSD(ctx context.Context, line int64, code string) (USSDAnswer, error) {
	if strings.TrimSpace(code) == "" {
		return USSDAnswer{}, fault.NewInvalid("code", `the code is missing: give one such as "*100#"`)
	}
	s, err := g.senderOf(line)
	if err != nil {
		return USSDAnswer{}, err
	}
	answer, err := s.modem.USSD(ctx, code)
	return answer, ussdError(err)
}

// EndUSSD ends a menu that waits for an answer.
func (g *Gateway) EndUSSD(ctx context.Context, line int64) error {
	s, err := g.senderOf(line)
	if err != nil {
		return err
	}
	return ussdError(s.modem.EndUSSD(ctx))
}

// ussdError tells the caller what came instead of an answer.
func ussdError(err error) error {
	e, ok := errors.AsType[*modem.Error](err)
	switch {
	case err == nil:
		return nil
	case !ok:
		return store.Error(err)
	case e.Class == modem.GiveUp:
		return &fault.Error{Code: fault.Invalid, Field: "code", Message: e.Cause, Err: err}
	}
	return &fault.Error{Code: fault.Unavailable, Message: e.Cause, Err: err}
}

// senderOf returns the modem that a line is in now.
func (g *Gateway) senderOf(line int64) (*sender, error) {
	all := g.dispatcher.senders
	if line == 0 {
		if len(all) == 1 {
			return all[0], nil
		}
		return nil, fault.NewInvalid("line", fmt.Sprintf("there are %d modems: say by the id of its SIM which one is meant; simgate modems shows them", len(all)))
	}
	for _, s := range all {
		if s.line.Load() == line {
			return s, nil
		}
	}
	return nil, fault.NewInvalid("line", "this SIM is in no modem now: simgate modems shows them")
}
