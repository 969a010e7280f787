package line

import (
	"context"
	"errors"
	"strings"

	"simgate/gateway/fault"
	"simgate/gateway/store"
)

// USSD sends a USSD code, or the answer to a menu, through a line; 0 is the only
// one there is. It takes up to a minute and a half.
func (p *Pool) USSD(ctx context.Context, id int64, code string) (USSDAnswer, error) {
	if strings.TrimSpace(code) == "" {
		return USSDAnswer{}, fault.NewInvalid("code", `the code is missing: give one such as "*100#"`)
	}
	_, asker, err := p.asker(id)
	if err != nil {
		return USSDAnswer{}, err
	}
	answer, err := asker.USSD(ctx, code)
	return answer, ussdError(err)
}

// EndUSSD ends a menu that waits for an answer.
func (p *Pool) EndUSSD(ctx context.Context, id int64) error {
	_, asker, err := p.asker(id)
	if err != nil {
		return err
	}
	return ussdError(asker.EndUSSD(ctx))
}

// asker returns a line that can send USSD codes.
func (p *Pool) asker(id int64) (*Line, Asker, error) {
	l, err := p.find(id)
	if err != nil {
		return nil, nil, err
	}
	asker, ok := l.Driver.(Asker)
	if !ok {
		return nil, nil, fault.NewInvalid("line", "this line cannot send USSD codes: choose another")
	}
	return l, asker, nil
}

// ussdError returns what the caller is told where the network has not answered.
func ussdError(err error) error {
	e, ok := errors.AsType[*Error](err)
	switch {
	case err == nil:
		return nil
	case !ok:
		return store.Error(err)
	case e.Class == GiveUp:
		return &fault.Error{Code: fault.Invalid, Field: "code", Message: e.Cause.Text, Err: err}
	}
	return &fault.Error{Code: fault.Unavailable, Message: e.Cause.Text, Err: err}
}
