package modem

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"simgate/modem/at"
)

// Class says what can be done after a failure.
type Class string

// The classes of an [Error].
const (
	None     Class = ""          // no error
	Retry    Class = "retry"     // not sent; try again later with the same SIM
	OtherSIM Class = "other-sim" // not sent; try another SIM, as this one cannot
	GiveUp   Class = "give-up"   // not sent; no SIM can send this to this number
	Device   Class = "device"    // not sent; the modem failed
	Unknown  Class = "unknown"   // the PDU was handed over, and no answer came
)

// Error is a failure of the modem or of the network behind it.
type Error struct {
	Op        string // what was being done, as "sending a part"
	Class     Class
	Code      int           // of +CMS ERROR, -1 if there is none
	Cause     string        // in words
	CauseCode string        // of Cause, for programs, as [Causes] lists them; "" for what is no cause of a message or a call
	Tries     int           // after how many tries with this cause Retry becomes GiveUp; 0: it never does
	Pause     time.Duration // with Retry, before the next try, which doubles with each; 0: the caller decides
	Busy      bool          // there is a call, and nothing else can be done before it has ended
	Err       error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Op + ": " + e.Cause
	}
	return fmt.Sprintf("%s: %s (%v)", e.Op, e.Cause, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of err, [None] for nil, and [Device] for an error that is
// no [Error].
func ClassOf(err error) Class {
	if err == nil {
		return None
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Device
}

// CauseOf returns the reason of err as a text for people, "" for nil.
func CauseOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Cause
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

// submitError returns the [Error] for an error of Conn.Submit.
func submitError(err error) error {
	const op = "sending a part"
	submit, ok := errors.AsType[*at.SubmitError](err)
	if !ok {
		return notTook.fails(op, Device, err)
	}
	if cms, ok := errors.AsType[at.CMSError](err); ok {
		c := cmsCause(int(cms))
		e := cmsBecause(int(cms)).fails(op, c.class, err)
		e.Code, e.Tries, e.Pause = int(cms), c.tries, cmsPauses[int(cms)]
		return e
	}
	if cme, ok := errors.AsType[at.CMEError](err); ok {
		c := cmeCause(int(cme))
		e := cmeBecause(int(cme)).fails(op, c.class, err)
		e.Tries = c.tries
		return e
	}
	if result, ok := errors.AsType[at.ResultError](err); ok {
		e := refusesPlain.fails(op, Retry, err)
		if result != "ERROR" {
			e = refusesSo.fails(op, Retry, err, strconv.Quote(string(result)))
		}
		e.Tries = 2
		return e
	}
	if submit.HandedOver {
		return noAnswer.fails(op, Unknown, err)
	}
	return notTook.fails(op, Device, err)
}
