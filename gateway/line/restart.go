package line

import (
	"errors"

	"simgate/gateway/fault"
)

// Restart restarts the modem with a name when what is being sent has ended. It returns before.
func (p *Pool) Restart(name string) error {
	for _, l := range p.lines {
		if l.Name() != name {
			continue
		}
		r, ok := l.Driver.(Restarter)
		if !ok {
			return &fault.Error{Code: fault.Conflict, Message: name + " cannot be restarted from here"}
		}
		err := r.Restart()
		if e, ok := errors.AsType[*Error](err); ok {
			err = &fault.Error{Code: fault.Conflict, Message: e.Cause, Err: err}
		}
		return err
	}
	return &fault.Error{Code: fault.NotFound, Message: "there is no modem " + name}
}
